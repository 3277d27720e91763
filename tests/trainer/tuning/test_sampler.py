import dataclasses
import math

import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError, RunError
from trainer.tuning.sampler import importances, is_hopeless, next_values
from trainer.tuning.space import in_space, parse_pairs
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FAILED, FINISHED, PRUNED, RUNNING, STOPPED, Trial

CONFIG = StudyConfig(
    RunConfig(data="/faces"),
    parse_pairs(
        [
            "learning_rate=1e-4..1e-2:log",
            "dropout=0.1..0.6",
            "batch_size=32/64/128",
            "branches=0..2",
            "residual=true/false",
        ]
    ),
    objective="age_mae",
    startup=8,
)


def years(values):
    """Best at a rate of 0.001, a dropout of 0.3 and batches of 64; residual is of no account."""
    return (
        5
        + 2 * abs(math.log10(values["learning_rate"]) + 3)
        + 4 * abs(values["dropout"] - 0.3)
        + (values["batch_size"] != 64) * 0.3
    )


def searched(config=CONFIG, count=40, value=years):
    trials = []
    for number in range(1, count + 1):
        values = next_values(config, trials, number)
        trials.append(Trial(number, "run", values, state=FINISHED, value=value(values)))
    return trials


def test_every_trial_is_a_point_of_the_space_in_the_kinds_of_its_settings():
    for trial in searched(count=15):
        assert in_space(CONFIG.space, trial.values)
        CONFIG.base.replace(**trial.values)
        assert [type(one) for one in trial.values.values()] == [float, float, int, int, bool]


def test_numbers_have_four_digits_at_most():
    for trial in searched(count=15):
        assert float(f"{trial.values['learning_rate']:.4g}") == trial.values["learning_rate"]


def test_the_search_learns_from_its_trials():
    trials = searched(count=60)
    first = sum(one.value for one in trials[:20]) / 20
    last = sum(one.value for one in trials[-20:]) / 20
    assert last < first - 0.5
    assert min(one.value for one in trials) < 5.4


def test_a_figure_to_be_raised_is_raised():
    config = dataclasses.replace(CONFIG, objective="gender_accuracy")
    trials = searched(config, 60, lambda values: 1 - years(values) / 20)
    first = sum(one.value for one in trials[:20]) / 20
    last = sum(one.value for one in trials[-20:]) / 20
    assert last > first + 0.02


def test_a_study_that_was_cut_off_tries_what_it_would_have_tried():
    trials = searched(count=12)
    assert next_values(CONFIG, trials[:9], 10) == trials[9].values
    other = dataclasses.replace(CONFIG, seed=2)
    assert next_values(other, trials[:9], 10) != trials[9].values


def test_what_failed_or_is_under_way_does_not_disturb():
    trials = searched(count=12)
    odd = [
        Trial(90, "run", trials[0].values, state=FAILED),
        Trial(91, "run", trials[1].values, state=RUNNING),
        Trial(92, "run", trials[1].values, state=STOPPED, course=(math.nan,)),
        Trial(93, "run", trials[2].values, state=STOPPED, course=(9.0, 8.0)),
        Trial(94, "run", trials[3].values, state=FINISHED, value=math.nan),
        Trial(95, "run", {"learning_rate": 0.5}, state=FINISHED, value=1.0),
        Trial(96, "run", {**trials[0].values, "batch_size": 48}, state=FINISHED, value=1.0),
    ]
    assert in_space(CONFIG.space, next_values(CONFIG, trials + odd, 97))
    assert importances(CONFIG, trials + odd) == importances(CONFIG, trials)


def test_what_fails_by_its_settings_is_avoided():
    def cliff(values):
        return values["learning_rate"] > 1e-3

    def failed(told):
        count, trials = 0, []
        for number in range(1, 41):
            values = next_values(CONFIG, trials, number)
            if cliff(values):
                trials.append(Trial(number, "run", values, state=FAILED, code=2 if told else 7))
                count += number > 10
            else:
                value = 9 + math.log10(values["learning_rate"])  # the lower, the better
                trials.append(Trial(number, "run", values, state=FINISHED, value=-value))
        return count

    assert failed(told=True) < failed(told=False)


def test_values_that_do_not_go_together_are_drawn_again():
    space = parse_pairs(["augment=true/false", "erasing=0..0.4"])
    config = dataclasses.replace(CONFIG, space=space)
    trials = searched(config, 20, lambda values: -values["erasing"])
    assert {one.values["augment"] for one in trials} == {True}


