"""Each rule on curves made to trigger it, and on those that must not."""

import dataclasses
import math
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.trainer.evaluation.made_curves import falling, history, overfitted
from trainer.config import RunConfig
from trainer.evaluation import diagnosis
from trainer.evaluation.diagnosis import RULES, diagnose
from trainer.runs.events import EpochEvent
from trainer.training.schedule import Schedule

CONFIG = RunConfig()
ALWAYS = {"still-improving", "levelled-off", "stopped-early", "past-its-best"}


def found(rows, config=CONFIG):
    return {finding.rule: finding for finding in diagnose(rows, config)}


def flat(value):
    return lambda epoch: value


def line(start, step):
    return lambda epoch: start + step * epoch


def changed(rows, epoch, part, **figures):
    """The rows with other figures in one epoch."""
    return [
        dataclasses.replace(row, **{part: {**getattr(row, part), **figures}})
        if row.epoch == epoch
        else row
        for row in rows
    ]


# Runs without a fault


@pytest.mark.parametrize("epochs", [10, 24, 45, 100])
def test_noise_alone_sets_off_no_rule_in_more_than_two_of_a_hundred_runs(epochs):
    told = Counter(
        finding.rule
        for seed in range(100)
        for finding in diagnose(
            history(
                epochs,
                age=(falling(6.3, 9, epochs / 8), falling(6.1, 9, epochs / 8)),
                gender=(falling(0.25, 0.4, epochs / 8), falling(0.23, 0.4, epochs / 8)),
                seed=seed,
            ),
            CONFIG,
        )
    )
    assert {rule: n for rule, n in told.items() if rule not in ALWAYS and n > 2} == {}


@pytest.mark.parametrize("task", ["age", "gender"])
def test_one_task_that_improves_beside_one_at_rest_is_no_fault(task):
    rest = {"age": (flat(6.3), flat(6.2)), "gender": (flat(0.25), flat(0.24))}
    moves = {"age": (falling(6, 6, 20),) * 2, "gender": (falling(0.25, 0.4, 20),) * 2}
    told = Counter(
        rule
        for seed in range(100)
        for rule in found(history(60, **{**rest, task: moves[task]}, seed=seed))
    )
    at_rest = {"age-not-learned"}  # as it is, where age is at rest from the first epoch on
    assert {r: n for r, n in told.items() if r not in ALWAYS | at_rest and n > 2} == {}


def test_every_run_long_enough_is_told_whether_it_converged():
    for epochs in (8, 20, 80):
        assert len(ALWAYS & set(found(history(epochs)))) == 1


def test_too_few_epochs_are_said_to_be_too_few_and_nothing_else_is_said():
    (finding,) = diagnose(history(7), CONFIG)
    assert finding.rule == "too-few-epochs"
    assert finding.words == "7 epochs are too few to judge by: it takes 8"
    assert diagnose([], CONFIG)[0].words.startswith("0 epochs are")
    assert "too-few-epochs" not in found(history(8))


# Convergence


def test_a_loss_that_still_falls_at_the_end_is_not_converged():
    finding = found(history(40, age=(falling(5, 12, 30), falling(4.9, 12, 30))))["still-improving"]
    assert "train for more epochs" in finding.words
    assert finding.epoch == 40 and finding.figures["change"] < 0


def test_a_loss_at_rest_has_levelled_off_from_where_it_reached_its_level():
    finding = found(history(40))["levelled-off"]
    assert 12 <= finding.epoch <= 24  # exp(-e/4) of a loss of 11.4 is 2 % after 16 epochs
    assert f"from epoch {finding.epoch} on" in finding.words


def turned(epoch):
    """Down to 4.3 in epoch 20, up again, and flat from epoch 30 on."""
    return 10 - 0.3 * (epoch - 1) if epoch <= 20 else min(4.3 + 0.29 * (epoch - 20), 7.2)


@pytest.mark.parametrize("noise", [0, 0.5, 1])
def test_a_loss_that_came_to_rest_above_its_lowest_is_past_its_best(noise):
    rows = history(100, age=(turned, flat(3)), gender=(flat(0), flat(0)), noise=noise)
    told = found(rows, RunConfig(early_stopping=0))
    assert "levelled-off" not in told
    finding = told["past-its-best"]
    assert 19 <= finding.epoch <= 21 and finding.figures["level"] == pytest.approx(7.5, abs=0.1)
    assert "over the last 24 epochs" in finding.words


