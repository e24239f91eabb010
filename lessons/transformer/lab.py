"""The lesson's questions put to an encoder–decoder: what is inside each box, what it writes, what a cut changes.

A `Lab` answers from a live model or from a recorded run (lessons.transformer.playback) with the same dataclasses, so that
the page does not care which of the two is speaking. Every array is numpy and belongs to one text.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from lessons.gpt.lab import Next
from lessons.transformer.answers import Beliefs, Block, Inside, Order, Writing
from lessons.transformer.cutting import Hidden, edges

CACHED_RESULTS = 64
CACHED_INSIDES = 12  # all arrays of a run of 64 tokens take 8 MB
WORDS = 20  # of the likeliest next words, by name
ANSWERS = 10  # of them for each row of the output
BLIND = 12  # tokens that are written without places: enough to see whether they are the same
LONGER = 6  # tokens that a text may be longer than its source when something is missing: some models never end then


class Lab(Protocol):
    """What the page asks. None: not known here (a recorded run knows only the lesson's sentences)."""

    live: bool

    def fitting(self, text: str) -> str: ...

    def writing(self, text: str) -> Writing | None: ...

    def inside(self, text: str, written: str = "") -> Inside | None: ...

    def after(self, text: str, place: int, hidden: Hidden) -> Next | None: ...

    def orders(self, text: str, seed: int) -> tuple[Order, ...] | None: ...


class LiveLab:
    """Answers from a loaded encoder–decoder. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.fitting = lru_cache(CACHED_RESULTS)(model.fitting)
        self.writing = lru_cache(CACHED_RESULTS)(self._writing)
        self.inside = lru_cache(CACHED_INSIDES)(self._inside)
        self.after = lru_cache(CACHED_RESULTS)(self._after)
        self.freely = lru_cache(CACHED_RESULTS)(self._freely)
        self.orders = lru_cache(CACHED_RESULTS)(self._orders)
        self.beams = lru_cache(CACHED_RESULTS)(self._beams)

    @property
    def limit(self) -> int:
        """How many tokens a text may have."""
        return int(self.model.limit)

    def used(self, text: str) -> int:
        """Return how many tokens of the context a text takes."""
        return len(self.model.encode(text).ids)

    def _writing(self, text: str) -> Writing:
        steps = list(self.model.steps(text, ANSWERS))
        ids = tuple(step.id for step in steps)
        maps = self.model.attention(text, target=ids[:-1])
        read = maps.decoder.tokens
        pieces = tuple(len(token.pieces) for token in read[1:])
        firsts = [token.last - 1 for token in read]  # the step that wrote what follows a token
        named = [tuple((one.token, one.prob) for one in steps[first].candidates) for first in firsts]
        ended = ids[-1] == self.model.end
        return Writing(
            text=steps[-1].text,
            source=tuple(token.text for token in maps.encoder.tokens),
            read=tuple(token.text for token in read),
            words=(*(token.text for token in read[1:]), steps[-1].token),
            ids=ids,
            pieces=(*pieces, 1),
            candidates=tuple(named),
            encoder=maps.encoder.weights,
            decoder=maps.decoder.weights,
            cross=maps.cross.weights,
            ended=ended,
        )

    def _inside(self, text: str, written: str = "") -> Inside:
        """Return what is inside while the model writes its own text, or after another that is `written` already."""
        from core.inside import trace

        found = trace(self.model, text, written or self.writing(text).ids[:-1])
        best = np.argsort(-found.stage("output", "linear").output, axis=1, kind="stable")[:, :ANSWERS]
        blocks = {}
        for stage in found.stages:
            name, output, inputs = f"{stage.part}.{stage.block}", stage.output, stage.inputs
            if stage.part == "output":  # of thousands of columns those with a name
                output = np.take_along_axis(stage.output, best, axis=1)
                inputs = inputs if stage.block == "linear" else (np.take_along_axis(inputs[0], best, axis=1),)
            shape = (stage.output.shape[0], stage.output.shape[1])
            blocks[name, stage.layer] = Block(inputs, output, shape, stage.middle)
        probs = blocks["output.softmax", None].output
        answers = tuple(
            tuple((str(self.model.word(one)), float(prob)) for one, prob in zip(ids, row, strict=True))
            for ids, row in zip(best.tolist(), probs, strict=True)
        )
        attention = {
            "encoder.self_attention": found.maps.encoder.weights,
            "decoder.self_attention": found.maps.decoder.weights,
            "decoder.cross_attention": found.maps.cross.weights,
        }
        return Inside(
            source=found.labels("encoder"),
            target=found.labels("decoder"),
            heard=tuple(token.text for token in found.source),
            read=tuple(token.text for token in found.target),
            lasts=tuple(token.last - 1 for token in found.target),
            blocks=blocks,
            answers=answers,
            attention=attention,
        )

    def _after(self, text: str, place: int, hidden: Hidden) -> Next:
        """Return what may stand at a place of what the model writes, after its own words, with edges cut."""
        from core.ablation import following

        own = self.writing(text)
        maps = self.model.attention(text, target=own.before(place))
        cut = edges(hidden, maps.encoder.tokens, maps.decoder.tokens)
        probs = following(self.model, text, own.before(place), cut)
        ids = tuple(np.argsort(-probs, kind="stable")[:WORDS].tolist())
        words = tuple(str(self.model.word(one)) for one in ids)
        return Next(words, ids, tuple(float(probs[one]) for one in ids), np.log(np.maximum(probs, 1e-30)))

    def _freely(self, text: str, hidden: Hidden) -> str:
        """Return what the model writes when the edges are cut from the first letter on."""
        from core.ablation import write

        steps = write(self.model, text, lambda source, read: edges(hidden, source, read), self._most(text))
        return self._spelled([step.id for step in steps])

    def _orders(self, text: str, seed: int) -> tuple[Order, ...]:
        """Return the letters of a text as they stand, backwards and shuffled."""
        letters = [token.text for token in self.model.tokens(text) if not token.special]
        mixed = np.random.default_rng(seed).permutation(len(letters))
        turns: Sequence[Sequence[str]] = (letters, letters[::-1], [letters[one] for one in mixed])
        return tuple(self._order("".join(turn)) for turn in turns)

    def _order(self, letters: str) -> Order:
        from core.ablation import write_without_places

        blind = write_without_places(self.model, letters, BLIND)
        probs = tuple(step.candidates[0].prob for step in blind)
        return Order(letters, self.writing(letters).text, self._spelled([step.id for step in blind]), probs)

    def _beams(self, text: str) -> str:
        """Return what a beam search makes of a text, which looks further than one letter."""
        return str(self.model.convert(text).text)

    def _most(self, text: str) -> int:
        return self.used(text) + LONGER

    def _spelled(self, ids: Sequence[int]) -> str:
        return str(self.model.tokenizer.decode(list(ids), skip_special_tokens=True))


@lru_cache(maxsize=4)
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


@lru_cache(maxsize=CACHED_RESULTS)
def beliefs(model: Any, text: str) -> Beliefs:
    """Return what every layer of an encoder or decoder would answer."""
    from core.inside import beliefs as read

    found = read(model, text, ANSWERS)
    layers = tuple(tuple((one.token, one.prob) for one in row) for row in found.layers)
    return Beliefs(text, layers, tuple(found.course(found.ids[-1][0]).astype(float).tolist()))
