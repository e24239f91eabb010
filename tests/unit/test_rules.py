"""The family's tasks: the rules do what they say, and what is measured was kept out of the training text."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NoSuchTask
from core.prompting import rules
from core.prompting.rules import COMPOSED_RULES, GROUPS, LETTER_RULES, games, held_out, kept_words, knowledge
from core.prompting.tasks import Pair, Task, tasks
from core.training import episodes

SENTENCES = ["あめがふる。", "とりがなく。", "きょうはいいてんきだ。"] * 200


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("copy", "とけい"),
        ("katakana", "トケイ"),
        ("reverse", "いけと"),
        ("first", "と"),
        ("last", "い"),
        ("without-first", "けい"),
        ("without-last", "とけ"),
        ("twice", "とけいとけい"),
        ("last-twice", "とけいい"),
        ("length", "3"),
        ("katakana-reverse", "イケト"),
        ("first-twice", "ととけい"),
        ("ends", "とい"),
        ("katakana-san", "トケイさん"),
    ],
)
def test_a_rule_does_what_its_name_says(rule: str, answer: str) -> None:
    assert {**LETTER_RULES, **COMPOSED_RULES}[rule]("とけい") == answer


@pytest.mark.parametrize(
    ("verb", "group", "polite", "past", "negative"),
    [
        ("たべる", "ichidan", "たべます", "たべた", "たべない"),
        ("いく", "godan", "いきます", "いった", "いかない"),
        ("かく", "godan", "かきます", "かいた", "かかない"),
        ("およぐ", "godan", "およぎます", "およいだ", "およがない"),
        ("はなす", "godan", "はなします", "はなした", "はなさない"),
        ("まつ", "godan", "まちます", "まった", "またない"),
        ("しぬ", "godan", "しにます", "しんだ", "しなない"),
        ("あそぶ", "godan", "あそびます", "あそんだ", "あそばない"),
        ("のむ", "godan", "のみます", "のんだ", "のまない"),
        ("かえる", "godan", "かえります", "かえった", "かえらない"),
        ("わらう", "godan", "わらいます", "わらった", "わらわない"),
    ],
)
def test_verbs_are_conjugated(verb: str, group: str, polite: str, past: str, negative: str) -> None:
    assert [rules.conjugate(verb, group, form) for form in ("polite", "past", "negative")] == [polite, past, negative]


@pytest.mark.parametrize("name", knowledge())
def test_nothing_is_asked_twice(name: str) -> None:
    given_words = [pair.given for pair in knowledge()[name]]
    assert len(set(given_words)) == len(given_words) >= 30


@pytest.mark.parametrize("name", games())
def test_every_episode_has_room_for_sixteen_examples(name: str) -> None:
    for episode in range(20):
        task = games()[name].at(0, episode)
        assert len(task.pairs) > 16
        assert task == games()[name].at(0, episode)


def test_every_group_holds_its_tasks() -> None:
    for group in GROUPS:
        drawn = {games()[f"kana-{group}"].at(0, episode).name for episode in range(200)}
        single = {name for name, game in games().items() if game.group == group}
        assert drawn == single - {f"kana-{group}"} or drawn == single == {"kana-labels"}


def examples(*, sequences: bool) -> set[str]:
    """Return every example of a training text, as it is written."""
    lines = episodes.text(SENTENCES, 800, 0, sequences=sequences)
    arrows = (line for line in lines if "→" in line)
    return {example for line in arrows for example in line.split("。") if "→" in example}


@pytest.mark.parametrize("group", ["rules", "forms", "endings", "labels", "composed"])
def test_what_is_measured_is_not_in_the_training_text(group: str) -> None:
    """But by accident: a label of one letter may happen to be the first or the last one of a word."""
    seen = examples(sequences=True)
    asked = {
        f"{pair.given}→{pair.answer}"
        for episode in range(100)
        for pair in games()[f"kana-{group}"].at(0, episode).pairs
    }
    assert len(asked & seen) <= 0.01 * len(asked)


def test_both_training_texts_have_the_same_letters_and_other_rows() -> None:
    ordered, mixed = (episodes.text(SENTENCES, 300, 3, sequences=kind) for kind in (True, False))
    assert len(ordered) == len(mixed)
    assert sorted("".join(ordered)) == sorted("".join(mixed))
    assert not {row for row in ordered if "→" in row} & {row for row in mixed if "→" in row}
    assert {row for row in ordered if "→" not in row and "は「" not in row} == {
        row for row in mixed if "→" not in row and "は「" not in row
    }


def explained(drawn: list[Pair]) -> bool:
    """Say whether one task of the family gives all of these examples."""
    answers = {pair.given: pair.answer for pair in drawn}
    added = {pair.answer.replace(pair.given, "•", 1) for pair in drawn}
    return (
        any(all(rule(given) == answer for given, answer in answers.items()) for rule in LETTER_RULES.values())
        or any(set(drawn) <= set(pairs) for pairs in knowledge().values())
        or (len(added) == 1 and "•" in added.pop())
        or all("".join(one for one in given if one not in rules.SYMBOLS) == answer for given, answer in answers.items())
        or len(set(answers.values())) <= 2
    )


def test_a_sequence_shows_one_task() -> None:
    rng = random.Random(1)
    for _ in range(200):
        source = episodes.pairs(rng)
        assert explained([next(source) for _ in range(8)])
    assert not explained([next(episodes.any_pairs(rng)) for _ in range(8)])


def test_rows_are_short_enough_for_the_context() -> None:
    for sequences in (True, False):
        rows = episodes.text(SENTENCES, 400, 1, sequences=sequences)
        assert max(map(len, rows)) <= 254


def test_a_name_finds_a_prepared_task_or_one_of_the_family() -> None:
    assert rules.task("opposites") is tasks()["opposites"]
    assert rules.task("kana-rules") is games()["kana-rules"]
    with pytest.raises(NoSuchTask):
        rules.task("kana-nothing")


@pytest.mark.parametrize("name", tasks())
def test_every_prepared_task_has_a_twin_in_kana(name: str) -> None:
    twin = rules.in_kana(name)
    assert isinstance(twin, Task) and twin.name == name and twin.labels == tasks()[name].labels
    assert all(not "一" <= letter <= "龯" for pair in twin.pairs for letter in pair.given + pair.answer)


def test_an_own_task_has_no_twin() -> None:
    assert rules.in_kana("own") is None


@given(st.integers())
def test_syllables_are_kept_back_or_not(seed: int) -> None:
    rng = random.Random(seed)
    assert held_out(rules.syllables(rng, kept_back=True))
    assert not held_out(rules.syllables(rng, kept_back=False))


def test_kept_words_are_words_of_the_lexicon() -> None:
    assert set(kept_words()) < set(rules.words())
    assert len(kept_words()) >= 100
