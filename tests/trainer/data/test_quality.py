"""The report finds what is wrong, names it, and is quiet about the rest."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from trainer.data.exclusions import Curator
from trainer.data.index import build_index
from trainer.data.labels import Label
from trainer.data.model_doubt import ModelSaid
from trainer.data.quality import inspect
from trainer.data.report import SHOWN, as_html, as_json, write_html, write_json
from trainer.data.report_store import read_report, report_file
from trainer.data.sample import sample_folder
from trainer.runs.predictions import Prediction

FACES = 130


def quiet(*_):
    pass


def planted(folder):
    """Sample faces, a few of them spoilt; returns what was done to which name."""
    folder.mkdir()
    names = [path.name for path in sorted(sample_folder().glob("*.jpg"))[::3][:FACES]]
    for name in names:
        shutil.copy(sample_folder() / name, folder)
    done = {"names": names}

    def picture(name):
        return Image.open(folder / name).convert("RGB")

    (folder / "face-1.jpg").write_bytes(b"x")
    (folder / "25_3_0_x.jpg").write_bytes(b"x")
    (folder / names[0]).write_bytes((folder / names[0]).read_bytes()[:900])
    (folder / names[1]).write_bytes(b"no picture")
    shutil.copy(folder / names[2], folder / "99_0_0_copy.jpg")
    shutil.copy(folder / names[3], folder / f"{names[3][:-4]}_again.jpg")
    picture(names[4]).save(folder / "98_1_0_near.jpg", quality=50)
    Image.new("RGB", (128, 128), (90, 120, 90)).save(folder / names[5])
    picture(names[6]).point(lambda level: level // 10).save(folder / names[6], quality=95)
    picture(names[7]).resize((9, 9)).resize((128, 128)).save(folder / names[7])
    picture(names[8]).resize((300, 200)).save(folder / names[8])
    picture(names[9]).rotate(180).save(folder / names[9])
    return done


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    base = tmp_path_factory.mktemp("quality")
    done = planted(base / "faces")
    quality = inspect(build_index(base / "faces"), quiet, root=base / "cache")
    return quality, done["names"], base


def faces_of(quality, kind):
    return {name: why for one in quality.findings if one.kind == kind for name, why in one.faces}


def test_names_without_a_label_are_found(spoilt):
    assert set(faces_of(spoilt[0], "unlabelled")) == {"face-1.jpg", "25_3_0_x.jpg"}


def test_unreadable_files_are_found(spoilt):
    quality, names, _ = spoilt
    assert set(faces_of(quality, "unreadable")) == set(names[:2])


def test_copies_with_another_label_are_told_from_those_with_the_same(spoilt):
    quality, names, _ = spoilt
    assert set(faces_of(quality, "duplicate-other-label")) == {names[2], "99_0_0_copy.jpg"}
    assert "labelled 99 male" in faces_of(quality, "duplicate-other-label")[names[2]]
    assert set(faces_of(quality, "duplicate")) == {names[3], f"{names[3][:-4]}_again.jpg"}
    assert set(faces_of(quality, "near-duplicate-other-label")) == {names[4], "98_1_0_near.jpg"}
    (groups,) = [one.groups for one in quality.findings if one.kind == "duplicate-other-label"]
    assert [set(group) for group in groups] == [{names[2], "99_0_0_copy.jpg"}]


def test_blank_dark_and_blurred_pictures_are_each_found_as_what_they_are(spoilt):
    quality, names, _ = spoilt
    assert list(faces_of(quality, "blank")) == [names[5]]
    assert list(faces_of(quality, "dark")) == [names[6]]
    # The one of another size was enlarged first, which blurs it too.
    assert {names[7]} <= set(faces_of(quality, "blurred")) <= {names[7], names[8]}


def test_odd_sizes_and_turned_faces_are_found(spoilt):
    quality, names, _ = spoilt
    assert faces_of(quality, "size") == {names[8]: "300×200"}
    assert len(faces_of(quality, "turned")) <= 3
    assert faces_of(quality, "turned")[names[9]] == "stands on its head"


def test_the_same_time_in_names_of_different_labels_is_a_contradiction(spoilt, tmp_path):
    for name in (
        "20_0_0_20170116174525125.jpg", "45_1_0_20170116174525125.jpg",
        "30_0_0_20170116174525126.jpg", "30_0_1_20170116174525126.jpg",
    ):  # fmt: skip
        shutil.copy(sample_folder() / spoilt[1][20], tmp_path / name)
    quality = inspect(build_index(tmp_path), quiet)
    found = faces_of(quality, "contradictory")
    assert set(found) == {"20_0_0_20170116174525125.jpg", "45_1_0_20170116174525125.jpg"}
    assert "labelled 45 female" in found["20_0_0_20170116174525125.jpg"]


def test_errors_come_first_and_every_finding_of_faces_has_some(spoilt):
    quality, _, _ = spoilt
    order = [one.severity for one in quality.findings]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    lacking = ("rare", "uneven-band", "imbalance")
    assert all(one.advice and (one.faces or one.kind in lacking) for one in quality.findings)


def test_rare_bands_and_uneven_genders_are_notes_that_lead_to_their_faces(tmp_path):
    names = [f"{age}_0_0_{age}.jpg" for age in range(30, 60)] + ["85_1_0_x.jpg", "31_1_0_y.jpg"]
    draw = np.random.default_rng(1)
    for name in names:
        noise = draw.integers(0, 256, (16, 16, 3)).astype("uint8")
        Image.fromarray(noise).resize((128, 128)).save(tmp_path / name)
    quality = inspect(build_index(tmp_path), quiet)
    rare = faces_of(quality, "rare")
    assert rare["85_1_0_x.jpg"] == "one of 1 aged 80–89"
    (uneven,) = [one for one in quality.findings if one.kind == "imbalance"]
    assert (uneven.title, uneven.filter) == ("94% of all faces are male", "gender=1")
    assert {name for name, _ in uneven.faces} == {"85_1_0_x.jpg", "31_1_0_y.jpg"}


@pytest.fixture(scope="module")
def lacking(tmp_path_factory):
    """Twenty-five boys aged 5 and no one else below 40: no girl, and three bands without a face."""
    folder = tmp_path_factory.mktemp("lacking") / "faces"
    folder.mkdir()
    draw = np.random.default_rng(1)
    ages = [(5, 0)] * 25 + [(45, n % 2) for n in range(50)]
    for n, (age, gender) in enumerate(ages):
        noise = draw.integers(0, 256, (16, 16, 3)).astype("uint8")
        picture = Image.fromarray(noise).resize((128, 128))
        picture.save(folder / f"{age}_{gender}_0_{n:017}.jpg")
    return inspect(build_index(folder), quiet, root=folder.parent / "cache")


def test_a_band_of_one_gender_alone_and_bands_without_a_face_are_found(lacking):
    titles = {one.title: one for one in lacking.findings}
    assert titles["0–9: 100% male"].faces == []
    rare = titles["Age bands with fewer than 20 faces"]
    assert rare.faces == [] and "10–19, 20–29, 30–39." in rare.advice


def test_a_set_of_one_gender_alone_is_imbalanced(tmp_path):
    for number, path in enumerate(sorted(sample_folder().glob("*.jpg"))[:30]):
        shutil.copy(path, tmp_path / f"35_0_0_{number:017}.jpg")
    (one,) = [
        one for one in inspect(build_index(tmp_path), quiet).findings if one.kind == "imbalance"
    ]
    assert (one.title, one.severity, one.faces) == ("100% of all faces are male", "warning", [])


def test_ages_are_doubted_in_a_set_of_one_gender_too(tmp_path):
    women = [one for one in sorted(sample_folder().glob("*.jpg")) if one.name.split("_")[1] == "1"]
    for path in women:
        shutil.copy(path, tmp_path)
    child = min((path.name for path in women), key=lambda name: int(name.split("_")[0]))
    (tmp_path / child).rename(tmp_path / "95_1_0_child.jpg")
    quality = inspect(build_index(tmp_path), quiet)
    doubted = faces_of(quality, "doubtful-age")
    assert "95_1_0_child.jpg" in doubted and len(doubted) < 10
    assert not faces_of(quality, "doubtful-gender")


def test_what_is_excluded_is_not_judged_but_counted(spoilt):
    _, names, base = spoilt
    copy = base / "curated"
    shutil.copytree(base / "faces", copy)
    curator = Curator(copy)
    curator.exclude([names[5], names[0], "99_0_0_copy.jpg"])
    curator.correct("face-1.jpg", Label(20, 1, None))
    again = inspect(build_index(copy), quiet, root=base / "cache")
    assert faces_of(again, "blank") == {}
    assert faces_of(again, "duplicate-other-label") == {}
    assert set(faces_of(again, "unreadable")) == {names[1], "face-1.jpg"}
    assert set(faces_of(again, "unlabelled")) == {"25_3_0_x.jpg"}
    # Unreadable files are in `before`, which counts names, and not in what is used.
    assert again.before.count == len(again.index.files)
    assert again.after.count == again.before.count - 3 - 2


def test_a_data_set_of_which_nothing_is_left_is_still_reported(tmp_path):
    shutil.copy(next(sample_folder().glob("*.jpg")), tmp_path)
    index = build_index(tmp_path)
    Curator(tmp_path).exclude(index.files)
    quality = inspect(build_index(tmp_path), quiet)
    assert quality.findings == []
    assert (quality.before.count, quality.after.count) == (1, 0)
    assert "1 of them excluded" in as_html(quality)


def test_a_models_disbelief_is_a_finding(tmp_path):
    shutil.copy(next(sample_folder().glob("*.jpg")), tmp_path / "30_0_0_x.jpg")
    said = {"30_0_0_x.jpg": Prediction(99.0, 0.5), "not-there.jpg": Prediction(1.0, 0.0)}
    judged = inspect(build_index(tmp_path), quiet, model=ModelSaid("run-7", said))
    assert faces_of(judged, "model-disbelieves") == {"30_0_0_x.jpg": "says 99 male"}


def test_the_work_can_be_given_up(spoilt):
    class Enough(Exception):
        pass

    def stop(what, done, of):
        if what == "measuring":
            raise Enough

    with pytest.raises(Enough):
        inspect(spoilt[0].index, stop, root=spoilt[2] / "cache")


class TestWritten:
    def test_json_has_every_face_of_every_finding(self, spoilt, tmp_path):
        quality, _, _ = spoilt
        write_json(tmp_path / "report.json", quality)
        body = json.loads((tmp_path / "report.json").read_text())
        assert body == json.loads(json.dumps(as_json(quality)))
        assert body["faces"] == len(quality.index.files)
        assert [one["count"] for one in body["findings"]] == [
            len(one["faces"]) for one in body["findings"]
        ]
        assert {band["ages"] for band in body["before"]["bands"]} >= {"0–9", "20–29"}

    def test_it_is_read_back_for_the_screen(self, spoilt, tmp_path):
        quality, _, _ = spoilt
        write_json(tmp_path / "report.json", quality)
        known = read_report(tmp_path / "report.json")
        assert [one.kind for one in known.findings] == [one.kind for one in quality.findings]
        assert known.findings[0].faces == dict(quality.findings[0].faces)
        assert known.hashes == quality.hashes
        assert (known.brightness, known.sharpness) == (quality.brightness, quality.sharpness)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 99}', '{"version": 1}'])
    def test_one_that_cannot_be_used_is_made_anew(self, text, tmp_path):
        (tmp_path / "report.json").write_text(text)
        assert read_report(tmp_path / "report.json") is None
        assert read_report(tmp_path / "none.json") is None

    def test_it_is_kept_by_the_files_of_the_data_set(self, spoilt, tmp_path, monkeypatch):
        monkeypatch.setenv("AGEGENDER_CACHE", str(tmp_path))
        index = spoilt[0].index
        assert report_file(index) == tmp_path / "reports" / f"{index.key}.json"

    def test_the_page_needs_no_other_file_and_runs_nothing(self, spoilt, tmp_path):
        quality, names, _ = spoilt
        write_html(tmp_path / "report.html", quality)
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "<script" not in page
        assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)
        for one in quality.findings:
            assert f"{one.title}: {len(one.faces)}" in page
        assert names[9] in page
        assert page.count("data:image/jpeg;base64,") <= SHOWN * len(quality.findings)

    def test_a_finding_without_faces_is_told_everywhere(self, lacking, tmp_path):
        page = as_html(lacking)
        assert '">0–9: 100% male</h3>' in page and "all 0 names" not in page
        write_json(tmp_path / "report.json", lacking)
        known = read_report(tmp_path / "report.json")
        assert "0–9: 100% male" in [one.title for one in known.findings if not one.faces]

    def test_hostile_names_are_only_shown(self, tmp_path):
        face = next(sample_folder().glob("*.jpg"))
        names = ["<img onerror=alert(1)>.jpg", "\x1b[31m.jpg", os.fsdecode(b"\xff.jpg")]
        for name in ["30_0_0_ok.jpg", *names]:
            shutil.copy(face, tmp_path / name)
        quality = inspect(build_index(tmp_path), quiet)
        page = as_html(quality)
        assert "<img onerror" not in page and "&lt;img onerror" in page
        assert "\x1b" not in page and r"\x1b[31m.jpg" in page
        write_html(tmp_path / "report.html", quality)
        write_json(tmp_path / "report.json", quality)
        assert dict(read_report(tmp_path / "report.json").findings[0].faces).keys() == set(names)
