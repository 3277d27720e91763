"""Each layout as its data set is published, labelled face by face."""

import pytest

from trainer.data.importers import LAYOUTS
from trainer.data.importers.detect import detect
from trainer.data.importers.imdb_wiki import age_at
from trainer.data.index import build_index, scan
from trainer.data.labels import PartialLabel
from trainer.data.source import DataSource, parse_source
from trainer.errors import DataError

FAIRFACE = """file,age,gender,race,service_test
train/1.jpg,50-59,Male,East Asian,True
train/2.jpg,more than 70,Female,Latino_Hispanic,False
train/3.jpg,0-2,Female,White,False
train/4.jpg,3-9,Male,Black,False
"""
MORPH = """id_num,picture_num,dob,doa,race,gender,facial_hair,age,age_diff,glasses,photo
009055,1,04/16/1948,10/18/2002,B,M,NULL,54,0,,Album2/009055_1M54.JPG
012345,0,04/16/1980,10/18/2005,W,F,NULL,25,0,,Album2/012345_0F25.JPG
"""
ADIENCE_HEAD = "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy\ttilt_ang\t\n"


def labels(index):
    """{file: (age, gender, race)} of the faces to train on."""
    rows = zip(index.files, index.ages, index.genders, index.races, strict=True)
    return {name: label for name, *label in rows}


def read(folder, layout, **mapping):
    return scan(DataSource(folder, layout, mapping))


def test_agedb_names_have_age_and_gender(make):
    folder = make(None, "0_MariaCallas_35_f.jpg", "12_Name_Of_Three_101_m.jpg", "x_35_q.jpg")
    index = read(folder, "agedb")
    assert labels(index) == {
        "0_MariaCallas_35_f.jpg": [35, 1, None],
        "12_Name_Of_Three_101_m.jpg": [101, 0, None],
    }
    assert index.rejected == [("x_35_q.jpg", "the name is not like 0_MariaCallas_35_f.jpg")]
    assert detect(folder) == "agedb"


def test_fgnet_has_no_gender_so_that_no_face_can_be_trained_on(make):
    folder = make(None, "001A02a.JPG", "001A43.JPG", "002A12b.JPG")
    index = read(folder, "fgnet")
    assert index.files == []
    assert index.partial[0] == ("001A02a.JPG", PartialLabel((2, 2), None))
    assert index.lacking == "3 without a gender"
    assert detect(folder) == "fgnet"
    with pytest.raises(DataError, match=r"both an exact age and a gender.*3 without a gender"):
        build_index(f"fgnet:{folder}")


def test_afad_folders_are_the_labels(make):
    folder = make(
        {"AFAD-Full.txt": ""},
        "15/111/109318-0.jpg",
        "15/112/7-1.jpg",
        "40/113/8.jpg",
        "200/111/1.jpg",
    )
    index = read(folder, "afad")
    assert labels(index) == {
        "15/111/109318-0.jpg": [15, 0, None],
        "15/112/7-1.jpg": [15, 1, None],
    }
    assert [why for _, why in index.rejected] == [
        "age 200 is above 116",
        "it does not lie in a folder like 15/111 or 15/112",
    ]
    assert detect(folder) == "afad"


def test_fairface_keeps_ranges_of_ages_as_ranges(make):
    folder = make(
        {"fairface_label_train.csv": FAIRFACE, "fairface_label_val.csv": FAIRFACE.split("\n")[0]},
        *(f"train/{n}.jpg" for n in (1, 2, 3, 9)),
    )
    index = read(folder, "fairface")
    assert index.files == []
    assert dict(index.partial) == {
        "train/1.jpg": PartialLabel((50, 59), 0, 2),
        "train/2.jpg": PartialLabel((70, 116), 1, 4),
        "train/3.jpg": PartialLabel((0, 2), 1, 0),
    }
    assert index.rejected == [
        ("fairface_label_train.csv, line 5", "no such picture below the folder: 'train/4.jpg'"),
        ("train/9.jpg", "no table lists it"),
    ]
    assert index.lacking == "3 with a range of ages only"
    assert detect(folder) == "fairface"


def test_pictures_are_found_in_the_folder_the_archive_unpacked_to(make):
    tight, wide = "fairface-img-margin025-trainval", "fairface-img-margin125-trainval"
    folder = make(
        {"fairface_label_train.csv": FAIRFACE},
        f"{tight}/train/1.jpg",
        f"{wide}/train/1.jpg",
    )
    index = read(folder, "fairface")
    assert [name for name, _ in index.partial] == [f"{tight}/train/1.jpg"]


