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

from keras import layers, ops

from trainer.config import RunConfig
from trainer.models.heads import GENDER_LOGIT, mean_of, mean_year, training_outputs
from trainer.models.members import member_names

MEANS = frozenset({"age", "gender"})  # the layers that make one answer of those of the members
LEAST_CHANCE = 1e-30  # what is less likely has the logarithm of this


def mean_of_members(said: Sequence[dict[str, Any]], config: RunConfig) -> dict[str, Any]:
    """Of what the heads of each member said the outputs of all together, and then each member's
    own, its name before them.

    The age is the mean of the members', or that of the mean of their distributions; the gender is
    what the mean of their logits says. Both end in a dense layer of that name, as with one member.
    """
    together: dict[str, Any] = {}
    if config.age_head != "distribution":
        ages = layers.Concatenate(dtype="float32", name="ages")([one["age"] for one in said])
        together["age"] = mean_of(len(said), "age", "linear")(ages)
    for name in training_outputs(config):
        chances = _mean_chances(name, [one[name] for one in said])
        if name == "age_distribution":
            together["age"] = mean_year("age")(chances)
        together[name] = ops.log(ops.maximum(chances, LEAST_CHANCE))
    logits = [one[GENDER_LOGIT] for one in said]
    both = layers.Concatenate(dtype="float32", name="gender_logits")(logits)
    together["gender"] = mean_of(len(said), "gender", "sigmoid")(both)
    for member, one in zip(member_names(config), said, strict=True):
        together |= {f"{member}{name}": one[name] for name in one if name != GENDER_LOGIT}
    return together


def _mean_chances(name: str, logits: Sequence[Any]) -> Any:
    """(n, classes): the mean of the probabilities that the logits of each member stand for."""
    short = name.removesuffix("_distribution")
    each = [
        layers.Softmax(dtype="float32", name=f"{short}_chances{number}")(one)
        for number, one in enumerate(logits, start=1)
    ]
    return layers.Average(dtype="float32", name=f"{short}_chances")(each)
