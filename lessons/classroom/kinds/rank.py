"""RLHF with the whole class: everybody ranks the same answers, and the pooled rankings go to the teacher's RLHF lesson,
where the reward model is fitted and the policy trained in front of the class."""

from collections import defaultdict
from collections.abc import Iterable

import streamlit as st

from core.classroom import Question
from core.classroom import rankings as ranked
from core.rlhf.comparisons import Agreement, Comparison, Log, agreement
from core.rlhf.labellers import RULES, labeller
from core.rlhf.prompts import train_prompts
from lessons.classroom import following, seats
from lessons.classroom.bars import Bar, bars
from lessons.classroom.kinds.kind import Kind
from lessons.classroom.office import office
from lessons.classroom.scene import Scene
from lessons.rlhf import classes
from lessons.rlhf.lab import recorded
from lessons.rlhf.ranking import cards
from lessons.rlhf.workshop import workshop
from lessons.text import Strings, plain

TASTE = "taste"
FIRST = 3  # prompts that are chosen at first
LESSON = "rlhf"


def compose(say: Strings) -> Question | None:
    def wish(name: str) -> str:
        return rlhf("wish_taste") if name == TASTE else labeller(name).title[say.lang]

    rlhf = Strings(LESSON, say.lang)
    rule = st.selectbox(rlhf("wish_label"), [TASTE, *RULES], format_func=wish, key="class:rank:rule", filter_mode=None)
    prompts = st.multiselect(
        say("rank_prompts"),
        train_prompts(),
        default=train_prompts()[:FIRST],
        max_selections=classes.MOST_PROMPTS,
        key="class:rank:prompts",
    )
    if not prompts:
        st.caption(say("rank_needs"))
        return None
    rule = "" if rule == TASTE else rule
    return classes.question(recorded(), told(rule, say.lang), rule, prompts)


def told(rule: str, lang: str) -> str:
    """Return what the class is asked to look at."""
    rlhf = Strings(LESSON, lang)
    return rlhf("wish_told", rule=labeller(rule).wish[lang]) if rule in RULES else rlhf("wish_told_taste")


def title(asked: Question, lang: str) -> str:
    return told(asked.data.get(classes.RULE, ""), lang)


def answer(scene: Scene) -> None:
    """Draw the cards of the next prompt that this learner has not ranked."""
    here, rlhf, items = seats.seat(), Strings(LESSON, scene.say.lang), scene.asked.question.items
    if here is None or here.member is None:
        return
    member, asked = here.member, scene.asked.id
    left = [number for number in classes.turn(len(items), member.id) if number not in scene.mine]
    st.progress(1 - len(left) / len(items), text=scene.say("rank_done", done=len(items) - len(left), all=len(items)))
    if not left or scene.asked.state != "open":
        st.success(scene.say("rank_thanks"), icon=":material/check:")
        return
    number = left[0]

    def voted(places: list[int]) -> None:
        text = ranked.write(places)
        if seats.trying(lambda: office().vote(member, asked, text, number)):
            here.mine.setdefault(asked, {})[number] = text

    st.markdown(f"##### {rlhf('asked', prompt=plain(items[number].prompt))}")
    post = {name: scene.say(f"ballot_{name}") for name in ("sending", "slow")}
    post["ballot"] = f"{member.code}/{member.id}/{asked}/{number}"
    cards(rlhf, classes.table(items[number]), voted, post=post)
    seats.tell()


def tally(scene: Scene) -> None:
    """Draw how far people agree, and the way to the reward model."""
    log, found = _pooled(scene)
    people, rankings = len(log.annotators), len(log.rankings)
    st.markdown(scene.say("rank_told", people=people, rankings=rankings, pairs=len(log.comparisons)))
    if found is not None:
        st.markdown(scene.say("rank_agreement", alike=f"{found.alike:.0%}", kappa=f"{found.kappa:.2f}"))
    here = seats.seat()
    if here is None or here.teacher is None or not rankings:
        return

    def take() -> None:
        workshop().log = log
        following.go(following.step_of(LESSON, "reward"))

    if st.button(
        scene.say("rank_learn"),
        key=f"class:rank:learn:{scene.where}:{scene.asked.id}",
        icon=":material/model_training:",
        on_click=take,
    ):
        st.rerun()  # the way there is drawn by another part of the page


def result(scene: Scene) -> None:
    """Draw how the class ranked the answers to each prompt."""
    rlhf, (log, _) = Strings(LESSON, scene.say.lang), _pooled(scene)
    won = shares(log.comparisons)
    for item in scene.asked.question.items:
        st.markdown(f"**{rlhf('asked', prompt=plain(item.prompt))}**")
        found = {text: won.get((item.prompt, text), 0.0) for text in item.answers}
        rows = [Bar(text, share, f"{share:.0%}") for text, share in sorted(found.items(), key=lambda one: -one[1])]
        st.html(bars(rows))
    st.caption(scene.say("rank_share"))
    tally(scene)


def shares(comparisons: Iterable[Comparison]) -> dict[tuple[str, str], float]:
    """Return of the pairs with an answer the share that it won, a tie being half: (prompt, answer) → 0 to 1."""
    won: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pair in comparisons:
        won[pair.better.key].append(0.5 if pair.tie else 1.0)
        won[pair.worse.key].append(0.5 if pair.tie else 0.0)
    return {key: sum(points) / len(points) for key, points in won.items()}


def _pooled(scene: Scene) -> tuple[Log, Agreement | None]:
    """Return everybody's rankings, and how far people agree."""

    def pool() -> tuple[Log, Agreement | None]:
        log = classes.log_of(scene.asked.question, office().answers(scene.code, scene.asked.id))
        return log, agreement(log.comparisons)

    return scene.shared("pooled", pool)


KIND = Kind("rank", compose, title, answer, tally, result)
