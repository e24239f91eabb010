"""Models that come as Python packages, on the page: what is known of them, where they stand, and what comes next."""

from collections.abc import Sequence

import streamlit as st

from core import catalogue, extras
from core.offers import HubModel
from lessons import widgets
from lessons.chooser.extra import terms
from lessons.models import sheet
from lessons.models.frame import Sheet
from lessons.models.units import count, size
from lessons.text import Section, Strings, plain


def draw(models: Sequence[HubModel], say: Strings, text: dict[str, Section]) -> None:
    """Draw a card for each model: of a converted one also its shape and checksums."""
    for model in models:
        with st.container(border=True):
            st.markdown(f"**{plain(extras.package_of(model.name).title)}**  \n{model.why[say.lang]}")
            with widgets.told(say.lang, say("error_prefix")):
                _card(model, say, text)


def _card(model: HubModel, say: Strings, text: dict[str, Section]) -> None:
    found = extras.status(model.name)
    card = catalogue.read_card(model.name, found.folder) if found.accepted else None
    rows = {
        "name": model.name,
        "kind": say(f"kind_{model.kind}"),
        "parameters": f"{count(model.parameters, say.lang)} ({model.parameters:,})",
        "shape": f"{card.layers} × {card.heads} × {card.hidden}" if card else "",
        "vocabulary": f"{card.vocabulary:,}" if card else "",
        "context": say("tokens", count=f"{card.context:,}") if card else "",
        "download": size(model.bytes),
        "size": size(card.bytes) if card else "",
        "memory": size(model.memory),
        "licence": model.licence,
        "languages": ", ".join(say(f"language_{code}") for code in model.languages),
    }
    facts = [(say(f"fact_{name}"), [fact]) for name, fact in rows.items() if fact]
    st.markdown(widgets.markdown_table([say("value")], facts))
    st.markdown(f"**{say('scores')}**: {say('extra_scores')}")
    state = "converted" if found.accepted else "installed" if found.installed else "absent"
    st.caption(say(f"extra_{state}"))
    asked = [sheet.command(model.name, model.kind, model.languages)] if found.accepted else extras.steps(model.name)
    st.code("\n".join(asked), language="bash", wrap_lines=True)
    if state != "absent":
        terms(model.name, Strings("chooser", say.lang))
    if card is not None:
        sheet.checksums(Sheet(card, say, text))
