"""The app: `streamlit run app.py`. Draws the menu and runs the page that was asked for.

Nothing here, and nothing that a page imports at its top, may import torch or transformers: the first page must be
on the screen before they are (lessons/live.py loads them behind it).
"""

import streamlit as st

from lessons import widgets
from lessons.registry import lessons

st.set_page_config(page_title="大規模言語モデル概観", page_icon="🐦", layout="wide")

lang = widgets.language()
pages = [
    st.Page(lesson.page, title=lesson.title[lang], url_path=lesson.url_path, default=lesson.id == "overview")
    for lesson in lessons()
    if lesson.ready
]
st.navigation(pages).run()
