"""The few-shot lesson's questions put to the family, live and recorded; the ways of asking; a reader's own pairs."""

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core
from core.errors import PromptTooLong, TooFewPairs, UnknownLetters
from core.prompting import FORMATS, Pair, Task, tasks
from core.prompting.family import DEFAULT
from core.prompting.tasks import MOST_CHARACTERS, MOST_PAIRS
from lessons.few_shot import pairs, record, running
from lessons.few_shot.lab import LiveLab, live_lab, recorded
from lessons.few_shot.pairs import ANSWER, GIVEN
from lessons.few_shot.questions import SHOTS, questions, samples
from lessons.few_shot.variants import BASE, COMPARED, Setting, changed, elsewhere, first_right, moved, variants

ARROW = FORMATS["arrow"]
ROUNDED = 1e-3  # the file is rounded, and another processor adds up in another order
ANIMALS = Task("own", tuple(Pair(*one.split()) for one in ("いぬ わん", "ねこ にゃあ", "うし もう", "からす かあ")))


@pytest.fixture(scope="module")
def lab() -> LiveLab:
    return live_lab(core.load(DEFAULT))


# -- what the lesson asks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(questions())))
def test_a_question_has_enough_examples_and_is_none_of_them(index: int) -> None:
    question = questions()[index]
    assert len(question.examples) == max(SHOTS)
    assert question.given not in {pair.given for pair in question.examples}
    assert question.prompt(0).text == f"{question.given}→"
    assert question.prompt(8).text.endswith(f"。{question.given}→")


def test_samples_are_tasks_that_can_be_used() -> None:
    for _, found in samples():
        assert pairs.read(pairs.write(found)).pairs == found
        assert not pairs.read(pairs.write(found)).problems


def test_answering_changes_no_weight(lab: LiveLab) -> None:
    before = lab.fingerprint()
    lab._reply(questions()[0].prompt(8), ())
    assert lab.fingerprint() == before == lab.before
    assert lab.answered > 0


def test_a_changed_weight_is_seen(lab: LiveLab) -> None:
    weight = next(lab.model.model.parameters()).data
    kept = weight[0, 0].clone()
    weight[0, 0] += 1
    try:
        assert lab.fingerprint() != lab.before
    finally:
        weight[0, 0] = kept
    assert lab.fingerprint() == lab.before


def test_the_record_is_what_the_model_says(lab: LiveLab) -> None:
    for asked, answers in record.asked(lab):
        live, kept = lab.reply(asked, answers), recorded().reply(asked, answers)
        assert kept is not None and live is not None
        assert kept.text == live.text
        assert dict(kept.among) == pytest.approx(dict(live.among), abs=ROUNDED)


@pytest.mark.parametrize("name", tasks())
def test_the_record_has_the_tasks_in_the_same_letters(lab: LiveLab, name: str) -> None:
    assert recorded().task(name) == lab.task(name)


def test_the_record_knows_nothing_else() -> None:
    asked = Setting(recorded().task("past"), 3, 77, ARROW).prompt
    assert recorded().reply(asked, ("あ", "い")) is None


def test_what_the_model_cannot_read_is_an_error(lab: LiveLab) -> None:
    asked = Setting(tasks()["opposites"], 2, 0, ARROW)
    with pytest.raises(UnknownLetters):
        lab.reply(asked.prompt, asked.answers)
    long = Task("own", tuple(Pair("あ" * 50 + "いうえおかきくけ"[place], "い" * 50) for place in range(8)))
    with pytest.raises(PromptTooLong):
        lab.reply(Setting(long, 7, 0, ARROW).prompt, ())


def test_different_answers_that_are_the_same_token(lab: LiveLab) -> None:
    assert lab.same(("漢", "字")) == ("漢", "字")
    assert lab.same(("あ", "い")) is None


