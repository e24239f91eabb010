"""⑥ The heads that copy what followed last time: found, looked at, cut."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.maps import Floats
from core.prompting import Prompt, family, tasks
from core.prompting.rules import in_kana
from lessons import live, widgets
from lessons.few_shot import heads_figures
from lessons.few_shot.steps import cutting, moment
from lessons.few_shot.steps.measured import pills
from lessons.few_shot.steps.scene import MOST_SHOTS, Scene, badge_recorded
from lessons.few_shot.variants import Setting
from lessons.scenes import NOT_GUESSED, guessed, number, waiting
from lessons.text import plain

Head = tuple[int, int]

KINDS = ("prompts", "letters")  # on what the heads are scored
DEFAULTS = {"hh": "", "hk": KINDS[0], **moment.DEFAULTS, **cutting.DEFAULTS}
# "hh": the head that is looked at, "" for the best; "hk": on what they are scored
LETTERS = 40  # of a prompt that are shown
SHARES = 4  # letters that the last one looks at most
WAYS = ("gone", "less", "same")
LOOKS_COMMAND = "python -m core.training.fewshot train"


def heads(scene: Scene) -> None:
    """⑥ The heads that copy what followed last time: found, looked at, cut."""
    name = scene.card.name if family.is_member(scene.card.name) else family.DEFAULT
    left, right = st.columns([5, 6], gap="large")
    model = live.model(name)
    kind = scene.state.pick("hk", list(KINDS)) if model is not None else KINDS[1]
    scores = _scores(model, name, kind)
    best = _ranked(scores)[0]
    chosen = _chosen(scene, scores, best)
    with left:
        scene.heading("heads")
        if model is not None:
            pills(scene, scene.say("kind_label"), "hk", KINDS, lambda one: scene.say(f"kind_{one}"))
        _found(scene, scores, chosen, name, kind, live_=model is not None)
    with right:
        _pattern(scene, model, chosen)
    st.divider()
    _experiment(scene, model, name, scores, chosen)
    st.divider()
    moment.moment(scene, name)


# -- which head -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _live_scores(model: Any, kind: str) -> Floats:
    from core.prompting import induction

    return induction.on_prompts(model) if kind == KINDS[0] else induction.scores(model)


def _scores(model: Any | None, name: str, kind: str) -> Floats:
    """Return the scores (layer, head): of the model, or those of the last look at its training."""
    if model is not None:
        return _live_scores(model, kind)
    return np.array(family.looks(name)[-1].heads, dtype=np.float32)


def _ranked(scores: Floats) -> list[Head]:
    """Return the heads, the highest score first."""
    order = np.argsort(scores, axis=None)[::-1]
    return [(int(layer), int(head)) for layer, head in zip(*np.unravel_index(order, scores.shape), strict=True)]


def _chosen(scene: Scene, scores: Floats, best: Head) -> Head:
    """Return the head that the reader looks at."""
    layer, _, head = scene.state["hh"].partition(".")
    if layer.isdigit() and head.isdigit() and int(layer) < scores.shape[0] and int(head) < scores.shape[1]:
        return int(layer), int(head)
    return best


def _found(scene: Scene, scores: Floats, chosen: Head, name: str, kind: str, *, live_: bool) -> None:
    """Draw the scores; a click chooses a head."""
    say = scene.say
    if live_:
        options = (f" --model {name}" if name != family.DEFAULT else "") + (f" --on {kind}" if kind != KINDS[0] else "")
        widgets.badge(say, True, f"python -m lessons.few_shot.heads{options}")
    else:
        badge_recorded(scene, LOOKS_COMMAND)
    axes = say("axis_head"), say("axis_layer")
    chart = heads_figures.heads(scores, axes=axes, hover=say("head_hover"), chosen=chosen)
    best = _ranked(scores)[0]
    alt = say("heads_alt", head=head_name(scene, best), score=f"{scores[best]:.2f}")
    widgets.clickable(chart, "heads:map", alt, lambda layer, head: scene.state.set("hh", f"{layer}.{head}"))
    st.caption(plain(say(f"heads_help_{kind}", model=name)))
    rows = [(say("layer_name", layer=layer + 1), [f"{score:.2f}" for score in row]) for layer, row in enumerate(scores)]
    header = [say("head_column", head=head + 1) for head in range(scores.shape[1])]
    widgets.table(say, "heads:table", header, rows)


def head_name(scene: Scene, head: Head) -> str:
    """Return a head as a reader counts it."""
    return scene.say("head_name", layer=head[0] + 1, head=head[1] + 1)


# -- what it looks at -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _patterns(model: Any, text: str) -> Any:
    from core.prompting import induction

    return induction.pattern(model, text)


@lru_cache(maxsize=64)
def _answers(model: Any, asked: Prompt, without: tuple[Head, ...]) -> str:
    """Return what the model writes after the prompt without some of its heads."""
    from core.decoding import Decoder
    from core.prompting.measure import write

    return write(model, asked, Decoder(model.model, without))


def _pattern(scene: Scene, model: Any | None, chosen: Head) -> None:
    """Draw what the chosen head looks at in the prompt of the bench."""
    say = scene.say
    st.markdown(f"**{plain(say('pattern_title', head=head_name(scene, chosen)))}**")
    if model is None:
        waiting(scene)
        return
    try:
        asked = _prompt(scene)
        found = _patterns(model, asked.text)
    except CoreError as error:
        st.error(plain(say("error_prefix") + error.message(say.lang)), icon=":material/info:")
        return
    first = max(1, len(found.tokens) - LETTERS)  # the first token is no letter, but the beginning of the text
    tokens, weights = found.tokens[first:], found.weights[chosen][first:, first:]
    if first > 1:
        st.caption(say("pattern_tail", letters=LETTERS))
    axes = say("axis_query"), say("axis_key")
    last = weights[-1]
    order = np.argsort(last)[::-1][:SHARES]
    told = say("list_comma").join(
        say("pattern_share", letter=tokens[key], place=_around(tokens, int(key)), weight=f"{last[key]:.2f}")
        for key in order
    )
    said = say("pattern_told", letter=tokens[-1], shares=told)
    chart = heads_figures.attention(weights, tokens, axes=axes, hover=say("pattern_hover"))
    widgets.figure(chart, "heads:pattern", said)
    st.markdown(plain(said))
    with widgets.told(say.lang):
        whole, without = _answers(model, asked, ()), _answers(model, asked, (chosen,))
        name = "pattern_cut_same" if whole == without else "pattern_cut"
        facts = {"whole": whole or say("wrote_nothing"), "without": without or say("wrote_nothing")}
        st.markdown(plain(say(name, head=head_name(scene, chosen), **facts)))
    rows = [(f"{key + 1}. {tokens[key]}", [f"{last[key]:.3f}"]) for key in range(len(tokens))]
    widgets.table(say, "heads:pattern:table", [say("column_weight")], rows)


def _around(tokens: Sequence[str], key: int) -> str:
    """Return a letter with those before it, so that it is found in the text."""
    return "".join(tokens[max(0, key - 3) : key + 1])


def _prompt(scene: Scene) -> Prompt:
    """Return the prompt of the bench, in kana. Raises TooFewPairs."""
    state = scene.state
    name = state.pick("t", list(tasks()))
    task = in_kana(name) or tasks()[name]
    shots = round(number(state, "n", 0, min(MOST_SHOTS, len(task.pairs) - 1)))
    given = state["w"].strip() or (state["q"] if any(pair.given == state["q"] for pair in task.pairs) else "")
    return Setting(task, shots, scene.seed, scene.format, given).prompt


# -- the experiment ---------------------------------------------------------------------------------------------------


def _experiment(scene: Scene, model: Any | None, name: str, scores: Floats, chosen: Head) -> None:
    """Let the reader guess what becomes of the accuracy without the best head; then measure."""
    say = scene.say
    ranked = _ranked(scores)
    (best,), (control,) = cutting.chosen(ranked, cutting.CHOICES[0], chosen)
    st.markdown(f"##### {plain(say('cut_title'))}")
    facts = {"gone": f"{cutting.GONE:.0%}", "less": f"{cutting.LESS:.0%}"}
    ways = [say(f"way_{way}", **facts) for way in WAYS]
    about = {"head": head_name(scene, best), "score": f"{scores[best]:.2f}"}
    about |= {"control": head_name(scene, control), "low": f"{scores[control]:.2f}"}
    st.markdown(plain(say("cut_about", **about, shots=cutting.SHOTS, episodes=cutting.EPISODES)))
    guess = guessed(scene, "heads", say("cut_ask", head=head_name(scene, best)), ways)
    if guess is None:
        return
    choice = pills(scene, say("cut_label"), "hx", cutting.CHOICES, lambda one: say(f"choice_{one}"))
    about_it = guess if choice == cutting.CHOICES[0] else NOT_GUESSED
    cutting.cutting(scene, model, name, cutting.chosen(ranked, choice, chosen), (about_it, ways))
