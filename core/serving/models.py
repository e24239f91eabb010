"""The models behind the endpoint: each is loaded once, with the first call that wants it, and calls wait for it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from core.serving.errors import ModelFailed, ModelLoading, ModelNotFound

if TYPE_CHECKING:
    from core.causal import CausalLM

Load = Callable[[str], "CausalLM"]
RETRY_SECONDS = 5.0  # told to a caller who came while a model is loaded
log = logging.getLogger(__name__)


class Models:
    """`names`: what may be asked for. `patience`: seconds that a call waits."""

    def __init__(self, load: Load, names: tuple[str, ...], patience: float) -> None:
        self.names = names
        self._load, self._patience = load, patience
        self._lock = threading.Lock()
        self._found: dict[str, Future[CausalLM]] = {}

    def check(self, name: str) -> None:
        """Raises ModelNotFound if there is no such model."""
        if name not in self.names:
            raise ModelNotFound("model", name=name)

    async def get(self, name: str) -> "CausalLM":
        """Return the model. Raises ModelNotFound, ModelLoading after `patience`, and ModelFailed (the next call tries
        again)."""
        self.check(name)
        loading = self._loading(name)
        waiting = asyncio.wrap_future(loading)
        waiting.add_done_callback(
            lambda found: found.cancelled() or found.exception()
        )  # seen, if nobody waits any more
        done, _ = await asyncio.wait([waiting], timeout=self._patience)
        if not done:
            raise ModelLoading("model", wait=RETRY_SECONDS, name=name)
        error = loading.exception()
        if error is None:
            return loading.result()
        with self._lock:
            if self._found.get(name) is loading:
                del self._found[name]
        if isinstance(error, TimeoutError):  # of a `load` that waits for another who loads
            raise ModelLoading("model", wait=RETRY_SECONDS, name=name)
        raise ModelFailed("model", name=name) from error

    def _loading(self, name: str) -> "Future[CausalLM]":
        with self._lock:
            if name not in self._found:
                self._found[name] = Future()
                self._found[name].set_running_or_notify_cancel()  # a caller who leaves does not stop it
                run = threading.Thread(target=self._run, args=(name, self._found[name]), daemon=True)
                run.start()
            return self._found[name]

    def _run(self, name: str, future: "Future[CausalLM]") -> None:
        try:
            future.set_result(self._load(name))
        except Exception as error:
            log.exception("the model %s could not be loaded", name)
            future.set_exception(error)
