"""The process as those who ask it see it: a child with pipes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from trainer.errors import ConfigError, ExitCode
from trainer.prediction import protocol
from trainer.prediction.answering import Server
from trainer.runs.state import process_started

COMMAND = [sys.executable, "-m", "trainer", "predict-server", "--device", "cpu"]


class Child:
    def __init__(self, *, errors=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )

    def send(self, **request):
        self.process.stdin.write(protocol.encode(request))
        self.process.stdin.flush()

    def read(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, **request):
        self.send(**request)
        replies = [self.read()]
        while not replies[-1].get("done"):
            replies.append(self.read())
        return replies


@pytest.fixture(scope="module")
def child():
    child = Child()
    assert child.read() == {"v": 1, "event": "starting"}
    assert child.read() == {"event": "ready", "device": "cpu"}
    yield child
    child.process.kill()
    child.process.wait()


def test_models_are_loaded_once_and_crops_answered_in_order(child, tiny_file, crops):
    files = [str(path) for path in sorted(crops.iterdir())]
    first = child.ask(id=1, do="predict", models=[str(tiny_file)], files=files)
    assert first[0] == {"id": 1, "loading": str(tiny_file)}
    assert [reply["file"] for reply in first[1:-1]] == files
    assert {reply["id"] for reply in first} == {1}
    again = child.ask(id=2, do="predict", models=[str(tiny_file)], files=files[:1], crops=True)
    assert len(again) == 2
    (face,) = again[0]["faces"]
    pixels = np.frombuffer(protocol.unpack(face["crop"]), "uint8").reshape(128, 128, 3)
    np.testing.assert_array_equal(pixels, np.asarray(Image.open(files[0])))
    assert face["predictions"][0]["age"] == pytest.approx(
        first[1]["faces"][0]["predictions"][0]["age"], abs=1e-4
    )


def test_a_load_describes_the_model(child, tiny_file, tiny_network):
    (model,) = child.ask(id=3, do="load", models=[str(tiny_file)])[-1]["models"]
    assert model["model"] == "tiny"
    assert model["parameters"] == tiny_network.count_params()
    assert (model["calibrated_on"], model["temperature"]) == (0, None)
    assert "lies in no run" in model["why_uncalibrated"]


def test_a_load_with_mean_says_how_that_is_calibrated(child, tiny_file):
    models = [str(tiny_file)] * 2
    mean = child.ask(id=3, do="load", models=models, mean=True)[-1]["mean"]
    assert (mean["calibrated_on"], mean["temperature"]) == (0, None)
    assert mean["why_uncalibrated"].startswith("not all models lie in runs")
    for asked in ({"models": models}, {"models": models[:1], "mean": True}):
        assert "mean" not in child.ask(id=3, do="load", **asked)[-1]


def test_an_explanation_has_heat_and_overlay_and_is_saved(child, tiny_file, crops, tmp_path):
    crop = protocol.pack(np.asarray(Image.open(sorted(crops.iterdir())[0])))
    saved = tmp_path / "cam.png"
    (found,) = child.ask(
        id=4, do="explain", model=str(tiny_file), crop=crop, head="gender", save=str(saved)
    )
    assert found["layer"] == "block4_relu1"
    assert found["layer"] in found["layers"]
    assert len(protocol.unpack(found["heat"])) == 128 * 128
    assert len(protocol.unpack(found["overlay"])) == 128 * 128 * 3
    assert found["toward"] in ("label 0", "label 1")
    assert Image.open(saved).size == (768, 384)


def test_cams_of_every_face_and_head_are_written(child, tiny_file, crops, tmp_path):
    files = [str(path) for path in sorted(crops.iterdir())[:2]]
    replies = child.ask(
        id=5, do="predict", models=[str(tiny_file)], files=files, cams=str(tmp_path)
    )
    assert [reply["cams"] for reply in replies if "file" in reply] == [2, 2]
    assert all(0 <= reply["cams_cold"] <= 2 for reply in replies if "file" in reply)
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == [
        protocol.cam_name(Path(file), 1, "tiny", tiny_file, head)
        for file in files
        for head in ("age", "gender")
    ]


def test_cams_of_namesakes_have_names_of_their_own_that_a_folder_takes():
    def name(file, model="/m/a.keras"):
        return protocol.cam_name(Path(file), 1, "a", Path(model), "age")

    assert re.fullmatch(r"IMG_1\.jpg-face1-a-age-[0-9a-f]{8}\.png", name("/a/IMG_1.jpg"))
    assert (
        len({name("/a/IMG_1.jpg"), name("/b/IMG_1.jpg"), name("/a/IMG_1.jpg", "/n/a.keras")}) == 3
    )
    assert name("/a/IMG_1.jpg") == name("/a/IMG_1.jpg")
    long = protocol.cam_name(Path("é" * 127), 12, "\x1b" * 255, Path("/m/a.keras"), "gender")
    assert len(f".{long}.4194304.tmp".encode()) <= 255
    assert long.isprintable()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"do": "predict", "models": ["/none.keras"], "files": []}, "/none.keras: does not load"),
        ({"do": "predict", "models": [], "files": []}, "no model"),
        ({"do": "predict", "models": "a", "files": []}, "models is no list"),
        ({"do": "predict", "models": ["a"], "files": [3]}, "files is no list"),
        ({"do": "predict", "models": ["a"], "files": [], "faces": "x"}, "faces is 'x': give auto"),
        ({"do": "predict", "models": ["a"], "files": [], "level": 0.7}, "level is 0.7: give one"),
        ({"do": "predict", "models": ["a"], "files": [], "detector": "x"}, "detector is 'x'"),
        ({"do": "explain", "model": 5}, "model is 5: give text"),
        ({"do": "dance"}, "no request 'dance'"),
        ({}, "no request 'None'"),
    ],
)
def test_a_wrong_request_is_answered_with_one_sentence_and_the_process_lives(child, request_, says):
    (reply,) = child.ask(id=6, **request_)[-1:]
    assert says in reply["error"]
    assert "\n" not in reply["error"]


def test_a_line_that_is_no_request_is_answered_too(child):
    child.process.stdin.write(b"nonsense\n[1]\n")
    child.process.stdin.flush()
    for _ in range(2):
        assert "no JSON object" in child.read()["error"]


def test_a_name_that_is_not_utf8_comes_back_as_it_was(child, tiny_file, crops):
    source = sorted(crops.iterdir())[0]
    name = os.fsdecode(b"na\xffme.png")
    (crops / name).write_bytes(source.read_bytes())
    reply = child.ask(id=8, do="predict", models=[str(tiny_file)], files=[str(crops / name)])[0]
    assert reply["file"] == str(crops / name)
    assert reply["faces"]


def test_a_cancelled_request_ends_early(child, tiny_file, crops):
    files = [str(path) for path in sorted(crops.iterdir())] * 400
    child.send(id=9, do="predict", models=[str(tiny_file)], files=files)
    child.send(do="cancel", which=9)
    replies = [child.read()]
    while not replies[-1].get("done"):
        replies.append(child.read())
    assert replies[-1].get("cancelled") or len(replies) == 1
    assert len(replies) < len(files)


def test_ctrl_c_is_left_to_whoever_asks(child, tiny_file):
    child.process.send_signal(signal.SIGINT)
    assert child.ask(id=10, do="load", models=[str(tiny_file)])[-1]["done"]


def test_it_answers_what_was_asked_and_ends_when_its_input_ends(tiny_file):
    asked = protocol.encode({"id": 1, "do": "load", "models": [str(tiny_file)]})
    done = subprocess.run(COMMAND, input=asked, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert replies[-1]["models"][0]["model"] == "tiny"


def test_it_ends_with_its_parent_though_it_is_at_work():
    # The parent starts it with a pipe that it holds itself, says its id, and is killed.
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\nprint(child.pid, flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 300
    while process_started(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process_started(child)


def test_a_device_that_is_missing_ends_it_with_a_sentence():
    done = subprocess.run(
        [*COMMAND[:-1], "gpu:9"], input=b"", capture_output=True, check=False, timeout=300
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[1]["event"] == "failed"
    assert "gpu:9" in events[1]["error"]
    assert done.returncode == ExitCode.DEVICE


def test_a_model_is_loaded_anew_when_its_file_changed(tiny_file, tiny_network, tmp_path):
    file = tmp_path / "a.keras"
    file.write_bytes(tiny_file.read_bytes())
    server, replies = Server(lambda _: False), []
    for stamp in (1, 1, 2):
        os.utime(file, (stamp, stamp))
        server.answer({"do": "load", "models": [str(file)]}, replies.append)
    assert sum("loading" in reply for reply in replies) == 2


def test_an_answer_that_was_cancelled_before_its_turn_is_not_worked_on():
    replies = []
    Server(lambda _: True).answer({"id": 1, "do": "load", "models": ["/x"]}, replies.append)
    assert replies == [{"done": True}]
    with pytest.raises(ConfigError):
        Server(lambda _: False).answer({"id": 1, "do": "load", "models": []}, replies.append)


def test_a_model_is_loaded_again_once_its_intervals_are_others(tmp_path, make_run, monkeypatch):
    run = make_run(tmp_path)
    file = run.model_file("A")
    file.touch()
    loaded = []

    def load_model(path):
        loaded.append(path)
        return SimpleNamespace(lacks_flipped=False)

    monkeypatch.setattr("trainer.prediction.predictor.load_model", load_model)
    server = Server(lambda _: False)

    def ask():
        return server._chosen_models({"models": [str(file)]}, lambda _: None)

    assert ask() == ask()
    for written in (run.calibration_file, run.predictions_file, run.flipped_predictions_file):
        before = len(loaded)
        written.touch()
        assert ask() == ask()
        assert len(loaded) == before + 1


def test_a_model_calibrated_for_mirrored_faces_is_not_loaded_again_for_what_that_wrote(
    tmp_path, make_run, monkeypatch
):
    run = make_run(tmp_path)
    file = run.model_file("A")
    file.touch()
    loaded = []

    def load_model(path):
        loaded.append(path)
        return SimpleNamespace(lacks_flipped=True)

    def with_flipped(model, cancelled):
        run.flipped_predictions_file.touch()
        return SimpleNamespace(lacks_flipped=False)

    monkeypatch.setattr("trainer.prediction.predictor.load_model", load_model)
    monkeypatch.setattr("trainer.prediction.predictor.with_flipped", with_flipped)
    server = Server(lambda _: False)
    for _ in range(2):
        (model,) = server._chosen_models({"models": [str(file)], "flip": True}, lambda _: None)
        assert not model.lacks_flipped
    assert loaded == [file]
