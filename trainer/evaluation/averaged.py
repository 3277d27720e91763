"""The mean of several models: what they came to together on the faces that all of them were
evaluated on. Computed from what each is known to have said, so no model is asked again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import RunError
from trainer.evaluation.aside import forget, put_aside, put_back_on_failure
from trainer.evaluation.paired import shared
from trainer.evaluation.plan import VERSION, evaluation_id, read_request
from trainer.evaluation.same_faces import same_set
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir, evaluation_root
from trainer.evaluation.summary import Made, summary_of, write_result
from trainer.jobs.status import Status, write_status
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.runs.hold import hold
from trainer.runs.layout import short_name
from trainer.text import printable

Summary = dict[str, Any]
Member = tuple[EvaluationDir, Summary]
PATIENCE = 20.0  # seconds for another who makes the same mean


def averaged(root: Path, members: Sequence[EvaluationDir]) -> EvaluationDir:
    """An evaluation of the mean of two or more models, below the folder of the runs: found again
    until one of the models is evaluated anew, then made anew, in a second or so.

    Of every face it has the mean of the ages and of the probabilities, each model counting the
    same. RunError in one sentence where the evaluations are not of several models on the same
    faces asked in the same way.
    """
    began = time.monotonic()
    found = sorted(((one, one.summary()) for one in members), key=_model)
    said = [one.scored() for one, _ in found]
    _check([summary for _, summary in found])
    directory = EvaluationDir(evaluation_root(root) / _id([summary for _, summary in found]))
    if _is_of(directory, found):
        return directory
    scored = mean_of(said)
    made = _made(found, scored, time.monotonic() - began)
    summary = summary_of(directory.id, scored, made)
    with storage_errors(directory.path):
        directory.path.mkdir(parents=True, exist_ok=True)
    with _held(directory):
        if not _is_of(directory, found):  # by another, meanwhile
            with put_back_on_failure(directory):
                put_aside(directory)
                write_result(directory, scored, summary)
                forget(directory)
            status = Status("finished", text=f"{len(scored.files):,} faces")
            write_status(directory.state_file, status)
            # Last: by this file it is listed, and no worker is to be seen at it before.
            _write_request(directory, found)
    return directory


def members_of(directory: EvaluationDir) -> list[EvaluationDir]:
    """The evaluations that one of a mean was asked of; none where it is of one model. RunError
    where its request is damaged."""
    names = read_request(directory).get("mean_of", [])
    return [EvaluationDir(directory.path.parent / str(name)) for name in names]


def mean_of(scored: Sequence[Scored]) -> Scored:
    """What the mean says of the faces that all have, in the order of the first; RunError where
    there are none."""
    first = reduce(lambda one, other: shared(one, other)[0], scored)
    if not first.files:
        raise RunError(
            "they share no face: the runs split the set differently, or faces or labels changed "
            "between the two evaluations; evaluate them on one data set"
        )
    all_there = [shared(first, one)[1] for one in scored]
    fingerprints = {one.data_fingerprint for one in scored}
    return replace(
        first,
        model=mean_name([one.model for one in scored]),
        network="",
        model_fingerprint=_digest([one.model_fingerprint for one in scored]),
        data_fingerprint=fingerprints.pop() if len(fingerprints) == 1 else _digest(fingerprints),
        ages=np.mean([one.ages for one in all_there], axis=0),
        female=np.mean([one.female for one in all_there], axis=0),
    )


def mean_name(models: Sequence[str]) -> str:
    """`mean of A kez2, B fq3h`."""
    return f"mean of {', '.join(short_name(name) for name in models)}"


def _model(member: Member) -> tuple[str, ...]:
    """By network and name: the same models are one mean, in whichever order they are named."""
    model = member[1]["model"]
    return tuple(str(model.get(key, "")) for key in ("network", "name", "fingerprint"))


def _check(summaries: Sequence[Summary]) -> None:
    models = [summary["model"] for summary in summaries]
    if any(model.get("members") for model in models):
        raise RunError("a mean of models is no model of which a mean is taken: choose its models")
    if len({model["fingerprint"] for model in models}) < max(2, len(models)):
        raise RunError("a mean wants two different models or more, each evaluated once")
    asked = {(same_set(one), bool(one["settings"].get("flip"))) for one in summaries}
    if len(asked) > 1:
        raise RunError(
            "a mean wants evaluations of one data set and part, mirrored faces in all or in none"
        )


def _id(summaries: Sequence[Summary]) -> str:
    data = summaries[0]["data"]
    parts = (
        *(one["model"]["fingerprint"] for one in summaries),
        *(one["data"]["fingerprint"] for one in summaries),
        data["part"],
        bool(summaries[0]["settings"].get("flip")),
    )
    name = mean_name([str(one["model"]["name"]) for one in summaries])
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
    return evaluation_id(name, str(data["name"]), str(data["part"]), digest)


@contextlib.contextmanager
def _held(directory: EvaluationDir) -> Iterator[None]:
    """One at a time, the others after it: it takes milliseconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            lock = hold(directory.path)
            break
        except RunError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    with lock:
        yield


