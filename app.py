"""The app: `streamlit run app.py`. Draws the menu and runs the page that was asked for.

Nothing here, and nothing that a page imports at its top, may import torch or transformers: the first page must be
on the screen before they are (lessons/live.py loads them behind it).
"""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import runtime
from lessons import first_page, furigana, serving, widgets
from lessons.classroom import banner
from lessons.frame.walk import projector_switch
from lessons.menu import menu

SIDEBAR = 280  # px
ICON = Path(__file__).parent / "static/kotori.png"


def draw() -> None:
    """Draw the page that was asked for, with what stands around it."""
    st.set_page_config(
        page_title="大規模言語モデル概観", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR
    )
    widgets.frame()

    lang = widgets.language()
    page = menu(lang)
    projector_switch(lang)
    furigana.switch(lang)
    banner(lang, page.url_path)
    page.run()
    serving.begin()
    runtime.collect()


# At the server's start nobody reads yet; from then on Streamlit runs this file for each reader.
if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(__file__, middleware=first_page.middleware())
else:
    draw()
