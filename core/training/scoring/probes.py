"""The sentences that the lessons stand on: does the model say what the lesson says?"""

from collections.abc import Sequence
from itertools import product

from core.causal import CausalLM
from core.masked import MaskedLM
from core.seq2seq import Seq2SeqLM
from core.training.scoring.common import Scores

SINGERS, CRIERS = ("鳥", "虫", "猫", "小鳥", "カラス"), ("赤ちゃん", "子供", "妹", "母")
PATTERNS = ("{}が[MASK]。", "{}が[MASK]", "庭で{}が[MASK]。", "{}は大きな声で[MASK]。", "{}が[MASK]のを聞いた。")
NEXT = {"雨が激しく": ("降る", "降っ", "降り"), "風が強く": ("吹く", "吹い", "吹き")}
WRITTEN = {
    "とりがなく": "鳥が鳴く",
    "鳥がナク": "鳥が鳴く",
    "あかちゃんがなく": "赤ちゃんが泣く",
    "あめがはげしくふる": "雨が激しく降る",
    "はしでごはんをたべる": "箸でご飯を食べる",
    "はしをわたる": "橋を渡る",
}


def cries(model: MaskedLM) -> Scores:
    """Who 鳴く and who 泣く, in each pattern."""
    wanted = [(name, "鳴く", "泣く") for name in SINGERS] + [(name, "泣く", "鳴く") for name in CRIERS]
    asked = [(pattern.format(name), right, wrong) for (name, right, wrong), pattern in product(wanted, PATTERNS)]
    return _counted(
        [(text, right, model.choose(text, [right, wrong]).candidates[0].token) for text, right, wrong in asked]
    )


def follows(model: CausalLM) -> Scores:
    """The first next word of the lesson's beginnings; any form of the verb is right."""
    found = [(text, forms, model.next(text, k=1).candidates[0].token) for text, forms in NEXT.items()]
    return _counted([(text, guess if guess in forms else forms[0], guess) for text, forms, guess in found])


def written(model: Seq2SeqLM) -> Scores:
    """The lesson's kana."""
    return _counted([(kana, right, model.convert(kana).text) for kana, right in WRITTEN.items()])


def _counted(answers: Sequence[tuple[str, str, str]]) -> Scores:
    wrong = [{"text": text, "expected": right, "guess": guess} for text, right, guess in answers if guess != right]
    return {"probes": len(answers), "right": len(answers) - len(wrong), "wrong": wrong}
