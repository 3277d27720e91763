import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.explain.gradcam import HEADS, GradCam, layers_to_explain
from trainer.export.portable import export_model
from trainer.models.custom_cnn import build_custom_cnn
from trainer.models.members import without_member
from trainer.models.mirrored import with_mirror_image
from trainer.models.vgg16 import build_vgg16
from trainer.presets import preset
from trainer.sharing.keras_file import half_precision, read_keras, write_keras

EVERYTHING = {"filters": "4-4-4,8-4,8", "branches": 1, "residual": True, "squeeze": 2,
              "members": 2, "age_head": "distribution"}  # fmt: skip
NETWORKS = ("plain A", "A with everything", "B")


def network(kind):
    keras.utils.set_random_seed(3)
    if kind == "B":
        config = preset("B-best").replace(dense_units=8)
        model = build_vgg16(config, 30.0, None).full
    else:
        changes = EVERYTHING if kind == "A with everything" else {"filters": "4-4-4-8"}
        config = RunConfig(dense_units=8, **changes)
        model = build_custom_cnn(config, 30.0)
    # So that faces, and sides of a face, differ in what is said of them.
    random = np.random.default_rng(4)
    for layer in model.layers:
        heads = ("age_logits", "age", "gender", "gender_logit")
        if without_member(layer.name) in heads and layer.trainable:
            kernel, *rest = layer.get_weights()
            layer.set_weights([random.standard_normal(kernel.shape) * 0.5, *rest])
    return model


@pytest.fixture(scope="module", params=NETWORKS)
def both(request):
    model = network(request.param)
    return model, with_mirror_image(model)


@pytest.fixture(scope="module")
def faces():
    faces = np.random.default_rng(1).random((3, 128, 128, 3), dtype="float32")
    faces[:, :, :64] *= 0.2  # no face is its own mirror image
    return faces


def say(model, faces):
    return model.predict(faces, verbose=0, batch_size=2)


def test_it_answers_with_the_mean_of_both_sides(both, faces):
    model, twice = both
    here, there, said = say(model, faces), say(model, faces[:, :, ::-1]), say(twice, faces)
    for head in HEADS:
        assert np.abs(here[head] - there[head]).max() > 1e-4
        np.testing.assert_allclose(said[head], (here[head] + there[head]) / 2, rtol=1e-5)


def test_saved_it_is_plain_keras_with_the_layers_and_weights_there_were(both, faces, tmp_path):
    model, twice = both
    twice.save(tmp_path / "twice.keras")
    loaded = keras.models.load_model(tmp_path / "twice.keras", safe_mode=True)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    for weight, own in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, own)
    for head in HEADS:
        np.testing.assert_array_equal(say(loaded, faces)[head], say(twice, faces)[head])


@pytest.mark.parametrize("head", HEADS)
def test_a_map_is_of_the_face_and_the_value_of_both_sides(both, faces, head):
    model, twice = both
    assert layers_to_explain(twice, head) == layers_to_explain(model, head)
    crop = (faces[0] * 255).astype("uint8")
    found, alone = GradCam(twice, head)(crop), GradCam(model, head)(crop)
    said = say(twice, crop[None].astype("float32") / 255)[head][0, 0]
    assert found.value == pytest.approx(said, rel=1e-4)
    assert alone.value != pytest.approx(said, rel=1e-5)
    np.testing.assert_allclose(found.heat, alone.heat, atol=1e-3)


def test_it_travels_as_other_models_do(faces, tmp_path):
    twice = with_mirror_image(network("A with everything"))
    check = export_model(twice, tmp_path / "m.tflite", "tflite")
    assert check.age_difference < 1e-2
    twice.save(tmp_path / "twice.keras")
    write_keras(tmp_path / "small.keras", half_precision(read_keras(tmp_path / "twice.keras")))
    small = keras.models.load_model(tmp_path / "small.keras", safe_mode=True)
    np.testing.assert_allclose(say(small, faces)["age"], say(twice, faces)["age"], atol=0.1)
