import collections
import subprocess
import sys

import keras
import numpy as np
import pytest
from tensorflow.python.eager import context

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.models.vgg16 import build_vgg16
from trainer.models.vgg16_weights import BLOCKS, layer_shapes
from trainer.presets import preset
from trainer.training import variables
from trainer.training.stages import compile_stage
from trainer.training.targets import Targets

B = preset("B").replace(dense_units=16)
CONVOLUTIONS = list(layer_shapes())


@pytest.fixture(scope="module")
def faces():
    """(2, 128, 128, 3) uint8."""
    return np.random.default_rng(5).integers(0, 256, (2, 128, 128, 3), "uint8")


@pytest.fixture(scope="module")
def network(vgg16_layers):
    return build_vgg16(B, 33.0, vgg16_layers)


def outputs(model, images):
    return {name: np.asarray(out) for name, out in model(images, training=False).items()}


def test_takes_128_rgb_and_gives_one_age_and_one_gender(network):
    assert network.full.input_shape == (None, 128, 128, 3)
    assert {name: out.shape for name, out in network.full.output.items()} == {
        "age": (None, 1),
        "gender": (None, 1),
    }


def test_the_graph_is_flat_and_every_convolution_has_its_own_name(network):
    assert not any(isinstance(layer, keras.Model) for layer in network.full.layers)
    names = [layer.name for layer in network.full.layers if isinstance(layer, keras.layers.Conv2D)]
    assert names == ["imagenet_input", *CONVOLUTIONS]


def test_heads_are_one_relu_and_one_sigmoid_neuron_on_branches_of_their_own(network):
    age, gender = network.full.get_layer("age"), network.full.get_layer("gender")
    assert (age.units, age.activation.__name__) == (1, "relu")
    assert (gender.units, gender.activation.__name__) == (1, "sigmoid")
    for task in ("age", "gender"):
        branch = network.full.get_layer(f"{task}_branch")
        assert branch.kernel_regularizer.l2 == pytest.approx(B.l2)
        assert network.full.get_layer(f"{task}_dropout1").rate == B.dropout
        assert network.full.get_layer(f"{task}_dropout2").rate == B.head_dropout
        pooled = network.full.get_layer(f"{task}_dropout1").input
        assert pooled is network.full.get_layer("pool").output
    assert isinstance(network.full.get_layer("pool"), keras.layers.GlobalAveragePooling2D)


def test_the_blocks_say_what_keras_applications_says_of_the_same_images(network, faces, vgg16_file):
    theirs = keras.applications.VGG16(
        weights=str(vgg16_file), include_top=False, input_shape=(128, 128, 3)
    )
    prepared = keras.applications.vgg16.preprocess_input(faces.astype("float32"))
    wanted = {"input": prepared, "block5_pool": np.asarray(theirs(prepared))}
    ours = keras.Model(
        network.full.inputs,
        {
            "input": network.full.get_layer("imagenet_input").output,
            "block5_pool": network.full.get_layer("block5_pool").output,
        },
    )
    given = ours([faces.astype("float32") / 255])
    np.testing.assert_allclose(given["input"], wanted["input"], atol=1e-3)
    scale = np.abs(wanted["block5_pool"]).max()
    np.testing.assert_allclose(
        given["block5_pool"] / scale, wanted["block5_pool"] / scale, atol=1e-5
    )


@pytest.mark.parametrize("frozen", range(6))
def test_as_many_blocks_are_frozen_as_is_said(frozen):
    network = build_vgg16(B.replace(frozen_blocks=frozen), 33.0, None)
    trains = {w.path.partition("/")[0] for w in network.full.trainable_weights}
    heads = {"age", "age_branch", "gender", "gender_branch"}
    upper = {name for name in CONVOLUTIONS if int(name[5]) > frozen}
    assert trains == upper | heads
    assert set(network.joining) == upper
    fixed = {v.path.partition("/")[0] for v in network.full.variables} - trains
    assert {name for name in fixed if "conv" in name} == set(CONVOLUTIONS) - upper
    assert not {v.path.partition("/")[0] for v in network.learned()} & set(network.fixed)


def test_the_optimizer_holds_nothing_of_frozen_layers():
    network = build_vgg16(B, 33.0, None)
    compile_stage(network, B, 1)
    held = sum(int(np.prod(v.shape)) for v in network.trained.optimizer.variables)
    trained = sum(int(np.prod(v.shape)) for v in network.trained.trainable_variables)
    assert held == 2 * trained + 2  # two moments each, the step and the learning rate


