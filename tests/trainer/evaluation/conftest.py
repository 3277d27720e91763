"""Networks small enough to evaluate in a moment."""

import hashlib
import shutil

import keras
import pytest

from tests.trainer.evaluation.made import draw_faces, trained_run
from trainer.config import RunConfig, to_toml
from trainer.models.custom_cnn import build_custom_cnn
from trainer.prediction import predictor
from trainer.runs.layout import RunDir

TINY = RunConfig(filters="4-4-4-8", dense_units=8)


@pytest.fixture(scope="session")
def networks():
    made = []
    for seed in (3, 4):
        keras.utils.set_random_seed(seed)
        made.append(build_custom_cnn(TINY, mean_age=33.0))
    return made


@pytest.fixture(scope="session")
def loaded_before():
    return {}


@pytest.fixture(autouse=True)
def loaded_once(loaded_before, monkeypatch):
    """A model file of the same bytes is loaded once for all tests here: that takes seconds each
    time. Of each test alone: others want the model of their own file."""
    load = predictor.load_model

    def load_model(file):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest not in loaded_before:
            loaded_before[digest] = load(file)
        return loaded_before[digest]

    monkeypatch.setattr(predictor, "load_model", load_model)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, networks):
    """A run whose model is saved, and its faces beside it; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    faces = draw_faces(folder / "faces")
    return trained_run(folder / "runs", str(faces), networks[0])


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def faces(tmp_path, finished):
    return shutil.copytree(finished.path.parents[1] / "faces", tmp_path / "faces")


@pytest.fixture
def run(root, faces, finished):
    """A run whose model is saved, on `faces`."""
    copy = RunDir(shutil.copytree(finished.path, root / finished.id))
    copy.config_file.write_text(to_toml(finished.config().replace(data=str(faces))))
    return copy
