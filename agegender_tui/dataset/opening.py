"""Opens a data set for the Data screen; all of it for a thread, none of it with numpy."""

from __future__ import annotations

import csv
import dataclasses
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from agegender_tui.dataset.face_set import NO_PART, TRAIN, VALIDATION, FaceSet, Model
from trainer.config import RunConfig
from trainer.data.index import Index
from trainer.data.model_doubt import ModelSaid, model_finding
from trainer.data.report_store import KnownFinding, KnownReport, read_report, report_file
from trainer.data.split import split
from trainer.data.trained_on import check_trained_on
from trainer.errors import RunError
from trainer.runs.layout import RunDir
from trainer.runs.predictions import Prediction, read_predictions
from trainer.text import printable, spreadsheet_safe

_PARTS = {"train": TRAIN, "validation": VALIDATION}


def with_report(faces: FaceSet) -> FaceSet:
    """With the last report on these files, if there is one."""
    report = read_report(report_file(faces.index))
    return dataclasses.replace(faces, report=report, flags=_flags(faces, report))


def _flags(faces: FaceSet, report: KnownReport | None) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for finding in report.findings if report else ():
        for name, why in finding.faces.items():
            row = row_of(faces, name)
            if row is not None:
                found.setdefault(row, []).append((finding.kind, why))
    return found


def row_of(faces: FaceSet, name: str) -> int | None:
    """The row of a file, by bisection: each part of the rows is in the order of its names."""
    row = _find(len(faces.index.files), faces.index.files.__getitem__, name)
    if row is not None:
        return row
    partial, rejected = faces.index.partial, faces.index.rejected
    row = _find(len(partial), lambda at: partial[at][0], name)
    if row is not None:
        return faces.labelled + row
    row = _find(len(rejected), lambda at: rejected[at][0], name)
    return None if row is None else faces.judged + row


def _find(count: int, at: Callable[[int], str], name: str) -> int | None:
    row = bisect_left(range(count), name, key=at)
    return row if row < count and at(row) == name else None


def with_parts(faces: FaceSet, run: RunDir | None = None) -> FaceSet:
    """With the parts of the split: those of `run` where it is given, else those that a run with
    the default settings would draw."""
    if run is not None:
        return dataclasses.replace(
            faces, parts=_parts_of_run(faces, run), parts_from=f"split of {run.id}"
        )
    return dataclasses.replace(faces, parts=_drawn_parts(faces), parts_from=_drawn_words(faces))


def _drawn_parts(faces: FaceSet) -> bytes:
    config = RunConfig()
    index = faces.index
    parts = split(
        index.files,
        index.ages,
        index.genders,
        _hashes(index, faces.report),
        config.validation_fraction,
        config.split_seed,
    )
    marks = bytearray(len(index.files))
    for rows, mark in ((parts.train, TRAIN), (parts.validation, VALIDATION)):
        for row in rows:
            marks[row] = mark
    return bytes(marks)


def _hashes(index: Index, report: KnownReport | None) -> Sequence[str]:
    """Digests of the pixels where the report has them; else each file stands for itself."""
    known = report is not None and len(report.hashes) == len(index.files)
    hashes: Sequence[str] = report.hashes if report is not None and known else index.files
    if not index.excluded:
        return hashes
    return ["" if row in index.excluded else digest for row, digest in enumerate(hashes)]


def _drawn_words(faces: FaceSet) -> str:
    config = RunConfig()
    drawn = f"split of seed {config.split_seed}, {config.validation_fraction:.0%} to validate"
    return drawn if faces.report else f"{drawn}, copies not yet looked for"


def _parts_of_run(faces: FaceSet, run: RunDir) -> bytes:
    check_trained_on(run, faces.index)
    marks = bytearray(faces.labelled)
    named: dict[str, int] = {}
    shown = printable(str(run.split_file))
    try:
        with open(run.split_file, encoding="utf-8", errors="surrogateescape", newline="") as file:
            for line in csv.DictReader(file):
                named[line["file"]] = _PARTS.get(line["part"], NO_PART)
    except FileNotFoundError:
        raise RunError(f"{shown}: is not there; wait until the run has read its faces") from None
    except (OSError, KeyError, csv.Error) as error:
        raise RunError(f"{shown}: cannot be read ({error}); choose another run") from None
    for row, name in enumerate(faces.index.files):
        marks[row] = named.get(spreadsheet_safe(name), NO_PART)
    if not any(marks):
        raise RunError(f"{run.id} was trained on other files: choose a run on this folder")
    return bytes(marks)


def with_model(faces: FaceSet, run: RunDir) -> FaceSet:
    """With what the model of `run` says of its faces, and the run's own split.

    Raises RunError where the run has no predictions, or was trained on other faces.
    """
    model = _model(faces, run.id, read_predictions(run.predictions_file))
    if not model.said:
        raise RunError(f"{run.id} says nothing of these files: choose a run on this folder")
    return dataclasses.replace(with_parts(faces, run), model=model)


def _model(faces: FaceSet, run: str, said: Mapping[str, Prediction]) -> Model:
    by_row = {}
    for name, prediction in said.items():
        row = row_of(faces, name)
        if row is not None and row < faces.labelled:
            by_row[row] = prediction
    one = model_finding(faces.index, sorted(by_row), ModelSaid(run, said))
    finding = KnownFinding(one.kind, one.title, one.severity, one.advice, "", dict(one.faces))
    return Model(run, by_row, finding)


def with_curation(faces: FaceSet, index: Index) -> FaceSet:
    """The same data set with another curation; all that goes by rows is found anew by name. A
    report on other labels, as a table had them before, is dropped."""
    report = faces.report if index.labelling == faces.index.labelling else None
    fresh = FaceSet(index, report)
    fresh = dataclasses.replace(fresh, flags=_flags(fresh, report))
    if faces.model is not None:
        said = {faces.name(row): prediction for row, prediction in faces.model.said.items()}
        fresh = dataclasses.replace(fresh, model=_model(fresh, faces.model.run, said))
    return fresh
