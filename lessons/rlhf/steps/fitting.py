"""The reward model of the step: fitted when the rankings have changed, with the time that it took."""

import time
from dataclasses import dataclass

from core.intervals import Z
from core.rlhf.reward import Liking, Reward
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.workshop import Workshop

SECONDS, TIMED = "fit seconds", "fit timed"


@dataclass(frozen=True)
class Fitted:
    """A reward, and the seconds that learning it took: features of new answers and the minimum."""

    reward: Reward
    seconds: float


def fitted(shop: Workshop, lab: LiveLab) -> Fitted:
    """Return what was learned from all comparisons so far."""
    _ = lab.fit  # the features are settled once, for everybody: no part of the learning
    if shop.kept.get(TIMED) is not shop.log:
        shop.kept.pop("learned from", None)
        begun = time.perf_counter()
        shop.reward(lab)
        shop.kept.update({TIMED: shop.log, SECONDS: time.perf_counter() - begun})
    return Fitted(shop.reward(lab), shop.kept[SECONDS])


def bar(liking: Liking, lang: str) -> Bar:
    """Return the weight of a feature as a bar."""
    return Bar(liking.title(lang), liking.weight, Z * liking.error, liking.sure)


def half(error: float) -> float:
    """Return the half of the 95 % interval of something with a standard error."""
    return Z * error
