"""What the line under the charts calls several runs."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from agegender_tui.legend import Name, names_within

LONG = "label smoothing 0.1, mixup 0.2, second try"


def run(number: int, label: str = "") -> Name:
    return Name(f"A-best aaa{number}", label)


def named(runs: list[Name], room: int, note: str = "") -> list[str]:
    return names_within(runs, [note] * len(runs), room)


def test_names_stand_whole_where_there_is_room() -> None:
    runs = [run(0, LONG), run(1, "plain"), run(2)]
    whole = [f"{LONG} (A-best aaa0)", "plain (A-best aaa1)", "A-best aaa2"]
    assert named(runs, 200) == whole
    assert named(runs[1:], 200) == whole[1:]


def test_long_labels_are_cut_before_short_ones() -> None:
    runs = [run(0, LONG), run(1, "plain"), run(2)]
    names = named(runs, 65, note=": no")
    assert names == ["label sm… (A-best aaa0): no", "plain (A-best aaa1): no", "A-best aaa2: no"]


def test_labels_go_before_the_preset_and_that_before_the_epoch() -> None:
    runs = [run(n, LONG) for n in range(3)]
    assert named(runs, 39) == [f"A-best aaa{n}" for n in range(3)]
    assert named(runs, 42, note=", epoch 12") == [f"aaa{n}, epoch 12" for n in range(3)]
    assert named(runs, 41, note=", epoch 12") == [f"A-best aaa{n}" for n in range(3)]
    assert named(runs, 12, note=", epoch 12") == [f"aaa{n}" for n in range(3)]


@pytest.mark.parametrize("room", range(24, 160))
def test_six_runs_are_told_apart_in_the_room_there_is(room: int) -> None:
    labels = [LONG, "größer 模型 größer 模型 größer", "", "red", LONG, "plain"]
    names = named([run(n, label) for n, label in enumerate(labels)], room)
    assert sum(map(cell_len, names)) <= room
    assert all(f"aaa{n}" in name for n, name in enumerate(names))
