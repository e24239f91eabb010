"""What every step of the lesson shares: who answers, the text, the state, and the calls of this session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.catalogue import Card
from core.chat import Role
from lessons import furigana, progress, serving, widgets
from lessons.api.lab import COMMAND, Lab, LiveLab, Piece, Reply, Request
from lessons.api.messages import Turn
from lessons.api.programs import Server, curl, python
from lessons.api.refusals import Refused
from lessons.api.spending import Usage
from lessons.state import PageState
from lessons.text import Section, Strings, plain

LESSON = "api"
KEPT, USED = "api:kept", "api:used"  # of the session: results by name; tokens of every call
MOST_USED = 1000  # calls that are counted
COLOURS: dict[Role, str] = {"system": "orange", "user": "blue", "assistant": "green"}
SHOWN = 600  # characters of a message that are drawn


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the chat model

    @property
    def live(self) -> LiveLab | None:
        """The lab, if a server is behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    @property
    def server(self) -> Server:
        """Where a program calls; while the server is still on its way, where it will most likely be."""
        return self.live.server if self.live is not None else Server(serving.planned())

    @property
    def kept(self) -> dict[str, Any]:
        """Results of this session, by name."""
        found: dict[str, Any] = st.session_state.setdefault(KEPT, {})
        return found

    @property
    def used(self) -> list[tuple[str, Usage]]:
        """The step and the tokens of every call of this session."""
        found: list[tuple[str, Usage]] = st.session_state.setdefault(USED, [])
        return found

    def heading(self, anchor: str) -> None:
        """Draw a section of the lesson's text."""
        furigana.section(self.text[anchor], anchor)

    def did(self, step: str) -> None:
        """Note that the reader has done what a step asks for."""
        progress.mark(LESSON, step)

    def ask(self, lab: LiveLab, step: str, request: Request) -> Reply:
        """Return the answer of the local server, its tokens counted. Raises Refused."""
        found = lab.caller.ask(request)
        self.spent(step, found.usage)
        return found

    def spent(self, step: str, usage: Usage) -> None:
        """Count the tokens of a call."""
        self.used.append((step, usage))
        del self.used[:-MOST_USED]

    def try_ask(self, lab: LiveLab, step: str, request: Request) -> Reply | Refused:
        """Return the answer, or why there is none."""
        try:
            return self.ask(lab, step, request)
        except Refused as error:
            return error


def call(scene: Scene, name: str, request: Request, label: str) -> Reply | Refused | None:
    """Draw the button that sends a request; return the answer to this very request, None while there is none."""
    lab = scene.live
    if st.button(label, key=f"{name}:do", type="primary", icon=":material/send:", disabled=lab is None) and lab:
        with st.spinner(scene.say("asking")):
            scene.kept[name] = (request, scene.try_ask(lab, name.partition(":")[0], request))
    asked, found = scene.kept.get(name, (None, None))
    if asked == request:
        known: Reply | Refused | None = found
        return known
    return scene.lab.known(request)


def badge(scene: Scene, request: Request) -> None:
    """Say whether an answer is live, and how to have it again."""
    command = curl(request, scene.server, one_line=True) if scene.lab.live else COMMAND
    widgets.badge(scene.say, scene.lab.live, command)


def program(scene: Scene, request: Request, server: Server | None = None) -> None:
    """Show a request as a program: Python, and curl."""
    where, say = server or scene.server, scene.say
    one, two = st.tabs(["Python", "curl"])
    one.code(python(request, where, say), language="python", wrap_lines=True)
    two.code(curl(request, where), language="bash", wrap_lines=True)
    two.caption(say("curl_shell"))
    if server is None:
        reach(scene)


def reach(scene: Scene) -> None:
    """Say so if a program on the reader's own machine does not reach the server."""
    if scene.live is not None and scene.live.far:
        st.caption(f":material/cloud_off: {scene.say('program_far')}")


def conversation(scene: Scene, turns: Sequence[Turn]) -> None:
    """Draw messages as they are said, each with its role."""
    icons = {"system": ":material/rule:", "user": ":material/person:", "assistant": ":material/smart_toy:"}
    for one in turns:
        with st.chat_message(one.role, avatar=icons[one.role]):
            st.caption(f"`{one.role}` — {scene.say(f'role_{one.role}')}")
            st.markdown(shortened(one.content) or scene.say("nothing_said"))


def shortened(text: str) -> str:
    """Return a text as Markdown that shows it, cut off where it is very long."""
    return plain(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def answer(scene: Scene, found: Reply | Refused | None, request: Request) -> None:
    """Draw an answer with what it used, or why there is none."""
    say = scene.say
    if found is None:
        if not scene.lab.live:
            st.info(say("needs_live"), icon=":material/hourglass_top:")
        return
    if isinstance(found, Refused):
        refused(scene, found)
        return
    with st.chat_message("assistant", avatar=":material/smart_toy:"):
        st.markdown(shortened(found.text) or say("nothing_said"))
    used = {"prompt": found.usage.prompt, "completion": found.usage.completion, "total": found.usage.total}
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(scene, request)
        st.caption(say("answer_used", **used))
    st.caption(say(f"why_{found.why}" if found.why in ("stop", "length") else "why_other"))


def refused(scene: Scene, error: Refused) -> None:
    """Say in one sentence why a call failed."""
    say = scene.say
    st.error(plain(say(f"refused_{error.kind}")), icon=":material/info:")
    told = f"{error.name} ({error.status})" if error.status else error.name
    st.caption(plain(f"{told} {error.text}"))


def coloured(pieces: Sequence[Piece]) -> str:
    """Return the tokens of a conversation as Markdown, coloured by role."""
    drawn = [f":{COLOURS[one.role]}-background[{_sign(one.text)}]" for one in pieces]
    breaks = ["  \n" if "\n" in one.text else " " for one in pieces]
    return "".join(text + after for text, after in zip(drawn, breaks, strict=True))


def _sign(text: str) -> str:
    shown = text.replace("\n", "⏎").replace(" ", "␣")
    return plain(shown) or "␣"
