"""Every ingredient of a recipe at once: exact resume, and a model that plain Keras loads."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.trainer.training.test_worker import draw_faces


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("recipe")


@pytest.fixture(scope="module")
def found(folder):
    """What `whole_recipe` tells."""
    draw_faces(folder / "faces", 40)
    module = "tests.trainer.training.whole_recipe"
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder / "faces"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_stopped_within_an_epoch_and_resumed_it_is_the_same_to_the_bit(found):
    assert found["stopped_at"] == [1, 1]
    assert [name for name, same in found["same"].items() if not same] == []
    assert {"average/0000", "average/steps"} <= set(found["same"])
    assert found["same_history"]


def test_what_only_training_says_is_told_of_both_parts(found):
    extra = {"age_distribution_loss", "age_group_loss"}
    usual = {"loss", "age_loss", "age_mae", "gender_loss", "gender_accuracy"}
    assert set(found["metrics"]) == set(found["train_metrics"]) == extra | usual


def test_the_averages_are_what_is_validated_and_saved(found):
    assert found["best_is_average_of_an_epoch"]
    assert not found["best_is_raw"]
    assert found["saved"] == pytest.approx(found["validated"], rel=1e-4)


def test_the_rate_told_of_an_epoch_is_that_of_its_last_step(found):
    # Of four steps an epoch: three quarters of the warm-up, then the cosine to its minimum.
    cosine = [1e-6 + (1e-3 - 1e-6) * (1 + np.cos(np.pi * part)) / 2 for part in (0.375, 0.875)]
    assert found["rates"] == pytest.approx([7.5e-4, *cosine], rel=2e-3)


def test_the_model_loads_in_plain_keras_without_our_packages_and_predicts_the_same(found, folder):
    code = f"""
import sys
sys.modules["trainer"] = sys.modules["agegender_tui"] = None
import keras, numpy as np
model = keras.models.load_model({found["model"]!r}, safe_mode=True)
with np.load({str(folder / "said.npz")!r}) as said:
    out = model.predict(said["images"], batch_size=8, verbose=0)
    print(sorted((name, value.shape[1:]) for name, value in out.items()))
    print(abs(out["age"][:, 0] - said["ages"]).max())
    print(abs(out["gender"][:, 0] - said["genders"]).max())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    named, age, gender = done.stdout.splitlines()
    assert named == "[('age', (1,)), ('gender', (1,))]"
    assert float(age) < 1e-3
    assert float(gender) < 1e-5
