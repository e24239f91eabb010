"""The start page, and every lesson of the road: both open in both languages."""

import json
import subprocess
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from core import catalogue
from core.errors import ModelDamaged
from lessons import live, progress
from lessons.overview import compare, opening
from lessons.overview.sizes import published
from lessons.registry import Lesson, lessons, references
from lessons.self_attention.lab import LiveLab, examples
from lessons.text import LANGUAGES, Strings, plain, sections

Open = Callable[..., AppTest]
READY = [lesson for lesson in lessons() if lesson.ready]
ROOT = Path(__file__).parents[2]
APP = ROOT / "app.py"
NAME = {"ja": "大規模言語モデル概観", "en": "Large Language Models, Hands On"}
BIRD, BABY = (example.question for example in examples()[:2])


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def chart(app: AppTest, key: str) -> dict[str, Any]:
    found = next(one for one in app.get("plotly_chart") if one.key == key)
    loaded: dict[str, Any] = json.loads(found.proto.spec)
    return loaded


def bars(app: AppTest, text: str) -> dict[str, float]:
    """Return the words of a sentence's figure with their lengths."""
    drawn = chart(app, f"bird:{text}")
    return dict(zip(drawn["layout"]["yaxis"]["ticktext"], drawn["data"][0]["x"], strict=True))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lesson", READY, ids=lambda lesson: lesson.id)
def test_every_ready_lesson_opens(open_page: Open, lesson: Lesson, lang: str) -> None:
    app = open_page(lesson.id, lang=lang)

    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == [NAME[lang] if lesson.id == "overview" else lesson.title[lang]]


