"""The figure of "Attention Is All You Need" (Vaswani et al. 2017, figure 1) as boxes with places: encoder left, decoder
right, from bottom to top; and, in the same way, the encoder of the blackboard. lessons.transformer.blueprint draws them.

A box of the paper is called as in core.inside, without a layer: "encoder.self_attention", "output.softmax".
"""

from dataclasses import dataclass

STEP = 10  # of the y axis from row to row
SIDES = {False: (5.0, 46.0), True: (54.0, 95.0)}  # left and right end of a box, on either side


@dataclass(frozen=True)
class Box:
    """One box: its part and block, the row it stands in, its colour.

    `around`: for a box that adds, the row of the lowest box that the residual runs around. `beside`: whether it stands
    left of another box in its row, into which it leads.
    """

    part: str
    block: str
    row: int
    colour: str
    around: int = 0
    beside: bool = False

    @property
    def name(self) -> str:
        return f"{self.part}.{self.block}"

    @property
    def right(self) -> bool:
        """Whether it stands on the decoder's side."""
        return self.part != "encoder"

    @property
    def stacked(self) -> bool:
        """Whether there is one of it in every layer."""
        return self.part != "output" and self.block not in ("embedding", "position", "output")


@dataclass(frozen=True)
class Plan:
    """A figure: its boxes, those of one side from bottom to top."""

    boxes: tuple[Box, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(box.name for box in self.boxes)

    @property
    def sides(self) -> tuple[bool, ...]:
        """The sides that it has: encoder (False), decoder (True)."""
        return tuple(sorted({box.right for box in self.boxes}))

    def box(self, name: str) -> Box:
        """Return the box of a name. Raises StopIteration for none."""
        return next(box for box in self.boxes if box.name == name)

    def at(self, y: int, x: int) -> Box | None:
        """Return the box of the bar whose middle and end a click brings back, if there is one."""
        return next((box for box in self.boxes if box.row * STEP == y and round(self.ends(box)[1]) == x), None)

    def top(self, right: bool) -> int:
        """Return the highest row of a side."""
        return max(box.row for box in self.boxes if box.right == right)

    def ends(self, box: Box) -> tuple[float, float]:
        """Return the left and the right end of a box."""
        left, right = SIDES[box.right]
        if box.beside:
            return left, left + 11
        crowded = any(other.beside and other.row == box.row and other.right == box.right for other in self.boxes)
        return (left + 14 if crowded else left), right


PAPER = Plan(
    (
        Box("encoder", "embedding", 1, "embed"),
        Box("encoder", "position", 2, "embed"),
        Box("encoder", "self_attention", 3, "attend"),
        Box("encoder", "add_norm_1", 4, "norm", around=3),
        Box("encoder", "feed_forward", 5, "feed"),
        Box("encoder", "add_norm_2", 6, "norm", around=5),
        Box("decoder", "embedding", 1, "embed"),
        Box("decoder", "position", 2, "embed"),
        Box("decoder", "self_attention", 3, "attend"),
        Box("decoder", "add_norm_1", 4, "norm", around=3),
        Box("decoder", "cross_attention", 5, "cross"),
        Box("decoder", "add_norm_2", 6, "norm", around=5),
        Box("decoder", "feed_forward", 7, "feed"),
        Box("decoder", "add_norm_3", 8, "norm", around=7),
        Box("output", "linear", 9, "out"),
        Box("output", "softmax", 10, "out"),
    )
)
BLACKBOARD = Plan(
    (
        Box("encoder", "embedding", 1, "embed"),
        Box("encoder", "norm_1", 2, "norm"),
        Box("encoder", "position", 3, "embed", beside=True),
        Box("encoder", "self_attention", 3, "attend"),
        Box("encoder", "add_1", 4, "norm", around=2),
        Box("encoder", "norm_2", 5, "norm"),
        Box("encoder", "feed_forward", 6, "feed"),
        Box("encoder", "add_2", 7, "norm", around=5),
        Box("encoder", "output", 8, "out"),
    )
)
