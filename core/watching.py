"""Look at what single modules of a model compute while it runs.

    with watching([model.lm_head]) as seen:
        model(input_ids=ids)
    seen.given(model.lm_head), seen.gave(model.lm_head)

A forward hook is registered once for each module and stays; it writes into a ContextVar that is set only inside
`watching`, so one loaded model serves many threads at once, each sees its own run, and the others see nothing.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch

Module = torch.nn.Module


class Seen:
    """The latest call of each watched module. Both questions raise LookupError for a module that was not called."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = frozenset(modules)
        self._calls: dict[Module, tuple[tuple[Any, ...], Any]] = {}

    def take(self, module: Module, given: tuple[Any, ...], gave: Any) -> None:
        if module in self._modules:
            self._calls[module] = given, gave

    def given(self, module: Module) -> torch.Tensor:
        """Return what the module was called with: its first argument, if that was given by position."""
        tensor: torch.Tensor = self._calls[module][0][0]
        return tensor

    def gave(self, module: Module) -> Any:
        """Return what the module returned, the first of several."""
        result = self._calls[module][1]
        return result[0] if isinstance(result, tuple) else result


_current: ContextVar[Seen | None] = ContextVar("seen", default=None)
_registering = threading.Lock()


def _note(module: Module, given: tuple[Any, ...], gave: Any) -> None:
    if (seen := _current.get()) is not None:
        seen.take(module, given, gave)


@contextmanager
def watching(modules: Iterable[Module]) -> Iterator[Seen]:
    """Keep what these modules are given and give inside the block."""
    watched = tuple(modules)
    seen = Seen(watched)
    with _registering:
        for module in watched:
            if _note not in module._forward_hooks.values():
                module.register_forward_hook(_note)
    token = _current.set(seen)
    try:
        yield seen
    finally:
        _current.reset(token)
