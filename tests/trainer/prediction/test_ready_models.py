"""Models that need no run: their name, scores and calibration wherever models are used."""

from pathlib import Path

import keras
import numpy as np
import pytest

from agegender_tui.predicting.model_choice import usual_models
from tests.trainer.prediction.conftest import TINY
from trainer.config import to_toml
from trainer.data.sample import sample_folder
from trainer.errors import ConfigError, EnvironmentFault, RunError, UserError
from trainer.evaluation.plan import model_facts
from trainer.models import vgg16_weights
from trainer.models.custom_cnn import build_custom_cnn
from trainer.models.vgg16 import build_vgg16
from trainer.models.vgg16_weights import read_weights
from trainer.prediction.calibration import calibrate
from trainer.prediction.catalog import describe, find_model, list_models
from trainer.prediction.predictor import Predictor, load_model
from trainer.presets import preset
from trainer.runs.layout import runs_root
from trainer.sharing import bundled
from trainer.sharing.compact import write_compact
from trainer.sharing.facts import ModelFacts, facts_beside, write_facts
from trainer.sharing.keras_file import write_keras
from trainer.sharing.trained_part import join, read_part
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


def test_a_run_of_that_name_goes_before_it(ready, run, tiny_file):
    write_facts(ready, ModelFacts(run.id, "A", "utkface"))
    assert find_model(run.id, runs_root()) == run.model_file("A")


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


def a_trial(run):
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace('study = ""', 'study = "20261127-120000-study-k3f9"'))
    assert run.config().study
    return run


def test_a_trial_of_a_search_predicts_only_where_there_is_nothing_else(ready, run):
    (model,) = usual_models(runs_root())
    assert (model.run, model.study) == (run, "")
    a_trial(run)
    (model,) = usual_models(runs_root())
    assert model.file == ready
    ready.write_bytes(b"cut short")
    (model,) = usual_models(runs_root())
    assert model.run == run and model.study


def test_a_run_of_the_sample_faces_predicts_in_a_demo_and_where_there_is_nothing_else(ready, run):
    run.config_file.write_text(to_toml(run.config().replace(data=str(sample_folder()))))
    (model,) = usual_models(runs_root())
    assert model.file == ready
    (model,) = usual_models(runs_root(), demo=True)
    assert model.run == run
    ready.unlink()
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


def scored(run):
    """The run has predictions and scores."""
    ages = np.linspace(1, 80, 40)
    names = [f"{n}.jpg" for n in range(40)]
    write_predictions(run.predictions_file, names, ages, ages % 2, ages + 2, ages % 2)
    write_json(run.metrics_file, {"validation": {"age_mae": 2.0}})
    run.card_file.write_text("# Card")
    return run


NO_WEIGHTS = Path("none")


def test_a_run_is_written_small_with_its_facts_and_card(run, tmp_path, tiny_network):
    target = tmp_path / "small.keras"
    check = write_compact(tiny_network, scored(run).model_file("A"), target, NO_WEIGHTS)
    assert 0 < check.age_difference < 0.2
    assert target.stat().st_size < run.model_file("A").stat().st_size
    assert (tmp_path / "small.md").read_text().endswith("\n\n# Card")
    assert f"written small from the run {run.id}" in (tmp_path / "small.md").read_text()
    facts = facts_beside(target)
    assert facts is not None
    assert (facts.name, facts.scores, facts.network) == (run.id, {"age_mae": 2.0}, "A")
    assert load_model(target).calibration is not None


def test_a_small_model_that_answers_otherwise_is_not_written(run, tmp_path):
    keras.utils.set_random_seed(99)
    other = build_custom_cnn(TINY, mean_age=50.0)
    target = tmp_path / "small.keras"
    with pytest.raises(UserError, match=r"small\.keras: not written, its outputs differ by"):
        write_compact(other, scored(run).model_file("A"), target, NO_WEIGHTS)
    assert not list(tmp_path.glob("small.*"))


def test_a_model_of_no_run_is_not_written_small(tiny_file, tiny_network, tmp_path):
    with pytest.raises(RunError, match=r"tiny\.keras: lies in no run.*name a run"):
        write_compact(tiny_network, tiny_file, tmp_path / "small.keras", NO_WEIGHTS)


@pytest.fixture(scope="module")
def model_b(vgg16_file, tmp_path_factory):
    """A network B with a tuned bias, and its file."""
    config = preset("B").replace(dense_units=8)
    network = build_vgg16(config, 33.0, read_weights(vgg16_file).layers).full
    layer = network.get_layer("block5_conv3")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * 1.01, bias + 0.1])
    file = tmp_path_factory.mktemp("b") / "b.keras"
    network.save(file)
    return network, file


def test_a_model_b_is_written_as_a_part_that_joins_to_what_it_was(
    model_b, make_run, vgg16_file, tmp_path, monkeypatch
):
    network, file = model_b
    run = scored(make_run(runs_root(), preset="B"))
    run.model_file("B").write_bytes(file.read_bytes())
    target = tmp_path / "b.part.h5"
    with pytest.raises(EnvironmentFault, match="a VGG16, but not ImageNet's"):
        write_compact(network, run.model_file("B"), target, vgg16_file)
    monkeypatch.setattr(vgg16_weights, "IMAGENET", read_weights(vgg16_file).fingerprint)
    assert write_compact(network, run.model_file("B"), target, vgg16_file).age_difference < 0.2
    part = read_part(target)
    assert (part.facts.network, len(part.steps)) == ("B", 1)
    write_keras(tmp_path / "joined.keras", join(part, read_weights(vgg16_file)))
    face = np.random.default_rng(4).random((1, 128, 128, 3), "float32")
    joined = keras.models.load_model(tmp_path / "joined.keras")
    np.testing.assert_allclose(joined(face)["age"], network(face)["age"], atol=0.1)
    with pytest.raises(ConfigError, match=r"small\.keras: give a file that ends in \.part\.h5"):
        write_compact(network, run.model_file("B"), tmp_path / "small.keras", vgg16_file)
