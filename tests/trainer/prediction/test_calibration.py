import json

import numpy as np
import pytest

from trainer.errors import DataError
from trainer.prediction.calibration import (
    LEVELS,
    Calibration,
    calibrate,
    calibrate_mean,
    read_predictions,
    run_calibration,
    stored,
    write_calibration,
)
from trainer.runs.layout import RunDir
from trainer.training.outputs import write_predictions


def predicted(count, seed=0, temperature=2.0):
    """Errors that grow with age, and genders that are less certain than the network says."""
    random = np.random.default_rng(seed)
    ages = random.uniform(1, 80, count)
    true_ages = ages + random.normal(0, 1 + ages / 10)
    logits = random.normal(0, 3, count)
    genders = (random.random(count) < 1 / (1 + np.exp(-logits / temperature))).astype("float64")
    return true_ages, genders, ages, 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize("level", LEVELS)
def test_an_interval_covers_new_faces_as_often_as_it_says(level):
    calibration = calibrate(*predicted(1000, seed=1))
    true_ages, _, ages, _ = predicted(20_000, seed=2)
    low, high = calibration.interval(ages, level)
    assert np.mean((true_ages >= low) & (true_ages <= high)) == pytest.approx(level, abs=0.03)


def test_an_interval_is_wider_where_errors_are_larger_and_covers_young_and_old_alike():
    calibration = calibrate(*predicted(2000, seed=1))
    assert calibration.half_width(70, 0.9) > 2.5 * calibration.half_width(10, 0.9)
    true_ages, _, ages, _ = predicted(20_000, seed=2)
    low, high = calibration.interval(ages, 0.9)
    covered = (true_ages >= low) & (true_ages <= high)
    for part in (ages < 20, ages > 60):
        assert covered[part].mean() == pytest.approx(0.9, abs=0.05)


def test_no_interval_begins_below_birth():
    low, _ = calibrate(*predicted(200)).interval(np.array([0.5]), 0.95)
    assert low[0] == 0


def test_the_temperature_makes_probabilities_what_they_say_and_changes_no_label():
    calibration = calibrate(*predicted(20_000, seed=3, temperature=2.0))
    assert calibration.temperature == pytest.approx(2.0, rel=0.1)
    _, genders, _, chances = predicted(20_000, seed=4, temperature=2.0)
    sure = calibration.gender(chances)
    np.testing.assert_array_equal(sure > 0.5, chances > 0.5)
    near = (sure > 0.7) & (sure < 0.8)
    assert genders[near].mean() == pytest.approx(0.75, abs=0.03)


def test_labels_that_are_all_right_do_not_make_it_certain():
    true_ages, _, ages, chances = predicted(100)
    calibration = calibrate(true_ages, (chances > 0.5).astype("float64"), ages, chances)
    assert 0.4 < calibration.temperature < 1
    assert np.isfinite(calibration.gender(np.array([0.0, 0.5, 1.0]))).all()


def right_as_they_are(count, seed):
    """Genders drawn from the probabilities that are said of them; 98 of 100 are the likelier."""
    random = np.random.default_rng(seed)
    ages = random.uniform(1, 80, count)
    logits = random.normal(0, 2.5, count) + random.choice((-6, 6), count)
    chances = 1 / (1 + np.exp(-logits))
    return ages + random.normal(0, 5, count), random.random(count) < chances, ages, chances


def cross_entropy(genders, chances):
    return -np.mean(np.log(np.where(genders, chances, 1 - chances)))


@pytest.mark.parametrize(("count", "loses"), [(20, 0.01), (64, 0.01), (500, 0.002)])
def test_the_temperature_of_few_faces_spoils_no_probabilities(count, loses):
    _, genders, _, chances = right_as_they_are(20_000, seed=0)
    worse = [
        cross_entropy(genders, calibrate(*right_as_they_are(count, seed)).gender(chances))
        for seed in range(1, 41)
    ]
    raw = cross_entropy(genders, chances)
    assert np.mean(worse) - raw < loses and max(worse) - raw < 0.05


def test_a_handful_of_faces_is_refused_in_words():
    with pytest.raises(DataError, match="5 validation faces are too few"):
        calibrate(*predicted(5))


def test_it_comes_back_from_its_file_as_it_was(tmp_path):
    calibration, flipped = calibrate(*predicted(100)), calibrate(*predicted(100, seed=1))
    write_calibration(tmp_path / "calibration.json", calibration, flipped)
    assert run_calibration(RunDir(tmp_path)) == calibration
    assert run_calibration(RunDir(tmp_path), flipped=True) == flipped


def run_with_predictions(folder, table, names=None, flipped=None):
    folder.mkdir()
    run = RunDir(folder)
    for file, rows in ((run.predictions_file, table), (run.flipped_predictions_file, flipped)):
        if rows is not None:
            true_ages, genders, ages, chances = rows
            found = names or [f"{n}.jpg" for n in range(len(ages))]
            write_predictions(file, found, true_ages, genders, ages, chances)
    return run


