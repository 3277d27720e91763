import errno
import fcntl
import os

import numpy as np
import pytest
from PIL import Image

from trainer.config import RunConfig
from trainer.data import registered
from trainer.data.faces import load_faces
from trainer.data.index import build_index
from trainer.data.preview import preview, with_layout
from trainer.data.registered import (
    read_registered,
    register,
    registry_file,
    resolve,
    unregister,
)
from trainer.data.source import DataSource, mapping_of, parse_source
from trainer.errors import ConfigError, DataError, StorageError

CSV = "version = 1\n[x]\nfolder = '/x'\nlayout = 'csv'\n"
MINE = {"file": "photo id", "age": "years:x", "gender": "sex&", "male": "1,m", "female": "é\udce9"}


@pytest.mark.parametrize(
    "source",
    [
        DataSource(parse_source("/data/UTKFace").folder),
        DataSource(parse_source("/data/a:b c?").folder, "agedb"),
        DataSource(parse_source("/data/mine").folder, "csv", MINE),
    ],
)
def test_a_source_is_the_same_after_a_line_of_text(source):
    assert parse_source(str(source)) == source
    assert "\n" not in str(source)
    str(source).encode()  # as settings keep it


def test_a_plain_folder_is_utkface_and_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(parse_source("faces")) == str(tmp_path / "faces")
    assert str(parse_source("agedb:faces")) == f"agedb:{tmp_path / 'faces'}"
    assert parse_source("csv:x").layout == "csv"
    assert parse_source("unknown:x").folder.name == "unknown:x"


def test_a_mapping_of_what_no_column_can_be_is_refused():
    with pytest.raises(DataError, match="'height' is nothing a column can be: choose table, file"):
        parse_source("csv?height=x:/data")
    with pytest.raises(DataError, match="layout agedb has columns of its own"):
        parse_source("agedb?age=x:/data")
    with pytest.raises(DataError, match="'age' is no mapping"):
        mapping_of("file=a age")
    assert mapping_of("file=photo id; age=years") == {"file": "photo id", "age": "years"}
    assert mapping_of(" file=a  age=b ") == {"file": "a", "age": "b"}


def test_a_registered_name_stands_for_folder_layout_and_mapping(tmp_path):
    source = DataSource(tmp_path / "mine", "csv", {"file": "photo", "age": "years"})
    register("mine", source)
    register("utk", DataSource(tmp_path / "UTKFace"))
    assert read_registered() == {"mine": source, "utk": DataSource(tmp_path / "UTKFace")}
    assert resolve(" mine ") == source
    assert resolve("utk").folder == tmp_path / "UTKFace"


def test_a_folder_of_a_registered_name_is_meant_with_a_dot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    register("faces", DataSource(tmp_path / "elsewhere"))
    assert resolve("faces").folder == tmp_path / "elsewhere"
    assert resolve("./faces").folder == tmp_path / "faces"
    assert resolve("others").folder == tmp_path / "others"


def test_a_name_is_forgotten_and_the_faces_stay(tmp_path):
    (tmp_path / "mine").mkdir()
    register("mine", DataSource(tmp_path / "mine"))
    unregister("mine")
    assert read_registered() == {}
    assert (tmp_path / "mine").is_dir()
    with pytest.raises(ConfigError, match="'mine' is no registered data set: there are none"):
        unregister("mine")


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 41, "-x", "a/b", "é\x1b"])
def test_names_that_could_be_taken_for_something_else_are_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="is no name for a data set") as caught:
        register(name, DataSource(tmp_path))
    assert "\x1b" not in str(caught.value)


def test_the_word_that_the_file_of_names_needs_itself_is_refused(tmp_path):
    register("faces", DataSource(tmp_path))
    with pytest.raises(ConfigError, match=r"'version' is no name for a data set: .*choose another"):
        register("version", DataSource(tmp_path))
    assert list(read_registered()) == ["faces"]


