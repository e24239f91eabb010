"""Which characters of the text each piece of a tokenizer stands for."""

import unicodedata
from typing import Any

Span = tuple[int, int]


def spans(tokenizer: Any, text: str) -> tuple[list[int], list[Span], list[bool]]:
    """Return (ids, character spans, added-special flags) of the pieces of a text, special ones included."""
    if tokenizer.is_fast:
        encoding = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False)
        offsets = [tuple(span) for span in encoding["offset_mapping"]]
        return encoding["input_ids"], offsets, [flag and a == b for flag, (a, b) in zip(map(bool, encoding["special_tokens_mask"]), offsets, strict=True)]
    ids = tokenizer(text, verbose=False)["input_ids"]
    pieces = tokenizer.convert_ids_to_tokens(ids)
    added = [identifier in {tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id} for identifier in ids]
    return ids, align(pieces, added, text), added


def align(pieces: list[str], added: list[bool], text: str) -> list[Span]:
    """Return the span of each piece of a tokenizer that does not tell (BertJapaneseTokenizer).

    Pieces are looked for one after the other in the NFKC form of the text; one that is not found ([UNK]) gets what
    lies before the next one that is.
    """
    normal, origin = _normalised(text)
    found: list[Span | None] = []
    cursor = 0
    for piece, special in zip(pieces, added, strict=True):
        surface = "" if special else piece.removeprefix("##").replace("▁", "")
        start = normal.find(surface, cursor) if surface else -1
        if start < 0:
            found.append((cursor, cursor) if special else None)
            continue
        found.append((start, start + len(surface)))
        cursor = start + len(surface)
    return [_original(span, origin) for span in _fill(found, len(normal))]


def _normalised(text: str) -> tuple[str, list[int]]:
    """Return NFKC of the text and, for each of its characters (and the end), the position in the text it is from."""
    normal, origin = "", []
    for position, character in enumerate(text):
        form = unicodedata.normalize("NFKC", character)
        normal += form
        origin += [position] * len(form)
    return normal, [*origin, len(text)]


def _fill(found: list[Span | None], end: int) -> list[Span]:
    """Return the spans with each gap given to the unfound piece in it."""
    filled: list[Span] = []
    for index, span in enumerate(found):
        if span is None:
            before = filled[-1][1] if filled else 0
            after = next((later[0] for later in found[index + 1 :] if later is not None), end)
            span = (before, max(before, after))
        filled.append(span)
    return filled


def _original(span: Span, origin: list[int]) -> Span:
    start, end = span
    return (origin[start], origin[start]) if start == end else (origin[start], origin[end - 1] + 1)
