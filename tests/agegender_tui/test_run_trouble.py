"""What the Run screen says of a run that went wrong."""

from pathlib import Path

import pytest

from agegender_tui.run_view import RunView
from agegender_tui.widgets.run_header import header
from agegender_tui.widgets.run_trouble import trouble
from trainer.config import RunConfig
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState


def seen(shown: str, state: str = "training", text: str = "") -> RunView:
    status = RunState(state=state, text=text)
    return RunView(RunDir(Path("r")), RunConfig(), state=status, shown=shown)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (seen("failed", "failed", "the disk is full\x1b[2J; free some space"),
         r"the disk is full\x1b[2J; free some space"),
        (seen("lost"), "r begins it anew, for it has no checkpoint yet."),
        (seen("lost", "starting"), "`agegender-tui doctor` says what does not load; r tries again"),
    ],
)  # fmt: skip
def test_it_ends_in_the_remedy(view: RunView, words: str) -> None:
    assert words in trouble(view)


def test_a_lost_run_with_a_checkpoint_is_resumed_from_it() -> None:
    view = seen("lost")
    view.has_checkpoint = True
    assert trouble(view).endswith("r resumes it from its last checkpoint.")


def test_a_disk_that_does_not_answer_is_told_with_the_time_and_nothing_before() -> None:
    assert trouble(seen("training"), silent=9.9) == ""
    words = "Not read for 20 s: the disk of . does not answer; what is seen is old."
    assert trouble(seen("training"), silent=20.0) == words


@pytest.mark.parametrize("state", ["training", "finished", "stopped", "paused", "queued"])
def test_of_a_run_that_is_well_nothing_is_said(state: str) -> None:
    assert trouble(seen(state, state, "all 170 epochs done")) == ""


def test_a_run_whose_state_cannot_be_read_is_not_at_work() -> None:
    assert not seen("broken", "queued").active


def test_a_state_that_is_the_wish_is_said_once() -> None:
    view = seen("stopping", "stopping")
    view.asked = ((88.0, "stop"),)
    first, _ = header(view, 0, now=100.0, width=78)
    assert first.plain.endswith("◐ stopping, asked 12 s ago")
    view.shown = "training"
    first, _ = header(view, 0, now=100.0, width=78)
    assert first.plain.endswith("● training  stopping, asked 12 s ago")


def test_a_long_path_of_faces_does_not_hide_how_the_run_ended() -> None:
    view = seen("finished", "finished", "all 3 epochs done")
    view.config = RunConfig(data="/home/somebody/projects/faces/data/sample")
    _, second = header(view, 0, now=100.0, width=78)
    assert second.plain.endswith("all 3 epochs done") and second.cell_length <= 78
    assert "  ·  data …" in second.plain and "/sample  ·  " in second.plain


def test_on_a_narrow_line_how_a_run_ended_comes_before_where_it_worked() -> None:
    outcome = "all 140 epochs done: model of epoch 111, age MAE 5.19 years, gender 93.0%"
    view = seen("finished", "finished", outcome)
    view.config = RunConfig(data="/home/somebody/projects/faces/data/sample")
    _, narrow = header(view, 0, now=100.0, width=78)
    assert "age MAE 5.19 years" in narrow.plain[:78] and "data" not in narrow.plain
    _, wide = header(view, 0, now=100.0, width=170)
    assert "data /home" in wide.plain and wide.plain.endswith(outcome)


@pytest.mark.parametrize("label", ["a long label " * 6, "字" * 80], ids=["words", "wide"])
def test_a_long_label_does_not_hide_the_state(label: str) -> None:
    view = seen("training")
    view.label = label
    first, _ = header(view, 0, now=100.0, width=78)
    assert first.plain.endswith("…  model A  ● training") and first.cell_length <= 78
