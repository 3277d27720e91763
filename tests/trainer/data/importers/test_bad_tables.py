"""Tables that are wrong: counted, named, survived, or refused in one sentence."""

import os
import zlib

import pytest

from trainer.data.importers.fields import Unclear, ages_in, gender_in
from trainer.data.importers.matlab import read_struct
from trainer.data.index import scan
from trainer.data.source import DataSource
from trainer.errors import DataError


def read(folder, layout="csv", **mapping):
    return scan(DataSource(folder, layout, mapping))


@pytest.mark.parametrize(
    ("layout", "table", "text", "says"),
    [
        ("fairface", "fairface_label_val.csv", "file,gender,race\n", "no column 'age'"),
        ("morph", "morph_2008_nonCommercial.csv", "age,gender,race\n", "no column 'photo'"),
        ("adience", "fold_0_data.txt", "user_id\tage\tgender\n", "no column 'original_image'"),
        ("appa-real", "gt_avg_train.csv", "file_name,age\n", "no column 'real_age'"),
        ("csv", "labels.csv", "image,birthday\n", "no column known to hold age"),
        ("csv", "labels.csv", "", "no column known to hold file or age"),
        ("csv", "labels.csv", "\0\0\0", "no column known to hold file or age"),
        ("csv", "labels.csv", "file,age\n" + "x" * 200_000 + ",1\n", "is no CSV table"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_what_it_has(make, layout, table, text, says):
    folder = make({table: text}, "1.jpg")
    with pytest.raises(DataError) as caught:
        read(folder, layout)
    sentence = str(caught.value)
    assert says in sentence
    assert str(folder / table) in sentence
    assert "\n" not in sentence and "\0" not in sentence


@pytest.mark.parametrize(
    "layout", ["fairface", "appa-real", "morph", "imdb-wiki", "adience", "csv"]
)
def test_a_layout_without_its_table_says_which_is_missing(make, layout):
    with pytest.raises(DataError, match=r"has no .*(csv|mat|txt)"):
        read(make(None, "1.jpg"), layout)


def test_rows_without_a_picture_and_short_rows_are_counted_and_named(make):
    folder = make(
        {
            "labels.csv": "file,age,gender\n1.jpg,26,m\ngone.jpg,30,f\n\n2.jpg\n"
            "2.jpg,x,f\n3.jpg,130,f\n"
        },
        *("1.jpg", "2.jpg", "3.jpg"),
    )
    index = read(folder)
    assert index.files == ["1.jpg"]
    assert index.rejected == [
        ("2.jpg", "age 'x' is no number and no range"),
        ("3.jpg", "age 130 is above 116"),
        ("labels.csv, line 3", "no such picture below the folder: 'gone.jpg'"),
        ("labels.csv, line 5", "has 1 of 3 columns"),
    ]


def test_a_table_cannot_reach_outside_the_folder(make, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"")
    folder = make(
        {"labels.csv": f"file,age,gender\n../secret.jpg,26,m\n{tmp_path}/secret.jpg,26,m\n"},
        "1.jpg",
    )
    index = read(folder)
    assert index.files == []
    # No path that a report or a screen would open.
    assert [name for name, _ in index.rejected] == [
        *("1.jpg", "labels.csv, line 2", "labels.csv, line 3")
    ]
    with pytest.raises(DataError, match="is not below"):
        read(folder, table="../labels.csv")


def test_a_picture_listed_twice_counts_once_and_not_at_all_with_two_labels(make):
    folder = make(
        {"labels.csv": "file,age,gender\n1.jpg,26,m\n1.jpg,26,m\n2.jpg,30,f\n2.jpg,31,f\n"},
        *("1.jpg", "2.jpg"),
    )
    index = read(folder)
    assert index.files == ["1.jpg"]
    assert index.rejected == [("2.jpg", "the tables list it with different labels")]


def test_names_that_are_not_utf8_or_carry_escapes_are_found_and_shown_harmless(make, tmp_path):
    folder = make({"labels.csv": b"file,age,gender\ncaf\xe9.jpg,26,m\n\x1b[2J.jpg,30,f\n"}, "x.jpg")
    with open(os.fsencode(folder) + b"/caf\xe9.jpg", "wb"):
        pass
    index = read(folder)
    assert index.files == ["caf\udce9.jpg"]
    from trainer.data.preview import preview

    shown = "\n".join(preview(DataSource(folder, "csv", {})).lines())
    assert "caf\\xe9.jpg: 26 years, male" in shown
    assert "\\x1b[2J.jpg" in shown
    assert "\x1b" not in shown
    shown.encode()


def test_a_name_that_several_folders_have_is_none_of_them_until_the_folder_is_said(make):
    folder = make(
        {"train.csv": "file,age,gender\n1.jpg,26,m\n2.jpg,30,f\ntest/1.jpg,40,f\n"},
        *("test/1.jpg", "train/1.jpg", "train/2.jpg"),
    )
    index = read(folder)
    assert dict(zip(index.files, index.ages, strict=True)) == {"test/1.jpg": 40, "train/2.jpg": 30}
    assert index.rejected == [
        (
            "train.csv, line 2",
            "'1.jpg' is in several folders (test, train): say which with folder=…",
        ),
        ("train/1.jpg", "no table lists it"),
    ]
    index = scan(DataSource(folder, "csv", {"folder": "train"}))
    assert dict(zip(index.files, index.ages, strict=True)) == {"train/1.jpg": 26, "train/2.jpg": 30}


def test_a_name_beside_the_table_is_meant_before_those_in_other_folders(make):
    folder = make(
        {"train/labels.csv": "file,age,gender\n1.jpg,26,m\n"},
        "test/1.jpg",
        "train/1.jpg",
        "x/1.jpg",
    )
    assert read(folder).files == ["train/1.jpg"]


def test_a_folder_a_person_is_not_searched_through_for_each_row(make):
    people = [f"p{n}/face.jpg" for n in range(30)]
    folder = make({"labels.csv": "file,age,gender\nface.jpg,26,m\np7/face.jpg,27,f\n"}, *people)
    assert read(folder).files == ["p7/face.jpg"]


def test_several_tables_must_be_told_apart(make):
    folder = make({"a.csv": "file,age\n", "b.csv": "file,age,gender\n1.jpg,26,m\n"}, "1.jpg")
    with pytest.raises(DataError, match=r"several tables \(a.csv, b.csv\)"):
        read(folder)
    assert read(folder, table="b.csv").ages == [26]


def test_links_that_loop_do_no_harm(make):
    folder = make({"labels.csv": "file,age,gender\n1.jpg,26,m\nloop.jpg,3,m\n"}, "1.jpg")
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    index = read(folder)
    assert index.files == ["1.jpg"]
    assert [(name, "cannot be read" in why) for name, why in index.rejected] == [("loop.jpg", True)]


@pytest.mark.parametrize("keep", [0, 100, 127, 140, 300, 520])
def test_a_mat_file_cut_short_is_refused(tmp_path, wiki_mat, keep):
    file = tmp_path / "wiki.mat"
    file.write_bytes(wiki_mat[:keep])
    with pytest.raises(DataError, match=r"wiki.mat: .*get the file again"):
        read_struct(file, ("dob",))


def test_no_damage_to_a_mat_file_gets_past_the_reader(tmp_path, wiki_mat):
    file = tmp_path / "wiki.mat"
    for place in range(128, len(wiki_mat), 7):
        damaged = bytearray(wiki_mat)
        damaged[place] ^= 0xFF
        file.write_bytes(damaged)
        with pytest.raises(DataError):
            read_struct(file, ("dob",), ("full_path",))


def test_a_mat_file_of_another_format_or_without_the_field_is_named(tmp_path, wiki_mat):
    file = tmp_path / "wiki.mat"
    file.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(300))
    with pytest.raises(DataError, match=r"version 7\.3"):
        read_struct(file, ("dob",))
    file.write_bytes(wiki_mat)
    with pytest.raises(DataError, match="has no field height"):
        read_struct(file, ("dob", "height"))


def test_a_mat_file_with_a_field_of_another_kind_is_named(make, wiki_mat):
    dob, path = b"dob".ljust(10, b"\0"), b"full_path\0"
    body = zlib.decompress(wiki_mat[136:]).replace(dob, b"*" * 10).replace(path, dob)
    made = wiki_mat[:128] + body.replace(b"*" * 10, path)
    folder = make({"wiki.mat": made}, "1.jpg")
    with pytest.raises(DataError, match=r"wiki.mat: has a field dob that is no numbers; get"):
        read(folder, "imdb-wiki")
    with pytest.raises(DataError, match=r"has a field full_path that is no texts"):
        read_struct(folder / "wiki.mat", (), ("full_path",))


@pytest.mark.parametrize(
    ("cell", "ages"),
    [
        ("26", (26, 26)),
        (" 34.7 ", (34, 34)),
        ("0-2", (0, 2)),
        ("(25, 32)", (25, 32)),
        ("(8,12)", (8, 12)),
        ("5,50", (5, 5)),
        ("34,7", (34, 34)),
        ("2,25", (2, 2)),
        ("more than 70", (70, 116)),
        ("60+", (60, 116)),
        (">=80", (80, 116)),
        ("None", None),
        ("", None),
        ("nan", None),
    ],
)
def test_ages_are_read_as_tables_write_them(cell, ages):
    assert ages_in(cell) == ages


@pytest.mark.parametrize("cell", ["young", "40-20", "inf", "1e9", "--3", "25, 32", "1,5,6"])
def test_what_is_no_age_is_refused(cell):
    with pytest.raises(Unclear):
        ages_in(cell)


def test_codes_of_gender_mean_what_the_mapping_says():
    assert [gender_in(cell, "1", "0,2") for cell in ("1", "0", "2", "u")] == [0, 1, 1, None]
    with pytest.raises(Unclear):
        gender_in("m", "1", "0")