def test_a_loss_at_rest_is_within_the_share_said_in_all_epochs_from_the_one_said_on():
    def late(epoch):
        """At its level at once, away from it for a while, and back."""
        return 7.7 if 20 <= epoch < 30 else 7.2

    rows = history(60, age=(late, flat(7)), gender=(flat(0), flat(0)), noise=0)
    finding = found(rows, RunConfig(early_stopping=0))["levelled-off"]
    assert finding.epoch == 30 and "within 2.0 % of 7.50" in finding.words


def test_noise_at_the_level_is_not_past_the_best():
    config = RunConfig(early_stopping=0)
    told = Counter(rule for seed in range(100) for rule in found(history(100, seed=seed), config))
    assert told["past-its-best"] <= 5 and told["levelled-off"] >= 80


def test_a_loss_at_rest_that_leaves_its_level_at_the_end_goes_up_and_down():
    rows = history(40, age=(flat(7), flat(7)), gender=(flat(0), flat(0)), noise=0)
    for epoch in (39, 40):
        rows = changed(rows, epoch, "validation", loss=8.0)
    finding = found(rows, RunConfig(early_stopping=0))["levelled-off"]
    assert finding.epoch == 28 and "goes up and down around 7.30" in finding.words


@pytest.mark.parametrize("value", ["all", "half", "cut", "spike"])
def test_a_loss_of_zero_is_judged_too(value):
    zero = {
        "all": lambda e: 0.0,
        "half": lambda e: 0.0 if e > 10 else 1.0,
        "cut": lambda e: 0.0 if e > 20 else 1 + e % 2,
        "spike": lambda e: float(e == 30),
    }[value]
    rows = [
        dataclasses.replace(
            row,
            train={**row.train, "loss": zero(row.epoch)},
            validation={**row.validation, "loss": zero(row.epoch)},
        )
        for row in history(40, rate=lambda e: 1e-3 if e <= 20 else 1e-4)
    ]
    told = found(rows, RunConfig(early_stopping=0))
    assert len(ALWAYS & set(told)) == 1
    assert not {"unsteady", "diverging"} & set(told)
    assert ("spikes" in told) == (value == "spike")


def test_early_stopping_is_told_with_its_patience_and_the_epoch():
    config = RunConfig(early_stopping=8)
    rows = history(30, noise=0)
    rows = changed(rows, 22, "validation", loss=1.0)
    finding = found(rows, config)["stopped-early"]
    assert "after epoch 30: for 8 epochs" in finding.words
    assert finding.figures["lowest_epoch"] == 22
    assert "stopped-early" not in found(rows[:-1], config)
    assert "stopped-early" not in found(rows, RunConfig(early_stopping=0))


@pytest.mark.parametrize("frozen", [4, 5])
def test_early_stopping_is_told_just_where_the_schedule_stops(frozen):
    """The lowest loss is of the branches alone, whose epochs count towards no patience where blocks
    join them."""
    config = RunConfig(model="B", frozen_blocks=frozen, heads_first=5, early_stopping=8)
    rows = history(16, age=(lambda e: 6.0 if e == 3 else 8.0, flat(8)), noise=0)
    schedule = Schedule(config.learning_rate)
    for row in rows:
        schedule = schedule.advance(row.epoch, row.validation["loss"], config)
        if row.epoch <= config.heads_first and frozen < 5:
            schedule = schedule.without_counts(config)
        told = found(rows[: row.epoch], config)
        assert ("stopped-early" in told) == schedule.should_stop(config)
    words = told["stopped-early"].words
    assert ("for 11 epochs of fine-tuning" in words) == (frozen < 5)
    assert ("for 13 epochs the" in words) == (frozen == 5)


def test_early_stopping_of_a_run_that_was_falling_again_is_told_as_hasty():
    def loss(epoch):
        return 8.0 if epoch == 16 else 9.5 if epoch < 20 else 9.4 - 0.1 * (epoch - 20)

    rows = history(24, age=(loss, flat(6)), gender=(flat(0), flat(0)), noise=0.1)
    finding = found(rows, RunConfig(early_stopping=8))["stopped-early"]
    assert "raise early_stopping above 8" in finding.words


def test_a_loss_that_rises_at_the_end_is_past_its_best():
    rows = history(40, age=(lambda e: 6 + 0.003 * (e - 15) ** 2, falling(4, 9, 10)), noise=0.5)
    finding = found(rows, RunConfig(early_stopping=0))["past-its-best"]
    assert 11 <= finding.epoch <= 19