def _told_by(one: EvaluationDir, summary: Summary) -> Summary:
    """Which evaluation of a model it is, and as made when."""
    predictions = str(summary["data"].get("predictions", ""))
    return {"evaluation": one.id, "predictions": predictions, "created": summary.get("created")}


def _is_of(directory: EvaluationDir, found: Sequence[Member]) -> bool:
    """Whether a mean is there, whole, and of these very evaluations."""
    try:
        directory.scored()
        members = directory.summary()["model"]["members"]
        told = [{key: one[key] for key in _told_by(*found[0])} for one in members]
    except (RunError, LookupError, TypeError, AttributeError):
        return False
    return directory.request_file.is_file() and told == [_told_by(*one) for one in found]


def _made(found: Sequence[Member], scored: Scored, seconds: float) -> Made:
    try:
        return _put_together(found, scored, seconds)
    except (LookupError, TypeError, ValueError, AttributeError):
        names = ", ".join(printable(one.id) for one, _ in found)
        raise RunError(f"one of {names} is damaged; evaluate anew with --redo") from None


def _put_together(found: Sequence[Member], scored: Scored, seconds: float) -> Made:
    summaries = [summary for _, summary in found]
    model = {
        "file": "",
        "name": scored.model,
        "network": "",
        "fingerprint": scored.model_fingerprint,
        "run": "",
        "members": [{**summary["model"], **_told_by(one, summary)} for one, summary in found],
    }
    copies = {
        str(name): str(why)
        for summary in summaries
        for name, why in (summary.get("copies") or {}).get("files", ())
    }
    return Made(
        model=model,
        source=str(summaries[0]["data"]["source"]),
        flip=bool(summaries[0]["settings"].get("flip")),
        left_out=_left_out(summaries),
        copies=copies,
        notes=_notes(summaries, scored),
        seconds=seconds,
    )


_KINDS = ("trained_on", "unreadable", "changed")


def _left_out(summaries: Sequence[Summary]) -> dict[str, Any]:
    """What any of the models left out, each face once, for the first reason there is."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    for summary in summaries:
        counts = summary["left_out"]
        files, first = counts.get("files", ()), 0
        for kind in _KINDS:
            end = first + int(counts.get(kind, 0))
            for name, why in files[first:end]:
                if not any(name in known for known in found.values()):
                    found[kind][str(name)] = str(why)
            first = end
    return {
        **{kind: len(found[kind]) for kind in _KINDS},
        "files": [list(one) for kind in _KINDS for one in found[kind].items()],
    }


def _notes(summaries: Sequence[Summary], scored: Scored) -> list[str]:
    most = max(int(summary["data"]["faces"]) for summary in summaries)
    notes = []
    if most > len(scored.files):
        notes.append(
            f"only the {len(scored.files):,} faces that all its models scored, of up to {most:,} a "
            "model"
        )
    for summary in summaries:
        name = short_name(str(summary["model"]["name"]))
        notes += [f"{name}: {note}" for note in summary.get("notes", ())]
        if "copies" not in summary:
            notes.append(f"{name}: copies of faces trained on were not looked for")
    return notes


def _write_request(directory: EvaluationDir, found: Sequence[Member]) -> None:
    body = {"v": VERSION, "mean_of": [one.id for one, _ in found], "asked": time.time()}
    write_atomic(directory.request_file, json.dumps(body, indent=2) + "\n")


def _digest(parts: Sequence[str] | set[str]) -> str:
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()[:24]
