"""モデル: the cards of the embedded models, and larger models: an extra one, and those of the hub."""

import streamlit as st

from core import catalogue, offers
from lessons import furigana, widgets
from lessons.frame.browser import browser
from lessons.frame.links import share_link
from lessons.menu import language_of_page
from lessons.models import extra, frame, sheet
from lessons.registry import references
from lessons.state import PageState
from lessons.text import Strings, sections

lang = language_of_page()
say = Strings("models", lang)
text = sections("models", lang)


def heading(anchor: str) -> None:
    furigana.section(text[anchor], anchor)


@st.fragment
def one_card(cards: tuple[catalogue.Card, ...]) -> None:
    """Draw the card of the chosen model; which one is in the URL."""
    named = {card.name: card for card in cards}
    state = PageState("models", {"m": cards[0].name})
    shown = widgets.choose_one(
        say("model_label"), state, "m", list(named), lambda name: f"{named[name].title.get(lang, name)} ({name})"
    )
    sheet.draw(frame.Sheet(named[shown], say, text))
    share_link(state, lang)
    browser(lang)
    state.publish()


st.title(next(page.title[lang] for page in references() if page.id == "models"))
heading("intro")
heading("list")
with widgets.told(lang, say("error_prefix")):
    models = catalogue.models()
    sheet.overview(models, say)
    sheet.family(models, say, text["family"])
    if models:
        one_card(models)
heading("extra")
extra.draw(offers.EXTRA_MODELS, say, text)
heading("hub")
sheet.hub(offers.HUB_MODELS, say)
