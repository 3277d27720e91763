"""Models that need no run: their name, scores and calibration wherever models are used."""

import numpy as np
import pytest

from agegender_tui.predicting.model_choice import usual_models
from trainer.errors import RunError
from trainer.evaluation.plan import model_facts
from trainer.prediction.calibration import calibrate
from trainer.prediction.catalog import describe, find_model, list_models
from trainer.prediction.predictor import Predictor, load_model
from trainer.runs.layout import runs_root
from trainer.sharing import bundled
from trainer.sharing.compact import write_compact
from trainer.sharing.facts import ModelFacts, facts_beside, write_facts
from trainer.training.outputs import write_json, write_predictions


def calibration():
    random = np.random.default_rng(2)
    ages = random.uniform(0, 90, 200)
    genders = random.integers(0, 2, 200)
    return calibrate(ages, genders, ages + random.normal(0, 5, 200), 0.2 + 0.6 * genders)


@pytest.fixture
def ready(tiny_file):
    """A model that comes with the program."""
    bundled.CHECKOUT.mkdir(parents=True)
    file = bundled.CHECKOUT / "age_gender_A.keras"
    file.write_bytes(tiny_file.read_bytes())
    scores = {"faces": 1000.0, "age_mae": 5.5}
    write_facts(file, ModelFacts("A-best", "A", "utkface", scores, calibration().to_json()))
    return file


@pytest.fixture
def run(make_run, tiny_file):
    run = make_run(runs_root())
    run.model_file("A").write_bytes(tiny_file.read_bytes())
    return run


def test_it_is_listed_after_the_runs_with_what_is_known_of_it(ready, run):
    mine, theirs = list_models(runs_root())
    assert mine.run == run
    assert (theirs.name, theirs.network, theirs.data) == ("A-best", "A", "utkface")
    assert theirs.scores == {"faces": 1000.0, "age_mae": 5.5}
    assert theirs.run is None
    assert not theirs.problem


def test_it_is_found_by_the_name_it_goes_by(ready):
    assert find_model("A-best", runs_root()) == ready
    with pytest.raises(RunError):
        find_model("A-worst", runs_root())


def test_a_model_without_facts_goes_by_its_files_name(ready, tiny_file):
    other = bundled.CHECKOUT / "other.keras"
    other.write_bytes(tiny_file.read_bytes())
    assert find_model("other", runs_root()) == other
    assert describe(other).name == "other"


def test_it_predicts_where_no_run_has_saved_a_model(ready, make_run):
    make_run(runs_root(), state="training")
    (model,) = usual_models(runs_root())
    assert model.file == ready


def test_a_runs_model_goes_first(ready, run):
    (model,) = usual_models(runs_root())
    assert model.run == run


def test_a_damaged_one_does_not_predict(ready):
    ready.write_bytes(b"cut short")
    assert usual_models(runs_root()) == ()


def test_its_interval_is_that_of_its_facts(ready, tiny_file, tmp_path):
    model = load_model(ready)
    assert (model.name, model.why_uncalibrated) == ("A-best", "")
    assert model.calibration == calibration()
    (estimate,) = Predictor([model])(np.zeros((1, 128, 128, 3), "uint8"))[0]
    low, high = calibration().interval(np.array([estimate.age]), 0.9)
    assert (estimate.age_low, estimate.age_high) == pytest.approx((low[0], high[0]))


@pytest.mark.parametrize("body", [{}, {"v": 99}, {"v": 1}])
def test_a_calibration_that_cannot_be_read_leaves_it_without_an_interval(ready, body):
    write_facts(ready, ModelFacts("A-best", "A", "utkface", {}, body))
    model = load_model(ready)
    assert model.calibration is None
    assert "holds none that this program reads" in model.why_uncalibrated


def test_an_evaluation_names_it_and_its_network(ready):
    facts = model_facts(ready)
    assert (facts.name, facts.network, facts.run) == ("A-best", "A", None)


def test_a_run_is_written_small_with_its_facts(run, tmp_path, tiny_network):
    ages = np.linspace(1, 80, 40)
    names = [f"{n}.jpg" for n in range(40)]
    write_predictions(run.predictions_file, names, ages, ages % 2, ages + 2, ages % 2)
    write_json(run.metrics_file, {"validation": {"age_mae": 2.0}})
    run.card_file.write_text("# Card")
    target = tmp_path / "small.keras"
    check = write_compact(tiny_network, run.model_file("A"), target)
    assert 0 < check.age_difference < 0.2
    assert target.stat().st_size < run.model_file("A").stat().st_size
    assert (tmp_path / "small.md").read_text() == "# Card"
    facts = facts_beside(target)
    assert facts is not None
    assert (facts.scores, facts.network) == ({"age_mae": 2.0}, "A")
    assert load_model(target).calibration is not None
