"""Ranking and reward of the RLHF lesson without a browser: who ranks, what is told, bad input, what comes back."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import TooManyCharacters, UnreadableRankings
from core.rlhf.comparisons import Log
from core.rlhf.labellers import RULES, labeller
from core.rlhf.logs import MOST_RANKINGS
from core.rlhf.prompts import train_prompts
from core.tokens import MAX_CHARACTERS
from lessons import live
from lessons.rlhf.keeping import DESK, PENDING, Pending
from lessons.rlhf.lab import BASE, CHAT, LiveLab, live_lab
from lessons.rlhf.tables import Lain, Table
from lessons.rlhf.workshop import KEY, Workshop
from lessons.text import LANGUAGES, Strings, plain

Open = Callable[..., AppTest]
PAGE = "rlhf"
JA = Strings(PAGE, "ja")
MARKUP = "</script><b>x</b>**y**$z$:red[w]"


@pytest.fixture(scope="session")
def chat() -> LiveLab:
    """Wait until the models are loaded; return the lab that the page asks."""
    base = live.wait(BASE)
    return live_lab(live.wait(CHAT), base)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def shop(app: AppTest) -> Workshop:
    found: Workshop = app.session_state[KEY]
    return found


def lain(app: AppTest) -> Table:
    found: Lain = shop(app).kept[DESK]
    return found.table


def ranked(app: AppTest, *places: int, annotator: str = "") -> AppTest:
    """Rank the table that lies there, as the cards do."""
    table = lain(app)
    shop(app).log = shop(app).log.add(table.ranking(places, annotator))
    del shop(app).kept[DESK]
    return app.run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind))


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


# -- rank ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", ["rank", "reward"])
def test_the_step_opens_in_both_languages(open_page: Open, chat: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)
    assert not app.exception
    assert not errors(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_recorded_answers_can_be_ranked_while_the_models_load(
    open_page: Open, unloaded: Callable[[], None], chat: LiveLab, lang: str
) -> None:
    app = open_page(PAGE, step="rank", lang=lang)
    assert lain(app).prompt == train_prompts()[0]
    first = lain(app)
    ranked(app, 1, 2, 3, 4)
    assert lain(app).prompt != first.prompt
    before = lain(app)
    unloaded()
    app.run()
    assert lain(app) == before  # what lies there stays when the models have come
    assert not app.exception


def test_the_wish_stands_above_the_cards(open_page: Open, chat: LiveLab) -> None:
    for name in RULES:
        app = open_page(PAGE, step="rank", c=name)
        assert JA("wish_told", rule=labeller(name).wish["ja"]) in texts(app)
    assert JA("wish_told_taste") in texts(open_page(PAGE, step="rank"))


def test_nothing_says_which_answer_was_likelier(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", rq="0")
    drawn = chat.candidates(train_prompts()[0], 0)
    assert set(lain(app).answers) == set(drawn)
    assert len(drawn) == 4


def test_the_next_table_is_the_one_that_teaches_most(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank")
    assert JA("offered_first") in texts(app)
    ranked(app, 1, 2, 3, 4)
    assert JA("offered_learned") in texts(app)
    assert JA("rank_last", pairs=6, ties=0) in texts(app)
    assert JA("rank_count", rankings=1, pairs=6) in texts(app)
    assert "rlhf/rank" not in app.session_state["progress"]  # the cards do that


def test_other_answers_can_be_asked_for(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", rq="3")
    first = lain(app)
    press(app, "rank:others")
    assert lain(app).prompt == first.prompt
    assert lain(app).id != first.id
    offered = open_page(PAGE, step="rank")
    skipped = lain(offered)
    press(offered, "rank:others")
    assert lain(offered).id != skipped.id


def test_a_ranking_is_taken_back_and_lies_there_again(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank")
    table = lain(app)
    ranked(app, 2, 1, 1, 3)
    press(app, "rank:undo")
    assert not shop(app).log.rankings
    assert lain(app).id == table.id
    assert shop(app).kept["groups"] == [[1, 2], [0], [3]]


def test_all_ties_are_an_opinion(open_page: Open, chat: LiveLab) -> None:
    app = ranked(open_page(PAGE, step="rank"), 1, 1, 1, 1)
    assert JA("rank_all_ties") in texts(app)
    app.button_group(key="rlhf:step").set_value("reward").run()
    assert JA("held_missing") in texts(app)
    press(app, "guess:skip")
    assert JA("liking_none") in texts(app)
    assert JA("ranked_ties") in texts(app)
    assert Strings("frame", "ja")("task_done") in texts(app), "it is said at once, not after the next click"
    assert not app.exception


def test_a_circle_is_told_and_allowed(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank")
    table = lain(app)
    log = Log((table.ranking((1, 2, 3, 4)), table.ranking((4, 1, 2, 3))))
    shop(app).log = log
    app.run()
    (told,) = (one.value for one in app.warning if JA("rank_circle") in one.value)
    assert table.answers[0].text in told.replace("\\", "")
    assert len(shop(app).log.rankings) == 2
    assert not app.exception


# -- an own prompt ---------------------------------------------------------------------------------------------


def test_an_own_prompt_is_answered(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", rq="own")
    assert JA("prompt_own_empty") in texts(app)
    app.text_input(key="rlhf:ro").set_value("犬と散歩しました。").run()
    assert lain(app).prompt == "犬と散歩しました。"
    assert app.query_params["ro"] == "犬と散歩しました。"


def test_a_huge_prompt_is_one_sentence_and_nothing_is_lost(open_page: Open, chat: LiveLab) -> None:
    huge = "犬" * 5000
    app = ranked(open_page(PAGE, step="rank"), 1, 2, 3, 4)
    app.selectbox(key="rlhf:rq").set_value("own").run()
    app.text_input(key="rlhf:ro").set_value(huge).run()
    expected = TooManyCharacters(length="5,000", limit=MAX_CHARACTERS).message("ja")
    assert errors(app) == [plain(JA("error_prefix") + expected)]
    assert app.text_input(key="rlhf:ro").value == huge
    assert len(shop(app).log.rankings) == 1
    assert not app.button(key="rank:undo").disabled


def test_markup_is_shown_as_it_is(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", rq="own", ro=MARKUP)
    assert not app.exception
    assert JA("asked", prompt=plain(MARKUP)) in texts(app)


def test_an_own_prompt_waits_for_the_model(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE, step="rank", rq="own", ro="犬")
    assert JA("needs_live") in texts(app)
    assert not app.exception


# -- simulated people ------------------------------------------------------------------------------------------


def test_a_simulated_person_ranks_at_once_and_is_named(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", c="short")
    press(app, "rank:sim:5")
    assert [one.annotator for one in shop(app).log.rankings] == ["short"] * 5
    press(app, "rank:sim:20")
    log = shop(app).log
    assert len(log.rankings) == 25
    assert len({one.answers for one in log.rankings}) == 25
    assert JA("sim_made", name="短い", rankings=25) in texts(app)
    press(app, "rank:sim:away")
    assert not shop(app).log.rankings
    assert not app.exception


def test_it_begins_with_what_others_have_ranked(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", c="polite")
    mine = lain(app)
    ranked(app, 1, 2, 3, 4)
    press(app, "rank:sim:5")
    assert set(mine.answers) == set(shop(app).log.of("polite").rankings[0].answers)


def test_there_is_a_limit_and_it_is_told(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank")
    table = lain(app)
    shop(app).log = Log((table.ranking((1, 2, 3, 4), "x"),) * MOST_RANKINGS)
    app.run()
    press(app, "rank:sim:5")
    assert len(errors(app)) == 1
    assert len(shop(app).log.rankings) == MOST_RANKINGS


# -- what the browser has kept ---------------------------------------------------------------------------------


def test_a_reload_brings_back_rankings_and_table(open_page: Open, chat: LiveLab) -> None:
    before = ranked(open_page(PAGE, step="rank"), 1, 2, 2, 3)
    half_made = lain(before)
    app = open_page(PAGE, step="rank")
    shop(app).kept[PENDING] = Pending(shop(before).log.to_json(), half_made.written)
    app.run()
    assert shop(app).log == shop(before).log
    assert lain(app) == half_made
    assert shop(app).kept["heard"]


def test_they_come_back_on_any_step(open_page: Open, chat: LiveLab) -> None:
    before = ranked(open_page(PAGE, step="rank"), 1, 2, 2, 3)
    app = open_page(PAGE, step="reward")
    assert JA("reward_nothing") in texts(app)
    shop(app).kept[PENDING] = Pending(shop(before).log.to_json(), "")
    app.run()
    assert JA("reward_nothing") not in texts(app)


def test_they_wait_until_a_model_can_check_them(open_page: Open, unloaded: Callable[[], None], chat: LiveLab) -> None:
    app = ranked(open_page(PAGE, step="rank"), 4, 3, 2, 1)
    kept = Log((shop(app).log.rankings[0], lain(app).ranking((1, 2, 3, 4))))
    shop(app).kept[PENDING] = Pending(kept.to_json(), "")
    app.run()
    assert len(shop(app).log.rankings) == 1
    unloaded()
    app.run()
    assert shop(app).log == kept


@pytest.mark.parametrize("pending", [Pending("x", ""), Pending("", "{}"), Pending('{"version": 2}', "")])
def test_what_cannot_be_read_is_one_sentence(open_page: Open, chat: LiveLab, pending: Pending) -> None:
    app = open_page(PAGE, step="rank")
    shop(app).kept[PENDING] = pending
    app.run()
    assert errors(app) == [plain(UnreadableRankings().message("ja"))]
    assert not app.run().exception
    assert not errors(app)


def test_everything_can_be_deleted(open_page: Open, chat: LiveLab) -> None:
    app = ranked(open_page(PAGE, step="rank"), 1, 2, 3, 4)
    press(app, "rank:file:delete")
    assert not shop(app).log.rankings
    assert shop(app).kept["forgotten"] == 1


# -- reward ----------------------------------------------------------------------------------------------------


def learned(open_page: Open, count: int = 20, **link: str) -> AppTest:
    app = open_page(PAGE, step="rank", **link)
    press(app, "rank:sim:5" if count == 5 else "rank:sim:20")
    return app.button_group(key="rlhf:step").set_value("reward").run()


def test_without_rankings_there_is_a_way_to_them(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="reward")
    press(app, "reward:to_rank")
    assert app.button_group(key="rlhf:step").value == "rank"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_weights_are_told_after_a_guess(open_page: Open, chat: LiveLab, lang: str) -> None:
    app = learned(open_page, c="polite", lang=lang)
    assert not app.get("plotly_chart")
    assert "rlhf/reward" not in app.session_state["progress"]
    app.radio(key="rlhf:guess:reward:radio").set_value(0).run()
    press(app, "guess:do")
    assert not app.exception
    assert {chart.key for chart in app.get("plotly_chart")} >= {"reward:weights", "reward:ranked", "reward:growth"}
    assert "rlhf/reward" in app.session_state["progress"]
    assert any(metric.label == Strings(PAGE, lang)("rule_share") for metric in app.metric)


def test_few_rankings_are_visibly_unsure(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank")
    for _ in range(3):
        ranked(app, 1, 2, 3, 4)
    app.button_group(key="rlhf:step").set_value("reward").run()
    assert any(JA("held_unsure", low="", high="")[:12] in str(one.value) for one in app.warning)


def test_own_sentences_are_scored_and_compared(open_page: Open, chat: LiveLab) -> None:
    app = learned(open_page, c="polite", sa="はい、好きです。", sb="べつに。")
    press(app, "guess:skip")
    assert {"score:sa", "score:sb"} <= {chart.key for chart in app.get("plotly_chart")}
    assert any("はい、好きです。" in str(one.value) for one in app.info)
    app.text_input(key="rlhf:sb").set_value("はい、好きです。").run()
    assert JA("score_same") in texts(app)
    assert not app.exception


def test_a_huge_sentence_is_one_sentence(open_page: Open, chat: LiveLab) -> None:
    huge = "犬" * 5000
    app = learned(open_page, 5, sb="はい。")
    press(app, "guess:skip")
    app.text_input(key="rlhf:sa").set_value(huge).run()
    assert len(errors(app)) == 1
    assert app.text_input(key="rlhf:sa").value == huge
    assert "score:sb" in {chart.key for chart in app.get("plotly_chart")}


def test_people_who_disagree_are_told(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="rank", c="polite")
    ranked(app, 1, 2, 3, 4)
    press(app, "rank:sim:5")
    app.button_group(key="rlhf:step").set_value("reward").run()
    press(app, "guess:skip")
    assert JA("agree_help") in texts(app)
    assert JA("annotator_you") in texts(app)


def test_it_waits_for_the_model(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE, step="reward")
    assert JA("needs_live") in texts(app)
    assert not app.exception
