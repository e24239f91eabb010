"""The training sentences of our own: right words in right places, and never a sentence of a lesson."""

import re

import pytest

from core.training.sentences import SHARES, conjugate, contrast_sentences, fill, group_sentences, own_sentences
from core.training.words import ANIMALS, DOGS, PEOPLE

SENTENCES = own_sentences(0)
TEXT = "\n".join(SENTENCES)
CONTRASTS = [
    "鳴く",
    "鳴い",
    "鳴き",
    "泣く",
    "泣い",
    "泣き",
    "吠え",
    "橋",
    "箸",
    "端",
    "雨",
    "飴",
    "紙",
    "髪",
    "神",
    "切る",
    "着る",
    "暑い",
    "熱い",
    "厚い",
    "帰る",
    "変える",
    "買える",
    "聞く",
    "効く",
    "治る",
    "直る",
    "早い",
    "速い",
    "書く",
    "描く",
    "欠く",
    "開ける",
    "空ける",
    "明ける",
    "会う",
    "合う",
    "取る",
    "撮る",
    "見る",
    "診る",
    "花",
    "鼻",
    "歯",
    "葉",
    "火",
    "日",
    "夏",
    "鳴る",
    "成る",
    "引く",
    "弾く",
    "履く",
    "吐く",
    "掃く",
    "登る",
    "昇る",
    "温かい",
    "暖かい",
    "早く",
    "速く",
    "降る",
    "降っ",
    "吹く",
    "晴れ",
    "曇",
    "沈む",
    "光る",
    "咲く",
    "ひょう",
    "みぞれ",
    "霧雨",
]


def alternatives(criers: tuple[object, ...]) -> str:
    names = {name for crier in criers for name in crier.names}  # type: ignore[attr-defined]
    return "|".join(sorted(names, key=len, reverse=True))


def test_is_the_same_for_a_seed_and_differs_between_seeds() -> None:
    assert own_sentences(0) == SENTENCES
    assert own_sentences(1) != SENTENCES


def test_sentences_are_many_distinct_and_filled_in() -> None:
    assert len(SENTENCES) >= 15_000
    assert len({sentence.removesuffix("。") for sentence in SENTENCES}) == len(SENTENCES)
    assert not re.search(r"[{}<>|:a-zA-Z]|、、|。。|^、|(?m:^、)|はは、", TEXT)


def test_about_one_in_seven_has_no_full_stop() -> None:
    bare = sum(not sentence.endswith("。") for sentence in SENTENCES)
    assert 0.12 < bare / len(SENTENCES) < 0.18


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lesson_sentences_are_kept_out(seed: int) -> None:
    lessons = {"鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る"}
    assert not lessons & {sentence.removesuffix("。") for sentence in own_sentences(seed)}


def test_animals_never_weep_and_people_never_chirp() -> None:
    animals, people = alternatives((*ANIMALS, DOGS)), alternatives(PEOPLE)
    assert not re.findall(rf"(?:{animals})[がはも][^、。がはもをの\n]*泣", TEXT)
    assert not re.findall(rf"(?:{people})[がはも][^、。がはもをの\n]*鳴[いかきくけ]", TEXT)
    assert not re.findall(rf"泣(?:く|いている|いていた)(?:{animals})", TEXT)
    assert not re.findall(rf"鳴(?:く|いている|いていた)(?:{people})", TEXT)


@pytest.mark.parametrize("word", CONTRASTS)
def test_every_contrast_word_is_frequent(word: str) -> None:
    assert sum(word in sentence for sentence in SENTENCES) >= 20


def test_the_first_group_is_the_largest() -> None:
    sizes = {group: len(group_sentences(group, share, 0)) for group, share in SHARES.items()}
    assert max(sizes, key=lambda group: sizes[group]) == "cries"


@pytest.mark.parametrize(
    ("verb", "form", "expected"),
    [
        ("鳴く", "ている", "鳴いている"),
        ("泣く", "出した", "泣き出した"),
        ("吠える", "たので", "吠えたので"),
        ("降る", "た", "降った"),
        ("着る", "ました", "着ました"),
        ("切る", "て", "切って"),
        ("泳ぐ", "た", "泳いだ"),
        ("飲む", "ている", "飲んでいる"),
        ("会う", "ない", "会わない"),
        ("行く", "た", "行った"),
        ("散歩する", "た", "散歩した"),
    ],
)
def test_conjugation(verb: str, form: str, expected: str) -> None:
    assert conjugate(verb, form) == expected


def test_fill_refuses_an_unknown_list() -> None:
    import random

    with pytest.raises(KeyError):
        fill("{nobody}が歩く", random.Random(0))


def test_the_contrasts_are_many_distinct_and_never_a_sentence_of_a_lesson() -> None:
    found = contrast_sentences(0)
    assert len(found) == len(set(found)) >= 25_000
    assert found == contrast_sentences(0)
    assert not {"鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る"} & {sentence.removesuffix("。") for sentence in found}
    assert not [sentence for sentence in found if re.search(r"[{}<>|]", sentence)]
    assert all(sum(word in sentence for sentence in found) > 50 for word in ("鳴", "泣", "橋", "箸", "飴", "髪", "速"))
