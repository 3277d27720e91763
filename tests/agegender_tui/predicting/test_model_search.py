"""Saved models, found one after another."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.predicting.model_search import found_so_far, place_of
from trainer.errors import ConfigError


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 45 files that are no models."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(45):
        (folder / f"m{number:02}.keras").write_text("no zip")
    return folder


def test_many_models_are_told_of_before_all_are_found(tmp_path: Path, many: Path) -> None:
    steps = list(found_so_far(tmp_path / "runs", [many], lambda: False))
    assert [more for _, more in steps] == [True, True, False]
    first, second, last = (found for found, _ in steps)
    assert (len(first), len(second)) == (20, 40)
    assert last[:40] == second and [m.file.name for m in last[-45:]] == sorted(
        file.name for file in many.iterdir()
    )


def test_a_search_that_is_ended_tells_nothing_more(tmp_path: Path, many: Path) -> None:
    assert list(found_so_far(tmp_path / "runs", [many], lambda: True)) == []


def test_a_typed_place_is_a_folder_or_a_model_file(many: Path) -> None:
    assert place_of(str(many)) == many
    assert place_of(str(many / "m00.keras")) == many / "m00.keras"
    for wrong in (str(many / "none.keras"), "\0", __file__):
        with pytest.raises(ConfigError, match="type another path"):
            place_of(wrong)
