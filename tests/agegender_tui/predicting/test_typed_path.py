"""Paths as people and terminals write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.predicting.typed_path import typed_path


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with blanks and a quote in its name, below the current folder, which is home too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    made = tmp_path / "my photos" / "Tom's 1#ä.png"
    made.parent.mkdir()
    made.touch()
    return made


@pytest.mark.parametrize(
    "pasted",
    [
        "my photos/Tom's 1#ä.png",
        '"my photos/Tom\'s 1#ä.png"',
        "'my photos/Tom'\\''s 1#ä.png'",
        "my\\ photos/Tom\\'s\\ 1#ä.png",
        '"~/my photos/Tom\'s 1#ä.png"',
        "file://{home}/my%20photos/Tom's%201%23%C3%A4.png",
        "'file://{home}/my%20photos/Tom%27s%201%23%C3%A4.png'",
    ],
)
def test_a_pasted_path_is_the_file_that_was_dropped(picture: Path, pasted: str) -> None:
    pasted = pasted.replace("{home}", str(picture.parents[1]))
    assert typed_path(pasted) == picture


@pytest.mark.parametrize("name", ["'a'.png", "a\\ b.png", "file:"])
def test_a_name_that_is_there_is_taken_as_it_stands(picture: Path, name: str) -> None:
    (picture.parent / name).touch()
    assert typed_path(f"my photos/{name}") == picture.parent / name


@pytest.mark.parametrize("typed", ["two words", "Tom's", "''", "none.png"])
def test_what_is_nowhere_stays_as_it_was_typed(picture: Path, typed: str) -> None:
    assert typed_path(typed) == picture.parents[1] / typed
