import math
from dataclasses import replace

import pytest

from trainer.config import RunConfig
from trainer.tuning.best import best_of, best_so_far, front, ranked, told
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FAILED, FINISHED, PRUNED, RUNNING, Trial


def trial(number, value=math.nan, state=FINISHED):
    return Trial(number, "run", {}, state=state, value=value, age_mae=value, gender_accuracy=0.9)


TRIALS = [
    trial(1, 7.0),
    trial(2, state=FAILED),
    trial(3, 5.0, PRUNED),
    trial(4, 6.0),
    trial(5, 6.5),
    trial(6, 6.0),
    trial(7, state=RUNNING),
    trial(8, 4.0, PRUNED),
]


def test_the_best_has_finished_and_is_the_first_of_equal_ones():
    assert best_of("age_mae", TRIALS).number == 4
    assert best_of("gender_accuracy", TRIALS).number == 1
    better = replace(TRIALS[5], gender_accuracy=0.95)
    assert best_of("age_mae", [*TRIALS[:5], better]).number == 6
    assert best_of("age_mae", TRIALS[1:3]) is None


def test_the_best_so_far_never_gets_worse():
    assert best_so_far("age_mae", TRIALS) == [(1, 7.0), (4, 6.0), (5, 6.0), (6, 6.0)]
    assert best_so_far("gender_accuracy", TRIALS) == [(1, 7.0), (4, 7.0), (5, 7.0), (6, 7.0)]


def test_finished_trials_are_ranked_before_those_ended_early():
    numbers = [one.number for one in ranked("age_mae", TRIALS)]
    assert numbers == [4, 6, 5, 1, 8, 3, 2, 7]
    assert [one.number for one in ranked("gender_accuracy", TRIALS)][:4] == [1, 5, 4, 6]


@pytest.mark.parametrize(
    ("figures", "numbers"),
    [
        ([(6.0, 0.90), (7.0, 0.92), (8.0, 0.91), (5.0, 0.80), (6.0, 0.88)], [4, 1, 2]),
        ([(6.0, 0.90), (6.0, 0.90), (5.0, 0.95)], [3]),
        ([(6.0, 0.90), (6.0, 0.90)], [1]),
        ([(6.0, 0.90), (5.0, 0.90)], [2]),
        ([(math.nan, 0.99), (6.0, math.nan), (9.0, 0.5)], [3]),
        ([], []),
    ],
    ids=["of five", "one above all", "alike", "one figure alike", "without figures", "none"],
)
def test_the_front_has_all_to_which_none_is_better_in_both(figures, numbers):
    trials = [
        replace(trial(number), age_mae=mae, gender_accuracy=accuracy)
        for number, (mae, accuracy) in enumerate(figures, 1)
    ]
    assert [one.number for one in front(trials)] == numbers


def test_only_what_finished_is_on_the_front():
    assert [one.number for one in front(TRIALS)] == [4]


def test_what_a_study_came_to():
    config = StudyConfig(RunConfig(), objective="age_mae")
    assert told(config, TRIALS) == "8 trials; the best is trial 4: 6.00 years, 90.0 %"
    assert told(config, TRIALS[1:2]) == "1 trial, of which none finished"
