"""What a kind of activity draws with."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.classroom import Activity
from lessons.classroom.office import office
from lessons.text import Strings

REMEMBERED = 64  # results of all rooms together
Made = TypeVar("Made")

_alone = threading.Lock()
_made: OrderedDict[tuple[str, str, int, int], Any] = OrderedDict()


@dataclass(frozen=True)
class Scene:
    """A question in a room, seen by the teacher or by a learner. `mine`: item → the learner's accepted answer, empty for
    the teacher; `members`: how many there are; `version`: of the room (`core.classroom.View`), in which the answers are
    always the same; `where`: on the page, as a question may stand there twice."""

    say: Strings
    code: str
    asked: Activity
    mine: Mapping[int, str]
    members: int
    version: int
    where: str = "now"

    @property
    def revealed(self) -> bool:
        return self.asked.state == "revealed"

    def tally(self, item: int = 0) -> dict[str, int]:
        """Return how often each answer was given, the most frequent first."""
        return self.shared(f"tally {item}", lambda: office().tally(self.code, self.asked.id, item))

    def shared(self, what: str, make: Callable[[], Made]) -> Made:
        """Return `make()`, made once for the whole class while nothing changes in the room. `what`: a name for it."""
        key = what, self.code, self.asked.id, self.version
        with _alone:
            if key not in _made:
                _made[key] = make()
            _made.move_to_end(key)
            while len(_made) > REMEMBERED:
                _made.popitem(last=False)
            found: Made = _made[key]
        return found
