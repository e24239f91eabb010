"""The best learner: what can be told from the examples it tells, and nothing else."""

import pytest

from core.prompting import FORMATS, Pair, Prompt
from core.prompting.optimal import accuracy, answer, beliefs, chance
from core.prompting.rules import GROUPS, kept_words, nouns


def asked(given: str, *examples: tuple[str, str]) -> Prompt:
    return Prompt(tuple(Pair(*pair) for pair in examples), given, "", FORMATS["arrow"])


WORDS = sorted(word for word in kept_words() if len(word) == 3)


def test_one_example_tells_an_ending() -> None:
    first, second = WORDS[:2]
    assert answer(asked(second, (first, first + "ぺの"))) == second + "ぺの"
    assert answer(asked(second, (first, "ぺの" + first))) == "ぺの" + second


def test_a_rule_that_could_be_two_is_told_by_the_second_example() -> None:
    twin = next(word for word in kept_words() if word == word[::-1])
    odd, other = (word for word in WORDS[:2])
    found = {text for _, text in beliefs([Pair(twin, twin)], odd)}
    assert {odd, odd[::-1]} <= found
    assert answer(asked(odd, (twin, twin), (other, other[::-1]))) == odd[::-1]


def test_a_label_is_known_when_its_kind_was_seen() -> None:
    animals, foods = nouns()["animals"], nouns()["foods"]
    seen = ((animals[0], "ぴん"), (foods[0], "ごま"))
    assert answer(asked(animals[5], *seen)) == "ぴん"
    assert answer(asked(foods[5], *seen)) == "ごま"
    assert answer(asked(foods[5], seen[0])) == ""


def test_symbols_are_taken_away_without_an_example() -> None:
    assert answer(asked("い!ぬ?")) == "いぬ"


def test_nothing_can_be_said_about_a_word_that_is_in_no_task() -> None:
    assert answer(asked("ヘリコプター")) == ""


@pytest.mark.parametrize("group", GROUPS)
def test_more_examples_never_hurt(group: str) -> None:
    shares = [accuracy(f"kana-{group}", shots, 150) for shots in (0, 1, 2, 4, 8)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert 0 < chance(f"kana-{group}", 20) <= 0.5 + 1e-9


def test_labels_follow_the_chance_to_have_seen_the_kind() -> None:
    assert accuracy("kana-labels", 2, 1000) == pytest.approx(0.75, abs=0.05)
