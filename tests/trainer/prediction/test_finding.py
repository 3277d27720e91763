import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from trainer.data.decode import UnreadableFace, read_face
from trainer.data.sample import sample_folder
from trainer.errors import ConfigError, EnvironmentFault
from trainer.prediction import detectors, geometry
from trainer.prediction.detectors import Face, YuNet, open_detector
from trainer.prediction.finding import CROPS, FIND, read_faces


class Placed:
    """A detector that finds faces where the test says."""

    name = "placed"

    def __init__(self, *places):
        self.asked = 0
        self.faces = []
        for x, y, side in places:
            scale = 128 / side
            matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
            self.faces.append(Face((x, y, side, side), matrix, 0.9))

    def find(self, pixels):
        self.asked += 1
        return self.faces


def save(path, width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), "uint8")
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.mark.parametrize("side", [128, 200])
def test_a_square_of_the_data_sets_own_size_is_taken_as_it_is_without_a_detector(tmp_path, side):
    save(tmp_path / "a.png", side, side)
    detector = Placed((5, 5, 50))
    found = read_faces(tmp_path / "a.png", lambda: detector)
    assert detector.asked == 0
    assert found.faces[0].as_it_is
    # As training reads it, so that predictions are those of the run's own evaluation.
    np.testing.assert_array_equal(found.faces[0].pixels, read_face(tmp_path / "a.png")[0])


@pytest.mark.parametrize(
    ("side", "places", "as_it_is"),
    [
        (300, [(0, 0, 300)], True),
        (300, [(12, -10, 290)], True),
        (300, [(60, 60, 150)], False),
        (300, [(0, 0, 300), (10, 10, 90)], False),
        (300, [], True),
        (900, [], None),
        (900, [(0, 0, 900)], True),
    ],
)
def test_another_square_is_a_crop_where_its_face_lies_as_in_one(tmp_path, side, places, as_it_is):
    save(tmp_path / "a.png", side, side)
    found = read_faces(tmp_path / "a.png", lambda: Placed(*places))
    if as_it_is is None:
        assert found.faces == []
    else:
        assert found.faces[0].as_it_is == as_it_is


def test_the_modes_overrule(tmp_path):
    save(tmp_path / "crop.png", 128, 128)
    save(tmp_path / "wide.png", 300, 200)
    small = lambda: Placed((10, 10, 60))  # noqa: E731
    assert not read_faces(tmp_path / "crop.png", small, FIND).faces[0].as_it_is
    taken = read_faces(tmp_path / "wide.png", small, CROPS).faces[0]
    assert taken.as_it_is
    assert taken.box == (50, 0, 200, 200)
    np.testing.assert_array_equal(taken.corners[2], (250, 200))


def test_faces_of_a_photograph_come_from_left_to_right_each_with_its_crop(tmp_path):
    pixels = save(tmp_path / "a.png", 500, 300)
    found = read_faces(tmp_path / "a.png", lambda: Placed((300, 20, 128), (10, 100, 128)))
    assert found.size == (500, 300)
    assert [face.box[0] for face in found.faces] == [10, 300]
    np.testing.assert_array_equal(found.faces[1].pixels, pixels[20:148, 300:428])
    np.testing.assert_allclose(found.faces[1].corners[0], (300, 20))


def test_a_bad_file_says_why(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    with pytest.raises(UnreadableFace):
        read_faces(tmp_path / "a.jpg", Placed)


@pytest.mark.parametrize("mode", ["auto", "crops", "find"])
def test_a_picture_too_small_for_a_face_is_refused(tmp_path, mode):
    for size, few in (((19, 300), True), ((1, 1), True), ((20, 20), False)):
        Image.new("RGB", size).save(tmp_path / "a.png")
        if not few:
            read_faces(tmp_path / "a.png", Placed, mode)
            continue
        with pytest.raises(UnreadableFace, match=f"{size[0]}×{size[1]} pixels are too few"):
            read_faces(tmp_path / "a.png", Placed, mode)


def drawn_scene():
    """A drawn face, large and upright, to the right of the middle of a plain picture."""
    file = sorted(sample_folder().glob("3*.jpg"))[0]
    face = cv2.resize(read_face(file)[0], (256, 256), interpolation=cv2.INTER_CUBIC)
    scene = np.full((480, 640, 3), 120, "uint8")
    scene[100:356, 340:596] = face
    return scene


def test_the_cascade_finds_a_drawn_face_about_where_it_is():
    found = open_detector("haar").find(drawn_scene())
    assert len(found) == 1
    np.testing.assert_allclose(geometry.outline(found[0].matrix).mean(0), (468, 228), atol=40)


def test_mtcnn_finds_a_drawn_face_and_aligns_it():
    found = open_detector("mtcnn").find(drawn_scene())
    assert len(found) == 1
    np.testing.assert_allclose(geometry.outline(found[0].matrix).mean(0), (468, 228), atol=40)
    assert abs(geometry.roll_of(found[0].matrix)) < 10


def test_compiled_mtcnn_finds_what_the_package_finds():
    from mtcnn import MTCNN

    (box,) = (face.box for face in open_detector("mtcnn").find(drawn_scene()))
    (plain,) = MTCNN().detect_faces(drawn_scene(), output_type="numpy", box_format="xywh")
    np.testing.assert_allclose(box, plain[1:5], atol=0.01)


def test_mtcnn_finds_nothing_in_nothing():
    detector = open_detector("mtcnn")
    assert detector.find(np.full((300, 400, 3), 90, "uint8")) == []
    assert detector.find(np.zeros((9, 900, 3), "uint8")) == []


def test_mtcnn_reads_its_own_weights_though_the_current_folder_has_some(tmp_path, monkeypatch):
    for name in ("pnet", "rnet", "onet"):
        (tmp_path / f"{name}.lz4").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    monkeypatch.chdir(tmp_path)
    assert open_detector("mtcnn").name == "mtcnn"
    assert not (tmp_path / "pwned").exists()


def test_a_missing_package_or_another_name_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'mtcnn<2,>=1\.0'"):
        open_detector("mtcnn")
    with pytest.raises(ConfigError, match="detector is 'dlib': give mtcnn or haar, or a YuNet"):
        open_detector("dlib")


def test_a_yunet_file_that_is_missing_or_none_is_a_sentence(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        open_detector(str(tmp_path / "a.onnx"))
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    with pytest.raises(ConfigError, match="cannot run it as a YuNet"):
        open_detector(str(tmp_path / "a.onnx"))


class YuNetOfOpenCv:
    """Answers as OpenCV documents it: x, y, w, h, right eye, left eye, nose, mouth, score."""

    def setInputSize(self, size):  # noqa: N802 - OpenCV's name
        self.size = size

    def detect(self, pixels):
        assert pixels.shape[1::-1] == self.size
        landmarks = geometry.LANDMARKS * 2 + (100, 50)
        return 1, np.array([[100, 50, 256, 256, *landmarks.ravel(), 0.87]], "float32")


def test_yunets_landmarks_align_the_face(tmp_path, monkeypatch):
    monkeypatch.setattr(detectors.cv2.FaceDetectorYN, "create", lambda *_, **__: YuNetOfOpenCv())
    (tmp_path / "yunet.onnx").touch()
    # A picture of twice the size that is looked at: what is found counts double.
    (face,) = YuNet(tmp_path / "yunet.onnx").find(np.zeros((1000, 2560, 3), "uint8"))
    np.testing.assert_allclose(geometry.outline(face.matrix)[0], (200, 100), atol=1e-3)
    assert face.box == (200, 100, 512, 512)
    assert face.score == pytest.approx(0.87)
