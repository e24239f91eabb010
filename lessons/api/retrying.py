"""Trying again after a 429: the function stands in the lesson's program as it is here."""

import random
import time
from collections.abc import Callable
from typing import Any

import openai


def patiently(
    call: Callable[[], Any],
    attempts: int = 7,
    first: float = 1.0,
    sleep: Callable[[float], object] = time.sleep,
) -> Any:
    for attempt in range(attempts):
        try:
            return call()
        except openai.RateLimitError:
            if attempt == attempts - 1:
                raise
            sleep(first * 2**attempt + random.random())
