"""⑤ Why this word: the effect of hiding each earlier word from all later ones, beside the attention to it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.maps import Cut
from lessons import widgets
from lessons.gpt import figures
from lessons.gpt.lab import Effects, LiveLab, Next
from lessons.gpt.steps.scene import Scene, badge
from lessons.scenes import guessed, layer_and_head, quoted, waiting
from lessons.self_attention.figures import signed
from lessons.text import plain

CHOICES, SHOWN = 10, 6
SMALL_EFFECT, LARGE_EFFECT = 0.02, 0.03  # of a probability; between them nothing is said


def why(scene: Scene) -> None:
    """⑤ Why this word: the effect of hiding each earlier word from all later ones, beside the attention to it."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("why")
    if lab is None:
        with right:
            waiting(scene)
        return
    maps, found = lab.maps(scene.beginning), lab.next(scene.beginning)
    with left:
        identifier, word = _word(scene, found)
        layer_and_head(scene)
    with right:
        effects = lab.effects(scene.beginning, identifier)
        if effects is None:
            st.info(say("why_too_long"), icon=":material/hourglass_top:")
            return
        names, last = [token.text for token in effects.tokens[:-1]], effects.tokens[-1].text
        if not names:
            st.info(say("why_alone"), icon=":material/info:")
            return
        badge(scene, f"python -m core next {quoted(scene.beginning)}")
        about = f"why:{scene.card.name}:{scene.beginning}:{identifier}"
        guess = guessed(scene, about, say("why_question", word=word), names)
        if guess is None:
            return
        looks = maps.mean(scene.layer, scene.head)[-1, :-1]
        _verdict(scene, names, effects, guess)
        _figure(scene, names, last, looks.tolist(), effects, word)
        for line in _disagreements(scene, names, last, looks.tolist(), effects):
            st.markdown("- " + plain(line))
        _cut(scene, lab, names, found)


def _word(scene: Scene, found: Next) -> tuple[int, str]:
    """Draw the choice of the next word that is to be explained; return its id and name."""
    ids = [str(identifier) for identifier in found.ids[:CHOICES]]
    names = {
        one: f"{word} ({figures.percent(prob)})" for one, word, prob in zip(ids, found.words, found.probs, strict=False)
    }
    if scene.state["y"] not in ids:
        scene.state.set("y", ids[0])
    chosen = widgets.choose_one(scene.say("why_word"), scene.state, "y", ids, names.__getitem__)
    return int(chosen), found.words[ids.index(chosen)]


def _strongest(effects: Effects) -> int:
    return int(np.abs(effects.change[:-1]).argmax())


def _points(effects: Effects, key: int) -> str:
    return signed(float(effects.change[key]) * 100)


def _verdict(scene: Scene, names: Sequence[str], effects: Effects, guess: int) -> None:
    """Say whether the guess was right."""
    say, best = scene.say, _strongest(effects)
    facts = {"key": names[best], "points": _points(effects, best)}
    if guess == best:
        st.success(plain(say("why_right", **facts)))
    elif 0 <= guess < len(names):
        st.warning(plain(say("why_wrong", **facts, guess=names[guess], guess_points=_points(effects, guess))))


def _figure(scene: Scene, names: Sequence[str], last: str, looks: Sequence[float], effects: Effects, word: str) -> None:
    say = scene.say
    titles = say("why_attention"), say("why_effect")
    chart = figures.why(names, looks, effects.change[:-1], titles=titles, chosen=_chosen(scene, names))
    rows = [
        (name, [f"{weight:.3f}", _points(effects, key)])
        for key, (name, weight) in enumerate(zip(names, looks, strict=True))
    ]
    alt = ", ".join(f"{name}: {' / '.join(cells)}" for name, cells in rows)
    widgets.clickable(chart, "why:figure", alt, lambda row, _: scene.state.set("q", str(row)))
    st.caption(plain(say("why_help", last=last, word=word, base=figures.percent(effects.base))))
    widgets.table(say, "why:table", titles, rows)


def _disagreements(
    scene: Scene, names: Sequence[str], last: str, looks: Sequence[float], effects: Effects
) -> list[str]:
    """Return sentences on the largest attention with little effect, and the largest effect with less attention."""
    say = scene.say
    looked, mattered = int(np.argmax(looks)), _strongest(effects)

    def line(name: str, key: int) -> str:
        return say(name, last=last, key=names[key], weight=f"{looks[key]:.2f}", points=_points(effects, key))

    lines = []
    if abs(effects.change[looked]) < SMALL_EFFECT:
        lines.append(line("disagree_attention", looked))
    if mattered != looked and abs(effects.change[mattered]) > LARGE_EFFECT:
        lines.append(line("disagree_effect", mattered))
    return lines or [line("agree", looked)] if looked == mattered else lines


def _chosen(scene: Scene, names: Sequence[str]) -> int | None:
    """Return the earlier word whose edges are cut, if one is."""
    keys = [str(key) for key in range(len(names))]
    return int(scene.state["q"]) if scene.state["q"] in keys else None


def _cut(scene: Scene, lab: LiveLab, names: Sequence[str], found: Next) -> None:
    """Let the reader cut one earlier word off; show what comes next then."""
    say = scene.say
    keys = ["", *(str(key) for key in range(len(names)))]
    widgets.choose_one(
        say("why_cut"), scene.state, "q", keys, lambda q: f"{int(q) + 1}. {names[int(q)]}" if q else say("why_cut_none")
    )
    key = _chosen(scene, names)
    if key is None:
        return
    cuts = tuple(Cut(query, key) for query in range(key + 1, len(names) + 1))
    after = lab.next(scene.beginning, cuts)
    shown = list(dict.fromkeys([*found.ids[:SHOWN], *after.ids[:SHOWN]]))
    before_probs, after_probs = ([_prob(one, identifier) for identifier in shown] for one in (found, after))
    words = [lab.word(identifier) for identifier in shown]
    chart = figures.before_after(words, before_probs, after_probs, names=(say("cut_before"), say("cut_after")))
    st.markdown(f"**{plain(say('why_cut_title', key=names[key]))}**")
    rows = [
        (word, [figures.percent(b), figures.percent(a)])
        for word, b, a in zip(words, before_probs, after_probs, strict=True)
    ]
    widgets.figure(chart, "why:cut", ", ".join(f"{word} {b} → {a}" for word, (b, a) in rows))
    widgets.table(say, "why:cut:table", [say("cut_before"), say("cut_after")], rows)


def _prob(found: Next, identifier: int) -> float:
    place = found.place(identifier)
    return 0.0 if place is None else place[1]
