"""The model layer from a terminal, on models in local folders."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import __main__ as cli
from core import catalogue, extras, offers
from core.__main__ import COMMANDS, main
from core.catalogue import Card

ENCODER, DECODER, SEQ2SEQ = (["--model", f"./{name}"] for name in ("encoder", "decoder", "seq2seq"))
HOLE = "鳥が[MASK]。"
EXTRA = "gemma-3-270m"
CALLS = {
    "tokens": ["tokens", "鳥が鳴く。", *ENCODER],
    "fill": ["fill", HOLE, *ENCODER],
    "choose": ["choose", HOLE, "鳴く", "泣く", *ENCODER],
    "next": ["next", "雨が激しく", *DECODER],
    "attention": ["attention", "鳥が鳴く。", *ENCODER],
    "score": ["score", "雨が降る。", *DECODER],
    "convert": ["convert", "とりがなく", *SEQ2SEQ],
    "extra": ["extra", EXTRA],
}


@pytest.fixture(autouse=True)
def here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with models; no extra model is installed or converted, whatever this computer has."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv(extras.FOLDER, str(tmp_path / "extra"))
    monkeypatch.setattr(extras, "_installed", lambda package: False)


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
    assert set(answer) == {"extra", "hub"}


def test_larger_models_come_after_the_embedded_ones(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask("models")
    models, packaged = answer["hub"], answer["extra"]
    assert [model["name"] for model in models] == [model.name for model in offers.HUB_MODELS]
    assert [model["name"] for model in packaged] == [model.name for model in offers.EXTRA_MODELS]
    for model in (*models, *packaged):
        assert model["memory"] == model["parameters"] * 4 and set(model["why"]) == {"ja", "en"}

    assert main(["models"]) == 0
    embedded, extra, hub = capsys.readouterr().out.split("\n\n")
    assert [line.split("\t")[0] for line in embedded.splitlines()] == [card.name for card in catalogue.models()]
    for block, command, listed in ((extra, "python -m core extra", packaged), (hub, "--model", models)):
        heading, *lines = block.splitlines()
        assert command in heading
        assert [line.split("\t")[0] for line in lines] == [model["name"] for model in listed]


def test_extra_tells_what_is_there_and_what_comes_next(ask: Any, tmp_path: Path) -> None:
    answer = ask("extra", EXTRA)
    assert answer.pop("next") == extras.steps(EXTRA) and len(extras.steps(EXTRA)) == 3
    assert answer == {
        "name": EXTRA,
        "installed": False,
        "converted": False,
        "accepted": False,
        "folder": str(tmp_path / "extra" / EXTRA),
        "download": offers.EXTRA_MODELS[0].bytes,
        "memory": offers.EXTRA_MODELS[0].memory,
        "licence": "Gemma Terms of Use",
        "terms": "https://ai.google.dev/gemma/terms",
    }


def test_extra_shows_the_terms(ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(extras, "terms", lambda name: "Be good.\n\nYou agree.")
    assert ask("extra", EXTRA, "--terms") == {"name": EXTRA, "terms": "Be good.\n\nYou agree."}
    assert main(["extra", EXTRA, "--terms"]) == 0
    assert capsys.readouterr().out == "Be good.\n\nYou agree.\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_extra_converts_once_the_terms_are_accepted(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[bool] = []

    def convert(name: str, *, accepted: bool, progress: Any) -> None:
        asked.append(accepted)
        for done, stage in ((0, "assemble"), (50, "weights"), (100, "check")) if progress else ():
            progress(done, 100, stage)

    monkeypatch.setattr(extras, "convert", convert)
    monkeypatch.setattr(extras, "steps", lambda name: [])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert main(["extra", EXTRA]) == 0 and not asked
    capsys.readouterr()

    assert main(["extra", EXTRA, "--accept-terms"]) == 0 and asked == [True]
    captured = capsys.readouterr()
    assert captured.out.rstrip().endswith(f"--model {EXTRA}")
    bars = [bar for bar in captured.err.split("\r") if bar]
    assert [bar.count("█") for bar in bars] == ([0, cli.BAR // 2, cli.BAR] if terminal else [])
    assert captured.err.endswith("\n") == terminal


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
        ["choose", HOLE, "鳴く", "あ" * 10_000, *ENCODER],
        ["fill", HOLE, *DECODER],
        ["next", "雨が", *ENCODER],
        ["convert", "とりがなく", *DECODER],
        ["convert", " ", *SEQ2SEQ],
        ["score", "とりがなく", *SEQ2SEQ],
        ["tokens", "鳥", "--model", "nobody"],
        ["tokens", "鳥", "--model", "./nowhere"],
        ["tokens", "鳥", "--model", "../../etc/passwd"],
        ["tokens", "鳥", "--model", "/etc"],
        ["next", "雨が", "--model", EXTRA],
        ["extra", "nobody"],
        ["extra", EXTRA, "--terms"],
        ["extra", EXTRA, "--accept-terms"],
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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_reader_that_has_gone_ends_the_command_without_a_word() -> None:
    command = f"{sys.executable} -m core models | head -c 1 && {sys.executable} -m core.prompting tasks | head -c 1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stderr == ""
    assert len(done.stdout) == 2
