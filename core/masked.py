"""Masked language models: guess the word in the hole (Devlin et al. 2019, BERT)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import NoCandidates, NoMask, TooManyMasks, TooManyTokens
from core.language_model import Encoded, LanguageModel
from core.maps import Cut, Floats
from core.tokens import Token

MAX_MASKS = 10
CHUNK_LOGITS = 2**25  # computed at once: keeps the memory of a long experiment near 128 MiB
Method = Literal["mask", "sentence"]
Cuts = Sequence[Cut]


@dataclass(frozen=True)
class Candidate:
    """A word and its probability; whether that is among a few words or the vocabulary, the result that holds it says."""

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
    tokens, so the pseudo-log-likelihoods of the whole sentences were compared. `log2`: the compared log2 likelihoods,
    in the order in which the words were given.
    """

    candidates: tuple[Candidate, ...]
    method: Method
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
        logits = self._logits(encoded, torch.tensor([encoded.ids]), [tuple(cut)])[0, [hole.first for hole in holes]]
        probabilities = torch.softmax(logits, dim=-1)
        top = torch.topk(probabilities, min(k, probabilities.shape[-1]))
        return tuple(
            Filling(
                encoded.tokens.index(hole), tuple(Candidate(self.word(i), p) for i, p in zip(ids, values, strict=True))
            )
            for hole, ids, values in zip(holes, top.indices.tolist(), top.values.tolist(), strict=True)
        )

    def choose(self, text: str, words: Sequence[str], cut: Iterable[Cut] = ()) -> Choice:
        """Return the words ranked by how well they fit the [MASK]s of the text (see Choice for how they are compared).

        Cuts are between tokens of the text with the hole; a word of several pieces takes the hole's place as a whole.
        Raises NoCandidates below two words, NoMask, TooManyMasks, and the errors of `attention`.
        """
        words = self._candidates(words)
        method, log2 = self._likelihoods(self.encode(text), words, [tuple(cut)])
        return _choice(words, log2[0], method)

    def edge_effects(
        self, text: str, words: Sequence[str], layer: int | None = None, head: int | None = None
    ) -> EdgeEffects:
        """Return how the share of the first word changes when each single edge is cut, in `layer` and `head` (None: all).

        One model row for each edge; for words of several pieces one for each edge, word and piece, which is slow.
        Raises the errors of `choose`.
        """
        words = self._candidates(words)
        encoded = self.encode(text)
        n = len(encoded.tokens)
        edges = [Cut(query, key, layer, head) for query in range(n) for key in range(n)] if n > 1 else []
        method, log2 = self._likelihoods(encoded, words, [(), *((edge,) for edge in edges)])
        shares = _shares(log2)[:, 0]
        change = np.full((n, n), np.nan, dtype=np.float32)
        if edges:
            change[:] = (shares[1:] - shares[0]).reshape(n, n)
        return EdgeEffects(encoded.tokens, _choice(words, log2[0], method), change)

    def score(self, text: str) -> Score:
        """Return the pseudo-log-likelihood: each token is hidden in turn (Salazar et al. 2020), with the later pieces
        of its own token hidden too (Kauf & Ivanova 2023). A [MASK] in the text stays a hole and is not scored."""
        encoded = self.encode(text)
        log2 = self._pseudo_likelihood(encoded, ())
        holes = (self.tokenizer.mask_token_id,)
        scored = [index for index, token in enumerate(encoded.tokens) if not token.special and token.pieces != holes]
        tokens = tuple(encoded.tokens[index] for index in scored)
        return Score(tokens, tuple(log2[scored].tolist()), len(text))

    def word(self, identifier: int) -> str:
        """Return the surface of one vocabulary entry."""
        surface = str(self.tokenizer.decode([identifier])).removeprefix("##").strip()
        return surface or str(self.tokenizer.convert_ids_to_tokens(identifier))

    def _candidates(self, words: Sequence[str]) -> list[str]:
        """Return the words that can stand in a hole: those with at least one piece, none of them a hole."""
        pieces = {word: self._pieces(word) for word in self.words(words)}
        known = [word for word, ids in pieces.items() if ids and self.tokenizer.mask_token_id not in ids]
        if len(known) < 2:
            raise NoCandidates()
        return known

    def _pieces(self, word: str) -> tuple[int, ...]:
        return tuple(self.tokenizer(word, add_special_tokens=False, verbose=False)["input_ids"])

    def _holes(self, encoded: Encoded) -> list[Token]:
        holes = [token for token in encoded.tokens if token.pieces == (self.tokenizer.mask_token_id,)]
        if not holes:
            raise NoMask()
        if len(holes) > MAX_MASKS:
            raise TooManyMasks(count=len(holes), limit=MAX_MASKS)
        return holes

    def _likelihoods(
        self, encoded: Encoded, words: list[str], sets: Sequence[Cuts]
    ) -> tuple[Method, NDArray[np.float64]]:
        """Return how the words were compared and their log2 likelihoods (set of cuts, word)."""
        holes = [hole.first for hole in self._holes(encoded)]
        pieces = [self._pieces(word) for word in words]
        if all(len(ids) == 1 and ids[0] != self.tokenizer.unk_token_id for ids in pieces):
            rows = torch.tensor([encoded.ids]).expand(len(sets), -1)
            places, targets = torch.tensor([holes]), torch.tensor([[ids[0] for ids in pieces]])
            log2 = self._log2(encoded, rows, sets, places.expand(len(sets), -1), targets.expand(len(sets), -1))
            return "mask", np.sum(log2, axis=1)
        filled = [self._filled(encoded, ids) for ids in pieces]
        return "sentence", np.array([[self._pseudo_likelihood(one, cuts).sum() for one in filled] for cuts in sets])

    def _filled(self, encoded: Encoded, pieces: tuple[int, ...]) -> Encoded:
        """Return the text with the pieces of a word in every hole, where they are one token; the others stay as they are."""
        ids: list[int] = []
        tokens: list[Token] = []
        holes = self._holes(encoded)
        for token in encoded.tokens:
            tokens.append(replace(token, first=len(ids), pieces=pieces if token in holes else token.pieces))
            ids += tokens[-1].pieces
        if len(ids) > self.limit:
            raise TooManyTokens(length=len(ids), limit=self.limit)
        return Encoded(tuple(ids), tuple(tokens))

    def _pseudo_likelihood(self, encoded: Encoded, cuts: Cuts) -> NDArray[np.float64]:
        """Return log2 P (token,) of each token given the others; 0 for the added special ones, which are not hidden.

        One row of the batch for each piece: it and the later pieces of its token are hidden.
        """
        ids = torch.tensor(encoded.ids)
        hidden = [
            (piece, token.last)
            for token in encoded.tokens
            if not token.special
            for piece in range(token.first, token.last)
        ]
        rows = ids.repeat(len(hidden), 1)
        for row, (piece, last) in zip(rows, hidden, strict=True):
            row[piece:last] = self.tokenizer.mask_token_id
        pieces = [piece for piece, _ in hidden]
        places = torch.tensor(pieces).unsqueeze(1)
        log2 = np.zeros(len(encoded.ids))
        log2[pieces] = self._log2(encoded, rows, [cuts], places, ids[places])[:, 0, 0]
        return encoded.groups @ log2

    def _log2(
        self, encoded: Encoded, rows: torch.Tensor, sets: Sequence[Cuts], places: torch.Tensor, targets: torch.Tensor
    ) -> NDArray[np.float64]:
        """Return log2 P (row, place, target) of the ids `targets` (row, target) at the pieces `places` (row, place).

        `sets`: the cuts, one set for all rows or one for each.
        """
        size = max(1, CHUNK_LOGITS // (rows.shape[1] * self.card.vocabulary))
        parts: list[torch.Tensor] = []
        for start in range(0, len(rows), size):
            chunk = slice(start, start + size)
            logits = self._logits(encoded, rows[chunk], sets if len(sets) == 1 else sets[chunk])
            at_places = logits[torch.arange(len(logits)).unsqueeze(1), places[chunk]].double()
            wanted = targets[chunk].unsqueeze(1).expand(-1, places.shape[1], -1)
            parts.append(torch.log_softmax(at_places, dim=-1).gather(2, wanted) / np.log(2))
        result: NDArray[np.float64] = torch.cat(parts).numpy()
        return result


def _shares(log2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities along the last axis from log2 likelihoods."""
    shares: NDArray[np.float64] = 2.0 ** (log2 - log2.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def _choice(words: list[str], log2: NDArray[np.float64], method: Method) -> Choice:
    ranked = sorted(zip(words, _shares(log2).tolist(), strict=True), key=lambda pair: -pair[1])
    return Choice(
        tuple(Candidate(word, share) for word, share in ranked), method, dict(zip(words, log2.tolist(), strict=True))
    )
