"""Several networks over the same first blocks, each trained by its own answers: the model's answer
is their mean.

Networks that differ in nothing but what they were at birth err differently, and their mean errs
less (deep ensembles, Lakshminarayanan, Pritzel and Blundell 2017, arXiv:1612.01474; columns of one
network, Cireşan, Meier and Schmidhuber 2012, arXiv:1202.2745). The first blocks, which cost most
and differ least, serve all of them (TreeNets, Lee et al. 2015, arXiv:1511.06314), who also show
that a loss of the mean would make the members alike: here each member has the losses for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from trainer.config import RunConfig
from trainer.models.heads import (
    AGE_CHANCES,
    GENDER_LOGIT,
    OF_A_MEMBER,
    mean_year,
    training_outputs,
)
from trainer.models.members import member_names

MEANS = frozenset({"age", "gender"})  # the layers that make one answer of those of the members
LEAST_CHANCE = 1e-30  # what is less likely has the logarithm of this


def mean_of_members(said: Sequence[dict[str, Any]], config: RunConfig) -> dict[str, Any]:
    """Of what the heads of each member said the outputs of all together, and then each member's
    own, its name before them.

    The age is the mean of the members', or that of the mean of their distributions; the gender is
    what the mean of their logits says. Both end in a dense layer of that name, as with one member.
    """
    names, together = member_names(config), dict[str, Any]()
    if config.age_head == "distribution":
        chances = _mean([one[AGE_CHANCES] for one in said], AGE_CHANCES)
        together["age"] = mean_year("age")(chances)
        together["age_distribution"] = _logits(chances)
    else:
        ages = layers.Concatenate(dtype="float32", name="ages")([one["age"] for one in said])
        together["age"] = _mean_of(len(said), "age", "linear")(ages)
    if "age_group" in training_outputs(config):
        groups = [
            layers.Softmax(dtype="float32", name=f"{member}age_group_chances")(one["age_group"])
            for member, one in zip(names, said, strict=True)
        ]
        together["age_group"] = _logits(_mean(groups, "age_group_chances"))
    logits = [one[GENDER_LOGIT] for one in said]
    both = layers.Concatenate(dtype="float32", name="gender_logits")(logits)
    together["gender"] = _mean_of(len(said), "gender", "sigmoid")(both)
    for member, one in zip(names, said, strict=True):
        together |= {f"{member}{name}": one[name] for name in one if name not in OF_A_MEMBER}
    return together


def _mean_of(count: int, name: str, activation: str) -> Any:
    """The mean of `count` values (n, count), (n, 1), as a dense layer that never trains: so the
    last layer of every model is a dense one of the name of its output."""
    kernel = keras.initializers.Constant(1 / count)
    return layers.Dense(
        1,
        activation=activation,
        kernel_initializer=kernel,
        trainable=False,
        dtype="float32",
        name=name,
    )


def _mean(chances: Sequence[Any], name: str) -> Any:
    return layers.Average(dtype="float32", name=name)(chances)


def _logits(chances: Any) -> Any:
    return ops.log(ops.maximum(chances, LEAST_CHANCE))
