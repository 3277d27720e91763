"""From settings and faces to a loop that is ready to run: network, compilation, batches."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.augment import Augmentation
from trainer.config import RunConfig
from trainer.data.faces import Faces
from trainer.models.network import Network
from trainer.runs.events import NetworkEvent
from trainer.training.batches import TrainingBatches, ValidationBatches
from trainer.training.loop import TrainingLoop
from trainer.training.memory import halved_batch
from trainer.training.replicas import Replicas
from trainer.training.session import Session
from trainer.training.stages import compile_stage
from trainer.training.targets import Targets

if TYPE_CHECKING:
    from trainer.training.features import Features


def build_loop(
    config: RunConfig,
    faces: Faces,
    session: Session,
    weights: Any,
    replicas: Replicas,
    halved: int = 0,
) -> TrainingLoop:
    """`weights` are VGG16's (`trainer.models.vgg16_weights.ImageNetWeights`), None for model A.
    `halved` is how often memory forced half of the batch that `config` asks for."""
    whole, config = config, halved_batch(config, halved)
    replicas.check(config.batch_size)
    mean_age = float(faces.ages[faces.train].mean())
    with replicas.scope():
        network = build_network(config, mean_age, weights)
        compile_stage(network, config, 1)
    trains = sum(int(np.prod(v.shape)) for v in network.trained.trainable_variables)
    parameters = network.full.count_params()
    session.emit(NetworkEvent(model=config.model, parameters=parameters, trainable=trains))
    session.message(
        f"network {config.model}: {parameters:,} parameters"
        + (f", {trains:,} of them trained" if network.fixed else "")
    )
    if config.feature_variants and network.frozen is not None:
        features = _features(network, whole, config.batch_size, faces, session, replicas)
        training, validation = _feature_batches(features, config, faces)
    else:
        training, validation = _image_batches(config, faces)
    return TrainingLoop(
        network, training, validation, config, session, faces.identity, replicas, halved
    )


def build_network(config: RunConfig, mean_age: float, weights: Any) -> Network:
    """The network of `config`, with weights but not compiled."""
    if config.model == "B":
        from trainer.models.vgg16 import build_vgg16

        if weights is None:
            return build_vgg16(config, mean_age, None)
        network = build_vgg16(config, mean_age, weights.layers)
        return dataclasses.replace(network, pretrained=weights.fingerprint)
    from trainer.models.custom_cnn import custom_cnn

    return custom_cnn(config, mean_age)


def image_validation(config: RunConfig, faces: Faces) -> ValidationBatches:
    """The validation part as images, for the network that is saved."""
    return ValidationBatches(
        faces.pixels, faces.ages, faces.genders, faces.validation, config.batch_size
    )


def _image_batches(config: RunConfig, faces: Faces) -> tuple[TrainingBatches, ValidationBatches]:
    training = TrainingBatches(
        faces.pixels,
        faces.ages,
        faces.genders,
        faces.train,
        config.batch_size,
        config.seed,
        Augmentation.from_config(config),
        workers=_workers(),
        targets=Targets(config, faces.ages[faces.train]),
    )
    return training, image_validation(config, faces)


def _features(
    network: Network,
    config: RunConfig,
    at_once: int,
    faces: Faces,
    session: Session,
    replicas: Replicas,
) -> Features:
    """`config` as the user wrote it, so that a smaller batch finds the features already there."""
    from trainer.training.features import open_features

    def progress(done: int, of: int) -> None:
        session.phase("features", done, of)

    def run(images: np.ndarray) -> np.ndarray:
        said: np.ndarray = replicas.predict(network.frozen, images)
        return said

    session.phase("features", 0, 0, "running the frozen blocks")
    shape = tuple(int(side) for side in network.frozen.output_shape[1:])
    return open_features(run, shape, at_once, faces, config, network.pretrained, progress)


def _feature_batches(
    features: Features, config: RunConfig, faces: Faces
) -> tuple[TrainingBatches, ValidationBatches]:
    from trainer.training.feature_batches import FeatureBatches, ValidationFeatures

    size, ages, genders = config.batch_size, faces.ages, faces.genders
    targets = Targets(config, ages[faces.train])
    training = FeatureBatches(
        features.train, ages, genders, faces.train, size, config.seed, _workers(), targets
    )
    validation = ValidationFeatures(features.validation, ages, genders, faces.validation, size)
    return training, validation


def _workers() -> int:
    """Threads that prepare batches: OpenCV lets go of the interpreter, so they scale."""
    return min(16, os.cpu_count() or 1)
