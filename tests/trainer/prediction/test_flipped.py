"""The calibration of predictions with the mirrored face, of runs that were made before there was
one."""

import csv

import numpy as np
import pytest
from PIL import Image

from trainer.data.decode import read_face
from trainer.prediction.answering import Server
from trainer.prediction.calibration import calibrate, read_predictions, run_calibration
from trainer.prediction.flipped import make_flipped_predictions
from trainer.prediction.predictor import Predictor, load_model, with_flipped
from trainer.training.outputs import write_predictions

COUNT = 40


def never():
    return False


@pytest.fixture
def older_run(tmp_path, make_run, tiny_file):
    """A run whose network is the tiny one and whose faces lean to one side, without what is said
    of them mirrored."""
    folder = tmp_path / "faces"
    folder.mkdir()
    random = np.random.default_rng(7)
    slope = np.linspace(0.2, 1.0, 128)[None, :, None]
    names = [f"{20 + n}_{n % 2}_0_{n:03}.png" for n in range(COUNT)]
    for name in names:
        pixels = random.integers(0, 256, (128, 128, 3)) * slope
        Image.fromarray(pixels.astype("uint8")).save(folder / name)
    run = make_run(tmp_path / "runs", data=str(folder))
    run.model_file("A").write_bytes(tiny_file.read_bytes())
    crops = np.stack([read_face(folder / name)[0] for name in names])
    ages, chances = load_model(run.model_file("A")).raw(crops)
    true_ages = np.arange(20.0, 20.0 + COUNT)
    write_predictions(run.predictions_file, names, true_ages, true_ages % 2, ages, chances)
    return run, crops, true_ages


def test_an_older_run_is_calibrated_for_flip_once_and_covers_what_it_is_asked_to(older_run):
    run, crops, true_ages = older_run
    model = load_model(run.model_file("A"))
    assert model.lacks_flipped
    assert Predictor([model], flip=True)(crops)[0][0].age_low is None
    model = with_flipped(model, never)
    said = [row[0] for row in Predictor([model], flip=True, level=0.8)(crops)]
    own = calibrate(
        true_ages, true_ages % 2, np.array([s.age for s in said]),
        np.array([s.gender_raw for s in said]),
    )  # fmt: skip
    low, high = own.interval(np.array([s.age for s in said]), 0.8)
    np.testing.assert_allclose([s.age_low for s in said], low, atol=1e-3)
    np.testing.assert_allclose([s.age_high for s in said], high, atol=1e-3)
    covered = [one.age_low <= age <= one.age_high for one, age in zip(said, true_ages, strict=True)]
    assert 0.8 <= np.mean(covered) < 0.9
    again = load_model(run.model_file("A"))
    assert not again.lacks_flipped
    assert again.flipped == model.flipped == run_calibration(run, flipped=True)
    assert again.flipped != again.calibration


def test_the_mean_of_models_has_a_calibration_of_its_own_with_flip(older_run):
    run, crops, _ = older_run
    model = with_flipped(load_model(run.model_file("A")), never)
    *_, plain = Predictor([model, model], mean=True)(crops[:1])[0]
    *_, flipped = Predictor([model, model], mean=True, flip=True)(crops[:1])[0]
    assert flipped.age_high - flipped.age_low == pytest.approx(
        2 * model.flipped.half_width(flipped.age, 0.9), rel=1e-3
    )
    assert plain.age_high - plain.age_low != pytest.approx(
        flipped.age_high - flipped.age_low, rel=1e-6
    )


def test_pictures_that_are_gone_or_others_give_a_reason_and_no_interval(older_run):
    run, crops, _ = older_run
    names = sorted(read_predictions(run.predictions_file))
    folder = run.config().data
    model = load_model(run.model_file("A"))
    rows = list(csv.reader(run.predictions_file.open()))
    for row in rows[1:]:
        row[3] = str(float(row[3]) + 30)
    with open(run.predictions_file, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    other = with_flipped(model, never)
    assert "so they are not the same" in other.why_not_flipped
    assert Predictor([other], flip=True)(crops[:1])[0][0].age_low is None
    for name in names[: COUNT - 5]:
        (run.path.parent.parent / "faces" / name).unlink()
    gone = with_flipped(model, never)
    assert f"{folder}: 5 of the 40 faces" in gone.why_not_flipped
    assert not run.flipped_predictions_file.exists()


def test_who_asks_the_process_for_flip_is_told_that_it_is_calibrated_for_it(older_run):
    run, _, _ = older_run
    next((run.path.parent.parent / "faces").iterdir()).unlink()
    replies = []
    server = Server(lambda request_id: False)
    file = str(run.model_file("A"))
    for flip in (True, True, False):
        server.answer({"do": "load", "models": [file], "flip": flip}, replies.append)
    assert [next(iter(reply)) for reply in replies] == [
        "loading", "calibrating", "models", "models", "models",
    ]  # fmt: skip
    flipped, _, plain = (reply["models"][0] for reply in replies[2:])
    assert (flipped["calibrated_on"], plain["calibrated_on"]) == (COUNT - 1, COUNT)


def test_it_is_given_up_between_batches_and_may_be_asked_again(older_run):
    run, _, _ = older_run
    model = load_model(run.model_file("A"))
    assert with_flipped(model, lambda: True).lacks_flipped
    assert not make_flipped_predictions(run, model.raw, lambda: True)
    assert not run.flipped_predictions_file.exists()
