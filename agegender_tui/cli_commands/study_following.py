"""Follow a study to its end: a line for each trial that ended and, on a terminal, one that is
rewritten with what runs now; or the lines of trials.jsonl for a script."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from agegender_tui.cli_commands.runs_option import runs_option
from agegender_tui.cli_commands.study_record import exit_code
from agegender_tui.cli_commands.study_text import SHOWN, lost_words, study_text, terminal_width
from agegender_tui.cli_commands.trial_words import ended_line, now_line
from trainer.errors import ExitCode
from trainer.jobs.status import Status
from trainer.runs.state import LOST
from trainer.text import printable
from trainer.tuning.record import read_record
from trainer.tuning.study import StudyDir
from trainer.tuning.trial_log import RUNNING

POLL_SECONDS = 0.5


class Teller(Protocol):
    """Shows what is new of a study whenever it looks."""

    def look(self) -> None: ...

    def close(self) -> None: ...


class TrialLines:
    """A line for each trial that ended since; the living line where the stream is a terminal."""

    def __init__(self, study: StudyDir, stream: TextIO, *, anew: bool = True) -> None:
        self._study, self._stream = study, stream
        self._objective = study.config().objective
        self._living = stream.isatty()
        self._told = set() if anew else {one.number for one in study.trials().trials
                                         if one.state != RUNNING}  # fmt: skip

    def look(self) -> None:
        trials = self._study.trials().trials
        self._clear()
        for one in sorted(trials, key=lambda trial: trial.ended):
            if one.state != RUNNING and one.number not in self._told:
                self._told.add(one.number)
                self._stream.write(ended_line(self._objective, one) + "\n")
        if self._living:
            from agegender_tui.watch_line import cut

            of = self._study.config().trials
            line = now_line(self._study, self._objective, trials, of)
            self._stream.write(cut(line, shutil.get_terminal_size().columns - 1))
        self._stream.flush()

    def close(self) -> None:
        self._clear()
        self._stream.flush()

    def _clear(self) -> None:
        if self._living:
            self._stream.write("\r\x1b[K")


class JsonLines:
    """Each whole line of trials.jsonl, as it stands there."""

    def __init__(self, study: StudyDir, stream: TextIO, *, anew: bool = True) -> None:
        self._file, self._stream = study.trials_file, stream
        self._offset = 0
        if not anew:
            self._new()

    def look(self) -> None:
        self._stream.write(self._new().decode("utf-8", "replace"))
        self._stream.flush()

    def close(self) -> None:
        pass

    def _new(self) -> bytes:
        try:
            with open(self._file, "rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return b""
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole


def add_study_following(parser: argparse.ArgumentParser) -> None:
    """Declare --detach and --json."""
    parser.add_argument(
        "--detach",
        action="store_true",
        help="return at once; print the study's id and nothing else",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON lines: those of trials.jsonl, as they come"
    )


def teller_for(study: StudyDir, options: argparse.Namespace, *, anew: bool = True) -> Teller:
    """Of all trials, or `anew` False of those that end from now on."""
    kind = JsonLines if options.json else TrialLines
    return kind(study, sys.stdout, anew=anew)


def follow_or_leave(study: StudyDir, teller: Teller, options: argparse.Namespace) -> int:
    """Follow to the end unless --detach was given. Ctrl-C leaves the study going, and says so."""
    if options.detach:
        body = {"type": "started", "study": study.id, "path": str(study.path)}
        print(json.dumps(body) if options.json else study.id)
        return ExitCode.OK
    return see_to_its_end(study, teller, as_json=options.json)


def see_to_its_end(
    study: StudyDir, teller: Teller, *, as_json: bool = False, most: int | None = SHOWN
) -> int:
    """Follow it, then say what was found, with `most` of its trials, None for all; the exit code is
    that of the study's end."""
    if not as_json:
        print(f"study {study.id}", flush=True)
    try:
        status = follow(study, teller)
    except KeyboardInterrupt:
        name = f"{study.id}{runs_option(study.runs_root)}"
        print(
            f"the study goes on; `agegender-tui tune show {name} --follow` follows it again, "
            f"`agegender-tui tune stop {name}` ends it",
            file=sys.stderr,
        )
        raise
    if not as_json:
        print("\n" + study_text(read_record(study), most, terminal_width()))
    elif status.shown != "finished":
        text = lost_words(study) if status.shown == LOST else status.text
        print(printable(f"{study.id} {status.shown}: {text}"), file=sys.stderr)
    return exit_code(status.shown, status.code)


def follow(study: StudyDir, teller: Teller, sleep: Callable[[float], None] = time.sleep) -> Status:
    """Tell all that happens until nobody works on it; how it ended. RunError where its folder is
    gone or not readable."""
    lost = False
    try:
        while True:
            status = study.status()  # before the trials: once it has ended, all are told
            shown = status.shown
            teller.look()
            # Seen twice: who kills a worker says so a moment after it is gone, and a worker may
            # have ended between its state and the look at its process.
            if not status.active or (shown == LOST and lost):
                return status
            lost = shown == LOST
            sleep(POLL_SECONDS)
    finally:
        teller.close()