def test_a_large_model_is_not_asked_at_once(lab: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Setting(lab.task("polite"), 4, 0, ARROW)
    assert lab.is_quick(asked.prompt, asked.answers, 5)
    monkeypatch.setattr("lessons.few_shot.lab.QUICK", 1)
    assert not lab.is_quick(asked.prompt, asked.answers)


def test_the_waiting_time_grows_with_the_work(lab: LiveLab) -> None:
    asked = Setting(lab.task("polite"), 4, 0, ARROW)
    once = lab.seconds(asked.prompt, ())
    assert 0 < once < lab.seconds(asked.prompt, asked.answers) < 600
    assert lab.seconds(asked.prompt, (), 50) == pytest.approx(50 * once)


# -- ways of asking ---------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(tasks())), st.integers(0, 16), st.integers(0, 9999), st.sampled_from(sorted(FORMATS)))
@settings(max_examples=60, deadline=None)
def test_every_way_asks_the_same_question_and_no_two_say_the_same(name: str, shots: int, seed: int, form: str) -> None:
    setting = Setting(recorded().task(name), shots, seed, FORMATS[form])
    found = variants(setting)
    assert next(iter(found)) == BASE
    assert len({one.text for one in found.values()}) == len(found)
    assert {(one.given, one.answer) for one in found.values()} == {(setting.prompt.given, setting.prompt.answer)}
    assert setting.prompt.given not in {pair.given for one in found.values() for pair in one.examples}
    assert len(found[BASE].examples) == shots
    assert 1 <= len(setting.answers) <= COMPARED and setting.answers[0] == setting.prompt.answer


def test_without_examples_only_the_format_can_change() -> None:
    assert list(variants(Setting(ANIMALS, 0, 0, ARROW))) == [BASE, "format"]


def test_answers_move_on_by_one() -> None:
    examples = ANIMALS.pairs
    assert [pair.answer for pair in moved(examples)] == ["かあ", "わん", "にゃあ", "もう"]
    assert changed(examples, moved(examples)) == 4
    assert moved(()) == ()


def test_a_pair_of_the_task_can_be_asked_for() -> None:
    asked = Setting(ANIMALS, 3, 0, ARROW, "うし").prompt
    assert (asked.given, asked.answer) == ("うし", "もう")
    assert "うし" not in {pair.given for pair in asked.examples}


def test_a_word_that_the_task_does_not_have_has_no_answer() -> None:
    setting = Setting(ANIMALS, 2, 0, ARROW, "ぞう")
    assert (setting.prompt.given, setting.prompt.answer) == ("ぞう", "")
    assert "" not in setting.answers


def test_other_tasks_answers_to_a_word_are_compared() -> None:
    assert set(elsewhere("わらう", "opposites")) == {"わらいます", "わらった", "わらわない"}
    assert elsewhere("ぞぞぞ", "own") == ()
    assert "cat" in Setting(ANIMALS, 1, 0, ARROW, "ねこ").answers


@pytest.mark.parametrize(
    ("written", "first"), [({0: "あ", 1: "い", 8: "い"}, 1), ({8: "い", 0: "い"}, 0), ({0: "あ"}, None), ({}, None)]
)
def test_the_first_right_answer(written: dict[int, str], first: int | None) -> None:
    assert first_right(written, "い") == first


# -- own pairs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("いぬ→わん\nねこ→にゃあ", [("いぬ", "わん"), ("ねこ", "にゃあ")]),
        ("いぬ\tわん\r\nねこ\tにゃあ\r\n", [("いぬ", "わん"), ("ねこ", "にゃあ")]),
        ('"いぬ, ねこ"\t"a ""b"""', [("いぬ, ねこ", 'a "b"')]),
        ("いぬ　わん\n\n  \nねこ, にゃあ", [("いぬ", "わん"), ("ねこ", "にゃあ")]),
        ("", []),
    ],
)
def test_pairs_are_read_as_they_are_pasted(text: str, found: list[tuple[str, str]]) -> None:
    sheet = pairs.read(text)
    assert [(pair.given, pair.answer) for pair in sheet.pairs] == found
    assert not sheet.problems and not sheet.rest


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("うし", "own_unreadable"),
        ("うし→", "own_unreadable"),
        ("→", "own_unreadable"),
        ("いぬ→わん", "own_twice"),
        ("いぬ→ばう", "own_contradiction"),
        ("あ" * (MOST_CHARACTERS + 1) + "→い", "own_long"),
        ('"うし\tもう', "own_unreadable"),
    ],
)
def test_a_bad_line_is_told_and_kept_and_the_others_are_used(line: str, kind: str) -> None:
    sheet = pairs.read(f"いぬ→わん\n{line}\nねこ→にゃあ")
    assert [problem.kind for problem in sheet.problems] == [kind]
    assert sheet.problems[0].facts["number"] == 2
    assert sheet.rest == (line,)
    assert sheet.pairs == ANIMALS.pairs[:2]


