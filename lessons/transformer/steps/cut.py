"""⑤ Cut the ways by which a word of the source reaches the letter that is written, one by one and together."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lessons import widgets
from lessons.gpt.figures import percent
from lessons.gpt.lab import Next
from lessons.scenes import guessed, waiting
from lessons.text import plain
from lessons.transformer import figures
from lessons.transformer.answers import Writing
from lessons.transformer.asking import example_of, start
from lessons.transformer.cutting import WAYS, Hidden, combined
from lessons.transformer.steps.scene import Scene, badge, choose_place, verdict

NOTHING = "-"  # of the state: no letter is hidden
SPELLINGS = 2  # that are compared


@dataclass(frozen=True)
class Question:
    """A place of what was written, what is hidden from it, the spellings compared there, and what is said of them."""

    writing: Writing
    place: int
    hidden: Hidden
    words: tuple[str, ...]

    @property
    def read(self) -> str:
        """The letters of the source that are hidden."""
        return "".join(self.writing.source[one] for one in self.hidden.source)

    @property
    def written(self) -> str:
        """The letters already written that are hidden."""
        return "".join(self.writing.words[one] for one in self.hidden.written)


def cut(scene: Scene) -> None:
    """⑤ Cut the ways by which a word of the source reaches the letter that is written."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("cut")
        writing = scene.writing()
    if writing is None:
        return
    with left:
        question = _asked(scene, writing)
    with right:
        base = scene.lab.after(scene.source, question.place, question.hidden.on(()))
        if base is None:
            waiting(scene)
            return
        question = _compared(question, base)
        _predict(scene, question, base)


def _asked(scene: Scene, writing: Writing) -> Question:
    """Draw the choice of the place and of the letters that are hidden from it."""
    say = scene.say
    place, hidden = start(example_of(scene.source), writing)
    with st.container(border=True):
        place = choose_place(scene, say("cut_place"), "p", writing.words, place)
        known = list(range(len(writing.source) - 1))  # the end token stays
        source = _letters(scene, "k", say("cut_source"), writing.source, known, hidden.source)
        before = list(range(place))
        written = _letters(scene, "j", say("cut_written"), writing.words, before, hidden.written) if before else ()
    return Question(writing, place, Hidden(source, written, WAYS), ())


def _letters(
    scene: Scene, name: str, label: str, names: Sequence[str], places: Sequence[int], first: Sequence[int]
) -> tuple[int, ...]:
    """Draw some letters of which several can be chosen; return their places."""
    key, kept = f"{scene.state.page}:{name}", scene.state[name]
    chosen = [one for one in (first if not kept else _places(kept)) if one in places]
    st.session_state[key] = chosen

    def taken() -> None:
        scene.state.set(name, ".".join(map(str, st.session_state[key])) or NOTHING)

    labels = distinct(names)
    st.pills(
        label,
        places,
        selection_mode="multi",
        format_func=lambda place: plain(labels[place]),
        key=key,
        on_change=taken,
    )
    return tuple(sorted(chosen))


def distinct(names: Sequence[str]) -> list[str]:
    """Return the names, those that come more than once with their number: Streamlit tells pills apart by what they show."""
    found: list[str] = []
    for place, name in enumerate(names):
        number = names[: place + 1].count(name)
        found.append(f"{name} {number}" if names.count(name) > 1 else name)
    return found


def _places(kept: str) -> list[int]:
    parts = kept.split(".")
    return [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 4]


def _compared(question: Question, base: Next) -> Question:
    """Return the question with the spellings that are compared: the lesson's, or the two likeliest words."""
    example = example_of("".join(question.writing.source[:-1]))
    words = example.candidates if example is not None else ()
    if not set(words) & set(base.words[:SPELLINGS]):
        words = base.words[:SPELLINGS]
    return Question(question.writing, question.place, question.hidden, tuple(words[:SPELLINGS]))


