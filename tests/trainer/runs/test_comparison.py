"""Runs side by side."""

import math

import pytest

from trainer.runs.comparison import Compared, compare, size_of_model
from trainer.runs.course import Course, read_course
from trainer.runs.event_log import read_events
from trainer.runs.events import EpochEvent


def epoch(number, mae, accuracy=0.8, best=False, seconds=10.0):
    return EpochEvent(
        epoch=number, epochs=9, train={}, validation={"age_mae": mae, "gender_accuracy": accuracy},
        learning_rate=1e-3, seconds=seconds, images_per_second=100.0, best=best,
    )  # fmt: skip


def course(*epochs, preparation=5.0):
    seconds = tuple(preparation + 10.0 * n for n in range(1, len(epochs) + 1))
    return Course(epochs, seconds, preparation, parameters=9, trainable=7)


@pytest.fixture
def two(make_run, tmp_path):
    slow, fast = make_run(tmp_path), make_run(tmp_path, preset="B")
    fast.model_file("B").write_bytes(b"0" * 1234)
    four = course(epoch(1, 9), epoch(2, 7), epoch(3, 6.5, 0.85, True), epoch(4, 6.6, 0.9))
    two = course(epoch(1, 6.4, 0.9, True), epoch(2, 6.2, 0.88), preparation=100)
    return [
        Compared(slow, "", slow.config(), four),
        Compared(fast, "pre-trained", fast.config(), two, size_of_model(fast, fast.config())),
    ]


def test_best_values_are_those_of_the_epoch_that_is_saved_with_the_extremes_beside(two):
    slow, fast = compare(two)
    assert (slow.best_epoch, slow.age_mae, slow.gender_accuracy) == (3, 6.5, 0.85)
    assert (slow.highest_gender_accuracy, slow.highest_gender_accuracy_epoch) == (0.9, 4)
    assert (fast.best_epoch, fast.age_mae) == (1, 6.4)
    assert (fast.lowest_age_mae, fast.lowest_age_mae_epoch) == (6.2, 2)


def test_times_are_of_work_with_the_preparation(two):
    slow, fast = compare(two)
    assert (slow.seconds_to_best, fast.seconds_to_best) == (35, 110)
    assert (slow.seconds_per_epoch, slow.preparation_seconds) == (10, 5)


def test_the_target_is_what_all_have_reached(two):
    slow, fast = compare(two)
    assert slow.target_age_mae == fast.target_age_mae == 6.5
    assert (slow.epochs_to_target, fast.epochs_to_target) == (3, 1)
    assert (slow.seconds_to_target, fast.seconds_to_target) == (35, 110)


def test_sizes_come_from_the_events_and_the_model_on_disk(two):
    slow, fast = compare(two)
    assert (slow.parameters, slow.trainable_parameters, slow.model_bytes) == (9, 7, None)
    assert fast.model_bytes == 1234


def test_a_run_alone_or_without_an_epoch_has_no_target(two, make_run, tmp_path):
    assert math.isnan(compare(two[:1])[0].target_age_mae)
    new = make_run(tmp_path, epochs=0)
    bare = Compared(new, "", new.config(), read_course(read_events(new.events_file)))
    figures = compare([two[0], bare])
    assert math.isnan(figures[0].target_age_mae)
    assert (figures[1].best_epoch, figures[1].epochs, figures[1].parameters) == (None, 0, 2_517_442)


def test_metrics_that_are_no_numbers_are_passed_over(make_run, tmp_path):
    run = make_run(tmp_path)
    odd = course(epoch(1, math.nan, math.nan), epoch(2, 7.0))
    (figures,) = compare([Compared(run, "", run.config(), odd)])
    assert (figures.lowest_age_mae, figures.lowest_age_mae_epoch) == (7.0, 2)
    assert (figures.best_epoch, figures.highest_gender_accuracy_epoch) == (None, 2)


def test_names_tell_runs_apart_and_never_drive_the_terminal(two):
    assert [one.name for one in two] == [
        f"A {two[0].run.id[-4:]}",
        f"pre-trained (B {two[1].run.id[-4:]})",
    ]
    odd = Compared(two[0].run, "\x1b[31m", None, Course())
    assert odd.name == f"\\x1b[31m ({two[0].run.id[-4:]})"
