"""The way through a lesson: its steps above, what the step asks the reader to do, and the way on below."""

from dataclasses import dataclass

import streamlit as st

from lessons import furigana, printable, progress
from lessons.frame import touched, view
from lessons.frame.browser import browser
from lessons.frame.links import share_link
from lessons.glossary.widget import terms
from lessons.state import PageState
from lessons.text import FOLDER, Strings, plain, toml

PARTS = ("examples", "tasks", "guide")  # what a link may leave out, beside steps
NEXT, BACK, LEAVE = "next", "back", "leave"


@dataclass(frozen=True)
class Walk:
    """One lesson on its page. `steps`: all of its steps, in their order."""

    lesson: str
    state: PageState
    lang: str
    steps: tuple[str, ...]

    @property
    def say(self) -> Strings:
        """The lesson's own strings."""
        return Strings(self.lesson, self.lang)

    @property
    def frame(self) -> Strings:
        """The strings that all lessons share."""
        return Strings("frame", self.lang)

    @property
    def shown(self) -> list[str]:
        """The steps that the link has not left out; all of them if nothing would be left."""
        hidden = view.hidden()
        return [step for step in self.steps if step not in hidden] or list(self.steps)

    @property
    def step(self) -> str:
        """The step that the reader is at."""
        return self.state.pick("step", self.shown)

    def top(self) -> str:
        """Draw the steps and the task of the one that the reader is at; return that step."""
        step = self.step
        touched.at(self.lesson, step)
        done = progress.check(self.lesson, self.state, step, _questions(self.lesson))
        self._choose(step)
        task = progress.tasks(self.lesson).get(step)
        if task is not None and "tasks" not in view.hidden():
            icon = ":material/check_circle:" if done else ":material/radio_button_unchecked:"
            name = self.frame("task_done" if done else "task_open")
            furigana.body(task.says[self.lang], before=f"{icon} **{name}** ")
        return step

    def _choose(self, step: str) -> None:
        done, key = progress.done(), self.state.widget("step")

        def name(one: str) -> str:
            return self.say(f"step_{one}") + (" ✓" if f"{self.lesson}/{one}" in done else "")

        def taken() -> None:
            self.state.set("step", st.session_state[key] or step)

        st.segmented_control(
            self.frame("step_label"),
            self.shown,
            format_func=name,
            key=key,
            on_change=taken,
            label_visibility="collapsed",
            width="stretch",
        )

    def bottom(self) -> None:
        """Draw the way on and the link to this view; show the state in the address bar."""
        place = self.shown.index(self.step)
        with st.container(horizontal=True):
            self._ways(place)
            self._more()
        browser(self.lang, self.go)
        self.state.publish()
        if view.presenting() != st.session_state.get("view:drawn", False):
            st.rerun()  # the menu and the size of the type belong to the whole page

    def _ways(self, place: int) -> None:
        """Draw the buttons to the step before and the step after."""
        shown = self.shown
        if place > 0:
            st.button(
                self.frame("step_back"),
                on_click=self.go,
                args=(BACK,),
                icon=":material/arrow_back:",
                key=f"back:{self.state.page}:{shown[place]}",
            )
        if place + 1 < len(shown):
            st.button(
                self.frame("step_next", step=self.say(f"step_{shown[place + 1]}")),
                on_click=self.go,
                args=(NEXT,),
                icon=":material/arrow_forward:",
                key=f"next:{self.state.page}:{shown[place]}",
            )

    def _more(self) -> None:
        if view.presenting():
            st.button(self.frame("present_leave"), on_click=self.go, args=(LEAVE,), key="present:leave")
            return
        share_link(self.state, self.lang, self._parts())
        terms(self.lesson, self.lang)
        printable.offer(self.lesson, self.lang)

    def go(self, where: str) -> None:
        """Go a step on or back, or leave the projector view."""
        shown = self.shown
        place = shown.index(self.step) + {NEXT: 1, BACK: -1}.get(where, 0)
        if where == LEAVE:
            view.put(view.PRESENT, "")
        elif 0 <= place < len(shown):
            self.state.set("step", shown[place])

    def _parts(self) -> dict[str, str]:
        """Return what a link may leave out: the other steps, and parts of all of them."""
        steps = {step: self.say(f"step_{step}") for step in self.steps if step != self.step}
        return {**steps, **{part: self.frame(f"part_{part}") for part in PARTS}}


def projector_switch(lang: str) -> None:
    """Draw the switch to the projector view into the sidebar."""
    say = Strings("frame", lang)

    def taken() -> None:
        view.put(view.PRESENT, view.ON if st.session_state["view:present:switch"] else "")

    st.session_state["view:present:switch"] = view.presenting()
    with st.sidebar:
        st.toggle(say("present"), key="view:present:switch", on_change=taken, help=plain(say("present_help")))


def _questions(lesson: str) -> int:
    return len(toml(lesson, "quiz")["question"]) if (FOLDER / lesson / "quiz.toml").is_file() else 0
