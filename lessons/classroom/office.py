"""The rooms of this process: one `Classroom`, made when somebody opens or joins a room. Costs nothing before."""

from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from core.classroom import Classroom

PAGE = "classroom"  # the page of the class


@cache
def office() -> "Classroom":
    """Return the rooms of the database that the environment names (KOTORI_DATABASE)."""
    from core.classroom import Classroom

    return Classroom()


def who() -> str:
    """Return the address that the browser calls from, "" if it is this machine's own."""
    return str(st.context.ip_address or "")
