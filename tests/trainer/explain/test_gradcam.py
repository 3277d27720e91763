"""Sanity of the maps: they follow the face, and depend on what was learnt (Adebayo et al. 2018,
arXiv:1810.03292)."""

import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.explain.gradcam import (
    AGAINST,
    HEADS,
    NO_PART,
    GradCam,
    last_convolution,
    layers_to_explain,
)
from trainer.explain.overlay import overlay, write_overlay
from trainer.models.custom_cnn import build_custom_cnn
from trainer.models.members import without_member
from trainer.models.vgg16 import build_vgg16

CONFIG = RunConfig(filters="8-8-8-8", dense_units=8, batch_norm=False)


def with_patch(x, y, count=1, seed=0):
    """(count, 128, 128, 3): a bright patch of 24 pixels on dim noise."""
    images = np.random.default_rng(seed).integers(0, 40, (count, 128, 128, 3)).astype("uint8")
    images[:, y : y + 24, x : x + 24] = (255, 220, 200)
    return images


@pytest.fixture(scope="module")
def model():
    """A model A whose weights are set so that it tells a bright patch from dim noise wherever it
    is: with a patch the age is high and the gender 1, without one it is low and 0."""
    keras.utils.set_random_seed(0)
    model = build_custom_cnn(CONFIG, mean_age=10.0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = (np.zeros_like(weight) for weight in layer.get_weights())
            kernel[1, 1, :, 0] = 1 / 3 if layer.name == "block1_conv1" else 0
            kernel[1, 1, 0, 0] = 1 / 3 if layer.name == "block1_conv1" else 1
            bias[0] = -0.5 if layer.name == "block1_conv1" else 0
            kernel[..., 1:] = np.random.default_rng(1).normal(0, 0.01, kernel[..., 1:].shape)
            layer.set_weights([kernel, bias])
    shared = model.get_layer("shared")
    kernel, bias = (np.zeros_like(weight) for weight in shared.get_weights())
    kernel.reshape(8, 8, 8, 8)[:, :, 0, 0] = 1
    shared.set_weights([kernel, bias])
    for name, weight, offset in (("age", 20.0, 10.0), ("gender", 8.0, -4.0)):
        kernel = np.zeros((8, 1))
        kernel[0] = weight
        model.get_layer(name).set_weights([kernel, np.array([offset])])
    return model


def centre_of(heat):
    rows, columns = np.mgrid[:128, :128] + 0.5
    return (heat * columns).sum() / heat.sum(), (heat * rows).sum() / heat.sum()


@pytest.mark.parametrize("head", HEADS)
def test_the_map_moves_with_what_the_model_looks_at(model, head):
    explain = GradCam(model, head)
    for x, y in ((16, 80), (80, 16), (84, 84)):
        found = explain(with_patch(x, y)[0])
        inside = found.heat[max(y - 8, 0) : y + 32, max(x - 8, 0) : x + 32].sum()
        assert inside > 0.5 * found.heat.sum()
        np.testing.assert_allclose(centre_of(found.heat), (x + 12, y + 12), atol=16)


@pytest.mark.parametrize("head", HEADS)
def test_random_weights_destroy_the_map(model, head):
    learnt = on_the_patch(model, head)
    rivals = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        rivals.append(on_the_patch(build_custom_cnn(CONFIG, mean_age=10.0), head))
    assert learnt > 0.9
    assert np.mean(rivals) < 0.4


def on_the_patch(model, head):
    """The share of the heat that lies on the patch and a rim of 8 pixels: one cell of the map."""
    heat = GradCam(model, head)(with_patch(80, 20)[0]).heat
    return heat[12:52, 72:112].sum() / max(heat.sum(), 1e-9)


def test_the_gender_map_speaks_for_the_label_that_is_said(model):
    explain = GradCam(model, "gender")
    there = explain(with_patch(60, 60)[0])
    absent = explain(np.random.default_rng(2).integers(0, 40, (128, 128, 3)).astype("uint8"))
    assert (there.toward, absent.toward) == ("label 1", "label 0")
    out = model.predict(with_patch(60, 60) / 255, verbose=0)
    assert there.value == pytest.approx(float(out["gender"][0, 0]), abs=1e-5)
    assert GradCam(model, "age")(with_patch(60, 60)[0]).value == pytest.approx(
        float(out["age"][0, 0]), abs=1e-3
    )


@pytest.mark.parametrize(("weight", "cold"), [(20.0, ""), (-20.0, AGAINST), (0.0, NO_PART)])
def test_a_map_without_heat_says_why(model, weight, cold):
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    kernel = np.zeros((8, 1))
    kernel[0] = weight
    other.get_layer("age").set_weights([kernel, np.array([10.0])])
    found = GradCam(other, "age")(with_patch(60, 60)[0])
    assert found.cold == cold
    assert found.heat.any() == (not cold)


def test_maps_come_in_0_to_1_at_the_size_of_the_face(model):
    found = GradCam(model, "age")(with_patch(40, 40)[0])
    assert found.heat.shape == (128, 128)
    assert found.coarse.shape == (16, 16)
    assert (found.heat.min(), found.coarse.max()) == (0, 1)


def test_the_last_convolution_is_taken_after_its_rectifier_and_any_map_can_be_chosen(model):
    assert last_convolution(model, "age") == "block4_relu1"
    assert GradCam(model, "age", "block2_conv1").layer == "block2_conv1"
    assert "block2_pool" in layers_to_explain(model, "age")
    with pytest.raises(ConfigError, match="layer is 'shared': this model has block1_conv1, "):
        GradCam(model, "age", "shared")
    with pytest.raises(ConfigError, match="head is 'race': give age or gender"):
        GradCam(model, "race")


@pytest.mark.parametrize("silent", [1, 2])
def test_of_an_ensemble_a_map_is_of_all_members(model, silent):
    """Of two that are the model, one is made to find nothing: what the other finds is there."""
    both = build_custom_cnn(CONFIG.replace(members=2), mean_age=10.0)
    for layer in both.layers:
        if layer.get_weights() and layer.name not in ("age", "gender"):
            name = without_member(layer.name).removesuffix("_logit")
            layer.set_weights(model.get_layer(name).get_weights())
    blind = both.get_layer(f"member{silent}_block4_conv1")
    blind.set_weights([np.zeros_like(weight) for weight in blind.get_weights()])
    found, alone = (GradCam(one, "age")(with_patch(40, 40)[0]) for one in (both, model))
    assert found.layer == alone.layer == "block4_relu1"
    np.testing.assert_allclose(found.heat, alone.heat, atol=1e-3)
    assert layers_to_explain(both, "age") == layers_to_explain(model, "age")


@pytest.mark.parametrize("head", HEADS)
def test_both_heads_of_model_b_have_maps_though_its_lower_blocks_are_frozen(head):
    keras.utils.set_random_seed(1)  # of few units all may be dead in a network that learnt nothing
    model = build_vgg16(RunConfig(model="B", dense_units=32), 33.0, None).full
    assert last_convolution(model, head) == "block5_conv3"
    for layer in ("", "block2_conv2"):
        found = GradCam(model, head, layer)(with_patch(40, 40)[0])
        assert found.coarse.max() == 1


@pytest.mark.parametrize("head", HEADS)
def test_a_head_with_a_branch_of_its_own_is_explained_by_that_branch(head):
    config = RunConfig(
        filters="4-4-4-4,8", dense_units=8, branches=1, residual=True, squeeze=2,
        age_head="distribution",
    )  # fmt: skip
    model = build_custom_cnn(config, mean_age=33.0)
    assert last_convolution(model, head) == f"{head}_block4_relu2"
    other = "gender" if head == "age" else "age"
    named = layers_to_explain(model, head)
    assert "block3_relu1" in named
    assert not [name for name in named if name.startswith(other)]
    found = GradCam(model, head)(with_patch(40, 40)[0])
    said = model(with_patch(40, 40).astype("float32") / 255)[head]
    assert found.value == pytest.approx(float(said[0, 0]), rel=1e-3)
    assert found.coarse.shape == (16, 16)


def test_of_squeezed_blocks_the_map_is_that_before_pooling():
    config = RunConfig(filters="4-4-4-4,8", dense_units=8, squeeze=2)
    model = build_custom_cnn(config, mean_age=33.0)
    assert last_convolution(model, "age") == "block4_relu2"
    assert GradCam(model, "age")(with_patch(40, 40)[0]).coarse.shape == (16, 16)


def test_a_model_without_a_convolution_is_refused():
    inputs = keras.Input((128, 128, 3))
    flat = keras.layers.Flatten()(inputs)
    outputs = {name: keras.layers.Dense(1, name=name)(flat) for name in HEADS}
    with pytest.raises(ConfigError, match="no convolution at its top level"):
        GradCam(keras.Model(inputs, outputs), "age")


def of_another_make(ending):
    """A model with one convolution; `ending` makes of its features the output of a name."""
    inputs = keras.Input((128, 128, 3))
    x = keras.layers.Conv2D(4, 3, strides=4, name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, {name: ending(name, x) for name in HEADS}, name="foreign")


@pytest.mark.parametrize(
    "ending",
    [
        lambda name, x: keras.layers.Dense(1, name=f"{name}_out")(x),
        lambda name, x: keras.layers.Activation("sigmoid", name=name)(keras.layers.Dense(1)(x)),
        lambda name, x: keras.layers.Dense(1)(keras.layers.Dense(8, name=name)(x)),
    ],
    ids=["other names", "an activation", "wider layers"],
)
@pytest.mark.parametrize("head", HEADS)
def test_a_model_that_does_not_end_in_dense_layers_of_these_names_is_refused(ending, head):
    with pytest.raises(ConfigError, match="foreign: its outputs do not end in dense layers called"):
        GradCam(of_another_make(ending), head)


def test_a_dense_layer_without_a_bias_has_a_map():
    model = of_another_make(lambda name, x: keras.layers.Dense(1, use_bias=False, name=name)(x))
    said = float(model(with_patch(40, 40).astype("float32") / 255)["gender"][0, 0])
    value = GradCam(model, "gender")(with_patch(40, 40)[0]).value
    assert value == pytest.approx(1 / (1 + np.exp(-said)), abs=1e-5)


def test_the_overlay_shows_the_face_where_there_is_no_heat_and_brightens_where_there_is(tmp_path):
    crop = np.full((128, 128, 3), 100, "uint8")
    heat = np.zeros((128, 128), "float32")
    heat[:, 64:] = 1
    mixed = overlay(crop, heat)
    assert (mixed[:, :64] == 100).all()
    assert (mixed[:, 64:].mean(-1) > 120).all()
    write_overlay(tmp_path / "a.png", crop, heat)
    from PIL import Image

    assert Image.open(tmp_path / "a.png").size == (768, 384)
