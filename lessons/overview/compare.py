"""How large models are: a guess, then the figure, its table and its sources."""

from collections.abc import Sequence
from itertools import pairwise

import streamlit as st

from core import catalogue
from core.catalogue import Card
from lessons import progress, widgets
from lessons.overview import figures, sizes
from lessons.overview.opening import MODEL
from lessons.overview.sizes import BOUNDS, Family, amount, bracket, counting, ratio
from lessons.text import Strings, plain

KEY = "overview:sizes"
NOT_GUESSED = -1
SHOWN_BOUNDS = BOUNDS[2:]  # those that the answers name: nobody need choose between ten and a hundred


def draw(say: Strings) -> None:
    """Draw the question; once it is answered, the truth, the figure, the table and the sources."""
    with widgets.told(say.lang, say("error_prefix")):
        cards = catalogue.models()
        card = catalogue.card(MODEL)
        if KEY not in st.session_state:
            _ask(card, say)
            return
        _truth(int(st.session_state[KEY]), card, say)
        families = (*sizes.ours(cards, say), *sizes.published(say.lang))
        _figure(families, say)
        _table(families, say)
        _sources(families, say)


def options(say: Strings) -> list[str]:
    """Return the answers to choose from, the smallest first."""
    said = [amount(bound, say.lang) for bound in SHOWN_BOUNDS]
    between = [say("sizes_between", low=low, high=high) for low, high in pairwise(said)]
    return [say("sizes_below", high=said[0]), *between, say("sizes_above", low=said[-1])]


def right(card: Card) -> int:
    """Return the place of the right answer among the options."""
    return max(0, bracket(ratio(card)) - (len(BOUNDS) - len(SHOWN_BOUNDS)))


def _ask(card: Card, say: Strings) -> None:
    answers = options(say)

    def taken(guess: int) -> None:
        st.session_state[KEY] = guess
        progress.mark("overview", "sizes")

    with st.container(border=True):
        question = say("sizes_question", parameters=amount(card.parameters, say.lang))
        st.markdown(f"**{say('sizes_title')}** — {plain(question)}")
        guess = st.radio(
            say("predict_placeholder"),
            range(len(answers)),
            index=None,
            format_func=lambda index: plain(answers[index]),
            horizontal=True,
            key=f"{KEY}:radio",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True):
            st.button(
                say("predict_submit"),
                disabled=guess is None,
                on_click=taken,
                args=(guess,),
                type="primary",
                key="sizes:do",
            )
            st.button(say("predict_skip"), on_click=taken, args=(NOT_GUESSED,), key="sizes:skip")


def _truth(guess: int, card: Card, say: Strings) -> None:
    place, times = right(card), amount(ratio(card), say.lang, digits=2)
    if guess == place:
        st.success(plain(say("sizes_right", times=times)))
    elif guess == NOT_GUESSED:
        st.info(plain(say("sizes_skipped", times=times)))
    else:
        st.warning(plain(say("sizes_low" if guess < place else "sizes_high", times=times)))
    largest = next(family.largest for family in sizes.published(say.lang) if family.name == sizes.LARGEST)
    facts = {"ours": counting(card.parameters, say), "largest": counting(largest.parameters, say)}
    st.markdown(plain(say("sizes_counting", **facts)))


def _figure(families: Sequence[Family], say: Strings) -> None:
    chart = figures.sizes(
        families,
        say.lang,
        names=(say("legend_ours"), say("legend_papers"), say("legend_tokens")),
        unknown=say("sizes_unknown"),
        token=say("hover_tokens"),
    )
    rows = "; ".join(f"{family.label} {_range(family, say)}" for family in families)
    widgets.figure(chart, "sizes", say("sizes_alt", rows=rows))
    st.caption(say("sizes_axis"))


def _range(family: Family, say: Strings) -> str:
    """Return the smallest and the largest size of a family."""
    said = dict.fromkeys(amount(size.parameters, say.lang) for size in (family.sizes[:1] + family.sizes[-1:]))
    return " – ".join(said) or say("sizes_none")


def _table(families: Sequence[Family], say: Strings) -> None:
    header = [say(f"column_{name}") for name in ("parameters", "tokens", "about")]
    rows = [
        (
            f"{family.label} {size.name}" if size.name != family.name else family.label,
            [amount(size.parameters, say.lang), amount(size.tokens, say.lang) if size.tokens else "–", family.about],
        )
        for family in families
        for size in family.sizes
    ]
    rows += [(family.label, [say("sizes_none"), "–", family.about]) for family in families if not family.sizes]
    widgets.table(say, "sizes:table", header, rows)


def _sources(families: Sequence[Family], say: Strings) -> None:
    with st.expander(say("sizes_sources"), icon=":material/menu_book:"):
        for family in families:
            places = "; ".join(
                f"[{plain(source.text)}]({source.link})" + (f", {plain(source.where)}" if source.where else "")
                for source in family.sources
            )
            if places:
                st.markdown(f"- **{plain(family.label)}** — {plain(family.about)}. {places}")
    st.button(say("sizes_again"), on_click=st.session_state.pop, args=(KEY,), key="sizes:again", type="tertiary")
