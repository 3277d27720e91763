"""Whole workers of model B, on a handful of drawn faces and random weights of VGG16's full size."""

import shutil

import keras
import numpy as np
import pytest

from tests.trainer.training.test_worker import (
    PATIENCE,
    draw_faces,
    same_to_the_bit,
    wait_for,
    worker,
)
from trainer.errors import ExitCode
from trainer.presets import preset
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import CheckpointEvent, EpochEvent, MessageEvent, PhaseEvent, RunEvent
from trainer.runs.layout import create_run
from trainer.runs.state import read_state
from trainer.training import checkpoint
from trainer.training.stages import HEADS_RATE

FACES = 12
STEPS = 3


def settings(data, **changes):
    """First the heads alone, then the fifth block with them."""
    return preset("B").replace(
        **{
            "data": str(data),
            "validation_fraction": 0.25,
            "dense_units": 8,
            "batch_size": 3,
            "epochs": 2,
            "heads_first": 1,
            "deterministic": True,
            "device": "cpu",
            "checkpoint_seconds": 0,
            **changes,
        }
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Folders that outlive one test: the data set, the runs, the decoded faces, the features."""
    folder = tmp_path_factory.mktemp("shared")
    draw_faces(folder / "faces", FACES)
    return folder


def finish(run, verb, shared, vgg16_file, code=ExitCode.OK, **extra):
    extra = {"AGEGENDER_VGG16_WEIGHTS": str(vgg16_file), **extra}
    ended = worker(run, verb, shared, **extra).wait(timeout=PATIENCE)
    assert ended == code, run.log_file.read_text()
    return run


@pytest.fixture(scope="module", params=[0, 2], ids=["images", "features"])
def finished(request, shared, vgg16_file):
    """An undisturbed run, on images and on features kept on disk."""
    config = settings(shared / "faces", feature_variants=request.param)
    return finish(create_run(shared / "runs", config), "train", shared, vgg16_file)


def saved_model(run):
    return keras.models.load_model(run.model_file("B"))


def test_frozen_layers_have_not_moved_by_one_bit_and_the_fifth_block_has(finished, vgg16_layers):
    model = saved_model(finished)
    for name, arrays in vgg16_layers.items():
        if not name.startswith("block5"):
            for after, before in zip(model.get_layer(name).get_weights(), arrays, strict=True):
                np.testing.assert_array_equal(after, before, err_msg=name)
    last = checkpoint.latest(finished.checkpoints, finished.config()).arrays
    assert last["model/0000"].shape == vgg16_layers["block5_conv1"][0].shape
    assert (last["model/0000"] != vgg16_layers["block5_conv1"][0]).mean() > 0.5
    kernel, bias = model.get_layer("imagenet_input").get_weights()
    np.testing.assert_array_equal(kernel[0, 0], 255 * np.eye(3, dtype="float32")[::-1])
    np.testing.assert_array_equal(bias, -np.array([103.939, 116.779, 123.68], "float32"))


def test_the_weights_come_before_the_faces_and_are_told_from_imagenets(finished, vgg16_file):
    events = list(read_events(finished.events_file))
    phases = list(dict.fromkeys(e.name for e in events if isinstance(e, PhaseEvent)))
    assert phases[:3] == ["importing", "weights", "indexing"]
    assert ("features" in phases) == bool(finished.config().feature_variants)
    told = [e for e in events if isinstance(e, MessageEvent)]
    (about,) = (e for e in told if str(vgg16_file) in e.text)
    assert about.level == "warning"
    assert about.text.endswith("VGG16 weights, but not the published ImageNet ones")
    assert any("network B: 14,7" in e.text and "of them trained" in e.text for e in told)


def test_heads_train_first_at_a_higher_rate(finished):
    rates = [
        e.learning_rate for e in read_events(finished.events_file) if isinstance(e, EpochEvent)
    ]
    rate = finished.config().learning_rate
    assert rates == pytest.approx([rate * HEADS_RATE, rate])


def test_killed_and_stopped_in_either_stage_and_resumed_it_is_the_same_to_the_bit(
    finished, shared, vgg16_file
):
    run = create_run(shared / "runs", finished.config())
    weights = {"AGEGENDER_VGG16_WEIGHTS": str(vgg16_file)}
    killed = worker(run, "train", shared, **weights)
    wait_for(run, saved_in(1))
    killed.kill()
    killed.wait()
    stopped = worker(run, "resume", shared, **weights)
    wait_for(run, saved_in(2))
    control.send(run, "stop")
    assert stopped.wait(timeout=PATIENCE) == ExitCode.STOPPED
    assert read_state(run).state == "stopped"
    assert saved_model(run).name == "age_gender_B"
    finish(run, "resume", shared, vgg16_file)
    starts = [e.action for e in read_events(run.events_file) if isinstance(e, RunEvent)]
    assert starts == ["start", "resume", "resume"]
    same_to_the_bit(finished, run)


def saved_in(epoch):
    """Whether there is a checkpoint within `epoch`."""
    return lambda events: any(
        isinstance(e, CheckpointEvent) and e.epoch == epoch and 0 < e.step < STEPS for e in events
    )


def test_other_weights_than_a_run_began_with_are_refused_on_resume(
    finished, shared, vgg16_file, vgg16_layers, tmp_path
):
    if finished.config().feature_variants:
        pytest.skip("the same with features")
    other = tmp_path / "other.h5"
    shutil.copy(vgg16_file, other)
    import h5py

    with h5py.File(other, "r+") as file:
        file["block1_conv1/block1_conv1_b_1:0"][0] += 1
    run = create_run(shared / "runs", finished.config())
    shutil.copytree(finished.checkpoints, run.checkpoints, dirs_exist_ok=True)
    finish(run, "resume", shared, other, ExitCode.RUN)
    assert (
        "the weights of VGG16 found now are not those this run began with" in read_state(run).text
    )


def test_a_stopped_run_goes_on_where_its_weights_and_faces_have_moved(
    finished, shared, vgg16_file, tmp_path
):
    if finished.config().feature_variants:
        pytest.skip("the same with features")
    weights, faces = tmp_path / "vgg16.h5", tmp_path / "faces"
    shutil.copytree(shared / "faces", faces)
    began = finished.config().replace(weights=str(weights))
    run = create_run(shared / "runs", began.replace(data=str(faces)))
    shutil.copytree(finished.checkpoints, run.checkpoints, dirs_exist_ok=True)
    finish(run, "resume", shared, vgg16_file)
    told = [e.text for e in read_events(run.events_file) if isinstance(e, MessageEvent)]
    assert f"{weights}: is gone; looking for VGG16 elsewhere" in told
    same_to_the_bit(finished, run)


def test_without_weights_one_sentence_before_any_face_is_read(shared, tmp_path):
    run = create_run(shared / "runs", settings(tmp_path / "no such faces"))
    finish(run, "train", shared, tmp_path / "none.h5", ExitCode.ENVIRONMENT)
    text = read_state(run).text
    assert text.startswith(f"{tmp_path / 'none.h5'}: AGEGENDER_VGG16_WEIGHTS names it, but")
    assert "\n" not in text
    phases = {e.name for e in read_events(run.events_file) if isinstance(e, PhaseEvent)}
    assert not phases & {"indexing", "decoding"}