def _predict(scene: Scene, question: Question, base: Next) -> None:
    """Let the reader guess what cutting cross-attention does; then show that and all other cuts."""
    say, writing = scene.say, question.writing
    badge(scene)
    st.markdown(f"### {plain(writing.source_text)} → {plain(writing.written(question.place))}:orange[＿]")
    if not question.hidden.source:
        st.info(say("cut_nothing"), icon=":material/info:")
        return
    facts = {"source": question.read, "word": writing.words[question.place]}
    options = [*question.words, say("cut_other")]
    about = f"cut:{scene.source}:{question.place}:{question.hidden}"
    guess = guessed(scene, about, say("cut_question", **facts), options)
    if guess is None:
        return
    after = scene.lab.after(scene.source, question.place, question.hidden.on(("cross",)))
    if after is None:
        waiting(scene)
        return
    best = question.words.index(after.words[0]) if after.words[0] in question.words else len(question.words)
    told = {"before": base.words[0], "before_prob": percent(base.probs[0])}
    found = {"after": after.words[0], "after_prob": percent(after.probs[0])}
    verdict(scene, guess, guess == best, say("cut_found", **told, **found))
    _all(scene, question)


def _all(scene: Scene, question: Question) -> None:
    """Show what every choice of ways does to the spellings, and one of them in full."""
    say = scene.say
    ways = [one for one in combined() if question.hidden.written or "decoder" not in one]
    found = {one: scene.lab.after(scene.source, question.place, question.hidden.on(one)) for one in ways}
    answers = {one: answer for one, answer in found.items() if answer is not None}
    if len(answers) < len(ways):
        waiting(scene)
        return
    names = [_named(scene, one) for one in ways]
    probs = [[_prob(answers[one], word) for word in question.words] for one in ways]
    chosen = _chosen(scene, ways)
    st.markdown(f"**{plain(say('cut_all'))}**")
    for way in WAYS[: 3 if question.hidden.written else 2]:
        st.caption(plain(say(f"way_{way}_told", source=question.read, written=question.written)))
    chart = figures.shares(names, question.words, probs, other=say("cut_other"), chosen=ways.index(chosen))
    alt = "; ".join(f"{name}: {', '.join(map(percent, line))}" for name, line in zip(names, probs, strict=True))
    widgets.clickable(chart, "cut:ways", alt, lambda row, _: scene.state.set("x", _kept(ways[row])))
    rows = [(name, [percent(p) for p in line]) for name, line in zip(names, probs, strict=True)]
    widgets.table(say, "cut:table", question.words, rows)
    shown = lambda kept: names[[_kept(one) for one in ways].index(kept)]  # noqa: E731
    widgets.choose_one(say("cut_choose"), scene.state, "x", [_kept(one) for one in ways], shown)
    _one(scene, question, _chosen(scene, ways), answers)


def _kept(ways: Sequence[str]) -> str:
    """Return how a choice of ways stands in the address."""
    return ".".join(ways) or NOTHING


def _chosen(scene: Scene, ways: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    kept = scene.state.pick("x", [_kept(one) for one in ways])
    return next(one for one in ways if _kept(one) == kept)


def _named(scene: Scene, ways: Sequence[str]) -> str:
    """Return the name of a choice of ways for a reader."""
    if not ways:
        return scene.say("cut_none")
    return "✂ " + " + ".join(scene.say(f"way_{way}") for way in ways)


def _one(scene: Scene, question: Question, ways: tuple[str, ...], answers: dict[tuple[str, ...], Next]) -> None:
    """Say what the likeliest words are with these ways cut, and what is written if they are cut from the beginning."""
    say, answer = scene.say, answers[ways]
    words = scene.say.listed([f"{word} {percent(p)}" for word, p in zip(answer.words[:4], answer.probs, strict=False)])
    st.markdown("- " + plain(say("cut_one", ways=_named(scene, ways), words=words)))
    early = tuple(way for way in ways if way != "decoder")
    if early and scene.live is not None:
        text = scene.live.freely(scene.source, question.hidden.on(early))
        facts = {"ways": _named(scene, early), "text": text or "—", "own": question.writing.text}
        st.markdown("- " + plain(say("cut_freely", **facts)))


def _prob(answer: Next, word: str) -> float:
    """Return the probability of a word that may not be among those that are known by name."""
    return answer.probs[answer.words.index(word)] if word in answer.words else 0.0
