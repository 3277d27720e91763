"""`agegender-tui predict` before a process that knows its answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.cli import main
from tests.agegender_tui.predicting.conftest import Fake, save_model
from trainer.errors import ExitCode


@pytest.fixture
def model(tmp_path: Path) -> list[str]:
    """The option that names a model."""
    (tmp_path / "models").mkdir()
    return ["--model", str(save_model(tmp_path / "models"))]


def test_a_table_of_the_current_folder_is_gone_on_with(
    photos: Path, model: list[str], fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    asked = ["predict", ".", *model, "--out", "../people.csv"]
    assert main(asked) == ExitCode.OK
    table = photos.parent / "people.csv"
    before = table.read_text()
    assert main([*asked, "--resume"]) == ExitCode.OK
    assert table.read_text() == before
    (photos / "img3.png").write_bytes((photos / "img2.png").read_bytes())
    fake.answer("img3.png", fake.answers["img2.png"])
    assert main([*asked, "--resume"]) == ExitCode.OK
    assert table.read_text().startswith(before)
    assert fake.asked("predict")[-1]["files"] == ["img3.png"]
