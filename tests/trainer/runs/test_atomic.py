import errno
import os

import pytest

from trainer.errors import StorageError
from trainer.runs.atomic import ANOTHER_PLACE, storage_errors, write_atomic


def test_content_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    target = tmp_path / "state.json"
    write_atomic(target, "a long first content")
    write_atomic(target, "short")
    assert target.read_text() == "short"
    assert os.listdir(tmp_path) == ["state.json"]


def test_a_full_disk_keeps_the_old_content_and_names_the_remedy(tmp_path, monkeypatch):
    target = tmp_path / "state.json"
    write_atomic(target, "old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"state\.json: the disk is full; free some space"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["state.json"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "no permission to write"),
        (errno.EROFS, "no permission to write"),
        (errno.EEXIST, "a file is where a folder should be"),
        (errno.ENOENT, "its folder is gone, moved or deleted; put it back, or "),
    ],
)
def test_storage_faults_become_sentences(tmp_path, number, words):
    with pytest.raises(StorageError, match=words), storage_errors(tmp_path):
        raise OSError(number, "no")


def test_only_a_run_is_told_to_resume_when_the_disk_is_full(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        pytest.raises(StorageError, match=r"free some space, then resume$"),
        storage_errors(tmp_path),
    ):
        raise full
    with (
        pytest.raises(StorageError, match=r"free some space, or name another place$"),
        storage_errors(tmp_path, ANOTHER_PLACE),
    ):
        raise full


def test_other_faults_are_left_as_they_are(tmp_path):
    with pytest.raises(IsADirectoryError), storage_errors(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "is a directory")


def test_control_characters_in_the_path_are_escaped(tmp_path):
    with pytest.raises(StorageError, match=r"a\\x1bb"), storage_errors(tmp_path / "a\x1bb"):
        raise OSError(errno.ENOSPC, "full")
