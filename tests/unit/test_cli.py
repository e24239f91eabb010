"""The model layer from a terminal, on models in local folders."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import catalogue
from core.__main__ import COMMANDS, main
from core.catalogue import Card

ENCODER, DECODER, SEQ2SEQ = (["--model", f"./{name}"] for name in ("encoder", "decoder", "seq2seq"))
HOLE = "鳥が[MASK]。"
CALLS = {
    "tokens": ["tokens", "鳥が鳴く。", *ENCODER],
    "fill": ["fill", HOLE, *ENCODER],
    "choose": ["choose", HOLE, "鳴く", "泣く", *ENCODER],
    "next": ["next", "雨が激しく", *DECODER],
    "attention": ["attention", "鳥が鳴く。", *ENCODER],
    "score": ["score", "雨が降る。", *DECODER],
    "convert": ["convert", "とりがなく", *SEQ2SEQ],
}


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command with --json and return the object."""

    def run(*arguments: str) -> dict[str, Any]:
        assert main([*arguments, "--json"]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        answer: dict[str, Any] = json.loads(captured.out)
        return answer

    return run


def test_every_command_is_tried() -> None:
    assert {*CALLS, "models"} == set(COMMANDS)


@pytest.mark.parametrize("name", CALLS)
def test_every_command_answers_a_reader(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CALLS[name]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() and captured.err == ""
    with pytest.raises(json.JSONDecodeError):
        json.loads(captured.out)


def test_models(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(
        "encoder", "masked", 5, 1, 1, 8, 10, 64, "CC BY-SA 4.0", files={"a": catalogue.File(7), "b": catalogue.File(8)}
    )
    monkeypatch.setattr(catalogue, "models", lambda: (card,))
    expected = {"name": "encoder", "kind": "masked", "parameters": 5, "bytes": 15, "licence": "CC BY-SA 4.0"}
    answer = ask("models")
    assert answer.pop("models") == [expected]
    assert set(answer) == {"hub"}


def test_models_of_the_hub_come_after_the_embedded_ones(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    models = ask("models")["hub"]
    assert [model["name"] for model in models] == [model.name for model in catalogue.HUB_MODELS]
    for model in models:
        assert model["memory"] == model["parameters"] * 4 and set(model["why"]) == {"ja", "en"}

    assert main(["models"]) == 0
    embedded, hub = capsys.readouterr().out.split("\n\n")
    assert [line.split("\t")[0] for line in embedded.splitlines()] == [card.name for card in catalogue.models()]
    heading, *lines = hub.splitlines()
    assert "--model" in heading
    assert [line.split("\t")[0] for line in lines] == [model["name"] for model in models]


def test_tokens(ask: Any) -> None:
    tokens = ask(*CALLS["tokens"])["tokens"]
    assert [token["text"] for token in tokens] == ["[CLS]", "鳥", "が", "鳴く", "。", "[SEP]"]
    assert [(token["start"], token["end"]) for token in tokens[1:4]] == [(0, 1), (1, 2), (2, 4)]
    assert [token["special"] for token in tokens] == [True, False, False, False, False, True]


def test_fill(ask: Any) -> None:
    answer = ask(*CALLS["fill"], "-k", "3")
    assert len(answer["candidates"]) == 3 and set(answer["candidates"][0]) == {"token", "prob"}
    assert answer["masks"] == [{"position": 3, "candidates": answer["candidates"]}]


def test_fill_of_two_holes(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fill", "[MASK]が[MASK]。", "-k", "2", *ENCODER]
    assert [mask["position"] for mask in ask(*call)["masks"]] == [1, 3]
    main(call)
    assert len(capsys.readouterr().out.splitlines()) == 2 * (1 + 2)


def test_choose(ask: Any) -> None:
    answer = ask(*CALLS["choose"])
    assert {candidate["token"] for candidate in answer["candidates"]} == {"鳴く", "泣く"}
    assert sum(candidate["prob"] for candidate in answer["candidates"]) == pytest.approx(1)
    assert answer["method"] == "mask"


def test_next(ask: Any) -> None:
    candidates = ask(*CALLS["next"], "-k", "4")["candidates"]
    assert len(candidates) == 4
    assert candidates == sorted(candidates, key=lambda candidate: -candidate["prob"])


@pytest.mark.parametrize("model", [ENCODER, DECODER])
def test_attention(ask: Any, model: list[str]) -> None:
    answer = ask("attention", "鳥が鳴く。", *model)
    n = len(answer["tokens"])
    assert all(len(row) == n for layer in answer["weights"] for head in layer for row in head)
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for layer in answer["weights"] for head in layer for row in head)


def test_attention_of_an_encoder_decoder(ask: Any) -> None:
    answer = ask("attention", "とりがなく", *SEQ2SEQ)
    n, m = len(answer["tokens"]), len(answer["written"])
    for name, rows, columns in (("weights", n, n), ("decoder", m, m), ("cross", m, n)):
        heads = [head for layer in answer[name] for head in layer]
        assert all(len(head) == rows and all(len(row) == columns for row in head) for head in heads)
        assert all(sum(row) == pytest.approx(1, abs=1e-5) for head in heads for row in head)


def test_convert(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(*CALLS["convert"])
    assert answer["text"] == answer["beams"][0]["text"]
    assert all(beam["log2"] < 0 for beam in answer["beams"])
    main(CALLS["convert"])
    assert capsys.readouterr().out.splitlines()[0] == answer["text"].splitlines()[0]


@pytest.mark.parametrize("model", [ENCODER, DECODER])
def test_score(ask: Any, model: list[str]) -> None:
    answer = ask("score", "雨が降る。", *model)
    assert answer["bits"] == pytest.approx(-sum(token["log2"] for token in answer["tokens"]))
    assert answer["bits_per_character"] == pytest.approx(answer["bits"] / 5)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "call",
    [
        ["tokens", "  ", *ENCODER],
        ["tokens", "鳥" * 10_000, *ENCODER],
        ["fill", "鳥が鳴く。", *ENCODER],
        ["fill", "[MASK]" * 40, *ENCODER],
        ["choose", HOLE, "鳴く", *ENCODER],
        ["fill", HOLE, *DECODER],
        ["next", "雨が", *ENCODER],
        ["convert", "とりがなく", *DECODER],
        ["convert", " ", *SEQ2SEQ],
        ["score", "とりがなく", *SEQ2SEQ],
        ["tokens", "鳥", "--model", "nobody"],
        ["tokens", "鳥", "--model", "./nowhere"],
        ["tokens", "鳥", "--model", "../../etc/passwd"],
    ],
    ids=lambda call: f"{call[0]} {call[1][:8]} {call[-1]}",
)
def test_what_a_user_can_mend_is_one_sentence(call: list[str], lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*call, "--lang", lang]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.strip().endswith("。" if lang == "ja" else ".")


@pytest.mark.parametrize("call", [["fill", HOLE, "-k", "0"], ["fill", HOLE, "-k", "x"], ["sing"], ["choose", HOLE], []])
def test_a_wrong_command_line(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(call)
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(catalogue.__file__).parent.parent
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_list_of_models_needs_no_torch() -> None:
    code = "import sys; from core.__main__ import main; main(['models', '--json']); print(sorted(sys.modules), file=sys.stderr)"
    done = run("-c", code)
    assert done.returncode == 0 and "models" in json.loads(done.stdout)
    assert not {"torch", "transformers", "tokenizers"} & set(ast.literal_eval(done.stderr))


def test_as_a_module() -> None:
    done = run("-m", "core", "tokens", "鳥", "--model", "nobody", "--lang", "en")
    assert done.returncode == 2 and "nobody" in done.stderr and done.stdout == ""
    assert "Traceback" not in done.stderr
