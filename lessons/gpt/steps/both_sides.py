"""⑧ The same place, guessed by a model that sees both sides and by one that sees only the left."""

import streamlit as st

from lessons import live, widgets
from lessons.gpt import figures
from lessons.gpt.lab import Hidden, fills, recorded
from lessons.gpt.steps.scene import Scene
from lessons.scenes import cut_short, quoted, waiting
from lessons.self_attention.lab import MASK
from lessons.text import plain

SHOWN = 8
ENCODER = "encoder"

Ranked = list[tuple[str, float]]


def both_sides(scene: Scene) -> None:
    """⑧ The same place, guessed by a model that sees both sides and by one that sees only the left."""
    say, word = scene.say, scene.state["w"].strip()
    scene.heading("both-sides")
    text = _shortened(scene)
    if not word or word not in text:
        st.warning(plain(say("both_missing", word=word)))
        return
    hidden = Hidden(text, word)
    one, two = st.columns(2, gap="large")
    with one:
        st.markdown(f"**{say('both_encoder')}**")
        st.markdown(f"### {plain(hidden.hole)}")
        widgets.badge(say, _encoder() is not None, _command(scene, f"python -m core fill {quoted(hidden.hole)}"))
        from_both = _fills(hidden)
        _bars(scene, "both:encoder", from_both, word)
    with two:
        st.markdown(f"**{say('both_decoder')}**")
        st.markdown(f"### {plain(hidden.left)} :orange[＿＿]" + f" :gray[{_struck(hidden)}]")
        from_left = _continued(scene, hidden)
    if from_both and from_left:
        st.markdown(plain(_told(scene, word, from_both, from_left)))


def _shortened(scene: Scene) -> str:
    """Return the sentence as far as the encoder reads it; show where one that is too long was cut."""
    text, encoder = scene.state["f"], live.model(ENCODER)
    if encoder is None:
        return text
    read = str(encoder.fitting(text))
    cut_short(scene.say.lang, encoder.limit, text, read)
    return read


def _struck(hidden: Hidden) -> str:
    """Return what stands to the right of the word, as squares: the decoder does not see it."""
    return "▨" * (len(hidden.text) - len(hidden.left) - len(hidden.word))


def _encoder() -> object | None:
    return live.model(ENCODER)


def _command(scene: Scene, command: str) -> str:
    return command if _encoder() is not None else recorded().command


def _fills(hidden: Hidden) -> Ranked | None:
    encoder = _encoder()
    number = hidden.left.count(MASK)  # a reader may have written holes of their own
    found = recorded().fills(hidden.hole) if encoder is None else fills(encoder, hidden.hole, number)
    return None if found is None else list(found)


def _continued(scene: Scene, hidden: Hidden) -> Ranked | None:
    """Draw what the decoder expects after the left side; return it."""
    say = scene.say
    if not hidden.left.strip():
        st.info(say("both_nothing_left"), icon=":material/info:")
        return None
    command = f"python -m core next {quoted(hidden.left)}"
    if scene.card.name != "decoder":
        command += f" --model {scene.card.name}"
    widgets.badge(say, scene.lab.live, command if scene.lab.live else recorded().command)
    found = scene.lab.next(hidden.left)
    ranked = None if found is None else list(zip(found.words, found.probs, strict=True))
    _bars(scene, "both:decoder", ranked, hidden.word)
    return ranked


def _bars(scene: Scene, key: str, ranked: Ranked | None, word: str) -> None:
    if ranked is None:
        waiting(scene)
        return
    words, probs = [one for one, _ in ranked[:SHOWN]], [prob for _, prob in ranked[:SHOWN]]
    marked = words.index(word) if word in words else None
    rows = [(one, [figures.percent(prob)]) for one, prob in ranked[:SHOWN]]
    alt = ", ".join(f"{one} {cells[0]}" for one, cells in rows)
    widgets.figure(figures.word_bars(words, probs, marked=marked), key, alt)
    widgets.table(scene.say, f"{key}:table", [scene.say("column_prob")], rows)


def _told(scene: Scene, word: str, from_both: Ranked, from_left: Ranked) -> str:
    """Say where the hidden word stands in both rankings."""
    return scene.say("both_told", word=word, both=_place(scene, word, from_both), left=_place(scene, word, from_left))


def _place(scene: Scene, word: str, ranked: Ranked) -> str:
    words = [one for one, _ in ranked]
    if word not in words:
        return scene.say("both_below", count=len(ranked))
    index = words.index(word)
    return scene.say("both_place", rank=index + 1, prob=figures.percent(ranked[index][1]))
