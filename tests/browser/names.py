"""How a part of the page is called in the tree that a screen reader reads."""

import re


def button_name(label: str) -> re.Pattern[str]:
    """Return what a button of this label is called: before Streamlit 1.67 the name of its icon stands before the label."""
    return re.compile(rf"^(?:[a-z_]+ ?)?{re.escape(label)}$")
