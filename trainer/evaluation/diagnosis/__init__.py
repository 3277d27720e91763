"""What the curves of a run say about how it trained, in words with their figures.

A rule is a function from the curves to a finding or none; docs/diagnosis.md tells each with its
thresholds and why they are so. Figures move from epoch to epoch by chance, with 1,000 validation
faces the age MAE by 0.1 years, so every rule asks for more than that. Pure, and fast enough to be
asked after every epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

from trainer.config import RunConfig
from trainer.evaluation.diagnosis.curves import LEAST_EPOCHS, Finding, Rule, curves_of
from trainer.evaluation.diagnosis.learning_rules import (
    age_not_learned,
    convergence,
    dead_age_head,
    overfitting_age,
    overfitting_gender,
)
from trainer.evaluation.diagnosis.stability_rules import (
    diverging,
    not_finite,
    rate_too_high,
    rate_too_low,
    spikes,
    unsteady,
)
from trainer.evaluation.diagnosis.task_rules import dominance, tasks_pull
from trainer.runs.events import EpochEvent

__all__ = ["RULES", "Finding", "diagnose"]

RULES: tuple[Rule, ...] = (
    convergence,
    overfitting_age,
    overfitting_gender,
    spikes,
    unsteady,
    diverging,
    tasks_pull,
    dominance,
    rate_too_high,
    rate_too_low,
    dead_age_head,
    age_not_learned,
)


def diagnose(history: Sequence[EpochEvent], config: RunConfig | None = None) -> list[Finding]:
    """All that the rules find in these epochs, of which each is there once and in order. Without
    `config` nothing is said of early stopping and the weights of the losses."""
    findings = [found] if (found := not_finite(history)) else []
    curves = curves_of(history, config)
    if len(curves.epochs) < LEAST_EPOCHS:
        return [*findings, _too_few(len(curves.epochs))]
    return findings + [found for rule in RULES if (found := rule(curves))]


def _too_few(epochs: int) -> Finding:
    return Finding(
        "too-few-epochs",
        f"{epochs} epoch{'s are' if epochs != 1 else ' is'} too few to judge by: "
        f"it takes {LEAST_EPOCHS}",
        figures={"epochs": epochs, "needed": LEAST_EPOCHS},
    )
