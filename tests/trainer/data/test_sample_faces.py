import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer.data.sample import sample_folder
from trainer.data.sample_faces.__main__ import main
from trainer.data.sample_faces.anatomy import Person, person
from trainer.data.sample_faces.canvas import Canvas, photo
from trainer.data.sample_faces.population import Subject, random_source, subject
from trainer.data.sample_faces.render import face, jpeg
from trainer.data.sample_faces.skin import creases

NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_(\d{17})\.jpg")


def people(age: int, female: bool, count: int = 60) -> list[Person]:
    return [
        person(Subject(index, age, female, index % 5), random_source(3, index, 1))
        for index in range(count)
    ]


def mean(values: list[float]) -> float:
    return float(np.mean(values))


def test_the_same_seed_and_index_give_the_same_bytes() -> None:
    assert jpeg(face(5, 17)[1]) == jpeg(face(5, 17)[1])


def test_seed_and_index_each_change_the_face() -> None:
    first = face(5, 17)[1]
    assert not np.array_equal(first, face(6, 17)[1])
    assert not np.array_equal(first, face(5, 18)[1])


def test_a_face_is_128_pixels_square_in_colour() -> None:
    pixels = face(1, 0)[1]
    assert pixels.shape == (128, 128, 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 20


def test_names_carry_the_labels_and_are_unique() -> None:
    subjects = [subject(2, index) for index in range(1000)]
    for who in subjects:
        match = NAME.fullmatch(who.file_name)
        assert match
        assert [int(part) for part in match.groups()[:3]] == [who.age, who.female, who.race]
    assert len({who.file_name.rsplit("_", 1)[1] for who in subjects}) == 1000


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_ages_genders_and_groups_spread_as_in_utkface(seed: int) -> None:
    subjects = [subject(seed, index) for index in range(400)]
    ages = np.array([who.age for who in subjects])
    assert 31 < ages.mean() < 36
    assert ages.min() == 1
    assert ages.max() >= 90
    assert 0.36 < np.mean((ages >= 20) & (ages <= 35)) < 0.56
    assert 0.12 < np.mean(ages < 13) < 0.22
    assert 0.45 < np.mean([who.female for who in subjects]) < 0.51
    assert {who.race for who in subjects} == {0, 1, 2, 3, 4}


def test_gender_says_nothing_about_age() -> None:
    subjects = [subject(1, index) for index in range(400)]
    women = mean([who.age for who in subjects if who.female])
    men = mean([who.age for who in subjects if not who.female])
    assert abs(women - men) < 3


@pytest.mark.parametrize("female", [False, True])
def test_hair_greys_lips_thin_and_cheeks_sag_with_age(female: bool) -> None:
    groups = [people(age, female) for age in (20, 45, 65, 85)]
    for cue, sign in (("grey", 1), ("jowls", 1), ("roughness", 1), ("lips", -1), ("droop", 1)):
        amounts = [sign * mean([getattr(who, cue) for who in group]) for group in groups]
        assert amounts == sorted(amounts), cue
        assert amounts[-1] - amounts[0] > 0.2, cue


def test_children_have_large_low_eyes_and_a_short_chin() -> None:
    infants, adults = people(2, True), people(30, True)
    assert mean([p.eye_height for p in infants]) > 1.2 * mean([p.eye_height for p in adults])
    assert mean([p.eye_y for p in infants]) > mean([p.eye_y for p in adults]) + 0.1
    assert mean([p.chin for p in infants]) < mean([p.chin for p in adults]) - 0.1


def test_only_grown_men_have_beards_and_only_some() -> None:
    assert all(p.beard + p.stubble == 0 for p in people(40, True) + people(10, False))
    bearded = mean([float(p.beard > 0) for p in people(40, False, 200)])
    assert 0.1 < bearded < 0.45


def test_men_and_women_overlap_in_every_single_measure() -> None:
    women, men = people(35, True, 200), people(35, False, 200)
    for cue in ("jaw_power", "brow_thickness", "lips", "width", "hair_length", "lipstick"):
        one = [getattr(p, cue) for p in women]
        other = [getattr(p, cue) for p in men]
        assert max(min(one), min(other)) <= min(max(one), max(other)), cue


def test_drawn_creases_deepen_with_age() -> None:
    def depth(age: int) -> float:
        total = 0.0
        for index, who in enumerate(people(age, False, 6)):
            camera = photo(random_source(3, index, 2))
            total += float(creases(who, Canvas(who, camera, random_source(3, index, 3))).mean())
        return total

    depths = [depth(age) for age in (8, 30, 50, 75)]
    assert depths == sorted(depths)
    assert depths[-1] > 2 * depths[1]


def test_no_single_pixel_gives_a_label_away() -> None:
    files = sorted(sample_folder().glob("*.jpg"))
    faces = np.stack([np.asarray(Image.open(path).reduce(2)) for path in files])
    flat = faces.reshape(len(files), -1).astype(float)
    flat = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    for part in (0, 1):
        label = np.array([int(path.name.split("_")[part]) for path in files], float)
        label = (label - label.mean()) / label.std()
        assert np.abs(label @ flat / len(files)).max() < 0.7


def test_the_command_writes_what_the_renderer_draws(tmp_path: Path) -> None:
    assert main([str(tmp_path / "faces"), "--count", "3", "--seed", "8"]) == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "faces").iterdir()}
    drawn = [face(8, index) for index in range(3)]
    assert written == {who.file_name: jpeg(pixels) for who, pixels in drawn}


def test_the_command_reports_a_folder_it_cannot_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main([str(tmp_path / "file"), "--count", "1"]) == 6
    assert "cannot write the faces" in capsys.readouterr().err


def test_the_bundle_is_complete_small_and_in_the_models_format() -> None:
    files = sorted(sample_folder().iterdir())
    assert {path.name for path in files} == {subject(1, index).file_name for index in range(400)}
    assert sum(path.stat().st_size for path in files) <= 2_000_000
    for path in files[::40]:
        with Image.open(path) as image:
            assert (image.size, image.mode, image.format) == ((128, 128), "RGB", "JPEG")


@pytest.mark.parametrize("index", [0, 123, 399])
def test_the_bundle_is_what_the_renderer_draws(index: int) -> None:
    who, pixels = face(1, index)
    with Image.open(sample_folder() / who.file_name) as image:
        bundled = np.asarray(image).astype(int)
    # JPEG loses a little, and codecs differ between library versions.
    assert np.abs(bundled - pixels).mean() < 5
