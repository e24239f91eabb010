"""The policy: a copy of a language model whose weights change, and what all ways of training it need.

    sample     prompts → answers, drawn token by token, all rows at once
    read       answers → log-probability, entropy and hidden state of every token, with the gradient

A policy with a temperature is the distribution at that temperature, when it draws and when it learns.

Rows are prompt and answer from the first place on, filled up on the right: the model reads from the left, so what comes
after the end changes nothing before it. While drawing, the prompts may be of different length: a row whose prompt is not
over yet is given its next token, the others the one that was drawn.
"""

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.causal import CausalLM
from core.decoding import reader
from core.errors import Diverged, TooManyTokens
from core.rlhf.comparisons import Answer
from core.rlhf.features import Floats
from core.tokens import check

Tensor = torch.Tensor
MOST_TOKENS = 24  # of an answer
UNKNOWN_CONTEXT = 2048  # tokens, of a model that does not say
LAYER = re.compile(r"\.(?:layers|h)\.(\d+)\.")


@dataclass(frozen=True)
class Frame:
    """What stands before a prompt and between it and the answer."""

    before: str = ""
    between: str = ""


PLAIN = Frame()


@dataclass(frozen=True)
class Reading:
    """What a model makes of answers. `mask` (answer, token): 1 where there is a token; answers are filled up with 0.

    `log` (answer, token): the log-probability of each token in the answers, 0 where there is none; `all` (place,
    vocabulary): of every token that could have stood there, only for the places where there is one; `hidden` (answer,
    token, width): the last hidden state, from which each token was foretold.
    """

    all: Tensor
    log: Tensor
    hidden: Tensor
    mask: Tensor

    @property
    def entropy(self) -> Tensor:
        """(place,), in nats."""
        return -(self.all.exp() * self.all).sum(-1)


