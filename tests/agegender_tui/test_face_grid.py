"""The grid of faces in terminals that show them as sixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult

from agegender_tui.widgets.face_grid import FaceGrid
from tests.agegender_tui.conftest import until

COUNT = 12
SIXELS = "\x1bP0;1;q"


class Squares:
    """Faces without a face, each of another grey."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for row in range(COUNT):
            Image.new("RGB", (16, 16), (20 * row,) * 3).save(folder / self.name(row))

    def name(self, row: int) -> str:
        return f"{row}.png"

    def excluded(self, row: int) -> bool:
        return False

    def caption(self, row: int, width: int) -> tuple[str, ...]:
        return (str(row),)


class Shower(App[None]):
    def compose(self) -> ComposeResult:
        yield FaceGrid()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    codes: list[str] = []
    monkeypatch.setenv("AGEGENDER_PICTURES", "sixel")
    monkeypatch.setattr(
        "textual.drivers.headless_driver.HeadlessDriver.write", lambda _, data: codes.append(data)
    )
    return codes


async def test_only_faces_whose_own_cells_were_written_are_painted_again(
    tmp_path: Path, written: list[str]
) -> None:
    def painted() -> int:
        return "".join(written).count(SIXELS)

    app = Shower()
    async with app.run_test(size=(80, 24)) as pilot:
        grid = app.query_one(FaceGrid)
        grid.focus()
        grid.fill(Squares(tmp_path), range(COUNT))
        await until(pilot, lambda: painted() >= len(grid.painted()) > 4 and not grid._missing)
        await pilot.pause(0.2)
        written.clear()
        await pilot.press("right", "right")
        await pilot.pause(0.2)
        assert grid.cursor == 2
        assert painted() == 0
        grid.refresh(grid._region(0))
        await until(pilot, painted)
        await pilot.pause(0.2)
        assert painted() == 1
        grid.refresh()
        await until(pilot, lambda: painted() == 1 + len(grid.painted()))