# Overfitting


@pytest.mark.parametrize("task", ["age", "gender"])
def test_validation_that_turns_while_training_falls_is_overfitting_from_the_turn(task):
    curves = {
        "age": (lambda e: 6.2 + 0.004 * (e - 20) ** 2, line(9, -0.12)),
        "gender": (lambda e: 0.25 + 0.0003 * (e - 20) ** 2, line(0.5, -0.011)),
    }
    finding = found(history(40, **{task: curves[task]}))[f"overfitting-{task}"]
    assert 12 <= finding.epoch <= 21
    assert "rose from" in finding.words
    assert finding.figures["train_after"] < finding.figures["train_before"]


def test_validation_at_rest_while_training_falls_is_overfitting_too():
    rows = history(50, age=(falling(6.3, 9, 4), lambda e: 3.5 + 9 * math.exp(-e / 14)))
    finding = found(rows)["overfitting-age"]
    assert 8 <= finding.epoch <= 24
    assert "stood still" in finding.words


def test_a_gap_that_stays_as_it_is_is_not_overfitting():
    rows = history(60, age=(falling(6.3, 9, 6), falling(4.3, 9, 6)))
    assert "overfitting-age" not in found(rows)


def test_a_gap_that_grows_while_validation_still_falls_is_not_overfitting():
    rows = history(60, age=(line(12, -0.08), line(12, -0.13)))
    assert "overfitting-age" not in found(rows)


def test_validation_that_falls_within_a_large_noise_still_improves():
    rows = history(80, age=(line(7, -0.008), line(7, -0.04)), noise=3, seed=5)
    assert "overfitting-age" not in found(rows)


# Instability


def test_a_loss_that_is_no_number_is_told_first_and_with_its_epoch():
    rows = changed(history(20), 12, "validation", loss=math.nan)
    first = diagnose(rows, CONFIG)[0]
    assert first.rule == "not-finite" and first.epoch == 12
    assert "in 1 epoch, first in epoch 12" in first.words


def test_a_run_of_nothing_but_nan_is_judged_without_its_figures():
    rows = [row for n in range(1, 11) for row in changed(history(10), n, "train", loss=math.inf)
            if row.epoch == n]  # fmt: skip
    assert [finding.rule for finding in diagnose(rows, CONFIG)] == ["not-finite", "too-few-epochs"]


def test_single_epochs_far_above_the_others_are_spikes():
    rows = history(40)
    for epoch in (15, 27):
        rows = changed(rows, epoch, "validation", loss=8.0 + epoch / 3)
    finding = found(rows)["spikes"]
    assert finding.epoch == 27 and finding.figures["spikes"] == 2


def test_a_steep_start_is_no_spike():
    rows = history(30, age=(falling(6, 60, 1.5), falling(6, 60, 1.5)))
    assert "spikes" not in found(rows)


def test_a_loss_that_keeps_swinging_is_unsteady():
    rows = history(40, age=(lambda e: 7 + 0.8 * (-1) ** e, flat(6)))
    assert found(rows)["unsteady"].figures["deviation"] > 0.5


def test_swings_that_ended_long_ago_are_not_unsteady():
    rows = history(60, age=(lambda e: 7 + 0.8 * (-1) ** e * (e < 30), falling(6, 6, 4)))
    assert "unsteady" not in found(rows)


def test_a_training_loss_that_rises_again_diverges():
    rows = history(30, age=(flat(7), lambda e: 6 + 0.02 * (e - 15) ** 2))
    finding = found(rows)["diverging"]
    assert 13 <= finding.epoch <= 17


def test_a_validation_loss_that_rises_alone_does_not_diverge():
    rows = history(30, age=(lambda e: 6 + 0.02 * (e - 15) ** 2, falling(4, 8, 6)))
    assert "diverging" not in found(rows)


# Two tasks


def test_one_task_better_while_the_other_gets_worse_pull_against_each_other():
    rows = history(40, age=(line(9, -0.07),) * 2, gender=(line(0.25, 0.004), flat(0.2)))
    finding = found(rows)["tasks-pull"]
    assert "the age MAE fell" in finding.words and "the gender loss rose" in finding.words
    assert "weigh gender more" in finding.words
    assert 0.7 < finding.figures["age_share"] < 0.9


def test_the_other_way_round_is_told_the_other_way_round():
    rows = history(40, age=(line(6, 0.04), flat(6)), gender=(falling(0.2, 0.4, 15),) * 2)
    assert "weigh age more" in found(rows)["tasks-pull"].words


