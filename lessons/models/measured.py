"""The scores of one model on the page: each as a text, a small table and a figure, where the card has it."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.rlhf.labellers import labeller
from lessons import widgets
from lessons.models import figures, scores
from lessons.models.frame import Sheet, percent, ranged
from lessons.text import Strings, plain

OWN_SYSTEM = "seq2seq"
SYSTEMS = {"libkkc": "libkkc", "anthy": "Anthy"}


def measured(sheet: Sheet) -> None:
    """Draw every score that the card has."""
    drawn = [part(sheet) for part in (bits, hidden, reliability, pairs, conversion, talking)]
    if not any(drawn):
        st.markdown(f"#### {sheet.say('scores')}")
        st.markdown(sheet.say("no_scores"))


def bits(sheet: Sheet) -> bool:
    found, say = scores.bits_per_character(sheet.card), sheet.say
    if found is None:
        return False
    sheet.heading("bits")
    whole = found.overall
    parts = {"score_bits_all": whole, "score_bits_everyday": scores.everyday(sheet.card)}
    rows = [
        (say(name), [f"{part.value:.2f}", f"{part.baseline:.2f}", say("characters", count=f"{part.count:,}")])
        for name, part in parts.items()
        if part is not None
    ]
    header = [say("this_model"), say("baseline_unigram"), say("measured_on")]
    st.markdown(widgets.markdown_table(header, rows))
    if part := parts["score_bits_everyday"]:
        st.caption(plain(say("everyday_note", sources=part.name)))
    names = (say("this_model"), say("baseline_unigram"))
    _sources(sheet, found, "bits", names, lambda value: f"{value:.2f}", say("score_bits"), "characters")
    return True


def hidden(sheet: Sheet) -> bool:
    found, say = scores.hidden_words(sheet.card), sheet.say
    if found is None:
        return False
    sheet.heading("hidden")
    whole, five = found.overall, scores.top5(sheet.card)
    number = say("words", count=f"{whole.count:,}")
    rows = [(say("score_top1"), [ranged(say, whole.value, whole.interval), percent(whole.baseline), number])]
    if five is not None:
        rows.append((say("score_top5"), [percent(five.value), percent(five.baseline), number]))
    header = [say("this_model"), say("baseline_frequent"), say("measured_on")]
    st.markdown(widgets.markdown_table(header, rows))
    names = (say("this_model"), say("baseline_frequent"))
    _sources(sheet, found, "hidden", names, percent, say("score_top1"), "words")
    return True


def _sources(
    sheet: Sheet,
    found: scores.BySource,
    name: str,
    names: tuple[str, str],
    shown: Callable[[float], str],
    axis: str,
    counted: str,
) -> None:
    """Draw a measurement for each source beside its baseline, as a figure and as a table."""
    if not found.sources:
        return
    say, key = sheet.say, f"models:{sheet.card.name}:{name}"
    chart = figures.beside_baseline(found.sources, names, percent=shown is percent, axis=axis)
    widgets.figure(chart, key, say(f"alt_{name}"))
    rows = [
        (row.name, [shown(row.value), shown(row.baseline), say(counted, count=f"{row.count:,}")])
        for row in found.sources
    ]
    widgets.table(say, f"{key}:table", [*names, say("measured_on")], rows)


def reliability(sheet: Sheet) -> bool:
    found, say = scores.calibration(sheet.card), sheet.say
    if not found:
        return False
    sheet.heading("calibration")
    axes, key = (say("axis_stated"), say("axis_right")), f"models:{sheet.card.name}:calibration"
    widgets.figure(figures.calibration(found, axes, say("ideal")), key, say("alt_calibration"))
    gap = scores.calibration_gap(sheet.card)
    if gap is not None:
        st.caption(say("calibration_gap", points=f"{100 * gap:.1f}"))
    rows = [(percent(one.stated), [percent(one.right), say("words", count=f"{one.words:,}")]) for one in found]
    widgets.table(say, f"{key}:table", [say("axis_right"), say("measured_on")], rows)
    return True


def pairs(sheet: Sheet) -> bool:
    found, say = scores.minimal_pairs(sheet.card), sheet.say
    if found is None:
        return False
    sheet.heading("pairs")
    row = [
        ranged(say, found.accuracy, found.interval),
        ranged(say, found.baseline, found.baseline_interval),
        say("pairs", count=found.pairs),
    ]
    header = [say("this_model"), say("baseline_more_frequent"), say("measured_on")]
    st.markdown(widgets.markdown_table(header, [(say("score_pairs"), row)]))
    if found.groups:
        key = f"models:{sheet.card.name}:pairs"
        widgets.figure(figures.pair_groups(found, say("score_pairs")), key, say("alt_pairs"))
        rows = [
            (name, [percent(right / total), say("pairs", count=f"{right} / {total}")])
            for name, right, total in found.groups
        ]
        widgets.table(say, f"{key}:table", [say("score_pairs"), say("measured_on")], rows)
    return True


def conversion(sheet: Sheet) -> bool:
    found, say = scores.conversion(sheet.card), sheet.say
    if not found:
        return False
    sheet.heading("conversion")
    names = [_system(say, system.name) for system in found]
    chart = figures.systems(found, names, OWN_SYSTEM, say("score_exact"))
    widgets.figure(chart, f"models:{sheet.card.name}:conversion", say("alt_conversion"))
    header = [say("score_exact"), say("score_characters"), say("measured_on")]
    st.markdown(widgets.markdown_table(header, _conversion_rows(say, names, found)))
    sources = scores.conversion_sources(sheet.card)
    if sources:
        st.caption(say("conversion_sources"))
        rows = _conversion_rows(say, [source.name for source in sources], sources)
        st.markdown(widgets.markdown_table(header, rows))
    return True


def talking(sheet: Sheet) -> bool:
    found, say = scores.answers(sheet.card), sheet.say
    if found is None:
        return False
    sheet.heading("conversation")
    counted = say("characters", count=f"{found.count:,}")
    rows = [(say("score_answers"), [f"{found.value:.2f}", f"{found.baseline:.2f}", counted])]
    rows += [_shares(say, say(f"score_{one.name}"), one) for one in scores.manner(sheet.card)]
    st.markdown(widgets.markdown_table([say("this_model"), say("before_talking"), say("measured_on")], rows))
    lang = say.lang
    rows = [_shares(say, labeller(one.name).title[lang], one) for one in scores.obedience(sheet.card)]
    st.markdown(widgets.markdown_table([say("wish_asked"), say("wish_unasked"), say("measured_on")], rows))
    return True


def _shares(say: Strings, name: str, one: scores.Compared) -> tuple[str, list[str]]:
    return name, [percent(one.value), percent(one.baseline), say("answers", count=f"{one.count:,}")]


def _conversion_rows(
    say: Strings, names: Sequence[str], systems: Sequence[scores.System]
) -> list[tuple[str, list[str]]]:
    return [
        (
            name,
            [
                ranged(say, system.exact, system.interval),
                "" if system.characters is None else percent(system.characters),
                say("sentences", count=f"{system.sentences:,}"),
            ],
        )
        for name, system in zip(names, systems, strict=True)
    ]


def _system(say: Strings, name: str) -> str:
    """Return what a reader calls one of the compared systems."""
    own = {OWN_SYSTEM: "this_model", "frequency": "system_frequency"}
    return say(own[name]) if name in own else SYSTEMS.get(name, name)
