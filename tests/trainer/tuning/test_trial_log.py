import dataclasses
import json
import math

import pytest

from trainer.errors import RunError, StorageError
from trainer.tuning.trial_log import (
    FAILED,
    FINISHED,
    PRUNED,
    RUNNING,
    Trial,
    TrialWriter,
    read_trials,
)

VALUES = {"learning_rate": 0.001, "batch_size": 64, "residual": True}
BEGUN = Trial(1, "20261123-000100-A-t001", VALUES)
ENDED = dataclasses.replace(
    BEGUN,
    state=FINISHED,
    value=0.31,
    age_mae=6.1,
    gender_accuracy=0.9,
    epochs=3,
    best_epoch=2,
    course=(0.5, 0.31, math.nan),
    text="done",
)


def write(path, *lines):
    path.write_text("".join(f"{one}\n" for one in lines))
    return path


def timeless(trial):
    return dataclasses.replace(trial, began=0.0, ended=0.0, course=repr(trial.course))


def test_what_is_written_is_read(tmp_path):
    writer = TrialWriter(tmp_path / "trials.jsonl")
    writer.begin(BEGUN)
    (running,) = read_trials(tmp_path / "trials.jsonl").trials
    assert running.state == RUNNING and running.values == VALUES and running.began > 0
    writer.end(ENDED)
    writer.importances({"learning_rate": 0.8, "batch_size": 0.2}, 1)
    log = read_trials(tmp_path / "trials.jsonl")
    assert [timeless(one) for one in log.trials] == [timeless(ENDED)]
    assert log.trials[0].ended >= log.trials[0].began
    assert log.importances == {"learning_rate": 0.8, "batch_size": 0.2}
    assert log.importances_of == 1


def test_that_a_trial_is_hopeless_is_told_before_it_has_ended(tmp_path):
    writer = TrialWriter(tmp_path / "t")
    writer.begin(BEGUN)
    assert not read_trials(tmp_path / "t").trials[0].hopeless
    writer.hopeless(BEGUN)
    (trial,) = read_trials(tmp_path / "t").trials
    assert trial.hopeless and trial.state == RUNNING


def test_whether_it_failed_by_its_settings_is_told(tmp_path):
    writer = TrialWriter(tmp_path / "t")
    writer.begin(BEGUN)
    writer.end(dataclasses.replace(ENDED, state=FAILED, code=2))
    assert read_trials(tmp_path / "t").trials[0].by_settings


def test_no_number_is_written_that_json_has_not(tmp_path):
    writer = TrialWriter(tmp_path / "t")
    writer.begin(BEGUN)
    writer.end(dataclasses.replace(ENDED, value=math.inf, age_mae=math.nan))
    assert (
        "NaN" not in (tmp_path / "t").read_text() and "Infinity" not in (tmp_path / "t").read_text()
    )
    assert math.isnan(read_trials(tmp_path / "t").trials[0].value)


def test_a_study_without_trials_has_none(tmp_path):
    assert read_trials(tmp_path / "none").trials == ()


def test_a_torn_last_line_is_not_read_and_cut_off_by_the_next_worker(tmp_path):
    path = tmp_path / "t"
    TrialWriter(path).begin(BEGUN)
    whole = path.read_bytes()
    with open(path, "ab") as file:
        file.write(b'{"v": 1, "type": "end", "num')
    assert [one.state for one in read_trials(path).trials] == [RUNNING]
    TrialWriter(path).end(ENDED)
    assert path.read_bytes().startswith(whole)
    assert [one.state for one in read_trials(path).trials] == [FINISHED]


def test_a_reader_skips_what_it_does_not_know(tmp_path):
    TrialWriter(tmp_path / "t").begin(BEGUN)
    (known,) = (tmp_path / "t").read_text().splitlines()
    end = {"v": 1, "t": 2.0, "type": "end", "number": 1, "state": "finished", "value": 1}
    path = write(
        tmp_path / "t",
        '{"v": 1, "t": 1.0, "type": "weather", "rain": 3}',
        '{"v": 2, "t": 1.0, "type": "begin", "number": 7, "run": "x", "values": {}}',
        known.replace('"values"', '"more": 1, "values"'),
        json.dumps(end),  # half of the keys
        json.dumps({**end, "state": "dreaming"}),
        "[" * 100_000,
        "rubbish",
        "3",
        '{"v": 1, "t": 1.0, "type": "end", "number": 9}',
    )
    assert [(one.number, one.state) for one in read_trials(path).trials] == [(1, RUNNING)]


def test_a_trial_told_twice_counts_as_told_last(tmp_path):
    writer = TrialWriter(tmp_path / "t")
    writer.begin(BEGUN)
    writer.end(dataclasses.replace(ENDED, state=PRUNED))
    writer.end(ENDED)
    assert [one.state for one in read_trials(tmp_path / "t").trials] == [FINISHED]


def test_a_log_that_may_not_be_read_is_told_of(tmp_path):
    (tmp_path / "t").mkdir()
    with pytest.raises(RunError, match="cannot be read"):
        read_trials(tmp_path / "t")


def test_a_full_disk_leaves_no_half_a_line(tmp_path, monkeypatch):
    path = tmp_path / "t"
    writer = TrialWriter(path)
    writer.begin(BEGUN)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(StorageError, match="the disk is full"):
        writer.end(ENDED)
    assert path.read_bytes() == before