def test_a_stretch_in_the_middle_is_found_and_named():
    def gender(epoch):
        return 0.25 + 0.006 * max(0, min(epoch - 20, 20))

    rows = history(60, age=(line(10, -0.06),) * 2, gender=(gender, flat(0.2)))
    finding = found(rows)["tasks-pull"]
    assert finding.epoch < 30


def test_a_pull_of_a_few_epochs_is_not_told():
    rows = history(10, age=(line(9, -0.3),) * 2, gender=(line(0.25, 0.02), flat(0.2)))
    assert "tasks-pull" not in found(rows)


def test_both_tasks_getting_worse_is_not_a_pull():
    rows = history(40, age=(line(6, 0.05), flat(5)), gender=(line(0.25, 0.005), flat(0.2)))
    assert "tasks-pull" not in found(rows)


def test_a_task_with_nearly_all_of_the_weighted_loss_dominates():
    rows = history(30)
    finding = found(rows, RunConfig(gender_loss_weight=1.0))["one-task-dominates"]
    assert finding.words.startswith("age dominates: it makes 96 %")
    assert "gender dominates" in found(rows, RunConfig(age_loss_weight=0.01))[
        "one-task-dominates"
    ].words  # fmt: skip
    for config in (CONFIG, RunConfig(gender_loss_weight=0.0), None):
        assert "one-task-dominates" not in found(rows, config)


@pytest.mark.parametrize("loss", ["age_distribution_loss", "age_group_loss"])
def test_the_part_of_age_has_all_of_its_losses(loss):
    config = RunConfig(age_head="distribution", distribution_weight=6.0, age_group_weight=6.0)
    rows = history(30)
    assert "one-task-dominates" not in found(rows, config)
    rows = [
        dataclasses.replace(row, validation={**row.validation, loss: 2.0, "age_loss": 6.0})
        for row in rows
    ]
    finding = found(rows, config)["one-task-dominates"]
    gender = config.gender_loss_weight * rows[finding.epoch - 1].validation["gender_loss"]
    assert finding.figures["age_share"] == pytest.approx(18 / (18 + gender))


def test_age_by_its_distribution_alone_is_not_left_out_on_purpose():
    config = RunConfig(age_head="distribution", age_loss_weight=0.0, distribution_weight=5.0)
    rows = [
        dataclasses.replace(row, validation={**row.validation, "age_distribution_loss": 9.0})
        for row in history(30)
    ]
    assert "age dominates" in found(rows, config)["one-task-dominates"].words


# The learning rate


def test_a_zigzag_that_a_cut_calms_is_a_rate_on_the_high_side():
    def cut(epoch):
        return 1e-3 if epoch <= 20 else 4e-4

    def zigzag(epoch):
        return 7 + (0.9 * (-1) ** epoch if epoch <= 20 else -0.6)

    rows = history(40, age=(zigzag, falling(6, 6, 10)), rate=cut)
    finding = found(rows)["rate-too-high"]
    assert finding.epoch == 21 and "once the rate was cut to 0.0004" in finding.words
    assert "rate-too-high" not in found(history(40, rate=cut))
    steady = history(40, age=(zigzag, falling(6, 6, 10)))
    assert "rate-too-high" not in found(steady)


def test_a_loss_that_falls_only_after_the_first_cut_is_a_rate_too_high():
    rows = history(
        20,
        age=(lambda e: 15 if e <= 6 else 9, lambda e: 15 if e <= 6 else 8.5),
        gender=(flat(0.6), flat(0.6)),
        rate=lambda e: 0.1 if e <= 6 else 0.04,
    )
    finding = found(rows)["rate-too-high"]
    assert "too high at first" in finding.words and finding.epoch == 7


def test_the_end_of_a_cosine_is_no_cut():
    """A zigzag that shrinks with the rate is what a cosine is for."""
    schedule = RunConfig(schedule="cosine", epochs=30, early_stopping=0)

    def rate(epoch):
        return Schedule(1e-3).rate(epoch - 1 / 16, schedule)

    def zigzag(epoch):
        return 7 + 900 * rate(epoch) * (-1) ** epoch

    rows = history(30, age=(zigzag, falling(6, 6, 10)), rate=rate, noise=0.5)
    assert "rate-too-high" not in found(rows, schedule)
    step = history(30, age=(zigzag, falling(6, 6, 10)), rate=lambda e: 1e-3 if e < 20 else 1e-4)
    assert "rate-too-high" in found(step)


