"""One worker, from the run directory to the finished model; every failure ends in a sentence."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from trainer.config import RunConfig
from trainer.data.faces import Faces, load_faces
from trainer.errors import DeviceError, ExitCode, RunError, StorageError, UserError
from trainer.runs.events import PhaseEvent
from trainer.runs.layout import RunDir
from trainer.runs.queue import DeviceTicket
from trainer.runs.state import is_alive, read_state, write_state
from trainer.training import checkpoint
from trainer.training.device import choose_device, start_tensorflow
from trainer.training.environment import describe
from trainer.training.session import Session, StopRequested, initial_state

if TYPE_CHECKING:
    from trainer.training.loop import TrainingLoop


def work(run: RunDir, *, resume: bool) -> ExitCode:
    """Train or resume `run` to its end; the returned code is the process's exit status."""
    config = run.config()
    if not run.state_file.exists():
        write_state(run, initial_state(config.epochs))
    state = read_state(run)
    if state.pid not in (0, os.getpid()) and state.active and is_alive(state):
        raise RunError(f"{run.id} is already worked on by process {state.pid}")
    with Session(run) as session:
        try:
            ended, text = _train(run, config, session, resume)
            session.end(ended, text, ExitCode.OK if ended == "finished" else ExitCode.STOPPED)
            return ExitCode.OK if ended == "finished" else ExitCode.STOPPED
        except StopRequested:
            session.end("stopped", "stopped before training began", ExitCode.STOPPED)
            return ExitCode.STOPPED
        except Exception as error:
            traceback.print_exc()
            known = _as_user_error(error, config)
            print(f"failed: {known}", file=sys.stderr)
            session.end("failed", str(known), known.exit_code)
            return known.exit_code


def _train(run: RunDir, config: RunConfig, session: Session, resume: bool) -> tuple[str, str]:
    device = choose_device(config.device)
    session.begin("resume" if resume else "start", device)
    with DeviceTicket(device, run.id) as ticket:
        _wait_for_device(ticket, device, session)
        session.update(state="starting")
        session.phase("importing", detail="TensorFlow")
        tf = start_tensorflow(device, config)
        faces = load_faces(config, session.phase)
        _tell_faces(faces, run, session)
        gpus = [gpu.name for gpu in tf.config.list_physical_devices("GPU")]
        _write_environment(run, device, gpus)
        session.phase("building")
        loop = _build(config, faces, session)
        saved = checkpoint.latest(run.checkpoints, config) if resume else None
        if saved is not None:
            loop.restore(saved)
            session.message(
                f"resumed after {saved.step} steps of epoch {saved.epoch}"
                if saved.step
                else f"resumed after epoch {saved.epoch - 1}"
            )
        elif resume:
            session.message("there was no checkpoint yet: starting from the beginning")
        session.phase("compiling", detail="the first step takes longest")
        ended = loop.run()
        return _finish(run, config, faces, loop, session, ended)


def _wait_for_device(ticket: DeviceTicket, device: str, session: Session) -> None:
    told: list[str] = []
    while ahead := ticket.ahead():
        if ahead != told:
            session.update(state="queued")
            session.emit(
                PhaseEvent(name="queued", of=len(ahead), detail=f"{device} is taken by {ahead[0]}")
            )
            told = ahead
        if session.wait_while(lambda: bool(ticket.ahead()), seconds=0.5).stop:
            raise StopRequested


def _tell_faces(faces: Faces, run: RunDir, session: Session) -> None:
    from trainer.data.split import write_split

    write_split(run.split_file, faces.index, faces.split)
    session.message(
        f"{len(faces.train)} faces to train on, {len(faces.validation)} to validate"
        + (f"; {faces.resized} resized to 128×128" if faces.resized else "")
        + _duplicates(faces)
    )
    if faces.index.rejected:
        name, why = faces.index.rejected[0]
        session.message(
            f"{len(faces.index.rejected)} names left out, the first {name!a}: {why}", "warning"
        )
    if faces.unreadable:
        name, why = faces.unreadable[0]
        session.message(
            f"{len(faces.unreadable)} files left out, the first {name!a}: {why}", "warning"
        )


