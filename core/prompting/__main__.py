"""Few-shot tasks from a terminal.

    python -m core.prompting tasks
    python -m core.prompting ask --task opposites --shots 4 --given 明るい
    python -m core.prompting measure --task opposites --shots 4 --model decoder --json

`ask` shows the exact prompt and the answer, `measure` the share of right answers with its interval.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from typing import Any

from core import runtime
from core.errors import CoreError, WrongTask
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
    """Return a measurement."""
    from core.prompting.measure import measure
    from core.prompting.prompt import FORMATS

    model = _model(arguments.model)
    found = measure(
        model,
        _fitting(arguments, model),
        arguments.shots,
        arguments.episodes,
        format=FORMATS[arguments.format],
        seed=arguments.seed,
        shuffled=arguments.shuffled,
    )
    return {**asdict(found), "accuracy": found.accuracy, "interval": list(found.interval)}


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
    return (
        f"{answer['right']} / {answer['episodes']} = {answer['accuracy']:.1%} ({low:.1%}–{high:.1%}), "
        f"chance {answer['chance']:.1%}"
    )


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
            command.add_argument("--episodes", type=int, default=EPISODES)
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
