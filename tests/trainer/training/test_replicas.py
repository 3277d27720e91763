"""Several GPUs, for which two logical CPU devices stand."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.trainer.training.test_worker import draw_faces
from trainer.config import RunConfig
from trainer.errors import ConfigError, DeviceError
from trainer.training.replicas import Replicas


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What `two_devices` tells."""
    folder = tmp_path_factory.mktemp("two")
    draw_faces(folder / "faces", 40)
    module = "tests.trainer.training.two_devices"
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder / "faces"), str(folder / "runs")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_run_stopped_within_an_epoch_and_resumed_is_the_same_to_the_bit(found):
    assert found["replicas"] == 2
    assert found["stopped_at"] == [1, 1]
    assert [name for name, same in found["same"].items() if not same] == []
    assert found["same_history"]
    assert found["same_averages"]
    assert found["averaged_steps"] == 8


def test_the_running_metrics_of_each_are_kept(found):
    assert found["parts"] == 1  # one figure for each of the two; a single device has scalars


def test_each_batch_is_divided_so_that_two_learn_what_one_learns(found):
    assert found["spread"] == [[0, 1], [2, 3]]
    assert found["steps"] == [4, 4]
    assert found["apart"] < 1e-3
    for one, two in zip(*found["losses"], strict=True):
        for part in (0, 1):
            assert two[part] == pytest.approx(one[part], rel=1e-3)


def test_the_metrics_of_a_batch_are_of_all_of_it(found):
    assert found["told"][0] == pytest.approx(found["told"][1], rel=1e-5)


def test_a_number_of_faces_that_does_not_divide_is_predicted_too_and_the_model_is_plain(found):
    assert found["predicted"][0] == 5
    assert found["predicted"][1] < 1e-4


def test_what_follows_training_is_done_with_several_as_well(found):
    assert found["finished"] < 1e-3


def test_the_calibration_of_a_model_saved_before_never_lies_beside_the_new_one(found):
    assert found["old_beside_new"] == [False, False]


def test_on_one_device_a_batch_goes_as_it_is():
    batch = (np.zeros((3, 2)), {"age": np.zeros((3, 1))})
    assert Replicas().spread(batch) is batch
    Replicas().check(7)


def test_a_batch_that_does_not_divide_is_refused():
    replicas = Replicas()
    replicas.count = 3
    with pytest.raises(DeviceError, match="batch_size 32 does not divide among 3 GPUs: give a mul"):
        replicas.check(32)


def test_xla_on_several_gpus_is_refused():
    with pytest.raises(ConfigError, match="set xla to auto"):
        RunConfig().replace(device="gpus", xla="on")
