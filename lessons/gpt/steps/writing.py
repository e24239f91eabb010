"""④ The reader writes with the model, word by word, on one branch or several."""

from dataclasses import dataclass
from zlib import crc32

import streamlit as st

from lessons import widgets
from lessons.gpt import branches, figures
from lessons.gpt.branches import MAX_BRANCHES, Branch
from lessons.gpt.lab import LiveLab, Written
from lessons.gpt.steps.scene import Scene, badge, forget, sampling_sliders, seed_box
from lessons.scenes import quoted, waiting
from lessons.text import plain

SHOWN = 10
DRAWN_AT_ONCE = 5


@dataclass(frozen=True)
class Desk:
    """All branches of the beginning, and the number of the one that is written on."""

    scene: Scene
    lab: LiveLab
    room: int
    branches: list[Branch]
    number: int

    @property
    def branch(self) -> Branch:
        return self.branches[self.number]

    @property
    def ended(self) -> bool:
        return branches.ended(self.branch, self.lab.end)

    @property
    def full(self) -> bool:
        return len(self.branch) >= self.room

    def put(self, branch: Branch) -> None:
        """Write the branch in place of the one that is written on."""
        self.keep([branch if number == self.number else one for number, one in enumerate(self.branches)], self.number)

    def add(self, identifier: int) -> None:
        self.put((*self.branch, identifier))

    def draw(self, count: int) -> None:
        say, chosen = self.scene.say, self.scene.sampling
        with widgets.told(say.lang, say("error_prefix")):
            self.put(branches.carry_on(self.lab, self.scene.beginning, self.branch, chosen, self.number, count))

    def copy(self) -> None:
        self.keep([*self.branches, self.branch], len(self.branches))

    def drop(self) -> None:
        rest = [one for number, one in enumerate(self.branches) if number != self.number]
        self.keep(rest or [()], max(0, self.number - 1))

    def keep(self, written: list[Branch], number: int) -> None:
        state = self.scene.state
        state.set("b", branches.write(written))
        state.set("n", str(number))
        state.set("v", _mark(self.scene, self.scene.beginning))

    def begin_here(self, text: str) -> None:
        """Make beginning and branch the new beginning."""
        self.scene.state.set("s", self.scene.beginning + text)
        forget(self.scene.state, "s")
        self.keep([()], 0)


