"""How long it takes to compare many models, each pair by itself and with what was resampled kept.

    python -m benchmarks.comparing --models 12 --faces 1000

Every pair of made models on the same made faces is compared, over all faces and by age band and
gender: once as if it were the only pair, once with one `Samples` for all. The two take turns and
must give the same; counted is the time of the processor, which other work hardly alters.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np

from benchmarks.interval_coverage import population
from trainer.evaluation.paired import Samples, paired, paired_groups
from trainer.evaluation.scored import Scored

KINDS = ("age", "gender")


def models(count: int, faces: int) -> list[Scored]:
    """So many, each a little off the first."""
    first, _ = population(faces)
    random = np.random.default_rng(4)
    return [
        dataclasses.replace(
            first,
            model=f"{number}",
            model_fingerprint=f"{number}",
            ages=np.maximum(first.ages + random.normal(0, 2.0, faces), 0),
            female=np.clip(first.female + random.normal(0, 0.05, faces), 0, 1),
        )
        for number in range(count)
    ]


def compare(found: list[Scored], of_pair: Callable[[], Samples]) -> tuple[float, list[str]]:
    """Seconds of the processor, and what was found of each pair as text."""
    began = time.process_time()
    said = []
    for one, other in combinations(found, 2):
        known = of_pair()
        said.append(str(paired(one, other, known)) + str(paired_groups(one, other, KINDS, known)))
    return time.process_time() - began, said


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--faces", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = models(options.models, options.faces)
    apart: list[float] = []
    together: list[float] = []
    for _ in range(options.rounds):
        kept = Samples()
        seconds, said = compare(found, Samples)
        apart.append(seconds)
        seconds, again = compare(found, lambda kept=kept: kept)  # type: ignore[misc]
        together.append(seconds)
        if said != again:
            print("the two ways differ")
            return 1
    slow, fast = float(np.median(apart)), float(np.median(together))
    pairs = len(found) * (len(found) - 1) // 2
    print(
        f"{pairs} pairs of {options.models} models on {options.faces:,} faces, median of "
        f"{options.rounds}: {slow:.1f} CPU seconds each by itself, {fast:.1f} with what was "
        f"resampled kept: {slow / fast:.1f} times as fast"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
