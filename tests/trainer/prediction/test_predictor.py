import dataclasses
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from trainer.data.decode import read_face
from trainer.errors import RunError
from trainer.prediction.calibration import calibrate
from trainer.prediction.finding import AUTO, CROPS, CroppedFace, FacesOfFile
from trainer.prediction.pipeline import predict_files
from trainer.prediction.predictor import Estimate, Predictor, load_model


@pytest.fixture(scope="module")
def tiny(tiny_file):
    return load_model(tiny_file)


def no_detector():
    raise AssertionError("no detector was needed")


def plain_keras(network, files):
    images = np.stack([read_face(file)[0] for file in files]).astype("float32") / 255
    out = network.predict(images, verbose=0)
    return out["age"][:, 0], out["gender"][:, 0]


def test_predictions_of_crops_are_those_of_plain_keras(tiny, tiny_network, crops):
    files = sorted(crops.iterdir())
    results = list(predict_files(files, Predictor([tiny]), no_detector))
    assert [result.path for result in results] == files
    ages, chances = plain_keras(tiny_network, files)
    said = [result.faces[0][1][0] for result in results]
    np.testing.assert_allclose([one.age for one in said], ages, atol=1e-4)
    np.testing.assert_allclose([one.gender_raw for one in said], chances, atol=1e-6)


def test_batches_of_any_size_say_the_same(tiny, crops):
    files = sorted(crops.iterdir())
    runs = [
        [
            r.faces[0][1][0].age
            for r in predict_files(files, Predictor([tiny]), no_detector, batch=n)
        ]
        for n in (1, 3, 64)
    ]
    np.testing.assert_allclose(runs[0], runs[1], atol=1e-4)
    np.testing.assert_allclose(runs[0], runs[2], atol=1e-4)


def test_a_picture_of_a_crowd_goes_through_the_networks_in_batches(tmp_path, monkeypatch):
    def crowd(path, detector, mode):
        faces = [
            CroppedFace(
                np.full((128, 128, 3), n, "uint8"), (0, 0, 1, 1), np.zeros((4, 2)), 1, False
            )
            for n in range(10)
        ]
        return FacesOfFile((4000, 3000), faces)

    sizes = []

    def predictor(given):
        sizes.append(len(given))
        return [[Estimate("m", float(one[0, 0, 0]), None, None, 0.5, 0.5)] for one in given]

    monkeypatch.setattr("trainer.prediction.pipeline.read_faces", crowd)
    (found,) = predict_files([tmp_path / "crowd.jpg"], predictor, no_detector, batch=4)
    assert sizes == [4, 4, 2]
    assert [said.age for _, (said,) in found.faces] == list(range(10))


def test_flip_averages_with_the_mirrored_face(tiny, crops):
    (face, *_) = [read_face(file)[0] for file in sorted(crops.iterdir())]
    pair = np.stack([face, face[:, ::-1]])
    plain = [rows[0] for rows in Predictor([tiny])(pair)]
    flipped = Predictor([tiny], flip=True)(pair)
    assert flipped[0][0].age == pytest.approx((plain[0].age + plain[1].age) / 2, abs=1e-4)
    assert flipped[0][0].gender == pytest.approx(flipped[1][0].gender, abs=1e-6)


def with_calibration(model, name):
    random = np.random.default_rng(1)
    ages = random.uniform(20, 50, 50)
    genders = (random.random(50) > 0.5).astype("float64")
    made = calibrate(ages + random.normal(0, 4, 50), genders, ages, random.random(50))
    return dataclasses.replace(model, name=name, calibration=made)


def test_a_calibrated_model_gives_an_interval_and_a_mean_stands_beside_its_models(tiny, crops):
    pixels = np.stack([read_face(sorted(crops.iterdir())[0])[0]])
    one = with_calibration(tiny, "one")
    first, second, mean = Predictor([one, tiny], mean=True)(pixels)[0]
    assert first.age_low < first.age < first.age_high
    assert first.gender != first.gender_raw
    assert (second.age_low, second.age_high) == (None, None)
    assert mean.model == "mean"
    assert mean.age == pytest.approx((first.age + second.age) / 2, abs=1e-4)
    wide = Predictor([one], level=0.95)(pixels)[0][0]
    assert wide.age_high > first.age_high


def test_the_mean_of_one_model_is_left_out(tiny):
    assert len(Predictor([tiny], mean=True)(np.zeros((1, 128, 128, 3), "uint8"))[0]) == 1


