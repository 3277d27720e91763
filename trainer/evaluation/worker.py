"""One evaluation, from its request to its figures; every failure ends in a sentence."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.config import RunConfig
from trainer.data.cache import PixelCache, open_cache
from trainer.errors import DataError, ExitCode, RunError, StorageError, UserError
from trainer.evaluation.aside import forget, put_back
from trainer.evaluation.checking import CHANGED, changed_since
from trainer.evaluation.faces import VALIDATION, LabelledFaces
from trainer.evaluation.overlap import find_overlap
from trainer.evaluation.plan import Plan, check_model, planned
from trainer.evaluation.predicting import say
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir
from trainer.evaluation.summary import Made, summary_of, write_result
from trainer.failure_log import unexpected
from trainer.jobs.session import Session, StopRequested
from trainer.jobs.status import LOADING_TENSORFLOW
from trainer.runs.queue import DeviceTicket
from trainer.text import printable

STOPPED = "stopped; evaluating again goes on from there"
QUEUE = "evaluations"  # one at a time; a run under way is not waited for
NOT_FINITE = "the model's output is no finite number"


@dataclass
class LeftOut:
    """(file, why) of the faces that are not scored, by what was the matter."""

    trained_on: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        kinds = (self.trained_on, self.unreadable, self.changed)
        return {
            "trained_on": len(self.trained_on),
            "unreadable": len(self.unreadable),
            "changed": len(self.changed),
            "files": [list(one) for kind in kinds for one in kind],
        }


def work(directory: EvaluationDir, device: str = "auto") -> ExitCode:
    """Evaluate to the end; the returned code is the process's exit status. RunError where another
    process is at it."""
    with Session(directory) as session:
        if directory.done:  # by a worker that was a little faster
            session.end("finished", "done before", ExitCode.OK)
            return ExitCode.OK
        try:
            text = _evaluate(directory, session, device)
            forget(directory)
            session.end("finished", text, ExitCode.OK)
            return ExitCode.OK
        except StopRequested:
            session.end("stopped", STOPPED, ExitCode.STOPPED)
            return ExitCode.STOPPED
        except Exception as error:
            put_back(directory)
            return session.fail(error, _as_user_error(error))


def _as_user_error(error: Exception) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("the disk is full; free some space, then evaluate again")
    return unexpected(error)


def _evaluate(directory: EvaluationDir, session: Session, device: str) -> str:
    began = time.monotonic()
    with DeviceTicket(QUEUE, directory.id) as ticket:
        session.keep(ticket)
        while ticket.ahead():
            session.poll()
            if session.status.state != "waiting":
                session.update(state="waiting", phase="waiting for another evaluation")
            time.sleep(0.5)
        session.update(state="working", phase="checking the faces", done=0, of=0)
        wanted = planned(directory, session.poll)
        faces = wanted.faces
        left_out, notes = LeftOut(changed=list(faces.gone)), list(faces.notes)
        cache = _decoded(faces, session)
        rows = _to_score(wanted, cache, left_out, notes, session)
        copies = _copies(wanted, cache, notes, session)
        notes += _started(device, session)
        said = _said(directory, wanted, cache, rows, session)
        _check_still(directory, session)
    kept = _told(wanted, rows, said, left_out, notes)
    session.phase("computing the figures")
    scored = _scored(wanted, cache, [rows[place] for place in kept], said[kept].mean(axis=1))
    taken = time.monotonic() - began
    model = {
        "file": str(wanted.model.file),
        "name": scored.model,
        "network": scored.network,
        "fingerprint": scored.model_fingerprint,
        "run": str(wanted.model.run.path) if wanted.model.run else "",
    }
    made = Made(model, str(wanted.source), wanted.flip, left_out.to_json(), copies, notes, taken)
    write_result(directory, scored, summary_of(directory.id, scored, made))
    directory.said_file.unlink(missing_ok=True)
    return f"{len(scored.files):,} faces"


def _decoded(faces: LabelledFaces, session: Session) -> PixelCache:
    def progress(done: int, of: int) -> None:
        session.phase("decoding", done, of)

    return open_cache(faces.index, progress, workers=min(8, os.cpu_count() or 1))


def _to_score(
    wanted: Plan, cache: PixelCache, left_out: LeftOut, notes: list[str], session: Session
) -> list[int]:
    """The rows whose pictures can be read and that the model was not trained on."""
    faces, files = wanted.faces, wanted.faces.index.files
    trained_on: dict[int, str] = {}
    if wanted.part != VALIDATION:
        overlap = find_overlap(wanted.model.run, faces, cache, session.phase)
        trained_on = overlap.trained_on
        notes += overlap.notes
    unreadable = dict(cache.unreadable)
    left_out.trained_on += [(files[row], why) for row, why in sorted(trained_on.items())]
    left_out.unreadable += [
        (files[row], unreadable[row])
        for row in faces.rows
        if row in unreadable and row not in trained_on
    ]
    rows = [row for row in faces.rows if row not in trained_on and row not in unreadable]
    if not rows:
        shown, model = printable(str(wanted.source.folder)), printable(wanted.model.name)
        if trained_on:
            raise DataError(
                f"{shown}: {model} was trained on all {len(trained_on):,} faces there that can be "
                "read; give others with --data"
            )
        raise DataError(f"{shown}: none of its {len(faces.rows):,} pictures can be read")
    return rows


def _copies(wanted: Plan, cache: PixelCache, notes: list[str], session: Session) -> dict[str, str]:
    """Why by name, of the validation part's faces that are copies of some trained on: they were
    validated on all the same, so they are scored, and the figures without them are told beside."""
    if wanted.part != VALIDATION:
        return {}
    overlap = find_overlap(wanted.model.run, wanted.faces, cache, session.phase)
    notes += overlap.notes
    return {wanted.faces.index.files[row]: why for row, why in overlap.trained_on.items()}


def _started(device: str, session: Session) -> list[str]:
    """Bring TensorFlow up; a note where that is on another device than was chosen, told at once."""
    from trainer.training.device import choose_device, on_the_cpu_instead, start_tensorflow

    session.phase(LOADING_TENSORFLOW)
    chosen = choose_device(device)
    if start_tensorflow(chosen, RunConfig(), or_cpu=device == "auto") == chosen:
        return []
    note = on_the_cpu_instead(chosen)
    session.update(text=note)
    return [note]


def _said(
    directory: EvaluationDir, wanted: Plan, cache: PixelCache, rows: list[int], session: Session
) -> np.ndarray:
    from trainer.prediction.predictor import load_model

    session.phase("loading the model")
    model = load_model(wanted.model.file)
    # Before anything it says is kept: another worker would go on from that.
    check_model(wanted.model.file, wanted.model.fingerprint)
    kept = directory.said_file
    return say(model, cache.pixels, cache.hashes, rows, wanted.flip, kept, session.phase)


def _check_still(directory: EvaluationDir, session: Session) -> None:
    """Minutes passed since the model and the faces were looked at: RunError where they changed."""
    session.phase("checking the faces again")
    try:
        planned(directory, session.poll)
    except UserError:
        directory.said_file.unlink(missing_ok=True)
        raise


def _told(
    wanted: Plan, rows: list[int], said: np.ndarray, left_out: LeftOut, notes: list[str]
) -> list[int]:
    """Places in `rows` of which the model said something that counts."""
    from trainer.prediction.predictor import NO_PROBABILITY, may_be_probability

    files = [wanted.faces.index.files[row] for row in rows]
    finite_ones = np.isfinite(said).all(axis=(1, 2))
    left_out.unreadable += [
        (name, NOT_FINITE) for name, good in zip(files, finite_ones, strict=True) if not good
    ]
    places = np.flatnonzero(finite_ones).tolist()
    if not places:
        raise DataError(
            f"{printable(str(wanted.model.file))}: its outputs are no finite numbers: the run "
            "diverged; evaluate another model"
        )
    if not all(map(may_be_probability, said[places, :, 1].ravel().tolist())):
        raise RunError(f"{printable(str(wanted.model.file))}: {NO_PROBABILITY}")
    if wanted.part != VALIDATION or wanted.model.run is None:
        return places
    names, plain = [files[place] for place in places], said[places, 0]
    changed, note = changed_since(wanted.model.run, names, plain[:, 0], plain[:, 1])
    left_out.changed += [(names[one], CHANGED) for one in changed]
    notes += [note] if note else []
    return [place for one, place in enumerate(places) if one not in set(changed)]


def _scored(wanted: Plan, cache: PixelCache, rows: list[int], said: np.ndarray) -> Scored:
    faces = wanted.faces
    of_row = dict(zip(faces.rows, faces.labels, strict=True))
    labels = [of_row[row] for row in rows]
    unknown = (float("nan"), float("nan"))
    ages = np.array([label.ages or unknown for label in labels], "float64").reshape(-1, 2)
    return Scored(
        model=wanted.model.name,
        network=wanted.model.network,
        data=wanted.data_name,
        part=wanted.part,
        model_fingerprint=wanted.model.fingerprint,
        data_fingerprint=wanted.data_fingerprint,
        folder=wanted.source.folder,
        files=tuple(faces.index.files[row] for row in rows),
        age_low=ages[:, 0],
        age_high=ages[:, 1],
        genders=np.array([_code(label.gender) for label in labels], "int64"),
        races=np.array([_code(label.race) for label in labels], "int64"),
        ages=said[:, 0],
        female=said[:, 1],
        pixels=tuple(cache.hashes[row] for row in rows),
    )


def _code(value: int | None) -> int:
    return -1 if value is None else value
