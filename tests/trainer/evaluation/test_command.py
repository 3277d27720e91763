"""`agegender-tui evaluate`, its worker in this very process."""

import io
import json
import os
import shutil
import socket
import sys

import pytest

from agegender_tui import launch_evaluation
from agegender_tui.cli import main
from tests.trainer.evaluation.made import draw_faces, trained_run
from trainer.data.registered import register
from trainer.data.source import parse_source
from trainer.data.split import read_split
from trainer.errors import ExitCode, StorageError
from trainer.evaluation.aside import tell_those_who_wait
from trainer.evaluation.plan import plan
from trainer.evaluation.store import evaluations
from trainer.evaluation.worker import work
from trainer.jobs.status import LOADING_TENSORFLOW, Status, write_status


@pytest.fixture(autouse=True)
def worked(monkeypatch):
    """The evaluations that a worker was started on."""
    started = []

    def spawn(directory, verb, options):
        assert (verb, options[0]) == ("evaluate", "--device")
        started.append(directory.id)
        return work(directory, "cpu")

    monkeypatch.setattr(launch_evaluation, "spawn", spawn)
    return started


def evaluate(root, *arguments):
    return main(["evaluate", *map(str, arguments), "--runs", str(root)])


def failure(capsys, root, *arguments):
    """The one sentence and the exit code of a command that refuses."""
    code = evaluate(root, *arguments)
    out, err = capsys.readouterr()
    assert err.startswith("agegender-tui: ") and err.count("\n") == 1
    assert out == "" and "Traceback" not in err
    return code, err.removeprefix("agegender-tui: ").strip()


def test_a_run_is_scored_on_its_own_validation_part_with_intervals(root, run, capsys, worked):
    assert evaluate(root, run.id) == ExitCode.OK
    out = capsys.readouterr().out
    assert "validation part; 95 % intervals in brackets" in out
    line = next(line for line in out.splitlines() if line.startswith("age MAE, years"))
    low, high = line.partition("[")[2].rstrip("]").split(", ")
    assert float(low) < float(line.split()[3]) < float(high)
    assert len(worked) == 1


def test_what_was_evaluated_is_found_again_unless_it_is_to_be_redone(root, run, capsys, worked):
    for more in ((), (), ("--redo",)):
        assert evaluate(root, run.id, *more) == ExitCode.OK
    assert len(worked) == 2 and worked[0] == worked[1]
    first, second, third = capsys.readouterr().out.split(str(run.config().data))[1:]
    assert first == second == third


@pytest.mark.parametrize("fails", ["the device", "before the worker has it", "the start"])
def test_one_that_cannot_be_redone_keeps_what_was_found_before(
    root, run, capsys, monkeypatch, fails
):
    evaluate(root, run.id)
    (done,) = evaluations(root)
    before = done.summary_file.read_bytes(), done.predictions_file.read_bytes()
    capsys.readouterr()

    def spawn(directory, verb, options):
        if fails == "the start":
            raise StorageError("the disk is full")
        if fails == "the device":
            return work(directory, options[1])
        return tell_those_who_wait(directory, "a needed package is gone", ExitCode.ENVIRONMENT)

    monkeypatch.setattr(launch_evaluation, "spawn", spawn)
    assert evaluate(root, run.id, "--redo", "--device", "gpu:99") != ExitCode.OK
    assert before == (done.summary_file.read_bytes(), done.predictions_file.read_bytes())
    assert [one.name for one in done.path.glob(".*.*")] == []
    capsys.readouterr()
    assert evaluate(root, run.id) == ExitCode.OK and "age MAE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("phase", "code", "remedy"),
    [
        (LOADING_TENSORFLOW, ExitCode.ENVIRONMENT, "run `agegender-tui doctor`, then evaluate"),
        ("predicting", ExitCode.RUN, "evaluating again goes on where it was"),
    ],
)
def test_a_worker_that_tensorflow_took_along_is_told_apart_from_one_that_is_gone(
    root, run, capsys, monkeypatch, phase, code, remedy
):
    def dies(directory, verb, options):
        host = socket.gethostname()
        status = Status("working", pid=4242, pid_started=1.0, host=host, phase=phase)
        write_status(directory.state_file, status)

    monkeypatch.setattr(launch_evaluation, "spawn", dies)
    assert evaluate(root, run.id) == code
    assert remedy in capsys.readouterr().err


def test_a_redone_one_that_is_stopped_is_gone_on_from_and_leaves_nothing_of_the_old(
    root, run, capsys, monkeypatch, worked
):
    evaluate(root, run.id)
    (done,) = evaluations(root)
    once, before = launch_evaluation.spawn, done.summary_file.read_bytes()
    monkeypatch.setattr(launch_evaluation, "spawn", lambda *_: 0)
    launch_evaluation.start(root, plan(run.model_file("A")), redo=True)
    assert not done.done
    write_status(done.state_file, Status("stopped"))
    monkeypatch.setattr(launch_evaluation, "spawn", once)
    assert evaluate(root, run.id) == ExitCode.OK and len(worked) == 2
    assert done.summary_file.read_bytes() != before and not list(done.path.glob(".*.*"))


