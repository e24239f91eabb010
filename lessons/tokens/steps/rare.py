"""④ What is cut badly: characters that are not in the vocabulary, and words that are not."""

import unicodedata

import streamlit as st

from core.tokens import check
from lessons import widgets
from lessons.text import plain
from lessons.tokens import chips, lab, lattice
from lessons.tokens.steps.scene import Scene, command, large

CHARACTERS = 12  # spelt out one by one
PREPARED = ("鳥🐦𠮷", "鱚と鯨", "cafe\u0301", "가나다", "①㌔ｶﾞ", "\u05e6\u05d9\u05e4\u05d5\u05e8")


def rare(scene: Scene) -> None:
    """④ Characters that the model does not know, and words that are cut badly."""
    say = scene.say
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("rare")
        scene.prepared(say("examples_label"), "u", PREPARED, lambda index: chips.visible(PREPARED[index]))
        written = scene.box(say("characters_label"), "u", say("characters_help", characters=CHARACTERS))
    with right, scene.told():
        _spelt(scene, check(written))
    st.divider()
    _cut_badly(scene)


def _spelt(scene: Scene, text: str) -> None:
    """Draw each character with its bytes, and what the model reads for it."""
    say, cutting = scene.say, lab.ours(text)
    widgets.badge(say, True, command(text))
    large(say, cutting)
    st.caption(say("chips_legend"))
    rows = [
        (
            chips.visible(letter),
            [
                f"U+{ord(letter):04X}",
                unicodedata.name(letter, "–").lower(),
                letter.encode().hex(" ").upper(),
                say("known" if _known(letter) else "not_known"),
            ],
        )
        for letter in text[:CHARACTERS]
    ]
    st.markdown(f"**{say('characters_table')}**")
    scene.table([say(f"column_{name}") for name in ("code", "name", "utf8", "vocabulary")], rows)
    if len(text) > CHARACTERS:
        st.caption(plain(say("characters_left", characters=CHARACTERS)))
    st.markdown(f"**{say('tokens_table')}**")
    scene.tokens_table(cutting)


def _known(letter: str) -> bool:
    """Say whether every character that the model makes of this one is a piece."""
    return all(part in lattice.vocabulary() for part in lattice.normalised(letter))


def _cut_badly(scene: Scene) -> None:
    """Draw a sentence with the reader's cuts beside ours."""
    say, prepared = scene.say, lab.hard()
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("hard")
        texts = [example.text for example in prepared]
        scene.prepared(say("examples_label"), "b", texts, lambda index: texts[index].replace("/", ""))
        written = scene.box(say("hard_label"), "b", say("hard_help"), say("hard_placeholder"))
    with right, scene.told():
        found = lab.compare(written)
        widgets.badge(say, True, command("".join(found.words)))
        st.markdown(f"{say('hard_reader')}  \n" + chips.words(found.words))
        st.markdown(f"{say('hard_model')}  \n" + chips.chips(found.cutting, more=say("chips_more")))
        facts = {"words": len(found.words), "broken": len(found.broken), "across": len(found.across)}
        st.markdown(f"**{plain(say('hard_found', **facts))}**")
        for name, parts in (("hard_broken", found.broken), ("hard_across", found.across)):
            if parts:
                st.markdown("- " + plain(say(name, parts=say.listed(map(chips.visible, parts)))))
        if not found.broken and not found.across:
            st.success(say("hard_none"))
        note = next((example.note[say.lang] for example in prepared if example.text == written), None)
        if note:
            st.info(note, icon=":material/lightbulb:")