def test_a_space_whose_values_never_go_together_ends_in_a_sentence(monkeypatch):
    def refuse(*_):
        raise ConfigError("erasing is 0.2, but augment is off")

    monkeypatch.setattr("trainer.tuning.sampler.settings_of", refuse)
    with pytest.raises(RunError, match="none of 100 draws went together, the last as erasing is"):
        next_values(CONFIG, [], 1)


def test_two_devices_do_not_try_the_same():
    config = dataclasses.replace(CONFIG, devices=("gpu:0", "gpu:1"))
    trials = searched(count=12)
    first = next_values(config, trials, 13)
    running = Trial(13, "run", first, state=RUNNING)
    assert next_values(config, [*trials, running], 14) != first


def test_the_shares_of_the_settings_sum_to_one_and_name_those_that_matter():
    shares = importances(CONFIG, searched())
    assert shares.keys() == CONFIG.space.keys()
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["learning_rate"] + shares["dropout"] > 0.7
    assert shares["residual"] < 0.1


def test_few_trials_or_equal_ones_have_no_shares():
    assert importances(CONFIG, searched(count=19)) == {}
    assert importances(CONFIG, searched(count=20)) != {}
    assert importances(CONFIG, searched(count=20, value=lambda _: 5.0)) == {}


def test_trials_outside_the_space_are_not_counted():
    others = [
        dataclasses.replace(one, values={**one.values, "dropout": 0.9})
        for one in searched(count=16)
    ]
    assert importances(CONFIG, [*searched(count=19), *others]) == {}


def test_trials_ended_early_count_and_are_none_of_the_best():
    trials = [
        dataclasses.replace(one, state=PRUNED, value=0.0) if one.value > 6 else one
        for one in searched(count=30)
    ]
    assert 8 < sum(one.state == FINISHED for one in trials) < 20
    shares = importances(CONFIG, trials)
    assert shares["learning_rate"] + shares["dropout"] > 0.6


def test_one_setting_has_the_whole_share():
    config = dataclasses.replace(CONFIG, space=parse_pairs(["dropout=0.1..0.6"]))
    assert importances(config, searched(config, 20, lambda values: values["dropout"])) == {
        "dropout": 1.0
    }


POINT = {
    "learning_rate": 1e-3, "dropout": 0.2, "batch_size": 32, "branches": 1, "residual": False
}  # fmt: skip


def courses(*last, count=10):
    """Trials whose objective fell from 10 to these over ten epochs."""
    return [
        Trial(
            number, "run", POINT, state=FINISHED, value=end,
            course=tuple(10 - (10 - end) * epoch / count for epoch in range(1, count + 1)),
        )
        for number, end in enumerate(last, 1)
    ]  # fmt: skip


EIGHT = courses(5, 5.2, 5.4, 5.6, 6, 6.2, 6.4, 6.6)


def test_a_trial_worse_than_half_of_the_others_by_then_is_hopeless():
    assert is_hopeless(CONFIG, EIGHT, [10, 9.9, 9.8, 9.7])
    assert not is_hopeless(CONFIG, EIGHT, [10, 9, 8, 7])


def test_the_best_epoch_of_a_trial_counts_not_the_last():
    assert not is_hopeless(CONFIG, EIGHT, [10, 7, 9.8, 9.9])


def test_no_trial_is_hopeless_in_its_first_epochs_or_before_some_have_finished():
    assert not is_hopeless(CONFIG, EIGHT, [])
    assert not is_hopeless(CONFIG, EIGHT, [10, 9.9])
    assert not is_hopeless(CONFIG, EIGHT[:7], [10, 9.9, 9.9, 9.9])


def test_of_what_is_to_be_raised_the_lower_one_is_hopeless():
    config = dataclasses.replace(CONFIG, objective="gender_accuracy")
    others = [
        dataclasses.replace(one, course=tuple(1 - value / 20 for value in one.course))
        for one in EIGHT
    ]
    assert is_hopeless(config, others, [0.5, 0.5, 0.5, 0.5])
    assert not is_hopeless(config, others, [0.5, 0.6, 0.7, 0.8])


def test_epochs_that_were_not_finite_are_passed_over():
    assert is_hopeless(CONFIG, EIGHT, [math.nan, 9.9, math.nan, 9.9])
    assert not is_hopeless(CONFIG, EIGHT, [math.nan, 5.0, math.nan, 9.9])


def test_ended_trials_that_did_not_finish_are_no_measure():
    others = [dataclasses.replace(one, state=PRUNED) for one in EIGHT]
    assert not is_hopeless(CONFIG, others, [10, 9.9, 9.8, 9.7])