def test_the_same_faces_under_another_name_or_way_are_not_evaluated_again(
    root, run, faces, tmp_path, capsys, worked
):
    register("portraits", parse_source(str(faces)))
    (tmp_path / "link").symlink_to(faces)
    ways = (faces, "portraits", faces.parent / "runs" / ".." / "faces", tmp_path / "link")
    assert evaluate(root, run.id, "--part", "all") == ExitCode.OK
    for way in ways:
        assert evaluate(root, run.id, "--data", way) == ExitCode.OK
    for way in ways:
        assert evaluate(root, run.id, "--data", way, "--redo") == ExitCode.OK
    assert len(worked) == 5 and len(set(worked)) == 1 == len(evaluations(root))
    many = [word for way in ways for word in ("--data", way)]
    assert evaluate(root, run.id, *many, "--redo") == ExitCode.OK
    assert len(worked) == 6


def test_a_copy_of_the_model_has_an_evaluation_of_its_own(root, networks, faces, tmp_path, worked):
    first, second = tmp_path / "first.keras", tmp_path / "second.keras"
    networks[0].save(first)
    shutil.copy(first, second)
    assert evaluate(root, first, second, "--data", faces) == ExitCode.OK
    assert [name.split("--")[0] for name in worked] == ["first", "second"]


def test_a_model_named_twice_is_evaluated_once(root, run, capsys, worked):
    assert evaluate(root, run.id, "last") == ExitCode.OK
    assert len(worked) == 1


def test_two_models_are_compared_on_the_faces_they_share(root, faces, run, networks, capsys):
    other = trained_run(root, str(faces), networks[1])
    assert evaluate(root, run.id, other.id, "--by", "gender", "--by", "age") == ExitCode.OK
    out = capsys.readouterr().out
    assert f"{other.id} less {run.id} on the 12 faces that both were evaluated on" in out
    assert f"{run.id} by gender" in out and f"{other.id} by age" in out
    assert out.count("validation part;") == 1
    assert f"{other.id} less {run.id} by gender: no group of 30 faces or more" in out


def test_two_models_are_compared_group_by_group(root, faces, run, networks, tmp_path, capsys):
    other = trained_run(root, str(faces), networks[1])
    many = draw_faces(tmp_path / "many", 64, seed=5)
    models = (run.id, other.id, "--data", many, "--by", "gender")
    assert evaluate(root, *models) == ExitCode.OK
    out = capsys.readouterr().out
    table = out.partition(f"{other.id} less {run.id} by gender, where both have 30 faces")[2]
    lines = [line.split() for line in table.split("\n")[1:]]
    assert [line[:4] for line in lines if "MAE," in line] == [
        [name, "32", "age", "MAE,"] for name in ("male", "female")
    ]
    assert evaluate(root, *models, "--json") == ExitCode.OK
    (pair,) = json.loads(capsys.readouterr().out)["paired"]
    found = [(group["kind"], group["name"], group["faces"]) for group in pair["groups"]]
    assert found == [("gender", "male", 32), ("gender", "female", 32)]
    assert pair["groups"][0]["figures"][0]["name"] == "age_mae"


def test_the_mean_of_several_models_is_scored_beside_them_and_compared(
    root, faces, run, networks, capsys, worked
):
    other = trained_run(root, str(faces), networks[1])
    assert evaluate(root, run.id, other.id, "--mean") == ExitCode.OK
    out, err = capsys.readouterr()
    name = f"mean of {', '.join(f'A {one[-4:]}' for one in sorted((run.id, other.id)))}"
    assert name in out.splitlines()[2] and "no mean" not in err
    line = f"{name} less {run.id} on the 12 faces that both were evaluated on"
    assert f"{line}, none of which either was trained on" in out
    assert len(worked) == 2
    assert evaluate(root, run.id, other.id, "--mean", "--json") == ExitCode.OK
    body = json.loads(capsys.readouterr().out)
    assert body["evaluations"][2]["model"]["name"] == name and len(body["paired"]) == 3
    assert len(worked) == 2 and len(evaluations(root)) == 3


def test_models_that_share_no_face_are_told_without_their_mean(root, faces, run, networks, capsys):
    other = trained_run(root, str(faces), networks[1], split_seed=2)
    parts = [read_split(each.split_file) for each in (run, other)]
    for name in parts[0]:
        if all(part[name][0] == "validation" for part in parts):
            (faces / name).unlink()
    assert evaluate(root, run.id, other.id, "--mean") == ExitCode.RUN
    out, err = capsys.readouterr()
    assert "age MAE, years" in out
    assert "no mean: they share no face" in err and "Traceback" not in err


