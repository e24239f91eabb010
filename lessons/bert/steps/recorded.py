"""⑥ The recorded training of the encoder: its loss, and its guesses getting better."""

import streamlit as st

from core import catalogue
from lessons import widgets
from lessons.bert import figures, looks
from lessons.bert.looks import Look, Run
from lessons.bert.steps.scene import BLANK, Scene
from lessons.gpt.figures import percent
from lessons.scenes import guessed
from lessons.self_attention.lab import MASK
from lessons.text import plain

COMMAND = "python -m core.training.train encoder"
WORDS, LINES = 3, 4  # guesses of each sentence in the table; lines of the figure of one sentence


def recorded(scene: Scene) -> None:
    """⑥ The recorded training of the encoder: its loss, and its guesses getting better."""
    say, run = scene.say, looks.encoder()
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("recorded")
        _facts(scene)
    with right:
        widgets.badge(say, False, COMMAND)
        if not run.looks:
            st.info(say("looks_missing"), icon=":material/info:")
            _curve(scene, run, None)
            return
        names = [_blank(text) for text in run.sentences]
        guess = guessed(scene, "recorded", say("recorded_question"), names)
        if guess is None:
            return
        _verdict(scene, run, guess)
        number = _choose(scene, run)
        _curve(scene, run, run.looks[number])
        _table(scene, run, run.looks[number])
    _course(scene, run, number)


def _blank(text: str) -> str:
    return text.replace(MASK, BLANK)


def _verdict(scene: Scene, run: Run, guess: int) -> None:
    """Say which sentence settled first on the answer that it had in the end."""
    say = scene.say
    learned = {text: run.learned(text) for text in run.sentences}
    known = {text: step for text, step in learned.items() if step is not None}
    if not known:
        return
    first = min(known.values())
    names = say.listed(_blank(text) for text, step in known.items() if step == first)
    line = plain(say("recorded_first", sentences=names, step=f"{first:,}"))
    if guess < 0:
        st.info(line)
    elif known.get(run.sentences[guess]) == first:
        st.success(say("guess_right") + line)
    else:
        st.warning(say("guess_wrong") + line)


def _facts(scene: Scene) -> None:
    """Say what the training took, as the card of the model has it."""
    recipe = catalogue.card("encoder").recipe
    if {"tokens", "steps", "seconds"} <= set(recipe):
        facts = {name: f"{recipe[name]:,}" for name in ("tokens", "steps")}
        st.caption(plain(scene.say("recorded_facts", **facts, minutes=round(recipe["seconds"] / 60))))


def _choose(scene: Scene, run: Run) -> int:
    """Draw the slider over the looks; return the number of the chosen one."""
    state, key = scene.state, f"{scene.state.page}:r"
    steps = [str(look.step) for look in run.looks]
    state.pick("r", steps)
    st.session_state[key] = state["r"]

    def taken() -> None:
        state.taken("r")

    st.select_slider(
        scene.say("look_label"), steps, format_func=lambda step: f"{int(step):,}", key=key, on_change=taken
    )
    return steps.index(state["r"])


def _curve(scene: Scene, run: Run, look: Look | None) -> None:
    """Draw the loss curve with the place of the look."""
    say = scene.say
    if not run.steps:
        return
    at = None if look is None else run.loss_at(look.step)
    says = "" if at is None else say("curve_here", loss=f"{at[1]:.2f}")
    axes = say("axis_step"), say("axis_loss")
    alt = say("curve_alt", first=f"{run.loss[0]:.2f}", last=f"{run.loss[-1]:.2f}")
    chart = figures.recorded_curve(run.steps, run.loss, axes=axes, at=at, says=says)
    widgets.figure(chart, "recorded:curve", alt)
    rows = [
        (f"{step:,}", [f"{loss:.2f}"])
        for step, loss in list(zip(run.steps, run.loss, strict=True))[:: max(1, len(run.steps) // 20)]
    ]
    widgets.table(say, "recorded:curve:table", [say("axis_loss")], rows)


def _table(scene: Scene, run: Run, look: Look) -> None:
    """Show the first guesses of every sentence at this look."""
    say = scene.say
    rows = []
    for text in run.sentences:
        ranked = look.guesses.get(text, ())[:WORDS]
        cells = [f"{word} {percent(prob)}" for word, prob in ranked]
        rows.append((_blank(text), cells + ["—"] * (WORDS - len(cells))))
    st.markdown(f"**{plain(say('recorded_at', step=f'{look.step:,}'))}**")
    st.markdown(widgets.markdown_table([say("column_rank", rank=rank + 1) for rank in range(WORDS)], rows))


def _course(scene: Scene, run: Run, number: int) -> None:
    """Draw how the probabilities of the words of one sentence went, and say which sentence came first."""
    say = scene.say
    st.markdown(f"**{say('course_title')}**")
    numbers = [str(index) for index in range(len(run.sentences))]
    asked = widgets.choose_one(
        say("course_sentence"), scene.state, "w", numbers, lambda index: _blank(run.sentences[int(index)])
    )
    text = run.sentences[int(asked)]
    last, here = run.looks[-1].guesses.get(text, ()), run.looks[number].guesses.get(text, ())
    words = tuple(dict.fromkeys([word for word, _ in last[: LINES - 1]] + [word for word, _ in here[:1]]))
    steps = [look.step for look in run.looks]
    lines = list(zip(words, run.course(text, words), strict=True))
    axes = say("axis_look"), say("axis_prob")
    alt = ", ".join(f"{word}: {percent(probs[0])} → {percent(probs[-1])}" for word, probs in lines)
    widgets.figure(figures.course(steps, lines, axes=axes, at=number), "recorded:course", alt)
    st.caption(say("course_help"))
    rows = [(f"{step:,}", [percent(probs[index]) for _, probs in lines]) for index, step in enumerate(steps)]
    widgets.table(say, "recorded:course:table", words, rows)
