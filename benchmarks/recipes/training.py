"""One recipe, trained on JAX: an epoch is one compiled program, and the faces stay on the GPU.

Networks, objective, labels and schedule are those of `trainer`; Adam, its layer-wise rates and the
averages are written again here, as `trainer`'s are bound to a step of TensorFlow. Steps that would
have less than a whole batch are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from benchmarks.recipes.augmentation import augmented, mixed
from trainer.config import RunConfig
from trainer.data.faces import Faces
from trainer.models.custom_cnn import custom_cnn
from trainer.models.heads import OUTPUTS, training_outputs
from trainer.models.members import member_names
from trainer.models.network import Network
from trainer.models.vgg16 import build_vgg16
from trainer.training.objective import divergence, huber, training_weight
from trainer.training.optimizer import rate_factors
from trainer.training.schedule import Schedule
from trainer.training.stretching import stretched_years
from trainer.training.targets import Targets

BETAS, EPSILON = (0.9, 0.999), 1e-7  # Keras's Adam
AT_ONCE = 250  # faces of a step without gradients


@dataclass(frozen=True)
class Scores:
    """Years and 0 to 1, with the last averages: of the validation faces, and again seen mirrored
    too; the ages stretched where the recipe says so. `train` of the training faces as they are."""

    age_mae: float
    gender_accuracy: float
    flipped_age_mae: float
    flipped_gender_accuracy: float
    train_age_mae: float
    train_gender_accuracy: float
    unstretched_age_mae: float
    gender_loss: float


@dataclass(frozen=True)
class Trained:
    """Of one training its scores, and what it says of the validation faces, seen mirrored too:
    years (n,) and the probability of gender 1 (n,)."""

    scores: Scores
    ages: np.ndarray
    genders: np.ndarray


class Recipe:
    """The compiled program of one recipe; `train` runs it for a seed."""

    def __init__(
        self, config: RunConfig, weights: Any, smoothing: float = 0.0, shift: float = 0.0
    ) -> None:
        """`weights` are the layers of ImageNet's VGG16, for B. Gender labels are `smoothing` / 2
        away from 0 and 1, and faces shifted by up to `shift` of their side."""
        self._config, self._weights = config, weights
        self._smoothing, self._shift = smoothing, shift
        keras.config.set_dtype_policy(
            "mixed_bfloat16" if config.precision != "float32" else "float32"
        )
        self._network = self._build(mean_age=0.0)
        self._model = self._network.trained
        trained = self._model.trainable_variables
        factors = rate_factors(self._network, config)
        self._factors = [factors.get(v.path.split("/")[0], 1.0) for v in trained]
        self._decays = [
            config.optimizer == "adamw"
            and len(v.shape) > 1
            and v.path.split("/")[0] not in self._network.joining
            for v in trained
        ]
        self._epoch = jax.jit(self._run_epoch, donate_argnums=0)
        self._predict = jax.jit(self._forward)

    def train(self, faces: Faces, seed: int, watch: Any) -> Trained:
        """From the start to the end; `watch(epoch, score)` is told of every epoch, and may call
        `score()` for the scores so far."""
        config, train = self._config, faces.train
        pixels = jnp.asarray(faces.pixels)
        ages, genders = faces.ages, faces.genders
        targets = Targets(config, ages[train])
        weights = targets.weights(ages)
        data = {
            "pixels": pixels,
            "labels": {k: jnp.asarray(v) for k, v in targets.labels(ages, genders).items()},
            "weights": None if weights is None else {k: jnp.asarray(v) for k, v in weights.items()},
        }
        state = self._start(float(ages[train].mean()), seed)
        steps = len(train) // config.batch_size
        key = jax.random.key(seed)
        schedule = Schedule(config.learning_rate)
        for epoch in range(1, config.epochs + 1):
            order = np.random.default_rng([seed, epoch]).permutation(train)
            rows = order[: steps * config.batch_size].reshape(steps, -1)
            rates = [schedule.rate(epoch - 1 + step / steps, config) for step in range(steps)]
            state = self._epoch(
                state,
                data,
                jnp.asarray(rows),
                jnp.asarray(rates, "float32"),
                jax.random.fold_in(key, epoch),
            )
            watch(epoch, lambda state=state: self._score(state, faces, pixels).scores)
        return self._score(state, faces, pixels)

    def _build(self, mean_age: float) -> Network:
        if self._config.model == "B":
            return build_vgg16(self._config, mean_age, self._weights)
        return custom_cnn(self._config, mean_age)

    def _start(self, mean_age: float, seed: int) -> dict[str, Any]:
        keras.utils.set_random_seed(seed)
        fresh = self._build(mean_age).trained
        trained = [jnp.array(v.value) for v in fresh.trainable_variables]
        other = [jnp.array(v.value) for v in fresh.non_trainable_variables]
        return {
            "trained": trained,
            "other": other,
            "first": [jnp.zeros_like(v) for v in trained],
            "second": [jnp.zeros_like(v) for v in trained],
            "average": [jnp.array(v) for v in trained],
            "other_average": [jnp.array(v) for v in other],
            "step": jnp.array(0, "int32"),
        }

    def _run_epoch(self, state: Any, data: Any, rows: Any, rates: Any, key: Any) -> Any:
        def step(state: Any, inputs: Any) -> Any:
            rows, rate, number = inputs
            return self._step(state, data, rows, rate, jax.random.fold_in(key, number))

        return jax.lax.scan(step, state, (rows, rates, jnp.arange(len(rates))))[0]

    def _step(self, state: Any, data: Any, rows: Any, rate: Any, key: Any) -> Any:
        config = self._config
        first, second = jax.random.split(key)
        images = augmented(first, data["pixels"][rows], config, self._shift)
        labels = {name: label[rows] for name, label in data["labels"].items()}
        if self._smoothing:
            labels["gender"] = labels["gender"] * (1 - self._smoothing) + self._smoothing / 2
        weights = data["weights"] and {k: v[rows][:, None] for k, v in data["weights"].items()}
        tree, shape = jax.tree.flatten((images, labels, weights))
        images, labels, weights = jax.tree.unflatten(shape, mixed(second, tree, config.mixup))

        def loss(trained: Any) -> Any:
            said, other, penalties = self._model.stateless_call(
                trained, state["other"], images, training=True, return_losses=True
            )
            return self._loss(said, labels, weights) + sum(penalties), other

        gradients, other = jax.grad(loss, has_aux=True)(state["trained"])
        return self._moved(state, gradients, other, rate), None

    def _loss(self, said: Any, labels: Any, weights: Any) -> Any:
        config = self._config

        def mean(name: str, each: Any) -> Any:
            each = each.reshape(-1)
            return (each if weights is None else each * weights[name].reshape(-1)).mean()

        age = (
            huber(config.huber_delta)
            if config.age_loss == "huber"
            else keras.losses.mean_absolute_error
        )
        members, names = member_names(config) or ("",), (*OUTPUTS, *training_outputs(config))
        total = 0.0
        for member in members:
            own = {name: said[f"{member}{name}"].astype("float32") for name in names}
            total += config.age_loss_weight * mean("age", age(labels["age"], own["age"]))
            entropy = keras.losses.binary_crossentropy(labels["gender"], own["gender"])
            total += config.gender_loss_weight * mean("gender", entropy)
            for name in training_outputs(config):
                away = divergence(labels[name], own[name])
                total += training_weight(name, config) * mean(name, away)
        return total / len(members)

    def _moved(self, state: Any, gradients: Any, other: Any, rate: Any) -> Any:
        config, (b1, b2) = self._config, BETAS
        count = state["step"] + 1
        size = jnp.sqrt(1 - b2 ** count.astype("float32")) / (1 - b1 ** count.astype("float32"))
        new: dict[str, Any] = {"trained": [], "first": [], "second": [], "other": other}
        for variable, gradient, m, v, factor, decays in zip(
            state["trained"],
            gradients,
            state["first"],
            state["second"],
            self._factors,
            self._decays,
            strict=True,
        ):
            m = m + (gradient - m) * (1 - b1)
            v = v + (gradient * gradient - v) * (1 - b2)
            if decays:
                variable = variable * (1 - rate * factor * config.weight_decay)
            new["trained"].append(variable - rate * factor * size * m / (jnp.sqrt(v) + EPSILON))
            new["first"].append(m)
            new["second"].append(v)
        done = count.astype("float32")
        kept = jnp.minimum(config.average, (1 + done) / (10 + done)) if config.average else 0.0
        for name, of in (("average", "trained"), ("other_average", "other")):
            new[name] = [
                a * kept + b * (1 - kept) if jnp.issubdtype(a.dtype, jnp.floating) else b
                for a, b in zip(state[name], new[of], strict=True)
            ]
        return {**new, "step": count}

    def _forward(self, state: Any, images: Any) -> Any:
        images = images.astype("float32") / 255
        both = jnp.concatenate([images, images[:, :, ::-1]])
        said, _ = self._model.stateless_call(
            state["average"], state["other_average"], both, training=False
        )
        if "age_distribution" in said:
            ages = jax.nn.softmax(said["age_distribution"].astype("float32"))
        else:
            ages = said["age"].astype("float32")
        half = len(images)
        genders = said["gender"].astype("float32")[:, 0]
        return ages[:half], ages[half:], genders[:half], genders[half:]

    def _score(self, state: Any, faces: Faces, pixels: Any) -> Trained:
        def said(rows: np.ndarray) -> list[np.ndarray]:
            parts = [
                self._predict(state, pixels[rows[at : at + AT_ONCE]])
                for at in range(0, len(rows), AT_ONCE)
            ]
            return [np.concatenate([np.asarray(part[n]) for part in parts]) for n in range(4)]

        train, held = said(faces.train), said(faces.validation)
        years = np.arange(train[0].shape[1], dtype="float64") if train[0].shape[1] > 1 else None
        placed = years
        if years is not None and self._config.stretch:
            placed = stretched_years(
                train[0].astype("float64"), faces.ages[faces.train].astype("float64")
            )

        def ages(chances: np.ndarray, at: Any) -> np.ndarray:
            return chances[:, 0] if at is None else chances @ at

        def mae(chances: np.ndarray, rows: np.ndarray, at: Any) -> float:
            return float(np.abs(ages(chances, at) - faces.ages[rows]).mean())

        def right(chances: np.ndarray, rows: np.ndarray) -> float:
            return float(((chances > 0.5) == (faces.genders[rows] > 0.5)).mean())

        held_genders = np.clip(held[2], 1e-7, 1 - 1e-7)
        female = faces.genders[faces.validation] > 0.5
        both = (held[0] + held[1]) / 2, (held[2] + held[3]) / 2
        scores = Scores(
            mae(held[0], faces.validation, placed),
            right(held[2], faces.validation),
            mae(both[0], faces.validation, placed),
            right(both[1], faces.validation),
            mae(train[0], faces.train, placed),
            right(train[2], faces.train),
            mae(held[0], faces.validation, years),
            float(-np.log(np.where(female, held_genders, 1 - held_genders)).mean()),
        )
        return Trained(scores, ages(both[0], placed), both[1])
