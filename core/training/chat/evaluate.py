"""How well the chat model answers, beside the decoder that it was made of.

Surprise: bits per character at answers that people gave and no training has seen. Manner: of answers drawn to the test
prompts, the share that comes to an end, that is one or two whole sentences, and that fulfils what a system message asks
for, beside the share that does so unasked.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

import torch

from core.causal import CausalLM
from core.chat import Message, transcript
from core.rlhf.comparisons import Answer
from core.rlhf.policy import Policy
from core.rlhf.prompts import test_prompts
from core.training.chat.corpus import HELD_OUT, Exchange, is_answer, read
from core.training.chat.exchanges import wishes
from core.training.scoring.common import Scores, share

ASKED = {  # what a small model cannot know, and the word that a right answer has
    "日本の首都はどこですか。": "東京",
    "三たす五はいくつですか。": "八",
    "犬の足は何本ですか。": "四",
    "空は何色ですか。": "青",
    "氷がとけると何になりますか。": "水",
    "朝の次は何ですか。": "昼",
}
DRAWN = 16  # answers to each prompt
BATCH = 64


def surprise(model: CausalLM, found: Sequence[Exchange]) -> Scores:
    """Return the bits per character of the answers and how many characters they are."""
    policy = Policy.start(model)
    bits = 0.0
    with torch.no_grad():
        for start in range(0, len(found), BATCH):
            answers = [Answer(one.prompt, (), one.answer) for one in found[start : start + BATCH]]
            read_ = policy.read(answers)
            bits -= float((read_.log * read_.mask).sum()) / math.log(2)
    characters = sum(len(one.answer) for one in found)
    return {"value": round(bits / characters, 4), "characters": characters}


def readable(model: CausalLM, found: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges that fit the context of a model, with the end token."""
    ids = model.tokenizer([one.prompt + one.answer for one in found])["input_ids"]
    return [one for one, row in zip(found, ids, strict=True) if len(row) + 2 <= model.limit]


def drawn(model: CausalLM, prompts: Sequence[str], seed: int = 0) -> tuple[Answer, ...]:
    """Return DRAWN answers to each transcript."""
    return Policy.start(model).sample([prompt for prompt in prompts for _ in range(DRAWN)], seed)


def manner(model: CausalLM) -> Scores:
    """Return how many answers to the test prompts end, are whole sentences, and differ from each other."""
    answers = drawn(model, [transcript([Message("user", prompt)]) for prompt in test_prompts()])
    end = model.tokenizer.eos_token_id
    return {
        "answers": len(answers),
        "ended": share(sum(one.ids[-1:] == (end,) for one in answers), len(answers)),
        "whole": share(sum(is_answer(one.text) for one in answers), len(answers)),
        "different": share(len({one.key for one in answers}), len(answers)),
    }


def obedience(model: CausalLM) -> Scores:
    """Return for each wish the share of answers that fulfil it, asked for it and not asked."""
    unasked = drawn(model, [transcript([Message("user", prompt)]) for prompt in test_prompts()])
    found = {}
    for wish in wishes():
        line = random.Random(0).choice(wish.lines)
        prompts = [transcript([Message("system", line), Message("user", prompt)]) for prompt in test_prompts()]
        asked = drawn(model, prompts)
        found[wish.name] = {
            "asked": share(sum(wish.fits(one.text) for one in asked), len(asked)),
            "unasked": share(sum(wish.fits(one.text) for one in unasked), len(unasked)),
        }
    return found


def failures(model: CausalLM) -> list[dict[str, str]]:
    """Return the questions of ASKED whose answer lacks the right word."""
    prompts = [transcript([Message("user", prompt)]) for prompt in ASKED]
    answers = Policy.start(model).sample(prompts, seed=0)
    asked = zip(ASKED.items(), answers, strict=True)
    return [
        {"text": prompt, "expected": expected, "guess": answer.text}
        for (prompt, expected), answer in asked
        if expected not in answer.text
    ]


def evaluate(model: CausalLM, base: CausalLM) -> dict[str, Any]:
    """Return all scores."""
    exchanges = readable(base, read(HELD_OUT))
    return {
        "answers": {
            **surprise(model, exchanges),
            "exchanges": len(exchanges),
            "baseline": surprise(base, exchanges)["value"],
        },
        "manner": {**manner(model), "baseline": manner(base)},
        "obedience": obedience(model),
        "failures": failures(model),
    }
