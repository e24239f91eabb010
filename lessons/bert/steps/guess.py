"""② A game: the reader finds the hidden word before the model does, and the score is kept."""

from dataclasses import dataclass

import streamlit as st

from core.tokens import Token, check
from lessons import widgets
from lessons.bert import holes, score
from lessons.bert.lab import Hole, examples
from lessons.bert.score import Round
from lessons.bert.steps.scene import Puzzle, Scene, badge, bars, hole_line
from lessons.gpt.figures import percent
from lessons.scenes import cut_short, quoted, waiting
from lessons.self_attention.lab import MASK
from lessons.text import distinct, plain

SHOWN = 8
OWN = "own"


@dataclass(frozen=True)
class Question:
    """A sentence with its hidden word, guesses to pick from, and what is said about it in the end."""

    puzzle: Puzzle
    word: str
    candidates: tuple[str, ...] = ()
    note: str = ""


def guess(scene: Scene) -> None:
    """② A game: the reader finds the hidden word before the model does, and the score is kept."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("guess")
        _score(scene)
        _own(scene)
    with right, widgets.told(scene.say.lang, scene.say("error_prefix")):
        name = scene.state.pick("q", [*map(str, range(len(examples()))), *([OWN] if scene.state["o"].strip() else [])])
        asked = _question(scene, name)
        if asked is None:
            waiting(scene)
            return
        titles = {"number": name if name == OWN else int(name) + 1, "total": len(examples())}
        st.caption(scene.say("game_own" if name == OWN else "game_number", **titles))
        found = scene.lab.fills(asked.puzzle.hole)
        if found is None:
            st.markdown(hole_line(asked.puzzle))
            waiting(scene)
            return
        key = score.question(scene.card.name, asked.puzzle.hole, asked.word)
        played = score.rounds().get(key)
        st.markdown(hole_line(asked.puzzle, [] if played is None else [asked.word]))
        if played is None:
            _ask(scene, asked, key, found[0])
        else:
            _answer(scene, asked, played, found[0])
        _next(scene, name, played is not None)


def _question(scene: Scene, name: str) -> Question | None:
    """Return the question of that name; None if the model is needed for it. Raises the errors of an own sentence."""
    if name == OWN:
        text = scene.lab.fitting(check(scene.state["o"]))
        tokens = scene.lab.tokens(text)
        if tokens is None:
            return None
        places = holes.read(scene.state["op"], tokens)[:1] or holes.read(holes.AUTO, tokens)
        puzzle = Puzzle(text, tokens, places, holes.holed(text, tokens, places))
        return Question(puzzle, puzzle.words[0]) if puzzle.count == 1 and places else None
    example = examples()[int(name)]
    puzzle = Puzzle(example.text, (), (), example.hole)
    return Question(puzzle, example.word, example.candidates, example.note[scene.say.lang])


def _ask(scene: Scene, asked: Question, key: str, hole: Hole) -> None:
    """Draw the ways to guess, and the button that shows the answer."""
    say, state = scene.say, scene.state
    picked = f"{state.page}:picked"

    def pick() -> None:
        if st.session_state[picked] is not None:
            state.set("g", st.session_state[picked])

    def play(word: str) -> None:
        score.rounds()[key] = Round(word, asked.word, hole.ranked[0][0])

    with st.container(border=True):
        st.markdown(f"**{say('predict_title')}** — {say('game_question')}")
        if asked.candidates:
            st.session_state[picked] = state["g"] if state["g"] in asked.candidates else None
            st.radio(
                say("predict_placeholder"),
                asked.candidates,
                index=None,
                format_func=plain,
                horizontal=True,
                key=picked,
                on_change=pick,
                label_visibility="collapsed",
            )
        st.text_input(
            say("game_guess"), key=state.widget("g"), on_change=state.taken, args=("g",), help=say("game_guess_help")
        )
        one, two = st.columns(2)
        word = state["g"].strip()
        one.button(
            say("game_submit"),
            disabled=not word,
            on_click=play,
            args=(word,),
            type="primary",
            key="game:do",
            width="stretch",
        )
        two.button(say("game_pass"), on_click=play, args=("",), key="game:pass", width="stretch")


def _answer(scene: Scene, asked: Question, played: Round, hole: Hole) -> None:
    """Say who found the word, and what the model made of the reader's."""
    say = scene.say
    badge(scene, f"python -m core fill {quoted(asked.puzzle.hole)}")
    facts = {"word": asked.word, "guess": played.guess, "best": played.best}
    names = {True: "both", False: "reader"} if played.reader else {True: "model", False: "nobody"}
    name = names[played.model] if played.guess else ("pass_model" if played.model else "pass_nobody")
    box = st.success if played.reader else st.warning if played.guess else st.info
    box(plain(say(f"game_{name}", **facts)))
    if played.guess and not played.reader:
        with widgets.told(say.lang, say("error_prefix")):
            _standing(scene, asked, played, hole)
    bars(scene, f"game:bars:{asked.puzzle.hole}", hole, SHOWN, asked.word)
    if asked.note:
        st.caption(asked.note)


