"""One study, from its first trial to its last; every failure ends in a sentence.

The worker trains nothing itself: it starts the run of each trial, which waits for its device in the
queue like any other, follows it, and asks what to try next. A trial outlives it, and is followed
again when the study goes on.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import replace

from trainer.errors import ExitCode, RunError, StorageError, UserError
from trainer.failure_log import unexpected
from trainer.jobs.session import Session, StopRequested
from trainer.runs import control
from trainer.runs.freeing import delete_checkpoints
from trainer.runs.layout import RunDir
from trainer.runs.registry import Registry
from trainer.runs.starting import Spawn, spawn, start_again, start_run
from trainer.runs.state import RunState, is_alive, read_state, write_state
from trainer.tuning.best import told
from trainer.tuning.following import TrialFollower, gone
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.sampler import importances, is_hopeless, next_values
from trainer.tuning.study import FINISHING, StudyConfig, StudyDir
from trainer.tuning.trial_log import FAILED, FINISHED, PRUNED, RUNNING, STOPPED, Trial, TrialWriter

LOOK_SECONDS = 0.5
UNREAD_SECONDS = 60.0  # after which a trial is given up whose run cannot be read
FAILED_IN_A_ROW = 3  # after which a study gives up
HOPELESS = "worse by then than half of the others"
ENDED_EARLY = f"ended early by its study, {HOPELESS}; resume begins it anew"
HALTED = "stopped; resume goes on"
_NUMBER = re.compile(r"trial (\d{1,6})")


def work(
    study: StudyDir, start: Spawn = spawn, sleep: Callable[[float], None] = time.sleep
) -> ExitCode:
    """Search to the end; the returned code is the process's exit status. RunError where another
    process is at it, or the study is not readable."""
    search = Search(study, start)
    with Session(study, on_kill=search.kill_trials) as session:
        try:
            stopped = search.run(session, sleep)
            if stopped:
                session.end("stopped", HALTED, ExitCode.STOPPED)
                return ExitCode.STOPPED
            text = told(search.config, search.trials)
            if failure := search.fruitless():
                raise _failed(f"{text}, the last as: {failure.text}", failure.code)
            session.end("finished", text, ExitCode.OK)
            return ExitCode.OK
        except Exception as error:
            return session.fail(error, error if isinstance(error, UserError) else unexpected(error))


def _failed(text: str, code: int) -> RunError:
    """The end of a study by that of a trial, whose exit status it takes over."""
    error = RunError(text)
    with contextlib.suppress(ValueError):
        error.exit_code = ExitCode(code or ExitCode.RUN)
    return error


class Search:
    """The trials of one study: `trials` are all that began, in their order."""

    def __init__(self, study: StudyDir, start: Spawn = spawn) -> None:
        self.study = study
        self.config: StudyConfig = study.config()
        self.trials: list[Trial] = list(study.trials().trials)
        self._start = start
        self._objective = OBJECTIVES[self.config.objective]
        self._followed: list[TrialFollower] = []
        self._failed_in_a_row = 0

    def run(self, session: Session, sleep: Callable[[float], None]) -> bool:
        """Until all trials have ended; whether it was stopped before."""
        self._writer = TrialWriter(self.study.trials_file)
        self._adopt()
        stopping = False
        while True:
            try:
                session.poll()
            except StopRequested:
                stopping = True
            doing = FINISHING if stopping else "searching"
            session.tell(doing, self._done, self.config.trials)
            for followed in list(self._followed):
                if ended := self._try_to_look(followed):
                    self._followed.remove(followed)
                    if ended.state != STOPPED or not session.signalled:
                        self._end(ended)
            if not stopping:
                self._begin_where_free()
            if not self._followed:
                session.update(done=self._done)
                return stopping and self._done < self.config.trials
            sleep(LOOK_SECONDS)

    def kill_trials(self) -> None:
        """End the runs under way, now; going on with the study takes them up again."""
        for followed in self._followed:
            control.send(followed.run, "kill")

    def fruitless(self) -> Trial | None:
        """The trial that failed last, where none has finished."""
        failed = [one for one in self.trials if one.state == FAILED]
        if any(one.state == FINISHED for one in self.trials) or not failed:
            return None
        return max(failed, key=lambda one: one.ended)

    @property
    def _done(self) -> int:
        return sum(one.state != RUNNING for one in self.trials)

    def _adopt(self) -> None:
        """Follow what the worker before left under way, also a run that it had no time to tell."""
        known = {one.run for one in self.trials}
        for summary in reversed(Registry(self.study.runs_root).list()):
            if summary.settings.get("study") != self.study.id or summary.id in known:
                continue
            if number := _NUMBER.fullmatch(str(summary.settings.get("label"))):
                values = {name: summary.settings.get(name) for name in self.config.space}
                if int(number[1]) not in {one.number for one in self.trials}:
                    self._told(Trial(int(number[1]), summary.id, values))
        for trial in self.trials:
            if trial.state == RUNNING:
                run = RunDir(self.study.runs_root / trial.run)
                followed = TrialFollower(trial, run, self._objective, self._device_of(run))
                followed.to_take_up = True
                self._followed.append(followed)

    def _device_of(self, run: RunDir) -> str:
        """That of its settings; where they cannot be read now, one that the study has."""
        try:
            return run.config().device
        except RunError:
            return self.config.devices[0]

    def _told(self, trial: Trial) -> None:
        self._writer.begin(trial)
        self.trials.append(trial)
        self.trials.sort(key=lambda one: one.number)

    def _begin_where_free(self) -> None:
        taken = {followed.device for followed in self._followed}
        for device in self.config.devices:
            if device not in taken and len(self.trials) < self.config.trials:
                self._begin(device)

    def _begin(self, device: str) -> None:
        number = max((one.number for one in self.trials), default=0) + 1
        values = next_values(self.config, self.trials, number)
        settings = self.config.base.replace(
            **values, device=device, study=self.study.id, label=f"trial {number}"
        )
        run = start_run(self.study.runs_root, settings, self._start)
        trial = Trial(number, run.id, values, began=time.time())
        self._followed.append(TrialFollower(trial, run, self._objective, device))
        self._told(trial)

    def _try_to_look(self, followed: TrialFollower) -> Trial | None:
        """The trial, where it has ended. A disk that does not answer is asked again."""
        try:
            ended = self._look(followed)
            followed.unread_since = 0.0
            return ended
        except OSError as error:
            now = time.monotonic()
            followed.unread_since = followed.unread_since or now
            if now - followed.unread_since < UNREAD_SECONDS:
                return None
            why = f"{followed.run.id}: cannot be read ({error.strerror or error})"
            return gone(followed.trial, RunError(why))

    def _look(self, followed: TrialFollower) -> Trial | None:
        """The trial, where it has ended."""
        try:
            state = followed.state()
        except RunError as error:
            return gone(followed.trial, error)
        if state is None:
            return None
        lost = followed.lost(state)
        full = state.state == "failed" and state.code == ExitCode.STORAGE
        if followed.trial.hopeless and (lost or full or state.state == "stopped"):
            return followed.ended(state, PRUNED, HOPELESS)
        if followed.to_take_up and not self._is_dying(followed, state):
            followed.to_take_up = False
            if followed.trial.hopeless:
                control.send(followed.run, "kill")  # again: it may not have been told
            elif lost or full or state.state == "stopped":
                # It was ended with its study, by a shutdown, a kill or a full disk.
                start_again(followed.run, state, self._start)
                return None
        if lost:
            if followed.started_again:
                return followed.ended(state, FAILED, "its worker was lost twice")
            followed.started_again = True
            start_again(followed.run, state, self._start)
            return None
        if full:
            raise StorageError(state.text)  # it goes on with the study
        if not state.active:
            return followed.ended(state)
        if followed.to_take_up:
            return None
        if followed.read() and self.config.prune and not followed.trial.hopeless:
            self._judge(followed, state.epochs)
        return None

    def _is_dying(self, followed: TrialFollower, state: RunState) -> bool:
        """Whether it was killed with its study, but has not come to the step at which it obeys."""
        alive = state.active and not followed.lost(state)
        asked = [command for _, command in control.pending(followed.run)]
        followed.killed |= alive and "kill" in asked
        return alive and followed.killed

    def _judge(self, followed: TrialFollower, epochs: int) -> None:
        """End a trial early that is hopeless; in its last epoch there is nothing to save."""
        others = [one for one in self.trials if one.number != followed.trial.number]
        course = followed.course
        if len(course) < epochs and is_hopeless(self.config, others, course):
            followed.trial = replace(followed.trial, hopeless=True)
            self._writer.hopeless(followed.trial)
            control.send(followed.run, "kill")

    def _end(self, trial: Trial) -> None:
        trial = replace(trial, ended=time.time())
        self._writer.end(trial)
        _tidy(RunDir(self.study.runs_root / trial.run), trial)
        self.trials = [trial if one.number == trial.number else one for one in self.trials]
        shares = importances(self.config, self.trials)
        if shares:
            self._writer.importances(shares, self._done)
        blameless = trial.state == FAILED and not trial.by_settings
        self._failed_in_a_row = self._failed_in_a_row + 1 if blameless else 0
        if self._failed_in_a_row == FAILED_IN_A_ROW:
            more = " with more trials" * (len(self.trials) >= self.config.trials)
            raise _failed(
                f"{FAILED_IN_A_ROW} trials in a row failed, the last as: {trial.text}; "
                f"mend that, then resume{more}",
                trial.code,
            )


def _tidy(run: RunDir, trial: Trial) -> None:
    """Checkpoints are most of what a run takes on the disk, and no study goes on from those of a
    trial that has come to its end. What its user stopped, or what failed, may be gone on with; so
    is one that its user has resumed in this moment."""
    if trial.state not in (FINISHED, PRUNED):
        return
    with contextlib.suppress(UserError, OSError):  # the trial is told; the rest is good manners
        state = read_state(run)
        if state.active and is_alive(state):
            return
        with contextlib.suppress(StorageError):
            delete_checkpoints(run)
        if trial.state == PRUNED and state.state == "stopped":
            write_state(run, replace(state, text=ENDED_EARLY))
