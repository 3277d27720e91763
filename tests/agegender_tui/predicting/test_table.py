import csv
import json
import resource
from pathlib import Path

import pytest

from agegender_tui.predicting.table import COLUMNS, PredictionTable
from agegender_tui.predicting.table_settings import settings_file, settings_of
from agegender_tui.predicting.terminal_lines import Teller, lines, uncalibrated
from trainer.errors import ConfigError, RunError, StorageError

SETTINGS = settings_of({"models": []})


def estimate(model="m", age=31.4, gender=0.91):
    return {
        "model": model, "age": age, "age_low": age - 8, "age_high": age + 8, "gender": gender,
        "gender_raw": gender,
    }  # fmt: skip


def reply(file, *faces, problem=""):
    made = [
        {"box": [1, 2, 30, 40], "corners": [], "score": 0.9, "as_it_is": False, "predictions": face}
        for face in faces
    ]
    return {"file": file, "size": [64, 48], "faces": made, "problem": problem}


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_for_each_face_and_model(tmp_path):
    table = PredictionTable(tmp_path / "a.csv", SETTINGS, resume=False)
    table.add(reply("a.jpg", [estimate("A"), estimate("B")], [estimate("A"), estimate("B")]))
    table.add(reply("b.jpg", problem="no face found"))
    table.close()
    rows = read(tmp_path / "a.csv")
    assert list(rows[0]) == list(COLUMNS)
    assert [(r["file"], r["face"], r["faces"], r["model"]) for r in rows] == [
        ("a.jpg", "1", "2", "A"), ("a.jpg", "1", "2", "B"),
        ("a.jpg", "2", "2", "A"), ("a.jpg", "2", "2", "B"), ("b.jpg", "", "", ""),
    ]  # fmt: skip
    assert (rows[0]["age"], rows[0]["gender"], rows[0]["width"]) == ("31.4", "1", "30")
    assert rows[-1]["problem"] == "no face found"


def test_a_name_that_a_spreadsheet_would_run_is_text(tmp_path, request_of):
    settings = settings_of(request_of(models=request_of()["models"][:1]))
    table = PredictionTable(tmp_path / "a.csv", settings, resume=False)
    table.add(reply("=cmd|' /C calc'!A0", [estimate()]))
    table.add(reply("b.jpg", [estimate()]))
    table.close()
    assert read(tmp_path / "a.csv")[0]["file"].startswith("'=")
    done = PredictionTable(tmp_path / "a.csv", settings, resume=True).done
    assert done == {"=cmd|' /C calc'!A0", "b.jpg"}


@pytest.mark.parametrize("cut", [0, 1, 7, 30, 60, 200, 400])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_table_cut_anywhere_is_gone_on_with_to_the_same_end(tmp_path, request_of, ending, cut):
    settings = settings_of(request_of(mean=False))
    files = ["a.jpg", "b\nb.jpg", "c,c\rc.jpg", "d\rd.jpg"]
    replies = {name: reply(name, *[[estimate("A"), estimate("B")]] * 2) for name in files}
    whole, broken = tmp_path / f"whole.{ending}", tmp_path / f"broken.{ending}"
    for path in (whole, broken):
        table = PredictionTable(path, settings, resume=False)
        for name in files:
            table.add(replies[name])
        table.close()
    broken.write_bytes(broken.read_bytes()[: len(broken.read_bytes()) - cut])
    table = PredictionTable(broken, settings, resume=True)
    assert (table.done == set(files)) == (cut == 0)
    for name in files:
        if name not in table.done:
            table.add(replies[name])
    table.close()
    assert broken.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("faces", [0, 1, 2])
def test_another_source_goes_into_a_finished_table_without_loss(
    tmp_path, request_of, ending, faces
):
    path, settings = tmp_path / f"a.{ending}", settings_of(request_of())
    said = [estimate("one"), estimate("two"), estimate("mean")]
    table = PredictionTable(path, settings, resume=False)
    table.add(reply("a.jpg", *[said] * faces, problem="" if faces else "no face found"))
    table.close()
    before = path.read_bytes()
    table = PredictionTable(path, settings, resume=True)
    assert table.done == {"a.jpg"}
    table.add(reply("b.jpg", said))
    table.close()
    assert path.read_bytes().startswith(before)
    with pytest.raises(ConfigError, match="was begun with"):
        PredictionTable(path, settings_of(request_of(flip=True)), resume=True)


