"""Rows, columns and orders of the runs table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.run_states import GLYPHS, STYLES
from agegender_tui.run_table import (
    COLUMNS,
    SORTS,
    Row,
    ago,
    columns_for,
    name_text,
    next_sort,
    ordered,
    sparkline,
    state_text,
    table_width,
)
from trainer.runs.layout import RunDir
from trainer.runs.registry import RunSummary
from trainer.runs.state import LOST, STATES, RunState

NOW = 1_795_000_000.0


def summary(
    number: int = 1,
    *,
    state: str = "finished",
    label: str = "",
    settings: dict[str, Any] | None = None,
    **status: Any,
) -> RunSummary:
    return RunSummary(
        RunDir(Path(f"/runs/20261123-20{number:02d}00-A-t{number:03d}")),
        state,
        RunState(**status),
        {"preset": "A", "model": "A", "data": "/data/utkface"} if settings is None else settings,
        label,
    )


def texts(one: RunSummary) -> dict[str, str]:
    return {column.key: column.text(Row(one, NOW)) for column in COLUMNS}


def test_a_row_tells_what_one_wants_to_know_of_a_run() -> None:
    one = summary(
        label="night run",
        epoch=12,
        epochs=170,
        device="gpu:0",
        created=NOW - 7300,
        best={"age_mae": 6.1234, "gender_accuracy": 0.8956, "epoch": 9.0},
        trace=[9.0, 7.0, 6.0],
    )
    assert texts(one) == {
        "state": "✔ finished",
        "run": "t001 night run",
        "model": "A",
        "data": "utkface",
        "epoch": "12/170",
        "mae": "6.12",
        "acc": "89.6%",
        "trend": "█▃▁",
        "device": "gpu:0",
        "age": "2 h",
    }


@pytest.mark.parametrize(
    ("preset", "model", "shown"),
    [("A-demo", "A", "A-demo"), ("A", "B", "B"), ("gone", "B", "gone"), ("", "B", "B")],
)
def test_the_model_shows_where_its_preset_has_another(preset: str, model: str, shown: str) -> None:
    assert texts(summary(settings={"preset": preset, "model": model}))["model"] == shown


def test_what_is_not_known_yet_is_blank() -> None:
    one = summary(settings={}, state="queued")
    assert {key for key, text in texts(one).items() if text} == {"state", "run"}
    diverged = summary(best={"age_mae": math.nan, "gender_accuracy": math.inf}, trace=[math.nan])
    assert [texts(diverged)[key] for key in ("mae", "acc", "trend")] == ["", "", ""]


@pytest.mark.parametrize(
    ("epoch", "epochs", "shown"),
    [(100, 170, "100/170"), (99, 1000, "99/1000"), (100, 1000, "100"), (1200, 10_000, "1200")],
)
def test_the_epochs_done_stand_whole_in_their_column(epoch: int, epochs: int, shown: str) -> None:
    (column,) = (column for column in COLUMNS if column.key == "epoch")
    assert column.text(Row(summary(epoch=epoch, epochs=epochs), NOW)) == shown
    assert len(shown) <= column.width


def test_a_name_cannot_drive_the_terminal() -> None:
    bad = "a\x1b[31m\n\u202eb"
    one = summary(
        label=bad, device=bad, settings={"preset": bad, "model": bad, "data": f"/d/{bad}"}
    )
    for text in texts(one).values():
        assert not set(text) & set("\x1b\n\u202e")
    assert "a\\x1b[31m" in texts(one)["run"]


def test_a_run_is_called_by_its_label_or_its_id() -> None:
    assert name_text(summary(7)) == "20261123-200700-A-t007"
    assert name_text(summary(7, label="wide [b]")) == "t007 wide [b]"


@pytest.mark.parametrize("state", [*STATES, LOST, "broken"])
def test_every_state_has_its_own_glyph_beside_the_word(state: str) -> None:
    assert state_text(Row(summary(state=state), NOW)) == f"{GLYPHS[state]} {state}"
    assert list(GLYPHS.values()).count(GLYPHS[state]) == 1
    assert set(STYLES) <= set(GLYPHS)


@pytest.mark.parametrize(
    ("command", "shown"), [("stop", "stopping"), ("pause", "pausing"), ("kill", "killing")]
)
def test_what_was_asked_for_shows_before_it_is_done(command: str, shown: str) -> None:
    row = Row(summary(state="training"), NOW, (NOW - 3, command))
    assert state_text(row).split()[1:] == [shown]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 d"),
        (40 * 86_400, "40 d"),
    ],
)
def test_a_length_of_time_in_a_word_or_two(seconds: float, text: str) -> None:
    assert ago(seconds) == text


def test_sparklines() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([9, 9, 1, 8], 2) == "▁█"
    assert sparkline([5, 5], 8) == "▁▁"
    assert sparkline([math.nan, math.inf, 1.0, 2.0], 8) == "▁█"
    assert sparkline([], 8) == sparkline([math.nan], 8) == ""


@pytest.mark.parametrize("width", range(60, 240))
def test_the_columns_fit_whatever_the_width(width: int) -> None:
    shown = columns_for(width)
    assert table_width(shown) <= width
    keys = [column.key for column in shown]
    assert {"state", "run", "epoch", "mae"} <= set(keys)
    assert keys == [column.key for column in COLUMNS if column.key in keys]


def test_a_wider_terminal_never_loses_a_column() -> None:
    seen: set[str] = set()
    for width in range(60, 240):
        keys = {column.key for column in columns_for(width)}
        assert seen <= keys
        seen = keys
    assert seen == {column.key for column in COLUMNS}


def test_an_id_is_never_cut() -> None:
    for width in range(60, 240):
        (run,) = (column for column in columns_for(width) if column.key == "run")
        assert run.width >= len(summary().id)


def test_orders_put_the_best_first_and_the_unknown_last() -> None:
    runs = [
        summary(1, best={"age_mae": 7.0, "gender_accuracy": 0.9}, epoch=3, created=1.0),
        summary(2, best={}, epoch=9, created=3.0),
        summary(3, best={"age_mae": 6.0, "gender_accuracy": 0.8}, epoch=6, created=2.0),
    ]

    def numbers(sort: str) -> list[int]:
        return [int(one.id[-3:]) for one in ordered(runs, sort)]

    assert numbers("mae") == [3, 1, 2]
    assert numbers("acc") == [1, 3, 2]
    assert numbers("epoch") == [2, 3, 1]
    assert numbers("age") == [2, 3, 1]
    runs.append(RunSummary(RunDir(Path("004")), "broken", RunState()))
    for sort in ("mae", "acc", "epoch", "age"):
        turned = [int(one.id[-3:]) for one in ordered(runs, sort, turned=True)]
        assert (numbers(sort)[-1], turned[-1]) == (4, 4), sort


def test_words_sort_by_the_alphabet_and_equal_ones_stay_as_they_came() -> None:
    runs = [summary(n, state=s, label=w) for n, s, w in [(1, "lost", ""), (2, "failed", "z")]]
    assert [one.state for one in ordered(runs, "state")] == ["failed", "lost"]
    same = [summary(n) for n in (5, 4, 3)]
    for sort in ("mae", "model", "data", "state", "device"):
        assert ordered(same, sort) == same


@pytest.mark.parametrize("sort", SORTS)
def test_broken_runs_can_be_sorted_too(sort: str) -> None:
    broken = RunSummary(RunDir(Path("/runs/x")), "broken", RunState(), problem="no")
    assert {one.state for one in ordered([broken, summary()], sort)} == {"broken", "finished"}


def test_sorting_goes_round_the_columns_on_screen() -> None:
    columns = columns_for(80)
    sort, seen = SORTS[0], []
    for _ in range(len(SORTS)):
        seen.append(sort)
        sort = next_sort(sort, columns)
        if sort == SORTS[0]:
            break
    assert sort == SORTS[0]
    assert len(seen) == len(set(seen)) > 3
    assert set(seen) - {"age"} <= {column.key for column in columns}


def test_a_sort_whose_column_is_gone_starts_over() -> None:
    assert next_sort("device", columns_for(80)) == SORTS[0]
