"""The Transformer lesson's questions put to the embedded models, live and recorded; what is cut, and what is kept."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import core
from core.ablation import following, write, write_without_places
from core.errors import EmptyText, TooManyCharacters, TooManyTokens
from core.inside import beliefs as layers_of
from core.inside import trace
from core.maps import Cut
from core.seq2seq import Seq2SeqLM
from core.tokens import Token
from lessons.transformer import record
from lessons.transformer.answers import Example, asked, examples
from lessons.transformer.architecture import BLACKBOARD, PAPER
from lessons.transformer.asking import covering, example_of, start
from lessons.transformer.code import BLOCKS
from lessons.transformer.cutting import WAYS, Hidden, combined, edges
from lessons.transformer.lab import LiveLab, beliefs, live_lab
from lessons.transformer.playback import FILE, RecordedLab, packed, recorded, unpacked
from lessons.transformer.steps.blackboard import block_of
from lessons.transformer.steps.positions import waves
from lessons.transformer.steps.stack import turns

BIRD = examples()[0]
OWN = "ねこがねる"
ROUNDED = 2e-3  # the file is rounded, and another processor adds up in another order
EACH = pytest.mark.parametrize("example", examples(), ids=lambda example: example.text)
ASKED = [(model, text) for model in ("encoder", "decoder") for text in asked(model)]


@pytest.fixture(scope="module")
def model() -> Seq2SeqLM:
    found: Seq2SeqLM = core.load("seq2seq")
    return found


@pytest.fixture(scope="module")
def lab(model: Seq2SeqLM) -> LiveLab:
    return live_lab(model)


# -- examples ----------------------------------------------------------------------------------------------------


def test_the_lesson_begins_with_its_own_sentence() -> None:
    assert (BIRD.text, BIRD.word, BIRD.candidates[0]) == ("とりがなく", "とり", "鳴")
    assert examples()[1].candidates[0] == "泣"


def test_the_lessons_claim_holds(lab: LiveLab) -> None:
    """The bird calls and the baby weeps."""
    assert [lab.writing(one.text).text for one in examples()[:2]] == ["鳥が鳴く", "赤ちゃんが泣く"]


@EACH
def test_an_example_asks_where_one_of_its_spellings_was_written(lab: LiveLab, example: Example) -> None:
    writing = lab.writing(example.text)
    place, hidden = start(example, writing)

    assert writing.words[place] in example.candidates
    assert "".join(writing.source[one] for one in hidden.source) == example.word
    assert "".join(writing.words[one] for one in hidden.written) == example.spelled
    assert all(one < place for one in hidden.written)
    assert example_of(example.text) == example


def test_an_own_sentence_is_asked_about_at_its_end(lab: LiveLab) -> None:
    writing = lab.writing(OWN)
    place, hidden = start(None, writing)

    assert writing.words[place + 1] == "[EOS]"
    assert hidden == Hidden((0,), (0,), WAYS)
    assert example_of(OWN) is None


@pytest.mark.parametrize(
    ("names", "word", "places"),
    [
        (["と", "り", "が"], "りが", (1, 2)),
        (["赤ちゃん", "が"], "ちゃん", (0,)),
        (["と"], "鳥", ()),
        ([], "と", ()),
        (["と"], "", ()),
    ],
)
def test_the_tokens_that_spell_a_word(names: list[str], word: str, places: tuple[int, ...]) -> None:
    assert covering(names, word) == places


# -- writing -----------------------------------------------------------------------------------------------------


@EACH
def test_a_writing_is_what_the_model_writes(lab: LiveLab, model: Seq2SeqLM, example: Example) -> None:
    found, steps = lab.writing(example.text), list(model.steps(example.text))

    assert found.text == steps[-1].text == "".join(found.words[:-1]) and found.ended
    assert found.ids == tuple(step.id for step in steps)
    assert [one[0] for one in found.candidates] == [
        (step.candidates[0].token, step.candidates[0].prob) for step in steps
    ]
    assert found.source_text == example.text
    assert found.cross.shape[2:] == (len(found.read), len(found.source)) and len(found.read) == len(found.words)
    np.testing.assert_allclose(found.cross.sum(-1), 1, atol=1e-4)
    for place in range(len(found.words)):
        assert found.written(place) == found.text[: len(found.written(place))]
        assert len(found.before(place)) == place


@pytest.mark.parametrize("text", ["🐦がなく", "𠮷のやがなく", "ｱﾒｶﾞ", "</script><script>alert(1)</script>"])
def test_a_character_of_several_pieces_is_one_token(lab: LiveLab, text: str) -> None:
    found, inside = lab.writing(text), lab.inside(text)

    assert len(found.words) == len(found.pieces) == len(found.candidates) == found.cross.shape[2]
    assert sum(found.pieces) == len(found.ids)
    assert len(inside.source) == sum(len(token.pieces) for token in lab.model.tokens(text))
    for name, weights in inside.attention.items():
        assert weights.shape[2:] == tuple(map(len, inside.attending(name)))
    assert max(inside.lasts) == len(inside.target) - 1


@pytest.mark.parametrize(
    ("text", "error"), [(" ", EmptyText), ("と" * 500, TooManyCharacters), ("と" * 64, TooManyTokens)]
)
def test_a_text_that_cannot_be_read_is_an_error(lab: LiveLab, text: str, error: type[Exception]) -> None:
    for ask in (lab.writing, lab.inside, lab.beams):
        with pytest.raises(error):
            ask(text)


def test_a_text_that_fills_the_context_is_written_as_far_as_it_goes(lab: LiveLab) -> None:
    found = lab.writing("と" * 63)

    assert len(found.ids) <= 63
    assert lab.inside("と" * 63).blocks["output.softmax", None].shape == (len(found.read), lab.model.card.vocabulary)


def test_answers_are_kept(lab: LiveLab) -> None:
    assert lab.writing(OWN) is lab.writing(OWN)
    assert lab.inside(OWN) is lab.inside(OWN)
    assert live_lab(lab.model) is lab


# -- inside ------------------------------------------------------------------------------------------------------


def test_every_box_of_the_figure_has_its_numbers(lab: LiveLab, model: Seq2SeqLM) -> None:
    inside, run = lab.inside(BIRD.text), trace(model, BIRD.text, lab.writing(BIRD.text).ids[:-1])

    assert inside.layers == model.card.layers
    for box in PAPER.boxes:
        for layer in range(inside.layers) if box.stacked else (None,):
            block, stage = inside.blocks[box.name, layer], run.stage(box.part, box.block, layer)  # type: ignore[arg-type]
            assert block.shape == stage.output.shape
            assert len(block.output) == len(inside.rows(box.name))
            if box.part != "output":
                np.testing.assert_array_equal(block.output, stage.output)
    assert len(inside.blocks) == len(run.stages)


def test_a_residual_adds_and_is_normed(lab: LiveLab) -> None:
    for (name, _), block in lab.inside(BIRD.text).blocks.items():
        if "add_norm" in name:
            assert block.middle is not None
            np.testing.assert_allclose(block.inputs[0] + block.inputs[1], block.middle, atol=1e-4)


def test_the_answers_are_the_likeliest_words(lab: LiveLab) -> None:
    inside, writing = lab.inside(BIRD.text), lab.writing(BIRD.text)

    assert [answer[0][0] for answer in inside.answers] == list(writing.words)
    for row, answer in enumerate(inside.answers):
        probs = [prob for _, prob in answer]
        assert probs == sorted(probs, reverse=True)
        scores = inside.blocks["output.linear", None].output[row].astype(np.float64)
        expected = np.exp(scores - scores[0]) * probs[0]
        np.testing.assert_allclose(inside.blocks["output.softmax", None].output[row], expected, rtol=1e-3, atol=1e-6)


def test_what_is_said_to_have_been_written_is_read(lab: LiveLab) -> None:
    own, other = lab.inside(BIRD.text, "鳥が"), lab.inside(BIRD.text, "赤ちゃんが")

    assert own.read == ("[BOS]", "鳥", "が") and "".join(other.read[1:]) == "赤ちゃんが"
    assert own.heard == other.heard
    np.testing.assert_array_equal(
        own.blocks["encoder.add_norm_2", 2].output, other.blocks["encoder.add_norm_2", 2].output
    )
    assert own.answers[-1][0][1] != other.answers[-1][0][1]


def test_turns_are_those_of_the_sublayers(lab: LiveLab) -> None:
    inside = lab.inside(BIRD.text)
    found = turns(inside, 3)

    assert [(one.layer, one.sublayer) for one in found] == [
        (layer, sublayer) for layer in range(inside.layers) for sublayer in ("self_attention", "feed_forward")
    ]
    for one, following_one in itertools.pairwise(found):
        assert following_one.length == pytest.approx(float(np.linalg.norm(one.after)), rel=1e-5)
        assert 0 <= one.turned <= 2


# -- cuts --------------------------------------------------------------------------------------------------------


def tokens(count: int) -> list[Token]:
    return [Token("と", place, place + 1, False, place, (1,)) for place in range(count)]


def test_ways_are_the_edges_to_what_is_hidden() -> None:
    hidden = Hidden((0, 1), (0,), WAYS)

    def of(way: str) -> set[tuple[int, int]]:
        cuts = edges(hidden.on((way,)), tokens(4), tokens(3))
        assert all(cut.part == way for cut in cuts)
        return {(cut.query, cut.key) for cut in cuts}

    assert of("cross") == {(query, key) for query in range(3) for key in (0, 1)}
    assert of("encoder") == {(query, key) for query in (2, 3) for key in (0, 1)}
    assert of("decoder") == {(2, 1)}  # the start token comes first, and nobody sees what is to the right
    assert len(edges(hidden, tokens(4), tokens(3))) == 6 + 4 + 1


@given(
    st.sets(st.integers(0, 80)),
    st.sets(st.integers(0, 80)),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from(combined()),
)
def test_a_cut_stays_inside_the_texts(
    source: set[int], written: set[int], read: int, wrote: int, ways: tuple[str, ...]
) -> None:
    found = edges(Hidden(tuple(source), tuple(written), ways), tokens(read), tokens(wrote))

    for cut in found:
        queries, keys = (read if cut.part == "encoder" else wrote), (wrote if cut.part == "decoder" else read)
        assert 0 <= cut.query < queries and 0 <= cut.key < keys
    assert max(Counter(found).values(), default=1) == 1


def test_every_choice_of_ways_is_there_once() -> None:
    assert len(set(combined())) == len(combined()) == 2 ** len(WAYS)
    assert combined()[0] == () and combined()[-1] == WAYS


def test_nothing_cut_is_the_models_own_answer(lab: LiveLab) -> None:
    writing = lab.writing(BIRD.text)
    place, hidden = start(BIRD, writing)
    found = lab.after(BIRD.text, place, hidden.on(()))

    assert list(zip(found.words, found.probs, strict=True))[:5] == [
        (word, pytest.approx(prob, abs=1e-5)) for word, prob in writing.candidates[place][:5]
    ]
    assert lab.freely(BIRD.text, hidden.on(())) == writing.text


@pytest.mark.parametrize("ways", combined()[1:], ids=".".join)
def test_a_cut_changes_what_is_hidden_and_is_that_of_the_model(
    lab: LiveLab, model: Seq2SeqLM, ways: tuple[str, ...]
) -> None:
    writing = lab.writing(BIRD.text)
    place, hidden = start(BIRD, writing)
    found = lab.after(BIRD.text, place, hidden.on(ways))

    maps = model.attention(BIRD.text, target=writing.before(place))
    cuts = edges(hidden.on(ways), maps.encoder.tokens, maps.decoder.tokens)
    probs = following(model, BIRD.text, writing.before(place), cuts)
    assert found.probs == pytest.approx(np.sort(probs)[::-1][: len(found.probs)].tolist(), rel=1e-4)
    assert found.place(found.ids[2]) == (3, pytest.approx(found.probs[2], rel=1e-3))
    cut = model.attention(BIRD.text, cuts, target=writing.before(place))
    for edge in cuts:
        part = {"cross": cut.cross, "encoder": cut.encoder, "decoder": cut.decoder}[edge.part]
        assert part.weights[:, :, edge.query, edge.key].max() == 0


# -- what core.ablation gives --------------------------------------------------------------------------------------


def test_following_is_the_softmax_of_the_next_step(model: Seq2SeqLM) -> None:
    steps = list(model.steps(BIRD.text, 3))
    probs = following(model, BIRD.text, [step.id for step in steps[:2]])

    assert probs.shape == (model.card.vocabulary,) and float(probs.sum()) == pytest.approx(1, abs=1e-4)
    assert int(probs.argmax()) == steps[2].id
    assert float(probs.max()) == pytest.approx(steps[2].candidates[0].prob, abs=1e-5)


def test_writing_with_nothing_cut_is_writing(model: Seq2SeqLM) -> None:
    own = [step.id for step in model.steps(BIRD.text)]

    assert [step.id for step in write(model, BIRD.text, lambda source, read: ())] == own
    assert [step.id for step in write(model, BIRD.text, lambda source, read: (), most=2)] == own[:2]
    cut = write(model, BIRD.text, lambda source, read: [Cut(query, 0, part="cross") for query in range(len(read))])
    assert cut[0].candidates[0].prob == pytest.approx(max(one.prob for one in cut[0].candidates))


def test_without_places_every_order_is_the_same(model: Seq2SeqLM) -> None:
    orders = [write_without_places(model, text, 6) for text in ("とりがなく", "くながりと", "がとりくな")]

    assert len({tuple(step.id for step in order) for order in orders}) == 1
    for steps in zip(*orders, strict=True):
        probs = [step.candidates[0].prob for step in steps]
        assert max(probs) - min(probs) < 1e-4


def test_with_places_the_order_counts(lab: LiveLab) -> None:
    assert lab.writing("かさがある").text != lab.writing("さかがある").text


@pytest.mark.parametrize("seed", [0, 7])
def test_orders_have_the_same_letters(lab: LiveLab, seed: int) -> None:
    found = lab.orders(BIRD.text, seed)

    assert [sorted(order.letters) for order in found] == [sorted(BIRD.text)] * 3
    assert (found[0].letters, found[1].letters) == (BIRD.text, BIRD.text[::-1])
    assert found[0].text == lab.writing(BIRD.text).text
    assert len({order.blind for order in found}) == 1
    assert lab.orders(BIRD.text, seed) == found


def test_the_waves_of_the_formula_are_the_models_own(lab: LiveLab) -> None:
    text = "と" * (lab.model.limit - 1)
    own = lab.inside(text).blocks["encoder.position", None].inputs[1]

    marks = waves(lab.model.limit, lab.model.card.hidden)
    np.testing.assert_allclose(marks, own, atol=5e-3)  # the weights are kept in bfloat16
    like = marks @ marks.T
    np.testing.assert_allclose(np.diag(like), lab.model.card.hidden / 2, rtol=1e-4)
    np.testing.assert_allclose(np.diag(like, 5), like[0, 5], rtol=1e-3)  # only the distance counts


# -- beliefs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "text"), ASKED)
def test_beliefs_end_with_the_models_own_answer(name: str, text: str) -> None:
    found, expected = beliefs(core.load(name), text), layers_of(core.load(name), text)

    assert len(found.layers) == core.load(name).card.layers + 1 == len(found.course)
    assert found.layers[-1][0] == (found.answer, pytest.approx(found.course[-1]))
    assert found.layers[0][0][0] == expected.layers[0][0].token
    assert found.course[-1] == pytest.approx(max(prob for _, prob in found.layers[-1]))


# -- recorded ----------------------------------------------------------------------------------------------------


@EACH
def test_the_recorded_writing_is_what_the_model_writes(lab: LiveLab, example: Example) -> None:
    said, found = recorded().writing(example.text), lab.writing(example.text)

    assert said is not None
    for name in ("text", "source", "read", "words", "ids", "pieces", "ended"):
        assert getattr(said, name) == getattr(found, name), name
    for name in ("encoder", "decoder", "cross"):
        np.testing.assert_allclose(getattr(said, name), getattr(found, name), atol=ROUNDED)
    for mine, theirs in zip(said.candidates, found.candidates, strict=True):
        assert [prob for _, prob in mine] == pytest.approx([prob for _, prob in theirs[: len(mine)]], abs=ROUNDED)


@EACH
def test_the_recorded_cuts_are_what_the_model_answers(lab: LiveLab, example: Example) -> None:
    place, hidden = start(example, lab.writing(example.text))
    for ways in combined():
        said, found = (
            recorded().after(example.text, place, hidden.on(ways)),
            lab.after(example.text, place, hidden.on(ways)),
        )
        assert said is not None
        assert said.probs == pytest.approx(found.probs[: len(said.probs)], abs=ROUNDED)
        assert said.words[0] == found.words[0]


def test_the_recorded_inside_is_that_of_the_model(lab: LiveLab) -> None:
    said, found = recorded().inside(BIRD.text), lab.inside(BIRD.text)

    assert said is not None and said.blocks.keys() == found.blocks.keys()
    assert (said.source, said.target, said.heard, said.read, said.lasts) == (
        found.source,
        found.target,
        found.heard,
        found.read,
        found.lasts,
    )
    for key, block in said.blocks.items():
        other = found.blocks[key]
        assert block.shape == other.shape and len(block.inputs) == len(other.inputs)
        for mine, theirs in zip((*block.inputs, block.output), (*other.inputs, other.output), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=2e-3)
        if "add_norm" in key[0]:
            assert block.middle is not None and other.middle is not None
            np.testing.assert_allclose(block.middle, other.middle, rtol=2e-3, atol=0.05)
    assert recorded().inside(BIRD.text) is said


@pytest.mark.parametrize(("name", "text"), ASKED)
def test_the_recorded_beliefs_are_those_of_the_models(name: str, text: str) -> None:
    said, found = recorded().beliefs(name, text), beliefs(core.load(name), text)

    assert said is not None
    assert said.course == pytest.approx(found.course, abs=ROUNDED)
    assert [row[0][1] for row in said.layers] == pytest.approx([row[0][1] for row in found.layers], abs=ROUNDED)


def test_the_recorded_orders_and_conversions_are_what_the_model_writes(lab: LiveLab) -> None:
    said = recorded().orders(BIRD.text, record.SEED)
    assert said is not None
    for mine, theirs in zip(said, lab.orders(BIRD.text, record.SEED), strict=True):
        assert (mine.letters, mine.text, mine.blind) == (theirs.letters, theirs.text, theirs.blind)
        assert mine.probs == pytest.approx(theirs.probs, abs=ROUNDED)
    assert recorded().conversions
    for text, _, written in recorded().conversions:
        assert lab.beams(text) == written


def test_a_recorded_run_knows_only_what_was_recorded() -> None:
    run = recorded()

    assert run.writing(OWN) is None and run.inside(OWN) is None and run.orders(OWN, 0) is None
    assert run.inside(BIRD.text, "鳥が") is None and run.inside(examples()[1].text) is None
    assert run.after(BIRD.text, 0, Hidden()) is None and run.beliefs("encoder", "猫が[MASK]。") is None
    assert not run.live


def test_the_recorded_file_is_small_and_names_its_command() -> None:
    assert recorded().command == record.COMMAND
    assert FILE.stat().st_size < 300_000


def test_what_is_recorded_is_read_back(lab: LiveLab) -> None:
    entries = {
        "command": "x",
        "writings": [record.writing_entry(lab, OWN)],
        "insides": [record.inside_entry(lab, OWN)],
        "afters": [],
        "orders": [],
        "conversions": [],
        "beliefs": [],
    }
    run = RecordedLab(json.loads(json.dumps(entries)))
    writing, inside = run.writing(OWN), run.inside(OWN)
    assert writing is not None and inside is not None
    assert (writing.words, inside.read) == (lab.writing(OWN).words, lab.inside(OWN).read)


@given(st.lists(st.floats(-100, 100, width=16), min_size=1, max_size=20))
def test_a_packed_array_is_unpacked(values: list[float]) -> None:
    array = np.array([values], dtype=np.float32)
    np.testing.assert_array_equal(unpacked(json.loads(json.dumps(packed(array)))), array)


# -- the blackboard's picture --------------------------------------------------------------------------------------


def test_every_box_of_the_blackboard_has_its_lines() -> None:
    assert {block_of(box) for box in BLACKBOARD.boxes} == set(BLOCKS)