def test_no_gradient_is_computed_for_frozen_layers():
    network = build_vgg16(B, 33.0, None)
    compile_stage(network, B, 1)
    ones = np.ones((1, 1), "float32")
    batch = (np.zeros((1, 128, 128, 3), "float32"), {"age": ones, "gender": ones})
    context.enable_run_metadata()
    try:
        network.trained.train_function(iter([batch]))
        graphs = context.export_run_metadata().function_graphs
    finally:
        context.disable_run_metadata()
    nodes = [
        node.op
        for graph in graphs
        for part in (graph.post_optimization_graph,)
        for node in (*part.node, *(n for f in part.library.function for n in f.node_def))
    ]
    count = collections.Counter(nodes)
    assert count["Conv2DBackpropFilter"] == BLOCKS[4][0]
    assert count["Conv2DBackpropInput"] == BLOCKS[4][0] - 1  # the lowest trained one needs none


def test_features_and_upper_part_say_together_what_the_whole_says(vgg16_layers, faces):
    network = build_vgg16(B.replace(feature_variants=2), 33.0, vgg16_layers)
    assert network.frozen.output_shape == (None, 8, 8, 512)
    images = faces.astype("float32") / 255
    whole = outputs(network.full, images)
    split = outputs(network.trained, network.frozen(images))
    for task in whole:
        np.testing.assert_allclose(split[task], whole[task], rtol=1e-4)
    joined = {w.path for w in network.trained.weights}
    assert not any(path.startswith(("imagenet", "block1", "block4")) for path in joined)
    assert any(path.startswith("block5_conv3") for path in joined)


def test_what_the_upper_part_learns_is_in_the_model_that_is_saved():
    network = build_vgg16(B.replace(feature_variants=2), 33.0, None)
    network.trained.get_layer("age").bias.assign([77.0])
    assert float(network.full.get_layer("age").bias[0]) == 77.0


def test_the_untrained_age_is_near_the_training_mean(vgg16_layers):
    said = outputs(build_vgg16(B, 33.0, None).full, np.zeros((1, 128, 128, 3), "float32"))
    assert said["age"][0, 0] == pytest.approx(33.0, abs=10)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_heads_and_input_stay_float32_under_mixed_precision(precision):
    config = B.replace(precision=precision)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        network = build_vgg16(config, 33.0, None)
        compile_stage(network, config, 1)
        saved = variables.capture(network)
    finally:
        keras.config.set_dtype_policy(before)
    layers = {layer.name: layer.compute_dtype for layer in network.full.layers}
    assert layers["block1_conv1"] == layers["age_branch"] == precision.removeprefix("mixed_")
    assert layers["imagenet_input"] == layers["age"] == layers["gender"] == "float32"
    images = np.zeros((1, 128, 128, 3), "float32")
    said = outputs(network.full, images)
    assert {out.dtype for out in said.values()} == {np.dtype("float32")}
    ones = np.ones((1, 1), "float32")
    network.trained.train_function(iter([(images, {"age": ones, "gender": ones})]))
    variables.restore(network, saved)
    for name, array in variables.capture(network).items():
        np.testing.assert_array_equal(array, saved[name], err_msg=name)


