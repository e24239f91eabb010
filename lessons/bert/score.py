"""The score of the guessing game: who found the hidden word, the reader or the model. Kept for the session."""

from dataclasses import dataclass

import streamlit as st

from lessons.bert.lab import Guess
from lessons.self_attention.lab import MASK

ROUNDS = "bert:game"


@dataclass(frozen=True)
class Round:
    """One question that was answered. `guess` is "" where the reader passed; `best`: the model's first word."""

    guess: str
    word: str
    best: str

    @property
    def reader(self) -> bool:
        return self.guess == self.word

    @property
    def model(self) -> bool:
        return self.best == self.word


def rounds() -> dict[str, Round]:
    """Return the rounds of this session by their question."""
    found: dict[str, Round] = st.session_state.setdefault(ROUNDS, {})
    return found


def question(model: str, hole: str, word: str) -> str:
    """Return what tells one question from the others: who answers is part of it."""
    return f"{model} {hole.replace(MASK, f'[{word}]')}"


def total() -> tuple[int, int, int]:
    """Return the points of the reader, those of the model, and how many rounds were played."""
    played = rounds().values()
    return sum(one.reader for one in played), sum(one.model for one in played), len(played)


def standing(guess: Guess, word: str) -> int | None:
    """Return the rank of a reader's word among those it was compared with, None if it was not found."""
    if guess.method == "mask":
        return guess.rank
    return next((rank for rank, (one, _) in enumerate(guess.shares, 1) if one == word), None)
