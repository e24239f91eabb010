"""What README.md, the pins and the licences say, compared with what is there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import core.training
from core import catalogue
from core.__main__ import COMMANDS
from core.serving import Settings, start
from core.serving.__main__ import load
from core.serving.settings import PORT
from core.training.corpus import CONTRASTS_OF_OURS, OWN, SOURCES
from lessons.registry import Lesson, lessons
from lessons.text import LANGUAGES, Strings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LICENCE = (ROOT / "core/models/LICENSE.md").read_text(encoding="utf-8")

APP = "requirements.txt"
TRAINING = "core/training/requirements.txt"
TESTS = "tests/requirements.txt"
BENCHMARKS = "tests/benchmarks/requirements.txt"
FOLDERS = ("core", "lessons", "pages", "tests")
DISTRIBUTIONS = {"fontTools": "fonttools", "markdown_it": "markdown-it-py"}
PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\d.]+)(; (?P<marker>python_version [<>]=? \"3\.\d+\"))?")

OPEN_APP = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/streamlit run app.py"
RUN_TESTS = (
    "python3 -m venv .venv"
    " && .venv/bin/pip install -r requirements.txt -r tests/requirements.txt -r core/training/requirements.txt"
    " && .venv/bin/python -m pytest -n 2 --dist loadfile"
)
TASKS = {"masked": "穴埋め (Masked LM)", "causal": "次の単語 (Causal LM)", "seq2seq": "かな→漢字 (Seq2Seq)"}

MACHINE_PATHS = (b"/" + b"work/", b"/" + b"work ", b"." + b"library")


@cache
def files() -> tuple[Path, ...]:
    """Return the files that the repository holds or would hold: everything that .gitignore does not name."""
    named = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    ignored = {line.strip("/") for line in named} | {".git"}

    def inside(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.name in ignored or path.suffix == ".pyc":
                continue
            if path.is_dir():
                yield from inside(path)
            else:
                yield path

    return tuple(inside(ROOT))


def pins(name: str) -> list[re.Match[str]]:
    """Return the lines of a requirements file; fails if one is not pinned."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [PIN.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert None not in found
    return [pin for pin in found if pin]


def distributions(*names: str) -> set[str]:
    return {pin["name"].lower().replace("_", "-") for name in names for pin in pins(name)}


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the top-level modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def imports(folder: str) -> set[str]:
    """Return the distributions that the code of a folder (or a file) needs."""
    under = [path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]
    own = {*FOLDERS, *(path.stem for path in under if folder == "tests")}
    found = set().union(*map(imported, under)) - sys.stdlib_module_names - {"tomllib"} - own  # not in Python 3.10
    return {DISTRIBUTIONS.get(module, module.replace("_", "-")) for module in found}


