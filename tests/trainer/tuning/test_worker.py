"""The worker of a study, with runs that are made up in the moment they are started."""

import dataclasses
import json
import math
import os
import signal
import time
from pathlib import Path

import pytest

from trainer.errors import ExitCode, RunError, StorageError
from trainer.jobs.status import Status, write_status
from trainer.presets import preset
from trainer.runs import control
from trainer.runs.event_log import EventReader, EventWriter
from trainer.runs.events import EpochEvent
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.resuming import has_checkpoint
from trainer.runs.starting import start_run
from trainer.runs.state import process_started, process_ticks, read_state, write_state
from trainer.tuning.objective import read_baseline
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import StudyConfig, create_study
from trainer.tuning.trial_log import (
    FAILED,
    FINISHED,
    PRUNED,
    RUNNING,
    STOPPED,
    TrialWriter,
)
from trainer.tuning.worker import HOPELESS, work

ALIVE = {
    "pid": os.getpid(),
    "pid_started": process_started(os.getpid()),
    "pid_ticks": process_ticks(os.getpid()),
    "host": os.uname().nodename,
}


class Lab:
    """Stands in for the workers of runs. `figures` are years and accuracy of each epoch, by the
    number of the trial; a run goes on by an epoch whenever the study's worker sleeps."""

    def __init__(self, root, config):
        self.root = root
        self.study = create_study(root, config)
        write_status(self.study.state_file, Status(heartbeat=time.time()))
        self.begun: list[tuple[RunDir, str]] = []
        self.going: dict[str, int] = {}
        self.most_at_once = 0
        self.figures = lambda number: [(9.0 - 0.1 * number, 0.8), (8.0 - 0.1 * number, 0.8)]
        self.before = lambda run, epoch: True

    def start(self, run, verb):
        """Where `trainer.runs.starting.spawn` would start a process."""
        self.begun.append((run, verb))
        run.split_file.write_text(
            "file,part,age,gender\na,validation,20,0\nb,validation,40,1\nc,validation,60,0\n"
        )
        write_state(run, dataclasses.replace(read_state(run), state="training", **ALIVE))
        save_checkpoint(run)
        self.going.setdefault(run.id, 0)
        return 1

    def sleep(self, _):
        self.most_at_once = max(self.most_at_once, len(self.going))
        for name in list(self.going):
            run = RunDir(self.root / name)
            if any(command == "kill" for _, command in control.take(run)):
                self.end(run, "stopped", text="killed")
            elif self.before(run, self.going[name] + 1):
                self.an_epoch(run)

    def an_epoch(self, run):
        figures = self.figures(self.number(run))
        epoch = self.going[run.id] = self.going[run.id] + 1
        years, accuracy = figures[epoch - 1]
        metrics = {"loss": years, "age_mae": years, "gender_accuracy": accuracy}
        event = EpochEvent(
            epoch=epoch, epochs=len(figures), train=metrics, validation=metrics,
            learning_rate=1e-3, seconds=1.0, images_per_second=1.0, best=True,
        )  # fmt: skip
        writer = EventWriter(run.events_file)
        writer.write(event)
        writer.close()
        write_state(run, dataclasses.replace(read_state(run), epoch=epoch, epochs=len(figures)))
        if epoch == len(figures):
            said = {"age_mae": years, "gender_accuracy": accuracy}
            run.metrics_file.write_text(json.dumps({"validation": said, "best_epoch": epoch}))
            self.end(run, "finished")

    def end(self, run, state, **fields):
        self.going.pop(run.id, None)
        write_state(run, dataclasses.replace(read_state(run), state=state, **fields))

    @staticmethod
    def number(run):
        return int(run.config().label.removeprefix("trial "))

    def work(self):
        return work(self.study, self.start, self.sleep)

    @property
    def trials(self):
        return self.study.trials().trials

    @property
    def states(self):
        return [one.state for one in self.trials]

    @property
    def with_checkpoints(self):
        """Numbers of the trials whose runs have any."""
        runs = {one.number: RunDir(self.root / one.run) for one in self.trials}
        return [number for number, run in runs.items() if has_checkpoint(run)]


