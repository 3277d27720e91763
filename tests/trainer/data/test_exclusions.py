"""What the user decided about faces is kept, undone and honoured."""

import errno
import fcntl
import os

import pytest

from trainer.data import exclusions
from trainer.data.exclusions import FILE_NAME, Curator, curation_file, read_curation
from trainer.data.index import build_index
from trainer.data.labels import Label
from trainer.errors import DataError, StorageError


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "faces"
    made.mkdir()
    for name in ("20_0_0_a.jpg", "30_1_0_b.jpg", "40_1_0_c.jpg", "wrong_name.jpg"):
        (made / name).write_bytes(b"x")
    return made


def test_without_a_file_nothing_is_curated(folder):
    curation = read_curation(folder)
    assert (curation.file, curation.excluded, curation.corrected) == (
        folder / FILE_NAME, frozenset(), {},
    )  # fmt: skip
    assert not curation.file.exists()


def test_exclusions_are_on_disk_and_in_the_index_and_can_be_taken_back(folder):
    curator = Curator(folder)
    assert curator.exclude(["20_0_0_a.jpg", "30_1_0_b.jpg"]) == "excluded 2 faces"
    index = build_index(folder)
    assert [index.files[row] for row in sorted(index.excluded)] == ["20_0_0_a.jpg", "30_1_0_b.jpg"]
    assert [index.files[row] for row in index.kept] == ["40_1_0_c.jpg"]
    assert curator.restore(["20_0_0_a.jpg"]) == "restored 20_0_0_a.jpg"
    assert len(build_index(folder).excluded) == 1
    assert curator.undo() == "undone: restored 20_0_0_a.jpg"
    assert len(build_index(folder).excluded) == 2
    assert curator.undo() == "undone: excluded 2 faces"
    assert curator.undo() == ""
    assert build_index(folder).excluded == frozenset()


def test_the_images_and_the_key_of_their_pixels_are_left_alone(folder):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    key = build_index(folder).key
    curator = Curator(folder)
    curator.exclude(["20_0_0_a.jpg"])
    curator.correct("30_1_0_b.jpg", Label(31, 0, None))
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    after.pop(FILE_NAME)
    assert after == before
    assert build_index(folder).key == key


def test_a_corrected_label_counts_and_gives_a_bad_name_one(folder):
    curator = Curator(folder)
    curator.correct("30_1_0_b.jpg", Label(33, 0, 2))
    curator.correct("wrong_name.jpg", Label(50, 1, None))
    index = build_index(folder)
    row = index.files.index("30_1_0_b.jpg")
    assert (index.ages[row], index.genders[row], index.races[row]) == (33, 0, 2)
    row = index.files.index("wrong_name.jpg")
    assert (index.ages[row], index.genders[row], index.races[row]) == (50, 1, None)
    assert index.rejected == []
    assert index.curated.startswith("2 with a corrected label by ")
    assert index.curated.endswith(FILE_NAME)
    curator.correct("30_1_0_b.jpg", None)
    assert build_index(folder).ages[index.files.index("30_1_0_b.jpg")] == 30


def test_names_of_any_kind_come_back_as_they_were(folder):
    names = ['20_0_0_"quote".jpg', "20_0_0_back\\slash.jpg", "20_0_0_\x1b[31m.jpg", "20_0_0_ü.jpg"]
    curator = Curator(folder)
    curator.exclude(names)
    for name in names:
        curator.correct(name, Label(1, 1, None))
    read = read_curation(folder)
    assert read.excluded == frozenset(names)
    assert read.corrected == dict.fromkeys(names, Label(1, 1, None))
    assert "\x1b" not in (folder / FILE_NAME).read_text()


def test_a_name_that_is_no_utf8_is_refused_by_its_name(folder):
    name = os.fsdecode(b"20_0_0_\xff.jpg")
    with pytest.raises(DataError, match=r"20_0_0_\\xff.jpg: its name is not UTF-8"):
        Curator(folder).exclude([name])
    assert not (folder / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not toml [", "mend or delete it"),
        ("version = 2", "version 2 is not 1"),
        ("version = 1\nexcluded = 3", "'excluded' is no list"),
        ("version = 1\ncorrected = 3", "'corrected' is no table"),
        ('version = 1\n[corrected]\n"a" = {age = 200, gender = 1}', "the label of 'a'"),
        ('version = 1\n[corrected]\n"a" = {age = 20, gender = true}', "the label of 'a'"),
        ('version = 1\n[corrected]\n"a" = {age = 20, gender = 1, race = 7}', "the label of 'a'"),
    ],
)
def test_a_file_that_cannot_be_understood_stops_every_run(folder, text, says):
    (folder / FILE_NAME).write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        build_index(folder)
    assert FILE_NAME in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_two_dashboards_curate_is_kept(folder):
    one, other = Curator(folder), Curator(folder)
    one.exclude(["20_0_0_a.jpg"])
    other.exclude(["30_1_0_b.jpg"])
    one.correct("40_1_0_c.jpg", Label(41, 1, None))
    assert read_curation(folder).excluded == frozenset(["20_0_0_a.jpg", "30_1_0_b.jpg"])
    assert other.look() == one.now
    assert one.undo() and one.undo() == "undone: excluded 20_0_0_a.jpg"
    assert read_curation(folder).excluded == frozenset(["30_1_0_b.jpg"])
    assert read_curation(folder).corrected == {}


