import csv
import hashlib
import random
from collections import Counter

import pytest

from trainer.data.index import build_index
from trainer.data.split import read_split, split, write_split


@pytest.fixture
def people():
    draw = random.Random(5)
    ages = [min(116, int(draw.expovariate(1 / 30))) for _ in range(5000)]
    genders = [int(draw.random() < 0.48) for _ in ages]
    files = [f"{a}_{g}_0_{n}.jpg" for n, (a, g) in enumerate(zip(ages, genders, strict=True))]
    return files, ages, genders, [f"h{n}" for n in range(5000)]


def test_every_face_is_in_one_part_and_the_fraction_is_exact(people):
    parts = split(*people, fraction=0.2, seed=1)
    assert len(parts.validation) == 1000
    assert sorted(parts.train + parts.validation) == list(range(5000))


def test_each_age_band_and_gender_gives_its_share(people):
    _, ages, genders, _ = people
    parts = split(*people, fraction=0.2, seed=1)
    whole = Counter((a // 10, g) for a, g in zip(ages, genders, strict=True))
    part = Counter((ages[row] // 10, genders[row]) for row in parts.validation)
    assert all(abs(part[key] - whole[key] * 0.2) <= 1 for key in whole)


def test_same_seed_same_split_other_seed_another(people):
    first = split(*people, fraction=0.2, seed=1)
    assert first == split(*people, fraction=0.2, seed=1)
    assert first.validation != split(*people, fraction=0.2, seed=2).validation


def test_files_with_the_same_pixels_stay_together(people):
    files, ages, genders, hashes = people
    for row in range(0, 2000, 2):
        hashes[row + 1] = hashes[row]
    parts = split(files, ages, genders, hashes, 0.2, 1)
    chosen = set(parts.validation)
    assert all((row in chosen) == (row + 1 in chosen) for row in range(0, 2000, 2))
    assert len(chosen) == 1000
    assert parts.duplicates == 1000
    assert 0 < parts.contradictory <= 1000


def test_files_without_a_face_are_in_no_part(people):
    files, ages, genders, hashes = people
    hashes[7] = ""
    parts = split(files, ages, genders, hashes, 0.2, 1)
    assert 7 not in parts.train + parts.validation
    assert len(parts.train + parts.validation) == 4999


def test_split_file_names_every_face_and_runs_no_formula(tmp_path):
    faces = tmp_path / "faces"
    faces.mkdir()
    names = ["30_0_0_a.jpg", "31_1_0_b.jpg", "32_0_0_c.jpg", "33_1_0_d.jpg"]
    (faces / "=cmd").mkdir()
    for name in (*names, "=cmd/34_1_0_e.jpg"):
        (faces / name).write_bytes(b"")
    index = build_index(faces)
    parts = split(index.files, index.ages, index.genders, list("abcde"), 0.4, 1)
    write_split(tmp_path / "split.csv", index, parts)
    rows = list(csv.DictReader((tmp_path / "split.csv").read_text().splitlines()))
    assert {row["file"] for row in rows} == {*names, "'=cmd/34_1_0_e.jpg"}
    assert Counter(row["part"] for row in rows) == {"train": 3, "validation": 2}


def test_split_file_is_read_back_with_a_carriage_return_in_a_name(tmp_path):
    faces = tmp_path / "faces"
    names = ["30_0_0_a.jpg", "31_1_0_b.jpg", "icon\r/32_0_0_c.jpg"]
    for name in names:
        (faces / name).parent.mkdir(parents=True, exist_ok=True)
        (faces / name).write_bytes(b"")
    index = build_index(faces)
    write_split(
        tmp_path / "split.csv",
        index,
        split(index.files, index.ages, index.genders, list("abc"), 0.4, 1),
    )
    assert sorted(read_split(tmp_path / "split.csv")) == names
    text = (tmp_path / "split.csv").read_bytes()
    assert text.startswith(b"file,part,age,gender\n30_0_0_a.jpg,")  # plain where it can be


@pytest.mark.parametrize("folds", [2, 5, 7])
def test_folds_hold_every_face_once(people, folds):
    parts = [split(*people, 0.2, 1, (fold, folds)) for fold in range(1, folds + 1)]
    assert sorted(row for part in parts for row in part.validation) == list(range(5000))
    assert all(sorted(part.train + part.validation) == list(range(5000)) for part in parts)
    sizes = [len(part.validation) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_each_fold_has_its_share_of_each_age_band_and_gender(people):
    _, ages, genders, _ = people
    whole = Counter((age // 10, gender) for age, gender in zip(ages, genders, strict=True))
    for fold in range(1, 6):
        rows = split(*people, 0.2, 1, (fold, 5)).validation
        part = Counter((ages[row] // 10, genders[row]) for row in rows)
        assert all(abs(part[key] - whole[key] / 5) < 1 for key in whole)


def test_folds_do_not_depend_on_the_fraction_but_on_the_seed(people):
    first = split(*people, 0.2, 1, (2, 5))
    assert first == split(*people, 0.4, 1, (2, 5))
    assert first.validation != split(*people, 0.2, 2, (2, 5)).validation


def test_files_with_the_same_pixels_are_in_one_fold_and_unreadable_ones_in_none(people):
    files, ages, genders, hashes = people
    hashes = [f"h{row // 7}" if row < 700 else digest for row, digest in enumerate(hashes)]
    hashes[4000] = ""
    parts = [split(files, ages, genders, hashes, 0.2, 1, (fold, 4)) for fold in (1, 2, 3, 4)]
    where = {row: fold for fold, part in enumerate(parts) for row in part.validation}
    assert sorted(where) == [row for row in range(5000) if row != 4000]
    assert all(where[row] == where[row // 7 * 7] for row in range(700))
    sizes = [len(part.validation) for part in parts]
    assert max(sizes) - min(sizes) <= 7


def test_a_fold_without_a_face_of_a_small_stratum_is_no_error():
    ages, genders = [5, 5, 90, 30, 30, 30], [0, 1, 0, 1, 1, 1]
    files = [f"{n}.jpg" for n in range(6)]
    parts = [split(files, ages, genders, files, 0.2, 1, (fold, 3)) for fold in (1, 2, 3)]
    assert [len(part.validation) for part in parts] == [2, 2, 2]


COPIES = [[7, 1900, 4100], [30, 31], [31 + 7, 2500]]


def test_copies_are_in_one_part_with_their_twins(people):
    files, ages, genders, hashes = people
    hashes[4999] = hashes[2500]
    chosen = set()
    for seed in range(20):
        parts = split(files, ages, genders, hashes, 0.2, seed, copies=COPIES)
        assert len(parts.validation) == 1000
        assert sorted(parts.train + parts.validation) == list(range(5000))
        assert parts.duplicates == 1
        validating = set(parts.validation)
        for group in (*COPIES[:2], [38, 2500, 4999]):
            assert len({row in validating for row in group}) == 1
        chosen |= validating
    assert chosen >= {7, 30, 38}  # they are not kept out of the validation part


def test_copies_are_in_one_fold(people):
    parts = [split(*people, 0.2, 1, (fold, 5), COPIES) for fold in range(1, 6)]
    where = {row: fold for fold, part in enumerate(parts) for row in part.validation}
    assert sorted(where) == list(range(5000))
    assert all(len({where[row] for row in group}) == 1 for group in COPIES)
    sizes = [len(part.validation) for part in parts]
    assert max(sizes) - min(sizes) <= 3


def test_copies_without_a_face_are_no_matter(people):
    files, ages, genders, hashes = people
    hashes[7] = ""
    parts = split(files, ages, genders, hashes, 0.2, 1, copies=COPIES)
    assert 7 not in parts.train + parts.validation
    assert (1900 in parts.validation) == (4100 in parts.validation)


def test_a_published_split_is_drawn_to_the_face(people):
    """Without copies to keep together: figures on it are compared with those of others."""
    drawn = split(*people, 0.2, 1).validation
    dealt = split(*people, 0.2, 1, (2, 5)).validation
    digests = [hashlib.sha256(repr(rows).encode()).hexdigest()[:12] for rows in (drawn, dealt)]
    assert digests == ["4f8bc7e322eb", "2f21c3345217"]
