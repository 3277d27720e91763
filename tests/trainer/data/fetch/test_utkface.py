import os
import sys

import pytest

from tests.trainer.data.fetch.conftest import face_names, faces_in, save, tar_of, zip_of
from trainer.data.fetch import kaggle, steps, utkface
from trainer.data.fetch.steps import parse_checksum
from trainer.data.fetch.utkface import HUGGING_FACE, PROVENANCE, fetch, wanted
from trainer.data.index import build_index
from trainer.errors import ConfigError, DataError, EnvironmentFault, StorageError

COUNT = 12


class GiveUp(Exception):
    pass


def nothing(step):
    pass


@pytest.fixture
def faces(site):
    """The site has the archive of 12 faces."""
    site.content = tar_of(faces_in("UTKFace", COUNT))
    return site


def test_faces_come_from_an_address_into_a_folder_that_can_be_trained_on(faces, tmp_path):
    target = tmp_path / "data" / "UTKFace"
    fetched = fetch(wanted(faces.address, str(target), faces.md5, COUNT), nothing)
    assert (fetched.folder, fetched.pictures, fetched.notes) == (target, COUNT, [])
    assert len(build_index(target).files) == COUNT
    assert [path.name for path in target.parent.iterdir()] == ["UTKFace"]
    told = (target / PROVENANCE).read_text()
    assert faces.address in told and faces.md5 in told and "non-commercial research" in told


def test_the_second_time_nothing_is_fetched(faces, tmp_path):
    asked = wanted(faces.address, str(tmp_path / "U"), "none", COUNT)
    fetch(asked, nothing)
    before = len(faces.asked)
    again = fetch(asked, nothing)
    assert not again.new
    assert len(faces.asked) == before


def test_giving_up_leaves_no_folder_and_the_next_try_goes_on(faces, tmp_path):
    asked = wanted(faces.address, str(tmp_path / "U"), faces.md5, COUNT)

    def give_up(step):
        if step.what == "unpacking" and step.done:
            raise GiveUp

    with pytest.raises(GiveUp):
        fetch(asked, give_up)
    assert not (tmp_path / "U").exists()
    assert fetch(asked, nothing).pictures == COUNT
    assert len(faces.asked) == 1  # the download was kept


def test_too_few_pictures_are_refused_where_nothing_else_is_checked(faces, tmp_path):
    asked = wanted(faces.address, str(tmp_path / "U"), "none", COUNT + 1)
    with pytest.raises(DataError, match=r"holds 12 pictures, not the 13 .*--count 12"):
        fetch(asked, nothing)
    assert not (tmp_path / "U").exists()
    assert fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing).pictures == 12


WRONG = {
    "a login page": b"<html>Log in</html>",
    "no faces": tar_of({"notes/readme.txt": b"x"}),
    "too few": tar_of(faces_in("UTKFace", COUNT - 1)),
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_turned_out_not_to_be_the_faces_is_fetched_again(site, tmp_path, content):
    asked = wanted(site.address, str(tmp_path / "U"), "none", COUNT)
    site.content = content
    with pytest.raises(DataError):
        fetch(asked, nothing)
    assert list(tmp_path.iterdir()) == []
    site.content = tar_of(faces_in("UTKFace", COUNT))
    assert fetch(asked, nothing).pictures == COUNT


def test_another_count_is_only_told_where_the_checksum_is_right(faces, tmp_path):
    fetched = fetch(wanted(faces.address, str(tmp_path / "U"), faces.md5, 99), nothing)
    assert fetched.notes == ["it holds 12 pictures, where 99 were expected"]


def test_an_archive_on_this_machine_stays_where_it_is(tmp_path):
    files = {**faces_in("UTKFace", COUNT), **faces_in("crop_part1", 5), "../1_0_0_x.jpg": b""}
    archive = save(tmp_path / "utk.zip", zip_of(files))
    fetched = fetch(wanted(str(archive), str(tmp_path / "U"), "", COUNT), nothing)
    assert fetched.pictures == COUNT
    assert fetched.notes == [
        "5 pictures in other folders of it were not taken",
        "1 left out, the first ../1_0_0_x.jpg: it would be written outside the folder",
    ]
    assert archive.exists()


def test_a_wrong_checksum_of_an_archive_keeps_the_archive(tmp_path):
    archive = save(tmp_path / "utk.zip", zip_of(faces_in("UTKFace", COUNT)))
    asked = wanted(str(archive), str(tmp_path / "U"), "md5:" + "0" * 32, COUNT)
    with pytest.raises(DataError, match="its md5 checksum is not"):
        fetch(asked, nothing)
    assert archive.exists() and not (tmp_path / "U").exists()


def test_a_folder_with_other_files_is_not_touched(faces, tmp_path):
    (tmp_path / "U").mkdir()
    (tmp_path / "U" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds other files already"):
        fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing)
    (tmp_path / "U" / "1_0_0_x.jpg").write_text("mine")
    with pytest.raises(ConfigError, match="holds 1 pictures already"):
        fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing)
    assert faces.asked == []