def _duplicates(faces: Faces) -> str:
    if not faces.split.duplicates:
        return ""
    odd = faces.split.contradictory
    return f"; {faces.split.duplicates} have a twin with the same pixels, kept in the same part" + (
        f", {odd} of them with another label" if odd else ""
    )


def _write_environment(run: RunDir, device: str, gpus: list[str]) -> None:
    from trainer.training.outputs import write_json

    write_json(run.environment_file, describe(device, gpus))


def _build(config: RunConfig, faces: Faces, session: Session) -> TrainingLoop:
    import keras

    from trainer.augment import Augmentation
    from trainer.models.custom_cnn import build_custom_cnn
    from trainer.training.batches import TrainingBatches, ValidationBatches
    from trainer.training.loop import TrainingLoop

    mean_age = float(faces.ages[faces.train].mean())
    model = build_custom_cnn(config, mean_age)
    model.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss={"age": "mae", "gender": "binary_crossentropy"},
        loss_weights={"age": config.age_loss_weight, "gender": config.gender_loss_weight},
        metrics={"age": ["mae"], "gender": ["accuracy"]},
    )
    model.optimizer.build(model.trainable_variables)
    _build_running_metrics(model)
    session.message(f"network {config.model}: {model.count_params():,} parameters")
    training = TrainingBatches(
        faces.pixels,
        faces.ages,
        faces.genders,
        faces.train,
        config.batch_size,
        config.seed,
        Augmentation.from_config(config),
        workers=min(4, os.cpu_count() or 1),
    )
    validation = ValidationBatches(
        faces.pixels, faces.ages, faces.genders, faces.validation, config.batch_size
    )
    return TrainingLoop(model, training, validation, config, session, faces.identity)


def _build_running_metrics(model: Any) -> None:
    """Make the running metrics' variables now, not at the first step: a checkpoint holds them."""
    import numpy as np

    zeros = np.zeros((1, 1), "float32")
    image = np.zeros((1, 128, 128, 3), "float32")
    model.test_on_batch(image, {"age": zeros, "gender": zeros})
    model.reset_metrics()


def _finish(
    run: RunDir,
    config: RunConfig,
    faces: Faces,
    loop: TrainingLoop,
    session: Session,
    ended: str,
) -> tuple[str, str]:
    from trainer.export.curves import draw_curves
    from trainer.training import outputs

    if not loop.history:
        return ended, "stopped in the first epoch; resume goes on from there"
    session.emit(PhaseEvent(name="saving"))
    outputs.write_history(run.history_file, loop.history)
    draw_curves(run.curves_file, loop.history, title=run.id)
    loop.use_best_weights()
    outputs.save_model(run, config.model, loop.model)
    ages, genders = loop.predict()
    part = faces.validation
    outputs.write_predictions(
        run.predictions_file,
        [faces.files[i] for i in part],
        faces.ages[part],
        faces.genders[part],
        ages,
        genders,
    )
    best = loop.schedule.best_epoch
    metrics = outputs.final_metrics(faces.ages[part], faces.genders[part], ages, genders)
    outputs.write_json(
        run.metrics_file,
        {
            "model": config.model,
            "epochs": len(loop.history),
            "best_epoch": best,
            "chosen_by": "validation loss, on the same faces the figures are of",
            "validation": metrics,
        },
    )
    how = "stopped and saved" if ended == "stopped" else _how_finished(loop, config)
    return ended, (
        f"{how}: best epoch {best}, age MAE {metrics['age_mae']:.2f} years, "
        f"gender accuracy {metrics['gender_accuracy']:.1%}"
    )


def _how_finished(loop: TrainingLoop, config: RunConfig) -> str:
    if loop.schedule.should_stop(config):
        return f"early stopping after epoch {len(loop.history)}"
    return f"all {config.epochs} epochs done"


def _as_user_error(error: Exception, config: RunConfig) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("the disk is full; free some space, then resume")
    kind = type(error).__name__
    if kind == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return DeviceError(
            f"out of memory at batch_size {config.batch_size}: start a run with a smaller one"
        )
    first = (str(error).splitlines() or [""])[0][:200]
    return UserError(f"unexpected {kind}: {first}; the details are in worker.log")