def save_checkpoint(run):
    run.checkpoints.mkdir(exist_ok=True)
    (run.checkpoints / "latest").write_text("000002-000000")


@pytest.fixture
def lab(tmp_path):
    def made(**changes):
        config = StudyConfig(
            preset("A").replace(data="/faces", epochs=2),
            parse_pairs(["learning_rate=1e-4..1e-2:log", "batch_size=32/64"]),
            trials=4,
            objective="age_mae",
            startup=2,
        )
        return Lab(tmp_path / "runs", dataclasses.replace(config, **changes))

    return made


def test_a_study_trains_one_run_a_trial_with_the_values_it_tries(lab):
    one = lab()
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert one.most_at_once == 1
    for trial in one.trials:
        config = RunDir(one.root / trial.run).config()
        assert (config.study, config.label) == (one.study.id, f"trial {trial.number}")
        assert (config.learning_rate, config.batch_size) == tuple(trial.values.values())
        assert config.data == "/faces" and config.epochs == 2
    assert len({tuple(trial.values.values()) for trial in one.trials}) == 4


def test_a_trial_has_the_figures_of_the_saved_model_and_the_course_of_its_epochs(lab):
    one = lab(trials=1)
    one.work()
    (trial,) = one.trials
    assert (trial.value, trial.age_mae, trial.gender_accuracy) == (7.9, 7.9, 0.8)
    assert trial.course == (8.9, 7.9)
    assert (trial.epochs, trial.best_epoch) == (2, 2)


def test_both_errors_are_measured_by_those_of_always_guessing_on_its_faces(lab):
    one = lab(trials=1, objective="both")
    one.work()
    # Ages 20, 40, 60: 40/3 years off the median; one face of three has the rarer gender.
    assert one.trials[0].value == pytest.approx((7.9 / (40 / 3) + 0.2 / (1 / 3)) / 2)


def test_the_end_tells_the_best_trial(lab):
    one = lab()
    one.work()
    status = one.study.status()
    assert status.state == "finished"
    assert status.text == "4 trials; the best is trial 4: 7.60 years, 80.0 %"
    assert (status.done, status.of) == (4, 4)


def test_one_trial_at_a_time_works_on_each_device(lab):
    one = lab(devices=("gpu:0", "gpu:1"), trials=6)
    assert one.work() == ExitCode.OK
    assert one.most_at_once == 2
    devices = [RunDir(one.root / trial.run).config().device for trial in one.trials]
    assert set(devices) == {"gpu:0", "gpu:1"}


def hopeless_last(number):
    return [(20.0, 0.5)] * 8 if number == 4 else [(9.0 - epoch, 0.8) for epoch in range(8)]


def test_a_hopeless_trial_is_ended_early(lab):
    one = lab(prune=True)
    one.figures = hopeless_last
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 3 + [PRUNED]
    last = one.trials[-1]
    assert last.epochs < 8 and last.text == HOPELESS
    assert (last.value, last.age_mae) == (20.0, 20.0)
    assert read_state(RunDir(one.root / last.run)).state == "stopped"


def test_without_pruning_it_is_not(lab):
    one = lab(prune=False)
    one.figures = hopeless_last
    one.work()
    assert one.states == [FINISHED] * 4


def test_a_trial_that_its_user_stops_counts_as_stopped_with_its_best_epoch(lab):
    one = lab()

    def stop(run, epoch):
        if one.number(run) == 2 and epoch == 2:
            one.end(run, "stopped", text="stopped by its user")
            return False
        return True

    one.before = stop
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED, STOPPED, FINISHED, FINISHED]
    assert (one.trials[1].value, one.trials[1].text) == (8.8, "stopped by its user")


def test_a_failed_trial_ends_no_study(lab):
    one = lab()
    one.before = lambda run, epoch: one.number(run) != 2 or one.end(run, "failed", text="no memory")
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED, FAILED, FINISHED, FINISHED]
    assert one.trials[1].text == "no memory" and math.isnan(one.trials[1].value)


