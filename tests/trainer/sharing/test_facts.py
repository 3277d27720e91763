import json
import re
from pathlib import Path

import numpy as np
import pytest

from trainer.config import to_toml
from trainer.errors import RunError
from trainer.prediction.calibration import LEVELS
from trainer.presets import preset
from trainer.runs.layout import RunDir
from trainer.sharing.facts import ModelFacts, facts_beside, facts_file, facts_of_run, write_facts
from trainer.training.outputs import write_predictions

FACTS = ModelFacts("A-best", "A", "faces", {"age_mae": 5.5}, {"v": 1})


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "a.keras"
    file.write_bytes(b"network")
    write_facts(file, FACTS)
    return file


@pytest.fixture
def run(tmp_path, make_run):
    run = make_run(tmp_path / "runs", data="/somewhere/faces")
    random = np.random.default_rng(3)
    ages, genders = random.integers(1, 90, 60), random.integers(0, 2, 60)
    names = [f"{n}.jpg" for n in range(60)]
    write_predictions(run.predictions_file, names, ages, genders, ages + 3.0, genders * 0.8 + 0.1)
    scores = {"faces": 60, "age_mae": 3.0, "baseline_age_mae": None}
    run.metrics_file.write_text(json.dumps({"validation": scores}))
    return run


def test_what_was_written_beside_a_model_is_read_again(model):
    assert facts_beside(model) == FACTS


def test_facts_of_another_file_of_that_name_are_not_believed(model):
    model.write_bytes(b"another network")
    assert facts_beside(model) is None


@pytest.mark.parametrize("text", ["", "[1]", "{}", "[" * 200_000, " " * (1 << 20) + "{}"])
def test_facts_that_cannot_be_read_are_none(model, text):
    facts_file(model).write_text(text)
    assert facts_beside(model) is None


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"model": "of another"},
        {"name": None},
        {"name": "last"},
        {"name": "a/b"},
        {"scores": {"age_mae": 10**400}},
        {"scores": []},
        {"calibration": 3},
    ],
)
def test_facts_of_another_kind_are_none(model, change):
    body = json.loads(facts_file(model).read_text())
    facts_file(model).write_text(json.dumps({**body, **change}))
    assert facts_beside(model) is None


def test_a_model_without_facts_has_none(tmp_path):
    assert facts_beside(tmp_path / "none.keras") is None


def test_a_runs_facts_are_its_scores_and_calibration_without_its_folders(run):
    facts = facts_of_run(run)
    assert (facts.network, facts.data) == ("A", "faces")
    assert facts.scores == {"faces": 60, "age_mae": 3.0}
    assert {float(level) for level in facts.calibration["age"]["quantiles"]} == set(LEVELS)
    assert "somewhere" not in json.dumps(facts.to_json())


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "A-demo"),
        ({"preset": "A", "device": "cpu", "group": "g"}, "A-demo"),
        ({"seed": 2}, ""),
        ({"preset": "A", "dropout": 0.35}, ""),
    ],
)
def test_it_goes_by_the_preset_with_its_settings_else_by_its_run(
    tmp_path, make_run, settings, name
):
    run = make_run(
        tmp_path / "runs", preset="A-demo", total=preset("A-demo").epochs, settings=settings
    )
    run.metrics_file.write_text(json.dumps({"validation": {}}))
    write_predictions(run.predictions_file, [], *np.empty((4, 0)))
    assert facts_of_run(run).name == (name or run.id)


def test_a_run_without_scores_is_named(tmp_path, make_run):
    run = make_run(tmp_path / "runs")
    with pytest.raises(RunError, match="has no scores yet"):
        facts_of_run(run)


def test_every_key_is_documented_in_order(model):
    page = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
    table = page.partition("<!-- facts -->")[2].partition("<!-- /facts -->")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(
        json.loads(facts_file(model).read_text())
    )


@pytest.mark.parametrize(
    ("folder", "name"), [("my run", "my-run"), ("größer", "gr-er"), ("last", "run"), ("…", "run")]
)
def test_a_run_whose_folder_was_renamed_has_facts_that_can_be_read(run, tmp_path, folder, name):
    moved = RunDir(run.path.rename(tmp_path / folder))
    moved.config_file.write_text(to_toml(moved.config().replace(seed=77)))
    facts = facts_of_run(moved)
    assert facts.name == name
    assert ModelFacts.from_json(facts.to_json()) == facts
