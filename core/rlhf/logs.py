"""Logs that grow, up to a limit: beyond it a page would become slow, and nobody ranks so often."""

from collections.abc import Iterable

from core.errors import TooManyRankings
from core.rlhf.comparisons import Log, Ranking

MOST_RANKINGS = 400


def added(log: Log, rankings: Iterable[Ranking]) -> Log:
    """Return the log with more rankings. Raises TooManyRankings."""
    found = Log((*log.rankings, *rankings))
    if len(found.rankings) > MOST_RANKINGS:
        raise TooManyRankings(limit=MOST_RANKINGS)
    return found


def joined(first: Log, second: Log) -> Log:
    """Return the rankings of both, those of the first in front; what both have is there once. Raises TooManyRankings."""
    return added(Log(), dict.fromkeys((*first.rankings, *second.rankings)))


def without(log: Log, annotator: str) -> Log:
    """Return the log without what one annotator said."""
    return Log(tuple(one for one in log.rankings if one.annotator != annotator))