@pytest.mark.parametrize("there", [True, False], ids=["empty", "dangling"])
def test_faces_come_to_where_a_link_leads(faces, tmp_path, there):
    disk = tmp_path / "disk"
    (disk / "U" if there else disk).mkdir(parents=True)
    (tmp_path / "link").symlink_to(disk / "U")
    lay = set()

    def look(step):
        lay.update(path.name for path in disk.iterdir())

    fetched = fetch(wanted(faces.address, str(tmp_path / "link"), "none", COUNT), look)
    assert (fetched.folder, fetched.pictures) == (tmp_path / "link", COUNT)
    assert "U.part" in lay
    assert [path.name for path in disk.iterdir()] == ["U"]
    assert (tmp_path / "link").is_symlink() and len(build_index(fetched.folder).files) == COUNT


def test_a_folder_that_no_fetch_made_is_not_worked_in(faces, tmp_path):
    (tmp_path / "U.part" / "faces").mkdir(parents=True)
    mine = save(tmp_path / "U.part" / "faces" / "mine.txt", b"mine")
    with pytest.raises(ConfigError, match=r"U\.part: holds files that no fetch made"):
        fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing)
    assert mine.read_bytes() == b"mine"
    assert faces.asked == []


def test_what_lies_beside_the_download_is_not_deleted_with_it(faces, tmp_path):
    asked = wanted(faces.address, str(tmp_path / "U"), "none", COUNT)

    def give_up(step):
        if step.what == "unpacking":
            raise GiveUp

    with pytest.raises(GiveUp):
        fetch(asked, give_up)
    (tmp_path / "U.part" / "mine.txt").write_text("mine")
    assert fetch(asked, nothing).pictures == COUNT
    assert {path.name for path in (tmp_path / "U.part").iterdir()} == {".lock", "mine.txt"}


@pytest.mark.parametrize("name", ["archive", "utk.zip", "faces/utk.zip"])
def test_an_archive_among_what_was_fetched_is_refused_and_kept(tmp_path, name):
    (tmp_path / "U.part" / "faces").mkdir(parents=True)
    (tmp_path / "U.part" / ".lock").touch()
    archive = save(tmp_path / "U.part" / name, zip_of(faces_in("UTKFace", COUNT - 1)))
    with pytest.raises(ConfigError, match="lies where the fetch works; move it"):
        fetch(wanted(str(archive), str(tmp_path / "U"), "", COUNT), nothing)
    assert archive.exists()


def test_two_fetches_do_not_write_into_one_folder(faces, tmp_path):
    asked = wanted(faces.address, str(tmp_path / "U"), "none", COUNT)
    seen = []

    def second(step):
        if step.what == "unpacking" and not seen:
            with pytest.raises(ConfigError, match="another fetch is at work") as caught:
                fetch(asked, nothing)
            seen.append(caught)

    fetch(asked, second)
    assert seen


def test_a_full_disk_is_told_before_the_download(faces, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(steps.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match=r"needs 110 MB, but its disk has 1\.0 MB free"):
        fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing)
    assert list(tmp_path.iterdir()) == []


