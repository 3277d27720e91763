"""After how much work each epoch was done, from the events alone."""

import dataclasses
import math

import pytest

from trainer.runs.course import read_course
from trainer.runs.event_log import read_events
from trainer.runs.events import (
    CheckpointEvent,
    EpochEvent,
    MessageEvent,
    NetworkEvent,
    PhaseEvent,
    RunEvent,
    SystemEvent,
)


def at(t, event):
    return dataclasses.replace(event, t=t)


def began(t, action="start"):
    return at(t, RunEvent(action=action, pid=1, host="h", device="cpu"))


def phase(t, name):
    return at(t, PhaseEvent(name=name))


def epoch(t, number, seconds=10.0, best=False):
    return at(
        t,
        EpochEvent(
            epoch=number, epochs=9, train={}, validation={}, learning_rate=1e-3, seconds=seconds,
            images_per_second=1.0, best=best,
        ),
    )  # fmt: skip


def saved(t, after, seconds):
    return at(t, CheckpointEvent(epoch=after + 1, step=0, file="f", seconds=seconds))


STARTED = [began(100), phase(100, "importing"), phase(103, "features"), phase(120, "compiling")]


def test_an_undisturbed_run_takes_what_the_clock_says():
    events = [*STARTED, epoch(130, 1), saved(132, 1, 2.0), epoch(142, 2), saved(144, 2, 2.0)]
    course = read_course(events)
    assert course.preparation == 20
    assert course.seconds == (30, 42)


def test_waiting_for_the_device_does_not_count():
    queued = [began(100), phase(100, "queued"), phase(160, "queued"), phase(400, "importing")]
    assert read_course([*queued, phase(420, "compiling"), epoch(430, 1)]).seconds == (30,)


def test_a_pause_does_not_count():
    paused = [phase(124, "paused"), phase(9000, "training")]
    assert read_course([*STARTED, *paused, epoch(9006, 1)]).seconds == (30,)


def test_the_time_without_a_worker_and_its_second_preparation_do_not_count():
    again = [began(5000, "resume"), phase(5000, "importing"), phase(5040, "compiling")]
    course = read_course([*STARTED, epoch(130, 1), *again, epoch(5050, 2)])
    assert course.seconds == (30, 40)


def test_preparation_goes_on_where_a_first_worker_died_at_it():
    died = [
        began(0),
        phase(0, "importing"),
        phase(5, "features"),
        at(
            8.0,
            SystemEvent(cpu=1.0, memory_used=1, memory_total=2, worker_memory=1),
        ),
    ]
    assert read_course([*died, *STARTED, epoch(130, 1)]).preparation == 28


def test_an_epoch_told_again_counts_once_and_the_later_one():
    course = read_course([*STARTED, epoch(130, 1), epoch(170, 1, seconds=12.0), epoch(180, 2)])
    assert [one.epoch for one in course.epochs] == [1, 2]
    assert course.seconds == (32, 42)


def test_events_without_the_phase_before_the_first_step_still_tell():
    assert read_course([began(100), epoch(130, 1), epoch(140, 2)]).seconds == (30, 40)


def test_a_duration_that_is_no_number_does_not_spoil_the_rest():
    course = read_course([*STARTED, epoch(130, 1, seconds=math.nan), epoch(140, 2)])
    assert course.seconds == (20, 30)


def test_the_best_epoch_is_the_last_one_marked():
    course = read_course(
        [*STARTED, epoch(130, 1, best=True), epoch(140, 2, best=True), epoch(9, 3)]
    )
    assert course.best.epoch == 2
    assert course.seconds_of(2) == 40
    with pytest.raises(ValueError):
        course.seconds_of(7)


def without_network_event(run):
    lines = run.events_file.read_text().splitlines(keepends=True)
    run.events_file.write_text("".join(line for line in lines if '"network"' not in line))


def test_a_run_directory_of_before_the_network_event_reads_on(make_run, tmp_path):
    run = make_run(tmp_path, epochs=3)
    whole = read_course(read_events(run.events_file))
    assert (whole.parameters, whole.trainable) == (2_517_442, 2_514_882)
    without_network_event(run)
    old = read_course(read_events(run.events_file))
    assert (old.parameters, old.trainable) == (None, None)
    assert (old.epochs, old.seconds) == (whole.epochs, whole.seconds)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("network A: 2,516,266 parameters", (2_516_266, None)),
        ("network B: 15,000,100 parameters, 278,530 of them trained", (15_000_100, 278_530)),
        ("4000 faces to train on, 1000 to validate", (None, None)),
    ],
)
def test_what_such_a_run_told_of_its_network_in_a_sentence_is_understood(sentence, found):
    course = read_course([*STARTED, at(121, MessageEvent(level="info", text=sentence))])
    assert (course.parameters, course.trainable) == found


def test_the_event_counts_before_the_sentence():
    network = at(119, NetworkEvent(model="A", parameters=9, trainable=8))
    sentence = at(119, MessageEvent(level="info", text="network A: 9 parameters"))
    assert read_course([*STARTED, network, sentence]).trainable == 8
