import gzip
import io
import stat
import tarfile
import zipfile

import pytest

from tests.trainer.data.fetch.conftest import face_names, faces_in, save, tar_of, zip_of
from trainer.data.fetch import archive
from trainer.data.fetch.archive import look_into, unpack
from trainer.errors import DataError


def nothing(step):
    pass


def unpacked(path, target):
    """(contents, names written)."""
    target.mkdir()
    contents = look_into(path, nothing)
    count = unpack(path, contents, target, nothing)
    names = sorted(file.name for file in target.iterdir())
    assert len(names) == count
    return contents, names


@pytest.mark.parametrize(
    "packed", [tar_of(faces_in("UTKFace", 9)), tar_of(faces_in("UTKFace", 9), "w"),
               zip_of(faces_in("UTKFace", 9))], ids=["tar.gz", "tar", "zip"],
)  # fmt: skip
def test_pictures_are_unpacked_whole(tmp_path, packed):
    contents, names = unpacked(save(tmp_path / "a", packed), tmp_path / "out")
    assert names == sorted(face_names(9))
    assert (tmp_path / "out" / names[0]).read_bytes() == b"face " + names[0].encode()
    assert (contents.count, contents.others, contents.unsafe) == (9, 0, [])


def test_of_faces_that_are_there_twice_one_folder_is_taken(tmp_path):
    files = {
        **faces_in("utkface_aligned_cropped/UTKFace", 9),
        **faces_in("crop_part1", 4),
        **faces_in("UTKFace", 9),
        "readme.txt": b"",
    }
    contents, names = unpacked(save(tmp_path / "a", zip_of(files)), tmp_path / "out")
    assert contents.folder == "UTKFace"
    assert len(names) == 9
    assert contents.others == 13


def test_nothing_is_written_outside_the_folder(tmp_path):
    evil = {
        "../1_0_0_a.jpg": b"x",
        "/tmp/2_0_0_b.jpg": b"x",
        "UTKFace/../../3_0_0_c.jpg": b"x",
        "UTKFace\\..\\4_0_0_d.jpg": b"x",
    }
    for number, pack in enumerate((tar_of, zip_of)):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = save(folder / "a", pack({**faces_in("UTKFace", 3), **evil}))
        contents, names = unpacked(path, folder / "out")
        assert names == sorted(face_names(3))
        assert len(contents.unsafe) == 4
        assert {why for _, why in contents.unsafe} == {"would be written outside the folder"}
        assert sorted(file.name for file in folder.iterdir()) == ["a", "out"]


def test_links_and_devices_are_left_out_and_named(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in faces_in("UTKFace", 2).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, kind in (
            ("UTKFace/1_0_0_link.jpg", tarfile.SYMTYPE),
            ("UTKFace/2_0_0_hard.jpg", tarfile.LNKTYPE),
            ("UTKFace/3_0_0_pipe.jpg", tarfile.FIFOTYPE),
            ("UTKFace/4_0_0_disk.jpg", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    contents, names = unpacked(save(tmp_path / "a", out.getvalue()), tmp_path / "out")
    assert names == sorted(face_names(2))
    assert [why for _, why in contents.unsafe] == [
        *("is a link", "is a link", "is no plain file", "is no plain file")
    ]


def test_a_link_in_a_zip_is_left_out(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in faces_in("UTKFace", 2).items():
            made.writestr(name, content)
        info = zipfile.ZipInfo("UTKFace/1_0_0_link.jpg")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, "/etc/passwd")
    contents, names = unpacked(save(tmp_path / "a", out.getvalue()), tmp_path / "out")
    assert names == sorted(face_names(2))
    assert contents.unsafe == [("UTKFace/1_0_0_link.jpg", "is no plain file")]


def test_names_that_drive_a_terminal_are_unpacked_under_harmless_rules(tmp_path):
    files = {**faces_in("U", 1), "U/" + "9" * 250 + ".jpg": b"x", "U/run.sh": b"rm -rf /"}
    contents, names = unpacked(save(tmp_path / "a", tar_of(files)), tmp_path / "out")
    assert names == face_names(1)
    assert [why for _, why in contents.unsafe] == ["has too long a name"]


@pytest.mark.parametrize("kind", ["tar.gz", "tar", "zip"])
def test_an_archive_cut_short_anywhere_is_refused(tmp_path, kind):
    files = faces_in("UTKFace", 9)
    whole = {"tar.gz": tar_of(files), "tar": tar_of(files, "w"), "zip": zip_of(files)}[kind]
    # A tar is padded with zeros at its end, which nobody misses.
    end = len(whole) - 1 if kind != "tar" else 9 * 1024
    for number, keep in enumerate(range(1, end, max(end // 40, 1))):
        path = save(tmp_path / "a", whole[:keep])
        with pytest.raises(DataError, match=r"is no whole .zip, .tar or .tar.gz|holds no pictures"):
            unpacked(path, tmp_path / f"out{number}")


def test_damage_within_is_found(tmp_path):
    for number, pack in enumerate((tar_of, zip_of)):
        whole = bytearray(pack(faces_in("UTKFace", 9)))
        whole[len(whole) // 3] ^= 0xFF
        with pytest.raises(DataError):
            unpacked(save(tmp_path / "a", bytes(whole)), tmp_path / f"out{number}")


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"PK", b"\x1f\x8b\x08"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    with pytest.raises(DataError, match=r"is no whole .zip, .tar or .tar.gz"):
        look_into(save(tmp_path / "a", content), nothing)


def test_an_archive_without_pictures_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no pictures"):
        look_into(save(tmp_path / "a", zip_of({"notes.txt": b"x"})), nothing)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    zeros = bytes(1 << 20)
    for number, pack in enumerate((tar_of, zip_of)):
        bomb = pack({f"UTKFace/{name}": zeros for name in face_names(3)})
        assert len(bomb) < 20_000
        with pytest.raises(DataError, match="not to be trusted"):
            unpacked(save(tmp_path / "a", bomb), tmp_path / f"out{number}")


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    packed = gzip.compress(info.tobuf() + bytes(4096))
    with pytest.raises(DataError, match="not to be trusted"):
        look_into(save(tmp_path / "a", packed), nothing)


def test_a_picture_too_large_for_a_face_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_PICTURE", 1000)
    files = {**faces_in("U", 2), "U/1_0_0_large.jpg": bytes(2000)}
    contents, names = unpacked(save(tmp_path / "a", tar_of(files)), tmp_path / "out")
    assert names == sorted(face_names(2))
    assert [name for name, _ in contents.unsafe] == ["U/1_0_0_large.jpg"]


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    with pytest.raises(DataError, match="not to be trusted"):
        look_into(save(tmp_path / "a", tar_of(faces_in("U", 6))), nothing)


def test_a_name_that_comes_twice_is_written_once(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for content in (b"first", b"second"):
            info = tarfile.TarInfo("U/1_0_0_a.jpg")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    _, names = unpacked(save(tmp_path / "a", out.getvalue()), tmp_path / "out")
    assert names == ["1_0_0_a.jpg"]
    assert (tmp_path / "out" / names[0]).read_bytes() == b"first"
