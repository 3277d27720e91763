"""The report on a data set of ranges of ages, which no run uses."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from trainer.data.index import browsable_index, build_index
from trainer.data.labels import PartialLabel
from trainer.data.quality import Quality, inspect
from trainer.data.ranged import RangedIndex, looked_at
from trainer.data.report import as_html, as_json
from trainer.data.report_store import read_report, report_file
from trainer.data.sample import sample_folder
from trainer.data.source import DataSource

FACES = 40


def quiet(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def quality(tmp_path_factory: pytest.TempPathFactory) -> Quality:
    """Faces of 20 to 29, mostly male, and one of unknown age; three are spoilt or copied."""
    base = tmp_path_factory.mktemp("ranged")
    folder = base / "faces"
    folder.mkdir()
    rows = ["file,age,gender,race,service_test"]
    for number, path in enumerate(sorted(sample_folder().glob("*.jpg"))[:FACES]):
        shutil.copy(path, folder / f"{number:02}.jpg")
        rows.append(f"{number:02}.jpg,20-29,{'Female' if number < 8 else 'Male'},White,False")
    shutil.copy(folder / "10.jpg", folder / "copy.jpg")
    shutil.copy(folder / "11.jpg", folder / "nobody.jpg")
    Image.new("RGB", (128, 128), (90, 120, 90)).save(folder / "blank.jpg")
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "listed nowhere.jpg").write_bytes(b"x")
    rows += [
        "copy.jpg,3-9,Female,White,False", "nobody.jpg,,Male,White,False",
        "blank.jpg,20-29,,White,False", "broken.jpg,20-29,Male,White,False",
    ]  # fmt: skip
    (folder / "fairface_label_train.csv").write_text("\n".join(rows) + "\n")
    index = browsable_index(DataSource(folder, "fairface"))
    return inspect(index, quiet, root=base / "cache")


def found(quality: Quality) -> dict[str, dict[str, str]]:
    return {one.kind: dict(one.faces) for one in quality.findings}


def test_names_files_copies_and_light_are_judged_as_those_of_exact_ages(quality: Quality) -> None:
    findings = found(quality)
    assert list(findings["unlabelled"]) == ["listed nowhere.jpg"]
    assert list(findings["unreadable"]) == ["broken.jpg"]
    assert list(findings["blank"]) == ["blank.jpg"]
    assert findings["duplicate-other-label"] == {
        "10.jpg": "as copy.jpg, labelled 3–9 female",
        "copy.jpg": "as 10.jpg, labelled 20–29 male",
        "11.jpg": "as nobody.jpg, labelled unknown male",
        "nobody.jpg": "as 11.jpg, labelled 20–29 male",
    }


def test_balance_goes_by_the_ranges_and_says_of_how_many_genders_it_knows(quality: Quality) -> None:
    findings = found(quality)
    assert findings["rare"] == {
        "copy.jpg": "one of 1 aged 3–9",
        "nobody.jpg": "one of 1 aged unknown",
    }
    titles = [one.title for one in quality.findings]
    assert "Ranges of ages with fewer than 20 faces" in titles
    assert "20–29: 80% of the 40 of known gender are male" in titles
    assert "79% of the 42 faces of known gender are male" in titles
    assert list(findings["uneven-band"]) == [f"{number:02}.jpg" for number in range(8)]
    assert not any(one.filter for one in quality.findings if one.kind == "uneven-band")


def test_labels_are_not_doubted_where_no_age_is_exact(quality: Quality) -> None:
    assert not {"doubtful-age", "doubtful-gender", "model-disbelieves"} & set(found(quality))


def test_the_page_and_the_file_count_the_ranges(quality: Quality) -> None:
    body = json.loads(json.dumps(as_json(quality)))
    assert (body["faces"], body["after"]["faces"]) == (FACES + 4, 0)
    assert body["ranges"] == [
        {"ages": "3–9", "male": 0, "female": 1, "unknown": 0},
        {"ages": "20–29", "male": 32, "female": 8, "unknown": 1},
        {"ages": "unknown", "male": 1, "female": 0, "unknown": 0},
    ]
    page = as_html(quality)
    assert "44 faces without a whole label, which no run uses" in page
    assert "<td>20–29</td><td>32</td><td>8</td><td>1</td>" in page and "<svg" in page


def test_a_report_is_found_again_until_a_picture_changes(quality: Quality, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    shutil.copytree(quality.index.folder, folder)
    source = DataSource(folder, "fairface")
    before = report_file(browsable_index(source))
    before.parent.mkdir(parents=True)
    before.write_text(json.dumps(as_json(quality)))
    known = read_report(report_file(browsable_index(source)))
    assert known is not None and len(known.findings) == len(quality.findings)
    (folder / "00.jpg").write_bytes(b"another")
    assert report_file(browsable_index(source)) != before


def test_one_whole_label_is_enough_for_the_report_to_be_on_those(tmp_path: Path) -> None:
    (tmp_path / "30_1_2_x.jpg").write_bytes(b"x")
    index = build_index(tmp_path)
    mixed = dataclasses.replace(index, partial=[("gone.jpg", PartialLabel((20, 29), None))])
    assert looked_at(mixed) is mixed
    alone = looked_at(dataclasses.replace(mixed, files=[]))
    assert isinstance(alone, RangedIndex)
    assert (alone.files, alone.ages, alone.genders, alone.sizes) == (["gone.jpg"], [24], [-1], [0])
