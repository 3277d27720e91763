import csv
import json

import pytest

from agegender_tui.predicting.table import COLUMNS, PredictionTable
from agegender_tui.predicting.terminal_lines import Teller, lines
from trainer.errors import ConfigError


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
    table = PredictionTable(tmp_path / "a.csv", resume=False)
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


def test_a_name_that_a_spreadsheet_would_run_is_text(tmp_path):
    table = PredictionTable(tmp_path / "a.csv", resume=False)
    table.add(reply("=cmd|' /C calc'!A0", [estimate()]))
    table.add(reply("b.jpg", [estimate()]))
    table.close()
    assert read(tmp_path / "a.csv")[0]["file"].startswith("'=")
    assert PredictionTable(tmp_path / "a.csv", resume=True).done == {"=cmd|' /C calc'!A0"}


@pytest.mark.parametrize("cut", [0, 1, 7, 30, 60, 200, 400])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_table_cut_anywhere_is_gone_on_with_to_the_same_end(tmp_path, ending, cut):
    files = ["a.jpg", "b\nb.jpg", "c,c.jpg", "d.jpg"]
    replies = {name: reply(name, [estimate("A"), estimate("B")], [estimate("A")]) for name in files}
    whole, broken = tmp_path / f"whole.{ending}", tmp_path / f"broken.{ending}"
    for path in (whole, broken):
        table = PredictionTable(path, resume=False)
        for name in files:
            table.add(replies[name])
        table.close()
    broken.write_bytes(broken.read_bytes()[: len(broken.read_bytes()) - cut])
    table = PredictionTable(broken, resume=True)
    for name in files:
        if name not in table.done:
            table.add(replies[name])
    table.close()
    assert broken.read_bytes() == whole.read_bytes()


def test_jsonl_has_all_that_is_known_of_a_file_in_a_line(tmp_path):
    table = PredictionTable(tmp_path / "a.jsonl", resume=False)
    table.add(reply("a.jpg", [estimate()]))
    table.close()
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(line)["faces"][0]["predictions"][0]["age_high"] == 39.4


def test_a_table_is_neither_overwritten_nor_mixed(tmp_path):
    path = tmp_path / "a.csv"
    table = PredictionTable(path, resume=False)
    table.add(reply("a.jpg", [estimate("A")]))
    table.add(reply("b.jpg", [estimate("A")]))
    table.close()
    with pytest.raises(ConfigError, match=r"a\.csv: exists; go on with it with --resume"):
        PredictionTable(path, resume=False)
    again = PredictionTable(path, resume=True)
    again.check_models({"A"})
    with pytest.raises(ConfigError, match="holds predictions of A; name another"):
        again.check_models({"B"})
    path.write_text("other,table\n1,2\n")
    with pytest.raises(ConfigError, match="is no table of predictions"):
        PredictionTable(path, resume=True)
    with pytest.raises(ConfigError, match=r"let its name end in \.csv or \.jsonl"):
        PredictionTable(tmp_path / "a.xls", resume=False)


def test_faces_are_told_in_words():
    assert lines(reply("a.jpg", [estimate()])) == ["a.jpg: 31 years (23 to 39), female 91%"]
    two = lines(reply("a\x1b.jpg", [estimate("A"), estimate("B", 40, 0.2)], [estimate("A")]))
    assert two[0] == (
        "a\\x1b.jpg face 1 of 2: A: 31 years (23 to 39), female 91%; "
        "B: 40 years (32 to 48), male 80%"
    )
    assert lines(reply("a.jpg", problem="cut short")) == ["a.jpg: cut short"]


def test_the_end_counts_and_says_what_predictions_are(capsys):
    teller = Teller(3, results=True)
    teller.tell(reply("a.jpg", [estimate()]))
    teller.tell(reply("b.jpg", problem="no face found"))
    teller.tell(reply("c.jpg", problem="cut short"))
    teller.close()
    out, err = capsys.readouterr()
    assert out == "a.jpg: 31 years (23 to 39), female 91%\nb.jpg: no face found\n"
    assert "c.jpg: cut short" in err
    assert "3 files, 1 face, 1 without a face, 1 unreadable" in err
    assert "neither is a fact about a person" in err
    assert teller.unread == 1
