"""Groups of repeats: which settings they get, how they are found, which of two groups pair."""

import json

import pytest

from trainer.config import RunConfig, differences
from trainer.errors import ConfigError, RunError
from trainer.runs.group import find_group, folds_of, mixed_settings, on_same_splits, seeds_of
from trainer.runs.registry import Registry

CONFIG = RunConfig(data="/faces", seed=7, split_seed=3)


def finish(run, mae, validation=("b.jpg",), train=("a.jpg", "c.jpg")):
    figures = {"age_mae": mae, "faces": len(validation)}
    run.metrics_file.write_text(json.dumps({"best_epoch": 4, "validation": figures}))
    rows = [f"{n},train,30,1" for n in train] + [f"{n},validation,30,1" for n in validation]
    run.split_file.write_text("\n".join(["file,part,age,gender", *sorted(rows)]) + "\n")
    return run


def repeats(make_run, root, group, count, **settings):
    return [
        make_run(root, settings={"group": group, "folds": count, "fold": fold, **settings})
        for fold in range(1, count + 1)
    ]


def listed(root):
    return Registry(root).list()


def test_folds_differ_in_fold_and_seed_alone():
    runs = folds_of(CONFIG, 4)
    assert [(one.fold, one.folds, one.seed, one.split_seed) for one in runs] == [
        (1, 4, 7, 3), (2, 4, 8, 3), (3, 4, 9, 3), (4, 4, 10, 3),
    ]  # fmt: skip
    assert set(differences(runs[0], runs[1])) == {"fold", "seed"}
    assert len({one.group for one in runs}) == 1 and runs[0].group.startswith("A-4fold-")


def test_seeds_differ_in_seed_and_split_alone():
    runs = seeds_of(CONFIG.replace(folds=5, fold=2), 3, "mine")
    assert [(one.folds, one.fold, one.seed, one.split_seed) for one in runs] == [
        (0, 0, 7, 3), (0, 0, 8, 4), (0, 0, 9, 5),
    ]  # fmt: skip
    assert {one.group for one in runs} == {"mine"}


def test_two_groups_never_get_one_name():
    assert len({folds_of(CONFIG, 2)[0].group for _ in range(20)}) == 20


def test_a_preset_of_any_name_makes_a_name_for_its_group():
    odd = RunConfig(preset="my recipe/2", data="/faces")
    assert folds_of(odd, 2)[0].group.startswith("myrecipe2-2fold-")
    assert folds_of(RunConfig(preset="…"), 2)[0].group.startswith("A-2fold-")


@pytest.mark.parametrize(("make", "count"), [
    (folds_of, 1), (folds_of, 101), (seeds_of, 1), (seeds_of, 101),
])  # fmt: skip
def test_too_few_or_too_many_repeats_are_refused(make, count):
    with pytest.raises(ConfigError, match="give"):
        make(CONFIG, count)


def test_a_group_is_found_by_its_name_its_end_or_as_the_last(tmp_path, make_run):
    repeats(make_run, tmp_path, "A-2fold-aaaa", 2)
    repeats(make_run, tmp_path, "A-2fold-bbbb", 2)
    make_run(tmp_path)
    for name in ("A-2fold-bbbb", "bbbb", "last"):
        group, found = find_group(listed(tmp_path), name)
        assert group == "A-2fold-bbbb"
        assert [one.summary.settings["fold"] for one in found] == [1, 2]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("A-2", "'A-2' fits 2 groups"),
        ("zzz", "no group of repeats 'zzz': there are A-2fold-bbbb, A-2fold-aaaa"),
        ("", "no group of repeats ''"),
    ],
)
def test_a_group_that_is_not_there_is_told_with_those_that_are(tmp_path, make_run, name, says):
    repeats(make_run, tmp_path, "A-2fold-aaaa", 2)
    repeats(make_run, tmp_path, "A-2fold-bbbb", 2)
    with pytest.raises(RunError) as error:
        find_group(listed(tmp_path), name)
    assert str(error.value).startswith(says)


def test_figures_are_those_of_finished_runs(tmp_path, make_run):
    one, two = repeats(make_run, tmp_path, "g", 2)
    stopped = make_run(tmp_path, state="stopped", settings={"group": "g", "folds": 4, "fold": 3})
    finish(one, 6.0)
    finish(stopped, 5.0)
    two.metrics_file.write_text("{")
    _, found = find_group(listed(tmp_path), "g")
    assert [repeat.figures.get("age_mae") for repeat in found] == [6.0, None, None]
    assert found[0].best_epoch == 4
    assert found[1].summary.problem == "metrics.json cannot be read"


def test_a_repeat_whose_fold_is_no_number_is_broken_and_the_others_are_told(tmp_path, make_run):
    one, two = repeats(make_run, tmp_path, "g", 2)
    finish(one, 6.0)
    finish(two, 5.0)
    text = two.config_file.read_text()
    two.config_file.write_text(text.replace("fold = 2 ", 'fold = "x" '))
    _, found = find_group(listed(tmp_path), "g")
    by_id = {repeat.summary.id: repeat for repeat in found}
    assert by_id[one.id].figures["age_mae"] == 6.0
    assert not by_id[two.id].finished
    assert by_id[two.id].summary.state == "broken"
    assert by_id[two.id].summary.problem == "fold in config.toml is 'x': make it a whole number"


def test_other_settings_within_a_group_are_told(tmp_path, make_run):
    repeats(make_run, tmp_path, "g", 2)
    assert mixed_settings(find_group(listed(tmp_path), "g")[1]) == []
    make_run(tmp_path, settings={"group": "g", "l2": 0.01})
    assert mixed_settings(find_group(listed(tmp_path), "g")[1]) == ["folds", "l2"]


def test_runs_pair_where_the_same_faces_validate(tmp_path, make_run):
    ours = repeats(make_run, tmp_path, "ours", 3)
    theirs = repeats(make_run, tmp_path, "theirs", 3, l2=0.01)
    for number, (one, other) in enumerate(zip(ours, reversed(theirs), strict=True)):
        finish(one, 6.0 + number, validation=[f"{number}.jpg"])
        finish(other, 7.0 + number, validation=[f"{number}.jpg"])
    finish(ours[2], 9.0, validation=["2.jpg"], train=["a.jpg"])  # a face was excluded since
    _, one = find_group(listed(tmp_path), "ours")
    _, other = find_group(listed(tmp_path), "theirs")
    pairs = on_same_splits(one, other)
    assert [(a.figures["age_mae"], b.figures["age_mae"]) for a, b in pairs] == [(6, 7), (7, 8)]
    assert (pairs[0][0].parts.train, pairs[0][0].parts.validation) == (2, 1)
