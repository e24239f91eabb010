"""The kinds of activities, in the order in which a teacher sees them. A further kind is one more file and one line here."""

from lessons.classroom.kinds import poll, predict, quiz, rank
from lessons.classroom.kinds.kind import Kind

KINDS: dict[str, Kind] = {kind.id: kind for kind in (poll.KIND, quiz.KIND, predict.KIND, rank.KIND)}

__all__ = ["KINDS", "Kind"]
