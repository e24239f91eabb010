"""The steps of the lesson, one function each: the reader's choices in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.api.steps.closing import limits, quiz
from lessons.api.steps.errors import errors
from lessons.api.steps.few_shot import few_shot
from lessons.api.steps.memory import memory
from lessons.api.steps.messages import messages
from lessons.api.steps.playground import playground
from lessons.api.steps.question import question
from lessons.api.steps.scene import Scene
from lessons.api.steps.servers import servers
from lessons.api.steps.settings import settings
from lessons.api.steps.stream import stream
from lessons.api.steps.tokens import tokens

__all__ = ["STEPS", "Scene"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "question": question,
    "messages": messages,
    "playground": playground,
    "stream": stream,
    "tokens": tokens,
    "settings": settings,
    "errors": errors,
    "memory": memory,
    "few_shot": few_shot,
    "servers": servers,
    "quiz": quiz,
    "limits": limits,
}