def test_bad_files_stand_in_their_place_and_cost_nothing_else(tiny, crops):
    files = sorted(crops.iterdir())
    (crops / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 rubbish")
    Image.new("RGB", (640, 480)).save(crops / "wide.png")
    given = [files[0], crops / "broken.jpg", crops / "missing.jpg", crops / "wide.png", files[1]]

    class Nothing:
        name = "nothing"

        def find(self, pixels):
            return []

    results = list(predict_files(given, Predictor([tiny]), Nothing, AUTO, batch=2))
    assert [result.path for result in results] == given
    assert [bool(result.faces) for result in results] == [True, False, False, False, True]
    assert results[1].problem == "cut short"
    assert results[2].problem == "there is no such file"
    assert (results[3].problem, results[3].size) == ("no face found", (640, 480))


def test_a_model_that_diverged_is_said_to_be_so(tiny_network, crops, tmp_path):
    broken = keras.models.clone_model(tiny_network)
    broken.get_layer("gender").set_weights([np.full((8, 1), np.nan), np.full(1, np.nan)])
    broken.save(tmp_path / "a.keras")
    files = sorted(crops.iterdir())[:2]
    results = list(predict_files(files, Predictor([load_model(tmp_path / "a.keras")]), no_detector))
    assert [result.problem for result in results] == ["the model's output is no finite number"] * 2


def save_logits(path, weights, bias):
    """Save a model whose gender is `bias` plus the mean of each channel times its weight."""
    inputs = keras.Input((128, 128, 3))
    means = keras.layers.GlobalAveragePooling2D()(inputs)
    outputs = {
        "age": keras.layers.Dense(1, activation="relu", name="age")(means),
        "gender": keras.layers.Dense(1, name="gender")(means),
    }
    model = keras.Model(inputs, outputs)
    model.get_layer("gender").set_weights([np.array(weights)[:, None], np.array([bias])])
    model.save(path)


@pytest.mark.parametrize("logit", [-3.2, 6.24])
def test_a_model_whose_gender_is_a_logit_is_refused(tmp_path, logit):
    save_logits(tmp_path / "a.keras", [0, 0, 0], logit)
    with pytest.raises(RunError, match=r"a\.keras: the model's gender is no probability; give it"):
        load_model(tmp_path / "a.keras")


def test_a_logit_that_only_a_face_shows_is_said_of_its_file(tmp_path):
    # Of black and white 0.5, of red 3.5.
    save_logits(tmp_path / "a.keras", [3, -3, 0], 0.5)
    model = load_model(tmp_path / "a.keras")
    for name, colour in (("grey", (90, 90, 90)), ("red", (255, 0, 0))):
        Image.new("RGB", (128, 128), colour).save(tmp_path / f"{name}.png")
    files = [tmp_path / "grey.png", tmp_path / "red.png"]
    results = list(predict_files(files, Predictor([model]), no_detector, CROPS))
    assert [bool(result.faces) for result in results] == [True, False]
    assert results[1].problem == "the model's gender is no probability; give it a sigmoid"


def test_it_can_be_stopped_between_files(tiny, crops):
    seen = []
    for result in predict_files(
        sorted(crops.iterdir()), Predictor([tiny]), no_detector, CROPS, lambda: len(seen) >= 2, 1
    ):
        seen.append(result)
    assert len(seen) == 2


def test_files_that_are_no_model_of_ours_are_refused_in_a_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("notes.txt", "rubbish")
    with pytest.raises(RunError, match=r"a\.keras: does not load as a Keras model in safe mode"):
        load_model(tmp_path / "a.keras")
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    other.save(tmp_path / "b.keras")
    with pytest.raises(RunError, match="not one from 128×128 RGB faces to the outputs age and"):
        load_model(tmp_path / "b.keras")


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x89HDF\r\n\x1a\n and more"])
def test_a_model_file_that_is_there_is_not_called_missing(tmp_path, content):
    (tmp_path / "a.keras").write_bytes(content)
    with pytest.raises(RunError, match=r"a\.keras: is no \.keras file") as refused:
        load_model(tmp_path / "a.keras")
    assert ("HDF5" in str(refused.value)) == (b"HDF" in content)
    assert "not found" not in str(refused.value)


def test_a_model_that_carries_code_is_not_run(tmp_path):
    inputs = keras.Input((128, 128, 3))
    x = keras.layers.Lambda(lambda image: image * 2)(inputs)
    x = keras.layers.Flatten()(x)
    outputs = {name: keras.layers.Dense(1, name=name)(x) for name in ("age", "gender")}
    keras.Model(inputs, outputs).save(tmp_path / "a.keras")
    with pytest.raises(RunError, match="safe mode") as refused:
        load_model(tmp_path / "a.keras")
    assert "\n" not in str(refused.value)
