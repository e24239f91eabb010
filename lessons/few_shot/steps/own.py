"""③ An own task: pairs typed or pasted, mended in a table, shared by link, and put on the bench."""

from zlib import crc32

import streamlit as st

from lessons import widgets
from lessons.few_shot import pairs
from lessons.few_shot.pairs import ANSWER, GIVEN, Sheet
from lessons.few_shot.questions import samples
from lessons.few_shot.steps.bench import controls
from lessons.few_shot.steps.measuring import measuring
from lessons.few_shot.steps.scene import Scene
from lessons.few_shot.steps.trial import trial
from lessons.text import plain

BOX_HEIGHT = 240  # px
SHOWN_PROBLEMS = 6


def own(scene: Scene) -> None:
    """③ An own task: pairs typed or pasted, mended in a table, shared by link, and put on the bench."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("own")
    with right:
        _samples(scene)
        _box(scene)
    sheet = pairs.read(scene.state["o"])
    with right:
        _told(scene, sheet)
    if not sheet.pairs:
        st.info(say("own_empty"), icon=":material/edit_note:")
        return
    _table(scene, sheet)
    with widgets.told(say.lang, say("error_prefix")):
        task = sheet.task()
        setting = controls(scene, task, "on", "oq", "ow")
        trial(scene, setting, "own")
        st.divider()
        measuring(scene, setting, "own")


def _samples(scene: Scene) -> None:
    """Offer tasks to begin with."""
    say = scene.say
    st.caption(say("own_samples"))
    with st.container(horizontal=True):
        for number, (name, found) in enumerate(samples()):
            st.button(
                name[say.lang], on_click=scene.state.set, args=("o", pairs.write(found)), key=f"own:sample:{number}"
            )


def _box(scene: Scene) -> None:
    state = scene.state
    st.text_area(
        scene.say("own_box"),
        key=state.widget("o"),
        on_change=state.taken,
        args=("o",),
        height=BOX_HEIGHT,
        placeholder=scene.say("own_placeholder"),
        help=scene.say("own_box_help"),
    )


def _told(scene: Scene, sheet: Sheet) -> None:
    """Say how many pairs were read, what is the matter with the other lines, and what a link can carry."""
    say, text = scene.say, scene.state["o"]
    if sheet.pairs:
        st.caption(say("own_read", count=len(sheet.pairs)))
    for problem in sheet.problems[:SHOWN_PROBLEMS]:
        st.warning(plain(say(problem.kind, **problem.facts)), icon=":material/rule:")
    if len(sheet.problems) > SHOWN_PROBLEMS:
        st.warning(say("own_more", count=len(sheet.problems) - SHOWN_PROBLEMS), icon=":material/rule:")
    limit = scene.state.limit
    if len(text) > limit:
        st.warning(say("own_link", limit=f"{limit:,}", length=f"{len(text):,}"), icon=":material/link_off:")
    elif sheet.pairs:
        st.caption(say("own_shared"))
    lab = scene.live
    same = lab.same(tuple(dict.fromkeys(pair.answer for pair in sheet.pairs))) if lab is not None else None
    if same is not None:
        st.warning(plain(say("own_same", one=same[0], two=same[1])), icon=":material/rule:")


def _table(scene: Scene, sheet: Sheet) -> None:
    """Draw the pairs as a table that can be edited; what is changed there is written into the box."""
    say = scene.say
    key = f"own:table:{crc32(scene.state['o'].encode('utf-8', 'replace')):x}"

    def taken() -> None:
        changed = pairs.write(pairs.edited(sheet.pairs, st.session_state[key]))
        scene.state.set("o", "\n".join([changed, *sheet.rest]))

    with st.expander(say("own_table", count=len(sheet.pairs)), icon=":material/table:"):
        if sheet.problems:
            st.caption(say("own_table_problems"))
        st.data_editor(
            [{GIVEN: pair.given, ANSWER: pair.answer} for pair in sheet.pairs],
            num_rows="dynamic",
            column_config={GIVEN: say("column_given"), ANSWER: say("column_answer")},
            key=key,
            on_change=taken,
            width="stretch",
            hide_index=True,
        )
