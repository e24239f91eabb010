"""⑤ Tokens: what a call uses, what it would cost at the reader's prices, and why long talks cost more."""

import streamlit as st

from lessons import widgets
from lessons.api import figures
from lessons.api.cases import plain_call, talk
from lessons.api.lab import LiveLab, Reply
from lessons.api.messages import Turn, assistant, user
from lessons.api.refusals import Refused
from lessons.api.spending import Usage, cost, price, shown, summed
from lessons.api.steps.question import prompt
from lessons.api.steps.scene import Scene, answer, refused
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

LONG = "long talk"
TALKED = 5  # turns of the long talk that is measured
PRICES = ("pi", "po")  # of a million tokens read, and written


def tokens(scene: Scene) -> None:
    """Draw the step."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("tokens")
        prices = _prices(scene)
    with right:
        said = prompt(scene)
        lab = scene.live
        if lab is None:
            waiting(scene)
        else:
            _guess(scene, lab, said, prices)
    if lab is not None:
        _growth(scene, lab)
    _session(scene, prices)


def _prices(scene: Scene) -> tuple[float, float] | None:
    """Draw the two boxes; return the prices, None while they are not both numbers."""
    say, state = scene.say, scene.state
    found = []
    for column, name in zip(st.columns(2), PRICES, strict=True):
        column.text_input(
            say(f"price_{name}"), key=state.widget(name), on_change=state.taken, args=(name,), max_chars=12
        )
        value = price(state[name])
        if state[name].strip() and value is None:
            column.caption(say("price_unreadable"))
        found.append(value)
    one, two = found
    if one is None or two is None:
        st.caption(say("price_missing"))
        return None
    return one, two


def _guess(scene: Scene, lab: LiveLab, said: str, prices: tuple[float, float] | None) -> None:
    """Let the reader guess how many tokens a call reads, then make it."""
    say, turns = scene.say, (user(said),)
    characters = len(said)
    options = [say("tokens_way_fewer"), say("tokens_way_about"), say("tokens_way_more")]
    guess = guessed(scene, f"tokens:{said}", say("tokens_ask", said=said, characters=characters), options)
    if guess is None:
        return
    request = plain_call(turns)
    kept, name = scene.kept, f"tokens:{said}"
    if name not in kept:
        kept[name] = scene.try_ask(lab, "tokens", request)
    found = kept[name]
    answer(scene, found, request)
    if not isinstance(found, Reply):
        return
    scene.did("tokens")
    right = way(found.usage.prompt, characters)
    told = say("tokens_told", prompt=found.usage.prompt, characters=characters)
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == right:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=options[guess])} {told}")
    if prices is not None:
        st.metric(say("cost_call"), shown(cost(found.usage, *prices)), border=True)


def way(tokens: int, characters: int) -> int:
    """Return which answer is right: fewer tokens than characters, about as many (within a tenth), or more."""
    if abs(tokens - characters) <= max(1, characters // 10):
        return 1
    return 0 if tokens < characters else 2


def _growth(scene: Scene, lab: LiveLab) -> None:
    """Measure a talk that sends all that was said before with every turn."""
    say = scene.say
    st.markdown(f"##### {say('growth_title')}")
    if st.button(say("growth_run", turns=TALKED), key="tokens:growth", icon=":material/play_arrow:"):
        with st.spinner(say("asking")):
            scene.kept[LONG] = _talked(scene, lab)
    found: list[Usage] | Refused | None = scene.kept.get(LONG)
    if isinstance(found, Refused):
        refused(scene, found)
    elif found:
        _growth_drawn(scene, found)


def _talked(scene: Scene, lab: LiveLab) -> list[Usage] | Refused:
    """Return the tokens of every call of the talk."""
    turns: list[Turn] = []
    used: list[Usage] = []
    for said in talk()[:TALKED]:
        turns.append(user(said))
        found = scene.try_ask(lab, "tokens", plain_call(turns))
        if isinstance(found, Refused):
            return used or found
        turns.append(assistant(found.text))
        used.append(found.usage)
    return used


def _growth_drawn(scene: Scene, used: list[Usage]) -> None:
    say = scene.say
    again = [0, *(one.total for one in used[:-1])]
    again = [min(before, one.prompt) for before, one in zip(again, used, strict=True)]
    new = [one.prompt - before for before, one in zip(again, used, strict=True)]
    written = [one.completion for one in used]
    names = [say("growth_again"), say("growth_new"), say("growth_written")]
    alt = "; ".join(f"{n + 1}: {a} + {b} + {c}" for n, (a, b, c) in enumerate(zip(again, new, written, strict=True)))
    chart = figures.sent(again, new, written, names=names, axes=(say("growth_turn"), say("growth_tokens")))
    widgets.figure(chart, "tokens:growth:figure", alt)
    rows = [(str(n + 1), [str(v) for v in row]) for n, row in enumerate(zip(again, new, written, strict=True))]
    widgets.table(say, "tokens:growth:table", names, rows)
    st.caption(say("growth_told", first=used[0].prompt, last=used[-1].prompt, turns=len(used)))


def _session(scene: Scene, prices: tuple[float, float] | None) -> None:
    """Sum up what this session has used."""
    say, used = scene.say, scene.used
    st.markdown(f"##### {say('session_title')}")
    if not used:
        st.caption(say("session_none"))
        return
    steps = list(dict.fromkeys(step for step, _ in used))
    rows = []
    for step in [*steps, ""]:
        mine = [one for name, one in used if step in ("", name)]
        total = summed(mine)
        money = shown(cost(total, *prices)) if prices else "–"
        title = say(f"step_{step}") if step else say("session_all")
        rows.append((title, [str(len(mine)), f"{total.prompt:,}", f"{total.completion:,}", money]))
    header = [say("session_calls"), say("session_prompt"), say("session_completion"), say("session_cost")]
    st.markdown(widgets.markdown_table(header, rows))
    st.caption(plain(say("session_note")))
