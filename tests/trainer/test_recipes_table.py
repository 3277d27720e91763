import json
from pathlib import Path

import pytest

from benchmarks.recipes.means import told
from benchmarks.recipes.table import COLUMNS, by_fold, table


def line(name, seed, value, **more):
    return {"name": name, "seed": seed, **{key: value for _, key, *_ in COLUMNS}, **more}


def test_a_training_made_twice_counts_once_as_it_came_out_last():
    lines = [line("B", 1, 9.0), line("B", 2, 4.0, fold=0), line("B", 1, 6.0, fold=0)]
    row = table(lines).splitlines()[2]
    assert row.startswith("| B | 2 | 5.00 ± 1.41 |")


def test_folds_of_one_seed_are_trainings_of_their_own():
    lines = [line("B", 1, 4.0, fold=1), line("B", 1, 6.0, fold=2)]
    assert table(lines).splitlines()[2].startswith("| B | 2 | 5.00 ± 1.41 |")


@pytest.mark.parametrize("folder", ["recipes", "ablation/A-best", "ablation/B-best", "members"])
def test_the_document_has_the_table_of_the_results_beside_it(folder):
    root = Path(__file__).parents[2]
    lines = (root / "benchmarks" / "results" / folder / "results.jsonl").read_text().splitlines()
    document = (root / "docs" / "recipes.md").read_text()
    made = by_fold if folder == "members" else table
    assert made([json.loads(line) for line in lines]) in document


def test_by_fold_each_split_is_told_by_itself_and_what_was_not_trained_is_empty():
    lines = [line("A", 1, 5.0), line("A", 2, 6.0), line("A", 1, 4.0, fold=2), line("B", 1, 3.0)]
    titles, _, first, second = by_fold(lines).splitlines()
    assert titles == "| recipe | default split: years | % | fold 2 of 5: years | % |"
    assert first == "| A | 5.50 ± 0.71 | 550.0 ± 70.7 | 4.00 | 400.0 |"
    assert second == "| B | 3.00 | 300.0 |  |  |"


def said(seed, ages, genders, fold=0):
    true = {"true_ages": [20.0, 40.0], "true_genders": [0.0, 1.0]}
    return {"name": "B", "seed": seed, "fold": fold, "ages": ages, "genders": genders, **true}


def test_together_trainings_are_scored_by_the_mean_of_what_they_say():
    both = [said(1, [10.0, 40.0], [0.4, 0.4]), said(2, [26.0, 44.0], [0.8, 0.9])]
    made_again = said(1, [90.0, 90.0], [0.9, 0.1])
    elsewhere = said(1, [20.0, 40.0], [0.0, 1.0], fold=1)  # where seed 2 was not trained
    lines = told([made_again, *both, elsewhere, elsewhere])
    alone = "alone 5.00 years and 50.0 %, 5.00 years and 50.0 %"
    assert lines == [f"fold 0: 2.00 years and 50.0 %, {alone}"]
