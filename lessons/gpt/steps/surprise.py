"""⑦ How much each word of an own text surprises the model."""

import streamlit as st

from lessons import widgets
from lessons.gpt import figures
from lessons.gpt.lab import Surprise
from lessons.gpt.steps.scene import Scene, badge
from lessons.scenes import quoted, waiting
from lessons.text import plain


def surprise(scene: Scene) -> None:
    """⑦ How much each word of an own text surprises the model."""
    say, text = scene.say, scene.sentence
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("surprise")
    with right:
        found = scene.lab.surprise(text)
        if found is None:
            waiting(scene)
            return
        badge(scene, f"python -m core score {quoted(text)}")
        if not found.bits:
            st.info(say("surprise_nothing"), icon=":material/info:")
            return
        most = max(range(len(found.bits)), key=found.bits.__getitem__)
        chart = figures.surprise(found.words, found.bits, axis=say("surprise_axis"), marked=most)
        widgets.figure(chart, "surprise:bars", _alt(found))
        st.markdown("- " + plain(_fact(scene, "surprise_most", found, most)))
        least = min(range(len(found.bits)), key=found.bits.__getitem__)
        st.markdown("- " + plain(_fact(scene, "surprise_least", found, least)))
        total = {"bits": f"{sum(found.bits):.1f}", "characters": found.characters}
        st.markdown("- " + plain(say("surprise_total", **total, per=f"{found.bits_per_character:.2f}")))
        rows = [(word, [f"{bits:.2f}", figures.percent(2.0**-bits)]) for word, bits in _pairs(found)]
        widgets.table(say, "surprise:table", [say("column_bits"), say("column_prob")], rows)


def _pairs(found: Surprise) -> list[tuple[str, float]]:
    return list(zip(found.words, found.bits, strict=True))


def _fact(scene: Scene, name: str, found: Surprise, place: int) -> str:
    bits = found.bits[place]
    return scene.say(name, word=found.words[place], bits=f"{bits:.1f}", prob=figures.percent(2.0**-bits))


def _alt(found: Surprise) -> str:
    return ", ".join(f"{word} {bits:.1f}" for word, bits in _pairs(found))
