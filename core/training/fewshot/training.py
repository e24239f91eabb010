"""Text → the models of the few-shot family.

Every model of a seed reads the same letters in the same order, but for the order of the examples (`episodes.text`); a
token is a letter. While they learn, each is asked now and then (`Fewshot.look`): how often it is right after 0, 1 and 8
examples, and how far each head looks back to what followed last time.
"""

import json
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from core.prompting import family, induction
from core.prompting.prompt import FORMATS, prompt
from core.prompting.rules import KANA, SYMBOLS, games
from core.training import batches, episodes
from core.training.architecture import Shape, decoder, start
from core.training.readings import Reader, readable
from core.training.tokenizer import SPECIAL, save
from core.training.train import Recipe, Training

LETTERS = [
    *map(chr, range(ord("ぁ"), ord("ゔ") + 1)),
    *map(chr, range(ord("ァ"), ord("ヶ") + 1)),
    *"ー0123456789abcdefghijklmnopqrstuvwxyz▁→。、「」:\n",
    *SYMBOLS,
]
CONTEXT = 256
VOCABULARY = len(SPECIAL) + len(LETTERS)
SHAPES = {
    "xs": Shape(width=32, mlp=64, layers=2, heads=2, vocabulary=VOCABULARY, context=CONTEXT),
    "s": Shape(width=64, mlp=128, layers=3, heads=4, vocabulary=VOCABULARY, context=CONTEXT),
    "m": Shape(width=112, mlp=288, layers=4, heads=4, vocabulary=VOCABULARY, context=CONTEXT),
    "l": Shape(width=192, mlp=512, layers=6, heads=4, vocabulary=VOCABULARY, context=CONTEXT),
}
TOKENS = 8_000_000
LETTERS_A_ROW = 150  # fewer than rows have on average: there is text for every step
SENTENCES = 60_000
LOOKS = 32  # how often a model is asked while it learns
ASKED = 100  # episodes of each task then
SHOTS = (0, 1, 8)
LOOKED_AT = ("kana-rules", "kana-endings", "kana-labels")


@dataclass(frozen=True)
class Member:
    """One model of the family."""

    size: str
    text: str
    seed: int

    @property
    def name(self) -> str:
        return family.name(self.size, self.text, self.seed)

    @property
    def recipe(self) -> Recipe:
        return Recipe(self.name, tokens=TOKENS, seed=self.seed)


def members() -> list[Member]:
    """Return the whole family in the order of its training: one of each size and text, then the next seed."""
    return [Member(size, text, seed) for seed in family.SEEDS for size in reversed(SHAPES) for text in family.TEXTS]


def tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Return the tokenizer of letters, written to `folder` if it is not there."""
    if not (folder / "tokenizer.json").exists():
        vocabulary = [(token, 0.0) for token in SPECIAL] + [(letter, -math.log(VOCABULARY)) for letter in LETTERS]
        letters = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("[UNK]"), byte_fallback=False))
        letters.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" ", "▁")])
        letters.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse()])
        save(letters, folder, "causal", CONTEXT)
    return cast(PreTrainedTokenizerFast, AutoTokenizer.from_pretrained(folder))


def sentences(corpus: Path, out: Path) -> list[str]:
    """Return sentences of the corpus in kana; kept in `out`."""
    file = out / "kana.txt"
    if not file.exists():
        lines = (corpus / "train.txt").read_text(encoding="utf-8").splitlines()
        reader, known = Reader(), set(LETTERS)
        read = readable(random.Random(0).sample(lines, min(len(lines), 2 * SENTENCES)), reader)
        kana = ("".join(word.kana for word in words) for words in read)
        kept = [line for line in kana if set(line) <= known][:SENTENCES]
        out.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").splitlines()


class Fewshot(Training):
    """The training of one member."""

    def __init__(self, member: Member, out: Path, *, compiled: bool = False) -> None:
        out.joinpath(member.name).mkdir(parents=True, exist_ok=True)
        self.tokenizer = tokenizer(out / "tokenizer")
        rows = TOKENS // LETTERS_A_ROW
        told = (out / "kana.txt").read_text(encoding="utf-8").splitlines()
        lines = episodes.text(told, rows, member.seed, sequences=member.text == "sequences")
        text = batches.encode(lines, self.tokenizer, causal=True, context=CONTEXT)
        torch.manual_seed(member.seed)
        model = start(decoder(SHAPES[member.size]))
        super().__init__(member.recipe, "causal", model, text, out / member.name, compiled=compiled)

    def due(self) -> bool:
        """Say whether the model is asked after this step: all along with the first seed, with the others at the end."""
        often = self.recipe.seed == family.SEEDS[0] and self.step % max(1, self.recipe.steps // LOOKS) == 0
        return often or self.step == self.recipe.steps

    def look(self) -> None:
        """Write down how often the model is right now, and the heads' scores (layer, head)."""
        self.model.eval()
        with torch.compiler.set_stance("force_eager"), torch.inference_mode():
            found: dict[str, Any] = {"step": self.step}
            for name in LOOKED_AT:
                found[name] = [self.right(name, shots) for shots in SHOTS]
            found["heads"] = self.heads()
        self.model.train()
        with (self.out / "looks.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")

    def right(self, name: str, shots: int) -> float:
        """Return the share of ASKED episodes of a task in which every letter of the answer is the likeliest one."""
        asked = [
            prompt(games()[name].at(1, episode), shots, FORMATS["arrow"], seed=1, episode=episode)
            for episode in range(ASKED)
        ]
        texts = [self.tokenizer(one.text)["input_ids"] for one in asked]
        answers = [
            self.tokenizer(one.answer + one.format.after, add_special_tokens=False)["input_ids"] for one in asked
        ]
        rows = torch.zeros(ASKED, max(len(a) + len(b) for a, b in zip(texts, answers, strict=True)), dtype=torch.long)
        for row, read, answer in zip(rows, texts, answers, strict=True):
            row[: len(read) + len(answer)] = torch.tensor([*read, *answer])
        best = self.model(input_ids=rows).logits.argmax(-1)
        right: list[bool] = [
            best[i, len(read) - 1 : len(read) + len(answer) - 1].tolist() == answer
            for i, (read, answer) in enumerate(zip(texts, answers, strict=True))
        ]
        return sum(right) / ASKED

    def heads(self) -> list[list[float]]:
        """Return how far each head (layer, head) looks back to what followed last time (core.prompting.induction)."""
        rows = induction.repeated(torch.tensor(self.tokenizer.convert_tokens_to_ids(KANA)), batches.BOS)
        maps = torch.stack(self.model(input_ids=rows, output_attentions=True).attentions)
        return [[round(score, 4) for score in layer] for layer in induction.matching(maps).tolist()]


def train(member: Member, out: Path, *, compiled: bool) -> str:
    """Train one member to its end, on one thread; return its name."""
    torch.set_num_threads(1)
    Fewshot(member, out, compiled=compiled).finish()
    return member.name


def train_all(chosen: Iterable[Member], corpus: Path, out: Path, jobs: int, *, compiled: bool) -> None:
    """Train members, `jobs` of them side by side; what was trained before goes on or is left as it is."""
    tokenizer(out / "tokenizer")
    sentences(corpus, out)
    with get_context("spawn").Pool(
        jobs, maxtasksperchild=1
    ) as pool:  # a new process each: what is compiled goes with it
        for name in pool.imap_unordered(partial(train, out=out, compiled=compiled), chosen, chunksize=1):
            print(name, "is trained")
