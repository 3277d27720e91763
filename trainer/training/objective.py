"""What training lowers: the loss of each output, their weights, and the metrics told beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import losses, ops

from trainer.config import RunConfig
from trainer.models.heads import training_outputs
from trainer.models.members import member_names


def objective(config: RunConfig) -> dict[str, Any]:
    """What `compile` is told of the outputs of `config`. With members, each has the losses for
    itself, in equal parts; those of all together are only told."""
    weights = {"age": config.age_loss_weight, "gender": config.gender_loss_weight}
    named: dict[str, Any] = {
        "age": "mae" if config.age_loss == "mae" else huber(config.huber_delta),
        "gender": "binary_crossentropy",
    }
    for name in training_outputs(config):
        named[name], weights[name] = divergence, training_weight(name, config)
    if members := member_names(config):
        own = {f"{member}{name}": name for member in members for name in named}
        named |= {name: named[of] for name, of in own.items()}
        shares = {name: weights[of] / len(members) for name, of in own.items()}
        weights = dict.fromkeys(weights, 0.0) | shares
    accuracy = sided_accuracy if config.mixup else "accuracy"
    return {
        "loss": named,
        "loss_weights": weights,
        "metrics": {"age": ["mae"], "gender": [accuracy]},
    }


def training_weight(name: str, config: RunConfig) -> float:
    """Of an output that only training has, the weight of its loss."""
    if name == "age_distribution":
        return config.distribution_weight
    return config.age_group_weight


def huber(delta: float) -> Callable[[Any, Any], Any]:
    """Huber (1964) of years, divided by `delta`: beyond it the slope is that of the mean absolute
    error, so that the weight of the loss means the same."""

    def huber_loss(true: Any, said: Any) -> Any:
        return losses.huber(true, said, delta=delta) / delta

    return huber_loss


def divergence(true: Any, logits: Any) -> Any:
    """(n,) nats: Kullback and Leibler's, of the probabilities that `logits` (n, classes) stand for
    from those that are `true`; 0 where they are the same."""
    known = -ops.sum(ops.where(true > 0, true * ops.log(ops.maximum(true, 1e-30)), 0.0), axis=-1)
    return losses.categorical_crossentropy(true, logits, from_logits=True) - known


def sided_accuracy(true: Any, said: Any) -> Any:
    """The share of faces told to be of the gender that most of a mixed one is of."""
    return ops.mean(ops.cast((true > 0.5) == (said > 0.5), "float32"), axis=-1)


sided_accuracy.__name__ = "accuracy"  # as Keras calls it, so that it is told under the same name
