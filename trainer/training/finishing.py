"""What is left to do once training is over: the model, its predictions, figures and card."""

from __future__ import annotations

import contextlib
import traceback

from trainer.config import RunConfig
from trainer.data.faces import Faces
from trainer.errors import gist
from trainer.export.curves import draw_curves
from trainer.runs.atomic import storage_errors
from trainer.runs.events import PhaseEvent
from trainer.runs.layout import RunDir
from trainer.runs.state import SAVED
from trainer.training import outputs
from trainer.training.batches import mirrored
from trainer.training.building import image_validation
from trainer.training.loop import TrainingLoop, predictions
from trainer.training.session import Session

DIVERGED = (
    "the weights are no finite numbers any more: start a run with a lower learning_rate; "
    "the model saved has the weights before that"
)


def finish(
    run: RunDir,
    config: RunConfig,
    faces: Faces,
    loop: TrainingLoop,
    session: Session,
    ended: str,
) -> tuple[str, str]:
    """Save what came of a run that `ended` finished, stopped or failed, with the weights of its
    best epoch; how it ended after all, and a sentence about it."""
    if not loop.history:
        return ended, "stopped in the first epoch; resume goes on from there"
    session.emit(PhaseEvent(name="saving"))
    outputs.write_history(run.history_file, loop.history)
    draw_curves(run.curves_file, loop.history, title=run.id)
    if not loop.best_file:
        return "failed", (
            f"no epoch of {len(loop.history)} had a finite validation loss: "
            "start a run with a lower learning_rate, or precision float32"
        )
    loop.use_best_weights()
    with loop.replicas.scope():
        model = outputs.plain_copy(loop.network.full)
    if config.stretch:
        from trainer.training.stretching import stretch

        def told(done: int, of: int) -> None:
            session.emit(PhaseEvent(name="stretching", done=done, of=of))

        before, after = stretch(model, faces, loop.config.batch_size, loop.replicas, told)
        session.message(
            f"years stretched: MAE on the training faces {before:.2f} before, {after:.2f} after"
        )
    if config.mirror:
        from trainer.models.mirrored import with_mirror_image

        with loop.replicas.scope():
            model = with_mirror_image(model)
    # Of the model that a resumed run saved before: beside the new one they would be wrong.
    with storage_errors(run.path):
        for stale in (run.calibration_file, run.predictions_file, run.flipped_predictions_file):
            stale.unlink(missing_ok=True)
    outputs.save_model(run, config.model, model)
    part = faces.validation
    images = image_validation(loop.config, faces)
    ages, genders = predictions(model, images, loop.replicas)
    other_ages, other_genders = predictions(model, mirrored(images), loop.replicas)
    flipped = (ages + other_ages) / 2, (genders + other_genders) / 2
    for file, said in (
        (run.predictions_file, (ages, genders)),
        (run.flipped_predictions_file, flipped),
    ):
        outputs.write_predictions(
            file, [faces.files[i] for i in part], faces.ages[part], faces.genders[part], *said
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
    pretrained, counts = loop.network.pretrained, (len(faces.train), len(part))
    write_card(run, config, pretrained, model.count_params(), counts, session)
    how = {"stopped": "stopped and saved", "failed": DIVERGED}.get(ended)
    how = how or _how_finished(loop, config)
    return ended, (
        f"{how}: {SAVED} {best}, age MAE {metrics['age_mae']:.2f} years, "
        f"gender {metrics['gender_accuracy']:.1%}"
    )


def write_card(
    run: RunDir,
    config: RunConfig,
    pretrained: str,
    parameters: int,
    counts: tuple[int, int],
    session: Session,
) -> None:
    """The model card, which is no reason to fail a run whose model is saved."""
    from trainer.export.model_card import describe_model

    try:
        describe_model(run, config, pretrained, parameters, counts)
    except Exception as error:
        with contextlib.suppress(OSError):
            traceback.print_exception(error)
        session.message(f"the model is saved, without a card: {gist(error)}", "warning")


def _how_finished(loop: TrainingLoop, config: RunConfig) -> str:
    if loop.schedule.should_stop(config):
        return f"early stopping after epoch {len(loop.history)}"
    return f"all {config.epochs} epochs done"
