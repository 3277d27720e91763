"""What is said of faces and drawn round them, without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from agegender_tui.predicting import model_words
from agegender_tui.predicting.answers import Estimate, FileAnswer, FoundFace, HeatMap
from agegender_tui.predicting.batch import Progress
from agegender_tui.predicting.boxes import CHOSEN, OTHER, Marks, marked
from agegender_tui.predicting.face_words import (
    NO_PART,
    WORD_ON_USE,
    all_faces,
    estimates_table,
    heat_caption,
    interval,
)
from agegender_tui.predicting.picture_files import by_name, list_folder
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.predicting.terminal_lines import certainty, in_words
from trainer.errors import DataError
from trainer.explain import gradcam
from trainer.prediction.catalog import SavedModel


def face(*estimates: Estimate) -> FoundFace:
    return FoundFace((0.0, 0.0, 10.0, 10.0), 0.9, False, estimates, "")


def faces(count: int) -> FileAnswer:
    found = tuple(face(Estimate("m", 20.0 + n, None, None, 0.2)) for n in range(count))
    return FileAnswer(Path("a.jpg"), (100, 100), found, "", {})


def test_a_model_that_does_not_fit_its_line_ends_in_an_ellipsis() -> None:
    model = SavedModel(Path("m.keras"), label="a label that goes on and on")
    line = model_words.row(model, 0, 50)
    assert line.cell_length == 50 and line.plain.endswith(" a …")


def test_the_word_on_use_fits_the_narrowest_common_terminal() -> None:
    assert len(WORD_ON_USE) <= 78


def test_a_probability_is_never_rounded_to_certainty() -> None:
    assert certainty(0.5) == "50 %" and certainty(0.03) == "97 %"
    assert certainty(0.99999) == certainty(0.00001) == "99.9 %"
    said = {"age": 31.4, "age_low": None, "age_high": None}
    assert in_words({**said, "gender": 0.9951}) == "31 years, female 99.5 %"
    assert in_words({**said, "gender": 0.0}) == "31 years, male 99.9 %"


def test_without_a_calibration_there_is_a_dash_for_the_interval() -> None:
    assert interval(Estimate("m", 30.0, None, None, 0.5)) == "–"
    assert interval(Estimate("m", 3.0, -2.0, 11.6, 0.5)) == "0–12"


@pytest.mark.parametrize("width", [24, 34, 60])
def test_the_columns_of_three_models_and_their_mean_fit(width: int) -> None:
    one = Estimate("20261123-201500-A-features-k3f9", 101.4, 88.0, 115.0, 0.999)
    table = estimates_table(face(one, one, one, one), width)
    assert max(len(line) for line in str(table).split("\n")) <= max(width, 8 + 4 * 7)


def test_the_chosen_face_stays_in_sight_in_a_crowd() -> None:
    line = str(all_faces(faces(40), 30, 60))
    assert line.startswith("…  face ") and " 31: male, 50, 80 % " in line[:60]


def test_a_map_says_what_it_is_evidence_for() -> None:
    heat = HeatMap(
        "20261123-201500-A-k3f9", "gender", "conv8", 0.2, "label 0", "", epoch=3, best=True
    )
    assert (
        heat_caption(heat)
        == "A k3f9, epoch 3 (best), male 80 %, uncalibrated: toward male, by conv8"
    )


def test_a_map_within_an_epoch_says_after_which_step() -> None:
    heat = HeatMap("m", "age", "conv8", 26.4, "a higher age", "", epoch=5, step=7)
    assert heat_caption(heat) == "m, epoch 5, step 7, 26.4 years: toward a higher age, by conv8"


def test_the_words_for_a_map_without_heat_are_those_of_who_draws_it() -> None:
    assert gradcam.NO_PART == NO_PART


@pytest.mark.parametrize(
    ("head", "cold", "why"),
    [
        ("age", gradcam.AGAINST, "all that conv8 finds speaks against a higher age"),
        ("gender", gradcam.AGAINST, "all that conv8 finds speaks against female"),
        ("age", NO_PART, "conv8 has no part in this answer"),
    ],
)
def test_a_map_without_heat_says_what_that_means(head: str, cold: str, why: str) -> None:
    heat = HeatMap("m", head, "conv8", 26.4, "a higher age", "", cold=cold)
    assert heat_caption(heat) == f"m: no heat, for {why}; l takes another layer"


def test_boxes_keep_their_place_at_any_scale_and_differ_in_form() -> None:
    marks = Marks((1000, 500), ((100.0, 100.0, 200.0, 300.0), (600.0, 100.0, 200.0, 300.0)))
    small = marked(Image.new("RGB", (100, 50)), marks)
    assert small.getpixel((10, 25)) == small.getpixel((29, 25)) == CHOSEN
    assert small.getpixel((60, 10)) == OTHER and small.getpixel((60, 25)) == (0, 0, 0)
    assert small.getpixel((70, 25)) == (0, 0, 0)


@pytest.mark.parametrize(
    "box", [(-500.0, -500.0, 100.0, 100.0), (0.0, 0.0, 0.0, 0.0), (90.0, 90.0, 500.0, 500.0)]
)
def test_boxes_beyond_the_picture_are_harmless(box: tuple[float, float, float, float]) -> None:
    for size in ((1, 1), (100, 100), (2000, 2000)):
        assert marked(Image.new("RGB", size), Marks((100, 100), (box,))).size == size


def test_names_sort_as_a_person_counts() -> None:
    assert sorted(["b", "img10", "img2", "2", "IMG3", "²"], key=by_name) == [
        "2", "b", "img2", "IMG3", "img10", "²",
    ]  # fmt: skip


def test_a_folder_lists_pictures_and_folders_and_hides_the_hidden(tmp_path: Path) -> None:
    for name in ("a.JPG", "notes.txt", ".b.jpg", "c.heic"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    listing = list_folder(tmp_path)
    assert [path.name for path in listing.pictures] == ["a.JPG", "c.heic"]
    assert [path.name for path in listing.folders] == ["sub"]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\\x07: cannot be read \(No such file"):
        list_folder(tmp_path / "gone\x07")


def test_paths_are_shown_as_they_would_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "here")
    assert shown_path(tmp_path / "here" / "a.jpg") == "a.jpg"
    assert shown_path(tmp_path / "b.jpg") == "~/b.jpg"
    assert shown_path(Path("/faces/c.jpg")) == "/faces/c.jpg"


def test_the_progress_of_a_batch_counts_what_was_not_predicted() -> None:
    progress = Progress(total=10, before=4)
    for now, problem in enumerate(("", "no face found", "cut short")):
        reply = {"file": "a.jpg", "faces": [] if problem else [{}], "problem": problem}
        progress.take(reply, 100.0 + now)
    assert progress.share == 0.7
    assert progress.words(102.0) == ("7 of 10 files, 1/s, 3 s left, 1 without a face, 1 unreadable")
    assert progress.summary() == ("3 files, 1 face, 1 without a face, 1 unreadable, 4 done before")
