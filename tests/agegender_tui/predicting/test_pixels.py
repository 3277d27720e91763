"""The Predict screen where the terminal shows pixels: what is sent to it, decoded and laid out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agegender_tui.predicting.boxes import CHOSEN, OTHER
from agegender_tui.widgets.face_image import FaceImage
from agegender_tui.widgets.heat_row import HeatView
from benchmarks.pixel_screen import CELL, PixelScreen
from tests.agegender_tui.predicting.conftest import Host, until
from tests.agegender_tui.predicting.test_predict_screen import to_the_party

SIZE = (180, 52)  # wide and tall enough for the picture above the maps
AGE_SHADE = 60  # of red, in the maps that the process of these tests answers with


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    codes: list[str] = []
    monkeypatch.setattr(
        "textual.drivers.headless_driver.HeadlessDriver.write", lambda _, data: codes.append(data)
    )
    return codes


def shown(app: Any, written: list[str]) -> np.ndarray:
    """(rows × 20, columns × 10, 3): the terminal after all that was written, its pictures alone."""
    screen = PixelScreen(*SIZE)
    for code in written:
        screen.feed(code.encode())
    for widget in app.screen.query(FaceImage).results(FaceImage):
        if "\U0010eeee" in "".join(widget.render_line(y).text for y in range(widget.size.height)):
            for y in range(widget.size.height):
                at = f"\x1b[{widget.region.y + y + 1};{widget.region.x + 1}H"
                screen.feed(at.encode())
                for text, style, _ in widget.render_line(y):
                    colour = style.color.triplet if style and style.color else None
                    ink = "\x1b[38;2;{};{};{}m".format(*colour) if colour else ""
                    screen.feed(f"{ink}{text}\x1b[0m".encode())
    return np.asarray(screen.picture()).astype(float)


def part(pixels: np.ndarray, widget: FaceImage) -> np.ndarray:
    """Of a terminal's pixels, those of the picture in a widget."""
    place = widget._place.translate(widget.region.offset)
    return pixels[
        place.y * CELL[1] : place.bottom * CELL[1], place.x * CELL[0] : place.right * CELL[0]
    ]


@pytest.mark.parametrize("protocol", ["sixel", "kitty"])
async def test_face_boxes_and_heat_are_shown_in_pixels(
    photos: Path, runs: Path, written: list[str], monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", protocol)
    app = Host(photos, runs)
    async with app.run_test(size=SIZE) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        heats = [view.query_one(FaceImage) for view in app.screen.query(HeatView)][:2]
        await until(pilot, lambda: all(heat._drawing is not None for heat in heats))
        await app.workers.wait_for_complete()
        await pilot.pause()
        pixels = shown(app, written)
        for heat in heats:
            red, green, blue = np.moveaxis(part(pixels, heat), -1, 0)
            assert min(red.shape) > 100
            for band, value in ((red, AGE_SHADE), (blue, 255 - AGE_SHADE)):
                assert np.abs(band - value).mean() < 12
            across = green.mean(axis=0)
            assert across[0] < 10 and across[-1] > 115 and (np.diff(across) > -3).all()
        boxed = part(pixels, app.screen.query_one("#picture", FaceImage))
        for colour in (CHOSEN, OTHER):
            near = (np.abs(boxed - np.array(colour)) < 24).all(axis=-1)
            assert near.sum() > 100, colour
        crop = part(pixels, app.screen.query_one("#face-crop", FaceImage))
        assert min(crop.shape[:2]) > 80 and crop.std() > 10
