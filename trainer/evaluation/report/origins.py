"""How the models of a report were made: their runs' settings, course and surroundings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.config import SETTINGS, RunConfig, default_of
from trainer.errors import RunError
from trainer.evaluation.report.contents import Part
from trainer.export.model_card import network_words
from trainer.runs.course import Course, CourseReader
from trainer.runs.event_log import EventReader
from trainer.runs.events import EpochEvent
from trainer.runs.layout import RunDir
from trainer.text import duration, printable

_NO_RECIPE = ("data", "label", "weights", "device")  # where things lay, nothing that a model is of


@dataclass(frozen=True)
class Origin:
    """A model and the run it is of; without one, or where that cannot be read, `problem` says so
    and the rest is empty."""

    name: str
    run: str = ""
    config: RunConfig | None = None
    course: Course = field(default_factory=Course)
    environment: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def epochs(self) -> tuple[EpochEvent, ...]:
        return self.course.epochs

    @property
    def facts(self) -> dict[str, str]:
        """What the run tells of the model, by heading."""
        config, course = self.config, self.course
        if config is None:
            return {}
        best = course.best
        packages = self.environment.get("packages")
        versions = packages if isinstance(packages, Mapping) else {}
        device = str(self.environment.get("device", ""))
        return {
            "network": f"{config.model}, {network_words(config)}",
            "run": self.run,
            "parameters": _count(course.parameters),
            "of them trained": _count(course.trainable),
            "epochs": f"{len(course.epochs)} of at most {config.epochs}",
            "epoch of the model": str(best.epoch) if best else "–",
            "chosen by": "lowest loss on the validation part",
            "time of work": duration(course.seconds[-1]) if course.seconds else "–",
            "device": printable(device) or "–",
            "TensorFlow, Keras": ", ".join(
                printable(str(versions.get(name, "–"))) for name in ("tensorflow", "keras")
            ),
        }

    def setting(self, name: str) -> str:
        """The value of a setting; a dash where the run has none or its network does not use it."""
        if self.config is None or not SETTINGS[name].applies(self.config.model):
            return "–"
        value = getattr(self.config, name)
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"


def origins_of(parts: Sequence[Part]) -> list[Origin]:
    """One a model, in the order in which the models come."""
    found: dict[str, Origin] = {}
    for part in parts:
        about = part.summary["model"]
        key = str(about.get("fingerprint") or about.get("file"))
        if key not in found:
            found[key] = _origin(part)
    return list(found.values())


def _origin(part: Part) -> Origin:
    name, run = part.model, part.run
    if part.summary["model"].get("members"):
        return Origin(name, problem="the mean of what its models say of a face, each counting once")
    if run is None:
        return Origin(name, problem="its run is not there: settings and curves are not known")
    try:
        config = run.config()
    except RunError as error:
        return Origin(name, run.id, problem=str(error))
    return Origin(name, printable(run.id), config, _course(run), _environment(run))


def _course(run: RunDir) -> Course:
    reader, told = EventReader(run.events_file), CourseReader()
    try:
        while events := reader.read(newest_only=("batch",)):  # most lines, and no part of a course
            for event in events:
                told.take(event)
    except OSError:
        return Course()
    return told.course


def _environment(run: RunDir) -> dict[str, Any]:
    try:
        found = json.loads(run.environment_file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def settings_of(origins: Sequence[Origin]) -> list[tuple[str, list[str], str]]:
    """(setting, its value for each model, the default) of every setting that one of them uses."""
    rows = []
    for name in SETTINGS:
        values = [one.setting(name) for one in origins]
        if name not in _NO_RECIPE and any(value != "–" for value in values):
            default = default_of(name)
            shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
            rows.append((name, values, f"{shown}"))
    return rows


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