def test_a_calibration_of_before_the_flipped_one_is_read_and_the_other_made_of_its_table(tmp_path):
    run = run_with_predictions(tmp_path / "run", predicted(100), flipped=predicted(60, seed=1))
    run.calibration_file.write_text(json.dumps(calibrate(*predicted(100)).to_json()))
    assert run_calibration(run).faces == 100
    assert run_calibration(run, flipped=True).faces == 60
    run.flipped_predictions_file.unlink()
    with pytest.raises(DataError, match=r"predictions_flipped\.csv: cannot be read"):
        run_calibration(run, flipped=True)


def test_each_way_of_asking_is_covered_by_its_own_interval_and_not_by_the_others():
    def said(true_ages, error, seed):
        return true_ages + np.random.default_rng(seed).normal(0, error, len(true_ages))

    random = np.random.default_rng(9)
    (old, new), genders = random.uniform(10, 70, (2, 4000)), np.zeros(4000)
    plain, flipped = (
        calibrate(old, genders, said(old, error, 1), np.full(4000, 0.2)) for error in (8, 5)
    )

    def covered(calibration, error):
        ages = said(new, error, 2)
        low, high = calibration.interval(ages, 0.9)
        return np.mean((new >= low) & (new <= high))

    assert covered(plain, 8) == pytest.approx(0.9, abs=0.02)
    assert covered(flipped, 5) == pytest.approx(0.9, abs=0.02)
    assert covered(plain, 5) > 0.96
    body = json.loads(json.dumps(stored(plain, flipped)))
    assert covered(Calibration.from_json(body["flipped"]), 5) == covered(flipped, 5)


@pytest.mark.parametrize("body", ["", "{}", '{"v": 99}', "[1]"])
def test_of_an_older_run_or_a_damaged_file_it_is_made_from_the_predictions(tmp_path, body):
    run = run_with_predictions(tmp_path / "run", predicted(100))
    if body:
        run.calibration_file.write_text(body)
    assert run_calibration(run).faces == 100


def test_figures_that_are_not_finite_are_no_calibration():
    body = calibrate(*predicted(100)).to_json()
    assert Calibration.from_json(json.loads(json.dumps(body))).faces == 100
    body["gender"]["temperature"] = 0.0
    with pytest.raises(ValueError, match="temperature"):
        Calibration.from_json(body)


def test_a_run_without_predictions_says_what_is_missing(tmp_path):
    with pytest.raises(DataError, match=r"predictions\.csv: cannot be read"):
        run_calibration(RunDir(tmp_path))


def test_the_mean_of_two_models_is_calibrated_on_faces_neither_was_trained_on(tmp_path):
    table, names = predicted(140), [f"{n}.jpg" for n in range(140)]
    first, last = slice(0, 100), slice(40, 140)
    one = run_with_predictions(tmp_path / "one", [c[first] for c in table], names[first])
    other = run_with_predictions(tmp_path / "other", [c[last] for c in table], names[last])
    assert calibrate_mean([one, other]).faces == 60
    with pytest.raises(DataError, match="predictions_flipped"):
        calibrate_mean([one, other], flipped=True)
    shared = set(read_predictions(one.predictions_file)) & set(
        read_predictions(other.predictions_file)
    )
    assert len(shared) == 60


def test_a_face_with_two_labels_says_nothing_of_a_mean(tmp_path):
    ages, genders, *said = predicted(100)
    names = [f"{n}.jpg" for n in range(100)]
    one = run_with_predictions(tmp_path / "one", (ages, genders, *said), names)
    moved = ages + np.where(np.arange(100) < 30, 1.0, 0.0)
    other = run_with_predictions(tmp_path / "other", (moved, genders, *said), names)
    assert calibrate_mean([one, other]).faces == 70


def test_faces_of_unlike_sets_that_share_their_names_are_not_averaged(tmp_path):
    ages, genders, *said = predicted(100)
    names = [f"{n}.jpg" for n in range(100)]
    one = run_with_predictions(tmp_path / "one", (ages, genders, *said), names)
    moved = ages + np.where(np.arange(100) < 70, 1.0, 0.0)
    other = run_with_predictions(tmp_path / "other", (moved, genders, *said), names)
    with pytest.raises(DataError, match="70 of 100 validation faces of the same name"):
        calibrate_mean([one, other])


def test_models_of_different_folds_are_said_to_share_no_faces(tmp_path):
    runs = [
        run_with_predictions(tmp_path / fold, predicted(30), [f"{fold}{n}.jpg" for n in range(30)])
        for fold in ("one", "other")
    ]
    with pytest.raises(DataError, match="the models share no validation faces"):
        calibrate_mean(runs)
