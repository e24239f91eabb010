"""What one reader has made so far: rankings, a policy of their own, trainings. It lives in the session."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.rlhf.blind import BlindTest
from core.rlhf.comparisons import Log
from lessons.rlhf.lab import LiveLab

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.reward import Reward
    from core.rlhf.running import Run

KEY = "rlhf:workshop"


@dataclass
class Workshop:
    """`log`: every ranking, of the reader ("") and of simulated people (their names). `tuned`: the reader's own
    fine-tuned policy, used in the later steps if `with_tuned`. `runs`: the trainings by what they are for."""

    log: Log = field(default_factory=Log)
    demonstrations: tuple[tuple[str, str], ...] = ()
    tuned: "Policy | None" = None
    with_tuned: bool = False
    runs: dict[str, "Run"] = field(default_factory=dict)
    blind: BlindTest | None = None
    kept: dict[str, Any] = field(default_factory=dict)  # what a step makes and nobody else needs

    def start(self, lab: LiveLab) -> "Policy":
        """Return the policy that the later steps begin with; it is not trained itself, copies of it are."""
        return self.tuned if self.tuned is not None and self.with_tuned else lab.policy

    def reward(self, lab: LiveLab) -> "Reward":
        """Return what was learned from all comparisons so far, fitted again only when they have changed."""
        if self.kept.get("learned from") is not self.log:
            self.kept.update({"learned from": self.log, "reward": lab.fit(self.log.comparisons)})
        reward: Reward = self.kept["reward"]
        return reward

    def stop(self) -> None:
        """Stop every training."""
        for run in self.runs.values():
            run.stop()


def workshop() -> Workshop:
    """Return the workshop of this session."""
    found: Workshop = st.session_state.setdefault(KEY, Workshop())
    return found
