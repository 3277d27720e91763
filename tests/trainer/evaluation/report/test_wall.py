"""The wall of the worst errors."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.evaluation.made import made
from trainer.evaluation.report.wall import SHOWN, SIDE, age_tiles, draw_wall, gender_tiles

RED, GREEN = (200, 20, 20), (20, 160, 20)


@pytest.fixture
def faces(tmp_path):
    """Three faces, of which the second is furthest off in age and the third in gender."""
    for name, colour in (("a.png", (90, 90, 90)), ("b.png", RED), ("c.png", GREEN)):
        Image.new("RGB", (64, 64), colour).save(tmp_path / name)
    ages = np.array([30.0, 40.0, 50.0])
    return made(
        3,
        folder=tmp_path,
        files=("a.png", "b.png", "c.png"),
        age_low=ages,
        age_high=ages,
        genders=np.array([0, 1, 0]),
        ages=np.array([31.0, 70.0, 48.0]),
        female=np.array([0.1, 0.8, 0.97]),
    )


def pixel(picture):
    return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


def test_the_worst_comes_first_with_its_face_its_label_and_what_was_said(faces):
    tiles = age_tiles(faces, True)
    assert [(tile.name, tile.label, tile.said, tile.note) for tile in tiles[:2]] == [
        ("b.png", "40", "70", "30 years too old"),
        ("c.png", "50", "48", "2 years too young"),
    ]
    assert pixel(tiles[0].picture) == RED
    (wrong,) = gender_tiles(faces, True)
    assert (wrong.label, wrong.said, wrong.note) == ("male", "female", "97 % sure")
    assert pixel(wrong.picture) == GREEN


def test_without_faces_no_picture_is_opened(faces):
    assert all(
        tile.picture is None for tile in age_tiles(faces, False) + gender_tiles(faces, False)
    )


def test_a_file_that_is_gone_says_so_in_its_place(faces):
    (faces.folder / "b.png").unlink()
    first = age_tiles(faces, True)[0]
    assert first.picture is None and "no such file" in first.problem
    assert first.jpeg() == b""
    assert draw_wall([("Age", age_tiles(faces, True))], "x")


@pytest.mark.parametrize("name", ["../b.png", "x/../../b.png", "/etc/b.png"])
def test_no_picture_from_outside_the_data_set_is_opened(faces, name, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    outside = made(
        1,
        folder=inner,
        files=(name,),
        age_low=np.array([10.0]),
        age_high=np.array([10.0]),
        ages=np.array([40.0]),
    )
    (tile,) = age_tiles(outside, True)
    assert tile.picture is None and "leads out" in tile.problem


def test_a_thumbnail_is_small_and_the_wall_is_bounded(faces, tmp_path):
    Image.new("RGB", (900, 600), RED).save(tmp_path / "b.png")
    with Image.open(io.BytesIO(age_tiles(faces, True)[0].jpeg())) as image:
        assert image.size == (SIDE, SIDE)
    many = made(60, folder=Path("/nowhere"))
    assert len(age_tiles(many, False)) == SHOWN


def test_the_picture_of_the_wall_has_the_faces(faces):
    png = draw_wall([("Age", age_tiles(faces, True))], "Worst")
    with Image.open(io.BytesIO(png)) as image:
        assert pixel(image.crop((40, 148, 290, 398))) == pytest.approx(RED, abs=6)
