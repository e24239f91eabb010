"""Dialogues → exchanges: what was said before, and the answer that the chat model learns to give.

runs/chat/train.jsonl      {"prompt": …, "answer": …} a line; the prompt is a whole transcript (core.chat)
runs/chat/manifest.json    the sources with their licences: what the model card quotes
core/training/chat/held_out.jsonl    exchanges of others that were kept back, for the evaluation
"""

import hashlib
import json
import lzma
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from core.chat import Message, transcript
from core.rlhf.prompts import test_prompts
from core.training.chat.exchanges import exchanges, wished
from core.training.corpus import UNWANTED

HELD_OUT = Path(__file__).with_name("held_out.jsonl")
HELD_OUT_EACH = 200  # exchanges of each source
LONGEST_ANSWER = 28  # characters
LONGEST_PROMPT = 110  # of a whole transcript
TURNS_BEFORE = (1, 1, 1, 2, 3)  # how many turns of a dialogue are read before the answer, drawn by chance
TURNS_WITHOUT = 2  # at the beginning and the end of a chat, where people greet each other and thank
OWN_EACH = 40  # exchanges from every answer template
SYSTEM_SHARE = 0.25  # of the exchanges of our own that begin with a system message
LATER_SHARE = 0.15  # of the exchanges of our own that follow on another one
SENTENCE_END = re.compile(r"[。!?]$")
UNFIT = re.compile(
    r"[A-Za-z]{2}|[0-9]{2}|コロナ|スタバ|ユーチューブ|アマゾン|[.。、,][.。、,]|[~〜…ーｗ]{2}|笑。?$"
)  # in an answer
LETTER_END = re.compile(r"[ぁ-ゖァ-ヺー々一-鿿]$")


@dataclass(frozen=True)
class Exchange:
    """A transcript that ends where the assistant's answer begins, and the answer."""

    prompt: str
    answer: str


@dataclass(frozen=True)
class Dialogues:
    """A file of dialogues: `amount` exchanges of it are taken at most."""

    name: str
    licence: str
    attribution: str
    amount: int


SOURCES = (
    Dialogues("dsbook_pairs", "MIT", "東中・稲葉・水上『Pythonでつくる対話システム』2020", 5_000),
    Dialogues(
        "real_persona_chat_dialogues",
        "CC BY-SA 4.0",
        "RealPersonaChat, Yamashita et al. 2023, Nagoya University",
        15_000,
    ),
)
OWN = Dialogues("own_exchanges", "CC BY-SA 4.0", "written by this project (core/training/chat/exchanges)", 0)


def told(text: str) -> str:
    """Return a turn as a whole sentence: typed chat often ends without 。"""
    text = " ".join(text.split())
    return f"{text}。" if LETTER_END.search(text) else text


def is_answer(text: str) -> bool:
    """Say whether the chat model may learn to say this."""
    whole = 2 <= len(text) <= LONGEST_ANSWER and bool(SENTENCE_END.search(text))
    return whole and not UNWANTED.search(text) and not UNFIT.search(text)


@cache
def _tagger() -> Any:
    from fugashi import Tagger  # only this step needs it: whoever trains has the exchanges

    return Tagger()


def tells_names(text: str) -> bool:
    """Say whether somebody or something is named in the text that is no place: people, brands, titles."""
    features = (word.feature for word in _tagger()(text))
    return any(one.pos2 == "固有名詞" and one.pos3 != "地名" for one in features)


def conversation(turns: Sequence[str]) -> str:
    """Return the transcript of turns of which the last is the user's."""
    back = enumerate(reversed(turns))
    return transcript([Message("assistant" if place % 2 else "user", turn) for place, turn in back][::-1])


def dialogues(file: Path) -> Iterator[list[str]]:
    """Yield the turns of each dialogue."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            turns = [turn["text"] for turn in found["turns"]] if "turns" in found else [found["input"], found["output"]]
            yield [told(turn) for turn in turns]


def from_dialogue(turns: Sequence[str], rng: random.Random) -> Iterator[Exchange]:
    """Yield an exchange for every turn of a dialogue that can be an answer."""
    edge = TURNS_WITHOUT if len(turns) > 2 else 0
    for place in range(edge + 1, len(turns) - edge):
        before = turns[max(0, place - rng.choice(TURNS_BEFORE)) : place]
        prompt = conversation(before)
        fits = is_answer(turns[place]) and len(prompt) <= LONGEST_PROMPT and not any(map(UNWANTED.search, before))
        if fits and not tells_names(turns[place]):
            yield Exchange(prompt, turns[place])


def own(rng: random.Random) -> list[Exchange]:
    """Return our own exchanges, some after a system message that the answer fulfils, some after another exchange."""
    pairs = list(exchanges(rng, OWN_EACH, test_prompts()))
    found = []
    for prompt, answer in pairs:
        messages = [Message("user", prompt)]
        if rng.random() < LATER_SHARE:
            asked, said = rng.choice(pairs)
            messages = [Message("user", asked), Message("assistant", said), *messages]
        wish = wished(answer, rng) if rng.random() < SYSTEM_SHARE else None
        if wish is not None:
            messages = [Message("system", wish), *messages]
        found.append(Exchange(transcript(messages), answer))
    return list(dict.fromkeys(found))


def split(found: Sequence[Exchange]) -> tuple[list[Exchange], list[Exchange]]:
    """Return (training, held-out): what is kept back is chosen by the hash of its answer, whatever the order."""
    ranked = sorted(found, key=lambda one: hashlib.sha256(f"{one.prompt}{one.answer}".encode()).digest())
    kept = ranked[:HELD_OUT_EACH]
    answers = {one.answer for one in kept}
    return [one for one in found if one.answer not in answers], kept


def read(file: Path) -> list[Exchange]:
    """Return the exchanges of a file."""
    return [Exchange(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, found: Iterable[Exchange]) -> None:
    lines = (json.dumps(asdict(one), ensure_ascii=False) for one in found)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(folder: Path, out: Path, seed: int = 0) -> int:
    """Write the exchanges of the folder's dialogues and of our own; return how many there are to learn from."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    train = own(rng)
    held_out: list[Exchange] = []
    tests = {transcript([Message("user", prompt)]) for prompt in test_prompts()}
    for source in tqdm(SOURCES, desc="dialogues", unit="source"):
        turns = dialogues(folder / "dialogue" / f"{source.name}.jsonl.xz")
        found = [one for chat in turns for one in from_dialogue(chat, rng) if one.prompt not in tests]
        rest, kept = split(list(dict.fromkeys(found)))
        train += rng.sample(rest, min(source.amount, len(rest)))
        held_out += kept
    rng.shuffle(train)
    write(out / "train.jsonl", train)
    write(HELD_OUT, held_out)
    sources = [{"name": one.name, "licence": one.licence, "attribution": one.attribution} for one in (*SOURCES, OWN)]
    (out / "manifest.json").write_text(json.dumps({"sources": sources}, ensure_ascii=False, indent=1) + "\n")
    return len(train)
