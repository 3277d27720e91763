"""Which device a run takes, and how TensorFlow is started on it."""

import os
import subprocess
import sys

import keras
import pytest
import tensorflow as tf

from trainer.config import RunConfig
from trainer.errors import REINSTALL, DeviceError, EnvironmentFault
from trainer.training import device, precision
from trainer.training.device import choose_device, queue_names, start_tensorflow


@pytest.fixture
def gpus(monkeypatch):
    def have(*names):
        monkeypatch.setattr(device, "visible_gpus", lambda: list(names))
        monkeypatch.setattr(device, "gpu_id", lambda name: f"id-{name}")

    return have


@pytest.mark.parametrize(
    ("wanted", "names", "chosen", "queues"),
    [
        ("auto", "", "cpu", ["cpu"]),
        ("auto", "35", "gpu:0", ["id-3"]),
        ("cpu", "35", "cpu", ["cpu"]),
        ("gpu:1", "35", "gpu:1", ["id-5"]),
        ("gpus", "53", "gpus", ["id-3", "id-5"]),
        ("gpus", "3", "gpu:0", ["id-3"]),
    ],
)
def test_a_run_joins_the_queue_of_every_gpu_it_uses(gpus, wanted, names, chosen, queues):
    gpus(*names)
    assert choose_device(wanted) == chosen
    assert queue_names(chosen) == queues


@pytest.mark.parametrize(
    ("wanted", "names", "says"),
    [
        ("gpus", "", "device is 'gpus', but this machine has no NVIDIA GPU: use auto or cpu"),
        ("gpu:2", "35", "device is 'gpu:2', but this machine has 2 GPUs: use auto or cpu"),
    ],
)
def test_gpus_that_are_not_there_are_refused(gpus, wanted, names, says):
    gpus(*names)
    with pytest.raises(DeviceError) as error:
        choose_device(wanted)
    assert str(error.value) == says


@pytest.fixture
def tensorflow(monkeypatch):
    """What TensorFlow is told; it sees as many GPUs as are put into `sees`."""
    told = {"sees": [], "grows": []}
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: told["sees"])
    monkeypatch.setattr(
        tf.config.experimental,
        "set_memory_growth",
        lambda gpu, on: told["grows"].append((gpu, on)),
    )
    before = keras.config.dtype_policy()
    yield told
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(
    ("chosen", "visible"), [("cpu", "-1"), ("gpu:1", "GPU-b"), ("gpus", "GPU-a,GPU-b")]
)
def test_tensorflow_is_shown_the_chosen_device_and_memory_grows_on_demand(
    gpus, tensorflow, monkeypatch, chosen, visible
):
    gpus("GPU-a", "GPU-b")
    tensorflow["sees"] = [] if chosen == "cpu" else visible.split(",")
    start_tensorflow(chosen, RunConfig())
    assert device.os.environ["CUDA_VISIBLE_DEVICES"] == visible
    assert tensorflow["grows"] == [(gpu, True) for gpu in tensorflow["sees"]]


def test_a_gpu_that_tensorflow_does_not_see_is_named_with_the_remedy(gpus, tensorflow):
    gpus("0")
    with pytest.raises(DeviceError, match=r"does not see gpu:0: .*agegender-tui\[cuda\]"):
        start_tensorflow("gpu:0", RunConfig())


def test_without_keras_the_program_is_to_be_installed_anew(gpus, tensorflow, monkeypatch):
    gpus()
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(EnvironmentFault) as caught:
        start_tensorflow("cpu", RunConfig())
    assert str(caught.value) == f"keras is not installed: {REINSTALL}"


def test_precision_is_that_of_the_settings(gpus, tensorflow):
    start_tensorflow("cpu", RunConfig(precision="mixed_bfloat16"))
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        ("processor : 0\nflags : fpu avx512f avx512_bf16\n", "mixed_bfloat16"),
        ("processor : 0\nflags : fpu amx_bf16 amx_tile\n", "mixed_bfloat16"),
        ("processor : 0\nmodel name : avx512_bf16\nflags : fpu avx512f\n", "float32"),
        ("", "float32"),
    ],
)
def test_auto_precision_is_bfloat16_where_the_processor_multiplies_in_it(
    gpus, tensorflow, monkeypatch, tmp_path, lines, chosen
):
    (tmp_path / "cpuinfo").write_text(lines)
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    start_tensorflow("cpu", RunConfig(precision="auto"))
    assert keras.config.dtype_policy().name == chosen


def test_auto_precision_is_float32_where_nothing_is_known_of_the_processor(
    gpus, tensorflow, monkeypatch, tmp_path
):
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "none")
    start_tensorflow("cpu", RunConfig(precision="auto"))
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize(
    ("capabilities", "chosen"),
    [({"a": (9, 0)}, "mixed_bfloat16"), ({"a": (9, 0), "b": (7, 5)}, "float32")],
)
def test_auto_precision_is_bfloat16_where_all_gpus_multiply_in_it(
    gpus, tensorflow, monkeypatch, capabilities, chosen
):
    gpus(*capabilities)
    tensorflow["sees"] = list(capabilities)
    monkeypatch.setattr(
        tf.config.experimental,
        "get_device_details",
        lambda gpu: {"compute_capability": capabilities[gpu]},
    )
    start_tensorflow("gpus", RunConfig(precision="auto"))
    assert keras.config.dtype_policy().name == chosen


def test_auto_goes_on_with_the_cpu_where_tensorflow_sees_no_gpu(gpus, tensorflow):
    gpus("0")
    assert start_tensorflow("gpu:0", RunConfig(), or_cpu=True) == "cpu"
    tensorflow["sees"] = ["0"]
    assert start_tensorflow("gpu:0", RunConfig(), or_cpu=True) == "gpu:0"


def test_other_projects_of_the_same_user_change_nothing_and_cost_no_time(tmp_path):
    (tmp_path / "keras.json").write_text(
        '{"backend": "jax", "image_data_format": "channels_first", "floatx": "float16"}'
    )
    code = (
        "from trainer.config import RunConfig\n"
        "from trainer.training.device import start_tensorflow\n"
        "start_tensorflow('cpu', RunConfig())\n"
        "import keras\n"
        "import sys\n"
        "print('sklearn' in sys.modules)\n"
        "import sklearn\n"  # still there for those who want it
        "print(keras.backend.backend(), keras.config.image_data_format(), keras.config.floatx())\n"
    )
    environment = {**os.environ, "KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    told = ["False", "tensorflow", "channels_last", "float32"]
    assert done.stdout.split() == told, done.stderr
