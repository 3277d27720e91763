"""One command to all marked runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui import launch
from agegender_tui.mass_command import COMMANDS, carry_out, question
from agegender_tui.run_table import Row
from trainer.errors import RunError
from trainer.runs.layout import RunDir
from trainer.runs.registry import RunSummary
from trainer.runs.state import RunState


def row(state: str, shown: str = "", wish: str = "") -> Row:
    one = RunSummary(RunDir(Path(state)), shown or state, RunState(state=state))
    return Row(one, 0.0, (0.0, wish) if wish else None)


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("pause", ["queued", "training", "pausing", "broken"]),
        ("stop", ["queued", "training", "pausing", "paused", "stopping", "broken"]),
        ("kill", ["queued", "training", "pausing", "paused", "stopping", "lost", "broken"]),
        ("resume", ["pausing", "paused", "stopped", "failed", "lost"]),
        ("free", ["finished"]),
        ("delete", ["stopped", "failed", "finished", "lost", "broken"]),
    ],
)
def test_a_command_goes_to_the_runs_that_it_fits(name: str, fitting: list[str]) -> None:
    states = ("queued", "training", "paused", "stopping", "stopped", "failed", "finished")
    rows = {state: row(state) for state in states}
    rows["pausing"] = row("training", wish="pause")
    rows["lost"] = row("training", "lost")
    broken = RunSummary(RunDir(Path("broken")), "broken", RunState(), problem="half written")
    rows["broken"] = Row(broken, 0.0)
    assert {one for one in rows if COMMANDS[name].fits(rows[one])} == set(fitting)


def test_the_question_counts_those_it_fits_and_says_why_others_are_left() -> None:
    ended, one, two = row("failed"), row("training"), row("paused")
    delete, stop = COMMANDS["delete"], COMMANDS["stop"]
    trash = "to the trash folder (.trash beside the runs)?"
    assert question(delete, [ended, ended]) == f"Move 2 marked runs {trash}"
    left = "2 still have a worker and are left."
    assert question(delete, [one, ended, two]) == f"Move 1 marked run {trash} {left}"
    assert question(stop, [one, ended]).endswith("a model? 1 has no worker and is left.")
    with pytest.raises(RunError, match="nothing to do: 2 marked runs have no worker"):
        question(stop, [ended, ended])


def test_one_run_that_refuses_does_not_keep_the_others_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def resume(run: RunDir) -> str:
        if run.id == "b":
            raise RunError("b is finished: start a new run to train further")
        if run.id == "c":
            raise PermissionError(13, "Permission denied")
        done.append(run.id)
        return ""

    monkeypatch.setattr(launch, "resume", resume)
    runs = [RunDir(Path(name)) for name in "abcd"]
    assert carry_out(COMMANDS["resume"], runs[:1]) == "resuming 1 run"
    with pytest.raises(RunError, match="resuming 2 runs; 2 refused, first b is finished: start"):
        carry_out(COMMANDS["resume"], runs)
    assert done == ["a", "a", "d"]


def test_killing_tells_of_runs_that_have_no_checkpoint_yet() -> None:
    saved = RunSummary(
        RunDir(Path("a")), "training", RunState(state="training"), has_checkpoint=True
    )
    kill = COMMANDS["kill"]
    assert "no checkpoint" not in question(kill, [Row(saved, 0.0)])
    asked = question(kill, [Row(saved, 0.0), row("training"), row("paused")])
    assert asked.endswith("is lost. 2 of them have no checkpoint.")
