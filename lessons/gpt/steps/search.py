"""⑥ Three ways from one beginning: always the likeliest word, drawn words, and beams."""

from dataclasses import replace

import streamlit as st

from core.sampling import Sampling
from lessons.gpt import figures
from lessons.gpt.lab import LiveLab, Way
from lessons.gpt.steps.scene import Scene, badge, slider
from lessons.scenes import NOT_GUESSED, guessed, quoted, waiting
from lessons.text import plain

WIDTHS, LENGTHS, SAMPLES = (2.0, 5.0), (4.0, 24.0), 3
WAYS = ("greedy", "sampling", "beam")


def search(scene: Scene) -> None:
    """⑥ Three ways from one beginning: always the likeliest word, drawn words, and beams."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("search")
        width, length = round(slider(scene, "bw", WIDTHS, 1)), round(slider(scene, "bl", LENGTHS, 1))
    if lab is None:
        with right:
            waiting(scene)
        return
    if lab.used(scene.beginning) >= lab.limit:
        with right:
            st.warning(say("context_full", limit=lab.limit), icon=":material/inventory_2:")
        return
    names = [say(f"search_{way}") for way in WAYS]
    with right:
        st.markdown(f"### {plain(scene.beginning)} :orange[＿＿]")
        about = f"search:{scene.card.name}:{scene.beginning}"
        guess = guessed(scene, about, say("search_question"), names)
    if guess is None:
        return
    chosen = replace(scene.sampling, max_tokens=length)
    ways = _ways(scene, lab, chosen, width)
    with right:
        badge(scene, f"python -m core next {quoted(scene.beginning)}")
        _verdict(scene, ways, guess)
    for column, way in zip(st.columns(3, gap="medium"), WAYS, strict=True):
        with column:
            _column(scene, way, ways[way])
    sampling = {"temperature": f"{chosen.temperature:g}", "top_k": chosen.top_k, "top_p": f"{chosen.top_p:g}"}
    st.caption(plain(say("search_help", **sampling, seed=chosen.seed)))


def _ways(scene: Scene, lab: LiveLab, chosen: Sampling, width: int) -> dict[str, tuple[Way, ...]]:
    prompt = scene.beginning
    return {
        "greedy": (lab.sample(prompt, Sampling(temperature=0, max_tokens=chosen.max_tokens)),),
        "sampling": tuple(lab.sample(prompt, replace(chosen, seed=chosen.seed + one)) for one in range(SAMPLES)),
        "beam": lab.beams(prompt, width, chosen.max_tokens),
    }


def _column(scene: Scene, way: str, found: tuple[Way, ...]) -> None:
    """Show the texts of one way, the likeliest marked by its number of bits."""
    say = scene.say
    st.markdown(f"**{say(f'search_{way}')}**  \n{say(f'search_{way}_how')}")
    for one in found:
        with st.container(border=True):
            end = " :gray[■]" if one.ended else " …"
            st.markdown(f"{plain(scene.beginning)} :blue[{plain(one.text) or '—'}]{end}")
            prob = figures.percent(2.0**one.log2)
            st.caption(plain(say("search_bits", bits=f"{-one.log2:.1f}", prob=prob, tokens=one.tokens)))


def _verdict(scene: Scene, ways: dict[str, tuple[Way, ...]], guess: int) -> None:
    """Say which way has found the likeliest text, as it turned out."""
    say = scene.say
    best = {way: max(one.log2 for one in found) for way, found in ways.items()}
    highest = max(best.values())
    winners = [way for way in WAYS if best[way] > highest - 1e-3]
    names = say.listed(say(f"search_{way}") for way in winners)
    fact = plain(say("search_best", ways=names, bits=f"{-highest:.1f}"))
    if guess == NOT_GUESSED:
        st.info(fact)
    elif WAYS[guess] in winners:
        st.success(say("search_right") + " " + fact)
    else:
        st.warning(say("search_wrong") + " " + fact)
