"""What the machine is doing, sampled for the gauges: psutil for the host, NVML for GPUs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psutil

from trainer.runs.events import SystemEvent


class Monitor:
    """Samples the host and every visible NVIDIA GPU; a part that does not answer is left out."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        psutil.cpu_percent()
        self._nvml = _load_nvml()

    def sample(self) -> SystemEvent:
        """One reading; CPU use is the mean since the last one."""
        memory = psutil.virtual_memory()
        return SystemEvent(
            cpu=psutil.cpu_percent(),
            memory_used=memory.total - memory.available,
            memory_total=memory.total,
            worker_memory=self._process.memory_info().rss,
            gpus=self._gpus(),
        )

    def _gpus(self) -> list[dict[str, Any]]:
        nvml = self._nvml
        if nvml is None:
            return []
        gpus = []
        for index in _visible(nvml.nvmlDeviceGetCount()):
            gpu: dict[str, Any] = {"index": index}
            try:
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
            except nvml.NVMLError:
                continue
            readers: dict[str, Callable[[Any], Any]] = {
                "name": lambda h: str(nvml.nvmlDeviceGetName(h)),
                "use": lambda h: float(nvml.nvmlDeviceGetUtilizationRates(h).gpu),
                "memory_used": lambda h: int(nvml.nvmlDeviceGetMemoryInfo(h).used),
                "memory_total": lambda h: int(nvml.nvmlDeviceGetMemoryInfo(h).total),
                "temperature": lambda h: float(
                    nvml.nvmlDeviceGetTemperature(h, nvml.NVML_TEMPERATURE_GPU)
                ),
                "power": lambda h: nvml.nvmlDeviceGetPowerUsage(h) / 1000,
            }
            for key, read in readers.items():
                try:
                    gpu[key] = read(handle)
                except nvml.NVMLError:
                    continue
            gpus.append(gpu)
        return gpus


def gpu_count() -> int:
    """How many NVIDIA GPUs this process may use, without starting CUDA."""
    nvml = _load_nvml()
    return len(_visible(nvml.nvmlDeviceGetCount())) if nvml is not None else 0


def _visible(count: int) -> list[int]:
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return list(range(count))
    return [int(part) for part in chosen.split(",") if part.isdigit() and int(part) < count]


def _load_nvml() -> Any:
    try:
        import pynvml

        pynvml.nvmlInit()
        return pynvml
    except Exception:
        # No driver, no library, or one too old: there is no NVIDIA GPU to report on.
        return None
