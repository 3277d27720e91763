import errno
import os

import numpy as np
import pytest
from PIL import Image

from trainer.data import cache
from trainer.data.cache import open_cache
from trainer.data.index import build_index
from trainer.errors import StorageError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "faces"
    folder.mkdir()
    for n in range(5):
        Image.new("RGB", (128, 128), (n * 40, 0, 0)).save(folder / f"3{n}_{n % 2}_0_{n}.png")
    (folder / "39_1_0_broken.png").write_bytes(b"rubbish")
    Image.new("RGB", (200, 200), (9, 9, 9)).save(folder / "40_1_0_large.png")
    return folder


def nothing(done, of):
    pass


def test_pixels_are_those_of_the_files_in_index_order(folder):
    opened = open_cache(build_index(folder), nothing)
    assert opened.pixels.shape == (7, 128, 128, 3)
    assert [int(face[0, 0, 0]) for face in opened.pixels[:5]] == [0, 40, 80, 120, 160]
    assert opened.resized == 1
    assert opened.unreadable[0][0] == 5
    assert opened.usable.tolist() == [True] * 5 + [False, True]


def test_a_second_opening_decodes_nothing(folder, monkeypatch):
    first = open_cache(build_index(folder), nothing)
    monkeypatch.setattr(cache, "read_face", lambda path: pytest.fail("decoded again"))
    again = open_cache(build_index(folder), nothing)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.hashes == again.hashes


@pytest.mark.parametrize(
    "fault",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        OSError(errno.EIO, "Input/output error"),
        OSError(errno.EMFILE, "Too many open files"),
        MemoryError(),
    ],
    ids=["permission", "disk", "open files", "memory"],
)
def test_a_file_that_could_not_be_reached_is_read_once_it_can_be(folder, monkeypatch, fault):
    """Its size and time are the same then, so that the key of the pixels is, too."""
    index = build_index(folder)
    opened = Image.open

    def refuses(path, **how):
        if path.name == "32_0_0_2.png":
            raise fault
        return opened(path, **how)

    monkeypatch.setattr(Image, "open", refuses)
    first = open_cache(index, nothing)
    assert [row for row, _ in first.unreadable] == [2, 5]
    assert first.unreached == (2,)
    decoded = []
    again = open_cache(index, lambda done, of: decoded.append(done))
    assert (again.unreadable, decoded) == (first.unreadable, [])
    monkeypatch.setattr(Image, "open", opened)
    whole = open_cache(index, nothing)
    assert ([row for row, _ in whole.unreadable], whole.unreached) == ([5], ())
    assert whole.pixels[2, 0, 0, 0] == 80 and whole.hashes[2]
    monkeypatch.setattr(cache, "read_face", lambda path: pytest.fail("decoded again"))
    assert open_cache(index, nothing).hashes == whole.hashes


def test_a_changed_file_is_decoded_anew(folder):
    open_cache(build_index(folder), nothing)
    Image.new("RGB", (128, 128), (255, 0, 0)).save(folder / "30_0_0_0.png")
    assert open_cache(build_index(folder), nothing).pixels[0, 0, 0, 0] == 255


def test_a_damaged_cache_is_made_anew(folder):
    index = build_index(folder)
    open_cache(index, nothing)
    (cache.cache_root() / index.key / "faces.json").write_text("{")
    assert open_cache(index, nothing).pixels[1, 0, 0, 0] == 40


def test_giving_up_leaves_no_half_made_cache(folder):
    def give_up(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_cache(build_index(folder), give_up)
    assert list(cache.cache_root().iterdir()) == []


def test_a_full_disk_is_a_sentence(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    with pytest.raises(
        StorageError, match=r"disk is full; .* or set AGEGENDER_CACHE to another folder"
    ):
        open_cache(build_index(folder), nothing)


def test_only_a_few_data_sets_are_kept(folder, tmp_path):
    for n in range(6):
        (folder / "30_0_0_0.png").write_bytes(b"x" * n)
        open_cache(build_index(folder), nothing)
    assert len(list(cache.cache_root().iterdir())) == cache.KEPT


def test_what_was_not_made_here_is_never_deleted(folder, monkeypatch, tmp_path):
    """`AGEGENDER_CACHE` may name the folder that holds the user's own pictures."""
    monkeypatch.setenv("AGEGENDER_CACHE", str(tmp_path))
    own = [folder / name for name in ("mum", "dad", "2019", "2020", ".git", "0123456789abcdef" * 2)]
    own += [folder / ("a" * 24), folder / ("." + "b" * 24)]  # named alike, but no cache
    for path in own:
        path.mkdir()
        (path / "photograph.jpg").write_bytes(b"x")
        os.utime(path, (1, 1))
    left = folder / f".{'c' * 24}.0123abcd"
    left.mkdir()
    os.utime(left, (1, 1))
    assert cache.cache_root() == folder
    for n in range(cache.KEPT + 2):
        (folder / "30_0_0_0.png").write_bytes(b"x" * n)
        open_cache(build_index(folder), nothing)
    assert all((path / "photograph.jpg").exists() for path in own)
    assert not left.exists()
    assert len(list(folder.glob("*/pixels.npy"))) == cache.KEPT