# -- the road ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_road_shows_every_lesson_and_opens_those_that_are_ready(open_page: Open, lang: str) -> None:
    app = open_page("overview", lang=lang)

    for number, lesson in enumerate(lessons(), 1):
        assert f"<h3>{number}. {escape(lesson.title[lang])}</h3><p>{escape(lesson.summary[lang])}</p>" in html(app)
    opened = [*(lesson.id for lesson in READY if lesson.id != "overview"), *(page.id for page in references())]
    assert [link.proto.page for link in app.get("page_link")] == opened
    coming = f'<span class="km-chip coming">{Strings("overview", lang)("coming_soon")}</span>'
    assert html(app).count(coming) == len(lessons()) - len(READY)
    assert [heading.value for heading in app.subheader] == [
        section.title for section in sections("overview", lang).values()
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_box_of_the_map_leads_to_a_card(open_page: Open, lang: str) -> None:
    app = open_page("overview", lang=lang)

    for lesson in lessons():
        assert html(app).count(f'href="#lesson-{lesson.id}"') == (lesson.id != "overview")
        assert html(app).count(f'id="lesson-{lesson.id}"') == 1
    assert escape(Strings("overview", lang)("map_alt")) in html(app)


def test_cards_show_what_the_reader_has_done(open_page: Open) -> None:
    say = Strings("overview", "ja")
    steps = list(progress.tasks("gpt"))
    app = open_page("overview")
    assert say("steps_done", done=0, steps=len(steps)) in html(app)
    assert say("go_on") not in [link.proto.label for link in app.get("page_link")]

    app.session_state[progress.DONE] = {f"gpt/{steps[0]}", "gpt/no-such-step", "no_such_lesson/x"}
    app.run()
    assert say("steps_done", done=1, steps=len(steps)) in html(app)
    assert [link.proto.page for link in app.get("page_link") if link.proto.label == say("go_on")] == ["gpt"]

    app.session_state[progress.DONE] = {f"gpt/{step}" for step in steps}
    app.run()
    assert f"✓ {say('all_done')}" in html(app)


# -- the first question ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_answer_is_hidden_until_the_reader_has_chosen(open_page: Open, lab: LiveLab, lang: str) -> None:
    app = open_page("overview", lang=lang)
    assert not app.get("plotly_chart")

    app = press(app, "bird:鳴く")
    assert not app.exception and not app.error
    for question in (BIRD, BABY):
        shares = lab.shares(question).shares
        assert bars(app, question.text) == pytest.approx(
            {word: 100 * share for word, share in shares.items()}, rel=1e-4
        )
    best = max(bars(app, BIRD.text), key=bars(app, BIRD.text).__getitem__)
    said = Strings("overview", lang)("bird_same" if best == "鳴く" else "bird_other", word="鳴く", best=best)
    assert f"**{plain(said)}**" in texts(app)
    assert "overview/bird" in app.session_state[progress.DONE]
    assert "self_attention" in [link.proto.page for link in app.get("page_link")][:1]

    app = press(app, "bird:again")
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("button", ["bird:泣く", "bird:skip"])
def test_the_recorded_run_answers_while_the_model_is_loading(
    open_page: Open, unloaded: Callable[[], None], button: str
) -> None:
    app = press(open_page("overview"), button)

    assert not app.exception and not app.error
    assert list(bars(app, BIRD.text)) == list(bars(app, BABY.text)) == list(BIRD.candidates)
    assert f"badge[{Strings('overview', 'ja')('badge_recorded')}]" in texts(app)


def test_a_model_that_cannot_be_loaded_is_told_and_the_recorded_run_answers(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(name: str) -> None:
        raise ModelDamaged(name=name, file="model.safetensors")

    monkeypatch.setattr(live, "model", damaged)
    app = press(open_page("overview"), "bird:鳴く")

    assert not app.exception
    assert len(app.error) == 1 and "encoder" in app.error[0].value
    assert bars(app, BIRD.text)


# -- sizes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sizes_are_guessed_before_they_are_shown(open_page: Open, lang: str) -> None:
    say, card = Strings("overview", lang), catalogue.card(opening.MODEL)
    app = open_page("overview", lang=lang)
    assert app.button(key="sizes:do").disabled
    for guess, kind in ((compare.right(card), "success"), (0, "warning"), (len(compare.options(say)) - 1, "warning")):
        app.radio(key="overview:sizes:radio").set_value(guess).run()
        app = press(app, "sizes:do")
        assert not app.exception and not app.error
        assert len(app.get("plotly_chart")) == len(app.get(kind)) == 1
        app = press(app, "sizes:again")
        assert not app.get("plotly_chart")
    app = press(app, "sizes:skip")
    assert "overview/sizes" in app.session_state[progress.DONE]
    drawn = chart(app, "sizes")["layout"]["yaxis"]["ticktext"]
    for family in published(lang):
        assert f"{family.name}<br>{family.year}" in drawn
    app.toggle(key="sizes:table").set_value(True).run()
    (table,) = [element.value for element in app.markdown if element.value.startswith("| ")]
    for family in published(lang):
        assert plain(family.label) in table
        for source in family.sources:
            assert f"[{plain(source.text)}]({source.link})" in texts(app)
    for model in catalogue.models():
        assert plain(model.name) in table
    assert plain(say("sizes_none")) in table


# -- the rest ----------------------------------------------------------------------------------------------------


def test_the_page_needs_neither_torch_nor_transformers() -> None:
    program = """
import sys
from streamlit.testing.v1 import AppTest
from lessons import live

live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
app.button(key="bird:鳴く").click().run()
app.button(key="sizes:skip").click().run()
assert not app.exception and len(app.get("plotly_chart")) == 3
heavy = {"torch", "transformers", "safetensors", "huggingface_hub", "tokenizers"} & {*sys.modules}
assert not heavy, heavy
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_projector_view_can_be_left(open_page: Open) -> None:
    app = open_page("overview", present="1")
    assert app.session_state["view:present"] == "1"

    app = press(app, "present:leave")
    assert app.session_state["view:present"] == ""
    assert "present:leave" not in [button.key for button in app.button]


def test_the_language_switch_turns_the_page_and_stays_on_the_next(open_page: Open) -> None:
    app = open_page("overview")
    assert app.title[0].value == NAME["ja"]

    app.button_group(key="lang:widget").set_value("en").run()
    assert app.title[0].value == NAME["en"]

    app.switch_page("pages/self_attention.py").run()
    assert app.text_input(key="self-attention:s").label == "Sentence"
    assert app.query_params == {"lang": "en"}


def test_an_unknown_language_is_japanese(open_page: Open) -> None:
    app = open_page("overview", lang="xx")

    assert not app.exception
    assert app.title[0].value == NAME["ja"]


def test_a_lesson_whose_address_is_the_first_one_opened_comes_with_the_menu(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then Streamlit has not met the menu and runs the page's file alone (see language_of_page)."""
    monkeypatch.setattr(app_test, "PagesManager", PagesManager)
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params = {"lang": "en", "s": "小鳥がナク"}
    app.switch_page("pages/self_attention.py").run()

    assert not app.exception
    assert app.button_group(key="lang:widget").value == "en"
    assert app.text_input(key="self-attention:s").value == "小鳥がナク"
