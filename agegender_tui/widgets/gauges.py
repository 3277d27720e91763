"""What the run does to the machine: processor, memory, GPUs."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.widgets import Static

from agegender_tui.widgets.progress import bar
from trainer.runs.events import SystemEvent
from trainer.text import printable

BAR = 8


def gauges(system: SystemEvent | None) -> list[Content]:
    """One gauge each for CPU, memory, the worker's memory and every GPU."""
    if system is None:
        return [Content("no system figures yet")]
    share = system.memory_used / system.memory_total if system.memory_total else 0.0
    memory = f" {_gib(system.memory_used)}/{_gib(system.memory_total)} GiB"
    return [
        Content.assemble("CPU ", bar(system.cpu / 100, BAR), f" {system.cpu:.0f} %"),
        Content.assemble("RAM ", bar(share, BAR), memory),
        Content(f"worker {_gib(system.worker_memory)} GiB"),
        *(_gpu(gpu) for gpu in system.gpus),
    ]


def _gpu(gpu: dict[str, Any]) -> Content:
    parts: list[Content | str] = [f"GPU {gpu.get('index', '?')} "]
    if "use" in gpu:
        parts += [bar(gpu["use"] / 100, BAR), f" {gpu['use']:.0f} %"]
    if gpu.get("memory_total"):
        parts.append(f" {_gib(gpu.get('memory_used', 0))}/{_gib(gpu['memory_total'])} GiB")
    if "temperature" in gpu:
        parts.append(f" {gpu['temperature']:.0f} °C")
    if "power" in gpu:
        parts.append(f" {gpu['power']:.0f} W")
    return Content.assemble(*parts)


def gpu_name(gpu: dict[str, Any]) -> str:
    """The GPU's name, safe to show."""
    return printable(str(gpu.get("name", "")))


def _gib(size: float) -> str:
    return f"{size / 2**30:.1f}"


class Gauges(Static):
    """The gauges in one line, or one below the other in the system pane."""

    def __init__(self, *, stacked: bool = False, id: str = "gauges") -> None:
        super().__init__(id=id, markup=False)
        self._stacked = stacked

    def show(self, system: SystemEvent | None, live: bool) -> None:
        """`live`: a worker measures; else these are the last figures there were."""
        parts = gauges(system)
        if self._stacked and system:
            for place, gpu in enumerate(system.gpus):
                parts[3 + place] = Content(f"{gpu_name(gpu)}\n") + parts[3 + place]
        if system and not live:
            parts.insert(0, Content.styled("at its end", "$text-muted"))
        self.update(Content("\n\n" if self._stacked else "   ").join(parts))
