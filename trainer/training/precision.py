"""In which number format the hidden layers compute."""

from __future__ import annotations

import contextlib
from pathlib import Path

import tensorflow as tf

CPU_INFO = Path("/proc/cpuinfo")
_CPU_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
_FIRST_GPU = (8, 0)  # Ampere


def policy_for(wanted: str) -> str:
    """The Keras policy for the setting `precision`, on the device TensorFlow was started on:
    `auto` is mixed_bfloat16 where that multiplies in hardware, else float32."""
    if wanted != "auto":
        return wanted
    gpus = tf.config.list_physical_devices("GPU")
    fast = all(map(_gpu_has_bfloat16, gpus)) if gpus else _cpu_has_bfloat16()
    return "mixed_bfloat16" if fast else "float32"


def _gpu_has_bfloat16(gpu: tf.config.PhysicalDevice) -> bool:
    details = tf.config.experimental.get_device_details(gpu)
    return tuple(details.get("compute_capability", (0, 0))) >= _FIRST_GPU


def _cpu_has_bfloat16() -> bool:
    with contextlib.suppress(OSError):
        for line in CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("flags"):
                return not _CPU_FLAGS.isdisjoint(line.split())
    return False