def test_a_file_with_more_rows_than_its_faces_make_is_named_and_no_row_is_lost(
    tmp_path, request_of
):
    path, settings = tmp_path / "a.csv", settings_of(request_of(mean=False))
    table = PredictionTable(path, settings, resume=False)
    for _ in range(2):
        table.add(reply("a.jpg", [estimate("one"), estimate("two")]))
    table.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"a\.csv: holds a\.jpg more than once; delete the rows"):
        PredictionTable(path, settings, resume=True)
    fewer = request_of(models=request_of()["models"][:1], mean=False)
    with pytest.raises(ConfigError, match="was begun with models one"):
        PredictionTable(path, settings_of(fewer), resume=True)
    assert path.read_bytes() == before


def test_a_disk_that_fills_up_is_said_once_and_the_table_goes_on_later(tmp_path):
    path = tmp_path / "a.csv"
    table = PredictionTable(path, SETTINGS, resume=False)
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limit[1]))
    try:
        with pytest.raises(StorageError, match=r"a\.csv: cannot be written"):
            table.add(reply("a.jpg", [estimate("A")]))
        table.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert len(path.read_bytes()) == len(before) + 10
    assert PredictionTable(path, SETTINGS, resume=True).done == set()
    assert path.read_bytes() == before


def test_jsonl_has_all_that_is_known_of_a_file_in_a_line(tmp_path):
    table = PredictionTable(tmp_path / "a.jsonl", SETTINGS, resume=False)
    table.add(reply("a.jpg", [estimate()]))
    table.close()
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(line)["faces"][0]["predictions"][0]["age_high"] == 39.4


def test_a_table_is_neither_overwritten_nor_mixed(tmp_path, request_of):
    path = tmp_path / "a.csv"
    settings = settings_of(request_of(models=request_of()["models"][:1]))
    table = PredictionTable(path, settings, resume=False)
    table.add(reply("a.jpg", [estimate("A")]))
    table.add(reply("b.jpg", [estimate("A")]))
    table.close()
    with pytest.raises(ConfigError, match=r"a\.csv: exists; go on with it with --resume"):
        PredictionTable(path, settings, resume=False)
    assert PredictionTable(path, settings, resume=True).done == {"a.jpg", "b.jpg"}
    path.write_text("other,table\n1,2\n")
    with pytest.raises(ConfigError, match="is no table of predictions"):
        PredictionTable(path, settings, resume=True)
    with pytest.raises(ConfigError, match=r"let its name end in \.csv or \.jsonl"):
        PredictionTable(tmp_path / "a.xls", SETTINGS, resume=False)


@pytest.fixture
def request_of(tmp_path):
    """A request to predict by two models, with other options."""

    def made(**other):
        files = [tmp_path / f"{name}.keras" for name in ("one", "two")]
        for file in files:
            if not file.exists():
                file.write_text(f"weights of {file.stem}")
        return {"models": [str(file) for file in files], "mean": True, **other}

    return made


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"flip": True}, "--flip off, not on;"),
        ({"mean": False}, "--mean on, not off;"),
        ({"level": 0.8}, "--level 0.9, not 0.8;"),
        ({"faces": "find"}, "--faces auto, not find;"),
        ({"detector": "haar"}, "--detector mtcnn, not haar;"),
        ({"cams": "/tmp/heat"}, "--cam none, not /tmp/heat;"),
        ({"flip": True, "detector": "haar"}, "--flip off, not on, and with --detector mtcnn, not"),
    ],
)
def test_a_table_goes_on_only_as_it_was_begun(tmp_path, request_of, ending, other, said):
    path = tmp_path / f"a.{ending}"
    table = PredictionTable(path, settings_of(request_of()), resume=False)
    for name in ("a.jpg", "b.jpg"):
        table.add(reply(name, [estimate("one"), estimate("two")]))
    table.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError) as refused:
        PredictionTable(path, settings_of(request_of(**other)), resume=True)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: was begun with {said}") and "\n" not in sentence
    assert sentence.endswith("; go on with it as it was begun, or name another table")
    assert path.read_bytes() == before
    backwards = request_of(models=request_of()["models"][::-1])
    assert "a.jpg" in PredictionTable(path, settings_of(backwards), resume=True).done


