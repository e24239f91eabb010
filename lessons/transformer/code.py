"""The lines of the blackboard Transformer that belong to a box of the figure; read as text, so that torch stays away."""

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("blackboard.py")
BLOCKS = {  # the classes and functions of a box
    "embedding": ("Embedding",),
    "position": ("angles", "turn"),
    "self_attention": ("SelfAttention",),
    "add_norm": ("norm", "Layer"),
    "feed_forward": ("FeedForward",),
    "output": ("Output",),
}


def lines(block: str) -> str:
    """Return the source of a block, as it stands in blackboard.py. Raises KeyError for a block that is not in BLOCKS."""
    definitions = _definitions()
    return "\n\n\n".join(definitions[name] for name in BLOCKS[block])


@cache
def _definitions() -> dict[str, str]:
    """Return the source of each class and function at the top level of the blackboard, by its name."""
    text = SOURCE.read_text(encoding="utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
