import math

import pytest

from trainer.runs.layout import RunDir
from trainer.tuning.objective import OBJECTIVES, Baseline, read_baseline

BASE = Baseline(age_mae=15.0, gender_error=0.4)


def test_both_is_the_mean_of_what_is_left_of_the_errors_of_always_guessing():
    figures = {"age_mae": 6.0, "gender_accuracy": 0.9}
    assert OBJECTIVES["both"].value(figures, BASE) == pytest.approx((6 / 15 + 0.1 / 0.4) / 2)
    guessing = {"age_mae": 15.0, "gender_accuracy": 0.6}
    assert OBJECTIVES["both"].value(guessing, BASE) == pytest.approx(1.0)


def test_one_figure_alone_is_taken_as_it_is():
    figures = {"age_mae": 6.0, "gender_accuracy": 0.9}
    assert OBJECTIVES["age_mae"].value(figures, BASE) == 6.0
    assert OBJECTIVES["gender_accuracy"].value(figures, BASE) == 0.9


def test_fewer_years_and_more_right_genders_are_better():
    assert OBJECTIVES["both"].better(0.3, 0.4)
    assert OBJECTIVES["age_mae"].better(5.0, 6.0)
    assert OBJECTIVES["gender_accuracy"].better(0.9, 0.8)


@pytest.mark.parametrize(
    "figures", [{}, {"age_mae": 6.0}, {"age_mae": math.nan, "gender_accuracy": 0.9}]
)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_figures_that_are_missing_or_not_finite_have_no_value(name, figures):
    assert math.isnan(OBJECTIVES[name].value(figures, BASE))


def split(tmp_path, *rows):
    run = RunDir(tmp_path)
    run.split_file.write_text("file,part,age,gender\n" + "".join(f"{row}\n" for row in rows))
    return run


def test_the_baseline_is_of_the_validation_faces_alone(tmp_path):
    run = split(
        tmp_path,
        "a.jpg,train,90,0",
        "b.jpg,validation,20,0",
        "c.jpg,validation,30,1",
        "d.jpg,validation,50,0",
        "e.jpg,validation,30,0",
    )
    assert read_baseline(run) == Baseline(age_mae=7.5, gender_error=0.25)


def test_a_task_in_which_all_faces_are_alike_is_no_part_of_both(tmp_path):
    run = split(tmp_path, "b.jpg,validation,20,0", "c.jpg,validation,30,0")
    baseline = read_baseline(run)
    assert baseline == Baseline(age_mae=5.0, gender_error=0.0)
    assert OBJECTIVES["both"].value({"age_mae": 2.0, "gender_accuracy": 0.9}, baseline) == 0.4
    alike = Baseline(0.0, 0.0)
    assert math.isnan(OBJECTIVES["both"].value({"age_mae": 2.0, "gender_accuracy": 0.9}, alike))


def test_there_is_no_baseline_before_the_split_is_written_or_where_it_is_damaged(tmp_path):
    assert read_baseline(RunDir(tmp_path)) is None
    assert read_baseline(split(tmp_path, "a.jpg,train,90,0")) is None
    assert read_baseline(split(tmp_path, "a.jpg,validation,old,0")) is None
    RunDir(tmp_path).split_file.write_bytes(b"\xff\xfe\n\x00")
    assert read_baseline(RunDir(tmp_path)) is None
