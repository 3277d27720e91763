"""How often the 95 % intervals of an evaluation hold the true figure, by simulation.

    python -m benchmarks.interval_coverage --faces 1000 --trials 400

Faces are drawn again and again from a large made population of which every figure is known: ages
with errors that grow with age, genders told by a slightly overconfident model, a third of the ages
known as ranges only. Two models err alike on the same faces, as real ones do. Printed beside the
share of intervals that hold the truth is the range in which it lies in 19 of 20 such simulations if
the intervals are right.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trainer.evaluation.age_groups import ranges_of
from trainer.evaluation.bootstrap import LEVEL, RESAMPLES, difference_intervals, intervals
from trainer.evaluation.kinds import KINDS, Figure
from trainer.evaluation.measuring import Measures
from trainer.evaluation.paired import Differing, Sampled
from trainer.evaluation.scored import Scored

POPULATION = 200_000
RANGES = ((0, 9), (10, 19), (20, 29), (30, 44), (45, 59), (60, 116))


def population(count: int = POPULATION, seed: int = 3) -> tuple[Scored, Scored]:
    """What two models say of the same made faces; the second is a little better at age."""
    random = np.random.default_rng(seed)
    ages = np.clip(np.floor(random.gamma(2.6, 13.0, count)), 0, 116)
    low, high = ages.copy(), ages.copy()
    ranged = random.random(count) < 1 / 3
    for first, last in RANGES:
        inside = ranged & (ages >= first) & (ages <= last)
        low[inside], high[inside] = first, last
    genders = (random.random(count) < 0.48).astype("int64")
    spread = 2.0 + 0.12 * ages
    hard, sure = random.standard_t(5, count), random.normal(0, 1.0, count)
    models = []
    for skill in (1.0, 0.9):
        errors = spread * (0.7 * hard + 0.7 * skill * random.standard_t(5, count))
        evidence = (2 * genders - 1) * 1.3 + 0.6 * sure + 0.8 * random.normal(0, 1.0, count)
        models.append(
            Scored(
                model=f"{skill}", network="", data="made", part="all", model_fingerprint=f"{skill}",
                data_fingerprint="", folder=Path("/made"),
                files=tuple(map(str, range(count))), age_low=low, age_high=high,
                genders=genders, races=np.full(count, -1), ages=np.maximum(ages + 0.5 + errors, 0),
                female=1 / (1 + np.exp(-3.4 * evidence)),
            )
        )  # fmt: skip
    return models[0], models[1]


def covered(
    one: Scored, other: Scored, faces: int, trials: int, resamples: int = RESAMPLES
) -> Iterator[tuple[str, str, float]]:
    """(`single` or `paired`, figure, share whose interval holds the truth) of those of `trials`
    that gave one."""
    groups = ranges_of(one)
    truth = _values(Measures(one, groups))
    other_truth = _values(Measures(other, groups))
    gaps = {name: other_truth[name] - truth[name] for name in truth}
    random = np.random.default_rng(11)
    held: dict[tuple[str, str], list[bool]] = {
        (kind, name): [] for kind in ("single", "paired") for name in KINDS
    }
    for _ in range(trials):
        rows = random.integers(0, len(one.files), faces)
        ours, theirs = Measures(one.take(rows), groups), Measures(other.take(rows), groups)
        both = Differing(Sampled(ours, resamples), Sampled(theirs, resamples))
        for kind, found, wanted in (
            ("single", intervals(ours, resamples), truth),
            ("paired", difference_intervals(both), gaps),
        ):
            for name in KINDS:
                if math.isfinite(found[name].low):
                    held[kind, name].append(_holds(found[name], wanted[name]))
    for (kind, name), each in held.items():
        yield kind, name, sum(each) / len(each) if each else math.nan


def _values(measures: Measures) -> dict[str, float]:
    whole = np.ones((1, measures.count))
    return {name: float(one[0]) for name, one in measures(whole).items()}


def _holds(figure: Figure, truth: float) -> bool:
    return figure.low - 1e-12 <= truth <= figure.high + 1e-12


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--faces", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    options = parser.parse_args()
    slack = 1.96 * math.sqrt(LEVEL * (1 - LEVEL) / options.trials)
    print(
        f"{options.faces} faces, {options.trials} trials of {options.resamples} resamples: "
        f"asked {LEVEL:.1%}, by chance {LEVEL - slack:.1%} to {min(LEVEL + slack, 1):.1%}"
    )
    one, other = population()
    shares = covered(one, other, options.faces, options.trials, options.resamples)
    found = {(which, name): share for which, name, share in shares}
    for name, kind in KINDS.items():
        single, pair = found["single", name], found["paired", name]
        print(f"  {kind.title:28}{single:8.1%} single{pair:8.1%} paired")
    return 0


if __name__ == "__main__":
    sys.exit(main())