def test_what_finished_or_was_ended_early_leaves_no_checkpoints(lab):
    one = lab(prune=True)
    one.figures = hopeless_last
    one.work()
    assert one.states == [FINISHED] * 3 + [PRUNED]
    assert one.with_checkpoints == []
    said = read_state(RunDir(one.root / one.trials[-1].run)).text
    assert said == f"ended early by its study, {HOPELESS}; resume begins it anew"


def test_one_whose_checkpoints_cannot_be_deleted_says_all_the_same_how_it_ended(lab, monkeypatch):
    one = lab(prune=True)
    one.figures = hopeless_last
    monkeypatch.setattr("trainer.tuning.worker.delete_checkpoints", refuse)
    assert one.work() == ExitCode.OK
    assert read_state(RunDir(one.root / one.trials[-1].run)).text.startswith("ended early by its")


def refuse(run):
    raise StorageError(f"{run.id}: busy")


def test_what_may_be_gone_on_with_keeps_its_checkpoints(lab):
    one = lab()
    ends = {2: "failed", 3: "stopped"}
    one.before = lambda run, _: one.number(run) not in ends or one.end(run, ends[one.number(run)])
    one.work()
    assert one.states == [FINISHED, FAILED, STOPPED, FINISHED]
    assert one.with_checkpoints == [2, 3]


def test_a_trial_that_its_user_has_resumed_keeps_its_checkpoints(lab):
    one = lab(trials=2)
    assert one.work() == ExitCode.OK
    run = RunDir(one.root / one.trials[0].run)
    save_checkpoint(run)
    write_state(run, dataclasses.replace(read_state(run), state="training", **ALIVE))
    text = one.study.config_file.read_text()
    one.study.config_file.write_text(text.replace("trials = 2", "trials = 3"))
    assert one.work() == ExitCode.OK
    assert one.with_checkpoints == [1]


def test_one_resumed_in_the_moment_of_its_end_keeps_them_too(lab, monkeypatch):
    one = lab(trials=1)
    real = TrialWriter.end

    def end(writer, trial):
        run = RunDir(one.root / trial.run)
        write_state(run, dataclasses.replace(read_state(run), state="training", **ALIVE))
        real(writer, trial)

    monkeypatch.setattr(TrialWriter, "end", end)
    one.work()
    assert one.with_checkpoints == [1]


def test_figures_that_are_not_finite_are_a_failure(lab):
    one = lab(trials=1)
    one.figures = lambda _: [(math.nan, 0.5)]
    one.work()
    assert one.states == [FAILED]
    assert "no finite number" in one.trials[0].text


def test_three_failures_in_a_row_end_the_study_with_the_reason(lab):
    one = lab(trials=9)
    one.before = lambda run, _: one.end(run, "failed", text="/faces: no such folder")
    assert one.work() == ExitCode.RUN
    assert one.states == [FAILED] * 3
    assert one.study.status().state == "failed"
    assert "the last as: /faces: no such folder; mend that, then resume" in one.study.status().text


def test_a_study_takes_over_the_exit_status_of_what_failed(lab):
    one = lab(trials=3)
    one.before = lambda run, _: one.end(
        run, "failed", text="no gpu:0 here", code=int(ExitCode.DEVICE)
    )
    assert one.work() == ExitCode.DEVICE
    assert one.study.status().code == ExitCode.DEVICE
    assert one.study.status().text.endswith("mend that, then resume with more trials")
    two = lab(trials=2)
    two.before = lambda run, _: two.end(run, "failed", text="no GPU", code=int(ExitCode.DEVICE))
    assert two.work() == ExitCode.DEVICE


def test_a_study_resumed_after_failures_has_three_tries_again(lab):
    one = lab(trials=9)
    one.before = lambda run, _: one.end(run, "failed", text="gpu:0 is gone")
    assert one.work() == ExitCode.RUN
    one.before = lambda run, _: (
        one.end(run, "failed", text="gpu:0 is gone") if one.number(run) == 4 else True
    )
    assert one.work() == ExitCode.OK
    assert one.states == [FAILED] * 4 + [FINISHED] * 5


