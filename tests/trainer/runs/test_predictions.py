"""What a run's model says is read back as it was written."""

import os

import numpy as np
import pytest

from trainer.errors import RunError
from trainer.runs.predictions import Prediction, read_predictions
from trainer.training.outputs import write_predictions


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "predictions.csv"
    files = ["20_1_0_a.jpg", "=1+2_b.jpg", "'quoted.jpg", "a,b.jpg", os.fsdecode(b"\xff.jpg")]
    files += ["c\rc.jpg", "\rd.jpg"]
    ages = np.array([21.5, 3.0, 44.0, 9.0, 8.0, 7.0, 6.0])
    genders = np.array([0.9, 0.2, 0.5, 1.0, 0.1, 0.1, 0.1])
    write_predictions(path, files, np.zeros(7), np.zeros(7), ages, genders)
    said = read_predictions(path)
    assert list(said) == files
    assert said["20_1_0_a.jpg"] == Prediction(21.5, 0.9)
    assert [said[name].gender for name in files] == [1, 0, 0, 1, 0, 0, 0]


def test_lines_that_say_no_number_are_left_out(tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text(
        "file,predicted_age,predicted_gender_1\na,nan,0.5\nb,x,0.5\nc,3,1.5\nd,3\ne,3,0.5\n"
    )
    assert read_predictions(path) == {"e": Prediction(3.0, 0.5)}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is none"),
        (b"", "has no columns"),
        (b"file,age\na,3\n", "has no columns"),
        (b"file,predicted_age,predicted_gender_1\n" + b"x" * 200_000 + b",1,1\n", "cannot be read"),
    ],
)
def test_no_table_of_predictions_is_refused_by_name(tmp_path, content, says):
    path = tmp_path / "predictions.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=says) as caught:
        read_predictions(path)
    assert "predictions.csv" in str(caught.value)
