import os

import pytest

from trainer.data.index import build_index, check_trainable
from trainer.errors import DataError


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_index_has_labels_of_nested_folders_in_name_order(tmp_path):
    touch(tmp_path, "b/30_1_2_x.jpg", "9_0_0_y.JPG", ".hidden/1_1_1_z.jpg", "notes.txt")
    index = build_index(tmp_path)
    assert index.files == ["9_0_0_y.JPG", "b/30_1_2_x.jpg"]
    assert (index.ages, index.genders, index.races) == ([9, 30], [0, 1], [0, 2])
    assert index.ignored == 1


def test_pictures_without_a_label_are_named_and_do_no_harm(tmp_path):
    touch(tmp_path, "30_1_2_x.jpg", "30_3_2_x.jpg", "cat.png")
    index = build_index(tmp_path)
    assert len(index.files) == 1
    assert [name for name, _ in index.rejected] == ["30_3_2_x.jpg", "cat.png"]
    assert "gender 3" in index.rejected[0][1]


def test_key_changes_when_a_file_is_rewritten_added_or_renamed(tmp_path):
    touch(tmp_path, "30_1_2_x.jpg")
    keys = {build_index(tmp_path).key}
    (tmp_path / "30_1_2_x.jpg").write_bytes(b"longer")
    keys.add(build_index(tmp_path).key)
    touch(tmp_path, "31_1_2_x.jpg")
    keys.add(build_index(tmp_path).key)
    (tmp_path / "31_1_2_x.jpg").rename(tmp_path / "32_1_2_x.jpg")
    keys.add(build_index(tmp_path).key)
    assert len(keys) == 4
    assert build_index(tmp_path).key in keys


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder.rmdir(), "faces: no such folder; check its name"),
        (lambda folder: (folder.rmdir(), folder.write_text("")), "is a file"),
        (lambda folder: None, "is empty"),
        (lambda folder: touch(folder, "a.txt"), "1 files but no pictures"),
        (lambda folder: touch(folder, "cat.jpg"), "none of its 1 pictures has a label"),
    ],
)
def test_a_folder_without_faces_is_refused_in_one_line(tmp_path, make, says):
    folder = tmp_path / "faces"
    folder.mkdir()
    make(folder)
    with pytest.raises(DataError) as caught:
        build_index(folder)
    assert says in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_below_that_may_not_be_read_is_named_and_the_rest_is_used(tmp_path, monkeypatch):
    touch(tmp_path, "30_1_2_x.jpg", "b/9_0_0_y.jpg", "c/40_0_0_z.jpg")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read everything
    index = build_index(tmp_path)
    assert index.files == ["30_1_2_x.jpg", "c/40_0_0_z.jpg"]
    assert index.rejected == [("b/", "the folder cannot be read: Permission denied")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_refused(tmp_path):
    (tmp_path / "faces").mkdir(mode=0o000)
    with pytest.raises(DataError, match="check permissions"):
        build_index(tmp_path / "faces")


def test_control_characters_in_a_name_never_reach_the_message(tmp_path):
    touch(tmp_path, "cat\x1b[2J\n.jpg")
    with pytest.raises(DataError) as caught:
        build_index(tmp_path)
    assert "\x1b" not in str(caught.value)
    assert "\\x1b[2J\\x0a" in str(caught.value)


def test_too_few_faces_or_one_gender_cannot_be_trained_on(tmp_path):
    touch(tmp_path, *(f"30_{n % 2}_0_{n}.jpg" for n in range(10)))
    index = build_index(tmp_path)
    check_trainable(index, 8, 0.2)
    with pytest.raises(DataError, match=r"leave 8 to train on.*lower batch_size to 8"):
        check_trainable(index, 9, 0.2)
    for name in index.files[5:]:
        (tmp_path / name).unlink()
    with pytest.raises(DataError, match="all 5 faces have gender 0"):
        check_trainable(build_index(tmp_path), 2, 0.2)


def test_a_folder_below_that_cannot_be_read_is_named_and_the_rest_is_indexed(tmp_path, monkeypatch):
    touch(tmp_path, "30_1_2_x.jpg", "closed/31_1_2_x.jpg")
    scandir = os.scandir

    def refuses(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    index = build_index(tmp_path)
    assert index.files == ["30_1_2_x.jpg"]
    assert index.rejected == [("closed/", "the folder cannot be read: Permission denied")]


def test_links_that_loop_or_lead_nowhere_do_no_harm(tmp_path):
    touch(tmp_path, "30_1_2_x.jpg")
    (tmp_path / "back").symlink_to(tmp_path)
    (tmp_path / "31_1_2_self.jpg").symlink_to(tmp_path / "31_1_2_self.jpg")
    (tmp_path / "32_1_2_gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    (tmp_path / "33_1_2_link.jpg").symlink_to(tmp_path / "30_1_2_x.jpg")
    index = build_index(tmp_path)
    assert index.files == ["30_1_2_x.jpg", "33_1_2_link.jpg"]
    assert [name for name, _ in index.rejected] == ["31_1_2_self.jpg", "32_1_2_gone.jpg"]
    assert all("cannot be read" in why for _, why in index.rejected)


def test_names_that_are_no_utf8_are_indexed(tmp_path):
    name = os.fsencode(tmp_path) + b"/30_1_2_\xff\xfe.jpg"
    with open(name, "wb"):
        pass
    index = build_index(tmp_path)
    assert [os.fsencode(file) for file in index.files] == [b"30_1_2_\xff\xfe.jpg"]
    assert len(index.key) == 24
