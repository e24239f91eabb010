"""Comparisons → a reward: Bradley–Terry (1952), equation 1 of Ouyang et al. 2022, with a linear reward.

    P(a is better than b) = σ(r(a) - r(b)),   r(x) = w · features(x)

so that learning from comparisons is a logistic regression on differences of features, without a constant:

    minimise over w   -Σ [ y log σ(w·d) + (1-y) log σ(-w·d) ] + ½ Σ λ w²,    d = features(better) - features(worse)

y is 1, and ½ for a tie. Newton's method finds the one minimum in a few steps. How sure the reward is follows from the
curvature there: w is taken as normal with the inverse Hessian as covariance (Laplace).

Two strengths λ, since the two kinds of features differ in what is known of them beforehand. What people say to like
(polite, short, an animal) is often one named feature, and few are there: a large weight is plausible, λ is small. Of the
frozen features of the language model there are many, none means anything by itself, and with some dozen comparisons they
can explain every one of them by chance: each may only add a little, λ is large. They matter for wishes that have no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.intervals import Z, wilson
from core.rlhf.comparisons import Answer, Comparison
from core.rlhf.features import Features, Floats, title

NAMED_PENALTY, FROZEN_PENALTY = 0.3, 3.0
STEPS = 50  # of Newton's method; it stops long before
CLOSE = 1e-9
FOLDS = 10


def sigmoid(x: Floats) -> Floats:
    result: Floats = 0.5 * (1 + np.tanh(x / 2))
    return result


def minimum(differences: Floats, better: Floats, penalties: Floats) -> tuple[Floats, Floats]:
    """Return the weights (feature,) and their covariance (feature, feature).

    differences (pair, feature), better (pair,): how much the first is better, 0 to 1, penalties (feature,): all above 0.
    """
    weights: Floats = np.zeros(differences.shape[1])

    def loss(w: Floats) -> float:
        x = differences @ w
        return float((np.logaddexp(0, x) - better * x).sum() + 0.5 * (penalties * w * w).sum())

    def hessian(w: Floats) -> Floats:
        p = sigmoid(differences @ w)
        found: Floats = (differences * (p * (1 - p))[:, None]).T @ differences + np.diag(penalties)
        return found

    for _ in range(STEPS):
        gradient = differences.T @ (sigmoid(differences @ weights) - better) + penalties * weights
        step = np.linalg.solve(hessian(weights), gradient)
        size = 1.0
        while size > CLOSE and loss(weights - size * step) > loss(weights):
            size /= 2
        weights = weights - size * step
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    covariance: Floats = np.linalg.inv(hessian(weights))
    return weights, covariance


@dataclass(frozen=True)
class Held:
    """Of comparisons that the reward had not learned from, how many it told right. `interval`: 95 % (Wilson 1927).

    A ranking is left out as a whole, with all that shares an answer with it. Six pairs of four answers hold only three
    differences that do not follow from each other, so the interval is that of correspondingly fewer pairs.
    """

    right: int
    total: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        return self.right / max(1, self.total)


@dataclass(frozen=True)
class Sureness:
    """How likely the first answer is to be preferred: `prob`, with all doubt about the weights, and the 95 % interval of
    what it would be if they were known."""

    prob: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Liking:
    """The weight of one feature: what one standard deviation more of it adds to the reward. `error`: its standard error."""

    name: str
    readable: bool
    weight: float
    error: float

    def title(self, lang: str) -> str:
        return title(self.name, lang)

    @property
    def sure(self) -> bool:
        """Say whether the 95 % interval lies on one side of 0."""
        return abs(self.weight) > Z * self.error


class Reward:
    """A learned reward: a number for each answer, in units in which one point more means σ(1) = 73 % preferred.

    The mean of the reference answers is 0. `spread`: the standard deviation over them.
    """

    def __init__(self, features: Features, reference: Floats, weights: Floats, covariance: Floats) -> None:
        self.features, self.weights, self.covariance = features, weights, covariance
        self.spread = float((reference @ weights).std())

    def score(self, answers: Sequence[Answer]) -> Floats:
        """Return the reward of each answer (answer,); of a reader's own sentence as Answer(prompt, (), text)."""
        scores: Floats = self.features(answers) @ self.weights
        return scores

    def standard_score(self, answers: Sequence[Answer]) -> Floats:
        """Return the reward in standard deviations of the reference answers, so that one KL penalty suits rewards from
        many and from few comparisons; all 0 as long as nothing was learned."""
        return self.score(answers) / (self.spread or 1.0)

    def doubt(self, answers: Sequence[Answer]) -> Floats:
        """Return the standard error of each answer's reward (answer,)."""
        x = self.features(answers)
        return _deviation(x, self.covariance)

    def sureness(self, first: Answer, second: Answer) -> Sureness:
        """Return how likely the first answer is to be preferred to the second. The mean of σ over a normal distribution
        is that of MacKay 1992, "The Evidence Framework Applied to Classification Networks"."""
        one, other = self.features([first, second])
        d = one - other
        mean, deviation = float(d @ self.weights), float(_deviation(d[None], self.covariance)[0])
        prob = sigmoid(np.array(mean / np.sqrt(1 + np.pi * deviation**2 / 8)))
        low, high = sigmoid(np.array([mean - Z * deviation, mean + Z * deviation]))
        return Sureness(float(prob), (float(low), float(high)))

    def likings(self) -> tuple[Liking, ...]:
        """Return the weights of all features, the largest first."""
        errors = np.sqrt(np.diag(self.covariance))
        rows = zip(self.features.names, self.features.readable, self.weights, errors, strict=True)
        found = (Liking(name, bool(readable), float(weight), float(error)) for name, readable, weight, error in rows)
        return tuple(sorted(found, key=lambda one: -abs(one.weight)))

    def reasons(self, answer: Answer) -> tuple[tuple[str, float], ...]:
        """Return what each feature adds to the answer's reward, the largest part first; they sum up to the reward."""
        parts = self.features([answer])[0] * self.weights
        return tuple(sorted(zip(self.features.names, parts.tolist(), strict=True), key=lambda one: -abs(one[1])))

    def most_informative(self, pairs: Sequence[tuple[Answer, Answer]]) -> tuple[tuple[int, float], ...]:
        """Return the numbers of the pairs, the one first from whose comparison most would be learned, each with the bits
        that it is expected to tell about the weights (Houlsby et al. 2011, "Bayesian Active Learning")."""
        if not pairs:
            return ()
        d = self.features([one for one, _ in pairs]) - self.features([other for _, other in pairs])
        nodes, shares = np.polynomial.hermite_e.hermegauss(32)
        reward = (d @ self.weights)[:, None] + _deviation(d, self.covariance)[:, None] * nodes  # (pair, node)
        p, shares = sigmoid(reward), shares / shares.sum()
        gain = _bits(p @ shares) - _bits(p) @ shares
        return tuple((int(number), float(max(0.0, gain[number]))) for number in np.argsort(-gain, kind="stable"))


