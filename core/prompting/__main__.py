"""Few-shot tasks from a terminal.

    python -m core.prompting tasks
    python -m core.prompting ask --task opposites --shots 4 --given 明るい
    python -m core.prompting measure --task opposites --shots 4 --model fewshot-l-sequences-0 --json
    python -m core.prompting measure --task kana-rules --shots 8 --model fewshot-l-sequences --json

`ask` shows the exact prompt and the answer, `measure` the share of right answers with its interval. A task of the family
is asked as often as for the figure, and a member without its seed (fewshot-l-sequences) is the models of all seeds: this
makes a point of the figure again, and `recorded` says what the figure has.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from typing import Any

from core import runtime
from core.errors import CoreError, WrongTask
from core.prompting import points
from core.prompting.points import Point
from core.prompting.rules import games, task
from core.prompting.tasks import Drawn, Task, tasks

EPISODES = 200


def _model(name: str) -> Any:
    import core
    from core.causal import CausalLM

    model = core.load(name)
    if not isinstance(model, CausalLM):
        raise WrongTask(name=name, task="few-shot")
    return model


def listed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the prepared tasks, and the names of what the few-shot family is measured by."""
    entries = tasks().values()
    return {
        "tasks": [{"name": one.name, "title": one.title[arguments.lang], "pairs": len(one.pairs)} for one in entries],
        "family": list(games()),
    }


def ask(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return one prompt, what the model writes, and its choice among the task's answers."""
    from core.prompting.measure import GUESSES, answer
    from core.prompting.prompt import FORMATS, prompt

    model = _model(arguments.model)
    chosen = _fitting(arguments, model).at(arguments.seed, 0)
    made = prompt(chosen, arguments.shots, FORMATS[arguments.format], seed=arguments.seed, shuffled=arguments.shuffled)
    if arguments.given:
        made = replace(made, given=arguments.given, answer="")
    found = answer(model, made, chosen)
    candidates = [{"token": one.token, "prob": one.prob} for one in found.among[:GUESSES]]
    return {"prompt": made.text, "text": found.text, "candidates": candidates}


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return a measurement, and the recorded point of the figure that it makes again, if there is one."""
    from core.prompting import family

    member = family.parts(arguments.model)
    names = [arguments.model]
    if member is not None:
        names = [family.name(*member[:2], seed) for seed in member[2]]
    episodes = arguments.episodes or _usual(arguments.task)
    found = [_measurement(arguments, name, episodes) for name in names]
    answer = {**asdict(found[0]), "accuracy": found[0].accuracy, "interval": list(found[0].interval)}
    if member is not None and len(found) > 1:
        size, text, seeds = member
        whole = Point(arguments.task, size, text, arguments.shots, tuple(one.right for one in found), episodes)
        answer |= {"model": arguments.model, "seeds": list(seeds), "right_by_seed": list(whole.right)}
        answer |= {"episodes": whole.total, "right": sum(whole.right)}
        answer |= {"accuracy": whole.accuracy, "interval": list(whole.interval)}
    known = points.is_there() and arguments.format == "arrow" and not arguments.shuffled
    recorded = points.point(arguments.task, *member[:2], arguments.shots) if member and known else None
    if recorded is not None:
        answer["recorded"] = {"accuracy": recorded.accuracy, "interval": list(recorded.interval)}
    return answer


def _usual(name: str) -> int:
    """Return how often a task is asked: those of the family as often as for the figure, so that a point comes again."""
    return points.episodes() if name in games() and points.is_there() else EPISODES


def _measurement(arguments: argparse.Namespace, name: str, episodes: int) -> Any:
    from core.prompting.measure import measure
    from core.prompting.prompt import FORMATS

    model = _model(name)
    return measure(
        model,
        _fitting(arguments, model),
        arguments.shots,
        episodes,
        format=FORMATS[arguments.format],
        seed=arguments.seed,
        shuffled=arguments.shuffled,
    )


def _fitting(arguments: argparse.Namespace, model: Any) -> Task | Drawn:
    """Return the task, in kana for a model that reads nothing else."""
    from core.prompting.measure import fitting

    found = task(arguments.task)
    return fitting(found, model) if isinstance(found, Task) else found


def _text(answer: dict[str, Any]) -> str:
    if "tasks" in answer:
        lines = (f"{one['name']:12} {one['pairs']:4}  {one['title']}" for one in answer["tasks"])
        return "\n".join([*lines, *answer["family"]])
    if "prompt" in answer:
        shares = "\n".join(f"{one['prob']:7.1%}  {one['token']}" for one in answer["candidates"])
        return f"{answer['prompt']}{answer['text']}\n\n{shares}"
    low, high = answer["interval"]
    told = (
        f"{answer['right']} / {answer['episodes']} = {answer['accuracy']:.1%} ({low:.1%}–{high:.1%}), "
        f"chance {answer['chance']:.1%}"
    )
    if "recorded" not in answer:
        return told
    low, high = answer["recorded"]["interval"]
    return f"{told}\nthe figure: {answer['recorded']['accuracy']:.1%} ({low:.1%}–{high:.1%})"


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="python -m core.prompting", description="Few-shot tasks.")
    commands = main.add_subparsers(required=True)
    for name, call in (("tasks", listed), ("ask", ask), ("measure", measured)):
        command = commands.add_parser(name, help=call.__doc__)
        command.set_defaults(call=call)
        command.add_argument("--json", action="store_true", help="print one JSON object")
        command.add_argument("--lang", choices=("ja", "en"), default="ja")
        if name == "tasks":
            continue
        command.add_argument("--task", required=True)
        command.add_argument("--shots", type=int, default=4)
        command.add_argument("--model", default="decoder")
        command.add_argument("--format", choices=("arrow", "lines", "quotes", "dialogue"), default="arrow")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--shuffled", action="store_true", help="let the examples' answers change places")
        if name == "ask":
            command.add_argument("--given", help="what is asked; drawn from the task if not given")
        else:
            asked = f"questions; {EPISODES}, or as many as for the figure if the task is one of the family's"
            command.add_argument("--episodes", type=int, help=asked)
    return main


def main() -> None:
    arguments = parser().parse_args()
    try:
        answer = arguments.call(arguments)
    except CoreError as error:
        print(error.message(arguments.lang), file=sys.stderr)
        sys.exit(2)
    print(json.dumps(answer, ensure_ascii=False) if arguments.json else _text(answer))


if __name__ == "__main__":
    runtime.end_with_reader()
    main()
