"""The model layer from a terminal.

    python -m core models
    python -m core tokens "鳥がナク"
    python -m core fill "鳥が[MASK]。"
    python -m core choose "鳥が[MASK]。" 鳴く 泣く
    python -m core next "雨が激しく"
    python -m core attention "鳥がナク" --json
    python -m core score "雨が激しく降る。"
    python -m core convert "とりがなく"
    python -m core extra gemma-3-270m

Every command but `models` and `extra` takes --model NAME (a catalogue name, a Hugging Face id or a local folder); all take --json
(one JSON object) and --lang ja|en. What the user can mend is told in one sentence, with exit status 2.
"""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

import core
from core import catalogue, extras, offers, runtime
from core.errors import CoreError, WrongTask

Answer = dict[str, Any]
BAR = 30  # characters of a progress bar


def _load(arguments: argparse.Namespace, kind: str, default: str) -> Any:
    """Return the model asked for; raises WrongTask if it is not of `kind` ("" for any)."""
    name = arguments.model or default
    model = core.load(name, progress=_progress if sys.stderr.isatty() else None)
    if kind and type(model).__name__ != kind:
        raise WrongTask(name=name, task=arguments.command)
    return model


def _progress(done: int, total: int, file: str) -> None:
    end = "\n" if done >= total else ""
    print(f"\r{file}: {done:,} / {total:,} bytes", end=end, file=sys.stderr, flush=True)


def _candidates(candidates: Any) -> list[Answer]:
    return [{"token": candidate.token, "prob": candidate.prob} for candidate in candidates]


def models(arguments: argparse.Namespace) -> Answer:
    fields = ("name", "kind", "parameters", "bytes", "licence")
    more = (*fields, "memory", "languages", "why")
    return {
        "models": [{field: getattr(card, field) for field in fields} for card in catalogue.models()],
        "extra": [{field: getattr(model, field) for field in more} for model in offers.EXTRA_MODELS],
        "hub": [{field: getattr(model, field) for field in more} for model in offers.HUB_MODELS],
    }


def tokens(arguments: argparse.Namespace) -> Answer:
    found = _load(arguments, "", "encoder").tokens(arguments.text)
    fields = ("text", "id", "start", "end", "special")
    return {"tokens": [{field: getattr(token, field) for field in fields} for token in found]}


def fill(arguments: argparse.Namespace) -> Answer:
    fillings = _load(arguments, "MaskedLM", "encoder").fill(arguments.text, k=arguments.k)
    masks = [{"position": one.position, "candidates": _candidates(one.candidates)} for one in fillings]
    return {"candidates": masks[0]["candidates"], "masks": masks}


def choose(arguments: argparse.Namespace) -> Answer:
    choice = _load(arguments, "MaskedLM", "encoder").choose(arguments.text, arguments.words)
    return {"candidates": _candidates(choice.candidates), "method": choice.method}


def next_(arguments: argparse.Namespace) -> Answer:
    found = _load(arguments, "CausalLM", "decoder").next(arguments.text, k=arguments.k)
    return {"candidates": _candidates(found.candidates)}


def attention(arguments: argparse.Namespace) -> Answer:
    model = _load(arguments, "", "encoder")
    found = model.attention(arguments.text)
    if type(model).__name__ == "Seq2SeqLM":
        written = [token.text for token in found.decoder.tokens]
        more = {"written": written, "decoder": found.decoder.weights.tolist(), "cross": found.cross.weights.tolist()}
        return {**_map(found.encoder), **more}
    return _map(found)


def _map(found: Any) -> Answer:
    return {"tokens": [token.text for token in found.tokens], "weights": found.weights.tolist()}


def score(arguments: argparse.Namespace) -> Answer:
    model = _load(arguments, "", "decoder")
    if type(model).__name__ == "Seq2SeqLM":  # it scores one text by another
        raise WrongTask(name=model.card.name, task=arguments.command)
    found = model.score(arguments.text)
    pairs = zip(found.tokens, found.log2, strict=True)
    surprise = [{"token": token.text, "log2": log2} for token, log2 in pairs]
    return {"bits": found.bits, "tokens": surprise, "bits_per_character": found.bits_per_character}


def convert(arguments: argparse.Namespace) -> Answer:
    found = _load(arguments, "Seq2SeqLM", "seq2seq").convert(arguments.text)
    return {"text": found.text, "beams": [{"text": beam.text, "log2": beam.log2} for beam in found.beams]}


def extra(arguments: argparse.Namespace) -> Answer:
    """Return how far an extra model is and what to do next; with --terms its terms; with --accept-terms convert it."""
    name = arguments.name
    if arguments.terms:
        return {"name": name, "terms": extras.terms(name)}
    if arguments.accept_terms:
        extras.convert(name, accepted=True, progress=_bar if sys.stderr.isatty() else None)
    found, package = extras.status(name), extras.package_of(name)
    (model,) = (model for model in offers.EXTRA_MODELS if model.name == name)
    return {
        "name": name,
        **{field: getattr(found, field) for field in ("installed", "converted", "accepted")},
        "folder": str(found.folder),
        "download": model.bytes,
        "memory": model.memory,
        "licence": model.licence,
        "terms": package.address,
        "next": extras.steps(name) or [f'python -m core next "雨が激しく" --model {name}'],
    }


