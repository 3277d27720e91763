"""Labels that a trained model disbelieves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trainer.data.finding import Finding
from trainer.data.index import Index
from trainer.data.statistics import GENDERS
from trainer.runs.predictions import Prediction

STRONG = 2.0  # twenty years off, or 86 % sure of the other gender, or some of both
_YEARS = 10.0


class ModelSaid(NamedTuple):
    """The run a model is of, and what it says of each file."""

    run: str
    said: Mapping[str, Prediction]


def disbelief(age: int, gender: int, said: Prediction) -> float:
    """How much a model disbelieves a label, from 0 up: decades it is off in age, plus the negative
    logarithm of the probability it leaves to the gender."""
    left = said.female if gender == 1 else 1.0 - said.female
    return abs(said.age - age) / _YEARS - math.log(max(left, 1e-6))


def model_finding(index: Index, rows: Sequence[int], model: ModelSaid) -> Finding:
    """Those of `rows` whose label the model strongly disbelieves, the most disbelieved first."""
    doubted = []
    for row in rows:
        said = model.said.get(index.files[row])
        if said is not None:
            doubt = disbelief(index.ages[row], index.genders[row], said)
            if doubt >= STRONG:
                doubted.append((-doubt, row, said))
    return Finding(
        "model-disbelieves",
        f"Labels that the model of {model.run} disbelieves",
        "warning",
        "It judged faces it did not train on; the label or the model is wrong: look at each.",
        [
            (index.files[row], f"says {said.age:.0f} {GENDERS[said.gender]}")
            for _, row, said in sorted(doubted)
        ],
    )