def test_models_that_were_evaluated_on_different_sets_have_no_mean(
    root, faces, run, networks, tmp_path, capsys
):
    other = trained_run(root, str(draw_faces(tmp_path / "others", seed=8)), networks[1])
    assert evaluate(root, run.id, other.id, "--mean") == ExitCode.RUN
    err = capsys.readouterr().err
    for folder, one in ((faces, run), (tmp_path / "others", other)):
        assert f"of {folder}, validation part, only {one.id} was evaluated" in err


def test_a_full_disk_costs_the_mean_and_not_the_models(
    root, faces, run, networks, capsys, monkeypatch
):
    other = trained_run(root, str(faces), networks[1])

    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr("trainer.evaluation.averaged.averaged", full)
    assert evaluate(root, run.id, other.id, "--mean") == ExitCode.STORAGE
    out, err = capsys.readouterr()
    assert "age MAE, years" in out and "no mean: the disk is full" in err


def test_several_sets_by_name_and_layout_give_a_table_each(root, run, faces, tmp_path, capsys):
    copied = shutil.copytree(faces, tmp_path / "copied")
    register("copy", parse_source(str(copied)))
    assert evaluate(root, run.id, "--data", "copy", "--data", faces) == ExitCode.OK
    out = capsys.readouterr().out
    assert out.count("all faces not trained on;") == 2
    assert "left out 48 faces it was trained on, or copies of these, the first" in out
    assert {one.id.split("--")[1] for one in evaluations(root)} == {"copy-all", "faces-all"}


def test_json_has_the_summaries_and_the_paired_differences(root, run, faces, networks, capsys):
    other = trained_run(root, str(faces), networks[1])
    assert evaluate(root, run.id, other.id, "--json") == ExitCode.OK
    body = json.loads(capsys.readouterr().out)
    assert [one["model"]["name"] for one in body["evaluations"]] == [run.id, other.id]
    (pair,) = body["paired"]
    assert pair["faces"] == 12 and pair["figures"][0]["name"] == "age_mae"
    assert set(pair["figures"][0]["difference"]) == {"value", "low", "high"}
    assert body["failed"] == []


def test_the_list_has_every_evaluation_and_how_it_stands(root, run, capsys):
    assert evaluate(root, "--list") == ExitCode.OK
    assert "no evaluation in" in capsys.readouterr().out
    evaluate(root, run.id)
    capsys.readouterr()
    assert evaluate(root, "--list") == ExitCode.OK
    out = capsys.readouterr().out
    assert f"{run.id}--faces-validation--" in out and "finished" in out
    evaluate(root, "--list", "--json")
    (record,) = json.loads(capsys.readouterr().out)
    assert record["state"] == "finished" and record["data"]["faces"] == 12


def test_what_is_not_as_expected_is_told_once_while_it_works(root, run, capsys, monkeypatch):
    note = "TensorFlow does not see gpu:0: going on with the CPU"
    states = iter(
        [
            *(Status("working", phase="predicting", done=n, of=1000, text=note) for n in (64, 128)),
            Status("failed", text="the disk is full", code=6),
        ]
    )
    monkeypatch.setattr(launch_evaluation, "spawn", lambda *_: 0)
    monkeypatch.setattr("agegender_tui.evaluation_line._status", lambda _: next(states))
    monkeypatch.setattr("agegender_tui.evaluation_line.POLL_SECONDS", 0)
    assert evaluate(root, run.id) == ExitCode.STORAGE
    assert capsys.readouterr().err.count(note) == 1


def test_progress_goes_to_the_error_stream_in_plain_lines(root, run, capsys, monkeypatch):
    from trainer.jobs.status import Status

    states = iter(
        [
            Status("waiting"),
            Status("working", phase="predicting", done=64, of=1000),
            Status("working", phase="predicting", done=65, of=1000),
            Status("working", phase="predicting", done=128, of=1000),
            Status("failed", text="the disk is full", code=6),
        ]
    )
    monkeypatch.setattr(launch_evaluation, "spawn", lambda *_: 0)
    monkeypatch.setattr("agegender_tui.evaluation_line._status", lambda _: next(states))
    monkeypatch.setattr("agegender_tui.evaluation_line.POLL_SECONDS", 0)
    assert evaluate(root, run.id) == ExitCode.STORAGE
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        "predicting 64 of 1,000",
        "predicting 128 of 1,000",
        "failed: the disk is full",
    ]


