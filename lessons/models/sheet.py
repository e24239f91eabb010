"""The models on the page: all in one table, the card of one with its facts, mistakes and training, those of the hub."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.catalogue import Card
from core.offers import HubModel
from lessons import widgets
from lessons.models import figures, scores
from lessons.models.frame import Sheet, percent
from lessons.models.measured import OWN_SYSTEM, measured
from lessons.models.units import count, duration, size
from lessons.text import Section, Strings, plain

TRY = {"masked": 'fill "鳥が[MASK]。"', "causal": 'next "雨が激しく"', "seq2seq": 'convert "とりがなく"'}
TRY_ENGLISH = {"masked": 'fill "The bird [MASK]."', "causal": 'next "The rain was"'}

GUESS_COLUMNS = ("failure_text", "failure_expected", "failure_guess")
CONVERSION_COLUMNS = ("failure_kana", "failure_sentence", "failure_written")


def short_score(card: Card, say: Strings) -> str:
    """Return the one number that tells most about a model of this kind, "" if it was not measured."""
    if bits := scores.bits_per_character(card):
        return say("short_bits", value=f"{bits.overall.value:.2f}")
    if hidden := scores.hidden_words(card):
        return say("short_top1", value=percent(hidden.overall.value))
    own = [system for system in scores.conversion(card) if system.name == OWN_SYSTEM]
    return say("short_exact", value=percent(own[0].exact)) if own else ""


def overview(cards: Sequence[Card], say: Strings) -> None:
    """Draw the table of all embedded models."""
    header = [say(f"fact_{fact}") for fact in ("kind", "parameters", "size", "memory", "score")]
    rows = [
        (
            f"{card.title.get(say.lang, card.name)} ({card.name})",
            [
                say(f"kind_{card.kind}"),
                count(card.parameters, say.lang),
                size(card.bytes),
                size(card.memory),
                short_score(card, say),
            ],
        )
        for card in cards
    ]
    st.markdown(widgets.markdown_table(header, rows))


def family(cards: Sequence[Card], say: Strings, section: Section) -> None:
    """Draw bits per character against size, if there are several decoders to compare."""
    points = [(card.name, card.parameters, bits) for card, bits in scores.family(cards)]
    if len(points) < 2:
        return
    st.subheader(section.title, anchor="family")
    st.markdown(section.body)
    axes = (say("axis_parameters"), say("score_bits"))
    widgets.figure(figures.family(points, axes), "models:family", say("alt_family"))
    rows = [(name, [count(parameters, say.lang), f"{bits:.2f}"]) for name, parameters, bits in points]
    widgets.table(say, "models:family:table", [say("fact_parameters"), say("score_bits")], rows)


def draw(sheet: Sheet) -> None:
    """Draw everything that is known of one model."""
    st.subheader(sheet.title, anchor=sheet.card.name)
    if sheet.card.kind in sheet.text:
        st.markdown(sheet.text[sheet.card.kind].body)
    facts(sheet)
    measured(sheet)
    limits(sheet)
    training(sheet)
    checksums(sheet)


def facts(sheet: Sheet) -> None:
    """Draw size, shape, licence, and the command that tries the model."""
    card, say = sheet.card, sheet.say
    rows = {
        "name": card.name,
        "kind": say(f"kind_{card.kind}"),
        "parameters": f"{count(card.parameters, say.lang)} ({card.parameters:,})",
        "shape": f"{card.layers} × {card.heads} × {card.hidden}",
        "vocabulary": f"{card.vocabulary:,}",
        "context": say("tokens", count=card.context),
        "size": size(card.bytes),
        "memory": size(card.memory),
        "licence": card.licence,
    }
    st.markdown(
        widgets.markdown_table([say("value")], [(say(f"fact_{name}"), [fact]) for name, fact in rows.items() if fact])
    )
    st.caption(say("try_it"))
    st.code(command(card.name, card.kind), language="bash")


def command(name: str, kind: str, languages: Sequence[str] = ("ja",)) -> str:
    """Return the line that tries a model from a terminal."""
    asked = TRY_ENGLISH if tuple(languages) == ("en",) else TRY
    return f"python -m core {asked[kind]} --model {name}"


def limits(sheet: Sheet) -> None:
    """Draw what a model of this kind cannot do, and mistakes that this one made."""
    if f"{sheet.card.kind}-limits" in sheet.text:
        sheet.heading(f"{sheet.card.kind}-limits")
    found, say, kind = scores.failures(sheet.card), sheet.say, sheet.card.kind
    if found:
        sheet.heading("failures")
        if scores.minimal_pairs(sheet.card) is not None:
            st.caption(say("failure_note_pairs"))
        st.markdown(mistakes(say, kind, found))
    asked = scores.probes(sheet.card)
    if asked is not None:
        sheet.heading("probes")
        st.markdown(say("probes_right", right=asked.right, count=asked.count))
        if asked.wrong:
            st.markdown(mistakes(say, kind, asked.wrong))


def mistakes(say: Strings, kind: str, found: Sequence[scores.Failure]) -> str:
    """Return mistakes as a Markdown table; every cell shows its text literally."""
    names = CONVERSION_COLUMNS if kind == "seq2seq" else GUESS_COLUMNS
    probable = any(one.prob is not None for one in found)
    header = [*map(say, names), *([say("failure_prob")] if probable else [])]
    rows = [[one.text, one.expected, one.guess, *([_prob(one.prob)] if probable else [])] for one in found]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(line if number == 1 else map(plain, line)) + " |" for number, line in enumerate(lines)
    )


def _prob(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def training(sheet: Sheet) -> None:
    """Draw the sources with their licences, the recipe, and the command that repeats it."""
    card, say = sheet.card, sheet.say
    if card.sources:
        sheet.heading("sources")
        with st.expander(say("sources_open", count=len(card.sources))):
            rows = [(source.name, [source.licence, source.attribution]) for source in card.sources]
            st.markdown(widgets.markdown_table([say("source_licence"), say("source_attribution")], rows))
    known = recipe(card, say)
    if known or card.command:
        sheet.heading("recipe")
    if card.command:
        st.code(card.command.replace(" && ", " &&\n"), language="bash", wrap_lines=True)
    if known:
        st.markdown(widgets.markdown_table([say("value")], [(name, [fact]) for name, fact in known]))


def recipe(card: Card, say: Strings) -> list[tuple[str, str]]:
    """Return what the card tells of the training, as (name, value)."""
    formats: dict[str, Callable[[float], str]] = {
        "tokens": lambda number: count(int(number), say.lang),
        "steps": lambda number: f"{number:,}",
        "batch_tokens": lambda number: f"{number:,}",
        "seconds": lambda number: duration(number, say.lang),
        "device": str,
        "seed": str,
    }
    return [(say(f"recipe_{name}"), shown(card.recipe[name])) for name, shown in formats.items() if name in card.recipe]


def checksums(sheet: Sheet) -> None:
    """Draw the SHA-256 of each file, as `sha256sum` writes them."""
    files = sheet.card.files
    if not files:
        return
    sheet.heading("checksums")
    with st.expander(sheet.say("checksums_open")):
        st.code("\n".join(f"{file.sha256}  {name}" for name, file in sorted(files.items())), language=None)


def hub(models: Sequence[HubModel], say: Strings) -> None:
    """Draw the models of the hub: a table, then each with what it is for and how to try it."""
    header = [say(f"fact_{fact}") for fact in ("kind", "parameters", "download", "memory", "licence", "languages")]
    rows = [
        (
            model.name,
            [
                say(f"kind_{model.kind}"),
                count(model.parameters, say.lang),
                size(model.bytes),
                size(model.memory),
                model.licence,
                ", ".join(say(f"language_{code}") for code in model.languages),
            ],
        )
        for model in models
    ]
    st.markdown(widgets.markdown_table(header, rows))
    for model in models:
        with st.container(border=True):
            st.markdown(f"**[{plain(model.name)}](https://huggingface.co/{model.name})**  \n{model.why[say.lang]}")
            st.code(command(model.name, model.kind, model.languages), language="bash", wrap_lines=True)
