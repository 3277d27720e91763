import json
import math
import random

import keras
import pytest

from trainer.config import RunConfig
from trainer.training.schedule import Schedule


def keras_rules(losses, config):
    """Learning rates after each epoch, and the epoch Keras's own callbacks stop at."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(config.learning_rate), "mae")
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=config.early_stopping)
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss",
        factor=config.plateau_factor,
        patience=config.plateau_patience,
        min_lr=config.min_learning_rate,
    )
    for callback in (stop, plateau):
        callback.set_model(model)
        callback.on_train_begin()
    model.stop_training = False
    rates = []
    for epoch, loss in enumerate(losses):
        for callback in (plateau, stop):
            callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    return rates


@pytest.mark.parametrize("seed", range(5))
def test_rules_agree_with_the_keras_callbacks(seed):
    config = RunConfig(early_stopping=9, plateau_patience=3, plateau_factor=0.5)
    draw = random.Random(seed)
    losses = [5 / (n + 1) ** 0.3 + draw.gauss(0, 0.3) for n in range(80)]
    expected = keras_rules(losses, config)
    schedule, rates = Schedule(config.learning_rate), []
    for epoch, loss in enumerate(losses, start=1):
        schedule = schedule.advance(epoch, loss, config)
        rates.append(schedule.learning_rate)
        if schedule.should_stop(config):
            break
    assert rates == pytest.approx(expected, rel=1e-6)


def test_best_epoch_is_the_one_of_the_lowest_loss():
    schedule = Schedule(1e-3)
    for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.0], start=1):
        schedule = schedule.advance(epoch, loss, RunConfig())
    assert (schedule.best, schedule.best_epoch, schedule.since_best) == (2.0, 2, 2)


def test_a_loss_that_is_not_a_number_is_no_improvement():
    schedule = Schedule(1e-3).advance(1, 2.0, RunConfig()).advance(2, float("nan"), RunConfig())
    assert schedule.best_epoch == 1


def test_zero_patience_switches_a_rule_off():
    config = RunConfig(early_stopping=0, plateau_patience=0)
    schedule = Schedule(1e-3)
    for epoch in range(1, 300):
        schedule = schedule.advance(epoch, 1.0, config)
    assert schedule.learning_rate == 1e-3
    assert not schedule.should_stop(config)


def test_the_rate_stays_above_its_minimum():
    config = RunConfig(plateau_patience=1, min_learning_rate=5e-4)
    schedule = Schedule(1e-3)
    for epoch in range(1, 20):
        schedule = schedule.advance(epoch, 1.0, config)
    assert schedule.learning_rate == 5e-4


def test_survives_json_with_every_count():
    fresh = used = Schedule(1e-3)
    for epoch, loss in enumerate([2.5, 2.49995, 2.6], start=1):
        used = used.advance(epoch, loss, RunConfig())
    unused = [key for key, value in vars(used).items() if value in (0, math.inf)]
    assert unused == []
    for schedule in (fresh, used):
        assert Schedule.from_json(json.loads(json.dumps(schedule.to_json()))) == schedule


COSINE = RunConfig().replace(
    schedule="cosine", epochs=10, warmup_epochs=2, learning_rate=1e-2, min_learning_rate=1e-4
)


def test_the_rate_rises_from_0_through_the_warm_up_and_falls_along_a_cosine_to_its_minimum():
    rates = [Schedule(1e-2).rate(done, COSINE) for done in (0, 1, 2, 6, 10, 11)]
    half_way = 1e-4 + (1e-2 - 1e-4) / 2
    assert rates == pytest.approx([0, 5e-3, 1e-2, half_way, 1e-4, 1e-4])
    falling = [Schedule(1e-2).rate(2 + n / 100, COSINE) for n in range(801)]
    assert falling == sorted(falling, reverse=True)


def test_a_validation_loss_that_stays_does_not_lower_the_cosine_rate():
    config = COSINE.replace(plateau_patience=1)
    schedule = Schedule(1e-2)
    for epoch in range(1, 6):
        schedule = schedule.advance(epoch, 1.0, config)
    assert schedule.rate(2, config) == Schedule(1e-2).rate(2, config)
    assert schedule.should_stop(config.replace(early_stopping=4))


def test_a_plateau_warms_up_too_and_without_warm_up_is_the_rate_of_the_rules():
    warming = RunConfig(warmup_epochs=4)
    assert Schedule(1e-3).rate(1, warming) == pytest.approx(2.5e-4)
    assert Schedule(4e-4).rate(9, warming) == 4e-4
    assert Schedule(4e-4).rate(0, RunConfig()) == 4e-4


def test_without_counts_only_the_best_epoch_is_kept():
    config = RunConfig(plateau_patience=1, early_stopping=2)
    schedule = Schedule(config.learning_rate)
    for epoch in range(1, 5):
        schedule = schedule.advance(epoch, 2.0, config)
    assert schedule.should_stop(config) and schedule.learning_rate < config.learning_rate
    fresh = schedule.without_counts(config)
    assert not fresh.should_stop(config)
    assert (fresh.learning_rate, fresh.best, fresh.best_epoch) == (config.learning_rate, 2.0, 1)
