"""Which device a run uses, and TensorFlow brought up on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trainer.config import RunConfig
from trainer.errors import REINSTALL, DeviceError, EnvironmentFault, gist
from trainer.training.importing import without_scikit_learn
from trainer.training.monitor import gpu_id, visible_gpus

if TYPE_CHECKING:
    from trainer.training.replicas import Replicas


def choose_device(wanted: str) -> str:
    """`cpu`, `gpu:N` or, for several, `gpus` for the setting `device`; DeviceError if the GPU is
    not there."""
    if wanted == "cpu":
        return "cpu"
    count = len(visible_gpus())
    if wanted == "auto":
        return "gpu:0" if count else "cpu"
    needed = 1 if wanted == "gpus" else int(wanted.removeprefix("gpu:")) + 1
    if needed > count:
        have = f"{count} GPU{'s' * (count != 1)}" if count else "no NVIDIA GPU"
        raise DeviceError(f"device is '{wanted}', but this machine has {have}: use auto or cpu")
    return "gpu:0" if wanted == "gpus" and count == 1 else wanted


def queue_names(device: str) -> list[str]:
    """The queues that a run on `device` joins: one for each GPU there is, and one for the CPU.
    Sorted: runs that join several in one order cannot wait for each other for ever."""
    return ["cpu"] if device == "cpu" else sorted(map(gpu_id, _driver_names(device)))


def replica_count(device: str) -> int:
    """Among how many GPUs a run on `device` divides each batch."""
    return max(1, len(visible_gpus())) if device == "gpus" else 1


def _driver_names(device: str) -> list[str]:
    """What the driver calls `gpu:N`, which counts among the GPUs this process may use, or all."""
    names = visible_gpus()
    return names if device == "gpus" else [names[int(device.removeprefix("gpu:"))]]


def replicas_on(device: str) -> Replicas:
    """How a network is laid on `device`, once TensorFlow has started on it."""
    import tensorflow as tf

    from trainer.training.replicas import Replicas

    return Replicas(tf.distribute.MirroredStrategy() if device == "gpus" else None)


def on_the_cpu_instead(device: str) -> str:
    """What to tell where `start_tensorflow` came up on the CPU and not on `device`."""
    return (
        f"TensorFlow does not see {device}: going on with the CPU; install the GPU build with "
        "`pip install 'agegender-tui[cuda]'`"
    )


def start_tensorflow(device: str, config: RunConfig, *, or_cpu: bool = False) -> str:
    """Import TensorFlow for `device` alone, seeded; returns the device: with `or_cpu` the CPU
    where TensorFlow does not see the GPU, as the build without CUDA does not.

    GPU memory grows on demand, so that a second tool still fits. Raises
    EnvironmentFault if TensorFlow is missing or broken, DeviceError if it does not see the GPU.
    """
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    else:
        # The driver's order, which gauges and tickets use, is not CUDA's own where GPUs differ.
        os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(_driver_names(device))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Whatever the user's other projects have Keras set to.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        with without_scikit_learn():
            import keras
            import tensorflow as tf
    except ModuleNotFoundError as error:
        name = error.name or error
        raise EnvironmentFault(f"{name} is not installed: {REINSTALL}") from error
    except (Exception, SystemExit) as error:
        raise EnvironmentFault(
            f"TensorFlow does not load ({gist(error)}): run `agegender-tui doctor`"
        ) from error
    gpus = tf.config.list_physical_devices("GPU")
    if device != "cpu" and not gpus and or_cpu:
        device = "cpu"
    elif device != "cpu" and not gpus:
        raise DeviceError(
            f"TensorFlow does not see {device}: install the GPU build with "
            "`pip install 'agegender-tui[cuda]'`, or set device to cpu"
        )
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    from trainer.training.precision import policy_for

    keras.config.set_dtype_policy(policy_for(config.precision))
    return device