def test_trials_that_diverge_end_no_study(lab):
    one = lab(trials=5)
    one.before = lambda run, _: one.end(run, "failed", text="diverged", code=int(ExitCode.USAGE))
    assert one.work() == ExitCode.USAGE
    assert one.states == [FAILED] * 5
    assert all(trial.by_settings for trial in one.trials)
    assert one.study.status().state == "failed"
    assert one.study.status().text == "5 trials, of which none finished, the last as: diverged"


def test_every_trial_has_settings_that_go_together(lab):
    space = parse_pairs(["branches=1/4", "filters=16-32-48-64/16-32-48-64-96"])
    one = lab(space=space, trials=12, startup=12)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 12
    tried = {tuple(trial.values.values()) for trial in one.trials}
    assert len(tried) == 3 and (4, "16-32-48-64") not in tried


def test_stop_ends_after_the_trial_under_way_and_resume_goes_on(lab):
    one = lab()
    one.before = lambda run, epoch: control.send(one.study, "stop") or True
    assert one.work() == ExitCode.STOPPED
    assert one.states == [FINISHED]
    assert one.study.status().state == "stopped"
    one.before = lambda run, epoch: True
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4


def test_a_study_told_to_stop_in_its_last_trial_is_finished(lab):
    one = lab(trials=1)
    one.before = lambda run, epoch: control.send(one.study, "stop") or True
    assert one.work() == ExitCode.OK
    assert one.study.status().state == "finished"


def shut_down(one, number, how):
    """Every worker gets SIGTERM while trial `number` trains; its own ends as `how` says."""

    def before(run, epoch):
        if one.number(run) == number and epoch == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            how(run)
            return False
        return True

    return before


def test_a_trial_stopped_by_a_shutdown_is_taken_up_again(lab):
    one = lab()
    one.before = shut_down(one, 2, lambda run: one.end(run, "stopped", text="stopped"))
    assert one.work() == ExitCode.STOPPED
    assert one.states == [FINISHED, RUNNING]
    assert one.study.status().state == "stopped"
    one.before = lambda run, epoch: True
    one.going.clear()
    one.figures = lambda number: [(9.0, 0.8)] * 4
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert [verb for _, verb in one.begun] == ["train", "train", "resume", "train", "train"]


def test_a_trial_killed_with_its_study_that_has_not_obeyed_yet_is_taken_up_again(lab, monkeypatch):
    one = lab()

    def die(run, epoch):
        raise KeyboardInterrupt

    one.before = die
    with pytest.raises(KeyboardInterrupt):
        one.work()
    (run, _), *_ = one.begun
    control.send(run, "kill")
    one.before = lambda run, epoch: True
    real, waited = control.take, []

    def late(steered):
        # While it compiles its first step a run does not look for commands.
        if steered == run and not waited:
            waited.append(1)
            return []
        return real(steered)

    monkeypatch.setattr("trainer.runs.control.take", late)
    one.figures = lambda number: [(9.0, 0.8)] * 6
    assert one.work() == ExitCode.OK
    assert waited and one.states == [FINISHED] * 4
    assert [verb for _, verb in one.begun] == ["train", "resume", "train", "train", "train"]


def test_a_trial_that_ended_for_want_of_disk_goes_on_with_the_study(lab):
    one = lab()
    text = "checkpoints: the disk is full; free some space, then resume"
    one.before = lambda run, epoch: (
        one.number(run) != 2 or one.end(run, "failed", text=text, code=int(ExitCode.STORAGE))
    )
    assert one.work() == ExitCode.STORAGE
    assert one.study.status().text == text
    assert one.states == [FINISHED, RUNNING]
    one.before = lambda run, epoch: True
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert [verb for _, verb in one.begun] == ["train", "train", "resume", "train", "train"]


