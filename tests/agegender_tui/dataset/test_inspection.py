"""The report is made by a process of its own, which can be stopped; its fault is a sentence."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

import pytest

from agegender_tui.dataset.inspection import Inspection
from tests.agegender_tui.conftest import PATIENCE
from trainer.data.index import build_index
from trainer.data.report_store import read_report, report_file
from trainer.data.sample import sample_folder
from trainer.data.source import DataSource
from trainer.errors import UserError


def test_a_report_is_made_told_of_and_kept(tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    faces.mkdir()
    for path in sorted(sample_folder().glob("*.jpg"))[:3]:
        shutil.copy(path, faces)
    told: list[str] = []
    page = tmp_path / "report.html"
    assert Inspection(DataSource(faces), tmp_path / "runs", files=[page]).run(told.append)
    assert any("of 3" in line for line in told)
    assert read_report(report_file(build_index(faces))) is not None
    assert "<h1>" in page.read_text(encoding="utf-8")


def test_its_fault_is_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder") as caught:
        Inspection(DataSource(tmp_path / "none"), tmp_path / "runs").run(lambda _: None)
    assert not str(caught.value).startswith("agegender-tui")


def test_it_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inspection = Inspection(DataSource(tmp_path), tmp_path / "runs")
    inspection._command = [
        sys.executable, "-c", "import sys, time; print('on', file=sys.stderr, flush=True)\n"
        "time.sleep(60)",
    ]  # fmt: skip
    begun = threading.Event()
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(inspection.run(lambda _: begun.set())))
    thread.start()
    assert begun.wait(PATIENCE)
    inspection.stop()
    thread.join(PATIENCE)
    assert ended == [False]
