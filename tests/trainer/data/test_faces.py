import dataclasses

import numpy as np
import pytest
from PIL import Image

from trainer.config import RunConfig
from trainer.data.faces import load_faces
from trainer.errors import DataError


@pytest.fixture
def folder(tmp_path):
    """Twenty faces of noise, ten a gender."""
    faces = tmp_path / "faces"
    faces.mkdir()
    for number in range(20):
        draw(faces / f"{20 + number}_{number % 2}_0_{number}.png", number)
    return faces


def draw(path, seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (128, 128, 3), "uint8")
    Image.fromarray(pixels).save(path)


def load(folder, **changes):
    return load_faces(RunConfig(data=str(folder), batch_size=4, **changes), lambda *_: None)


def test_every_face_is_in_one_part_with_the_label_of_its_name(folder):
    faces = load(folder)
    assert sorted([*faces.train, *faces.validation]) == list(range(20))
    assert len(faces.validation) == 4
    labels = [tuple(map(int, name.split("_")[:2])) for name in faces.files]
    assert list(zip(faces.ages, faces.genders, strict=True)) == labels


def test_the_same_folder_has_the_same_identity_and_what_resume_rests_on_changes_it(folder):
    before = load(folder).identity
    assert load(folder).identity == before
    assert load(folder, split_seed=8).identity != before
    draw(folder / "20_0_0_0.png", 99)
    changed = load(folder).identity
    assert changed != before
    (folder / "21_1_0_1.png").unlink()
    assert load(folder).identity not in (before, changed)


def test_near_copies_stay_together_only_where_that_is_asked_for(folder):
    """Each face has a darker copy: by pixels they are different pictures."""
    for path in sorted(folder.iterdir()):
        soft = Image.open(path).resize((16, 16)).resize((128, 128), Image.Resampling.BICUBIC)
        soft.save(path)
        soft.point(lambda value: value * 0.9).save(path.with_name(f"{path.stem}x.png"))

    def apart(faces):
        validating = {faces.files[row].replace("x.png", ".png") for row in faces.validation}
        training = {faces.files[row].replace("x.png", ".png") for row in faces.train}
        return validating & training

    told = []
    before = load(folder)
    config = RunConfig(data=str(folder), batch_size=4, keep_copies_together=True)
    after = load_faces(config, lambda name, *_: told.append(name))
    assert apart(before) and not apart(after)
    assert before.identity != after.identity
    assert "comparing" in told
    for fold in range(1, 5):
        assert not apart(load(folder, folds=4, fold=fold, keep_copies_together=True))


def test_a_folder_of_rubbish_names_one_file_and_why(folder):
    for path in folder.iterdir():
        path.write_bytes(b"rubbish")
    with pytest.raises(
        DataError, match=r"none of its 20 pictures can be read \(20_0_0_0\.png: not"
    ):
        load(folder)


def test_faces_that_are_all_one_cannot_be_split(folder):
    for path in folder.iterdir():
        draw(path, 1)
    with pytest.raises(DataError, match="copies of too few"):
        load(folder)


@pytest.mark.parametrize(
    ("copies", "left", "remedy"),
    [(18, 2, "lower batch_size to 2 or add faces"), (20, 0, "add other faces")],
)
def test_a_fold_of_copies_that_leaves_less_than_a_batch_to_train_on_is_refused(
    folder, copies, left, remedy
):
    for path in sorted(folder.iterdir())[:copies]:
        draw(path, 1)
    with pytest.raises(DataError) as error:
        load(folder, folds=2, fold=1)
    assert str(error.value).endswith(
        f": as copies stay in one part, {left} of its 20 faces are left to train on, fewer than "
        f"batch_size 4; {remedy}"
    )


def test_giving_up_is_heard_while_faces_are_decoded(folder):
    class Enough(Exception):
        pass

    def phase(name, *_):
        if name == "decoding":
            raise Enough

    config = dataclasses.replace(RunConfig(data=str(folder)), batch_size=4)
    with pytest.raises(Enough):
        load_faces(config, phase)
