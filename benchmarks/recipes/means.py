"""What trainings reach together: the mean of their answers on the same validation faces.

    python -m benchmarks.recipes.means FOLDER 'B, 28 epochs'

FOLDER is the `--out` of `benchmarks.recipes`, whose `said*.jsonl` hold what each training said of
every validation face, mirrored too; of one that was made twice the last counts. A line for each
split that all seeds of these recipes were trained on: the mean of all of them, and each alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recipes.table import fold_of


def score(said: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Age MAE in years and gender accuracy in percent of the mean of what trainings said of the
    same faces."""
    ages, genders = (np.mean([one[key] for one in said], axis=0) for key in ("ages", "genders"))
    right = (genders > 0.5) == (np.array(said[0]["true_genders"]) > 0.5)
    return float(np.abs(ages - said[0]["true_ages"]).mean()), 100 * float(right.mean())


def told(said: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each split."""
    last = {(fold_of(one), one["name"], one["seed"]): one for one in said}
    trainings = {(name, seed) for _, name, seed in last}
    lines = []
    for fold in sorted({fold for fold, *_ in last}):
        there = [
            last[fold, *training] for training in sorted(trainings) if (fold, *training) in last
        ]
        if len(there) == len(trainings):
            together, *alone = map(_words, [score(there), *(score([one]) for one in there)])
            lines.append(f"fold {fold}: {together}, alone {', '.join(alone)}")
    return lines


def _words(scored: tuple[float, float]) -> str:
    return "{:.2f} years and {:.1f} %".format(*scored)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+", metavar="NAME", help="recipes of the list of jobs")
    chosen = parser.parse_args()
    files = sorted(chosen.folder.glob("said*.jsonl"))
    said = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    if unknown := set(chosen.names) - {one["name"] for one in said}:
        parser.error(f"{chosen.folder} has nothing of {' and '.join(sorted(unknown))}")
    lines = told([one for one in said if one["name"] in chosen.names])
    print("\n".join(lines) or "no split has all of them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
