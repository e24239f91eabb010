"""Text files → one filtered, weighted training text and a held-out text for each source.

Reads `FOLDER/text/NAME.txt.xz`, one sentence or paragraph a line. Long paragraphs are split at 。 into runs of
sentences that fit the context. What is written:

    runs/corpus/train.txt            one sequence a line, in the order it is trained in, sources mixed by weight
    runs/corpus/heldout/NAME.txt     never trained on
    runs/corpus/manifest.json        counts, weights, licences: what the model card quotes
"""

import argparse
import hashlib
import json
import lzma
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from core.training.sentences import own_sentences

MAX_CHARACTERS = 90  # of one training sequence: about 50 tokens, inside the context of 64
HELD_OUT_LINES = 400  # per source, at most one in twenty
LESSON_SENTENCES = ("鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る")
LESSON_KEYS = {sentence + end for sentence in LESSON_SENTENCES for end in ("", "。")}


@dataclass(frozen=True)
class TextSource:
    """One file of the corpus. `weight` is how often each of its lines is seen in one pass."""

    name: str
    weight: float
    licence: str
    attribution: str


SOURCES = (
    TextSource(
        "tatoeba_ja", 3, "CC BY 2.0 FR", "Example sentences © Tatoeba contributors, https://tatoeba.org (normalised)"
    ),
    TextSource("common_voice_ja", 2, "CC0 1.0", "Mozilla Common Voice"),
    TextSource("jec_basic", 2, "CC BY 3.0", "日英中基本文データ (JEC Basic Sentence Data), Kyoto University / NICT"),
    TextSource(
        "asdc",
        0.1,
        "CC BY 4.0",
        "Accommodation Search Dialog Corpus (宿泊施設探索対話コーパス), Megagon Labs / Recruit; Hayashibe 2022",
    ),
    TextSource("quasi_japanese_reviews", 1, "CC BY 4.0", "Quasi Japanese Reviews, Megagon Labs"),
    TextSource("jcommonsense_morality", 0.5, "MIT", "JCommonsenseMorality, Takeshita, Rzepka, Araki 2023"),
    TextSource("youcook2_jp", 1, "MIT", "YouCook2-JP, H. Nakayama, The University of Tokyo"),
    TextSource("copa_ja", 2, "BSD-2-Clause", "COPA Japanese, nlp-titech"),
    TextSource("dsbook_dialogue", 1, "MIT", "東中・稲葉・水上『Pythonでつくる対話システム』2020"),
    TextSource("aozora_simple", 1, "Public domain (Japan)", "青空文庫 (https://www.aozora.gr.jp/) and its volunteers"),
    TextSource(
        "jglue_captions",
        3,
        "CC BY-SA 4.0",
        "JGLUE (JSTS/JNLI), Yahoo Japan / Kawahara Lab, Waseda; from YJ Captions (CC BY 4.0)",
    ),
    TextSource("jcommonsenseqa_questions", 1, "CC BY-SA 4.0", "JGLUE (JCommonsenseQA)"),
    TextSource("real_persona_chat", 0.4, "CC BY-SA 4.0", "RealPersonaChat, Yamashita et al. 2023, Nagoya University"),
    TextSource(
        "wikipedia_annotated_corpus",
        0.5,
        "CC BY-SA 4.0",
        "Wikipedia Annotated Corpus, Kyoto University; Japanese Wikipedia contributors",
    ),
    TextSource("jcola_acceptable", 2, "CC BY-SA 4.0", "JCoLA, Someya, Sugimoto, Oseki 2024"),
    TextSource("kotowaza", 1, "MIT", "kotowaza, sepTN"),
    TextSource("ita_corpus", 1, "Unlicense", "ITA corpus"),
)
OWN = TextSource("own_sentences", 4, "CC BY-SA 4.0", "written by this project (core/training/sentences.py)")

