"""The training loop: steps, epochs, validation, checkpoints and the user's requests.

`fit` is not used because a run must stop, pause and resume at any step and come out the same to
the bit. What `fit` compiles is used: the model's own train, test and predict functions.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from trainer.config import RunConfig
from trainer.errors import RunError
from trainer.models.heads import training_outputs
from trainer.models.members import without_member
from trainer.models.network import Network
from trainer.runs.events import BatchEvent, CheckpointEvent, EpochEvent, PhaseEvent
from trainer.text import printable
from trainer.training import checkpoint, variables
from trainer.training.averaging import Averaging
from trainer.training.batches import Batch, TrainingBatches, ValidationBatches
from trainer.training.checkpoint import Checkpoint
from trainer.training.replicas import Replicas
from trainer.training.schedule import Schedule
from trainer.training.session import Session
from trainer.training.stages import compile_stage, rate_factor, stage_of
from trainer.training.validation import scores

BATCH_EVENT_SECONDS = 0.25
TRACE_LENGTH = 32


class TrainingLoop:
    """Trains `network`, compiled, until done or told to stop; `run` may be called once. `faces`
    identifies the faces and their split: a checkpoint of others is refused. `config` has the batch
    that the steps get, `halved` says how often it was halved before."""

    def __init__(
        self,
        network: Network,
        training: TrainingBatches,
        validation: ValidationBatches,
        config: RunConfig,
        session: Session,
        faces: str,
        replicas: Replicas,
        halved: int = 0,
    ) -> None:
        self.network = network
        self.model = network.trained
        self.training = training
        self.validation = validation
        self.config = config
        self.session = session
        self.faces = faces
        self.replicas = replicas
        self.halved = halved
        self.schedule = Schedule(config.learning_rate)
        self.history: list[dict[str, Any]] = []
        self.best_file = ""
        self.epoch, self.step = 1, 0
        self._folder = session.run.checkpoints
        self._last_saved = time.monotonic()
        self._saved_at = (0, 0)  # position of the checkpoint saved last
        self._whole = ""  # name of the checkpoint written or read last
        self._diverged = False
        self._elapsed_before = 0.0  # training time of this epoch before a resume
        self._epoch_started = 0.0
        self._stage = 1  # as it was compiled
        average = config.average
        self.averaging = Averaging(network, average, replicas) if average else None

    def restore(self, saved: Checkpoint) -> None:
        """Continue from a checkpoint; RunError if it is of other faces, other weights or another
        network."""
        if saved.faces != self.faces:
            raise RunError(
                f"{printable(self.config.data)}: its faces are not those this run began with; "
                "restore them, or start a new run"
            )
        if saved.pretrained and saved.pretrained != self.network.pretrained:
            raise RunError(
                "the weights of VGG16 found now are not those this run began with; name those as "
                "weights in its config.toml, or start a new run"
            )
        # One of the end of an epoch is of the stage that ended with it; the next is entered later.
        self._enter_stage(saved.epoch if saved.step else max(saved.epoch - 1, 1))
        variables.restore(self.network, saved.arrays)
        if self.averaging:
            self.averaging.restore(saved.arrays)
        self._whole = saved.name
        self.schedule = saved.schedule
        self.history = saved.history
        self.best_file = saved.best_file
        self.epoch = saved.epoch
        # Counted in images: of a smaller batch there are more steps, and one may come again.
        self.step = saved.step * saved.batch_size // self.config.batch_size
        self._elapsed_before = saved.elapsed
        if self.history and not math.isfinite(self.history[-1]["validation"]["loss"]):
            self._diverged = not self._has_finite_weights()

    def run(self) -> str:
        """Train; return `finished`, `stopped`, or `failed` where the weights are no numbers any
        more. Either way a checkpoint of the end is saved."""
        steps = self.training.steps_per_epoch
        self.session.note(epochs=self.config.epochs, steps=steps)
        if self._diverged:
            return "failed"
        while self.epoch <= self.config.epochs and not self.schedule.should_stop(self.config):
            self.session.update(state="training", epoch=self.epoch - 1, step=self.step)
            self._epoch_started = time.monotonic() - self._elapsed_before
            self._elapsed_before = 0.0
            if self.step == 0:
                self._enter_stage(self.epoch)
                self.model.reset_metrics()
            if not self._train_epoch(steps):
                return "stopped"
            self._end_epoch()
            if self._diverged:
                return "failed"
            if self._handle_requests():
                return "stopped"
        return "finished"

    def _enter_stage(self, epoch: int) -> None:
        """Compile for the stage of `epoch` where it is another one."""
        stage = stage_of(self.network, self.config, epoch)
        if stage != self._stage:
            with self.replicas.scope():
                compile_stage(self.network, self.config, stage)
            self._stage = stage

    def _rate(self, step: int) -> float:
        """The learning rate of a step, from 0, of this epoch."""
        done = self.epoch - 1 + step / self.training.steps_per_epoch
        return self.schedule.rate(done, self.config) * rate_factor(self._stage)

    def _train_epoch(self, steps: int) -> bool:
        """The steps of one epoch; False if the user stopped it (then it is saved)."""
        logs: dict[str, Any] = {}
        told, told_step = time.monotonic(), self.step
        batches = self.training.epoch(self.epoch, first_step=self.step)
        try:
            for batch in batches:
                self.model.optimizer.learning_rate.assign(self._rate(self.step))
                logs = self.model.train_function(iter([self.replicas.spread(batch)]))
                if self.averaging:
                    self.averaging.advance()
                self.step += 1
                now = time.monotonic()
                if now - told >= BATCH_EVENT_SECONDS or self.step == steps:
                    rate = (self.step - told_step) * self.config.batch_size / (now - told)
                    self._tell_batch(logs, steps, rate)
                    told, told_step = now, self.step
                if self._handle_requests():
                    return False
                if now - self._last_saved > self.config.checkpoint_seconds:
                    self.save()
        finally:
            batches.close()
        return True

    def _tell_batch(self, logs: dict[str, Any], steps: int, rate: float) -> None:
        metrics = _figures(logs)
        self.session.note(step=self.step)
        self.session.emit(
            BatchEvent(
                epoch=self.epoch,
                epochs=self.config.epochs,
                step=self.step,
                of=steps,
                metrics=metrics,
                images_per_second=round(rate, 2),
            )
        )

    def _handle_requests(self) -> bool:
        """Act at a step boundary; True if training is to stop now."""
        requests = self.session.poll()
        if requests.stop:
            self.save()
            return True
        if requests.pause:
            paused = time.monotonic()
            self.save()
            self.session.update(state="paused", asked="", asked_at=0.0)
            self.session.emit(PhaseEvent(name="paused"))
            requests = self.session.wait_while(lambda: True)
            self._epoch_started += time.monotonic() - paused
            if requests.stop:
                return True
            self.session.update(state="training")
            self.session.emit(PhaseEvent(name="training"))
        elif requests.checkpoint:
            self.save()
        return False

    def _end_epoch(self) -> None:
        train = _figures(self.model.get_metrics_result())
        trained = time.monotonic() - self._epoch_started
        self.session.emit(PhaseEvent(name="validating"))
        rate = self._rate(self.step - 1)
        with self.averaging.in_use() if self.averaging else contextlib.nullcontext():
            validation = self.validate()
            self.schedule = self.schedule.advance(self.epoch, validation["loss"], self.config)
            if self._stage == 0:  # what only warms the heads up neither stops nor slows the rest
                self.schedule = self.schedule.without_counts(self.config)
            best = self.schedule.best_epoch == self.epoch
            if best:
                self.best_file = checkpoint.save_best(
                    self._folder, self.epoch, variables.weights(self.network)
                )
        event = EpochEvent(
            epoch=self.epoch,
            epochs=self.config.epochs,
            train=train,
            validation=validation,
            learning_rate=rate,
            seconds=round(time.monotonic() - self._epoch_started, 3),
            images_per_second=round(self.step * self.config.batch_size / max(trained, 1e-9), 2),
            best=best,
        )
        row = dataclasses.asdict(event)
        self.history.append({key: row[key] for key in row if key not in ("seq", "t", "epochs")})
        self.session.emit(event)
        if not math.isfinite(validation["loss"]):
            self._tell_diverging()
        self.epoch, self.step = self.epoch + 1, 0
        self.save()
        self._tell_state()
        self.session.emit(PhaseEvent(name="training"))

    def _tell_diverging(self) -> None:
        self._diverged = not self._has_finite_weights()
        self.session.message(
            f"epoch {self.epoch}: the validation loss is not a finite number; "
            "a lower learning_rate helps, or precision float32",
            "warning",
        )

    def _has_finite_weights(self) -> bool:
        return all(np.isfinite(weight).all() for weight in variables.weights(self.network).values())

    def _tell_state(self) -> None:
        number = self.schedule.best_epoch
        best = {"epoch": number, **self.history[number - 1]["validation"]} if number else {}
        trace = [round(row["validation"]["age_mae"], 3) for row in self.history[-TRACE_LENGTH:]]
        self.session.update(
            epoch=len(self.history),
            step=0,
            best=best,
            trace=trace,
        )

    def validate(self) -> dict[str, float]:
        """Loss and metrics over the validation part."""
        said = outputs(self.model, self.validation, self.replicas)
        ages, genders = said.pop("age")[:, 0], said.pop("gender")[:, 0]
        true_ages, true_genders = self.validation.labels()
        penalty = float(sum(float(loss) for loss in self.model.losses))
        extra = {name: said[name] for name in training_outputs(self.config)}
        return scores(true_ages, true_genders, ages, genders, self.config, penalty, extra)

    def use_best_weights(self) -> None:
        """Put the weights of the best epoch into the model, if there is one yet."""
        if self.best_file:
            variables.set_weights(self.network, checkpoint.load_best(self._folder, self.best_file))

    def save(self) -> None:
        """A checkpoint of this instant, unless the last one is."""
        if self._saved_at == (self.epoch, self.step):
            return
        began = time.monotonic()
        elapsed = began - self._epoch_started if self.step else 0.0
        saved = Checkpoint(
            epoch=self.epoch,
            step=self.step,
            schedule=self.schedule,
            history=self.history,
            arrays=variables.capture(self.network)
            | (self.averaging.capture() if self.averaging else {}),
            best_file=self.best_file,
            elapsed=elapsed,
            faces=self.faces,
            pretrained=self.network.pretrained,
            batch_size=self.config.batch_size,
            halved=self.halved,
        )
        checkpoint.save(self._folder, saved, self.config, self._whole)
        self._whole = saved.name
        self._last_saved = time.monotonic()
        self._saved_at = (self.epoch, self.step)
        self.session.emit(
            CheckpointEvent(
                epoch=self.epoch,
                step=self.step,
                file=saved.name,
                seconds=round(self._last_saved - began, 3),
            )
        )


def _figures(logs: Mapping[str, Any]) -> dict[str, float]:
    """Of what Keras tells of a step or an epoch all but what is of one member of an ensemble."""
    return {name: float(value) for name, value in logs.items() if without_member(name) == name}


def predictions(
    model: Any, batches: Iterable[Batch], replicas: Replicas
) -> tuple[np.ndarray, np.ndarray]:
    """Age in years (n,) and probability of gender 1 (n,) of all that `batches` hold."""
    said = outputs(model, batches, replicas)
    return said["age"][:, 0], said["gender"][:, 0]


def outputs(model: Any, batches: Iterable[Batch], replicas: Replicas) -> dict[str, np.ndarray]:
    """What each output of `model` says of all that `batches` hold, (n, …)."""
    said = [replicas.predict(model, inputs) for inputs, _ in batches]
    return {name: np.concatenate([one[name] for one in said]) for name in said[0]}