@pytest.mark.parametrize("part", ["read_registered", "write_atomic"])
def test_no_other_command_reads_or_writes_the_names_meanwhile(tmp_path, monkeypatch, part):
    """Or of two that are kept at a time one would be lost."""
    whole, refused = getattr(registered, part), []

    def watched(*of, **how):
        other = os.open(registry_file().parent, os.O_RDONLY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refused.append(part)
        finally:
            os.close(other)
        return whole(*of, **how)

    monkeypatch.setattr(registered, part, watched)
    register("mine", DataSource(tmp_path))
    unregister("mine")
    assert refused == [part] * 2


def test_a_taken_name_is_not_given_away(tmp_path):
    register("mine", DataSource(tmp_path / "one"))
    with pytest.raises(ConfigError, match=r"'mine' is the name of .*/one already"):
        register("mine", DataSource(tmp_path / "two"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = 1\n[x\n", "Expected"),
        ("version = 2\n", "its version is not 1"),
        ("version = 1\n[x]\nlayout = 'agedb'\n", "'x' has no folder"),
        ("version = 1\n[x]\nfolder = '/x'\nlayout = 'moon'\n", "the layout of 'x' is none of"),
        ("version = 1\nx = 3\n", "'x' is no table"),
        (
            "version = 1\n[x]\nfolder = '/x'\nlayout = 'csv'\nmapping = {age = 3}\n",
            "mapping of 'x'",
        ),
        (
            "version = 1\n[x]\nfolder = '/x'\nlayout = 'csv'\nmapping = {q = 'a'}\n",
            "'q' is nothing",
        ),
    ],
)
def test_a_file_of_names_that_cannot_be_understood_is_never_guessed_at_nor_overwritten(
    tmp_path, text, says
):
    file = registry_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    for use in (read_registered, lambda: resolve("x"), lambda: register("y", DataSource(tmp_path))):
        with pytest.raises(DataError) as caught:
            use()
        assert str(file) in str(caught.value) and says in str(caught.value)
        assert "\n" not in str(caught.value)
    assert file.read_text() == text
    assert resolve("/a/path").folder.name == "path"  # which cannot be a name


def test_a_place_for_the_names_that_cannot_be_written_is_told_with_another(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(registered.Path, "mkdir", refuse)
    with pytest.raises(StorageError) as caught:
        register("x", DataSource(tmp_path))
    remedy = "no permission to write; make it writable, or set XDG_CONFIG_HOME to another folder"
    assert str(caught.value) == f"{registry_file().parent}: {remedy}"


def test_a_folder_whose_name_is_not_utf8_cannot_be_kept(tmp_path):
    with pytest.raises(DataError, match="not UTF-8; rename it"):
        register("x", DataSource(tmp_path / "caf\udce9"))
    with pytest.raises(DataError, match="not UTF-8; rename it"):
        register("x", DataSource(tmp_path, "csv", {"age": "\udce9ge"}))
    assert read_registered() == {}


def test_a_preview_counts_shows_and_explains(tmp_path):
    names = [f"{20 + n}_{n % 2}_0_2017.jpg" for n in range(10)]
    for name in (*names, "130_0_0_x.jpg", "140_0_0_x.jpg", "30_3_0_x.jpg", "notes.txt"):
        (tmp_path / name).touch()
    seen = preview(with_layout(DataSource(tmp_path)))
    assert (seen.faces, seen.males, seen.females, seen.ages) == (10, 5, 5, (20, 25, 29))
    assert [(group.reason, group.count, group.name) for group in seen.rejected] == [
        ("age … is above …", 2, "130_0_0_x.jpg"),
        ("gender 3 is neither 0 nor 1", 1, "30_3_0_x.jpg"),
    ]
    text = "\n".join(seen.lines())
    assert "10 faces to train on: 5 male, 5 female; ages 20 to 29, median 25" in text
    assert "20_0_0_2017.jpg: 20 years, male" in text
    assert "left out: 2, age … is above …, e.g. 130_0_0_x.jpg (age 130 is above 116)" in text
    assert seen.ignored == 1 and seen.left_out == 3


def test_a_preview_of_ranges_says_that_no_run_can_use_them(tmp_path):
    (tmp_path / "fairface_label_train.csv").write_text(
        "file,age,gender,race,service_test\n1.jpg,20-29,Male,White,True\n"
    )
    (tmp_path / "1.jpg").touch()
    seen = preview(with_layout(DataSource(tmp_path)))
    text = "\n".join(seen.lines())
    assert "no face to train on" in text
    assert "1.jpg: 20 to 29 years, male" in text
    assert "left out of runs: 1 with a range of ages only, e.g. 1.jpg" in text
    assert seen.as_dict()["partial"][0]["count"] == 1


def test_a_preview_can_be_given_up(tmp_path):
    class GiveUp(Exception):
        pass

    def poll():
        raise GiveUp

    (tmp_path / "20_0_0_x.jpg").touch()
    with pytest.raises(GiveUp):
        preview(DataSource(tmp_path), poll)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "no such folder"),
        (lambda folder: folder.write_text(""), "is a file"),
        (lambda folder: folder.mkdir(), "looks like none of the known layouts"),
    ],
)
def test_a_layout_that_cannot_be_told_is_one_sentence(tmp_path, make, says):
    make(tmp_path / "faces")
    with pytest.raises(DataError, match=says):
        with_layout(DataSource(tmp_path / "faces"))
    with pytest.raises(DataError, match="'moon' is no layout: choose utkface, agedb"):
        with_layout(DataSource(tmp_path), "moon")