class Policy:
    """A model of the library with its tokenizer. `trained`: the names of the weights that change."""

    def __init__(
        self, model: Any, tokenizer: Any, context: int, trained: Sequence[str], frame: Frame, temperature: float
    ) -> None:
        self.model, self.tokenizer, self.context = model, tokenizer, context
        self.trained, self.frame, self.temperature = tuple(trained), frame, temperature
        self.end: int | None = tokenizer.eos_token_id
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in self.trained)

    @staticmethod
    def start(source: CausalLM, layers: int | None = None, frame: Frame = PLAIN, temperature: float = 1.0) -> "Policy":
        """Return a policy that begins as the model, which stays as it is. `layers`: only so many of the last ones are
        trained (None: everything)."""
        model = copy.deepcopy(source.model).float().eval()  # no dropout: the ratio of a policy to itself is 1
        model.set_attn_implementation("eager")
        context = source.card.context or UNKNOWN_CONTEXT
        return Policy(model, source.tokenizer, context, trainable(model, layers), frame, temperature)

    def copy(self) -> "Policy":
        """Return a policy with the same weights that goes its own way."""
        model = copy.deepcopy(self.model)
        return Policy(model, self.tokenizer, self.context, self.trained, self.frame, self.temperature)

    def frozen(self) -> "Policy":
        """Return the reference: as this policy is now, for good."""
        model = copy.deepcopy(self.model)
        return Policy(model, self.tokenizer, self.context, (), self.frame, self.temperature)

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def weights(self) -> list[Tensor]:
        """Return a copy of the trained weights, for `restore`."""
        return [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def restore(self, weights: Sequence[Tensor]) -> None:
        for parameter, saved in zip(self.parameters, weights, strict=True):
            parameter.copy_(saved)

    # -- text ------------------------------------------------------------------------------------------------------

    def read_prompt(self, prompt: str, room: int = 1) -> tuple[int, ...]:
        """Return the ids of a prompt in its frame. Raises EmptyText, TooManyCharacters, and TooManyTokens if less than
        `room` tokens could follow."""
        text = self.frame.before + check(prompt) + self.frame.between
        ids = tuple(self.tokenizer(text)["input_ids"])
        ids = ids[:-1] if ids[-1] == self.end else ids  # some tokenizers end every text
        if len(ids) > self.context - room:
            raise TooManyTokens(length=len(ids), limit=self.context - room)
        return ids

    def written(self, answer: Answer) -> tuple[int, ...]:
        """Return the ids of an answer: as drawn, or cut from the text of a person, with the end token."""
        if answer.ids:
            return answer.ids
        ids = self.tokenizer(answer.text, add_special_tokens=False)["input_ids"]
        return (*ids, *(() if self.end is None else (self.end,)))

    def answer(self, prompt: str, text: str) -> Answer:
        """Return what a person wrote as an answer. Raises the errors of `read_prompt`, also where the answer is too long."""
        found = Answer(prompt, self.written(Answer(prompt, (), check(text).strip())), text.strip())
        self.read_prompt(prompt, len(found.ids))
        return found

    def text(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode([one for one in ids if one != self.end])).replace("\ufffd", "").strip()

    # -- drawing ---------------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def sample(
        self,
        prompts: Sequence[str],
        seed: int,
        most: int = MOST_TOKENS,
        stop: Callable[[], bool] = lambda: False,
    ) -> tuple[Answer, ...]:
        """Return an answer of at most `most` tokens to each prompt; () if `stop` says so on the way.

        Raises the errors of `read_prompt` and Diverged if the weights are broken.
        """
        asked = [self.read_prompt(prompt) for prompt in prompts]
        least, longest = min(map(len, asked)), min(self.context, max(map(len, asked)) + most)
        writer = reader(self.model)
        cache = writer.cache(len(asked), longest)
        generator = torch.Generator().manual_seed(seed)
        rows = [list(ids[:least]) for ids in asked]
        over = [False] * len(rows)
        read = torch.tensor(rows)
        while not all(over):
            if stop():
                return ()
            logits = writer.read(read, cache)[:, -1].float() / self.temperature
            if not torch.isfinite(logits).all():
                raise Diverged()
            drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0].tolist()
            for number, (row, ids) in enumerate(zip(rows, asked, strict=True)):
                row.append(ids[len(row)] if len(row) < len(ids) else drawn[number])
                done = len(row) - len(ids)
                over[number] = over[number] or (done > 0 and row[-1] == self.end) or done >= most
                over[number] = over[number] or len(row) >= self.context
            read = torch.tensor([row[-1:] for row in rows])
        return tuple(self._drawn(*one, most) for one in zip(prompts, asked, rows, strict=True))

    def _drawn(self, prompt: str, asked: Sequence[int], row: Sequence[int], most: int) -> Answer:
        ids = list(row[len(asked) : len(asked) + most])
        if self.end in ids:
            ids = ids[: ids.index(self.end) + 1]
        return Answer(prompt, tuple(ids), self.text(ids))

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, answers: Sequence[Answer]) -> Reading:
        """Return what the model makes of the answers, with the gradient if it is trained. Raises the errors of
        `read_prompt`, also where prompt and answer together are too long."""
        asked = [self.read_prompt(one.prompt) for one in answers]
        written = [self.written(one) for one in answers]
        longest = max(len(a) + len(b) for a, b in zip(asked, written, strict=True))
        if longest > self.context:
            raise TooManyTokens(length=longest, limit=self.context)
        rows = [[*a, *b, *[0] * (longest - len(a) - len(b))] for a, b in zip(asked, written, strict=True)]
        width = max(map(len, written))
        lengths = torch.tensor([len(ids) for ids in written])
        mask = torch.arange(width) < lengths[:, None]
        chosen = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in written])
        first = torch.tensor([len(ids) - 1 for ids in asked])  # the place from which the first token is foretold
        places = (first[:, None] + torch.arange(width)).clamp(max=longest - 1)
        with torch.set_grad_enabled(bool(self.trained) and torch.is_grad_enabled()):
            states = self.model.base_model(input_ids=torch.tensor(rows), use_cache=False).last_hidden_state
            hidden = states[torch.arange(len(rows))[:, None], places]
            every = (self.model.get_output_embeddings()(hidden[mask]) / self.temperature).log_softmax(-1)
            log = hidden.new_zeros(mask.shape).masked_scatter(mask, every.gather(-1, chosen[mask][:, None])[:, 0])
        return Reading(every, log, hidden, mask.float())

    @torch.no_grad()
    def hidden(self, answers: Sequence[Answer], batch: int = 64) -> tuple[Floats, Floats]:
        """Return the mean last hidden state (answer, width) and mean log-probability (answer,) over the answers' tokens."""
        states, likely = [], []
        for start in range(0, len(answers), batch):
            found = self.read(answers[start : start + batch])
            count = found.mask.sum(1).clamp(min=1)
            states.append((found.hidden * found.mask[..., None]).sum(1) / count[:, None])
            likely.append((found.log * found.mask).sum(1) / count)
        return np.asarray(torch.cat(states), dtype=np.float64), np.asarray(torch.cat(likely), dtype=np.float64)


def trainable(model: Any, layers: int | None) -> list[str]:
    """Return the names of the weights that are trained: all, or those of so many of the last layers and what follows them.

    Embeddings stay, and so does the output where it shares their weights.
    """
    names = [name for name, _ in model.named_parameters()]
    if layers is None:
        return names
    numbers = {name: int(found[1]) for name in names if (found := LAYER.search(name))}
    first = max(numbers.values()) + 1 - layers
    after = names[max(names.index(name) for name in numbers) + 1 :]
    return [name for name in names if numbers.get(name, -1) >= first or name in after]