def test_a_trial_told_to_end_early_is_pruned_though_the_worker_died_before_it_did(lab, monkeypatch):
    one = lab(prune=True)
    one.figures = hopeless_last
    real = control.send

    def send(run, command):
        real(run, command)
        if command == "kill":
            raise KeyboardInterrupt

    monkeypatch.setattr("trainer.runs.control.send", send)
    with pytest.raises(KeyboardInterrupt):
        one.work()
    monkeypatch.undo()
    one.sleep(0)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 3 + [PRUNED]
    assert [verb for _, verb in one.begun] == ["train"] * 4


@pytest.mark.parametrize("how", ["lost", "full"])
def test_a_hopeless_trial_that_was_cut_off_is_not_trained_on(lab, monkeypatch, how):
    one = lab(prune=True)
    one.figures = hopeless_last
    real = control.send

    def send(run, command):
        if command == "kill":
            raise KeyboardInterrupt  # a power cut before the run is told

    monkeypatch.setattr("trainer.runs.control.send", send)
    with pytest.raises(KeyboardInterrupt):
        one.work()
    monkeypatch.setattr("trainer.runs.control.send", real)
    (run, _) = one.begun[-1]
    if how == "lost":
        gone = {"pid": 1, "pid_started": 1.0, "pid_ticks": 1, "heartbeat": 1.0}
        write_state(run, dataclasses.replace(read_state(run), **gone))
    else:
        one.end(run, "failed", text="the disk is full", code=int(ExitCode.STORAGE))
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 3 + [PRUNED]
    assert [verb for _, verb in one.begun] == ["train"] * 4


def test_a_hopeless_trial_that_still_trains_is_told_to_end_again(lab, monkeypatch):
    one = lab(prune=True)
    one.figures = hopeless_last
    real = control.send

    def send(run, command):
        if command == "kill":
            raise KeyboardInterrupt

    monkeypatch.setattr("trainer.runs.control.send", send)
    with pytest.raises(KeyboardInterrupt):
        one.work()
    monkeypatch.setattr("trainer.runs.control.send", real)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 3 + [PRUNED]


def test_a_trial_on_a_device_that_the_study_has_no_more_is_followed(lab):
    one = lab()

    def die(run, epoch):
        raise KeyboardInterrupt

    one.before = die
    with pytest.raises(KeyboardInterrupt):
        one.work()
    text = one.study.config_file.read_text()
    one.study.config_file.write_text(text.replace('"auto",\n]', '"cpu",\n]'))
    assert one.study.config().devices == ("cpu",)
    one.before = lambda run, epoch: True
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4


@pytest.mark.parametrize("file", ["config", "state"])
def test_a_disk_that_does_not_answer_at_resume_loses_no_trial(lab, monkeypatch, file):
    one = lab()
    one.before = shut_down(one, 1, lambda run: one.end(run, "stopped", text="stopped"))
    assert one.work() == ExitCode.STOPPED
    one.before = lambda run, epoch: True
    one.figures = lambda number: [(9.0, 0.8)] * 4
    asked, where = [], {"config": "trainer.runs.layout.RunDir.config",
                        "state": "trainer.tuning.following.read_state"}[file]  # fmt: skip
    real = RunDir.config if file == "config" else read_state

    def once(run):
        asked.append(run)
        if len(asked) == 1:
            raise RunError("cannot be read (Input/output error); check permissions")
        return real(run)

    monkeypatch.setattr(where, once)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert [verb for _, verb in one.begun] == ["train", "resume", "train", "train", "train"]


def stale_once(monkeypatch, where, real, times=1):
    """The function at `where` does not get an answer of the disk so often."""
    asked = []

    def stale(*given):
        asked.append(given)
        if len(asked) <= times:
            raise OSError(116, "Stale file handle")
        return real(*given)

    monkeypatch.setattr(where, stale)
    return asked


