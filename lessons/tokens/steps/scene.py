"""What every step of the lesson shares: the state of the page, its texts, and the boxes that a reader fills."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import streamlit as st

from core.tokens import MAX_CHARACTERS
from lessons import furigana, widgets
from lessons.state import PageState
from lessons.text import Section, Strings, plain
from lessons.tokens import chips, lab
from lessons.tokens.chips import visible
from lessons.tokens.lab import CONTEXT, Cutting

TABLE_ROWS = 12  # above it a table scrolls in a frame of its own
TABLE_HEIGHT = 480  # px
LARGE = 40  # tokens
COMMAND = "python -m core tokens"


@dataclass(frozen=True)
class Scene:
    """What every step needs: the state of the page, and its texts."""

    state: PageState
    say: Strings
    text: dict[str, Section]

    def heading(self, anchor: str) -> None:
        furigana.section(self.text[anchor], anchor)

    def told(self) -> AbstractContextManager[None]:
        """Turn a user's error inside the block into one sentence on the page."""
        return widgets.told(self.say.lang, self.say("error_prefix"))

    def box(self, label: str, name: str, help: str | None = None, placeholder: str = "") -> str:
        """Draw a text box; return what is in it."""
        st.text_input(
            label,
            key=self.state.widget(name),
            on_change=self.state.taken,
            args=(name,),
            help=help,
            placeholder=placeholder,
        )
        return self.state[name]

    def prepared(self, label: str, name: str, texts: Sequence[str], shown: Callable[[int], str] | None = None) -> None:
        """Draw a list of prepared texts for the box of `name`."""
        key = f"{self.state.page}:{name}:prepared"
        st.session_state[key] = texts.index(self.state[name]) if self.state[name] in texts else None

        def taken() -> None:
            if st.session_state[key] is not None:
                self.state.set(name, texts[st.session_state[key]])

        st.selectbox(
            label,
            range(len(texts)),
            format_func=shown or (lambda index: texts[index]),
            key=key,
            on_change=taken,
            placeholder=self.say("examples_own"),
            filter_mode=None,
        )

    def sentence(self) -> str:
        """Draw the box of the reader's sentence beside the prepared ones; return the sentence."""
        left, right = st.columns([2, 3], vertical_alignment="bottom")
        with left:
            self.prepared(self.say("examples_label"), "s", [example.text for example in lab.examples()])
        with right:
            limits = self.say("sentence_help", characters=MAX_CHARACTERS, tokens=CONTEXT)
            return self.box(self.say("sentence_label"), "s", limits, self.say("sentence_placeholder"))

    def table(self, header: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Draw a table; a long one scrolls."""
        frame = st.container(height=TABLE_HEIGHT) if len(rows) > TABLE_ROWS else st.container()
        frame.markdown(widgets.markdown_table(header, rows))

    def tokens_table(self, cutting: Cutting) -> None:
        """Draw every token with its entries in the vocabulary, ids, characters and bytes."""
        rows = [
            (
                visible(token.text),
                [
                    " ".join(map(visible, cutting.spelt(token))),
                    " ".join(map(str, token.pieces)),
                    "–" if token.start == token.end else f"{token.start}–{token.end}",
                    "–" if token.special else str(len(token.text.encode())),
                ],
            )
            for token in cutting.tokens
        ]
        self.table([self.say(f"column_{name}") for name in ("piece", "id", "span", "bytes")], rows)


def command(text: str) -> str:
    """Return how to have the same tokens in a terminal."""
    return f"{COMMAND} {shlex.quote(text)}"


def large(say: Strings, cutting: Cutting) -> None:
    """Draw the tokens, large if they are few."""
    size = "### " if len(cutting.own) <= LARGE else ""
    st.markdown(size + chips.chips(cutting, more=say("chips_more")))


def numbers(say: Strings, text: str, cutting: Cutting) -> str:
    """Return how long the text is in characters, tokens and bytes."""
    facts = {"characters": len(text), "tokens": cutting.count, "bytes": len(text.encode())}
    return plain(say("counts", **facts))
