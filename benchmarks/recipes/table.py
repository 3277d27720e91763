"""What recipes reached, as a table in Markdown:

    python -m benchmarks.recipes.table benchmarks/results/recipes

Mean ± standard deviation over the trainings of one name, in the order of the file; of one that was
made twice, same seed and fold, the last counts. The last two columns are ages, in years. Only
"mirrored too" sees the mirror image of a face besides.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablation import spread

COLUMNS = (
    ("age MAE, years", "age_mae", 1, 2),
    ("gender accuracy, %", "gender_accuracy", 100, 1),
    ("gender log loss", "gender_loss", 1, 3),
    ("mirrored too: years", "flipped_age_mae", 1, 2),
    ("%", "flipped_gender_accuracy", 100, 1),
    ("not stretched", "unstretched_age_mae", 1, 2),
    ("training faces", "train_age_mae", 1, 2),
)


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Of results as `benchmarks.recipes` writes them."""
    last = {(line["name"], line["seed"], line.get("fold", 0)): line for line in lines}
    names = list(dict.fromkeys(line["name"] for line in last.values()))
    titles = ("recipe", "trainings", *(title for title, *_ in COLUMNS))
    rows = [titles, ("---",) * len(titles)]
    for name in names:
        of = [line for line in last.values() if line["name"] == name]
        cells = [
            spread([factor * line[key] for line in of], digits)
            for _, key, factor, digits in COLUMNS
        ]
        rows.append((name, str(len(of)), *cells))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.glob("results*.jsonl"))
    print(table([json.loads(line) for file in files for line in file.read_text().splitlines()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