def test_appa_real_takes_the_crop_the_real_age_and_the_gender_of_the_other_table(make):
    folder = make(
        {
            "gt_avg_train.csv": "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n"
            "000000.jpg,36,5.05,1.6,4\n000001.jpg,38,23.1,3.4,18\n000002.jpg,38,23.1,3.4,19\n",
            "gt_avg_valid.csv": "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n"
            "004113.jpg,36,35.05,1.6,37\n",
            "allcategories_train.csv": "file,gender,race,happiness,makeup\n"
            "000000.jpg,male,caucasian,happy,nomakeup\n000001.jpg,female,asian,slightly,makeup\n",
        },
        *("train/000000.jpg", "train/000000.jpg_face.jpg", "train/000001.jpg_face.jpg"),
        *("train/000002.jpg_face.jpg", "valid/004113.jpg_face.jpg"),
    )
    index = read(folder, "appa-real")
    assert labels(index) == {
        "train/000000.jpg_face.jpg": [4, 0, 0],
        "train/000001.jpg_face.jpg": [18, 1, 2],
    }
    assert dict(index.partial) == {
        "train/000002.jpg_face.jpg": PartialLabel((19, 19), None),
        "valid/004113.jpg_face.jpg": PartialLabel((37, 37), None),
    }
    assert index.rejected == [("train/000000.jpg", "no table lists it")]
    assert detect(folder) == "appa-real"


def test_morph_reads_its_table(make):
    folder = make(
        {"morph_2008_nonCommercial.csv": MORPH},
        "Album2/009055_1M54.JPG",
        "Album2/012345_0F25.JPG",
    )
    assert labels(read(folder, "morph")) == {
        "Album2/009055_1M54.JPG": [54, 0, 1],
        "Album2/012345_0F25.JPG": [25, 1, 0],
    }
    assert detect(folder) == "morph"


def test_adience_has_ranges_and_now_and_then_an_exact_age(make):
    rows = [
        ("30601258@N03", "103_o.jpg", "1", "(25, 32)", "f"),
        ("30601258@N03", "104_o.jpg", "2", "35", "m"),
        ("7153718@N04", "105_o.jpg", "3", "None", "m"),
        ("7153718@N04", "106_o.jpg", "4", "(0, 2)", "u"),
        ("7153718@N04", "107_o.jpg", "5", "None", "u"),
    ]
    lines = ["\t".join([*row, "0", "0", "9", "9", "-5", ""]) for row in rows]
    folder = make(
        {
            "fold_0_data.txt": ADIENCE_HEAD + "\n".join(lines[:3]) + "\n",
            "fold_1_data.txt": ADIENCE_HEAD + "\n".join(lines[3:]) + "\n",
            "fold_frontal_0_data.txt": ADIENCE_HEAD + lines[0],
        },
        "aligned/30601258@N03/landmark_aligned_face.1.103_o.jpg",
        "faces/30601258@N03/coarse_tilt_aligned_face.1.103_o.jpg",
        "aligned/30601258@N03/landmark_aligned_face.2.104_o.jpg",
        "faces/7153718@N04/coarse_tilt_aligned_face.3.105_o.jpg",
        "faces/7153718@N04/coarse_tilt_aligned_face.4.106_o.jpg",
        "faces/7153718@N04/coarse_tilt_aligned_face.5.107_o.jpg",
    )
    index = read(folder, "adience")
    assert labels(index) == {
        "aligned/30601258@N03/landmark_aligned_face.2.104_o.jpg": [35, 0, None]
    }
    assert [label for _, label in index.partial] == [
        PartialLabel((25, 32), 1),
        PartialLabel(None, 0),
        PartialLabel((0, 2), None),
    ]
    assert [why for _, why in index.rejected] == [
        "no table lists it",  # the second copy, in faces/
        "neither age nor gender is known",
    ]
    assert detect(folder) == "adience"


def test_imdb_wiki_ages_are_reckoned_and_its_gender_is_turned_round(make, wiki_mat):
    folder = make(
        {"wiki_crop/wiki.mat": wiki_mat},
        *(f"wiki_crop/01/nm0{n}_1980-{m}-2_2010.jpg" for n, m in ((1, 3), (2, 9))),
        *(f"wiki_crop/02/nm0{n}_1950-1-1_2000.jpg" for n in (3, 4)),
        *("wiki_crop/02/nm05_x.jpg", "wiki_crop/02/nm07_é.jpg", "wiki_crop/02/nm08.jpg"),
    )
    index = read(folder, "imdb-wiki")
    assert labels(index) == {
        "wiki_crop/01/nm01_1980-3-2_2010.jpg": [30, 0, None],  # 1 there is a man
        "wiki_crop/01/nm02_1980-9-2_2010.jpg": [29, 1, None],
        "wiki_crop/02/nm07_é.jpg": [30, 1, None],  # born on the first of July
    }
    assert index.partial == [("wiki_crop/02/nm05_x.jpg", PartialLabel((40, 40), None))]
    assert index.rejected == [
        ("wiki_crop/02/nm03_1950-1-1_2000.jpg", "its detector found no face"),
        ("wiki_crop/02/nm04_1950-1-1_2000.jpg", "its detector found a second face"),
        ("wiki_crop/02/nm08.jpg", "age 210 is above 116"),
        ("wiki_crop/wiki.mat, face 6", "no such picture below the folder: '02/gone.jpg'"),
    ]
    assert detect(folder) == "imdb-wiki"


