"""The worker's entry: `python -m trainer train|resume RUN_DIRECTORY`; that of the process that
predicts: `python -m trainer predict-server`; that of one evaluation: `python -m trainer evaluate
DIRECTORY`; and that of one study: `python -m trainer tune DIRECTORY`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from trainer.errors import EnvironmentFault, UserError, gist
from trainer.failure_log import unexpected
from trainer.runs.layout import RunDir
from trainer.runs.state import read_state, write_state


def main(arguments: list[str] | None = None) -> int:
    """Run one worker in this process; the exit status is a `trainer.errors.ExitCode`."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["predict-server"]:
        return _serve_predictions(given[1:])
    if given[:1] == ["evaluate"]:
        return _evaluate(given[1:])
    if given[:1] == ["tune"]:
        return _tune(given[1:])
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Work on one run directory. `agegender-tui train` makes one and starts this.",
        epilog="example: python -m trainer resume runs/20261123-201500-A-k3f9",
    )
    parser.add_argument("verb", choices=("train", "resume"))
    parser.add_argument("run", type=Path, help="run directory with its config.toml")
    chosen = parser.parse_args(given)
    run = RunDir(chosen.run.absolute())
    environment = dict(os.environ)

    def train() -> int:
        with _needed_packages():
            from trainer.training.memory import StartAgain, start_again
            from trainer.training.worker import work
        try:
            return int(work(run, resume=chosen.verb == "resume"))
        except StartAgain as again:
            start_again(run, environment, again.tickets)

    return _exit_code(train, lambda error: _tell_those_who_wait(run, error))


def _serve_predictions(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m trainer predict-server",
        description="Keep models loaded and answer requests, one JSON object a line, until the "
        "input ends. docs/prediction.md describes them.",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, or gpu:0, gpu:1, …")
    device = parser.parse_args(arguments).device
    from trainer.prediction.server import serve

    return serve(device)


def _evaluate(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m trainer evaluate",
        description="Work on one evaluation. `agegender-tui evaluate` makes one and starts this.",
    )
    parser.add_argument("directory", type=Path, help="evaluation directory with its request.json")
    parser.add_argument("--device", default="auto", help="auto, cpu, or gpu:0, gpu:1, …")
    chosen = parser.parse_args(arguments)
    from trainer.evaluation.aside import tell_those_who_wait
    from trainer.evaluation.store import EvaluationDir

    directory = EvaluationDir(chosen.directory.absolute())

    def evaluate() -> int:
        with _needed_packages():
            from trainer.evaluation.worker import work
        return int(work(directory, chosen.device))

    return _exit_code(
        evaluate, lambda error: tell_those_who_wait(directory, str(error), error.exit_code)
    )


def _tune(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m trainer tune",
        description="Work on one study. `agegender-tui tune` makes one and starts this.",
    )
    parser.add_argument("directory", type=Path, help="study directory with its study.toml")
    chosen = parser.parse_args(arguments)
    from trainer.jobs.session import tell_those_who_wait
    from trainer.tuning.study import StudyDir

    study = StudyDir(chosen.directory.absolute())

    def tune() -> int:
        with _needed_packages():
            from trainer.tuning.worker import work
        return int(work(study))

    return _exit_code(tune, lambda error: tell_those_who_wait(study, str(error), error.exit_code))


@contextlib.contextmanager
def _needed_packages() -> Iterator[None]:
    """A package built for other versions raises anything: say so in a sentence."""
    try:
        yield
    except Exception as error:
        traceback.print_exc()
        raise EnvironmentFault(
            f"a needed package does not load ({gist(error)}): run `agegender-tui doctor`"
        ) from error


def _exit_code(work: Callable[[], int], tell: Callable[[UserError], None]) -> int:
    """That of `work`; whatever it raises is told in a sentence to those who wait and to the log."""
    try:
        return work()
    except UserError as error:
        known = error
    except Exception as error:
        traceback.print_exc()
        known = unexpected(error)
    tell(known)
    print(f"failed: {known}", file=sys.stderr)
    return int(known.exit_code)


def _tell_those_who_wait(run: RunDir, error: UserError) -> None:
    """A worker that failed before it could take the run leaves it as launched: say why."""
    with contextlib.suppress(UserError, OSError):
        state = read_state(run)
        if state.active and not state.pid:
            ended = dataclasses.replace(
                state, state="failed", text=str(error), code=int(error.exit_code), ended=time.time()
            )
            write_state(run, ended)


if __name__ == "__main__":
    sys.exit(main())
