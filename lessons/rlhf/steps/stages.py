"""The three stages of InstructGPT as a small map, each leading to the steps where the reader does it."""

import streamlit as st

from lessons.rlhf.steps.scene import Scene

STAGES = {"sft": ("demonstrate",), "reward_model": ("rank", "reward"), "ppo": ("optimise",)}


def stages(scene: Scene) -> None:
    """Draw the map."""
    say = scene.say
    st.markdown(f"##### {say('stages_title')}")
    columns = st.columns(len(STAGES))
    for place, (column, (name, steps)) in enumerate(zip(columns, STAGES.items(), strict=True), 1):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{place}. {say(f'stage_{name}')}**")
            st.markdown(say(f"stage_{name}_about"))
            st.caption(say(f"stage_{name}_paper"))
            with st.container(horizontal=True):
                for step in steps:
                    args = ("step", step)
                    st.button(say(f"step_{step}"), on_click=scene.state.set, args=args, key=f"stage:{step}")
    st.caption(say("stages_source"))
