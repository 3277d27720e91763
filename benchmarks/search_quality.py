"""What the search for settings gains on drawing them at random, and what ending trials early saves.

    python -m benchmarks.search_quality

No network is trained: a made-up age MAE stands in, of the settings that are proposed for model A,
with a best point, interactions, settings of little account and noise of 0.1 years, which differs
from study to study in where its best point is. Told is by how many years (without the noise) the
best trial of a study misses the best there is, mean over the studies. And how often the shares of
the settings name the one that counts, where one alone does.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import statistics
import sys
from typing import Any

import numpy as np

from trainer.config import RunConfig
from trainer.tuning.best import best_of
from trainer.tuning.sampler import importances, is_hopeless, next_values
from trainer.tuning.space import Range, proposed_space
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FINISHED, PRUNED, Trial

EPOCHS = 30
NOISE = 0.1  # years, from seed to seed
WEIGHTS = (6.0, 0.6, 2.0, 0.3, 1.5, 0.5, 1.0)  # years, in the order of the proposed settings


class Surface:
    """A made-up age MAE over the proposed settings of model A, in years."""

    def __init__(self, seed: int) -> None:
        self.space = proposed_space(RunConfig())
        random = np.random.default_rng(seed)
        self._best = random.uniform(0.15, 0.85, len(self.space))
        self._noise = random

    def miss(self, values: dict[str, Any]) -> float:
        """Years above the best there is."""
        at = np.array([self._place(name, value) for name, value in values.items()])
        off = at - self._best
        own = float(np.dot(WEIGHTS, off**2))
        # A high rate wants more dropout, a small batch a lower rate.
        return own + 2.0 * max(0.0, float(off[0] * off[2])) + 1.0 * abs(float(off[0] * off[1]))

    def course(self, values: dict[str, Any]) -> list[float]:
        """Years after each epoch; what is better in the end is, as a rule, better before."""
        end = 6.0 + self.miss(values) + float(self._noise.normal(0, NOISE))
        slow = 5.0 + 3.0 * float(self._noise.uniform())
        return [end + 8.0 * math.exp(-epoch / slow) for epoch in range(1, EPOCHS + 1)]

    def _place(self, name: str, value: Any) -> float:
        domain = self.space[name]
        if not isinstance(domain, Range):
            return domain.values.index(value) / (len(domain.values) - 1)
        scale = math.log if domain.log else float
        low, high = scale(domain.low), scale(domain.high)
        return (scale(value) - low) / (high - low)


def study(seed: int, trials: int, startup: int, prune: bool) -> tuple[float, float]:
    """Years by which the best trial misses the best there is, and the share of the epochs that
    were trained."""
    surface = Surface(seed)
    config = StudyConfig(
        RunConfig(), surface.space, trials=trials, objective="age_mae", startup=startup, seed=seed
    )
    done: list[Trial] = []
    trained = 0
    for number in range(1, trials + 1):
        values = next_values(config, done, number)
        course = surface.course(values)
        trial = _trained(config, Trial(number, "", values), course, done, prune)
        trained += len(trial.course)
        done.append(trial)
    best = best_of("age_mae", done)
    assert best is not None
    return surface.miss(best.values), trained / (trials * EPOCHS)


def names_it(seed: int, trials: int, prune: bool) -> bool:
    """Whether the largest share is that of the learning rate, on which alone the value depends."""
    space = proposed_space(RunConfig())
    config = StudyConfig(RunConfig(), space, trials=trials, objective="age_mae", seed=seed)
    random = np.random.default_rng(seed)
    done: list[Trial] = []
    for number in range(1, trials + 1):
        values = next_values(config, done, number)
        end = 6.0 + 2 * abs(math.log10(values["learning_rate"]) + 3) + random.normal(0, NOISE)
        slow = 5.0 + 3.0 * random.uniform()
        course = [end + 8.0 * math.exp(-epoch / slow) for epoch in range(1, EPOCHS + 1)]
        done.append(_trained(config, Trial(number, "", values), course, done, prune))
    shares = importances(config, done, fewest=trials)
    return bool(shares) and max(shares, key=lambda name: shares[name]) == "learning_rate"


def _trained(
    config: StudyConfig, trial: Trial, course: list[float], others: list[Trial], prune: bool
) -> Trial:
    """The trial as it ends, early where that is asked for and it is hopeless."""
    ends = (epoch for epoch in range(1, EPOCHS) if is_hopeless(config, others, course[:epoch]))
    if prune and (epoch := next(ends, 0)):
        had = course[:epoch]
        return dataclasses.replace(trial, state=PRUNED, value=min(had), course=tuple(had))
    return dataclasses.replace(trial, state=FINISHED, value=course[-1], course=tuple(course))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--studies", type=int, default=20, metavar="N", help="default 20")
    chosen = parser.parse_args()
    print(f"{chosen.studies} studies each; years by which the best trial misses the best there is")
    print(
        f"{'trials':>6}  {'at random':>16}  {'search':>16}  {'+ ending early':>16}  epochs trained"
    )
    for trials in (15, 30, 60):
        cells, share = [], 1.0
        for startup, prune in ((trials, False), (10, False), (10, True)):
            found = [study(seed, trials, startup, prune) for seed in range(1, chosen.studies + 1)]
            missed = [one for one, _ in found]
            share = statistics.fmean(part for _, part in found)
            cells.append(f"{statistics.fmean(missed):.2f} ± {statistics.stdev(missed):.2f}")
        print(
            f"{trials:6d}  {cells[0]:>16}  {cells[1]:>16}  {cells[2]:>16}  {share:.0%}", flush=True
        )
    print("\nstudies that name the one setting that counts\ntrials  to their end  + ending early")
    for trials in (8, 16, 20, 30):
        seeds = range(1, chosen.studies + 1)
        cells = [sum(names_it(seed, trials, prune) for seed in seeds) for prune in (False, True)]
        print(f"{trials:6d}  {cells[0]:12d}  {cells[1]:14d}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
