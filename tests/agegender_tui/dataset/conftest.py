"""A small data set, with what a report and a model say of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import with_report
from trainer.data.index import Index, build_index
from trainer.data.report_store import report_file
from trainer.runs.layout import RunDir

NAMES = (
    "5_0_0_a.jpg", "25_1_1_b.jpg", "25_1_2_c.jpg", "31_0_3_d.jpg",
    "44_1_e.jpg", "60_0_4_f.jpg", "82_1_0_g.jpg", "nolabel.jpg",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "faces"
    made.mkdir()
    for name in NAMES:
        (made / name).write_bytes(b"x" * len(name))
    return made


def keep_report(index: Index, findings: dict[str, list[tuple[str, str]]]) -> None:
    """A report as `trainer.data.report` leaves it, of `findings` by kind."""
    path = report_file(index)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "version": 1,
        "findings": [
            {
                "kind": kind,
                "title": f"Title of {kind}",
                "severity": "warning",
                "advice": f"Advice on {kind}.",
                "filter": "",
                "faces": faces,
                "groups": [[name for name, _ in faces]],
            }
            for kind, faces in findings.items()
        ],
        "hashes": [f"h{row}" for row in range(len(index.files))],
        "sizes": [["128×128", len(index.files)]],
        "brightness": [0, 2, 5, 1],
        "sharpness": [1, 3, 3, 1],
    }
    path.write_text(json.dumps(body))


@pytest.fixture
def faces(folder: Path) -> FaceSet:
    """With a report that flags two faces and the one without a label."""
    index = build_index(folder)
    keep_report(
        index,
        {
            "blurred": [("25_1_1_b.jpg", "sharpness 3"), ("60_0_4_f.jpg", "sharpness 4")],
            "unlabelled": [("nolabel.jpg", "the name does not begin with an age")],
        },
    )
    return with_report(FaceSet(index))


MakePredictions = Callable[..., RunDir]


@pytest.fixture
def predicting(tmp_path: Path, make_run: Callable[..., RunDir], folder: Path) -> RunDir:
    """A finished run on the folder, which validated three of its faces."""
    run = make_run(tmp_path / "runs", data=str(folder))
    said = {"25_1_2_c.jpg": (27.0, 0.9), "31_0_3_d.jpg": (70.0, 0.2), "82_1_0_g.jpg": (80.0, 0.01)}
    with open(run.predictions_file, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "age", "gender", "predicted_age", "predicted_gender_1"])
        table.writerows([name, 0, 0, age, female] for name, (age, female) in said.items())
    with open(run.split_file, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "part", "age", "gender"])
        table.writerows(
            [name, "validation" if name in said else "train", 0, 0] for name in NAMES[:-1]
        )
    return run
