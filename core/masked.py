"""Masked language models: guess the word in the hole (Devlin et al. 2019, BERT)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import NoCandidates, NoMask, TooManyMasks
from core.language_model import CHUNK_TOKENS, MASK, Encoded, LanguageModel
from core.maps import Cut, Floats
from core.tokens import Token

MAX_MASKS = 10


@dataclass(frozen=True)
class Candidate:
    """A word and its probability (what it is a share of is said by the result that holds it)."""

    token: str
    prob: float


@dataclass(frozen=True)
class Filling:
    """One hole: its token, and the likeliest words of the whole vocabulary with their probabilities."""

    position: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Choice:
    """The given words ranked. Their probabilities sum to one: they are shares among these words.

    `method` "mask": every word is one token and was read at the hole. "sentence": the words have different lengths in
    tokens, so the pseudo-log-likelihoods of the whole sentences were compared. `log2`: the compared log2 likelihoods.
    """

    candidates: tuple[Candidate, ...]
    method: Literal["mask", "sentence"]
    log2: dict[str, float]

    def prob(self, word: str) -> float:
        return next(candidate.prob for candidate in self.candidates if candidate.token == word)


@dataclass(frozen=True)
class EdgeEffects:
    """What cutting each edge does to the first word's share: `change[query, key]` = share after − share before.

    NaN where the edge is the last one its query has. `base`: the choice with nothing cut.
    """

    tokens: tuple[Token, ...]
    base: Choice
    change: Floats


@dataclass(frozen=True)
class Score:
    """How expected a text is: log2 probability of each token given all the others (pseudo-log-likelihood)."""

    tokens: tuple[Token, ...]
    log2: tuple[float, ...]
    characters: int

    @property
    def bits(self) -> float:
        return -sum(self.log2)

    @property
    def bits_per_character(self) -> float:
        return self.bits / self.characters


class MaskedLM(LanguageModel):
    """A model that sees the whole sentence and guesses its holes."""

    causal: ClassVar[bool] = False

    def fill(self, text: str, k: int = 10, cut: Iterable[Cut] = ()) -> tuple[Filling, ...]:
        """Return the k likeliest words for each [MASK], with probabilities over the whole vocabulary.

        Raises NoMask, TooManyMasks, and the errors of `attention`.
        """
        encoded = self.encode(text)
        holes = self._holes(encoded)
        logits = self._logits(encoded, torch.tensor([encoded.ids]), [tuple(cut)])[0, holes]
        probabilities = torch.softmax(logits, dim=-1)
        top = torch.topk(probabilities, min(k, probabilities.shape[-1]))
        token_at = encoded.groups.argmax(axis=0)
        return tuple(
            Filling(
                int(token_at[hole]),
                tuple(Candidate(self.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True)),
            )
            for hole, ids, values in zip(holes, top.indices, top.values, strict=True)
        )

    def choose(self, text: str, words: Sequence[str], cut: Iterable[Cut] = ()) -> Choice:
        """Return the words ranked by how well they fit the [MASK]s of the text (see Choice for how they are compared).

        Raises NoCandidates below two words, NoMask, TooManyMasks, and the errors of `attention`.
        """
        words = self._candidates(words)
        encoded = self.encode(text)
        holes = self._holes(encoded)
        cuts = tuple(cut)
        ids = self._single_ids(words)
        if ids is None:
            if cuts:
                self._removal(encoded, [cuts])
            log2 = {word: self._sentence(text, word, cuts) for word in words}
            return _choice(log2, "sentence")
        logits = self._logits(encoded, torch.tensor([encoded.ids]), [cuts])[0, holes]
        return _choice(dict(zip(words, _log2(logits)[:, ids].sum(dim=0).tolist(), strict=True)), "mask")

    def edge_effects(self, text: str, words: Sequence[str], layer: int | None = None, head: int | None = None) -> EdgeEffects:
        """Return how the share of the first word changes when each single edge is cut, in `layer` and `head` (None: all).

        One model row an edge; words must be single tokens or the sentences are compared edge by edge (slow).
        """
        words = self._candidates(words)
        encoded = self.encode(text)
        base = self.choose(text, words)
        n = len(encoded.tokens)
        change = np.full((n, n), np.nan, dtype=np.float32)
        edges = [(query, key) for query in range(n) for key in range(n)] if n > 1 else []
        shares = self._shares(encoded, text, words, [Cut(query, key, layer, head) for query, key in edges])
        for (query, key), share in zip(edges, shares, strict=True):
            change[query, key] = share - base.prob(words[0])
        return EdgeEffects(encoded.tokens, base, change)

    def score(self, text: str) -> Score:
        """Return the pseudo-log-likelihood: each token is hidden in turn (Salazar et al. 2020), with the later pieces
        of its own token hidden too (Kauf & Ivanova 2023)."""
        encoded = self.encode(text)
        mask = self.tokenizer.mask_token_id
        pieces = [(token.first + offset, token) for token in encoded.tokens if not token.special for offset in range(len(token.pieces))]
        rows = torch.tensor([encoded.ids]).repeat(len(pieces), 1)
        for row, (piece, token) in zip(rows, pieces, strict=True):
            row[piece : token.first + len(token.pieces)] = mask
        log2 = self._piece_log2(encoded, rows, [piece for piece, _ in pieces], ())
        ordinary = tuple(token for token in encoded.tokens if not token.special)
        sums = tuple(sum(value for value, (_, owner) in zip(log2, pieces, strict=True) if owner is token) for token in ordinary)
        return Score(ordinary, sums, len(text))

    def word(self, identifier: int) -> str:
        """Return the surface of one vocabulary entry."""
        return str(self.tokenizer.decode([identifier])).removeprefix("##").strip() or str(self.tokenizer.convert_ids_to_tokens(identifier))

    def _candidates(self, words: Sequence[str]) -> list[str]:
        words = self.words(words)
        if len(words) < 2:
            raise NoCandidates()
        return words

    def _holes(self, encoded: Encoded) -> list[int]:
        holes = [index for index, identifier in enumerate(encoded.ids) if identifier == self.tokenizer.mask_token_id]
        if not holes:
            raise NoMask()
        if len(holes) > MAX_MASKS:
            raise TooManyMasks(count=len(holes), limit=MAX_MASKS)
        return holes

    def _single_ids(self, words: Sequence[str]) -> list[int] | None:
        """Return the ids of the words if each is exactly one known token."""
        ids = [self.tokenizer(word, add_special_tokens=False, verbose=False)["input_ids"] for word in words]
        known = all(len(row) == 1 and row[0] != self.tokenizer.unk_token_id for row in ids)
        return [row[0] for row in ids] if known else None

    def _shares(self, encoded: Encoded, text: str, words: list[str], cuts: list[Cut]) -> list[float]:
        """Return the first word's share under each single cut; NaN where nothing would be left to look at."""
        ids = self._single_ids(words)
        alone = len(encoded.tokens) == 1
        if ids is None or alone:
            return [self.choose(text, words, [cut]).prob(words[0]) for cut in cuts]
        holes = self._holes(encoded)
        size = max(1, CHUNK_TOKENS // len(encoded.ids))
        shares: list[float] = []
        for start in range(0, len(cuts), size):
            chunk = cuts[start : start + size]
            rows = torch.tensor([encoded.ids]).repeat(len(chunk), 1)
            logits = self._logits(encoded, rows, [[cut] for cut in chunk])[:, holes]
            shares += torch.softmax(_log2(logits)[..., ids].sum(dim=1) * np.log(2), dim=-1)[:, 0].tolist()
        return shares

    def _sentence(self, text: str, word: str, cuts: tuple[Cut, ...]) -> float:
        """Return the log2 pseudo-likelihood of the text with every [MASK] replaced by the word.

        Cuts are given for the text with the hole; they follow their tokens, and the word's pieces take the hole's place.
        """
        hole = self.encode(text)
        filled = self.encode(text.replace(MASK, word))
        place = _places(hole, filled, text, word)
        moved = tuple(
            Cut(query, key, cut.layer, cut.head) for cut in cuts for query in place[cut.query] for key in place[cut.key]
        )
        mask = self.tokenizer.mask_token_id
        pieces = [(token.first + offset, token) for token in filled.tokens if not token.special for offset in range(len(token.pieces))]
        rows = torch.tensor([filled.ids]).repeat(len(pieces), 1)
        inside = {position for index, token in enumerate(hole.tokens) if token.pieces == (mask,) for position in place[index]}
        for row, (piece, token) in zip(rows, pieces, strict=True):
            row[piece : token.first + len(token.pieces)] = mask
            later = [other for index, other in enumerate(filled.tokens) if index in inside and filled.tokens.index(token) in inside]
            for other in later:
                if other.first > piece:
                    row[other.first : other.first + len(other.pieces)] = mask
        return sum(self._piece_log2(filled, rows, [piece for piece, _ in pieces], moved))

    def _piece_log2(self, encoded: Encoded, rows: torch.Tensor, pieces: list[int], cuts: tuple[Cut, ...]) -> list[float]:
        """Return log2 P of the true piece at position pieces[i] of rows[i]."""
        values: list[float] = []
        size = max(1, CHUNK_TOKENS // rows.shape[1])
        for start in range(0, len(pieces), size):
            logits = self._logits(encoded, rows[start : start + size], [cuts])
            places = torch.tensor(pieces[start : start + size])
            chosen = _log2(logits[torch.arange(len(places)), places])
            values += chosen.gather(1, torch.tensor(encoded.ids)[places].unsqueeze(1))[:, 0].tolist()
        return values


def _log2(logits: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(logits, dim=-1) / np.log(2)


def _choice(log2: dict[str, float], method: Literal["mask", "sentence"]) -> Choice:
    values: NDArray[np.float64] = np.array(list(log2.values()))
    shares = 2.0 ** (values - values.max())
    shares /= shares.sum()
    ranked = sorted(zip(log2, shares.tolist(), strict=True), key=lambda pair: -pair[1])
    return Choice(tuple(Candidate(word, share) for word, share in ranked), method, log2)