def test_a_day_of_birth_counts_as_matlab_counts():
    assert age_at(723242.0, 2010) == 30  # datenum(1980, 3, 2)
    assert age_at(1.0, 2010) is None
    assert age_at(float("nan"), 2010) is None


def test_an_own_table_is_mapped_with_codes_and_folder(make):
    folder = make(
        {"list.csv": "photo id;Years;Sex;note\na;26;1;x\nb;30-39;2;y\nc;41;2;z\nd;?;1;\ne;50;7;\n"},
        *(f"img/{name}.png" for name in "abcde"),
    )
    source = parse_source(
        f"csv?file=photo%20id&age=years&gender=sex&male=1&female=2&folder=img&ending=.png:{folder}"
    )
    index = scan(source)
    assert labels(index) == {"img/a.png": [26, 0, None], "img/c.png": [41, 1, None]}
    assert dict(index.partial) == {
        "img/b.png": PartialLabel((30, 39), 1),
        "img/d.png": PartialLabel(None, 0),
    }
    assert index.rejected == [
        ("img/e.png", "gender '7' is not understood: map it with male=… and female=…")
    ]


def test_the_usual_headings_need_no_mapping_and_words_for_gender_are_understood(make):
    folder = make(
        {"labels.csv": "\ufeffFilename,AGE,sex\n1.jpg,26.9,Female\n./2.jpg,30,m\n"},
        "1.jpg",
        "2.jpg",
    )
    assert labels(read(folder, "csv")) == {"1.jpg": [26, 1, None], "2.jpg": [30, 0, None]}
    assert detect(folder) == "csv"


def test_a_number_is_never_taken_for_a_gender_unasked(make):
    folder = make({"labels.csv": "file,age,gender\n1.jpg,26,1\n"}, "1.jpg")
    index = read(folder, "csv")
    assert index.files == []
    assert "male=… and female=…" in index.rejected[0][1]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_of_no_known_layout_is_not_taken_for_one(make, name):
    folder = make({"notes.txt": "hello"}, "cat.jpg", "dog.png")
    assert detect(folder) is None
    index = None
    try:
        index = scan(DataSource(folder, name))
    except DataError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
    assert index is None or (index.files == [] and len(index.rejected) == 2)


def test_utkface_names_are_told_from_a_table_beside_them(make):
    folder = make({"labels.csv": "file,age\n"}, "26_1_2_2017.jpg", "27_0_2_2017.jpg")
    assert detect(folder) == "utkface"


def test_a_folder_given_without_its_layout_says_which_it_looks_like(make):
    folder = make(None, "0_MariaCallas_35_f.jpg", "1_MariaCallas_40_f.jpg")
    with pytest.raises(DataError, match=f"it looks like AgeDB: give it as agedb:{folder}"):
        build_index(folder)


def test_the_labelling_changes_with_the_layout_and_what_tables_say(make):
    folder = make(
        {"labels.csv": "file,age,gender\n1.jpg,26,f\ngone.jpg,9,f\n"}, "1.jpg", "5_0_x.jpg"
    )
    first = read(folder, "csv")
    assert read(folder, "csv").labelling == first.labelling
    assert read(folder, "utkface").labelling == ""
    assert read(folder, "agedb").labelling not in ("", read(folder, "fgnet").labelling)
    make({"notes.txt": "no table"})
    (folder / "agegender-curation.toml").write_text(
        'version = 1\nexcluded = []\n[corrected]\n"1.jpg" = { age = 2, gender = 1 }\n'
    )
    corrected = read(folder, "csv")
    assert (corrected.ages, corrected.labelling) == ([2], first.labelling)
    make({"labels.csv": "file,age,gender\n1.jpg,62,f\ngone.jpg,9,f\n"})
    changed = read(folder, "csv")
    assert changed.key == first.key and changed.labelling != first.labelling
