import shutil

import keras
import numpy as np
import pytest

from trainer.config import RunConfig, to_toml
from trainer.errors import RunError
from trainer.explain import epochs
from trainer.explain.epochs import kept_weights, networks
from trainer.models.mirrored import with_mirror_image
from trainer.runs.layout import RunDir
from trainer.training import outputs, variables
from trainer.training.building import build_network
from trainer.training.checkpoint import save_best

CONFIG = RunConfig(filters="4-4-4-8", dense_units=8)


@pytest.fixture
def run(tmp_path):
    """A run with the best weights, of epoch 2, and two checkpoints after them."""
    run = RunDir(tmp_path / "20261123-201500-A-k3f9")
    run.path.mkdir()
    run.config_file.write_text(to_toml(CONFIG))
    network = build_network(CONFIG, 30.0, None)
    network.trained.compile("adam", {"age": "mae", "gender": "binary_crossentropy"})
    for epoch, name in ((2, "best"), (3, "000004-000000"), (4, "000004-000007")):
        network.full.get_layer("age").bias.assign([10.0 * epoch])
        if name == "best":
            save_best(run.checkpoints, epoch, variables.weights(network))
        else:
            (run.checkpoints / name).mkdir()
            np.savez(run.checkpoints / name / "arrays.npz", **variables.capture(network))
    return run


def test_each_set_of_kept_weights_comes_back_in_the_order_of_training(run):
    assert [(one.epoch, one.step, one.best) for one in kept_weights(run)] == [
        (2, 0, True), (3, 0, False), (4, 7, False),
    ]  # fmt: skip
    seen = [float(network.get_layer("age").bias.numpy()[0]) for _, network in networks(run)]
    assert seen == [20.0, 30.0, 40.0]


def test_the_best_epoch_is_not_told_twice(run):
    (run.checkpoints / "000004-000000").rename(run.checkpoints / "000003-000000")
    assert [(one.epoch, one.best) for one in kept_weights(run)] == [(2, True), (4, False)]


def test_one_epoch_is_the_best_where_an_older_checkpoint_keeps_another_that_was(run):
    network = build_network(CONFIG, 30.0, None)
    network.full.get_layer("age").bias.assign([15.0])
    save_best(run.checkpoints, 1, variables.weights(network))
    assert [(one.epoch, one.best) for one in kept_weights(run)] == [
        (1, False), (2, True), (3, False), (4, False),
    ]  # fmt: skip
    seen = [float(network.get_layer("age").bias.numpy()[0]) for _, network in networks(run)]
    assert seen == [15.0, 20.0, 30.0, 40.0]


def test_what_never_trains_comes_from_the_saved_model(tmp_path, run):
    config = RunConfig(model="B", dense_units=8, frozen_blocks=5)
    run.config_file.write_text(to_toml(config))
    network = build_network(config, 30.0, None)
    kernel = network.full.get_layer("block1_conv1").get_weights()[0]
    network.full.save(run.model_file("B"))
    for path in run.checkpoints.iterdir():
        if path.is_dir():
            path.rename(tmp_path / path.name)
    save_best(run.checkpoints, 2, variables.weights(network))
    keras.utils.set_random_seed(99)
    ((_, rebuilt),) = networks(run)
    np.testing.assert_array_equal(rebuilt.get_layer("block1_conv1").get_weights()[0], kernel)


def test_the_best_epoch_of_a_model_that_mirrors_and_stretches_answers_as_the_model_does(tmp_path):
    config = CONFIG.replace(age_head="distribution", stretch=True, mirror=True)
    run = RunDir(tmp_path / "20261123-201500-A-k3f9")
    run.path.mkdir()
    run.config_file.write_text(to_toml(config))
    network = build_network(config, 30.0, None)
    random = np.random.default_rng(4)
    for name in ("age_logits", "gender"):  # so that faces, and sides of a face, differ
        layer = network.full.get_layer(name)
        kernel, bias = layer.get_weights()
        layer.set_weights([random.standard_normal(kernel.shape), bias])
    for epoch in (1, 2):
        network.full.get_layer("gender").bias.assign([0.5 * epoch])
        save_best(run.checkpoints, epoch, variables.weights(network))
    model = outputs.plain_copy(network.full)
    years, bias = model.get_layer("age").get_weights()
    model.get_layer("age").set_weights([years * 1.1, bias])
    model = with_mirror_image(model)
    outputs.save_model(run, "A", model)
    face = random.random((1, 128, 128, 3), dtype="float32")
    face[:, :, :64] *= 0.2
    said = model(face, training=False)
    *_, last = (one(face, training=False) for _, one in networks(run))
    for head in ("age", "gender"):
        np.testing.assert_allclose(last[head], said[head], rtol=1e-5)


def test_checkpoints_that_a_run_deletes_meanwhile_are_left_out(run):
    found = networks(run)
    (first, _) = next(found)
    shutil.rmtree(run.checkpoints / "000004-000000")
    assert [first.epoch, *(one.epoch for one, _ in found)] == [2, 4]


def test_where_all_checkpoints_went_meanwhile_a_sentence_says_so(run, monkeypatch):
    build = epochs._build

    def slowly(of):
        network = build(of)
        shutil.rmtree(run.checkpoints)
        return network

    monkeypatch.setattr(epochs, "_build", slowly)
    with pytest.raises(RunError, match="its checkpoints went while they were read; ask again"):
        list(networks(run))


@pytest.mark.parametrize("content", [b"rubbish", b"", b"PK\x03\x04"])
def test_a_run_without_checkpoints_or_with_a_damaged_one_says_so(run, tmp_path, content):
    (run.checkpoints / "best-000002.npz").write_bytes(content)
    with pytest.raises(RunError, match="cannot be read"):
        list(networks(run))
    bare = RunDir(tmp_path / "bare")
    (bare.path / "checkpoints").mkdir(parents=True)
    with pytest.raises(RunError, match="has no checkpoint: let its first epoch end"):
        list(networks(bare))
