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
        for index, name in enumerate(visible_gpus(nvml)):
            gpu: dict[str, Any] = {"index": int(name) if name.isdigit() else index}
            try:
                handle = _handle(nvml, name)
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


def visible_gpus(nvml: Any = None) -> list[str]:
    """The NVIDIA GPUs this process may use, without starting CUDA: as `CUDA_VISIBLE_DEVICES` names
    them, by number or, as schedulers do, by UUID; else by number, in the driver's order."""
    nvml = nvml or _load_nvml()
    if nvml is None:
        return []
    count = nvml.nvmlDeviceGetCount()
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return [str(index) for index in range(count)]
    found = []
    for name in map(str.strip, chosen.split(",")):
        if not (int(name) < count if name.isdigit() else name.startswith(("GPU-", "MIG-"))):
            break  # CUDA too goes no further than the first name it does not know
        found.append(name)
    return found


def gpu_id(name: str) -> str:
    """What no other GPU is called, where the driver tells: two jobs of a cluster, each shown one
    GPU only, both know theirs as number 0."""
    nvml = _load_nvml()
    try:
        return str(nvml.nvmlDeviceGetUUID(_handle(nvml, name)))
    except Exception:  # a driver too old, or one that fails now
        return f"gpu:{name}"


def _handle(nvml: Any, name: str) -> Any:
    if name.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(name))
    return nvml.nvmlDeviceGetHandleByUUID(name)


def _load_nvml() -> Any:
    try:
        import pynvml

        pynvml.nvmlInit()
        return pynvml
    except Exception:
        # No driver, no library, or one too old: there is no NVIDIA GPU to report on.
        return None
