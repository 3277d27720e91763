"""One study as the commands of `tune` tell it to programs."""

from __future__ import annotations

import dataclasses
from typing import Any

from trainer.errors import ExitCode
from trainer.runs.events import finite
from trainer.tuning.best import front, ranked
from trainer.tuning.record import StudyRecord
from trainer.tuning.trial_log import Trial


def exit_code(state: str, code: int) -> int:
    """Exit status for a study that ended so; the worker's own where it failed."""
    if state == "failed":
        return code or ExitCode.UNEXPECTED
    return {"finished": ExitCode.OK, "stopped": ExitCode.STOPPED}.get(state, ExitCode.RUN)


def as_json(record: StudyRecord) -> dict[str, Any]:
    """For programs; its keys are kept. Numbers that are not finite are null."""
    config, status, best = record.config, record.status, record.best
    body = {
        "study": record.study.id,
        "path": str(record.study.path),
        "state": record.state,
        "label": config.label if config else "",
        "model": config.base.model if config else "",
        "preset": config.base.preset if config else "",
        "data": config.base.data if config else "",
        "objective": config.objective if config else "",
        "space": {name: str(domain) for name, domain in config.space.items()} if config else {},
        "trials": config.trials if config else 0,
        "ended": record.ended,
        "best": trial_json(best) if best else None,
        "devices": list(config.devices) if config else [],
        "heartbeat": status.heartbeat,
        "text": record.problem or status.text,
        "code": status.code,
    }
    clean: dict[str, Any] = finite(body)
    return clean


def trial_json(trial: Trial) -> dict[str, Any]:
    """One trial, as it stands in the log."""
    clean: dict[str, Any] = finite(dataclasses.asdict(trial) | {"course": list(trial.course)})
    return clean


def ranked_json(record: StudyRecord) -> dict[str, Any]:
    """The study with all its trials, the best first, the numbers of those on the Pareto front
    of both figures, and the shares of the settings."""
    objective = record.config.objective if record.config else ""
    trials = ranked(objective, record.log.trials) if objective else []
    return as_json(record) | {
        "ranked": [trial_json(one) for one in trials],
        "front": [one.number for one in front(record.log.trials)],
        "importances": record.log.importances,
        "importances_of": record.log.importances_of,
    }