def test_words_mean_what_they_say(tmp_path):
    target = str(tmp_path / "U")
    mirror = wanted("huggingface", target)
    assert (mirror.address, str(mirror.checksum), mirror.count) == (
        HUGGING_FACE,
        utkface.HUGGING_FACE_MD5,
        23_708,
    )
    assert wanted("huggingface", target, "none").checksum is None
    assert wanted("kaggle", target).dataset == "jangedoo/utkface-new"
    assert wanted("kaggle:me/mine", target).dataset == "me/mine"
    for source in ("kaggle:../x", "kaggle:me", "no/such/file.zip", "", "ftp://x/y"):
        with pytest.raises(ConfigError):
            wanted(source, target)
    with pytest.raises(ConfigError, match="no folder"):
        wanted("huggingface", " ")


@pytest.mark.parametrize("text", ["md5:12", "sha1:" + "0" * 40, "sha256", "md5:" + "g" * 32])
def test_a_checksum_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="give md5: or sha256:"):
        parse_checksum(text)


@pytest.fixture
def client(tmp_path, monkeypatch):
    """client(script) puts a `kaggle` command first on the path."""
    monkeypatch.setattr(kaggle, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(utkface, "KAGGLE_ARCHIVE", 0)
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def put(script):
        path = programs / "kaggle"
        path.write_text(f"#!{sys.executable}\nimport sys\n{script}")
        path.chmod(0o755)

    return put


def test_kaggles_own_client_fetches(client, tmp_path):
    archive = save(tmp_path / "utk.zip", zip_of(faces_in("UTKFace", COUNT)))
    client(
        "import shutil\nassert sys.argv[1:5] == ['datasets', 'download', 'me/mine', '-p']\n"
        f"shutil.copy({str(archive)!r}, sys.argv[5] + '/mine.zip')\n"
    )
    assert (
        fetch(wanted("kaggle:me/mine", str(tmp_path / "U"), "", COUNT), nothing).pictures == COUNT
    )


@pytest.mark.parametrize(
    ("checksum", "says"),
    [("", "holds no pictures"), ("md5:" + "0" * 32, "its md5 checksum is not")],
)
def test_what_kaggles_client_brought_in_vain_is_not_used_again(client, tmp_path, checksum, says):
    source = save(tmp_path / "source.zip", zip_of({"readme.txt": b"x"}))
    client(f"import shutil\nshutil.copy({str(source)!r}, sys.argv[5] + '/mine.zip')\n")
    with pytest.raises(DataError, match=says):
        fetch(wanted("kaggle:me/mine", str(tmp_path / "U"), checksum, COUNT), nothing)
    assert not list(tmp_path.glob("U.part/**/*.zip"))


def test_what_kaggles_client_complains_of_is_passed_on(client, tmp_path):
    client("print('403 - Forbidden\\x1b[2J')\nsys.exit(1)\n")
    with pytest.raises(DataError, match=r"its client failed \(403 - Forbidden\\x1b\[2J\)"):
        fetch(wanted("kaggle", str(tmp_path / "U"), "", COUNT), nothing)


def test_giving_up_ends_kaggles_client(client, tmp_path):
    client(
        "import os, time\nopen(sys.argv[5] + '/pid', 'w').write(str(os.getpid()))\n"
        "open(sys.argv[5] + '/x.zip.part', 'w')\ntime.sleep(600)\n"
    )
    part = tmp_path / "U.part" / "kaggle"

    def give_up(step):
        if (part / "x.zip.part").exists():
            raise GiveUp

    with pytest.raises(GiveUp):
        fetch(wanted("kaggle", str(tmp_path / "U"), "", COUNT), give_up)
    with pytest.raises(ProcessLookupError):
        os.kill(int((part / "pid").read_text()), 0)


def test_without_kaggles_client_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(utkface, "KAGGLE_ARCHIVE", 0)
    with pytest.raises(EnvironmentFault, match=r"pip install kaggle.*--from huggingface"):
        fetch(wanted("kaggle", str(tmp_path / "U"), "", COUNT), nothing)


def test_the_names_of_the_faces_are_kept(faces, tmp_path):
    fetch(wanted(faces.address, str(tmp_path / "U"), "none", COUNT), nothing)
    assert set(face_names(COUNT)) < {path.name for path in (tmp_path / "U").iterdir()}
