"""Training text → a unigram tokenizer whose pieces are words.

The vocabulary is counted, not learned: MeCab (fugashi, unidic-lite) cuts the training text into words; the most
frequent words and the most frequent characters become pieces, each scored by its log probability; the tokenizer
chooses the likeliest way to cover a text with them (Kudo 2018, the unigram model without its EM step). So
  - tokens are words where the text is ordinary and characters where it is not, and nobody needs MeCab at run time;
  - the words that the lessons contrast are pieces whatever their frequency (LESSON_WORDS);
  - a character outside the vocabulary is spelt in bytes, so any Unicode text has tokens;
  - it is saved as an ordinary `tokenizer.json`, so tokens keep their character spans.

The kana→kanji model reads and writes letters: its tokenizer has the most frequent characters and the bytes alone.
"""

import argparse
import math
import random
from collections import Counter
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, processors
from tqdm import tqdm
from transformers import PreTrainedTokenizerFast

VOCABULARY = 7424
LETTERS = 3072  # of the tokenizer of letters
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[BOS]", "[EOS]")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
CHARACTERS = 2400  # at most this many single characters
RARE = 12  # occurrences below which a character is left to its bytes
LONGEST_WORD = 8
TRAINING_LINES = 400_000
CONTEXT = 64
LESSON_WORDS = (
    "鳥 小鳥 虫 猫 犬 赤ちゃん 子供 が は を に で と の 鳴く 泣く 鳴い 泣い 鳴き 泣き 鳴る 吠える 吠え 雨 雪 風 激しく 降る 降っ 降り 吹く 飴 "
    "橋 箸 端 紙 髪 神 切る 着る 切っ 着 暑い 熱い 厚い 帰る 変える 聞く 効く 治る 直る 早い 速い 早く 速く 書く 描く 開ける 空ける 会う 合う "
    "取る 撮る 花 鼻 歯 葉 火 日 引く 弾く 掃く 渡る 温かい 暖かい"
).split()


KINDS = {"encoder": "masked", "decoder": "causal", "seq2seq": "seq2seq"}  # folder: who reads with it
PATTERNS = {  # what stands around a text, and which tokens have a role
    "masked": ("[CLS] $A [SEP]", {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}),
    "causal": ("[BOS] $A", {"bos_token": "[BOS]", "eos_token": "[EOS]"}),
    "seq2seq": ("$A [EOS]", {"bos_token": "[BOS]", "eos_token": "[EOS]"}),
}


def split_words(lines: list[str]) -> Counter[str]:
    """Return how often each surface word occurs, as MeCab with unidic-lite cuts the lines."""
    from fugashi import Tagger  # only this step needs it: the app trains with the vocabulary that is there

    tagger = Tagger("-Owakati")
    counts: Counter[str] = Counter()
    for line in tqdm(lines, desc="words", unit="line", mininterval=1):
        counts.update(tagger.parse(line).split())
    return counts


def count_pieces(words: Counter[str]) -> list[tuple[str, float]]:
    """Return (piece, log probability) for the characters, the lesson words and the most frequent words."""
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    pieces = [character for character, count in characters.most_common(CHARACTERS) if count >= RARE]
    room = VOCABULARY - len(SPECIAL) - len(BYTES)
    pieces = list(dict.fromkeys([" ", *pieces, *LESSON_WORDS]))
    frequent = (word for word, _ in words.most_common() if 1 < len(word) <= LONGEST_WORD)
    chosen = dict.fromkeys(pieces)
    for word in frequent:
        if len(chosen) == room:
            break
        chosen.setdefault(word)
    used = Counter(dict.fromkeys(chosen, 1))
    for word, count in words.items():
        for piece in [word] if word in chosen else word:
            used[piece] += count
    total = used.total()
    return [(piece.replace(" ", "▁"), math.log(used[piece] / total)) for piece in chosen]


def assemble(pieces: list[tuple[str, float]]) -> Tokenizer:
    """Return the tokenizer: NFKC, spaces as ▁, unigram pieces, bytes for the rest."""
    lowest = min(score for _, score in pieces)
    vocabulary = [(token, 0.0) for token in SPECIAL] + [(byte, lowest - 10) for byte in BYTES] + pieces
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("[UNK]"), byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def count_letters(words: Counter[str]) -> list[tuple[str, float]]:
    """Return (character, log probability) for the most frequent characters."""
    letters: Counter[str] = Counter()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count
    frequent = letters.most_common(LETTERS - len(SPECIAL) - len(BYTES) - 1)
    total = sum(count for _, count in frequent)
    return [("▁", math.log(1 / total)), *((letter, math.log(count / total)) for letter, count in frequent)]


def save(tokenizer: Tokenizer, folder: Path, kind: str, context: int = CONTEXT) -> None:
    """Write the Hugging Face folder of the tokenizer for a model of this kind, a key of PATTERNS."""
    pattern, names = PATTERNS[kind]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=pattern, special_tokens=[(token, SPECIAL.index(token)) for token in SPECIAL]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=context, **names
    ).save_pretrained(folder)


def build(corpus: Path, out: Path, seed: int = 0) -> Tokenizer:
    """Train the tokenizers on `corpus/train.txt`; write `out/encoder`, `out/decoder` and `out/seq2seq`.

    Returns the one of words.
    """
    out.mkdir(parents=True, exist_ok=True)
    lines = (corpus / "train.txt").read_text(encoding="utf-8").splitlines()
    words = split_words(random.Random(seed).sample(lines, min(TRAINING_LINES, len(lines))))
    tokenizer, letters = assemble(count_pieces(words)), assemble(count_letters(words))
    for folder, kind in KINDS.items():
        save(letters if kind == "seq2seq" else tokenizer, out / folder, kind)
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the tokenizer.")
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--out", type=Path, default=Path("runs/tokenizer"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tokenizer = build(arguments.corpus, arguments.out, arguments.seed)
    for text in ("鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る", "鳥がナク"):
        print(text, "→", "|".join(tokenizer.encode(text, add_special_tokens=False).tokens))


if __name__ == "__main__":
    main()
