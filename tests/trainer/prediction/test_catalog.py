import json
import time
import zipfile
from pathlib import Path

import pytest

from tests.trainer.sharing.harm import HARMS, harmed
from trainer.errors import RunError
from trainer.prediction.catalog import describe, find_model, list_models
from trainer.sharing.facts import ModelFacts, write_facts


@pytest.fixture
def run(tmp_path, make_run, tiny_file):
    """A finished run with a model and its scores."""
    run = make_run(tmp_path / "runs", data="/faces/utkface", label="first")
    run.model_file("A").write_bytes(tiny_file.read_bytes())
    scores = {"faces": 1000, "age_mae": 6.2, "gender_accuracy": 0.9, "baseline_age_mae": None}
    run.metrics_file.write_text(json.dumps({"validation": scores}))
    return run


def test_a_runs_model_is_listed_with_parameters_data_and_scores(tmp_path, run, tiny_network):
    (model,) = list_models(tmp_path / "runs")
    assert (model.name, model.network, model.label) == (run.id, "A", "first")
    assert model.data == "/faces/utkface"
    assert model.parameters == tiny_network.count_params()
    assert model.scores == {"faces": 1000.0, "age_mae": 6.2, "gender_accuracy": 0.9}
    assert model.layers[0] == ("image", "InputLayer", "128×128×3")
    assert model.layers[-1][:2] == ("gender", "Dense")
    assert model.keras.startswith("3.")
    assert not model.problem


def test_files_elsewhere_are_listed_once_and_runs_without_a_model_are_not(tmp_path, run, tiny_file, make_run):  # fmt: skip # noqa: E501
    make_run(tmp_path / "runs", state="training")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "other.keras").write_bytes(tiny_file.read_bytes())
    (folder / ".123.keras").write_bytes(b"half written")
    found = list(list_models(tmp_path / "runs", [folder, folder / "other.keras"]))
    assert [model.name for model in found] == [run.id, "other"]
    assert found[1].run is None
    assert found[1].parameters == found[0].parameters


def test_a_model_beside_the_config_of_another_program_keeps_its_facts(tmp_path, tiny_file):
    file = tmp_path / "age.keras"
    file.write_bytes(tiny_file.read_bytes())
    (tmp_path / "config.toml").write_text('baseURL = "https://example.org"\n')
    write_facts(file, ModelFacts("A-best", "A", "utkface", {"age_mae": 5.4}))
    model = describe(file)
    assert (model.run, model.name, model.scores) == (None, "A-best", {"age_mae": 5.4})


@pytest.mark.parametrize("content", [b"", b"rubbish", "zip"])
def test_a_damaged_file_is_listed_with_its_problem(tmp_path, content):
    file = tmp_path / "a.keras"
    if content == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("config.json", "[1]")
            archive.writestr("metadata.json", "{}")
    else:
        file.write_bytes(content)
    assert "not a Keras 3 model, or damaged" in describe(file).problem
    assert describe(tmp_path / "none.keras").problem == "no such file"


@pytest.mark.parametrize("harm", HARMS)
def test_no_harm_done_to_a_file_keeps_it_from_being_described(tiny_file, tmp_path, harm):
    file = harmed(tiny_file, tmp_path / "a.keras", harm)
    assert "not a Keras 3 model, or damaged" in describe(file).problem


def test_a_model_is_found_by_run_by_path_and_not_otherwise(tmp_path, run, tiny_file, make_run):
    root = tmp_path / "runs"
    assert find_model(run.id[-4:], root) == run.model_file("A")
    assert find_model(str(run.path), root) == run.model_file("A")
    assert find_model(str(tiny_file), root) == tiny_file
    bare = make_run(root, state="training", host="elsewhere", heartbeat=time.time())
    with pytest.raises(RunError, match="has saved no model yet: let it finish, or `agegender"):
        find_model(bare.id, root)
    ended = make_run(root, state="stopped")
    lost = make_run(root, state="training")
    for one in (ended, lost):
        with pytest.raises(RunError, match="saved no model: `agegender-tui resume` goes on with"):
            find_model(one.id, root)
    done = make_run(root, state="finished")
    with pytest.raises(RunError, match="its model file is no longer there"):
        find_model(done.id, root)
    with pytest.raises(RunError, match="no such model file"):
        find_model(str(tmp_path / "none.keras"), root)
    for name in (f"{'n' * 300}.keras", "~no-such-user/a.keras"):
        with pytest.raises(RunError, match="no such model file"):
            find_model(name, root)
        assert [model.problem != "" for model in list_models(tmp_path, [Path(name)])][-1]
    with pytest.raises(RunError, match="no run 'nothing'"):
        find_model("nothing", root)
