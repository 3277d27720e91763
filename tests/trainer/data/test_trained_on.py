"""A run is of a folder or of a copy of it, not of one whose files are only named alike."""

import pytest

from trainer.data.index import build_index
from trainer.data.trained_on import check_trained_on
from trainer.errors import RunError

SPLIT = "file,part,age,gender\n0.jpg,train,20,0\n1.jpg,train,21,0\n2.jpg,validation,22,0\n"


def folder_of_ages(folder, *ages):
    """0.jpg, 1.jpg … of men of these ages."""
    folder.mkdir()
    for number in range(len(ages)):
        (folder / f"{number}.jpg").write_bytes(b"x")
    rows = "".join(f"{number}.jpg,{age},m\n" for number, age in enumerate(ages))
    (folder / "labels.csv").write_text(f"file,age,gender\n{rows}")
    return build_index(f"csv:{folder}")


@pytest.fixture
def run(tmp_path, make_run):
    folder_of_ages(tmp_path / "one", 20, 21, 22)
    made = make_run(tmp_path / "runs", data=f"csv:{tmp_path / 'one'}")
    made.split_file.write_text(SPLIT)
    return made


def test_a_folder_with_other_faces_under_the_same_names_is_refused(run, tmp_path):
    with pytest.raises(RunError, match=f"{run.id} was trained on other files: choose a run on"):
        check_trained_on(run, folder_of_ages(tmp_path / "two", 60, 61, 22))
    with pytest.raises(RunError, match="was trained on other files"):
        (tmp_path / "two" / "30_1_0_z.jpg").write_bytes(b"x")
        check_trained_on(run, build_index(tmp_path / "two"))


def test_a_copy_is_taken_although_a_label_was_put_right_since(run, tmp_path):
    check_trained_on(run, folder_of_ages(tmp_path / "copy", 20, 21, 50, 70))


def test_the_folder_itself_is_taken_whatever_its_labels_are_now(run, tmp_path):
    table = tmp_path / "one" / "labels.csv"
    table.write_text(table.read_text().replace(",2", ",6"))
    (tmp_path / "link").symlink_to(tmp_path / "one")
    run.split_file.unlink()  # not even looked at
    for way in ("one", "link"):
        check_trained_on(run, build_index(f"csv:{tmp_path / way}"))