# Not for a classroom, or noise: violence, sex, slurs, masked personal data, chat handles, markup, Latin prose.
UNWANTED = re.compile(
    r"殺|死体|死刑|自殺|強姦|レイプ|セックス|性交|売春|麻薬|拷問|虐殺|血まみれ|めくら|びっこ|つんぼ|おし黙|支那|土人|乞食|気ちがい|気違い|白痴"
    r"|娼|淫|裸の女|おっぱい|ナチ|ヒトラー|[<>＜＞〈〉@＠*＊#|_=\\]|https?:|[A-Za-z]{12}"
)
OVERREPRESENTED = {"トム": 0.25, "メアリー": 0.4}  # the share of the lines naming them that is kept


def sequences(paragraph: str) -> Iterator[str]:
    """Yield the paragraph in runs of whole sentences of at most MAX_CHARACTERS; longer sentences are dropped."""
    run = ""
    for sentence in re.findall(r".*?(?:[。!?]+[」』)]*|$)", paragraph):
        if run and len(run) + len(sentence) > MAX_CHARACTERS:
            yield run
            run = ""
        run = run + sentence if len(sentence) <= MAX_CHARACTERS else ""
    if run:
        yield run


def wanted(text: str, rng: random.Random) -> bool:
    """Whether a sequence belongs in the training text (the lesson's own sentences never do)."""
    if len(text) < 3 or text in LESSON_KEYS or UNWANTED.search(text):
        return False
    return all(name not in text or rng.random() < share for name, share in OVERREPRESENTED.items())


def read(folder: Path, source: TextSource, rng: random.Random) -> list[str]:
    """Return the distinct wanted sequences of one source, in file order."""
    with lzma.open(folder / "text" / f"{source.name}.txt.xz", "rt", encoding="utf-8") as file:
        lines = (line.strip() for line in file)
        kept = {text: None for line in lines if line for text in sequences(line) if wanted(text, rng)}
    return list(kept)


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return (training, held-out); chosen by the hash of each line, so it never changes with the order."""
    limit = min(HELD_OUT_LINES, len(lines) // 20)
    ranked = sorted(lines, key=lambda line: hashlib.sha256(line.encode()).digest())
    held_out = set(ranked[:limit])
    return [line for line in lines if line not in held_out], ranked[:limit]


def weighted(lines: list[str], weight: float, rng: random.Random) -> list[str]:
    """Return each line int(weight) times, and a random share of them once more for the fraction."""
    repeats, fraction = divmod(weight, 1)
    return lines * int(repeats) + rng.sample(lines, round(len(lines) * fraction))


def build(folder: Path, out: Path, seed: int = 0) -> dict[str, object]:
    """Write the training text of `folder` to `out` and return the manifest (counts are of sequences and characters)."""
    (out / "heldout").mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    train: list[str] = []
    held_out: dict[str, list[str]] = {}
    manifest: list[dict[str, object]] = []
    for source in tqdm((*SOURCES, OWN), desc="corpus", unit="source"):
        lines = (
            [text for text in own_sentences(seed) if wanted(text, rng)] if source is OWN else read(folder, source, rng)
        )
        kept, held_out[source.name] = split(lines)
        train += weighted(kept, source.weight, rng)
        manifest.append(
            {
                "name": source.name,
                "licence": source.licence,
                "attribution": source.attribution,
                "weight": source.weight,
                "sequences": len(kept),
                "characters": sum(map(len, kept)),
            }
        )
    trained = set(train)
    for entry, (name, lines) in zip(manifest, held_out.items(), strict=True):
        unseen = [line for line in lines if line not in trained]  # another source may have the same sentence
        (out / "heldout" / f"{name}.txt").write_text("\n".join(unseen) + "\n", encoding="utf-8")
        entry["held_out"] = len(unseen)
    rng.shuffle(train)
    (out / "train.txt").write_text("\n".join(train) + "\n", encoding="utf-8")
    result: dict[str, object] = {
        "seed": seed,
        "sequences": len(train),
        "characters": sum(map(len, train)),
        "sources": manifest,
    }
    (out / "manifest.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Filter, weigh and split the training text.")
    parser.add_argument("folder", type=Path, help="folder with text/NAME.txt.xz")
    parser.add_argument("--out", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    manifest = build(arguments.folder, arguments.out, arguments.seed)
    print(f"{manifest['sequences']:,} sequences, {manifest['characters']:,} characters in {arguments.out}/train.txt")


if __name__ == "__main__":
    main()
