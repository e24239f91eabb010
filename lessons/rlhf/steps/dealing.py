"""Which answers lie before the reader: those to a prompt that was chosen, or those that would teach the most.

A table lies there until it is ranked or the reader asks for another one, whatever is loaded or drawn meanwhile.
"""

from collections.abc import Collection
from functools import lru_cache

from core import runtime
from core.rlhf.comparisons import Answer
from core.rlhf.prompts import train_prompts
from lessons.rlhf import tables
from lessons.rlhf.keeping import DESK
from lessons.rlhf.lab import EACH, RANKED, LiveLab, different
from lessons.rlhf.steps.fitting import fitted
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.tables import Keys, Lain, Table
from lessons.scenes import number

OFFERED, OWN = "offered", "own"
MOST_DRAWS, MOST_ROUNDS = 9999, 40
DEFAULTS = {
    "rq": OFFERED,  # which prompt: the one offered, the number of one, or the reader's own,
    "ro": "",  # which is this,
    "rd": "0",  # and how often other answers were asked for
}
SKIPPED, DONE, GROUPS = "skipped", "done", "groups"  # tables not wanted; the one ranked last; the order to begin with
POOL = "pool"  # the reader's own policy and its tables


def choices() -> list[str]:
    """Return what can be chosen as the prompt."""
    return [OFFERED, *map(str, range(len(train_prompts()))), OWN]


def prompt(scene: Scene) -> str:
    """Return the prompt that was chosen, "" for none."""
    which = scene.state.pick("rq", choices())
    if which == OWN:
        return scene.state["ro"].strip()
    return train_prompts()[int(which)] if which != OFFERED else ""


def dealt(scene: Scene) -> Lain | None:
    """Return what lies there, None if there is none to be had: no prompt was written, all were ranked, or only
    one answer is known. Raises EmptyText, TooManyCharacters, TooManyTokens."""
    shop, state = scene.workshop, scene.state
    choice = (state.pick("rq", choices()), state["rd"], prompt(scene))
    lain: Lain | None = shop.kept.get(DESK)
    if lain is None or lain.choice not in (None, choice):
        clear(scene)
        table = _offered(scene) if choice[0] == OFFERED else _chosen(scene)
        lain = Lain(choice, table, scene.lab.live) if table is not None else None
    if lain is not None:
        shop.kept[DESK] = lain._replace(choice=choice)
    return lain


def clear(scene: Scene) -> None:
    """Take away the table that lies there."""
    scene.workshop.kept.pop(DESK, None)
    scene.workshop.kept.pop(GROUPS, None)


def next_one(scene: Scene, ranked: Table) -> None:
    """Make room for the table that is offered after a ranking."""
    clear(scene)
    scene.workshop.kept[DONE] = ranked.id
    scene.state.set("rq", OFFERED)


def other_answers(scene: Scene, table: Table) -> None:
    """Ask for other answers: to the same prompt if one was chosen."""
    clear(scene)
    if scene.state["rq"] == OFFERED:
        scene.workshop.kept.setdefault(SKIPPED, set()).add(table.keys)
    else:
        scene.state.set("rd", str(_draw(scene) + 1))


def back(scene: Scene) -> None:
    """Take back the reader's last ranking, and lay its answers on the table as they were put."""
    shop = scene.workshop
    mine = shop.log.of("").rankings
    if mine:
        shop.log = shop.log.undo("")
        shop.kept.update({DESK: Lain(None, Table(mine[-1].answers)), GROUPS: tables.grouped(mine[-1]), DONE: ""})


def fresh(scene: Scene, count: int, annotator: str, unwanted: Collection[Keys] = ()) -> list[Table]:
    """Return `count` tables that the annotator has not ranked, and those of the same draw; fewer if there are no more.

    `unwanted`: the answers of tables that are not given.
    """
    found: list[Table] = []
    for draw in range(MOST_ROUNDS):
        drawn = _pool(scene, draw)
        found += tables.others(tables.unranked(drawn, scene.workshop.log, annotator), unwanted)
        if len(found) >= count or not drawn:
            break
    return found


def _offered(scene: Scene) -> Table | None:
    """Return the table that would tell the most; while nothing was learned, the first that was not ranked."""
    shop, lab = scene.workshop, scene.live
    left = fresh(scene, 1, "", shop.kept.get(SKIPPED, ()))
    if lab is None or not left:
        return left[0] if left else None
    found = tables.most_telling(fitted(shop, lab).reward, left) if shop.log.rankings else left[0]
    return found if len(found.answers) == RANKED else tables.filled(found, _answers(scene, found.prompt, 0) or ())


def _chosen(scene: Scene) -> Table | None:
    asked, seed = prompt(scene), _draw(scene)
    found = _answers(scene, asked, seed) if asked else None
    return tables.blind(found, seed) if found and len(found) >= tables.LEAST else None


def _answers(scene: Scene, asked: str, seed: int) -> tuple[Answer, ...] | None:
    """Return different answers of the policy that the later steps begin with; None if they are not known yet."""
    lab = scene.live
    start = None if lab is None else scene.workshop.start(lab)
    if lab is None or start is None or start is lab.policy:
        return scene.lab.candidates(asked, seed)
    return different(start, asked, seed)


def _draw(scene: Scene) -> int:
    return round(number(scene.state, "rd", 0, MOST_DRAWS))


def _pool(scene: Scene, draw: int) -> tuple[Table, ...]:
    """Return tables with answers to all prompts, others for each draw; those that were recorded while no model is there."""
    lab, shop = scene.live, scene.workshop
    if lab is None:
        found = [scene.lab.candidates(one, draw) or () for one in train_prompts()]
        return tables.laid(answer for same in found for answer in same)
    start = shop.start(lab)
    if start is lab.policy:
        return _drawn(lab, draw)
    if shop.kept.get(POOL, (None,))[0] is not start:
        shop.kept[POOL] = (start, {})
    of_this: dict[int, tuple[Table, ...]] = shop.kept[POOL][1]
    if draw not in of_this:
        with runtime.slot():
            of_this[draw] = tables.laid(start.sample(_asked(), draw), draw)
    return of_this[draw]


@lru_cache(maxsize=MOST_ROUNDS)
def _drawn(lab: LiveLab, draw: int) -> tuple[Table, ...]:
    """Return what the policy that nobody trains answers, which every session shares."""
    if draw == 0:
        return tables.laid(lab.reference)
    with runtime.slot():
        return tables.laid(lab.policy.sample(_asked(), draw), draw)


def _asked() -> list[str]:
    return [one for one in train_prompts() for _ in range(EACH)]