def _standing(scene: Scene, asked: Question, played: Round, hole: Hole) -> None:
    """Say how likely the model finds the reader's word. Raises the errors of a word that cannot be read."""
    say, word, lab = scene.say, played.guess, scene.live
    if lab is None:
        place = hole.place(word)
        line = (
            say("needs_live") if place is None else say("game_rank", guess=word, rank=place[0], prob=percent(place[1]))
        )
        st.markdown("- " + plain(line))
        return
    found = lab.guess(asked.puzzle.hole, word, asked.word)
    if found.method == "unreadable":
        st.info(say("game_unreadable"), icon=":material/info:")
        return
    if found.method == "sentence":
        listed = say.listed(f"{name} {percent(share)}" for name, share in found.shares)
        st.info(plain(say("game_sentence", guess=word, shares=listed)), icon=":material/call_split:")
        return
    rank = score.standing(found, word)
    facts = {"guess": word, "prob": percent(found.prob)}
    line = say("game_below", **facts, count=len(hole.ranked)) if rank is None else say("game_rank", **facts, rank=rank)
    st.markdown("- " + plain(line))


def _next(scene: Scene, name: str, answered: bool) -> None:
    """Draw the ways to another question."""
    say, state = scene.say, scene.state

    def go(step: int) -> None:
        now = int(name) if name != OWN else -1
        state.set("q", str((now + step) % len(examples())))
        state.set("g", "")

    one, two = st.columns(2)
    one.button(
        say("game_back"), on_click=go, args=(-1,), key="game:back", icon=":material/arrow_back:", width="stretch"
    )
    two.button(
        say("game_next"),
        on_click=go,
        args=(1,),
        key="game:next",
        icon=":material/arrow_forward:",
        type="primary" if answered else "secondary",
        width="stretch",
    )


def _score(scene: Scene) -> None:
    """Show the score of this session."""
    say = scene.say
    reader, model, played = score.total()
    with st.container(horizontal=True):
        st.metric(say("score_reader"), reader, border=True)
        st.metric(say("score_model"), model, border=True)
        st.metric(say("score_played"), played, border=True)
    if played:
        st.button(say("score_again"), on_click=score.rounds().clear, key="game:again", icon=":material/restart_alt:")


def _own(scene: Scene) -> None:
    """Let a reader make a question for somebody else."""
    say, state = scene.say, scene.state
    with st.expander(say("own_title"), icon=":material/edit_note:"):
        st.caption(say("own_help"))
        st.text_input(say("own_box"), key=state.widget("o"), on_change=_own_taken, args=(scene,))
        if not state["o"].strip():
            return
        with widgets.told(say.lang, say("error_prefix")):
            whole = check(state["o"])
            text = scene.lab.fitting(whole)
            if scene.live is not None:
                cut_short(say.lang, scene.live.limit, whole, text)
            tokens = scene.lab.tokens(text)
            if tokens is None:
                waiting(scene)
                return
            places = holes.read(state["op"], tokens)[:1] or holes.read(holes.AUTO, tokens)
            if not places or MASK in text:
                st.warning(say("own_none"))
                return
            _own_word(scene, tokens, places[0])


def _own_taken(scene: Scene) -> None:
    scene.state.taken("o")
    scene.state.set("op", scene.state.defaults["op"])


def _own_word(scene: Scene, tokens: tuple[Token, ...], place: int) -> None:
    """Draw the choice of the word to hide and the button that asks the question."""
    say, state, words = scene.say, scene.state, holes.own(tokens)
    key = f"{state.page}:op"
    st.session_state[key] = place

    def taken() -> None:
        if st.session_state[key] is not None:
            state.set("op", holes.write(tokens, [st.session_state[key]]))

    def ask() -> None:
        state.set("op", holes.write(tokens, [place]))
        state.set("q", OWN)
        state.set("g", "")

    st.pills(
        say("own_word"),
        wrap=True,
        options=[number for number, word in enumerate(words) if holes.can_hide(word)],
        format_func=distinct([word.text for word in words]).__getitem__,
        key=key,
        on_change=taken,
    )
    st.button(say("own_ask"), on_click=ask, type="primary", key="own:ask")