def test_a_model_goes_by_the_name_it_is_listed_under_and_by_its_content(tmp_path, request_of):
    ready = Path(__file__).parents[3] / "data" / "models" / "age_gender_A.keras"
    assert [one["model"] for one in settings_of({"models": [str(ready)]})["models"]] == ["A-best"]
    path = tmp_path / "a.jsonl"
    table = PredictionTable(path, settings_of(request_of()), resume=False)
    table.add(reply("a.jpg", [estimate("one"), estimate("two")]))
    table.close()
    beside = settings_file(path)
    beside.write_text(beside.read_text().replace('"one"', '"as it was called before"'))
    assert PredictionTable(path, settings_of(request_of()), resume=True).done == {"a.jpg"}


def test_a_model_whose_file_changed_or_that_is_another_is_not_mixed_in(tmp_path, request_of):
    path = tmp_path / "a.jsonl"
    table = PredictionTable(path, settings_of(request_of()), resume=False)
    table.add(reply("a.jpg", [estimate("one")]))
    table.close()
    with pytest.raises(ConfigError, match=r"models one \(\w{8}\) and two \(\w{8}\), not one "):
        models = request_of()["models"][:1]
        PredictionTable(path, settings_of({"models": models}), resume=True)
    (tmp_path / "two.keras").write_text("trained on")
    with pytest.raises(ConfigError, match="was begun with models one"):
        PredictionTable(path, settings_of(request_of()), resume=True)
    (tmp_path / "two.keras").unlink()
    with pytest.raises(RunError, match=r"two\.keras: cannot be read \(No such file"):
        settings_of({"models": [str(tmp_path / "two.keras")]})


@pytest.mark.parametrize("body", [None, "", "[]", '{"v": 99}', '{"v": 1, "models": 3}'])
def test_a_table_that_does_not_say_what_it_was_made_with_is_not_gone_on_with(
    tmp_path, request_of, body
):
    path, settings = tmp_path / "a.jsonl", settings_of(request_of())
    table = PredictionTable(path, settings, resume=False)
    table.add(reply("a.jpg", [estimate("one")]))
    table.close()
    settings_file(path).unlink()
    if body is not None:
        settings_file(path).write_text(body)
    with pytest.raises(ConfigError, match=r"not known without a\.jsonl\.settings\.json beside"):
        PredictionTable(path, settings, resume=True)


def test_a_table_without_a_file_yet_may_still_be_of_others(tmp_path, request_of):
    path = tmp_path / "a.csv"
    PredictionTable(path, settings_of(request_of(level=0.5)), resume=False).close()
    table = PredictionTable(path, settings_of(request_of()), resume=True)
    table.add(reply("a.jpg", [estimate("one")]))
    table.add(reply("b.jpg", [estimate("one")]))
    assert PredictionTable(path, settings_of(request_of()), resume=True).done == {"a.jpg"}


@pytest.fixture
def two_folders(tmp_path, monkeypatch):
    """`one`, where we are, and `other`."""
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    monkeypatch.chdir(folders[0])
    return folders


def begun(path, request, name):
    table = PredictionTable(path, settings_of(request), resume=False)
    table.add(reply(name, problem="no face found"))
    table.close()


