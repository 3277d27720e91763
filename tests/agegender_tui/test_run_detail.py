"""The words around the runs table."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from agegender_tui.run_detail import (
    best_text,
    changes,
    empty_text,
    head,
    line_or_two,
    pane,
    setting_text,
    standing,
)
from agegender_tui.run_table import Row
from trainer.runs.layout import RunDir
from trainer.runs.registry import Registry, RunSummary
from trainer.runs.state import RunState

MakeRun = Callable[..., RunDir]
NOW = 1_795_100_000.0
BAD = "a\x1b[31m\n\u202eb"


@pytest.fixture
def summary(tmp_path: Path, make_run: MakeRun) -> Callable[..., RunSummary]:
    def made(**how: Any) -> RunSummary:
        return Registry(tmp_path).summary(make_run(tmp_path, **how))

    return made


def states(**counts: int) -> list[RunSummary]:
    run = RunDir(Path("/runs/x"))
    return [RunSummary(run, s, RunState()) for s, n in counts.items() for _ in range(n)]


def test_the_head_counts_what_wants_attention() -> None:
    runs = states(training=1, finished=1000, lost=2, failed=1)
    line = head(Path("/runs"), runs, 1004, False, 100)
    assert line == "1,004 runs · 1 training · 2 lost · 1 failed · in /runs"
    assert head(Path("/runs"), states(finished=1), 1, False, 100) == "1 run · in /runs"
    assert head(Path("/runs"), [], 0, False, 100) == "0 runs · in /runs"


def test_the_head_says_how_many_the_filter_leaves() -> None:
    assert head(Path("/r"), states(finished=9), 4, True, 80).startswith("4 of 9 runs")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_the_head_fits_and_keeps_its_first_word(width: int) -> None:
    runs = states(training=3, queued=2, paused=1, lost=2, failed=1, broken=4)
    line = head(Path("/a/rather/long/way/to/the/runs/of/all"), runs, 13, False, width)
    assert line.startswith("13 runs")
    assert len(line) <= width


def test_the_head_shows_a_folder_that_cannot_drive_the_terminal() -> None:
    line = head(Path(f"/{BAD}"), [], 0, False, 200)
    assert "\x1b" not in line and "\n" not in line and "\\x1b" in line


def test_lines_on_a_run_that_trains(summary: Callable[..., RunSummary]) -> None:
    one = summary(
        state="training",
        epochs=3,
        total=60,
        step=17,
        steps=62,
        label="first",
        settings={"dropout": 0.25, "batch_norm": False},
    )
    one = RunSummary(one.run, "training", one.status, one.settings, one.label)
    lines = line_or_two(Row(one, NOW), 200).splitlines()
    assert lines[0] == f"{one.id} · preset A · first · /faces"
    assert lines[1] == "epoch 4 of 60, step 17 of 62"
    assert lines[2].startswith("best epoch 3: age MAE ")
    assert lines[3] == "changed: batch_norm no, dropout 0.25, epochs 60"


@pytest.mark.parametrize("label", ["word ", "字"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_are_cut_to_the_width_not_wrapped(
    summary: Callable[..., RunSummary], width: int, label: str
) -> None:
    one = summary(data="/very" * 60, label=label * 40, total=10, settings={"dropout": 0.1})
    lines = line_or_two(Row(one, NOW), width).splitlines()
    assert len(lines) <= 4
    assert max(map(cell_len, lines)) <= width - 2
    assert lines[0].endswith("…")


@pytest.mark.parametrize(
    ("command", "seconds", "words"),
    [
        ("stop", 12, "stopping, asked 12 s ago"),
        ("pause", 0.4, "pausing, asked 0 s ago"),
        ("kill", 61, "killing, asked 1 min ago"),
        ("resume", 5, "resuming, asked 5 s ago"),
        ("checkpoint", 5, "checkpoint, asked 5 s ago"),
    ],
)
def test_what_was_asked_is_said_with_how_long_ago(
    summary: Callable[..., RunSummary], command: str, seconds: float, words: str
) -> None:
    row = Row(summary(state="training"), NOW, (NOW - seconds, command))
    assert standing(row) == words
    assert words in line_or_two(row, 100)
    assert words in pane(row).plain


def test_a_lost_run_says_what_to_do(summary: Callable[..., RunSummary]) -> None:
    one = summary(state="training")
    assert one.state == "lost"
    assert "r resumes it from its last checkpoint" in line_or_two(Row(one, NOW), 100)
    one = summary(state="training", epochs=0)
    assert "r begins it anew, for it has no checkpoint yet" in line_or_two(Row(one, NOW), 100)


def test_one_lost_while_starting_points_to_the_doctor(summary: Callable[..., RunSummary]) -> None:
    words = line_or_two(Row(summary(state="starting"), NOW), 100)
    assert "agegender-tui doctor" in words
    assert "r tries again" in words


@pytest.mark.parametrize("state", ["failed", "training"])
def test_what_went_wrong_is_never_cut_before_the_remedy(
    summary: Callable[..., RunSummary], state: str
) -> None:
    why = f"/a/long/{'path/' * 20}: the disk is full; free some space, then resume"
    one = summary(state=state, text=why)
    words = line_or_two(Row(one, NOW), 80)
    assert ("free some space, then resume" if state == "failed" else "last checkpoint") in words


def test_the_last_epoch_is_not_passed(summary: Callable[..., RunSummary]) -> None:
    one = summary(state="training", epochs=10, total=10, steps=62, step=62)
    one = RunSummary(one.run, "training", one.status, one.settings)
    assert standing(Row(one, NOW)) == "epoch 10 of 10, step 62 of 62"


def test_a_failed_run_says_why(summary: Callable[..., RunSummary]) -> None:
    one = summary(state="failed")
    for text in (line_or_two(Row(one, NOW), 100), pane(Row(one, NOW)).plain):
        assert "out of memory; try a smaller batch_size" in text


def test_a_broken_run_says_what_is_wrong_with_it(summary: Callable[..., RunSummary]) -> None:
    one = RunSummary(RunDir(Path("/runs/x")), "broken", RunState(), problem=f"torn {BAD}")
    for text in (line_or_two(Row(one, NOW), 100), pane(Row(one, NOW)).plain):
        assert "torn a\\x1b" in text and "\x1b" not in text


def test_the_pane_tells_everything_and_what_the_preset_had(
    summary: Callable[..., RunSummary],
) -> None:
    one = summary(label="first", total=60, settings={"dropout": 0.25}, device="gpu:0")
    text = pane(Row(one, NOW)).plain
    for words in (one.id, "first", "/faces", "gpu:0", "bench", "5/60", "✔ finished", "▁"):
        assert words in text
    assert "changed from preset A" in text
    assert "0.25  (was 0.5)" in text and "60  (was 170)" in text


def test_names_cannot_drive_the_terminal_nor_be_read_as_markup(
    summary: Callable[..., RunSummary],
) -> None:
    one = summary(label=BAD, data=f"/x/{BAD}", device=BAD, host=BAD, text=f"[b]{BAD}")
    one.settings["preset"] = BAD
    for text in (line_or_two(Row(one, NOW), 300), pane(Row(one, NOW)).plain):
        assert "\x1b" not in text and "\u202e" not in text
        assert "[b]a\\x1b[31m" in text


def test_no_best_before_there_is_one(summary: Callable[..., RunSummary]) -> None:
    assert best_text(summary(epochs=0)) == ""
    diverged = {"age_mae": math.nan, "gender_accuracy": math.nan, "epoch": 1.0}
    assert best_text(summary(best=diverged)) == ""
    whole = {"age_mae": 6.123, "gender_accuracy": 0.8956, "epoch": 9.0}
    said = best_text(summary(best=whole))
    assert said == "best epoch 9: age MAE 6.12 years, gender accuracy 89.6%"
    said = best_text(summary(best=whole, settings={"mirror": True}))
    assert said.startswith("best epoch 9 as trained: age MAE 6.12 years")
    assert "as trained" not in best_text(
        summary(best=whole, settings={"mirror": True}, state="training")
    )


def test_changes_leave_out_what_tells_runs_apart_anyway(
    summary: Callable[..., RunSummary],
) -> None:
    assert changes(summary(total=170, label="x", data="/y")) == []
    assert changes(summary(total=60)) == [("epochs", "60", "170")]
    assert changes(RunSummary(RunDir(Path("/x")), "broken", RunState())) == []
    assert changes(summary(preset="A-demo", total=30)) == []


def test_settings_as_text() -> None:
    shown = [setting_text(value) for value in (True, False, 1e-05, 0.5, 170, "", "x\x1b")]
    assert shown == ["yes", "no", "1e-05", "0.5", "170", "–", "x\\x1b"]


def test_without_runs_the_next_step_is_told() -> None:
    text = empty_text(Path("/my/runs"), demo=False)
    assert "/my/runs" in text and "Press n" in text and "agegender-tui train --data" in text
    demo = empty_text(Path("/my/runs"), demo=True)
    assert "sample faces" in demo and "agegender-tui train --demo" in demo
