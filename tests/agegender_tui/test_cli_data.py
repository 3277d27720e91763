"""The verbs of `agegender-tui data`, and data sets by name in the others."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from agegender_tui import launch
from agegender_tui.cli import main
from agegender_tui.cli_commands import data
from trainer.data.registered import read_registered
from trainer.errors import ExitCode


@pytest.fixture
def agedb(tmp_path: Path) -> Path:
    folder = tmp_path / "AgeDB"
    folder.mkdir()
    for n in range(120):
        (folder / f"{n}_SomeBody_{20 + n % 50}_{'mf'[n % 2]}.jpg").touch()
    (folder / "stray.jpg").touch()
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = ["photo,years,sex", *(f"{n}.jpg,{20 + n},{1 + n % 2}" for n in range(90))]
    (folder / "labels.csv").write_text("\n".join(rows))
    for n in range(90):
        (folder / f"{n}.jpg").touch()
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The data of runs that would have been started."""
    seen: list[str] = []
    monkeypatch.setattr(launch, "spawn", lambda run, verb: seen.append(run.config().data) or 1)
    return seen


MAP = "file=photo age=years gender=sex male=1 female=2"


def failure(capsys, *arguments):
    code = main(arguments)
    out, err = capsys.readouterr()
    last = err.splitlines()[-1]
    assert last.startswith("agegender-tui: ")
    assert "Traceback" not in out + err
    return code, last


def test_each_verb_has_help_with_an_example(capsys):
    for verb in data.VERBS:
        with pytest.raises(SystemExit):
            main(["data", verb, "--help"])
        assert f"agegender-tui data {verb}" in capsys.readouterr().out


def test_a_preview_tells_layout_faces_and_what_is_left_out(agedb, capsys):
    assert main(["data", "preview", str(agedb)]) == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith(f"agedb:{agedb}\n")
    assert "120 faces to train on: 60 male, 60 female" in out
    assert "left out: 1, the name is not like" in out
    assert read_registered() == {}


def test_a_preview_for_programs_is_json(agedb, capsys):
    assert main(["data", "preview", str(agedb), "--json"]) == ExitCode.OK
    seen = json.loads(capsys.readouterr().out)
    assert (seen["layout"], seen["faces"], seen["rejected"][0]["count"]) == ("agedb", 120, 1)


def test_a_data_set_with_a_name_trains_and_the_run_does_not_need_the_name(table, started, capsys):
    assert main(["data", "add", "mine", str(table), "--map", MAP, "--yes"]) == ExitCode.OK
    assert main(["train", "--data", "mine", "--detach"]) == ExitCode.OK
    assert main(["data", "remove", "mine"]) == ExitCode.OK
    (kept,) = started
    assert kept.startswith("csv?") and kept.endswith(str(table))
    assert main(["train", "--data", kept, "--detach"]) == ExitCode.OK
    assert started == [kept, kept]


def test_names_are_listed_with_folders_that_are_gone(agedb, table, capsys):
    main(["data", "add", "agedb", str(agedb), "--yes"])
    main(["data", "add", "mine", str(table), "--map", MAP, "--yes"])
    for file in agedb.iterdir():
        file.unlink()
    agedb.rmdir()
    capsys.readouterr()
    main(["data", "list"])
    lines = capsys.readouterr().out.splitlines()
    assert "agedb" in lines[0] and "(the folder is gone)" in lines[0]
    assert "csv" in lines[1] and str(table) in lines[1]
    main(["data", "list", "--json"])
    listed = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["there"]) for one in listed] == [("agedb", False), ("mine", True)]
    assert listed[1]["mapping"]["age"] == "years"