@pytest.mark.parametrize("what", ["events", "split", "metrics"])
@pytest.mark.parametrize("objective", ["both", "age_mae"])
def test_a_file_that_cannot_be_read_once_costs_nothing(lab, monkeypatch, what, objective):
    one = lab(objective=objective)
    if what == "metrics":
        real = Path.read_bytes

        def read_bytes(path):
            if path.name == "metrics.json" and not asked:
                asked.append(path)
                raise OSError(116, "Stale file handle")
            return real(path)

        asked = []
        monkeypatch.setattr(Path, "read_bytes", read_bytes)
    elif what == "split":
        asked = stale_once(monkeypatch, "trainer.tuning.following.read_baseline", read_baseline)
    else:
        read = EventReader.read
        asked = []

        def once(reader, **how):
            if not asked:
                asked.append(reader)
                raise OSError(116, "Stale file handle")
            return read(reader, **how)

        monkeypatch.setattr("trainer.tuning.following.EventReader.read", once)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert asked or (what, objective) == ("split", "age_mae")


def test_a_trial_whose_files_stay_unreadable_is_given_up(lab, monkeypatch):
    monkeypatch.setattr("trainer.tuning.worker.UNREAD_SECONDS", 0.0)
    one = lab(objective="both", trials=2)
    stale_once(monkeypatch, "trainer.tuning.following.read_baseline", read_baseline)
    assert one.work() == ExitCode.OK
    assert one.states == [FAILED, FINISHED]
    assert "cannot be read (Stale file handle)" in one.trials[0].text


def test_the_parts_of_the_faces_are_needed_only_to_measure_by_them(lab):
    for objective, state in (("both", FAILED), ("age_mae", FINISHED)):
        one = lab(objective=objective, trials=1)
        one.before = lambda run, epoch: run.split_file.unlink(missing_ok=True) or True
        one.work()
        assert one.states == [state]
        assert not one.trials[0].by_settings


def test_a_damaged_run_ends_its_trial_once_with_the_reason(lab):
    one = lab(trials=2)

    def die(run, epoch):
        raise KeyboardInterrupt

    one.before = die
    with pytest.raises(KeyboardInterrupt):
        one.work()
    (run, _), *_ = one.begun
    one.going.clear()
    run.state_file.write_text("{")
    one.before = lambda run, epoch: True
    assert one.work() == ExitCode.OK
    assert one.states == [FAILED, FINISHED]
    assert "not readable as a run's state" in one.trials[0].text
    assert one.study.trials_file.read_text().count('"type": "end", "number": 1') == 1


def test_a_trial_is_not_ended_early_in_its_last_epoch(lab, monkeypatch):
    one = lab(prune=True, trials=1)
    monkeypatch.setattr(
        "trainer.tuning.worker.is_hopeless", lambda config, others, course: len(course) == 2
    )
    one.work()
    assert one.states == [FINISHED]


def test_a_disk_that_does_not_answer_once_loses_no_trial(lab, monkeypatch):
    one = lab()
    real, asked = read_state, []

    def stale(run):
        asked.append(run)
        if len(asked) in (2, 3):
            raise RunError("state.json: cannot be read (Stale file handle); check permissions")
        return real(run)

    monkeypatch.setattr("trainer.tuning.following.read_state", stale)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert one.most_at_once == 1


def test_a_batch_that_memory_halved_is_told(lab):
    one = lab(trials=1)

    def halve(run, epoch):
        write_state(run, dataclasses.replace(read_state(run), halved=2))
        return True

    one.before = halve
    one.work()
    assert one.trials[0].text == "memory ran out: its batches had 1/4 of the images"


def test_trials_outlive_the_worker_and_are_followed_again(lab, monkeypatch):
    one = lab()

    def die(run, epoch):
        if one.number(run) == 2:
            raise KeyboardInterrupt
        return True

    one.before = die
    with pytest.raises(KeyboardInterrupt):
        one.work()
    assert one.states == [FINISHED, RUNNING]
    one.before = lambda run, epoch: True
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4
    assert len(run_ids(one.root)) == 4
    assert [verb for _, verb in one.begun] == ["train"] * 4


def test_a_run_that_was_started_but_not_told_of_is_taken_over(lab):
    one = lab()
    config = one.study.config()
    settings = config.base.replace(
        learning_rate=0.002, batch_size=64, study=one.study.id, label="trial 1"
    )
    start_run(one.root, settings, one.start)
    assert one.work() == ExitCode.OK
    assert one.trials[0].values == {"learning_rate": 0.002, "batch_size": 64}
    assert len(run_ids(one.root)) == 4


