"""One command to all marked runs: whom it fits, what is asked first, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agegender_tui import launch
from agegender_tui.run_table import Row
from agegender_tui.trash import trash
from trainer.errors import RunError, UserError
from trainer.runs.freeing import free
from trainer.runs.layout import RunDir
from trainer.runs.state import LOST


@dataclass(frozen=True)
class Command:
    """`question` and `done` have a place for the runs, `3 marked runs`; `left` says in the singular
    and the plural why it leaves those alone that it does not fit, `also` what else to know of those
    that it fits."""

    question: str
    yes: str
    done: str
    left: tuple[str, str]
    fits: Callable[[Row], bool]
    do: Callable[[RunDir], object]
    also: Callable[[Sequence[Row]], str] = lambda _: ""


def works(row: Row) -> bool:
    """Whether a worker is at work on the run, or about to be."""
    return row.one.status.active and row.one.state != LOST and not row.one.problem


def _may_work(row: Row) -> bool:
    """The same, or its settings cannot be read, which tells nothing of its worker: where there is
    none the command is refused."""
    return works(row) or bool(row.one.problem)


def _can_kill(row: Row) -> bool:
    """One that is lost may be suspended on another host, and ends there when it comes back."""
    return _may_work(row) or row.one.state == LOST


def _can_pause(row: Row) -> bool:
    return _may_work(row) and row.one.state not in ("paused", "stopping")


def _can_resume(row: Row) -> bool:
    if works(row):
        return row.one.state == "paused" or (row.wish is not None and row.wish[1] == "pause")
    return row.one.state in ("stopped", "failed", LOST)


def _unsaved(rows: Sequence[Row]) -> str:
    new = sum(works(row) and not row.one.has_checkpoint for row in rows)
    return f" {new:,} of them {'has' if new == 1 else 'have'} no checkpoint." if new else ""


NO_WORKER = ("has no worker", "have no worker")
COMMANDS = {
    "pause": Command(
        "Pause {}?",
        "Pause",
        "asked {} to pause",
        ("cannot pause", "cannot pause"),
        _can_pause,
        lambda run: launch.ask(run, "pause"),
    ),
    "resume": Command(
        "Resume {}?",
        "Resume",
        "resuming {}",
        ("needs no resume", "need no resume"),
        _can_resume,
        lambda run: launch.resume(run),
    ),
    "stop": Command(
        "Stop {} and save what there is of a model?",
        "Stop",
        "asked {} to stop and save",
        NO_WORKER,
        _may_work,
        lambda run: launch.ask(run, "stop"),
    ),
    "kill": Command(
        "Kill the workers of {} now? What was done since the last checkpoint is lost.",
        "Kill",
        "killed the workers of {}, or asked their hosts to",
        NO_WORKER,
        _can_kill,
        lambda run: launch.kill(run),
        _unsaved,
    ),
    "free": Command(
        "Delete the checkpoints of {}? Model and curves stay; Grad-CAM by epochs is lost.",
        "Delete",
        "deleted the checkpoints of {}",
        ("has not finished", "have not finished"),
        lambda row: row.one.state == "finished" and not row.one.problem,
        free,
    ),
    "delete": Command(
        "Move {} to the trash folder (.trash beside the runs)?",
        "Move",
        "moved {} to the trash",
        ("still has a worker", "still have a worker"),
        lambda row: not works(row),
        trash,
    ),
}


def counted(number: int, what: str = "marked run") -> str:
    """`1 marked run`, `3 marked runs`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def question(command: Command, rows: Sequence[Row]) -> str:
    """What is asked before it; RunError if it fits none of the marked."""
    fitting = [row for row in rows if command.fits(row)]
    left = len(rows) - len(fitting)
    why = command.left[left != 1]
    if not fitting:
        raise RunError(f"nothing to do: {counted(left)} {why}")
    asked = command.question.format(counted(len(fitting))) + command.also(fitting)
    return f"{asked} {left:,} {why} and {'is' if left == 1 else 'are'} left." if left else asked


def carry_out(command: Command, runs: Sequence[RunDir]) -> str:
    """Do it to each, whatever comes of the others; RunError names the first that refused."""
    refused: list[str] = []
    for run in runs:
        try:
            command.do(run)
        except UserError as error:
            refused.append(str(error))
        except OSError as error:
            refused.append(f"{run.id}: {error.strerror or error}")
    done = command.done.format(counted(len(runs) - len(refused), "run"))
    if refused:
        raise RunError(f"{done}; {len(refused):,} refused, first {refused[0]}")
    return done