def test_five_hundred_rows_are_told() -> None:
    sheet = pairs.read("\n".join(f"{number}\t{number + 1}" for number in range(500)))
    assert len(sheet.pairs) == MOST_PAIRS and len(sheet.rest) == 500 - MOST_PAIRS
    (problem,) = sheet.problems
    assert problem.facts == {"count": 500, "limit": MOST_PAIRS}


def test_one_pair_is_too_few() -> None:
    with pytest.raises(TooFewPairs):
        pairs.read("いぬ→わん").task()


def test_answers_that_repeat_are_labels() -> None:
    assert pairs.read("りんご→ほむ\nばす→ねみ\nみかん→ほむ\nふね→ねみ").task().labels
    assert not ANIMALS.labels


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_told(text: str) -> None:
    sheet = pairs.read(text)
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(sheet.pairs) + len(sheet.rest) == len(lines)
    assert bool(sheet.problems) == bool(sheet.rest)


SIDE = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=20)


@given(st.dictionaries(SIDE, SIDE, max_size=6))
@settings(max_examples=200, deadline=None)
def test_pairs_that_are_written_are_read_again(found: dict[str, str]) -> None:
    wanted = tuple(Pair(*sides) for sides in found.items())
    assert pairs.read(pairs.write(wanted)).pairs == wanted


def test_a_table_is_edited() -> None:
    changes: dict[str, Any] = {
        "edited_rows": {1: {ANSWER: "みゃあ"}},
        "deleted_rows": [0],
        "added_rows": [{GIVEN: "ぞう", ANSWER: "ぱおん"}, {}, {GIVEN: "とら"}],
    }
    found = pairs.edited(ANIMALS.pairs, changes)
    assert [(pair.given, pair.answer) for pair in found] == [
        ("ねこ", "みゃあ"),
        ("うし", "もう"),
        ("からす", "かあ"),
        ("ぞう", "ぱおん"),
        ("とら", "…"),
    ]


# -- a measurement behind the page ------------------------------------------------------------------------------


def test_a_measurement_runs_to_its_end(lab: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "EPISODES", 5)
    run = running.start(lab.model, lab.task("successor"), 2, format=ARROW, seed=0, shuffled=False)
    assert run.done.wait(60)
    assert run.result is not None and run.error is None
    assert run.result.episodes == 5 and run.seen == (5, run.result.right)


def test_a_measurement_can_be_stopped(lab: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "EPISODES", 100_000)
    run = running.start(lab.model, lab.task("successor"), 2, format=ARROW, seed=0, shuffled=False)
    threading.Event().wait(0.5)
    run.stop()
    assert run.done.wait(60)
    assert run.result is not None and run.result.episodes < 100_000


def test_a_measurement_tells_its_error(lab: LiveLab) -> None:
    run = running.start(lab.model, tasks()["opposites"], 2, format=ARROW, seed=0, shuffled=False)
    assert run.done.wait(60)
    assert isinstance(run.error, UnknownLetters) and run.result is None
