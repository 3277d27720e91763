"""The event log of a run, `events.jsonl`: append-only, one complete JSON object a line.

Version 1. Every line has `v` (schema version), `seq` (0, 1, 2, … over all attempts), `t` (Unix
seconds) and `type`; the other keys are the fields of the dataclass for that type below. A reader
skips types and keys it does not know, lines of a newer version, and a torn last line. After a
resume some epochs may appear again: the later one counts, and they are equal where the run is
deterministic.

Metric names, in `metrics`, `train` and `validation`:
    loss             the weighted sum with L2, no unit
    age_loss         as trained; the mean absolute error, or Huber's, in years
    age_mae          mean absolute error, in years
    gender_loss      binary cross-entropy, nats
    gender_accuracy  0 to 1
Of an ensemble the training losses are of its mean, but for `loss`, the mean of what each member has
for itself: it lies above that of validation, which is of the mean alone.
A run that trains outputs beyond age and gender tells `age_distribution_loss` and `age_group_loss`,
nats, too.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

VERSION = 1
END_OF_TIME = 253402214400.0  # the last day of the year 9999, in Unix seconds
METRICS = ("loss", "age_loss", "age_mae", "gender_loss", "gender_accuracy")


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all events share; `seq` and `t` are set by the writer."""

    type: ClassVar[str] = ""
    seq: int = -1
    t: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RunEvent(Event):
    """A worker began: `action` is start or resume; it goes on after `step` steps of `epoch`. A step
    has `batch_size` images (0: as config.toml says): fewer, where memory ran out before."""

    type: ClassVar[str] = "run"
    action: str
    pid: int
    host: str
    device: str
    epoch: int = 1
    step: int = 0
    batch_size: int = 0


@dataclass(frozen=True, kw_only=True)
class PhaseEvent(Event):
    """What the worker does: queued, importing, weights, indexing, decoding, comparing, building,
    features, compiling, training, validating, paused, saving, stretching. `done` of `of` where it
    can be counted (`of` 0: it cannot)."""

    type: ClassVar[str] = "phase"
    name: str
    done: int = 0
    of: int = 0
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class NetworkEvent(Event):
    """The network is built: `parameters` in all, as saved, and `trainable` of them, those that
    training changes once every stage has begun."""

    type: ClassVar[str] = "network"
    model: str
    parameters: int
    trainable: int


@dataclass(frozen=True, kw_only=True)
class BatchEvent(Event):
    """Progress within an epoch, at most four a second. `step` steps of `of` are done."""

    type: ClassVar[str] = "batch"
    epoch: int
    epochs: int
    step: int
    of: int
    metrics: dict[str, float]
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class EpochEvent(Event):
    """One finished epoch, counted from 1. `seconds` is its whole time, validation included."""

    type: ClassVar[str] = "epoch"
    epoch: int
    epochs: int
    train: dict[str, float]
    validation: dict[str, float]
    learning_rate: float
    seconds: float
    images_per_second: float
    best: bool


@dataclass(frozen=True, kw_only=True)
class SystemEvent(Event):
    """Use of the machine. Percent 0 to 100, memory in bytes, °C, watts.

    Each GPU: {index, name, use, memory_used, memory_total, temperature, power}, a key missing
    where the driver does not tell.
    """

    type: ClassVar[str] = "system"
    cpu: float
    memory_used: int
    memory_total: int
    worker_memory: int
    gpus: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CheckpointEvent(Event):
    """A checkpoint is complete on disk: after `step` steps of `epoch` (0: between epochs)."""

    type: ClassVar[str] = "checkpoint"
    epoch: int
    step: int
    file: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class MessageEvent(Event):
    """A sentence for the log pane; `level` is info, warning or error."""

    type: ClassVar[str] = "message"
    level: str
    text: str


@dataclass(frozen=True, kw_only=True)
class EndEvent(Event):
    """The worker ended in `state` finished, stopped or failed; `text` says why, in a sentence.

    `code` is the exit status, see `trainer.errors.ExitCode`.
    """

    type: ClassVar[str] = "end"
    state: str
    text: str
    epoch: int
    code: int = 0


TYPES: dict[str, type[Event]] = {
    kind.type: kind
    for kind in (
        RunEvent,
        PhaseEvent,
        NetworkEvent,
        BatchEvent,
        EpochEvent,
        SystemEvent,
        CheckpointEvent,
        MessageEvent,
        EndEvent,
    )
}
_FIELDS = {name: {f.name for f in dataclasses.fields(kind)} for name, kind in TYPES.items()}
_FLOATS = {
    name: {f.name for f in dataclasses.fields(kind) if f.type == "float"}
    for name, kind in TYPES.items()
}
# What JSON may hold for a field, by how it is declared. `type` is asked, as true is an int too.
_JSON: dict[Any, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "dict[str, float]": (dict,),
    "list[dict[str, Any]]": (list,),
}
_KINDS = {
    name: {f.name: _JSON[f.type] for f in dataclasses.fields(kind)} for name, kind in TYPES.items()
}


def encode(event: Event) -> str:
    """One line without its newline. NaN and infinity become null, so any JSON reader copes."""
    body = {"v": VERSION, "seq": event.seq, "t": event.t, "type": event.type}
    body |= {
        f.name: finite(getattr(event, f.name))
        for f in dataclasses.fields(event)
        if f.name not in ("seq", "t")
    }
    return json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def finite(value: Any) -> Any:
    """`value` with every NaN and infinity in it, however deep, replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def decode(line: str | bytes) -> Event | None:
    """The event of one line, or None where it is torn, unknown, malformed or newer.

    A figure that was not a number comes back as NaN.
    """
    try:
        body = json.loads(line)
        kind = body["type"]
        if body["v"] > VERSION or kind not in TYPES:
            return None
        known = {key: value for key, value in body.items() if key in _FIELDS[kind]}
        for key in ("metrics", "train", "validation"):
            if key in known:
                known[key] = {
                    name: float("nan") if value is None else float(value)
                    for name, value in known[key].items()
                }
        known |= {key: float("nan") for key in _FLOATS[kind] if known.get(key, 0.0) is None}
        kinds = _KINDS[kind]
        if any(type(value) not in kinds[key] for key, value in known.items()):
            return None
        if not 0 <= known.get("t", 0.0) < END_OF_TIME:  # no clock shows it
            return None
        if "gpus" in known:
            known["gpus"] = [_gauges(gpu) for gpu in known["gpus"]]
        return TYPES[kind](**known)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _gauges(gpu: dict[str, Any]) -> dict[str, Any]:
    """What can be shown of one GPU: a name, and numbers."""
    return {
        key: value
        for key, value in gpu.items()
        if type(value) in ((str,) if key == "name" else (int, float))
    }


def history(events: list[Event] | Iterator[Event]) -> list[EpochEvent]:
    """The epochs in order, each once, the last report of each counting."""
    epochs = {event.epoch: event for event in events if isinstance(event, EpochEvent)}
    return [epochs[number] for number in sorted(epochs)]
