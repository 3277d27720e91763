"""The grid of faces in terminals that show them as sixels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.screen import Screen

from agegender_tui.app import AgeGenderApp
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


class OneGrid(Screen[None]):
    def __init__(self, grid: FaceGrid) -> None:
        super().__init__()
        self._grid = grid

    def compose(self) -> ComposeResult:
        yield self._grid


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


async def test_marking_a_face_paints_none_again(
    tmp_path: Path, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def painted() -> int:
        return "".join(written).count(SIXELS)

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "faces"
    folder.mkdir()
    for age in range(20, 24):
        Image.new("RGB", (16, 16), (age,) * 3).save(folder / f"{age}_0_0_x.png")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("3")
        grid = app.get_screen("data").query_one(FaceGrid)
        await until(pilot, lambda: painted() >= len(grid.painted()) == 4 and not grid._missing)
        await pilot.press("space")  # the first mark moves what stands beside the grid
        await pilot.pause(0.2)
        written.clear()
        await pilot.press("space", "space", "space")
        await pilot.pause(0.2)
        assert grid.marked == {0, 1, 2, 3}
        assert painted() == 0


async def test_faces_are_drawn_anew_for_another_size_of_the_font(
    tmp_path: Path, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def widths() -> set[int]:
        return {int(width) for width in re.findall(SIXELS + r'"1;1;(\d+);', "".join(written))}

    monkeypatch.setattr("agegender_tui.pictures.output.measured_cell", lambda: (10, 20))
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        grid = FaceGrid()
        await app.push_screen(OneGrid(grid))
        grid.fill(Squares(tmp_path), range(COUNT))
        await until(pilot, lambda: widths() == {10 * grid._layout.columns})
        monkeypatch.setattr("agegender_tui.pictures.output.measured_cell", lambda: (7, 14))
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: grid.painted() and not grid._missing)
        await pilot.pause(0.2)
        written.clear()
        grid.refresh()
        await until(pilot, widths)
        assert widths() == {7 * grid._layout.columns}
