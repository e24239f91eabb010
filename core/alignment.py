"""Which characters of the text each piece of a tokenizer stands for."""

import unicodedata
from itertools import groupby
from typing import Any

Span = tuple[int, int]
OWN = -1  # stands for the pieces of the text among the added ones


def spans(tokenizer: Any, text: str) -> tuple[list[int], list[Span], list[bool]]:
    """Return (ids, character spans, added-special flags) of the pieces of a text, special ones included.

    The span of an added special piece says nothing; one that the reader typed is an ordinary piece.
    """
    if tokenizer.is_fast:
        encoding = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False)
        offsets = encoding["offset_mapping"]
        whole = characters(text)
        found = [(whole[start][0], whole[end - 1][1]) if start < end else (start, end) for start, end in offsets]
        found = _apart(found, text)
        flags = zip(encoding["special_tokens_mask"], offsets, strict=True)
        return encoding["input_ids"], found, [bool(flag) and start == end for flag, (start, end) in flags]
    own = tokenizer(text, verbose=False, add_special_tokens=False)["input_ids"]
    frame = tokenizer.build_inputs_with_special_tokens([OWN])
    before, after = frame[: frame.index(OWN)], frame[frame.index(OWN) + 1 :]
    names = tokenizer.convert_ids_to_tokens(own)
    pieces = ["" if id_ == tokenizer.unk_token_id else name for id_, name in zip(own, names, strict=True)]
    added = [True] * len(before) + [False] * len(own) + [True] * len(after)
    found = [(0, 0)] * len(before) + align(pieces, text) + [(0, 0)] * len(after)
    return before + own + after, found, added


def _apart(found: list[Span], text: str) -> list[Span]:
    """Return the spans with each byte piece on the one character that it helps to spell.

    A run of characters that are not in the vocabulary is spelt in bytes, and the tokenizer gives each byte the whole run.
    """
    parted: list[Span] = []
    for (start, end), run in groupby(found):
        count = len(list(run))
        normal, origin = normalised(text[start:end])
        letters = zip(normal, origin, strict=True)
        spelt = [(start + first, start + last) for letter, (first, last) in letters for _ in letter.encode()]
        parted += spelt if len(spelt) == count > 1 else [(start, end)] * count
    return parted


def align(pieces: list[str], text: str) -> list[Span]:
    """Return the span of each piece of a tokenizer that does not tell (BertJapaneseTokenizer); "": an unknown piece.

    Pieces are looked for one after the other in the NFKC form of the text; one that is not found gets what lies
    before the next one that is.
    """
    normal, origin = normalised(text)
    found: list[Span | None] = []
    cursor = 0
    for piece in pieces:
        surface = piece.removeprefix("##").replace("▁", "")
        start = normal.find(surface, cursor) if surface else -1
        if start >= 0:
            cursor = start + len(surface)
        found.append((start, cursor) if start >= 0 else None)
    return [_original(span, origin) for span in _fill(found, len(normal))]


def characters(text: str) -> list[Span]:
    """Return, for each code point, the span of the character that it is part of: a letter with its marks."""
    whole: list[Span] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text[start:end], text[end]):
            whole += [(start, end)] * (end - start)
            start = end
    return whole


def normalised(text: str) -> tuple[str, list[Span]]:
    """Return NFKC of the text and, for each of its code points, the span of the text that it is made of."""
    forms = {span: unicodedata.normalize("NFKC", text[slice(*span)]) for span in characters(text)}
    return "".join(forms.values()), [span for span, form in forms.items() for _ in form]


def _joins(before: str, character: str) -> bool:
    """Say whether NFKC may turn the character and the one before it into something new: か and U+3099 into が."""
    parts = [unicodedata.normalize("NFKC", part) for part in (before, character, before + character)]
    return unicodedata.combining(parts[1][0]) > 0 or parts[0] + parts[1] != parts[2]


def _fill(found: list[Span | None], end: int) -> list[Span]:
    """Return the spans with each gap given to the unfound piece in it."""
    filled: list[Span] = []
    for index, span in enumerate(found):
        before = filled[-1][1] if filled else 0
        after = next((later[0] for later in found[index + 1 :] if later is not None), end)
        filled.append((before, after) if span is None else span)
    return filled


def _original(span: Span, origin: list[Span]) -> Span:
    """Return the span of the text for a span of its NFKC form."""
    start, end = span
    if start == end:
        place = origin[start][0] if start < len(origin) else (origin[-1][1] if origin else 0)
        return place, place
    return origin[start][0], origin[end - 1][1]