def _bar(done: int, total: int, stage: str) -> None:
    end = "\n" if done >= total else ""
    filled = "█" * (BAR * done // total)
    print(f"\r{filled:░<{BAR}} {done:3d}% {stage:<9}", end=end, file=sys.stderr, flush=True)


def _table(answer: Answer) -> str:
    """Return an answer for a reader: one line a row."""
    lines: list[str] = []
    for key, value in answer.items():
        if isinstance(value, list):
            lines += ["\t".join(map(_cell, row.values())) for row in value]
        else:
            lines.append(f"{key}: {_cell(value)}")
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _fill_table(answer: Answer) -> str:
    """Return a block for each hole: its position, then the candidates."""
    return "\n".join(f"[MASK] {mask['position']}\n{_table({'': mask['candidates']})}" for mask in answer["masks"])


def _attention_table(answer: Answer) -> str:
    """Return the mean over layers and heads as a table: a row looks at the columns."""
    heads = [head for layer in answer["weights"] for head in layer]
    lines = ["\t".join(["", *answer["tokens"]])]
    for query, token in enumerate(answer["tokens"]):
        means = [sum(weights) / len(heads) for weights in zip(*(head[query] for head in heads), strict=True)]
        lines.append("\t".join([token, *(f"{mean:.2f}" for mean in means)]))
    return "\n".join(lines)


def _models_table(answer: Answer) -> str:
    """Return the embedded models and, under headings, the extra ones and those of the hub with the same columns."""
    columns = ("name", "kind", "parameters", "bytes", "licence")
    blocks = [_table({"": answer["models"]})]
    for heading, place in (("python -m core extra NAME", "extra"), ("Hugging Face (--model NAME)", "hub")):
        rows = [{column: model[column] for column in columns} for model in answer[place]]
        blocks.append(f"{heading}\n{_table({'': rows})}")
    return "\n\n".join(blocks)


def _convert_table(answer: Answer) -> str:
    """Return what was written, then the beams with their log2 probability."""
    return "\n".join([answer["text"], "", _table({"": answer["beams"]})])


def _extra_table(answer: Answer) -> str:
    """Return the terms alone; or what is known of the model, and the commands that come next."""
    if "next" not in answer:
        return str(answer["terms"])
    known = {key: value for key, value in answer.items() if key != "next"}
    return "\n".join([_table(known), "", *answer["next"]])


TABLES = {
    "convert": _convert_table,
    "models": _models_table,
    "fill": _fill_table,
    "attention": _attention_table,
    "extra": _extra_table,
}
COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], Answer], str]] = {
    "models": (models, "the embedded models, and some of the Hugging Face hub"),
    "tokens": (tokens, "the tokens of a text with ids and character spans"),
    "fill": (fill, "the likeliest words for each [MASK]"),
    "choose": (choose, "rank the given words for the [MASK]"),
    "next": (next_, "the likeliest next tokens"),
    "attention": (attention, "attention weights: layer × head × query × key"),
    "score": (score, "bits of surprise of a text"),
    "convert": (convert, "kana to ordinary writing"),
    "extra": (extra, "a model that comes as Python packages: what is there, its terms, its conversion"),
}


def _count(text: str) -> int:
    """Return a number from one up; argparse tells the user of the ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Return the command line: one subcommand for each entry of COMMANDS."""
    result = argparse.ArgumentParser(prog="python -m core", description="The model layer from a terminal.")
    commands = result.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "extra":
            command.add_argument("name", help=", ".join(extras.PACKAGES))
            command.add_argument("--terms", action="store_true", help="show the terms of its licence")
            command.add_argument("--accept-terms", action="store_true", help="accept them and convert the model")
        elif name != "models":
            command.add_argument("text")
            command.add_argument("--model", help="catalogue name, Hugging Face id or local folder")
        if name == "choose":
            command.add_argument("words", nargs="+")
        if name in ("fill", "next"):
            command.add_argument("-k", type=_count, default=10, help="how many candidates")
        command.add_argument("--json", action="store_true", help="one JSON object")
        command.add_argument("--lang", choices=("ja", "en"), default="ja", help="language of error messages")
    return result


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 2 after telling the user's error in one sentence."""
    arguments = parser().parse_args(argv)
    try:
        answer = COMMANDS[arguments.command][0](arguments)
    except CoreError as error:
        print(error.message(arguments.lang), file=sys.stderr)
        return 2
    table = TABLES.get(arguments.command, _table)
    print(json.dumps(answer, ensure_ascii=False) if arguments.json else table(answer))
    return 0


if __name__ == "__main__":
    runtime.end_with_reader()
    sys.exit(main())