def test_the_planned_rate_of_the_heads_is_not_too_high():
    config = RunConfig(model="B", heads_first=8, early_stopping=0)

    def rows(after):
        return history(
            32,
            age=(lambda e: 9 + (0.9 * (-1) ** e if e <= after else 0), lambda e: 15 - (e > 8) * e),
            gender=(flat(0.6), flat(0.6)),
            rate=lambda e: 1e-3 if e <= 8 else 1e-4 if e <= 20 else 4e-5,
        )

    assert "rate-too-high" in found(rows(8), CONFIG)
    assert "rate-too-high" not in found(rows(8), config)
    finding = found(rows(20), config)["rate-too-high"]
    assert finding.figures["rate"] == 1e-4 and finding.epoch == 21


def test_a_rate_that_is_too_low_for_the_blocks_is_told_after_that_of_the_heads():
    config = RunConfig(model="B", heads_first=8, early_stopping=0)
    straight = {"age": (line(15, -0.1), line(14.8, -0.1)), "gender": (line(0.7, -0.004),) * 2}
    rows = history(40, **straight, noise=0.2, rate=lambda e: 1e-3 if e <= 8 else 1e-4)
    assert found(rows, config)["rate-too-low"].figures["rate"] == 1e-4
    assert "rate-too-low" not in found(rows, CONFIG)


def test_a_slow_straight_fall_without_a_cut_is_a_rate_on_the_low_side():
    straight = {
        "age": (line(15, -0.1), line(14.8, -0.1)),
        "gender": (line(0.7, -0.004), line(0.69, -0.004)),
        "noise": 0.2,
    }
    finding = found(history(40, **straight))["rate-too-low"]
    assert finding.figures["last_third"] > 1
    cut = history(40, **straight, rate=lambda e: 1e-3 if e < 30 else 4e-4)
    assert "rate-too-low" not in found(cut)


def test_a_fall_that_slows_down_is_not_a_rate_on_the_low_side():
    rows = history(40, age=(falling(6, 9, 12), falling(5.9, 9, 12)), noise=0.2)
    assert "rate-too-low" not in found(rows)


# The age head


def test_an_age_error_that_never_moves_is_a_dead_head():
    rows = history(20, age=(flat(33.1), flat(33.1)))
    rows = [
        dataclasses.replace(row, validation={**row.validation, "age_mae": 33.1}) for row in rows
    ]
    finding = found(rows)["dead-age-head"]
    assert "33.10 years to the digit" in finding.words
    assert "dead-age-head" not in found(history(20, age=(flat(33.1), flat(33.1))))


def test_an_age_error_that_moves_without_falling_is_not_learned():
    rows = history(20, age=(flat(15), flat(15)))
    assert "age-not-learned" in found(rows)
    assert "age-not-learned" not in found(history(20))
    assert "age-not-learned" not in found(rows, RunConfig(age_loss_weight=0.0))


# All rules


def test_every_rule_and_threshold_is_in_the_documentation():
    text = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text("utf-8")
    files = Path(diagnosis.__file__).parent.glob("*.py")
    source = "".join(file.read_text("utf-8") for file in files)
    names = {word for word in source.split('"') if word.count("-") and word.islower()}
    names = {name for name in names if all(part.isalpha() for part in name.split("-"))}
    assert {"still-improving", "dead-age-head", "tasks-pull"} <= names
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
    assert len(RULES) == 12


def test_a_history_of_a_thousand_epochs_is_judged_in_a_tenth_of_a_second():
    rows = history(1000)
    began = time.process_time()
    diagnose(rows, CONFIG)
    assert time.process_time() - began < 1.0  # ten times as long, for a slow machine


def test_metrics_that_an_old_run_lacks_do_not_stop_the_judging():
    rows = [
        EpochEvent(
            epoch=1, epochs=9, train={}, validation={}, learning_rate=1e-3, seconds=1.0,
            images_per_second=1.0, best=False,
        )
    ]  # fmt: skip
    assert [finding.rule for finding in diagnose(rows)] == ["too-few-epochs"]


def test_the_time_that_judging_takes_grows_as_the_epochs_do():
    def seconds(epochs):
        rows = overfitted(epochs)
        took = []
        for _ in range(3):
            began = time.process_time()
            diagnose(rows, None)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(10_000) < 60 * seconds(500)
