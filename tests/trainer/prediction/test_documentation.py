"""docs/prediction.md says what the modules say."""

import re
from pathlib import Path

import numpy as np
import pytest

from agegender_tui.predicting.table import COLUMNS
from trainer.data.decode import MAX_PIXELS
from trainer.prediction import finding, geometry, protocol
from trainer.prediction.answering import DEFAULT_DETECTOR, MODELS_KEPT
from trainer.prediction.calibration import VERSION, calibrate, stored
from trainer.prediction.detectors import NAMES

TEXT = (Path(__file__).parents[3] / "docs" / "prediction.md").read_text(encoding="utf-8")


def first_cells(section):
    marked = re.search(rf"<!-- {section} -->(.*)<!-- /{section} -->", TEXT, re.DOTALL).group(1)
    return [re.match(r"\| `(\w+)`", line)[1] for line in marked.strip().split("\n")[2:]]


def test_every_request_is_documented_in_order():
    assert tuple(first_cells("requests")) == protocol.REQUESTS


def test_every_column_of_a_table_is_documented_in_order():
    marked = re.search(r"<!-- table -->(.*)<!-- /table -->", TEXT, re.DOTALL).group(1)
    cells = [line.split("|")[1] for line in marked.strip().split("\n")[2:]]
    assert re.findall(r"`(\w+)`", " ".join(cells)) == list(COLUMNS)


def test_every_key_of_the_calibration_is_documented_in_order():
    ages = np.arange(30.0)
    made = calibrate(ages, ages % 2, ages + 1, np.full(30, 0.5))
    assert first_cells("calibration") == list(stored(made, made))
    assert f"version of this file, {VERSION}" in TEXT


@pytest.mark.parametrize(
    "fact",
    [
        f"More than {MAX_PIXELS // 1_000_000} megapixels",
        f"at most {finding.LARGEST_CROP} pixels",
        f"A square of {finding.CROP_SIDES[0]} or {finding.CROP_SIDES[1]} pixels",
        f"`detector` (`{DEFAULT_DETECTOR}`)",
        "the last six of them" if MODELS_KEPT == 6 else "",
        *(f"`{name}`" for name in (*NAMES, *finding.MODES)),
    ],
)
def test_figures_and_names_are_those_of_the_code(fact):
    assert fact and fact in TEXT


def test_the_place_of_the_eyes_is_that_of_the_code():
    (x1, y1), (x2, y2) = geometry.LANDMARKS[:2]
    assert f"eyes at ({x1}, {y1}) and ({x2}, {y2}) of 128" in TEXT
