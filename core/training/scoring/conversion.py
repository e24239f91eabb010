"""Kana → ordinary writing: how much of held-out sentences is written as their authors did, by our model and by others.

The others are those that a Linux desktop has: libkkc (command `kkc`) and Anthy (library `libanthy`). Where one is not
installed it is left out. Beside them: the most frequent writing of each word by its reading, with the words' borders
given (made by core.training.readings).
"""

import ctypes
import ctypes.util
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.intervals import wilson
from core.seq2seq import Seq2SeqLM
from core.training.scoring.common import Scores, share

PAIRS = Path(__file__).parent.with_name("held_out") / "pairs.tsv"
SHOWN_FAILURES = 8
SECONDS = 600  # after which a converter is given up
UTF8 = 2  # Anthy's number of the encoding
_KKC_WORD = re.compile(r"<([^/<>]*)/[^<>]*>")


@dataclass(frozen=True)
class Conversion:
    """A held-out sentence: where it is from, its kana, what its author wrote, what word frequencies alone give."""

    source: str
    kana: str
    written: str
    by_frequency: str


def read_conversions(file: Path = PAIRS) -> tuple[Conversion, ...]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(Conversion(*line.split("\t")) for line in lines)


def edits(one: str, other: str) -> int:
    """Return the edit distance of two strings (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


def libkkc(lines: Sequence[str]) -> list[str] | None:
    """Return what libkkc makes of the lines, None where it is not installed."""
    program = shutil.which("kkc")
    if program is None:
        return None
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run([program, "decoder"], input=text, capture_output=True, text=True, timeout=SECONDS, check=True)
    answers = re.findall(r"^(?:>> )*0: (.*)$", done.stdout, re.MULTILINE)
    return ["".join(_KKC_WORD.findall(answer)) for answer in answers]


def anthy(lines: Sequence[str]) -> list[str] | None:
    """Return what Anthy makes of the lines, None where it is not installed."""
    name = ctypes.util.find_library("anthy")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.anthy_create_context.restype = ctypes.c_void_p
    if library.anthy_init() != 0:
        return None
    context = ctypes.c_void_p(library.anthy_create_context())
    library.anthy_context_set_encoding(context, UTF8)
    return [_by_anthy(library, context, line) for line in lines]


def _by_anthy(library: ctypes.CDLL, context: ctypes.c_void_p, line: str) -> str:
    library.anthy_reset_context(context)
    library.anthy_set_string(context, line.encode())
    state = (ctypes.c_int * 1)()  # struct anthy_conv_stat: the number of segments
    library.anthy_get_stat(context, state)
    written = b""
    for segment in range(state[0]):
        size = library.anthy_get_segment(context, segment, 0, None, 0)
        buffer = ctypes.create_string_buffer(size + 1)
        library.anthy_get_segment(context, segment, 0, buffer, size + 1)
        written += buffer.value
    return written.decode(errors="replace")


def measured(conversions: Sequence[Conversion], written: Sequence[str]) -> Scores:
    """Return sentences, the share written exactly, its interval, and the share of right characters.

    Characters: 1 - edits / characters of the author's text, over all sentences. Widths (！ and !) are not told apart.
    """
    wrong = [mistakes(conversion, text) for conversion, text in zip(conversions, written, strict=True)]
    letters = sum(len(_narrow(conversion.written)) for conversion in conversions)
    return {
        "sentences": len(wrong),
        "exact": share(wrong.count(0), len(wrong)),
        "interval": wilson(wrong.count(0), len(wrong)),
        "characters": round(1 - sum(wrong) / max(1, letters), 4),
    }


def mistakes(conversion: Conversion, text: str) -> int:
    """Return how many edits make the text what the author wrote."""
    return edits(_narrow(conversion.written), _narrow(text))


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def conversion(model: Seq2SeqLM, conversions: Sequence[Conversion]) -> tuple[Scores, list[Scores]]:
    """Return (the scores of each system, the sentences of ours with the most wrong characters)."""
    kana = [conversion.kana for conversion in conversions]
    ours = [model.convert(text).text for text in kana]
    others: dict[str, Callable[[Sequence[str]], list[str] | None]] = {"libkkc": libkkc, "anthy": anthy}
    answers = {"seq2seq": ours, **{name: convert(kana) for name, convert in others.items()}}
    answers["frequency"] = [conversion.by_frequency for conversion in conversions]
    systems = {name: measured(conversions, written) for name, written in answers.items() if written is not None}
    sources = {conversion.source for conversion in conversions}
    by_source = {
        source: measured(
            [conversion for conversion in conversions if conversion.source == source],
            [text for conversion, text in zip(conversions, ours, strict=True) if conversion.source == source],
        )
        for source in sorted(sources)
    }
    wrong = [(mistakes(one, text), one, text) for one, text in zip(conversions, ours, strict=True)]
    failures = [
        {"kana": found.kana, "expected": found.written, "written": text}
        for count, found, text in sorted(wrong, key=lambda row: -row[0])[:SHOWN_FAILURES]
        if count
    ]
    return {"systems": systems, "sources": by_source}, failures
