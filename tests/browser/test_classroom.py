"""A teacher and three learners in real browsers: asked, led, cut off, reloaded, and gone."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lessons.text import Strings, toml
from tests.browser.cutting import wire

SAY = Strings("classroom", "ja")
SCRIPT = "<script>alert(1)</script>"[:20]
WIDE = "あ" * 20
NAMES = ("はなこ", SCRIPT, WIDE)
GUEST = "今日だけの人"
COMPOSED = {"predict": "predict_example", "quiz": "quiz_question", "rank": "rank_prompts"}  # a label of each

pytestmark = pytest.mark.timeout(300)  # four browsers at once


@pytest.fixture(scope="module")
def school(
    new_server: Callable[..., AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve the app with a database of its own; return its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOTORI_DATABASE", str(tmp_path_factory.mktemp("class") / "class.sqlite3"))
        with new_server() as address:
            yield address


def button(page: Page, key: str, **facts: object) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("button", name=SAY(key, **facts))


def opened(page: Page, school: str) -> str:
    """Open a room; return its code."""
    page.goto(f"{school}/classroom")
    button(page, "open_room").first.click()
    return page.locator(".cl-code").inner_text().replace("-", "")


def joined(page: Page, school: str, code: str, nickname: str) -> None:
    page.goto(f"{school}/classroom?room={code}")
    page.get_by_role("textbox", name=SAY("nickname_label")).fill(nickname)
    page.wait_for_function("localStorage.getItem('kotori.class')")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    button(page, "join_room").first.click()
    expect(page.get_by_text(nickname, exact=False).first).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).locator("visible=true").click()
    page.get_by_role("option", name=option).click()


def compose(teacher: Page, kind: str) -> None:
    """Choose what kind of question is asked; a teacher who is quicker than the page asks the one before."""
    teacher.get_by_role("radio", name=SAY(f"kind_{kind}")).click()
    expect(teacher.get_by_text(SAY(COMPOSED[kind]), exact=True).locator("visible=true").first).to_be_visible()


def accepted(page: Page) -> None:
    expect(page.get_by_role("status").get_by_text(SAY("ballot_accepted"))).to_be_visible()


def title(lesson: str) -> str:
    return next(str(one["title"]["ja"]) for one in toml("overview", "lessons")["lesson"] if one["id"] == lesson)


@pytest.fixture
def klass(new_page: Callable[[], Page], school: str) -> tuple[Page, tuple[Page, ...]]:
    """Return a teacher at the desk and three learners in the room."""
    teacher, *learners = (new_page() for _ in range(4))
    code = opened(teacher, school)
    for page, name in zip(learners, NAMES, strict=True):
        page.set_viewport_size({"width": 390, "height": 844})
        joined(page, school, code, name)
    return teacher, tuple(learners)


def test_a_class_votes_also_when_the_network_fails(klass: tuple[Page, tuple[Page, ...]]) -> None:
    teacher, learners = klass
    first, second, third = learners
    expect(teacher.locator(".cl-chips li")).to_have_text(NAMES)

    # a poll: everybody answers, one of them changes the answer
    button(teacher, "ask").click()
    for page in learners:
        page.get_by_role("radio", name="わかった").click()
        accepted(page)
    third.get_by_role("radio", name="まだ").click()
    expect(teacher.locator(".cl-bars .cl-name")).to_have_text([re.compile("わかった.*2人"), re.compile("まだ.*1人")])

    # cut off: the answer waits in the browser and is sent when the network is back, also after a reload
    first.context.set_offline(True)
    first.get_by_role("radio", name="まだ").click()
    expect(first.get_by_text(SAY("ballot_slow"))).to_be_visible()
    first.wait_for_timeout(2500)  # longer than the answer waits before it is sent again
    expect(first.get_by_role("status").get_by_text(SAY("ballot_sending"))).to_be_visible()
    first.context.set_offline(False)
    accepted(first)
    expect(teacher.locator(".cl-bars .cl-name")).to_have_text([re.compile("わかった.*1人"), re.compile("まだ.*2人")])
    first.reload()
    accepted(first)
    expect(first.get_by_role("radio", name="まだ")).to_be_checked()
    expect(teacher.locator(".cl-chips li")).to_have_text(NAMES)
    button(teacher, "reveal").click()
    expect(second.locator(".cl-bars li").first).to_contain_text("1人 (33%)")


def test_a_class_guesses_and_the_model_beside_it(klass: tuple[Page, tuple[Page, ...]]) -> None:
    teacher, learners = klass
    first = learners[0]

    # the words stay hidden until the model's stand beside them
    compose(teacher, "predict")
    teacher.get_by_text(SAY("predict_next"), exact=True).click()
    expect(teacher.get_by_role("textbox", name=SAY("predict_next_text"))).to_have_value("雨が激しく")
    button(teacher, "ask").click()
    for page, word in zip(learners, ("降る", "ふる", " 降る　"), strict=True):
        page.get_by_role("textbox", name=SAY("ballot_label")).fill(word)
        page.keyboard.press("Enter")
        accepted(page)
    expect(teacher.get_by_text(SAY("predict_hidden"))).to_be_visible()
    button(teacher, "reveal").click()
    for page in (teacher, first):
        expect(page.locator(".cl-bars li").first).to_contain_text("2人 (67%)")
        expect(page.locator(".cl-bars li").first).to_contain_text("%")
        expect(page.get_by_text(SAY("badge_live"), exact=True).locator("visible=true").first).to_be_visible()


def test_a_class_ranks_and_the_teacher_makes_a_reward_model(klass: tuple[Page, tuple[Page, ...]], school: str) -> None:
    teacher, learners = klass
    rlhf = Strings("rlhf", "ja")
    compose(teacher, "rank")
    button(teacher, "ask").click()
    for page in learners:
        for left in (3, 2, 1):
            expect(page.get_by_text(SAY("rank_done", done=3 - left, all=3))).to_be_visible()
            page.locator(".card").nth(1).press("ArrowUp")
            page.get_by_role("button", name=rlhf("cards_done")).click()
        expect(page.get_by_text(SAY("rank_thanks"))).to_be_visible()
    expect(teacher.get_by_text(SAY("rank_told", people=3, rankings=9, pairs=54))).to_be_visible()
    button(teacher, "reveal").click()
    expect(learners[0].locator(".cl-bars li").first).to_contain_text("%")
    button(teacher, "rank_learn").click()
    expect(teacher.get_by_role("heading", level=1)).to_have_text(title("rlhf"))
    expect(teacher.get_by_role("radio", name=rlhf("step_reward"))).to_be_checked()
    expect(teacher.get_by_text(re.compile("54")).locator("visible=true").first).to_be_visible()

    # the policy is trained on it before the class; the desk is the same when the teacher comes back to it
    teacher.get_by_role("radio", name=rlhf("step_optimise")).click()
    teacher.get_by_role("button", name=rlhf("ppo_start")).click()
    expect(teacher.get_by_text(re.compile("更新 [1-9]")).first).to_be_visible()
    teacher.get_by_role("button", name=rlhf("tune_stop")).click()
    teacher.goto(f"{school}/classroom")
    expect(teacher.get_by_text(SAY("rank_told", people=3, rankings=9, pairs=54)).first).to_be_visible()
    expect(teacher.get_by_test_id("stException")).to_have_count(0)


def test_a_class_is_led_through_a_lesson(
    klass: tuple[Page, tuple[Page, ...]], new_page: Callable[[], Page], school: str
) -> None:
    teacher, learners = klass
    first, second, _ = learners
    guest = new_page()  # of a name that no other room of this database has
    joined(guest, school, teacher.locator(".cl-code").inner_text().replace("-", ""), GUEST)
    guest.close()

    # led to a step; then a quiz calls the class back, with keys alone
    teacher.get_by_role("tab", name=SAY("tab_lead")).click()
    choose(teacher, SAY("lesson_label"), title("gpt"))
    choose(teacher, SAY("step_label"), Strings("gpt", "ja")("step_guess"))
    button(teacher, "bring").click()
    for page in learners:
        expect(page.get_by_role("heading", level=1)).to_have_text(title("gpt"))
        expect(page.get_by_role("radio", name=Strings("gpt", "ja")("step_guess"))).to_be_checked()
    teacher.get_by_role("tab", name=SAY("tab_ask")).click()
    compose(teacher, "quiz")
    button(teacher, "ask").click()
    second.get_by_role("radiogroup", name=SAY("ballot_label")).get_by_role("radio").first.focus()
    second.keyboard.press("ArrowDown")
    second.keyboard.press("Enter")
    accepted(second)
    button(teacher, "reveal").click()
    expect(second.locator(".cl-right")).to_have_count(1)

    # the teacher's browser is opened again, and shows the class the very view that it sees
    teacher.goto(f"{school}/gpt?step=mask&t=鳥が鳴く")
    button(teacher, "banner_bring").click()
    for page in learners:
        expect(page.get_by_role("textbox").first).to_have_value("鳥が鳴く")

    # roaming: a reload drags nobody, a question only knocks
    teacher.goto(f"{school}/classroom")
    teacher.get_by_role("tab", name=SAY("tab_lead")).click()
    button(teacher, "roam").click()
    first.goto(f"{school}/tokens")
    expect(first.get_by_text(SAY("banner_roaming"))).to_be_visible()
    first.reload()
    expect(first.get_by_text(SAY("banner_roaming"))).to_be_visible()
    expect(first.get_by_role("heading", level=1)).to_have_text(title("tokens"))
    teacher.get_by_role("tab", name=SAY("tab_ask")).click()
    expect(button(teacher, "ask")).to_be_enabled()
    button(teacher, "ask").click()
    button(first, "banner_answer").click()
    first.get_by_role("radio", name="まだ").click()
    accepted(first)

    # the end: the answers are saved, then nothing of the class is left on the disk
    teacher.get_by_role("tab", name=SAY("tab_results")).click()
    with teacher.expect_download() as saved:
        button(teacher, "csv").click()
    text = saved.value.path().read_text(encoding="utf-8-sig")
    assert NAMES[0] in text and text.count("まだ") == 1 and saved.value.suggested_filename.endswith(".csv")
    files = Path(os.environ["KOTORI_DATABASE"]).parent
    assert _holding(files, GUEST)
    teacher.get_by_role("tab", name=SAY("tab_end")).click()
    teacher.get_by_text(SAY("delete_sure")).click()
    button(teacher, "delete").click()
    expect(button(teacher, "open_room")).to_be_visible()
    expect(first.get_by_text(SAY("room_gone"))).to_be_visible()
    first.reload()
    expect(button(first, "join_room")).to_be_visible()
    assert _holding(files, GUEST) == []


def _holding(folder: Path, text: str) -> list[str]:
    """Return the files of a database that hold a text, the log among them."""
    return [one.name for one in folder.iterdir() if text.encode() in one.read_bytes()]


def test_a_wire_that_is_cut_loses_no_answer(browser: Browser, new_page: Callable[[], Page], school: str) -> None:
    teacher, rlhf = new_page(), Strings("rlhf", "ja")
    code = opened(teacher, school)
    with wire(int(school.rsplit(":", 1)[1])) as cable:
        learner = browser.new_page(viewport={"width": 390, "height": 844})  # its console tells of the cut
        joined(learner, cable.address, code, NAMES[0])
        button(teacher, "ask").click()
        learner.get_by_role("radio", name="わかった").click()
        accepted(learner)

        # a vote, in the reader's words
        cable.cut()
        expect(learner.get_by_role("dialog")).to_contain_text(SAY("cut_text"))
        learner.get_by_role("dialog").get_by_role("button").click()
        learner.get_by_role("radio", name="まだ").click()
        expect(learner.get_by_text(SAY("ballot_slow"))).to_be_visible()
        cable.mend()
        accepted(learner)
        expect(teacher.locator(".cl-bars .cl-name")).to_have_text(
            [re.compile("わかった.*0人"), re.compile("まだ.*1人")]
        )

        # a vote that the next question comes before: the learner is told
        cable.cut()
        expect(learner.get_by_role("dialog")).to_contain_text(SAY("cut_text"))
        learner.get_by_role("dialog").get_by_role("button").click()
        learner.get_by_role("radio", name="わかった").click()
        button(teacher, "ask").click()
        expect(teacher.get_by_text(re.compile(re.escape(SAY("voted", votes=0, members=1))))).to_be_visible()
        cable.mend()
        expect(learner.get_by_text(SAY("ballot_late"))).to_be_visible()
        learner.get_by_role("radio", name="まだ").click()
        accepted(learner)
        expect(learner.get_by_text(SAY("ballot_late"))).to_have_count(0)

        # a ranking, also when the page is opened anew before it was accepted
        compose(teacher, "rank")
        button(teacher, "ask").click()
        expect(learner.get_by_text(SAY("rank_done", done=0, all=3))).to_be_visible()
        cable.cut()
        expect(learner.get_by_role("dialog")).to_be_visible()
        learner.get_by_role("dialog").get_by_role("button").click()
        learner.locator(".card").nth(1).press("ArrowUp")
        learner.get_by_role("button", name=rlhf("cards_done")).click()
        expect(learner.get_by_text(SAY("ballot_sending"))).to_be_visible()
        cable.mend()
        expect(learner.get_by_text(SAY("rank_done", done=1, all=3))).to_be_visible()
        expect(teacher.get_by_text(SAY("rank_told", people=1, rankings=1, pairs=6))).to_be_visible()

        # a page that Streamlit left empty is opened anew, and its learner sits where it sat
        learner.evaluate("document.getElementById('root').replaceChildren()")
        expect(learner.get_by_text(SAY("rank_done", done=1, all=3))).to_be_visible()
        learner.close()


@pytest.mark.parametrize("width", [390, 1366])
def test_the_desk_fits_the_screen(page: Page, school: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, school)
    main = page.get_by_test_id("stMain")
    expect(page.locator(".cl-qr")).to_be_visible()
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_a_wrong_code_is_told(page: Page, school: str, tmp_path: Path) -> None:
    page.goto(f"{school}/classroom?room=CFHJKM")
    page.get_by_role("textbox", name=SAY("nickname_label")).fill("はなこ")
    page.wait_for_function("localStorage.getItem('kotori.class')")
    button(page, "join_room").first.click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("コード")
