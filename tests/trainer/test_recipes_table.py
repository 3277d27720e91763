import json
from pathlib import Path

import pytest

from benchmarks.recipes.table import COLUMNS, table


def line(name, seed, value, **more):
    return {"name": name, "seed": seed, **{key: value for _, key, *_ in COLUMNS}, **more}


def test_a_training_made_twice_counts_once_as_it_came_out_last():
    lines = [line("B", 1, 9.0), line("B", 2, 4.0, fold=0), line("B", 1, 6.0, fold=0)]
    row = table(lines).splitlines()[2]
    assert row.startswith("| B | 2 | 5.00 ± 1.41 |")


def test_folds_of_one_seed_are_trainings_of_their_own():
    lines = [line("B", 1, 4.0, fold=1), line("B", 1, 6.0, fold=2)]
    assert table(lines).splitlines()[2].startswith("| B | 2 | 5.00 ± 1.41 |")


@pytest.mark.parametrize("folder", ["recipes", "ablation/A-best", "ablation/B-best"])
def test_the_document_has_the_table_of_the_results_beside_it(folder):
    root = Path(__file__).parents[2]
    lines = (root / "benchmarks" / "results" / folder / "results.jsonl").read_text().splitlines()
    document = (root / "docs" / "recipes.md").read_text()
    assert table([json.loads(line) for line in lines]) in document