def test_a_report_is_written_though_the_reader_of_the_figures_left(
    root, run, tmp_path, monkeypatch
):
    class Left(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            return os.open(os.devnull, os.O_WRONLY)

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Left())
        assert evaluate(root, run.id, "--report", tmp_path / "report") == ExitCode.OK
    assert (tmp_path / "report" / "report.html").stat().st_size > 1000


def test_a_report_is_written_of_all_that_was_evaluated(root, run, tmp_path, capsys):
    folder = tmp_path / "report"
    assert evaluate(root, run.id, "--report", folder) == ExitCode.OK
    assert (folder / "report.html").stat().st_size > 1000
    assert f"wrote {folder / 'report.html'}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), ExitCode.USAGE, "which model?"),
        (("nobody",), ExitCode.RUN, "no run 'nobody'"),
        (("gone.keras",), ExitCode.RUN, "no such model file"),
        (("last", "--data", "/nowhere"), ExitCode.DATA, "no such folder"),
        (("last", "--data", "notes"), ExitCode.DATA, "holds 1 files but no pictures"),
        (("last", "--data", "unlabelled"), ExitCode.DATA, "none of its 1 pictures has a label"),
        (("last", "--part", "validation", "--data", "notes"), ExitCode.DATA, "leave one"),
        (("last", "--list"), ExitCode.USAGE, "give no model"),
        (("last", "--mean"), ExitCode.USAGE, "name two or more"),
        (("last", "--by", "shoe"), ExitCode.USAGE, "invalid choice"),
        (("last", "--report", __file__), ExitCode.STORAGE, "is a file"),
        (("last", "--report", f"{__file__}/report"), ExitCode.STORAGE, "cannot be made"),
    ],
)
def test_bad_input_is_one_sentence(
    root, run, capsys, monkeypatch, tmp_path, arguments, code, sentence
):
    for folder, file in (("notes", "note.txt"), ("unlabelled", "holiday.jpg")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).touch()
    monkeypatch.chdir(tmp_path)
    found, said = failure(capsys, root, *arguments)
    assert found == code and sentence in said


def test_a_foreign_model_needs_faces(root, run, networks, tmp_path, capsys):
    file = tmp_path / "found.keras"
    networks[0].save(file)
    found, said = failure(capsys, root, file)
    assert found == ExitCode.DATA and said.endswith("give faces with --data")


def test_a_file_that_is_no_model_fails_in_a_sentence(root, faces, tmp_path, capsys):
    file = tmp_path / "fake.keras"
    file.write_bytes(b"nothing")
    assert evaluate(root, file, "--data", faces) == ExitCode.RUN
    out, err = capsys.readouterr()
    assert "failed: " in err and "is no .keras file (no zip)" in err
    assert "Traceback" not in out


def test_a_set_that_was_trained_on_whole_fails_with_the_code_of_its_data(
    root, run, faces, tmp_path, capsys
):
    from tests.trainer.evaluation.test_worker import part_of

    again = tmp_path / "again"
    again.mkdir()
    for name in part_of(run, "train"):
        shutil.copy(faces / name, again)
    assert evaluate(root, run.id, "--data", again) == ExitCode.DATA
    assert "was trained on all 48 faces" in capsys.readouterr().err


def test_an_interrupt_leaves_the_evaluation_going(root, run, capsys, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("agegender_tui.cli_commands.evaluate.follow", interrupted)
    assert evaluate(root, run.id) == 130
    assert "the evaluation goes on" in capsys.readouterr().err


def test_the_command_loads_no_tensorflow_of_its_own(root):
    import subprocess

    code = "import agegender_tui.cli_commands.evaluate, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "numpy", "textual"} & set(done.stdout.split())


def test_of_a_set_with_ranges_it_is_printed_which_was_said_of_which(root, run, tmp_path, capsys):
    other = draw_faces(tmp_path / "other", 40, seed=9)
    rows = ["file,age"]
    for number, path in enumerate(sorted(other.glob("*.png"))):
        rows.append(f"{path.name},{('20-29', '30-39')[number % 2]}")
    (other / "labels.csv").write_text("\n".join(rows) + "\n")
    source = f"csv?file=file&age=age:{other}"
    assert evaluate(root, run.id, "--data", source) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    first = lines.index(f"{run.id}: ages said, of the faces of each range")
    assert lines[first + 1].split() == ["labelled", "said", "20–29", "said", "30–39"]
    assert [line.split()[0] for line in lines[first + 2 : first + 4]] == ["20–29", "30–39"]
    assert evaluate(root, run.id, "--data", source, "--json") == ExitCode.OK
    groups = json.loads(capsys.readouterr().out)["evaluations"][0]["age_groups"]
    assert groups["ranges"] == [[20, 29], [30, 39]]
    assert [sum(row) for row in groups["said"]] == [20, 20]
    assert f"{groups['said'][0][1]} (" in lines[first + 2] or groups["said"][0][1] == 0