def _deviation(x: Floats, covariance: Floats) -> Floats:
    found: Floats = np.sqrt(np.einsum("ij,jk,ik->i", x, covariance, x, optimize=True).clip(min=0))
    return found


def _bits(p: Floats) -> Floats:
    """Return the entropy of a coin in bits."""
    p = p.clip(1e-12, 1 - 1e-12)
    entropy: Floats = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return entropy


class Fit:
    """Learning from comparisons, again and again.

    `reference`: answers that the features are standardised on, and whose mean reward is 0.
    """

    def __init__(self, features: Features, reference: Sequence[Answer]) -> None:
        self.features, self.reference = features, features(reference)
        self.penalties = np.where(features.readable, NAMED_PENALTY, FROZEN_PENALTY)

    def __call__(self, comparisons: Sequence[Comparison]) -> Reward:
        """Return the reward learned from the comparisons; with none it is 0 everywhere and as unsure as can be."""
        weights, covariance = minimum(*self._data(comparisons), self.penalties)
        return Reward(self.features, self.reference, weights, covariance)

    def held_out(self, comparisons: Sequence[Comparison], folds: int = FOLDS, seed: int = 0) -> Held | None:
        """Return the accuracy by cross-validation, ties not counted; None if there is nothing that could be left out."""
        group = groups(comparisons)
        if len(set(group)) < 2:
            return None
        differences, better = self._data(comparisons)
        order = np.random.default_rng(seed).permutation(max(group) + 1)
        fold = order[group] % min(folds, len(order))
        decided = better != 0.5
        right = 0
        for number in range(fold.max() + 1):
            left = fold == number
            weights, _ = minimum(differences[~left], better[~left], self.penalties)
            right += int((differences[left & decided] @ weights > 0).sum())
        total = int(decided.sum())
        share = independent(comparisons, group) / max(1, len(comparisons))
        low, high = wilson(round(right * share), round(total * share))
        return Held(right, total, (low, high))

    def _data(self, comparisons: Sequence[Comparison]) -> tuple[Floats, Floats]:
        """Return differences (pair, feature) and how much better the first is (pair,)."""
        better = self.features([one.better for one in comparisons])
        differences = better - self.features([one.worse for one in comparisons])
        return differences, np.array([0.5 if one.tie else 1.0 for one in comparisons])


def groups(comparisons: Sequence[Comparison]) -> list[int]:
    """Return the number of the group of each comparison: those that share an answer are in the same one."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(key: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key] = parent[parent[key]]
        return key

    for one in comparisons:
        parent[root(one.better.key)] = root(one.worse.key)
    numbers: dict[tuple[str, str], int] = {}
    return [numbers.setdefault(root(one.better.key), len(numbers)) for one in comparisons]


def independent(comparisons: Sequence[Comparison], group: Sequence[int]) -> int:
    """Return how many differences do not follow from others: in each group, its answers less one."""
    answers = {answer.key for one in comparisons for answer in (one.better, one.worse)}
    return len(answers) - len(set(group))
