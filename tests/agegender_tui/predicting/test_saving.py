"""What is saved of pictures, and under which names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from agegender_tui.predicting.answers import file_answer
from agegender_tui.predicting.saving import save_answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


def save(file: Path, folder: Path) -> list[str]:
    """The names of what is written of a picture without faces, which is made if need be."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(file)
    reply = {"file": str(file), "size": [8, 8], "faces": [], "problem": "no face found"}
    written = save_answer(file_answer(reply), 0, folder)
    assert [path.suffix for path in written] == [".png", ".csv", ".json"]
    assert json.loads(written[2].read_text())["file"] == str(file)
    return [path.name for path in written]


def test_a_picture_replaces_what_was_saved_of_itself_alone(tmp_path: Path, folder: Path) -> None:
    plain = ["1-faces.png", "1-faces.csv", "1-faces.json"]
    files = [tmp_path / name for name in ("A/img/1.png", "B/img/1.png", "B/img/1.jpg")]
    names = [save(file, folder) for file in files]
    assert names[0] == plain
    assert len({name for three in names for name in three}) == 9
    assert [save(file, folder) for file in files] == names
    assert len(list(folder.iterdir())) == 9


@pytest.mark.parametrize("beside", ["1-faces.png", "1-faces.csv", "1-faces.json"])
def test_a_file_of_that_name_that_is_of_something_else_is_kept(
    tmp_path: Path, folder: Path, beside: str
) -> None:
    (folder / beside).write_text("[]")
    assert beside not in save(tmp_path / "1.png", folder)
    assert (folder / beside).read_text() == "[]"


@pytest.mark.parametrize("letter", ["a", "ä"])
def test_a_name_as_long_as_a_folder_takes_is_cut(tmp_path: Path, folder: Path, letter: str) -> None:
    stem = letter * (250 // len(letter.encode()))
    long, longer = tmp_path / f"{stem}.png", tmp_path / f"{stem[:-1]}.png"
    names = save(long, folder) + save(longer, folder)
    assert len(set(names)) == 6
    assert all(name.startswith(letter * 50) for name in names)
