"""The report on noise and bias, made by a process of its own: the dashboard stays quick."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.data.source import DataSource
from trainer.errors import UserError
from trainer.text import printable


class Inspection:
    """One report in the making; `run` is for a thread, `stop` for any other."""

    def __init__(
        self, source: DataSource, runs_root: Path, run: str = "", files: Sequence[Path] = ()
    ) -> None:
        nice = shutil.which("nice")  # training goes first
        self._command = [nice, "-n", "5"] if nice else []
        self._command += [sys.executable, "-m", "agegender_tui", "--runs", str(runs_root)]
        self._command += ["data", "report", str(source)]
        if run:
            self._command += ["--run", run]
        for path in files:
            self._command += [f"--{path.suffix.removeprefix('.')}", str(path)]
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self, tell: Callable[[str], None]) -> bool:
        """Make the report; `tell` gets a line of progress about once a second.

        False where it was stopped. Raises UserError with the sentence that the process ended with.
        """
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
        )
        last = ""
        if self._process.stderr is not None:
            for line in self._process.stderr:
                if line.strip():
                    last = printable(line.strip())
                    tell(last)
        code = self._process.wait()
        if self._stopped:
            return False
        if code != 0:
            raise UserError(last.removeprefix("agegender-tui: ") or "the report ended unexpectedly")
        return True

    def stop(self) -> None:
        """End it, without a report."""
        self._stopped = True
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.terminate()
