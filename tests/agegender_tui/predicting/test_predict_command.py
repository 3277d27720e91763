"""`agegender-tui predict` before a process that knows its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.cli import main
from agegender_tui.predicting import many_files
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


def test_a_table_that_cannot_be_made_is_refused_before_the_work(
    photos: Path, model: list[str], fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    table = photos / "none" / "people.csv"
    assert main(["predict", str(photos), *model, "--out", str(table)]) == ExitCode.STORAGE
    assert f"{table}: its folder does not exist; make it" in capsys.readouterr().err
    assert not fake.asked("predict")


def test_a_file_that_is_still_copied_when_watching_begins_is_predicted_whole(
    photos: Path, model: list[str], fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, late = photos / "img2.png", photos.parent / "late.png"
    whole, said = copied.read_bytes(), fake.answers["img2.png"]
    copied.write_bytes(whole[:50])
    fake.answer("img2.png", "cut short")
    fake.answer("late.png", "there is no such file")
    arrivals = many_files.arrivals

    async def four_looks(*args: Any) -> AsyncIterator[list[str]]:
        looks = arrivals(*args)
        yield await anext(looks)
        copied.write_bytes(whole)
        late.write_bytes(whole)
        for name in ("img2.png", "late.png"):
            fake.answer(name, said)
        for _ in range(3):
            yield await anext(looks)

    monkeypatch.setattr(many_files, "SETTLED_SECONDS", 0)
    monkeypatch.setattr(many_files, "arrivals", four_looks)
    table = photos.parent / "people.csv"
    asked = ["predict", "photos", "late.png", *model, "--watch", "--out", str(table)]
    assert main(asked) == ExitCode.OK
    rows = table.read_text()
    assert "cut short" not in rows and "no such file" not in rows
    assert rows.count("img2.png") == rows.count("late.png") == 1
    assert rows.count("img10.png") == rows.count("broken.jpg") == 1


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_goes_on(
    photos: Path,
    model: list[str],
    close: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    close(photos / "holiday")
    assert main(["predict", "photos", *model]) == ExitCode.OK
    told = capsys.readouterr()
    assert "photos/holiday: cannot be read (Permission denied); its pictures are left" in told.err
    assert "img2.png: 22 years" in told.out
    close(photos)
    assert main(["predict", "photos", *model]) == ExitCode.DATA
    assert capsys.readouterr().err == (
        "agegender-tui: photos: cannot be read (Permission denied); "
        "make it readable, or name another place\n"
    )


def test_a_mean_without_the_calibration_that_its_models_have_is_said_to_be_so_once(
    photos: Path, model: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "mean: not calibrated: the models share no validation faces\n"
    other = ["--model", str(save_model(tmp_path, "other.keras"))]
    assert main(["predict", "photos", *model, *other, "--mean"]) == ExitCode.OK
    assert capsys.readouterr().err.count(said) == 1
    assert main(["predict", "photos", *model, *other]) == ExitCode.OK
    assert said not in capsys.readouterr().err