def test_the_saved_model_loads_with_plain_keras_alone(network, faces, tmp_path):
    path = tmp_path / "age_gender_B.keras"
    network.full.save(path, include_optimizer=False)
    images = faces.astype("float32") / 255
    np.save(tmp_path / "images.npy", images)
    code = f"""
import sys
sys.modules["trainer"] = sys.modules["agegender_tui"] = None
import keras, numpy as np
model = keras.models.load_model({str(path)!r}, safe_mode=True)
out = model(np.load({str(tmp_path / "images.npy")!r}), training=False)
np.savez({str(tmp_path / "out.npz")!r}, **{{k: np.asarray(v) for k, v in out.items()}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as read:
        for task, out in outputs(network.full, images).items():
            np.testing.assert_allclose(read[task], out, rtol=1e-5)


def test_preset_b_is_the_recipe():
    assert (B.model, B.batch_size, B.epochs, B.frozen_blocks) == ("B", 32, 60, 4)
    assert 0 < B.learning_rate < RunConfig().learning_rate
    assert B.early_stopping > 0
    assert B.l2 > 0
    assert B.dropout > 0


def test_on_features_too_a_distribution_and_age_groups_are_trained_and_only_its_mean_saved():
    config = B.replace(feature_variants=2, age_head="distribution", age_group_weight=1)
    network = build_vgg16(config, 33.0, None)
    assert set(network.full.output) == {"age", "gender"}
    assert set(network.trained.output) == {"age", "gender", "age_distribution", "age_group"}
    assert "age" in network.fixed
    compile_stage(network, config, 1)
    features = np.zeros((2, *network.trained.input_shape[1:]), "float32")
    ages, genders = np.array([20, 60], "float32"), np.zeros(2, "float32")
    labels = Targets(config, ages).labels(ages, genders)
    before = {v.path: v.numpy() for v in network.trained.variables}
    logs = network.trained.train_function(iter([(features, labels)]))
    assert {"age_distribution_loss", "age_group_loss", "age_loss"} <= set(logs)
    after = {v.path: v.numpy() for v in network.full.variables}
    assert np.array_equal(after["age/kernel"], before["age/kernel"])
    assert not np.array_equal(after["age_logits/bias"], before["age_logits/bias"])


@pytest.mark.parametrize("variants", [0, 2])
def test_branches_give_each_task_the_last_blocks_both_from_imagenet(vgg16_layers, faces, variants):
    config = B.replace(branches=1, feature_variants=variants)
    network, alone = (build_vgg16(c, 33.0, vgg16_layers) for c in (config, B))
    own = {f"{task}_block5_conv{n}" for task in ("age", "gender") for n in (1, 2, 3)}
    names = {x.name for x in network.full.layers if isinstance(x, keras.layers.Conv2D)}
    assert names == {"imagenet_input", *CONVOLUTIONS[:-3], *own}
    assert set(network.joining) == own
    for task in ("age", "gender"):
        layer = network.full.get_layer(f"{task}_branch")
        layer.set_weights(alone.full.get_layer(f"{task}_branch").get_weights())
        head = network.full.get_layer(task)
        head.set_weights(alone.full.get_layer(task).get_weights())
    images = faces.astype("float32") / 255
    said, wanted = outputs(network.full, images), outputs(alone.full, images)
    for task in ("age", "gender"):
        np.testing.assert_allclose(said[task], wanted[task], rtol=1e-4)
    if variants:
        said = outputs(network.trained, network.frozen(images))
        for task in ("age", "gender"):
            np.testing.assert_allclose(said[task], wanted[task], rtol=1e-4)
    blind = network.full.get_layer("age_block5_conv3")
    blind.set_weights([np.zeros_like(weight) for weight in blind.get_weights()])
    said = outputs(network.full, images)
    assert not np.allclose(said["age"], wanted["age"], rtol=1e-4)
    np.testing.assert_allclose(said["gender"], wanted["gender"], rtol=1e-4)


def test_weights_for_which_there_is_no_layer_are_no_model_b(vgg16_layers):
    other = {**vgg16_layers, "block6_conv1": vgg16_layers["block5_conv1"]}
    with pytest.raises(ValueError, match="no layer for block6_conv1"):
        build_vgg16(B, 33.0, other)


def test_a_task_has_no_frozen_block_for_itself():
    with pytest.raises(ConfigError, match="branches is 2, and frozen_blocks 4 of 5: a task has no"):
        B.replace(branches=2)
    assert B.replace(branches=2, frozen_blocks=3).branches == 2


@pytest.mark.parametrize("branches", [0, 1])
def test_a_lower_rate_for_the_blocks_reaches_the_step(branches):
    config = B.replace(rate_decay=0.01, learning_rate=1e-2, frozen_blocks=4, branches=branches)
    network = build_vgg16(config, 33.0, None)
    compile_stage(network, config, 1)
    before = {v.path: v.numpy() for v in network.trained.trainable_variables}
    images = np.random.default_rng(3).random((2, 128, 128, 3), "float32")
    labels = {"age": np.full((2, 1), 80, "float32"), "gender": np.ones((2, 1), "float32")}
    network.trained.train_function(iter([(images, labels)]))
    moved = {
        v.path: float(np.abs(v.numpy() - before[v.path]).max())
        for v in network.trained.trainable_variables
    }
    # Adam's first step is the rate itself wherever there is a gradient.
    assert moved["age/kernel"] == pytest.approx(1e-2, rel=0.05)
    for task in ("age_", "gender_") if branches else ("",):
        assert moved[f"{task}block5_conv3/kernel"] == pytest.approx(1e-4, rel=0.05)
