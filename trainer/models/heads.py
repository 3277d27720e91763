"""What every network ends in: the age in years and the probability of gender 1, and outputs that
only training needs.

The age is one ReLU neuron, or the expectation over a distribution of ages: classes of a year each,
trained as such and read as their mean (DEX, Rothe, Timofte and Van Gool 2018, IJCV 126), against
labels that neighbouring years share (Gao et al. 2017, arXiv:1611.01731) together with the error of
the expectation (Gao et al. 2018, DLDL-v2, IJCAI). Either way the output `age` is in years.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from trainer.config import RunConfig
from trainer.data.labels import MAX_AGE

OUTPUTS = ("age", "gender")
# What the heads of a member of an ensemble say besides, for the mean of all and for no loss.
AGE_CHANCES, GENDER_LOGIT = OF_A_MEMBER = ("age_chances", "gender_logit")
YEARS = range(MAX_AGE + 1)  # the classes of the distribution
GROUPS = (10, 20, 30, 40, 50, 60, 70)  # where one age group ends and the next begins
START_SPREAD = 20.0  # years: how wide the untrained distribution is, about that of a data set


class Heads:
    """The last layers; the same ones whenever it is called. `fixed` names those that never train.

    Called with the features of both tasks, (n, units) each, it gives the `OUTPUTS`, (n, 1) each,
    and those of `training_outputs`: `age_distribution`, the logits of `YEARS`, and `age_group`,
    the logits of the groups that `GROUPS` divides. Those of a `member`, which begins the names of
    their layers, give `OF_A_MEMBER` too.
    """

    def __init__(self, config: RunConfig, mean_age: float, member: str = "") -> None:
        distribution = config.age_head == "distribution"
        age = _age_distribution if distribution else _age_neuron
        self._age = age(mean_age, config.l2, member)
        self._gender = _gender_neuron(config.l2, member)
        self._group = _age_groups(config.l2, member) if config.age_group_weight else None
        self._member = member
        self.fixed = frozenset({f"{member}age"} if distribution else ())

    def __call__(self, age: Any, gender: Any) -> dict[str, Any]:
        said = {}
        for heads, x in ((self._age, age), (self._gender, gender)):
            for name, layer in heads.items():
                said[name] = x = layer(x)
        if self._group is not None:
            said["age_group"] = self._group(age)
        hidden = () if self._member else OF_A_MEMBER
        return {name: said[name] for name in (*OUTPUTS, *said) if name not in hidden}


def training_outputs(config: RunConfig) -> tuple[str, ...]:
    """The outputs that `config` trains and does not save."""
    return tuple(
        name
        for name, wanted in (
            ("age_distribution", config.age_head == "distribution"),
            ("age_group", config.age_group_weight > 0),
        )
        if wanted
    )


def models(inputs: Any, outputs: dict[str, Any], name: str) -> tuple[Any, Any]:
    """The model that is saved and the one that is trained: the same, or one with more outputs."""
    full = keras.Model(inputs, {key: outputs[key] for key in OUTPUTS}, name=name)
    if len(outputs) == len(OUTPUTS):
        return full, full
    return full, keras.Model(inputs, outputs, name=f"{name}_training")


def mean_year(name: str) -> Any:
    """Of probabilities of `YEARS` (n, years) their mean, (n, 1), as a dense layer that never
    trains."""
    return layers.Dense(
        1,
        kernel_initializer=keras.initializers.Constant([[float(year)] for year in YEARS]),
        trainable=False,
        dtype="float32",
        name=name,
    )


def _age_neuron(mean_age: float, l2: float, member: str) -> dict[str, Any]:
    """One ReLU neuron, (n, 1), years. Its bias starts at `mean_age`: a neuron that starts below
    zero has no gradient and never learns."""
    bias = keras.initializers.Constant(mean_age)
    return {"age": _dense(1, l2, f"{member}age", activation="relu", bias_initializer=bias)}


def _age_distribution(mean_age: float, l2: float, member: str) -> dict[str, Any]:
    """Logits of `YEARS`, their probabilities and, (n, 1), their mean: layers of plain Keras, the
    last a dense one that never trains, so that the saved model needs no code of ours. At first the
    distribution is a bell around `mean_age`."""
    bell = [-((year - mean_age) ** 2) / (2 * START_SPREAD**2) for year in YEARS]
    bias = keras.initializers.Constant(bell)
    return {
        "age_distribution": _dense(len(YEARS), l2, f"{member}age_logits", bias_initializer=bias),
        AGE_CHANCES: layers.Softmax(dtype="float32", name=f"{member}{AGE_CHANCES}"),
        "age": mean_year(f"{member}age"),
    }


def _gender_neuron(l2: float, member: str) -> dict[str, Any]:
    """One sigmoid neuron, (n, 1), the probability of label 1 (female in UTKFace); of a member its
    logit before that."""
    if not member:
        return {"gender": _dense(1, l2, "gender", activation="sigmoid")}
    return {
        GENDER_LOGIT: _dense(1, l2, f"{member}{GENDER_LOGIT}"),
        "gender": layers.Activation("sigmoid", dtype="float32", name=f"{member}gender"),
    }


def _age_groups(l2: float, member: str) -> Any:
    return _dense(len(GROUPS) + 1, l2, f"{member}age_group")


def _dense(units: int, l2: float, name: str, **rest: Any) -> Any:
    return layers.Dense(
        units,
        kernel_regularizer=keras.regularizers.L2(l2),
        dtype="float32",
        name=name,
        **rest,
    )
