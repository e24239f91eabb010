"""What the parts of a card share: the card with the page's words, and how a share is written."""

from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from lessons.models.scores import Interval
from lessons.text import Section, Strings


@dataclass(frozen=True)
class Sheet:
    """What every part of a card needs: the card, and the page's words in the reader's language."""

    card: Card
    say: Strings
    text: dict[str, Section]

    @property
    def title(self) -> str:
        return self.card.title.get(self.say.lang, self.card.name)

    def heading(self, anchor: str) -> None:
        """Draw the heading and the text of a section."""
        st.markdown(f"#### {self.text[anchor].title}")
        st.markdown(self.text[anchor].body)


def percent(share: float) -> str:
    return f"{share:.1%}"


def ranged(say: Strings, value: float, interval: Interval | None) -> str:
    """Return a share with its interval, if it has one."""
    if interval is None:
        return percent(value)
    return say("interval", value=percent(value), low=percent(interval[0]), high=percent(interval[1]))