def test_undo_leaves_a_label_that_was_corrected_again_elsewhere(folder):
    one, other = Curator(folder), Curator(folder)
    one.correct("30_1_0_b.jpg", Label(33, 0, 2))
    other.correct("30_1_0_b.jpg", Label(34, 0, 2))
    one.undo()
    assert read_curation(folder).corrected == {"30_1_0_b.jpg": Label(34, 0, 2)}
    other.undo()
    assert read_curation(folder).corrected == {"30_1_0_b.jpg": Label(33, 0, 2)}


def test_what_another_did_already_is_no_step_to_undo(folder):
    one, other = Curator(folder), Curator(folder)
    one.exclude(["20_0_0_a.jpg"])
    other.correct("40_1_0_c.jpg", Label(41, 1, None))
    assert other.exclude(["20_0_0_a.jpg"]) == "excluded 20_0_0_a.jpg"
    assert other.undo().startswith("undone: label of 40_1_0_c.jpg")
    assert read_curation(folder).excluded == frozenset(["20_0_0_a.jpg"])
    assert other.undo() == ""


def test_a_step_that_changes_nothing_writes_nothing(folder):
    Curator(folder).correct("30_1_0_b.jpg", None)
    assert not (folder / FILE_NAME).exists()


def test_undo_says_where_another_took_the_step_back_already(folder):
    one, other = Curator(folder), Curator(folder)
    one.exclude(["20_0_0_a.jpg"])
    other.restore(["20_0_0_a.jpg"])
    said = "not undone, as it was changed again since: excluded 20_0_0_a.jpg"
    assert one.undo() == said
    assert one.undo() == ""


@pytest.mark.parametrize("part", ["read_curation", "save_curation"])
def test_a_step_lets_nobody_else_read_or_write_meanwhile(folder, monkeypatch, part):
    curator, whole = Curator(folder), getattr(exclusions, part)
    refused = []

    def watched(*of):
        other = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refused.append(part)
        finally:
            os.close(other)
        return whole(*of)

    monkeypatch.setattr(exclusions, part, watched)
    curator.exclude(["20_0_0_a.jpg"])
    curator.undo()
    assert refused == [part] * 2


def test_an_edited_file_that_cannot_be_understood_is_not_written_over(folder):
    curator = Curator(folder)
    curator.exclude(["20_0_0_a.jpg"])
    (folder / FILE_NAME).write_text("version = 1\nexcluded = [")
    with pytest.raises(DataError, match="mend or delete it"):
        curator.exclude(["30_1_0_b.jpg"])
    assert (folder / FILE_NAME).read_text() == "version = 1\nexcluded = ["


def test_where_the_folder_refuses_the_users_own_folder_takes_it(folder, monkeypatch):
    own = curation_file(folder)
    assert own.parent == folder
    write = exclusions.write_atomic

    def refuses(path, text, **how):
        if path.parent == folder:
            raise StorageError(f"{path}: cannot be written")
        write(path, text, **how)

    monkeypatch.setattr(exclusions, "write_atomic", refuses)
    curator = Curator(folder)
    curator.exclude(["20_0_0_a.jpg"])
    assert curator.now.file.parent.name == "curation"
    assert not (folder / FILE_NAME).exists()
    assert read_curation(folder).excluded == frozenset(["20_0_0_a.jpg"])
    assert len(build_index(folder).excluded) == 1


def test_a_file_of_ones_own_that_no_longer_counts_is_told_of_with_the_one_that_does(
    folder, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(exclusions.os, "access", lambda *_: False)
        own = Curator(folder)
        own.exclude(["20_0_0_a.jpg"])
    assert build_index(folder).curated == f"1 excluded by {own.now.file}"
    (folder / FILE_NAME).write_text('version = 1\nexcluded = ["30_1_0_b.jpg"]\n')
    index = build_index(folder)
    assert [index.files[row] for row in index.excluded] == ["30_1_0_b.jpg"]
    assert index.curated == (
        f"1 excluded by {folder / FILE_NAME}; {own.now.file} is not read, as {folder / FILE_NAME} "
        "is there: have what it says put into that one, then delete it"
    )
    (folder / FILE_NAME).write_text("version = 1\n")
    assert build_index(folder).curated.startswith(f"{own.now.file} is not read")


def test_a_file_beside_the_faces_that_cannot_be_written_refuses_the_step(folder, monkeypatch):
    """A run reads the file beside the faces: what lies elsewhere would be left out by none."""
    Curator(folder).exclude(["20_0_0_a.jpg"])

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("trainer.runs.atomic.os.fsync", full)
    curator = Curator(folder)
    with pytest.raises(StorageError, match=f"{FILE_NAME}: the disk is full"):
        curator.exclude(["30_1_0_b.jpg"])
    assert curator.now == read_curation(folder)
    assert curator.now.excluded == frozenset(["20_0_0_a.jpg"])


def test_where_no_place_takes_the_file_the_way_out_is_told(folder, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    curator = Curator(folder)
    monkeypatch.setattr(exclusions.Path, "mkdir", refuse)
    with pytest.raises(StorageError, match="make it writable, or copy the faces to a folder of"):
        curator.exclude(["20_0_0_a.jpg"])


def test_a_step_that_cannot_be_written_is_not_taken(folder, monkeypatch):
    curator = Curator(folder)

    def refuses(path, text, **_):
        raise StorageError(f"{path}: the disk is full")

    monkeypatch.setattr(exclusions, "write_atomic", refuses)
    with pytest.raises(StorageError):
        curator.exclude(["20_0_0_a.jpg"])
    assert curator.now.excluded == frozenset()
    assert curator.undo() == ""