def test_a_table_with_relative_names_goes_on_only_in_the_folder_it_was_begun_in(
    tmp_path, request_of, monkeypatch, two_folders
):
    path, (one, other) = tmp_path / "a.csv", two_folders
    begun(path, request_of(), "img/1.png")
    before = path.read_bytes()
    monkeypatch.chdir(other)
    with pytest.raises(ConfigError) as refused:
        PredictionTable(path, settings_of(request_of()), resume=True)
    assert str(refused.value) == (
        f"{path}: was begun in {one}, and its names lead from there; "
        "go on with it in that folder, or name another table"
    )
    assert path.read_bytes() == before
    monkeypatch.chdir(one)
    assert PredictionTable(path, settings_of(request_of()), resume=True).done == {"img/1.png"}


def test_a_table_with_whole_paths_goes_on_anywhere_and_its_relative_names_lead_from_there(
    tmp_path, request_of, monkeypatch, two_folders
):
    path, (one, other) = tmp_path / "a.csv", two_folders
    begun(path, request_of(), "/faces/1.png")
    monkeypatch.chdir(other)
    table = PredictionTable(path, settings_of(request_of()), resume=True)
    table.add(reply("1.png", problem="no face found"))
    table.close()
    monkeypatch.chdir(one)
    with pytest.raises(ConfigError, match=f"was begun in {other}, and its names"):
        PredictionTable(path, settings_of(request_of()), resume=True)


@pytest.mark.parametrize("folder", [None, "", 1, "/gone"])
def test_a_table_whose_folder_is_not_known_or_gone_goes_on_anywhere(tmp_path, request_of, folder):
    path = tmp_path / "a.csv"
    begun(path, request_of(), "img/1.png")
    body = {**json.loads(settings_file(path).read_text()), "folder": folder}
    if folder is None:
        del body["folder"]
    settings_file(path).write_text(json.dumps(body))
    assert PredictionTable(path, settings_of(request_of()), resume=True).done == {"img/1.png"}


def test_faces_are_told_in_words():
    assert lines(reply("a.jpg", [estimate()])) == ["a.jpg: 31 years (23 to 39), female 91 %"]
    two = lines(reply("a\x1b.jpg", [estimate("A"), estimate("B", 40, 0.2)], [estimate("A")]))
    assert two[0] == (
        "a\\x1b.jpg face 1 of 2: A: 31 years (23 to 39), female 91 %; "
        "B: 40 years (32 to 48), male 80 %"
    )
    assert lines(reply("a.jpg", problem="cut short")) == ["a.jpg: cut short"]


def test_models_that_are_not_calibrated_beside_others_are_named():
    one, other = ({"model": name, "why_uncalibrated": why} for name, why in (("a", ""), ("b", "x")))
    assert uncalibrated({"models": [one, other]}) == ["b: not calibrated: x"]
    assert uncalibrated({"models": [one]}) == uncalibrated({"models": [other]}) == []
    mean = {"why_uncalibrated": "y"}
    assert uncalibrated({"models": [one, one], "mean": mean}) == ["mean: not calibrated: y"]
    assert uncalibrated({"models": [other, other], "mean": mean}) == []


def test_the_end_says_what_a_map_without_heat_means(capsys):
    teller = Teller(2, results=False)
    teller.tell({**reply("a.jpg", [estimate()]), "cams": 2, "cams_cold": 1})
    teller.tell({**reply("b.jpg", [estimate()]), "cams": 2, "cams_cold": 0})
    teller.close()
    assert "1 of 4 Grad-CAM pictures without heat: there all that the layer finds speaks" in (
        capsys.readouterr().err
    )


def test_the_end_counts_and_says_what_predictions_are(capsys):
    teller = Teller(3, results=True)
    teller.tell(reply("a.jpg", [estimate()]))
    teller.tell(reply("b.jpg", problem="no face found"))
    teller.tell(reply("c.jpg", problem="cut short"))
    teller.close()
    out, err = capsys.readouterr()
    assert out == "a.jpg: 31 years (23 to 39), female 91 %\nb.jpg: no face found\n"
    assert "c.jpg: cut short" in err
    assert "3 files, 1 face, 1 without a face, 1 unreadable" in err
    assert "neither is a fact about a person" in err
    assert teller.unread == 1