def blocks(text: str) -> list[str]:
    return re.findall(r"^```bash\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def lesson_row(number: int, lesson: Lesson) -> str:
    state = Strings("overview", "ja")("lesson_ready" if lesson.ready else "coming_soon")
    return row(number, lesson.title["ja"], lesson.summary["ja"], state)


def model_row(card: catalogue.Card) -> str:
    return row(
        f"[{card.name}](core/models/{card.name}/card.json)",
        TASKS[card.kind],
        f"{card.parameters / 10_000:.0f} 万",
        f"{card.layers} 層 × {card.heads} ヘッド、幅 {card.hidden}",
        f"{card.bytes / 1e6:.1f} MB",
    )


# -- README ---------------------------------------------------------------------------------------------------


def test_readme_has_two_commands() -> None:
    assert blocks(README) == [OPEN_APP, RUN_TESTS]
    assert README.count("```") == 6


def test_the_program_of_the_readme_runs_as_printed() -> None:
    (program,) = re.findall(r"^```python\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)
    assert f"http://127.0.0.1:{PORT}/v1" in program
    running = start(load, Settings(port=0))
    try:
        here = program.replace(f"http://127.0.0.1:{PORT}/v1", running.url)
        done = subprocess.run([sys.executable, "-c", here], capture_output=True, text=True, timeout=60, check=True)
    finally:
        running.stop()
    assert done.stdout.strip()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (extract,) = re.findall(r"^test_command=\$\((.+)\)$", script, re.MULTILINE)
    done = subprocess.run(["bash", "-c", extract], cwd=ROOT, capture_output=True, check=True, timeout=20)
    assert done.stdout.decode().strip() == RUN_TESTS
    assert "pip install" not in script


def test_readme_lists_every_lesson_in_order() -> None:
    rows = [lesson_row(number, lesson) for number, lesson in enumerate(lessons(), 1)]
    assert "\n".join(rows) in README


def test_readme_lists_every_model() -> None:
    assert [card.name for card in catalogue.models()] == sorted(catalogue.EMBEDDED)
    assert [model_row(card) for card in catalogue.models() if model_row(card) not in README] == []


def test_readme_shows_every_command() -> None:
    assert [name for name in COMMANDS if f"`.venv/bin/python -m core {name}" not in README] == []
    stages = re.findall(r"python -m (core\.training\.\w+(?: \w+)?)", core.training.__doc__ or "")
    assert len(stages) == 8
    assert [stage for stage in stages if f"`.venv/bin/python -m {stage}`" not in README] == []


def test_readme_names_the_pinned_torch() -> None:
    (torch,) = (pin for pin in pins(APP) if pin["name"] == "torch")
    assert f"pip install {torch[0]} --index-url" in README


def test_benchmark_table_has_its_place() -> None:
    assert README.count("<!-- benchmark:start -->\n") == 1
    assert README.index("<!-- benchmark:start -->") < README.index("<!-- benchmark:end -->")


@pytest.mark.parametrize("page", [path for path in files() if path.suffix == ".md"], ids=lambda path: path.name)
def test_links_and_pictures_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith("https://")]
    assert [link for link in local if not (page.parent / link).exists()] == []


# -- pins -----------------------------------------------------------------------------------------------------


def test_pins_agree() -> None:
    versions: dict[tuple[str, str | None], set[str]] = {}
    for pin in (pin for name in (APP, TRAINING, TESTS, BENCHMARKS) for pin in pins(name)):
        versions.setdefault((pin["name"], pin["marker"]), set()).add(pin["version"])
    assert {key: found for key, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("app.py", [APP]),
        ("core", [APP, TRAINING]),
        ("lessons", [APP, TESTS]),  # lessons.fonts, which made the fonts in static, needs fonttools
        ("pages", [APP]),
        ("tests", [APP, TRAINING, TESTS, BENCHMARKS]),
    ],
)
def test_imports_are_pinned(folder: str, names: list[str]) -> None:
    assert sorted(imports(folder) - distributions(*names)) == []


def test_app_pins_only_what_is_imported() -> None:
    needed = set().union(*(imports(folder) for folder in ("app.py", "core", "lessons", "pages")))
    assert sorted(distributions(APP) - needed) == []


@pytest.mark.parametrize(
    ("folder", "above"), [("core", {"streamlit", "lessons", "pages", "app"}), ("lessons", {"pages", "app"})]
)
def test_dependencies_point_one_way(folder: str, above: set[str]) -> None:
    code = [path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]
    assert {path.name: imported(path) & above for path in code if imported(path) & above} == {}


# -- licences -------------------------------------------------------------------------------------------------


def test_every_source_of_the_training_text_is_named() -> None:
    rows = [row(source.name, source.licence, source.attribution) for source in (*SOURCES, OWN, CONTRASTS_OF_OURS)]
    assert "\n".join(rows) in LICENCE


def test_models_have_the_licence_that_is_told() -> None:
    assert {card.licence for card in catalogue.models()} == {"CC BY-SA 4.0"}
    assert "CC BY-SA 4.0" in LICENCE
    assert "CC BY-SA 4.0" in README
    assert "the 大規模言語モデル概観 authors" in (ROOT / "LICENSE").read_text(encoding="utf-8")


# -- the rest -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", [lesson for lesson in lessons() if lesson.ready], ids=lambda lesson: lesson.id)
def test_ready_lesson_has_its_page_and_texts(lesson: Lesson) -> None:
    needed = [lesson.page, *(ROOT / f"lessons/{lesson.id}/{lang}.md" for lang in LANGUAGES)]
    if lesson.id != "overview":
        needed += [ROOT / f"lessons/{lesson.id}/guide.{lang}.md" for lang in LANGUAGES]
        needed += [ROOT / f"lessons/{lesson.id}/{name}.toml" for name in ("quiz", "ui")]
    assert [path for path in needed if not path.is_file()] == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    contents = {path.relative_to(ROOT): path.read_bytes() for path in files()}
    found = {path: [name for name in MACHINE_PATHS if name in content] for path, content in contents.items()}
    assert {path: names for path, names in found.items() if names} == {}
