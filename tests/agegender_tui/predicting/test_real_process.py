"""The Predict screen before the real process, with a model small enough to make here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agegender_tui.predicting.session import CROPS
from agegender_tui.screens.predict import PredictScreen
from agegender_tui.widgets.heat_row import HeatView
from tests.agegender_tui.predicting.conftest import Host, sample_faces, until, words
from trainer.config import RunConfig
from trainer.runs.layout import RunDir


async def test_what_the_screen_says_is_what_keras_says(
    tmp_path: Path, make_run: Callable[..., RunDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from trainer.models.custom_cnn import build_custom_cnn

    keras.utils.set_random_seed(3)
    network = build_custom_cnn(RunConfig(filters="4-4-4-8", dense_units=8), mean_age=33.0)
    run = make_run(tmp_path / "runs", name="20261123-210000-A-tiny")
    network.save(run.path / "age_gender_A.keras")
    face = sample_faces(1)[0].resize((128, 128))
    face.save(tmp_path / "face.png")
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")

    app = Host(tmp_path, tmp_path / "runs")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, PredictScreen)
        screen.session.mode = CROPS  # no detector to load
        await until(pilot, lambda: words(app, "#faces").strip(), seconds=120)
        await pilot.press("g")
        caption = screen.query(HeatView).first().query_one("Static")
        await until(pilot, lambda: "toward" in str(caption.render()), seconds=60)
        assert screen.answer is not None
        (said,) = screen.answer.faces[0].estimates
        table = words(app, "#face-table")
        process = screen.session._process._process
    assert process is not None and process.returncode is not None

    pixels = np.asarray(Image.open(tmp_path / "face.png").convert("RGB"))
    out = network(pixels[None].astype("float32") / 255.0, training=False)
    assert said.age == pytest.approx(float(out["age"][0, 0]), abs=1e-3)
    assert said.gender == pytest.approx(float(out["gender"][0, 0]), abs=1e-5)
    assert f"{said.age:.1f}" in table and "–" in table  # no validation faces, so no interval
