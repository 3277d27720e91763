"""A folder of pictures of drawn faces, runs with models, and a process that knows the answers."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from textual.app import App
from textual.pilot import Pilot

from agegender_tui.screens.predict import PredictScreen
from trainer.data.sample import sample_folder
from trainer.runs.layout import RunDir

MakeRun = Callable[..., RunDir]
PLACES = ((40, 30, 180), (260, 110, 140), (430, 20, 170))  # x, y, side of the faces of the scene
SIZE = (640, 360)


class Fake:
    """What the process is asked, and what it answers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.answers: dict[str, Any] = {}

    def answer(self, file: str, answer: Any) -> None:
        self.answers[file] = answer
        (self.home / "answers.json").write_text(json.dumps(self.answers))

    def asked(self, do: str) -> list[dict[str, Any]]:
        log = self.home / "requests.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [request for request in map(json.loads, lines) if request["do"] == do]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """In place of the prediction process."""
    home = tmp_path / "fake"
    home.mkdir()
    script = home / "process"
    source = Path(__file__).with_name("fake_process.py").read_text()
    script.write_text(f"#!{sys.executable} -SE\n{source}")
    script.chmod(0o755)
    monkeypatch.setenv("FAKE_PREDICTION", str(home))
    monkeypatch.setattr("agegender_tui.predicting.process.sys.executable", str(script))
    return Fake(home)


def sample_faces(count: int) -> list[Image.Image]:
    files = sorted(sample_folder().glob("*.jpg"))[10 : 10 + 7 * count : 7]
    return [Image.open(file).convert("RGB") for file in files]


def crop_of(face: Image.Image) -> str:
    return base64.b64encode(face.resize((128, 128)).tobytes()).decode()


def estimate(age: float, gender: float, spread: float | None = 8.0) -> dict[str, Any]:
    low, high = (None, None) if spread is None else (age - spread, age + spread)
    return {"age": age, "age_low": low, "age_high": high, "gender": gender, "gender_raw": gender}


def scene() -> tuple[Image.Image, list[dict[str, Any]]]:
    """A picture of three drawn faces, and what is said of them by two models and their mean."""
    down = np.linspace(90, 150, SIZE[1])[:, None, None]
    ground = np.broadcast_to(down * np.array([0.7, 0.9, 1.0]), (SIZE[1], SIZE[0], 3))
    picture = Image.fromarray(ground.astype("uint8"))
    faces = []
    for n, (face, (x, y, side)) in enumerate(zip(sample_faces(3), PLACES, strict=True)):
        picture.paste(face.resize((side, side)), (x, y))
        box = [x + side * 0.2, y + side * 0.15, side * 0.6, side * 0.75]
        faces.append(
            {
                "box": box,
                "corners": [[x, y], [x + side, y], [x + side, y + side], [x, y + side]],
                "score": 0.99,
                "as_it_is": False,
                "predictions": [
                    estimate(22.4 + 10 * n, 0.97 - 0.4 * n),
                    estimate(24.8 + 10 * n, 0.91 - 0.4 * n),
                    estimate(23.6 + 10 * n, 0.94 - 0.4 * n),
                ],
                "crop": crop_of(face),
            }
        )
    return picture, faces


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Fake) -> Path:
    """`party.png` with three faces, `img2.png` and `img10.png` with one, `broken.jpg`; and the
    current folder is their parent."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday").mkdir()
    picture, faces = scene()
    picture.save(folder / "party.png")
    fake.answer("party.png", {"size": SIZE, "faces": faces, "problem": ""})
    for name, face in zip(("img2.png", "img10.png"), sample_faces(2), strict=True):
        face.save(folder / name)
        one = {**faces[0], "box": [0, 0, *face.size], "as_it_is": True, "crop": crop_of(face)}
        fake.answer(name, {"size": face.size, "faces": [one], "problem": ""})
    (folder / "broken.jpg").write_text("no picture")
    fake.answer("broken.jpg", "not a picture, or damaged at its beginning")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    return folder


def save_model(folder: Path, name: str = "age_gender_A.keras") -> Path:
    """A file that looks like a saved model to who does not load it."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["kernel"] = np.zeros((3, 3, 3, 8), "float32")
    layers = [
        {
            "class_name": "InputLayer",
            "config": {"name": "face", "batch_shape": [None, 128, 3]},
        },
        {"class_name": "Conv2D", "config": {"name": "conv1", "filters": 8}},
    ]
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
        metadata = {"keras_version": "3.15.1", "date_saved": "2026-11-23@20:00:00"}
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("model.weights.h5", weights.getvalue())
    return folder / name


@pytest.fixture
def runs(tmp_path: Path, make_run: MakeRun) -> Path:
    """Two runs with a model each, of network A and B."""
    root = tmp_path / "runs"
    for number, network in enumerate(("A", "B"), start=1):
        name = f"20261123-21000{number}-{network}-t00{number}"
        run = make_run(
            root, preset=network, data="/faces/utkface", label=f"first {network}", name=name
        )
        save_model(run.path, f"age_gender_{network}.keras")
        scores = {"faces": 1000, "age_mae": 6.12, "gender_accuracy": 0.897}
        run.metrics_file.write_text(json.dumps({"validation": scores}))
    return root


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes a folder one that must not be read, for root too."""
    shut: set[Path] = set()
    scandir = os.scandir

    def refusing(path: Any = ".") -> Any:
        if Path(path).absolute() in shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return shut.add


class Host(App[None]):
    """The Predict screen alone."""

    def __init__(self, folder: Path, runs: Path) -> None:
        super().__init__()
        self.folder, self.runs = folder, runs
        self.said: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(PredictScreen(self.folder, self.runs))

    def notify(self, message: str, **rest: Any) -> None:
        self.said.append(message)
        super().notify(message, **rest)


async def until(pilot: Pilot[Any], true: Callable[[], object], seconds: float = 30) -> None:
    """Go on as soon as it is so; `seconds` are only how long a broken test is waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.01)


def words(app: App[Any], widget: str) -> str:
    """What a `Static` of the screen says."""
    return str(app.screen.query_one(widget).render())
