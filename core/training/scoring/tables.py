"""Scores as tables for a reader of a terminal."""

from core.training.scoring.common import Scores


def percent(*shares: float) -> str:
    """Return shares as columns of percentages."""
    return "".join(f"{100 * share:8.1f}" for share in shares)


def bits_table(found: Scores) -> list[str]:
    head = f"{'bits per character':30}{'model':>8}{'unigram':>8}{'characters':>12}"
    rows = {**found["sources"], "everyday": found["everyday"], "all but our own": found}.items()
    return [
        head,
        *(f"{n:30}{row['value']:8.3f}{row['baseline']:8.3f}{row['characters']:12,}" for n, row in rows),
    ]


def words_table(found: Scores) -> list[str]:
    columns = {"top1": "top 1", "top5": "top 5", "baseline_top1": "freq 1", "baseline_top5": "freq 5"}
    head = f"{'hidden words (%)':30}" + "".join(f"{title:>8}" for title in (*columns.values(), "words"))
    rows = {**found["sources"], "mean": found}.items()
    return [
        head,
        *(f"{n:30}{percent(*(row[column] for column in columns))}{row['words']:8,}" for n, row in rows),
    ]


def calibration_table(found: Scores) -> list[str]:
    head = f"{'calibration (%)':18}{'said':>8}{'right':>8}{'words':>8}"
    rows = ((f"{row['from']:.0%} to {row['to']:.0%}", row) for row in found["bins"])
    lines = [f"{name:18}{percent(row['probability'], row['right'])}{row['words']:8,}" for name, row in rows]
    return [head, *lines, f"mean gap {found['error']:.1%}"]


def pairs_table(found: Scores) -> list[str]:
    low, high = found["interval"]
    right = f"{found['right']} of {found['pairs']} = {found['accuracy']:.1%} ({low:.1%} to {high:.1%})"
    return [
        f"minimal pairs: {right}",
        f"always the more frequent word: {found['baseline']:.1%}",
        *(f"{row['right']:6} of {row['pairs']:3}  {group}" for group, row in found["groups"].items()),
    ]


def conversion_table(found: Scores) -> list[str]:
    head = f"{'kana to kanji (%)':30}{'exact':>8}{'letters':>8}{'lines':>8}"
    rows = {**found["sources"], **found["systems"]}.items()
    return [
        head,
        *(f"{n:30}{percent(row['exact'], row['characters'])}{row['sentences']:8,}" for n, row in rows),
    ]


def probes_table(found: Scores) -> list[str]:
    wrong = [f"  {probe['text']} → {probe['guess']}, not {probe['expected']}" for probe in found["wrong"]]
    return [f"lesson sentences: {found['right']} of {found['probes']}", *wrong]


TABLES = {
    "bits_per_character": bits_table,
    "hidden_words": words_table,
    "calibration": calibration_table,
    "minimal_pairs": pairs_table,
    "conversion": conversion_table,
    "probes": probes_table,
}


def table(scores: Scores) -> str:
    """Return the scores for a reader of a terminal."""
    lines = [f"held-out sequences: {scores['held_out']['sequences']:,}; too long: {scores['held_out']['too_long']}"]
    for name, rows in TABLES.items():
        if name in scores:
            lines += ["", *rows(scores[name])]
    return "\n".join(lines)