def test_nothing_is_kept_without_a_yes(agedb, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))  # no terminal
    code, sentence = failure(capsys, "data", "add", "agedb", str(agedb))
    assert code == ExitCode.USAGE and "--yes" in sentence
    for answer, kept in (("", []), ("n\n", []), ("y\n", ["agedb"])):
        stdin = io.StringIO(answer)
        stdin.isatty = lambda: True
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["data", "add", "agedb", str(agedb)]) == ExitCode.OK
        assert list(read_registered()) == kept


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["preview", "nowhere"], ExitCode.DATA, "no such folder"),
        (["preview", ".", "--map", "age=x"], ExitCode.DATA, "has no .csv"),
        (["preview", ".", "--map", "height=x"], ExitCode.DATA, "is nothing a column can be"),
        (["add", "a b", "."], ExitCode.USAGE, "is no name for a data set"),
        (["add", "x", ".", "--layout", "agedb", "--yes"], ExitCode.DATA, "holds no labelled face"),
        (["remove", "nothing"], ExitCode.USAGE, "is no registered data set"),
        (["fetch", "--from", "nowhere.zip"], ExitCode.USAGE, "no such archive"),
        (["fetch", "--checksum", "md5:1"], ExitCode.USAGE, "give md5: or sha256:"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence_with_its_exit_code(
    arguments, code, says, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    told, sentence = failure(capsys, "data", *arguments)
    assert (told, says in sentence) == (code, True), sentence


def test_a_data_set_of_ranges_can_be_reported_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fairface_label_train.csv").write_text(
        "file,age,gender,race\n1.jpg,20-29,Male,White\n2.jpg,50-59,Male,White\n"
    )
    for number in (1, 2):
        Image.new("RGB", (128, 128), (90, 120, 90)).save(tmp_path / f"{number}.jpg")
    assert main(["data", "report", f"fairface:{tmp_path}"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "left out of runs: 2 with a range of ages only" in said
    assert "Copies, pixel for pixel, other labels" in said
    assert "1.jpg: as 2.jpg, labelled 50–59 male" in said


def test_a_report_tells_what_it_means_that_there_is_no_face(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        Image.new("RGB", (128, 128), (90, 120, 90 + number)).save(tmp_path / f"35_0_0_{number}.png")
    assert main(["data", "report", str(tmp_path)]) == ExitCode.OK
    said = capsys.readouterr().out.splitlines()
    at = next(n for n, line in enumerate(said) if "100% of all faces are male" in line)
    assert said[at].split()[:2] == ["warning", "0"]
    assert said[at + 1].strip().startswith("Accuracy alone will look better than it is")


def test_a_report_is_not_judged_by_a_run_on_another_folder(tmp_path, make_run, capsys):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (128, 128), (90, 120, 90)).save(tmp_path / name / "1.jpg")
        age = 20 if name == "one" else 60
        (tmp_path / name / "labels.csv").write_text(f"file,age,gender\n1.jpg,{age},m\n")
    run = make_run(tmp_path / "runs", data=f"csv:{tmp_path / 'one'}")
    run.split_file.write_text("file,part,age,gender\n1.jpg,validation,20,0\n")
    run.predictions_file.write_text("file,predicted_age,predicted_gender_1\n1.jpg,21,0.1\n")
    by_run = ["--runs", str(tmp_path / "runs"), "--run", run.id]
    told, sentence = failure(capsys, "data", "report", f"csv:{tmp_path / 'two'}", *by_run)
    assert (told, "was trained on other files" in sentence) == (ExitCode.RUN, True), sentence
    assert main(["data", "report", f"csv:{tmp_path / 'one'}", *by_run]) == ExitCode.OK


def test_a_data_set_of_ranges_cannot_be_trained_on_and_says_why(tmp_path, started, capsys):
    (tmp_path / "fold_0_data.txt").write_text(
        "user_id\toriginal_image\tface_id\tage\tgender\nu\ti.jpg\t1\t(25, 32)\tf\n"
    )
    (tmp_path / "u").mkdir()
    (tmp_path / "u" / "landmark_aligned_face.1.i.jpg").touch()
    code, sentence = failure(capsys, "train", "--data", f"adience:{tmp_path}", "--detach")
    assert code == ExitCode.DATA
    assert "1 with a range of ages only" in sentence
    assert started == []


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "utk.zip"
    with zipfile.ZipFile(path, "w") as made:
        for n in range(9):
            made.writestr(f"UTKFace/{20 + n}_{n % 2}_0_2017.jpg", b"x")
    return path


def fetch(archive: Path, *more: str) -> list[str]:
    return ["data", "fetch", "--from", str(archive), "--count", "9", *more]


def test_the_licence_is_shown_and_must_be_accepted(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))  # no terminal
    code, sentence = failure(capsys, *fetch(archive, "--to", str(tmp_path / "U")))
    assert code == ExitCode.USAGE and "--accept-licence" in sentence
    stdin = io.StringIO("y\n")
    stdin.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(fetch(archive, "--to", str(tmp_path / "U"))) == ExitCode.OK
    out, err = capsys.readouterr()
    assert "non-commercial research only" in err
    assert "nothing was fetched" in out
    assert not (tmp_path / "U").exists()


def test_faces_are_fetched_and_the_outcome_is_json(archive, tmp_path, capsys):
    words = fetch(archive, "--to", str(tmp_path / "U"), "--accept-licence", "--json")
    assert main(words) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(tmp_path / "U"),
        "pictures": 9,
        "new": True,
        "notes": [],
    }
    assert main(words) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["new"] is False


def test_a_truncated_archive_is_the_data_sets_fault(archive, tmp_path, capsys):
    archive.write_bytes(archive.read_bytes()[:200])
    words = fetch(archive, "--to", str(tmp_path / "U"), "--accept-licence")
    code, sentence = failure(capsys, *words)
    assert code == ExitCode.DATA and "is no whole .zip" in sentence


def test_the_verbs_load_neither_textual_nor_numpy():
    code = (
        "import sys, agegender_tui.cli as cli\n"
        "cli.command_parser('data', cli._command('data'))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert not {"textual", "numpy", "PIL", "cv2", "tensorflow"} & set(done.stdout.split())