def test_a_layout_with_columns_of_its_own_takes_no_mapping_from_the_source(tmp_path):
    mapped = DataSource(tmp_path, "csv", {"age": "years"})
    with pytest.raises(DataError, match="layout agedb has columns of its own"):
        with_layout(mapped, "agedb")
    assert with_layout(mapped, "csv") == mapped


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_has_no_layout(tmp_path):
    (tmp_path / "faces").mkdir(mode=0o000)
    with pytest.raises(DataError, match="check permissions"):
        with_layout(DataSource(tmp_path / "faces"))


def test_a_corrected_label_makes_a_partial_face_whole(tmp_path):
    (tmp_path / "001A02a.JPG").touch()
    (tmp_path / "agegender-curation.toml").write_text(
        'version = 1\nexcluded = []\n[corrected]\n"001A02a.JPG" = { age = 2, gender = 1 }\n'
    )
    index = build_index(f"fgnet:{tmp_path}")
    assert (index.ages, index.genders, index.partial) == ([2], [1], [])


def test_a_run_on_a_table_gets_its_pixels_labels_and_parts_and_leaves_ranges_out(tmp_path):
    draw = np.random.default_rng(3)
    lines = ["photo,years,sex"]
    (tmp_path / "img").mkdir()
    for n in range(24):
        noise = draw.integers(0, 255, (128, 128, 3)).astype("uint8")
        Image.fromarray(noise).save(tmp_path / "img" / f"{n}.png")
        lines.append(f"{n}.png,{'20-29' if n % 6 == 0 else 20 + n},{n % 2}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    data = f"csv?file=photo&age=years&gender=sex&male=0&female=1&folder=img:{tmp_path}"
    config = RunConfig().replace(data=data, batch_size=4)
    faces = load_faces(config, lambda *_: None)
    assert len(faces.train) + len(faces.validation) == 20
    assert faces.index.lacking == "4 with a range of ages only"
    row = faces.files.index("img/13.png")
    assert (faces.ages[row], faces.genders[row]) == (33, 1)
    before = faces.identity
    table = tmp_path / "labels.csv"
    table.write_text(table.read_text().replace("13.png,33", "13.png,34"))
    changed = load_faces(config, lambda *_: None)
    assert changed.identity != before  # or a resumed run would go on with other labels
    assert np.array_equal(faces.pixels[row], np.asarray(Image.open(tmp_path / "img" / "13.png")))
