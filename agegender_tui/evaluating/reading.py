"""What is read of evaluations and computed of them, each once. All of it belongs on a thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agegender_tui.evaluating.figure_words import GROUP_KINDS
from agegender_tui.evaluating.listing import Listed
from trainer.errors import RunError, UserError
from trainer.runs.course import Course, read_course
from trainer.runs.event_log import read_events
from trainer.runs.layout import RunDir
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired, PairedGroup
    from trainer.evaluation.scored import Scored

Key = tuple[str, str]


def _key(one: Listed) -> Key:
    """Another, once it was evaluated anew."""
    return one.id, str(one.summary.get("created"))


class Differences(NamedTuple):
    """How two evaluations differ on the `faces` faces that both scored, and in groups of these."""

    faces: int
    rows: Sequence[Paired]
    groups: Sequence[PairedGroup]


class Reader:
    """Keeps what the last views needed; raises RunError where a file cannot be read."""

    def __init__(self) -> None:
        self._scored: dict[Key, Scored] = {}
        self._differences: dict[tuple[Key, Key], Differences] = {}
        self._lock = threading.Lock()  # a view that is no longer wanted may still be at it

    def scored(self, one: Listed) -> Scored:
        """What the model said of each face."""
        with self._lock:
            key = _key(one)
            if key not in self._scored:
                self._scored[key] = one.directory.scored()
                while len(self._scored) > 8:
                    del self._scored[next(iter(self._scored))]
            return self._scored[key]

    def differences(self, one: Listed, other: Listed) -> Differences:
        """Those of the second from the first."""
        from trainer.evaluation.paired import paired, paired_groups, shared

        mine, theirs = self.scored(one), self.scored(other)
        with self._lock:
            key = _key(one), _key(other)
            if key not in self._differences:
                self._differences[key] = Differences(
                    len(shared(mine, theirs)[0].files),
                    paired(mine, theirs),
                    paired_groups(mine, theirs, tuple(GROUP_KINDS)),
                )
            return self._differences[key]

    def courses(self, chosen: Sequence[Listed]) -> dict[str, Course]:
        """How the runs of the models went, by their ids, each once; those without a run are left
        out."""
        found: dict[str, Course] = {}
        for folder in (folder for one in chosen for folder in one.runs):
            run = RunDir(Path(folder))
            if run.id not in found:
                if not run.events_file.is_file():
                    shown = printable(folder)
                    raise RunError(f"{shown}: is gone, and with it the model's learning curves")
                found[run.id] = read_course(read_events(run.events_file))
        return found

    def diagnoses(self, chosen: Sequence[Listed], courses: Mapping[str, Course]) -> dict[str, str]:
        """What the curves of each run say about how it trained, in words."""
        from trainer.evaluation.diagnosis import diagnose

        found = (RunDir(Path(folder)) for one in chosen for folder in one.runs)
        runs = {run.id: run for run in found}
        said = {}
        for name, course in courses.items():
            try:
                findings = diagnose(course.epochs, runs[name].config())
                said[name] = "; ".join(one.words for one in findings)
            except UserError as error:  # the curves are there all the same
                said[name] = str(error)
        return said
