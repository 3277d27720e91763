"""End a run after its next step: checkpoint, model with the best weights, curves. It can be
resumed."""

from __future__ import annotations

import argparse
import time

from agegender_tui import launch
from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from agegender_tui.cli_commands.runs_option import runs_option
from trainer.errors import ExitCode, RunError
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState, is_alive, read_state
from trainer.text import printable

EXAMPLE = "agegender-tui stop last --wait"
POLL_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN, --wait."""
    add_run_argument(parser)
    parser.add_argument("--wait", action="store_true", help="return only when the run has ended")


def run(options: argparse.Namespace) -> int:
    """Ask, and wait if told to; exit code 0 once it is stopped, the run's own code if it failed."""
    run = find_run(options)
    launch.ask(run, "stop")
    if not options.wait:
        print(f"asked {run.id} to stop and save")
        return ExitCode.OK
    state = _wait(run)
    print(f"{run.id} {state.state}: {printable(state.text)}")
    return state.code if state.state == "failed" else ExitCode.OK


def _wait(run: RunDir) -> RunState:
    while (state := read_state(run)).active:
        if not is_alive(state):
            name = f"{run.id}{runs_option(run.path.parent)}"
            raise RunError(f"{run.id}: its worker is gone; `agegender-tui resume {name}` goes on")
        time.sleep(POLL_SECONDS)
    return state