def test_a_trial_whose_worker_is_lost_goes_on_once(lab):
    one = lab(trials=1)

    def lose(run, epoch):
        if epoch == 2 and len(one.begun) == 1:
            write_state(run, dataclasses.replace(read_state(run), pid=1, pid_started=1.0,
                                                 pid_ticks=1, heartbeat=1.0))  # fmt: skip
            return False
        return True

    one.before = lose
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED]
    assert [verb for _, verb in one.begun] == ["train", "resume"]


def test_a_trial_lost_twice_has_failed(lab):
    one = lab(trials=1)
    one.before = lambda run, epoch: write_state(
        run,
        dataclasses.replace(read_state(run), pid=1, pid_started=1.0, pid_ticks=1, heartbeat=1.0),
    )
    one.work()
    assert one.states == [FAILED]
    assert one.trials[0].text == "its worker was lost twice"
    assert [verb for _, verb in one.begun] == ["train", "resume"]


def test_a_trial_whose_run_was_deleted_has_failed(lab, monkeypatch):
    import shutil

    monkeypatch.setattr("trainer.tuning.following.GONE_SECONDS", 0.0)
    one = lab(trials=2)
    one.before = lambda run, epoch: one.number(run) == 2 or (
        one.going.pop(run.id), shutil.rmtree(run.path)
    ) is None  # fmt: skip
    assert one.work() == ExitCode.OK
    assert one.states == [FAILED, FINISHED]
    assert "is gone; it was moved or deleted" in one.trials[0].text


def test_a_run_that_is_moved_for_a_moment_is_no_lost_trial(lab, monkeypatch):
    one = lab(trials=1)
    aside, sleeps = one.root / "aside", []
    real = one.sleep

    def sleep(seconds):
        sleeps.append(seconds)
        (run, _), *_ = one.begun
        if len(sleeps) == 2:
            run.path.rename(aside)
        elif len(sleeps) == 4:
            aside.rename(run.path)
        if not aside.exists():
            real(seconds)

    monkeypatch.setattr(one, "sleep", sleep)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED]


def test_kill_ends_the_trials_too(lab, monkeypatch):
    one = lab(devices=("cpu", "gpu:0"))

    def leave(code):
        raise KeyboardInterrupt(code)

    monkeypatch.setattr("os._exit", leave)
    one.before = lambda run, epoch: control.send(one.study, "kill")
    with pytest.raises(KeyboardInterrupt):
        one.work()
    for run, _ in one.begun:
        assert [command for _, command in control.pending(run)] == ["kill"]
    assert one.study.status().state == "stopped"


def test_a_full_disk_ends_the_study_with_the_remedy_and_it_goes_on(lab, monkeypatch):
    one = lab()
    real = start_run

    def full(*_):
        raise StorageError("runs: the disk is full; free some space, then resume")

    monkeypatch.setattr("trainer.tuning.worker.start_run", full)
    assert one.work() == ExitCode.STORAGE
    assert "the disk is full" in one.study.status().text
    monkeypatch.setattr("trainer.tuning.worker.start_run", real)
    assert one.work() == ExitCode.OK
    assert one.states == [FINISHED] * 4


def test_an_unexpected_fault_is_told_in_a_sentence(lab, monkeypatch, capsys):
    one = lab()
    monkeypatch.setattr("trainer.tuning.worker.next_values", lambda *_: 1 / 0)
    assert one.work() == ExitCode.UNEXPECTED
    assert one.study.status().text.startswith("unexpected ZeroDivisionError: division by zero")
    assert "Traceback" in capsys.readouterr().err


def test_what_matters_is_told_once_enough_trials_are_done(lab):
    one = lab(trials=20, prune=False)
    one.figures = lambda number: [(9.0 - 0.3 * number, 0.8)]
    one.work()
    log = one.study.trials()
    assert log.importances.keys() == {"learning_rate", "batch_size"}
    assert log.importances_of == 20
