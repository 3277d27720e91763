"""What recipes reached, as a table in Markdown:

    python -m benchmarks.recipes.table benchmarks/results/recipes

Mean ± standard deviation over the trainings of one name, in the order of the file; of one that was
made twice, same seed and fold, the last counts. The last two columns are ages, in years. Only
"mirrored too" sees the mirror image of a face besides.

`--by-fold` tells of each split by itself what the model says mirrored too: rows are to be compared
on the same faces.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablation import spread
from benchmarks.recipes.worker import FOLDS

COLUMNS = (
    ("age MAE, years", "age_mae", 1, 2),
    ("gender accuracy, %", "gender_accuracy", 100, 1),
    ("gender log loss", "gender_loss", 1, 3),
    ("mirrored too: years", "flipped_age_mae", 1, 2),
    ("%", "flipped_gender_accuracy", 100, 1),
    ("not stretched", "unstretched_age_mae", 1, 2),
    ("training faces", "train_age_mae", 1, 2),
)
MIRRORED = COLUMNS[3:5]


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Of results as `benchmarks.recipes` writes them."""
    titles = ("recipe", "trainings", *(title for title, *_ in COLUMNS))
    rows = [
        (name, str(len(of)), *(_cell(of, *column[1:]) for column in COLUMNS))
        for name, of in _by_name(lines).items()
    ]
    return _markdown(titles, rows)


def by_fold(lines: Sequence[dict[str, Any]]) -> str:
    """Of results as `benchmarks.recipes` writes them, mirrored too: two columns a split."""
    recipes = _by_name(lines)
    folds = sorted({fold_of(line) for of in recipes.values() for line in of})
    titles = ["recipe"]
    for fold in folds:
        titles += [f"{f'fold {fold} of {FOLDS}' if fold else 'default split'}: years", "%"]
    rows = []
    for name, of in recipes.items():
        cells = [name]
        for fold in folds:
            there = [line for line in of if fold_of(line) == fold]
            cells += [_cell(there, *column[1:]) if there else "" for column in MIRRORED]
        rows.append(cells)
    return _markdown(titles, rows)


def fold_of(line: dict[str, Any]) -> int:
    """0 for the default split."""
    return int(line.get("fold", 0))


def _by_name(lines: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    last = {(line["name"], line["seed"], fold_of(line)): line for line in lines}
    found: dict[str, list[dict[str, Any]]] = {}
    for line in last.values():
        found.setdefault(line["name"], []).append(line)
    return found


def _cell(lines: Sequence[dict[str, Any]], key: str, factor: float, digits: int) -> str:
    return spread([factor * line[key] for line in lines], digits)


def _markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--by-fold", action="store_true", help="each split by itself")
    chosen = parser.parse_args()
    files = sorted(chosen.folder.glob("results*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    print(by_fold(lines) if chosen.by_fold else table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
