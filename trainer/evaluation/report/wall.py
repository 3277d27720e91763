"""The faces a model is most wrong about, with what the data set says of each and what the model."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from trainer.data.picture_file import UnreadableFace, open_picture
from trainer.data.statistics import GENDERS
from trainer.evaluation.report.sheet import FAINT, Sheet
from trainer.evaluation.scored import Scored
from trainer.evaluation.worst import Miss, worst_ages, worst_genders
from trainer.export.chart import GRID, INK

SHOWN = 12  # of each task
SIDE = 112  # pixels of a thumbnail on the page
ACROSS = 6
_HIGH = 188  # units of a tile with its words


@dataclass(frozen=True)
class Tile:
    """A face of the wall, what it is labelled, what the model `said`, and how wrong that is;
    `picture` is None where its file gives none, `problem` says why."""

    name: str
    label: str
    said: str
    note: str
    picture: Image.Image | None
    problem: str = ""

    def jpeg(self) -> bytes:
        """A thumbnail for the page; empty without a picture."""
        if self.picture is None:
            return b""
        content = io.BytesIO()
        small = self.picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(content, "JPEG", quality=85)
        return content.getvalue()


def age_tiles(scored: Scored, faces: bool) -> list[Tile]:
    """The largest errors of age, largest first; their pictures only where `faces` are wanted."""
    tiles = []
    for miss in worst_ages(scored.age_low, scored.age_high, scored.ages, SHOWN):
        said = f"{scored.ages[miss.row]:.0f}"
        note = f"{abs(miss.error):.0f} years too {'old' if miss.error > 0 else 'young'}"
        tiles.append(_tile(scored, miss, (_age(scored, miss.row), said, note), faces))
    return tiles


def gender_tiles(scored: Scored, faces: bool) -> list[Tile]:
    """The genders told wrong, the surest first; pictures as in `age_tiles`."""
    tiles = []
    for miss in worst_genders(scored.genders, scored.female, SHOWN):
        label = int(scored.genders[miss.row])
        sure = "over 99" if miss.error > 0.99 else f"{100 * miss.error:.0f}"
        words = (GENDERS[label], GENDERS[1 - label], f"{sure} % sure")
        tiles.append(_tile(scored, miss, words, faces))
    return tiles


def _age(scored: Scored, row: int) -> str:
    low, high = scored.age_low[row], scored.age_high[row]
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _tile(scored: Scored, miss: Miss, words: tuple[str, str, str], faces: bool) -> Tile:
    name = scored.files[miss.row]
    if not faces:
        return Tile(name, *words, picture=None)
    try:
        return Tile(name, *words, picture=_face(scored.folder, name))
    except UnreadableFace as error:
        return Tile(name, *words, picture=None, problem=str(error))


def _face(folder: Path, name: str) -> Image.Image:
    """The middle square of a face, large enough for print; none from outside its folder."""
    inside = os.path.normpath(name)
    if os.path.isabs(name) or inside.startswith(".."):  # noqa: PTH117
        raise UnreadableFace("its name leads out of the data set's folder")
    side = 2 * SIDE
    picture = open_picture(folder / inside, at_least=side)
    return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)


def draw_wall(rows: Sequence[tuple[str, Sequence[Tile]]], title: str) -> bytes:
    """A PNG of _HIGH0 pixels across: a heading and its tiles, one below another."""
    lines = sum(-(-len(tiles) // ACROSS) for _, tiles in rows)
    sheet = Sheet(860, 56 + 34 * len(rows) + _HIGH * lines)
    sheet.text((20, 12), title, 16)
    top = 48.0
    for heading, tiles in rows:
        sheet.text((20, top), heading, 14)
        top += 26
        for place, tile in enumerate(tiles):
            x, y = 20 + 139 * (place % ACROSS), top + _HIGH * (place // ACROSS)
            if tile.picture is None:
                sheet.box((x, y), (x + 128, y + 128), GRID)
                sheet.text((x + 64, y + 64), "no picture", 12, FAINT, "mm")
            else:
                sheet.paste(tile.picture, (x, y), 128)
            sheet.text((x, y + 132), f"label {tile.label}", 12, FAINT)
            sheet.text((x, y + 147), f"said {tile.said}", 12, INK)
            sheet.text((x, y + 162), tile.note, 12, FAINT)
        top += _HIGH * -(-len(tiles) // ACROSS) + 8
    return sheet.png()
