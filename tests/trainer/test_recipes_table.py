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