def writing(scene: Scene) -> None:
    """④ The reader writes with the model, word by word, on one branch or several."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("write")
    if lab is None:
        with right:
            waiting(scene)
        return
    desk = _desk(scene, lab)
    now = lab.follow(scene.beginning, desk.branch)
    with left, st.expander(say("write_settings"), icon=":material/tune:"):
        sampling_sliders(scene)
        seed_box(scene)
    with right:
        badge(scene, f"python -m core next {quoted(scene.beginning + now.text)}")
        _page(desk, now)
        _buttons(desk, now)
        _candidates(desk, now)
    _compare(desk)


def _desk(scene: Scene, lab: LiveLab) -> Desk:
    """Return the branches of the state; an empty one if they belong to another beginning or model. Those are kept
    until the reader writes: whoever goes back finds them again."""
    state = scene.state
    room = max(0, lab.limit - lab.used(scene.beginning))
    written = state["b"]
    if written and state["v"] != _mark(scene, scene.beginning):
        st.caption(scene.say("write_other_text"))
        written = ""
    found = branches.read(written, lab.vocabulary, room, lab.end)
    number = state["n"]
    chosen = int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else 0
    return Desk(scene, lab, room, found, min(chosen, len(found) - 1))


def _mark(scene: Scene, beginning: str) -> str:
    """Return what tells the branches of one beginning and model from those of another."""
    belongs = f"{scene.card.name} {beginning}"
    return f"{crc32(belongs.encode('utf-8', 'replace')):x}"


def _page(desk: Desk, now: Written) -> None:
    """Show the text so far, and how much of the context is left."""
    say = desk.scene.say
    written = plain(now.text)
    end = " :gray[■]" if desk.ended else " :orange[＿]"
    st.markdown(f"### {plain(desk.scene.beginning)}" + (f" :blue[{written}]" if written else "") + end)
    limit, used = desk.lab.limit, desk.lab.limit - desk.room + len(desk.branch)
    st.progress(min(1.0, used / limit), text=say("write_room", used=used, limit=limit))
    if desk.ended:
        st.info(say("write_ended"), icon=":material/flag:")
    elif desk.full:
        st.warning(say("context_full", limit=limit), icon=":material/inventory_2:")


def _buttons(desk: Desk, now: Written) -> None:
    say, closed = desk.scene.say, desk.ended or desk.full
    one, two, three = st.columns(3)
    one.button(
        say("write_draw"),
        on_click=desk.draw,
        args=(1,),
        disabled=closed,
        type="primary",
        icon=":material/casino:",
        key="write:draw",
        width="stretch",
    )
    two.button(
        say("write_draw_more", count=DRAWN_AT_ONCE),
        on_click=desk.draw,
        args=(DRAWN_AT_ONCE,),
        disabled=closed,
        key="write:more",
        width="stretch",
    )
    three.button(
        say("write_back"),
        on_click=desk.put,
        args=(desk.branch[:-1],),
        disabled=not desk.branch,
        icon=":material/undo:",
        key="write:back",
        width="stretch",
    )
    one, two = st.columns(2)
    one.button(
        say("write_branch"),
        on_click=desk.copy,
        disabled=len(desk.branches) >= MAX_BRANCHES,
        icon=":material/fork_right:",
        help=say("write_branch_help", count=MAX_BRANCHES),
        key="write:branch",
        width="stretch",
    )
    two.button(
        say("write_begin_here"),
        on_click=desk.begin_here,
        args=(now.text,),
        disabled=not now.text,
        help=say("write_begin_here_help"),
        key="write:begin",
        width="stretch",
    )


def _candidates(desk: Desk, now: Written) -> None:
    """Draw the likeliest next words; a click or the select box adds one."""
    if desk.ended or desk.full:
        return
    say = desk.scene.say
    ids, words, probs = now.next.ids[:SHOWN], now.next.words[:SHOWN], now.next.probs[:SHOWN]
    # A key of its own for each place: a click on the same row of the next figure is a new click.
    place = f"{desk.number}:{len(desk.branch)}"
    shown = [say("write_end_token") if one == desk.lab.end else word for one, word in zip(ids, words, strict=True)]
    alt = ", ".join(f"{word} {figures.percent(prob)}" for word, prob in zip(shown, probs, strict=True))
    widgets.clickable(figures.word_bars(shown, probs), f"write:bars:{place}", alt, lambda row, _: desk.add(ids[row]))
    st.caption(say("write_click"))
    one, two = st.columns([3, 2], vertical_alignment="bottom")
    with one:
        row = st.selectbox(
            say("write_pick"),
            range(len(ids)),
            format_func=lambda row: f"{shown[row]} ({figures.percent(probs[row])})",
            key=f"write:pick:{place}",
            filter_mode=None,
        )
    two.button(say("write_add"), on_click=desk.add, args=(ids[row],), key="write:add", width="stretch")


def _compare(desk: Desk) -> None:
    """List the branches with their probabilities, and let the reader go from one to another."""
    scene, say = desk.scene, desk.scene.say
    st.markdown(f"**{say('write_branches')}**")
    found = [desk.lab.follow(scene.beginning, one) for one in desk.branches]
    rows = [
        (
            ("▶ " if number == desk.number else "") + say("write_branch_name", number=number + 1),
            [
                one.text or "—",
                str(len(one.ids)),
                f"{-sum(one.log2):.1f}",
                figures.percent(2.0 ** sum(one.log2)) if one.ids else "—",
            ],
        )
        for number, one in enumerate(found)
    ]
    header = [say("column_text"), say("column_tokens"), say("column_bits"), say("column_prob")]
    st.markdown(widgets.markdown_table(header, rows))
    if len(desk.branches) > 1:
        one, two = st.columns([5, 3], vertical_alignment="bottom")
        with one:
            _go(desk)
        two.button(say("write_drop"), on_click=desk.drop, icon=":material/delete:", key="write:drop", width="stretch")
    st.caption(say("write_bits_help"))


def _go(desk: Desk) -> None:
    """Draw the choice of the branch that is written on."""
    say, key = desk.scene.say, f"{desk.scene.state.page}:n"
    st.session_state[key] = desk.number

    def taken() -> None:
        if st.session_state[key] is not None:
            desk.scene.state.set("n", str(st.session_state[key]))

    st.segmented_control(
        say("write_go"),
        range(len(desk.branches)),
        format_func=lambda number: say("write_branch_name", number=number + 1),
        key=key,
        on_change=taken,
    )
