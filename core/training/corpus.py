"""Text files → one filtered, weighted training text and a held-out text for each source.

Reads `FOLDER/text/NAME.txt.xz`, one sentence or paragraph a line. Long paragraphs are split at 。 into runs of
sentences that fit the context. What is written:

    runs/corpus/train.txt            one sequence a line, in the order it is trained in, sources mixed by weight
    runs/corpus/contrasts.txt        more sentences of our own, for the models that tell homophones apart
    runs/corpus/held_out/NAME.txt    never trained on; nor is any sentence of minimal_pairs.toml
    runs/corpus/manifest.json        counts, weights, licences: what the model card quotes
"""

import argparse
import hashlib
import json
import lzma
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from core.training.minimal_pairs import read_pairs
from core.training.sentences import contrast_sentences, own_sentences

MAX_CHARACTERS = 90  # of one training sequence: about 50 tokens, inside the context of 64
HELD_OUT_LINES = 200  # per source, at most one in twenty
LESSON_SENTENCES = ("鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る")
LESSON_KEYS = {sentence + end for sentence in LESSON_SENTENCES for end in ("", "。")}


@dataclass(frozen=True)
class TextSource:
    """One file of the corpus. `weight` is how often each of its lines is seen in one pass.

    Of a source with `only`, what matches it is taken, in sequences of at most `longest` characters.
    """

    name: str
    weight: float
    licence: str
    attribution: str
    only: re.Pattern[str] | None = None
    longest: int = MAX_CHARACTERS


CONTRASTS = re.compile(  # the homophones of the lessons, which literature has in contexts of every kind
    r"鳴|泣|吠|橋|箸|飴|髪|神様|切っ|切り|着て|着た|暑|熱|厚|変え|効|治|直っ|直し|直る|速|描|弾|掃|履|登|昇|診|撮|鼻|歯"
    r"|温か|暖か|吹|降|晴|曇|咳|雲|蜘蛛|虫|猫|犬|赤ん坊"
)
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
        "aozora_modern",
        1,
        "Public domain (Japan)",
        "青空文庫 (https://www.aozora.gr.jp/) and its volunteers",
        only=CONTRASTS,
        longest=45,
    ),
    TextSource(
        "jglue_captions",
        3,
        "CC BY-SA 4.0",
        "JGLUE (JSTS/JNLI), Yahoo Japan / Kawahara Lab, Waseda; from YJ Captions (CC BY 4.0)",
    ),
    TextSource("jcommonsenseqa_questions", 1, "CC BY-SA 4.0", "JGLUE (JCommonsenseQA)"),
    TextSource("real_persona_chat", 0.5, "CC BY-SA 4.0", "RealPersonaChat, Yamashita et al. 2023, Nagoya University"),
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
# Short, modern or spoken, about daily life: what a learner types is most like these.
EVERYDAY = ("tatoeba_ja", "jglue_captions", "dsbook_dialogue", "real_persona_chat", "aozora_simple")
OWN = TextSource("own_sentences", 4, "CC BY-SA 4.0", "written by this project (core/training/sentences.py)")
CONTRASTS_OF_OURS = TextSource(
    "own_contrasts", 3, "CC BY-SA 4.0", "written by this project (core/training/contrasts.py)"
)

# Not for a classroom, or noise: violence, sex, slurs, masked personal data, chat handles, markup, Latin prose.
UNWANTED = re.compile(
    r"殺|死体|死刑|自殺|強姦|レイプ|セックス|性交|売春|麻薬|拷問|虐殺|血まみれ|めくら|びっこ|つんぼ|おし黙|支那|土人|乞食|気ちがい|気違い|白痴"
    r"|娼|淫|裸の女|おっぱい|ナチ|ヒトラー|[<>＜＞〈〉@＠*＊#|_=\\]|https?:|[A-Za-z]{12}"
)
OVERREPRESENTED = {"トム": 0.25, "メアリー": 0.4}  # the share of the lines naming them that is kept


def sequences(paragraph: str, longest: int = MAX_CHARACTERS) -> Iterator[str]:
    """Yield the paragraph in runs of whole sentences of at most `longest` characters; longer sentences are dropped."""
    run = ""
    for sentence in re.findall(r".*?(?:[。!?]+[」』)]*|$)", paragraph):
        if run and len(run) + len(sentence) > longest:
            yield run
            run = ""
        run = run + sentence if len(sentence) <= longest else ""
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
        found = (text for line in lines for text in sequences(line, source.longest))
        matching = (text for text in found if source.only is None or source.only.search(text))
        return list(dict.fromkeys(text for text in matching if wanted(text, rng)))


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


def without(lines: list[str], sentences: Iterable[str]) -> list[str]:
    """Return the lines that hold none of the sentences."""
    text = "\n".join(lines)
    found = [sentence for sentence in sentences if sentence in text]
    return [line for line in lines if not any(sentence in line for sentence in found)]


def contrasts(seed: int, tested: Iterable[str]) -> list[str]:
    """Return the contrasts of our own that neither hold a tested sentence nor are part of one."""
    parts, rng = "\n".join(tested), random.Random(seed)
    kept = without(contrast_sentences(seed), parts.split("\n"))
    return [line for line in kept if line.removesuffix("。") not in parts and wanted(line, rng)]


def _entry(source: TextSource, lines: Sequence[str]) -> dict[str, object]:
    return {
        "name": source.name,
        "licence": source.licence,
        "attribution": source.attribution,
        "weight": source.weight,
        "sequences": len(lines),
        "characters": sum(map(len, lines)),
    }


def build(folder: Path, out: Path, seed: int = 0) -> dict[str, object]:
    """Write the training text of `folder` to `out` and return the manifest (counts are of sequences and characters)."""
    (out / "held_out").mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    tested = [sentence for pair in read_pairs() for sentence in pair.sentences]
    train: list[str] = []
    held_out: dict[str, list[str]] = {}
    manifest: list[dict[str, object]] = []
    for source in tqdm((*SOURCES, OWN), desc="corpus", unit="source"):
        lines = (
            [text for text in own_sentences(seed) if wanted(text, rng)] if source is OWN else read(folder, source, rng)
        )
        kept, held_out[source.name] = split(lines)
        kept = without(kept, tested)
        train += weighted(kept, source.weight, rng)
        manifest.append(_entry(source, kept))
    trained = set(train)
    for entry, (name, lines) in zip(manifest, held_out.items(), strict=True):
        unseen = [line for line in lines if line not in trained]  # another source may have the same sentence
        (out / "held_out" / f"{name}.txt").write_text("\n".join(unseen) + "\n", encoding="utf-8")
        entry["held_out"] = len(unseen)
    tests = {line for lines in held_out.values() for line in lines}
    more = [line for line in contrasts(seed, tested) if line not in tests]
    manifest.append(_entry(CONTRASTS_OF_OURS, more))
    more = weighted(more, CONTRASTS_OF_OURS.weight, random.Random(seed))
    (out / "contrasts.txt").write_text("\n".join(more) + "\n", encoding="utf-8")
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
