"""An extra model in the choice: what to install, the terms to accept, and its conversion behind the page."""

import threading
from dataclasses import dataclass
from functools import cache

import streamlit as st

from core import apart, extras
from core.errors import CoreError
from lessons import live
from lessons.state import PageState
from lessons.text import Strings, plain

POLL = 0.7  # s
TERMS_HEIGHT = 260  # px


@dataclass
class _Conversion:
    """A conversion on its way or ended: the percentage that is done, the stage, and what went wrong."""

    percent: int = 0
    stage: str = "assemble"
    ended: bool = False
    error: Exception | None = None


_lock = threading.Lock()
_conversions: dict[str, _Conversion] = {}


def ready(name: str) -> bool:
    """Say whether the model only has to be loaded: it was converted, and its terms were accepted."""
    return not _running(name) and extras.status(name).accepted


def prepare(name: str, state: PageState, say: Strings) -> None:
    """Draw what the reader has to do before the model can be loaded, or how far its conversion is."""
    if _running(name):
        _progress(name, say)
    elif extras.status(name).installed:
        _accept(name, state, say)
    else:
        st.markdown(say("extra_install"))
        st.code(extras.install_command(), language="bash", wrap_lines=True)


def terms(name: str, say: Strings, *, open_: bool = False) -> None:
    """Draw the terms of the model, word for word."""
    with st.expander(say("terms"), expanded=open_), st.container(height=TERMS_HEIGHT):
        st.text(_terms(name))


def begin(name: str) -> None:
    """Convert the model behind the page, and load it then; nothing happens while that is on its way."""
    with _lock:
        if name in _conversions and not _conversions[name].ended:
            return
        conversion = _conversions[name] = _Conversion()
    threading.Thread(target=_convert, args=(name, conversion), daemon=True, name=f"convert-{name}").start()


def _convert(name: str, conversion: _Conversion) -> None:
    def told(done: int, total: int, stage: str) -> None:
        conversion.percent, conversion.stage = 100 * done // total, stage

    try:
        apart.convert(name, accepted=True, progress=told)
        live.model(name)
    except Exception as error:
        conversion.error = error
    finally:
        conversion.ended = True


def _running(name: str) -> bool:
    with _lock:
        return name in _conversions and not _conversions[name].ended


def _accept(name: str, state: PageState, say: Strings) -> None:
    """Draw the terms, the box that accepts them, and the button that converts; and why that failed, if it did."""
    st.markdown(say("extra_terms", licence=plain(extras.package_of(name).source.licence)))
    terms(name, say, open_=True)
    accepted = st.checkbox(say("accept"), key=f"{state.page}:accept")
    label, key = say("convert"), f"{state.page}:convert"
    st.button(label, on_click=begin, args=(name,), key=key, type="primary", disabled=not accepted)
    with _lock:
        failed = _conversions.get(name)
    if failed is not None and isinstance(failed.error, CoreError):
        st.error(plain(failed.error.message(say.lang)), icon=":material/info:")
    elif failed is not None and failed.error is not None:
        raise failed.error


@st.fragment(run_every=POLL)
def _progress(name: str, say: Strings) -> None:
    if not _running(name):
        st.rerun()
    conversion = _conversions[name]
    st.progress(conversion.percent / 100, text=say("converting", stage=say(f"stage_{conversion.stage}")))


@cache
def _terms(name: str) -> str:
    return extras.terms(name)
