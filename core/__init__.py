"""The model layer: load a model, ask it something, get numpy arrays back.

    import core

    encoder = core.load("encoder")
    encoder.choose("鳥が[MASK]。", ["鳴く", "泣く"])
    encoder.attention("鳥がナク").weights.shape        # (layer, head, query, key)

Nothing heavy is imported until `load` is called: torch and transformers take seconds.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.loading import load as load

__all__ = ["load"]


def __getattr__(name: str) -> object:
    if name == "load":
        from core.loading import load

        return load
    raise AttributeError(f"module 'core' has no attribute {name!r}")
