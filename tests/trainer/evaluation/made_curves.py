"""Histories of runs that never were: curves by formula, with the noise that 1,000 faces give."""

import math
import random

from trainer.runs.events import EpochEvent, encode

AGE_NOISE, GENDER_NOISE = 0.1, 0.008  # of 1,000 validation faces, from epoch to epoch


def falling(to, by, within):
    """From `to + by` down to `to`, most of the way within that many epochs."""
    return lambda epoch: to + by * math.exp(-epoch / within)


LEVELS_OFF = {
    "age": (falling(6.3, 9, 4), falling(6.1, 9, 4)),
    "gender": (falling(0.25, 0.4, 4), falling(0.23, 0.4, 4)),
}


def history(
    epochs,
    *,
    age=LEVELS_OFF["age"],
    gender=LEVELS_OFF["gender"],
    rate=lambda epoch: 1e-3,
    seed=1,
    noise=1.0,
):
    """(validation, training) of each task as functions of the epoch from 1; a run that levelled
    off where nothing else is asked for."""
    draw = random.Random(seed)

    def metrics(age_mae, gender_loss):
        return {
            "loss": age_mae + 6 * gender_loss + 0.3,
            "age_loss": age_mae,
            "age_mae": age_mae,
            "gender_loss": gender_loss,
            "gender_accuracy": 0.9,
        }

    made = []
    for epoch in range(1, epochs + 1):
        held = [
            age[0](epoch) + draw.gauss(0, AGE_NOISE * noise),
            gender[0](epoch) + draw.gauss(0, GENDER_NOISE * noise),
        ]
        learned = [
            age[1](epoch) + draw.gauss(0, AGE_NOISE * noise / 2),
            gender[1](epoch) + draw.gauss(0, GENDER_NOISE * noise / 2),
        ]
        made.append(
            EpochEvent(
                epoch=epoch,
                epochs=epochs,
                train=metrics(*learned),
                validation=metrics(*held),
                learning_rate=rate(epoch),
                seconds=1.0,
                images_per_second=400.0,
                best=False,
            )
        )
    return made


def write_events(run, rows):
    """The run as if these epochs had been all that happened."""
    run.events_file.write_text("".join(encode(row) + "\n" for row in rows), encoding="utf-8")


def overfitted(epochs):
    """Age and gender turn after two thirds of the epochs, while training goes on to fall."""
    turn = 2 * epochs / 3
    return history(
        epochs,
        age=(lambda e: 6.2 + 4 * ((e - turn) / turn) ** 2, falling(3, 9, epochs / 3)),
        gender=(lambda e: 0.25 + 0.3 * ((e - turn) / turn) ** 2, falling(0.02, 0.5, epochs / 3)),
        noise=0.5,
    )
