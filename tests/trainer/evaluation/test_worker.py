"""A whole evaluation: which faces it is of, what it is bound to, what it leaves out and says."""

import errno
import json
import os
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from tests.trainer.evaluation.made import draw_faces, evaluate, trained_run
from trainer.__main__ import main
from trainer.data.exclusions import Curator
from trainer.data.labels import Label
from trainer.data.sample import sample_folder
from trainer.data.source import parse_source
from trainer.data.split import read_split
from trainer.errors import DataError, ExitCode, RunError
from trainer.evaluation import worker
from trainer.evaluation.aside import put_aside
from trainer.evaluation.figures import figures
from trainer.evaluation.paired import paired, shared
from trainer.evaluation.plan import plan, planned, prepare, read_request
from trainer.evaluation.store import EvaluationDir, evaluations
from trainer.jobs import session
from trainer.jobs.session import RESERVE_BYTES
from trainer.jobs.status import Status, write_status
from trainer.prediction import predictor
from trainer.prediction.calibration import read_predictions
from trainer.runs.queue import queue_folder
from trainer.runs.registry import Registry
from trainer.training import device


def part_of(run, part):
    return sorted(name for name, (its, *_) in read_split(run.split_file).items() if its == part)


def model(run):
    return run.model_file("A")


def test_the_validation_part_is_the_runs_own_and_so_are_its_predictions(root, run):
    done = evaluate(root, model(run))
    scored = done.scored()
    assert list(scored.files) == part_of(run, "validation")
    said = read_predictions(run.predictions_file)
    rows = np.array([said[name] for name in scored.files])
    assert scored.age_low == pytest.approx(rows[:, 0])
    assert scored.genders == pytest.approx(rows[:, 1])
    assert scored.ages == pytest.approx(rows[:, 2], abs=1e-4)
    assert scored.female == pytest.approx(rows[:, 3], abs=1e-5)
    assert done.summary()["left_out"] == {
        "trained_on": 0, "unreadable": 0, "changed": 0, "files": [],
    }  # fmt: skip
    assert done.status().state == "finished"


def test_the_figures_kept_are_those_of_the_predictions_kept(root, run):
    done = evaluate(root, model(run))
    kept = {
        name: tuple(float("nan") if bound is None else bound for bound in one.values())
        for name, one in done.summary()["figures"].items()
    }
    again = {name: tuple(one) for name, one in figures(done.scored()).items()}
    assert list(kept) == list(again)
    for name, bounds in again.items():
        assert kept[name] == pytest.approx(bounds, nan_ok=True), name
    assert {group["kind"] for group in done.summary()["groups"]} == {"age", "gender", "race"}


def test_going_on_with_the_cpu_is_told_while_and_after_and_changes_no_figure(
    root, run, monkeypatch
):
    done = evaluate(root, model(run))
    plain = done.summary()
    monkeypatch.setattr(device, "visible_gpus", lambda: ["0"])
    monkeypatch.setattr(device, "start_tensorflow", lambda *_, or_cpu: "cpu" if or_cpu else "gpu:0")
    told, say = [], worker.say

    def listening(*asked):
        told.append(done.status().text)
        return say(*asked)

    monkeypatch.setattr(worker, "say", listening)
    put_aside(done)
    assert worker.work(done) == ExitCode.OK
    note = (
        "TensorFlow does not see gpu:0: going on with the CPU; install the GPU build with "
        "`pip install 'agegender-tui[cuda]'`"
    )
    assert told == [note]
    assert done.status().text == "12 faces"
    summary = done.summary()
    assert summary["notes"] == [*plain["notes"], note]
    assert {key for key in plain if plain[key] != summary[key]} == {"notes", "created", "seconds"}


def test_flipping_averages_with_the_mirrored_face(root, run):
    plain, flipped = evaluate(root, model(run)), evaluate(root, model(run), flip=True)
    assert plain.id != flipped.id
    assert flipped.summary()["settings"] == {"flip": True}
    assert not np.allclose(plain.scored().ages, flipped.scored().ages, atol=1e-6)


def test_the_same_model_and_faces_are_found_again_and_the_registry_of_runs_ignores_them(root, run):
    done = evaluate(root, model(run))
    assert prepare(root, plan(model(run))).path == done.path
    assert [one.id for one in evaluations(root)] == [done.id]
    assert [one.id for one in Registry(root).list()] == [run.id]


@pytest.mark.parametrize("change", ["model", "face", "new", "label", "excluded"])
def test_another_model_file_other_faces_or_curation_make_another_evaluation(
    root, run, faces, networks, change
):
    before = plan(model(run)).id
    whole = plan(model(run), part="all").id
    name = part_of(run, "validation")[0]
    if change == "model":
        networks[1].save(model(run))
    elif change == "face":
        Image.new("RGB", (128, 128)).save(faces / name)
    elif change == "new":
        Image.new("RGB", (128, 128)).save(faces / "20_1_0_new.png")
    elif change == "label":
        Curator(faces).correct(name, Label(3, 1, None))
    else:
        Curator(faces).exclude([name])
    assert plan(model(run), part="all").id != whole
    assert (plan(model(run)).id != before) == (change != "new")  # which is in no part of the run


def test_what_was_asked_of_a_model_file_is_not_done_with_another(root, run, networks):
    directory = prepare(root, plan(model(run)))
    networks[1].save(model(run))
    from trainer.evaluation.worker import work

    assert work(directory, "cpu") == 4
    assert "changed since this evaluation was asked for" in directory.status().text
    assert not directory.done


@pytest.mark.parametrize("change", ["before loading", "while predicting", "face"])
def test_a_model_or_face_replaced_while_the_worker_is_at_it_fails_and_keeps_nothing(
    root, run, faces, networks, monkeypatch, change
):
    directory, load, say = prepare(root, plan(model(run))), predictor.load_model, worker.say

    def load_another(file):
        if change == "before loading":
            networks[1].save(model(run))
        return load(file)

    def say_and_change(*arguments):
        said = say(*arguments)
        if change == "while predicting":
            networks[1].save(model(run))
        elif change == "face":
            Image.new("RGB", (128, 128)).save(faces / part_of(run, "validation")[0])
        return said

    monkeypatch.setattr(predictor, "load_model", load_another)
    monkeypatch.setattr(worker, "say", say_and_change)
    assert worker.work(directory, "cpu") == 4
    assert "changed since this evaluation was asked for" in directory.status().text
    assert not directory.done and not directory.said_file.exists()


def test_faces_missing_changed_or_excluded_since_the_run_are_left_out_and_named(root, run, faces):
    gone, changed, excluded, *rest = part_of(run, "validation")
    (faces / gone).unlink()
    Image.fromarray(np.full((128, 128, 3), 255, "uint8")).save(faces / changed)
    said = read_predictions(run.predictions_file)[changed]
    Curator(faces).exclude([excluded])
    done = evaluate(root, model(run))
    left_out = done.summary()["left_out"]
    why = dict(left_out["files"])
    assert why[gone] == "is no longer there"
    assert why[excluded] == "was excluded after the run"
    assert said is not None and why[changed].startswith("changed since the run")
    assert left_out["changed"] == 3
    assert list(done.scored().files) == rest


def test_a_corrected_label_counts_and_is_told(root, run, faces):
    name = part_of(run, "validation")[0]
    Curator(faces).correct(name, Label(3, 1, None))
    done = evaluate(root, model(run))
    assert done.scored().age_low[list(done.scored().files).index(name)] == 3
    assert "1 faces have another label" in done.summary()["notes"][0]


def test_the_whole_set_is_scored_without_what_the_model_was_trained_on(root, run):
    done = evaluate(root, model(run), part="all")
    assert list(done.scored().files) == part_of(run, "validation")
    left_out = done.summary()["left_out"]
    assert left_out["trained_on"] == len(part_of(run, "train"))
    assert sorted(name for name, _ in left_out["files"]) == part_of(run, "train")


def test_copies_of_faces_trained_on_are_left_out_of_another_set(root, networks, tmp_path):
    trained, other = tmp_path / "trained", tmp_path / "other"
    trained.mkdir()
    other.mkdir()
    files = sorted(sample_folder().glob("*.jpg"))
    for file in files[:50]:
        shutil.copy(file, trained)
    for file in files[50:80]:
        shutil.copy(file, other)
    run = trained_run(root, str(trained), networks[0])
    train, validation = part_of(run, "train"), part_of(run, "validation")
    shutil.copy(trained / train[0], other / "30_0_0_exact.jpg")
    with Image.open(trained / train[1]) as picture:
        brighter = picture.resize((100, 100)).point(lambda level: min(255, int(level * 1.1)))
        brighter.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(other / "31_1_0_near.png")
    shutil.copy(trained / validation[0], other / "32_0_0_validated.jpg")
    done = evaluate(root, model(run), str(other))
    left_out = done.summary()["left_out"]
    assert left_out["trained_on"] == 2
    why = dict(left_out["files"])
    assert why["30_0_0_exact.jpg"] == f"same pixels as {train[0]}, trained on"
    assert why["31_1_0_near.png"] == f"nearly the same picture as {train[1]}, trained on"
    assert len(done.scored().files) == 31


def test_near_copies_in_the_validation_part_are_scored_and_the_figures_without_them_told(
    root, networks, tmp_path
):
    folder = tmp_path / "twice"
    folder.mkdir()
    for number, file in enumerate(sorted(sample_folder().glob("*.jpg"))[::6]):
        shutil.copy(file, folder)
        if number % 2:
            with Image.open(file) as picture:
                picture.point(lambda value: value * 0.9).save(folder / f"{file.stem}x.jpg")
    run = trained_run(root, str(folder), networks[0])
    train = {name.replace("x.jpg", ".jpg") for name in part_of(run, "train")}
    copied = [n for n in part_of(run, "validation") if n.replace("x.jpg", ".jpg") in train]
    assert copied and len(copied) < len(part_of(run, "validation"))
    done = evaluate(root, model(run))
    scored, summary = done.scored(), done.summary()
    assert list(scored.files) == part_of(run, "validation")
    assert summary["left_out"]["files"] == []
    assert [name for name, _ in summary["copies"]["files"]] == copied
    assert all("nearly the same picture as" in why for _, why in summary["copies"]["files"])
    others = figures(scored, np.array([name not in copied for name in scored.files]))
    assert summary["copies"]["figures"]["age_mae"]["value"] == others["age_mae"].value
    assert others["age_mae"].value != summary["figures"]["age_mae"]["value"]
    other = evaluate(root, model(run), part="all").summary()
    assert other["copies"] == {"files": [], "figures": {}}
    assert set(copied) <= {name for name, _ in other["left_out"]["files"]}


def test_copies_of_faces_that_another_layout_of_the_folder_leaves_out_are_found(root, run, faces):
    train, (first, *rest) = part_of(run, "train"), part_of(run, "validation")
    shutil.copy(faces / train[0], faces / "copy.png")
    listed = [train[1], first, "copy.png", *rest]
    (faces / "labels.csv").write_text(
        "file,age,gender\n" + "".join(f"{name},30,male\n" for name in listed)
    )
    done = evaluate(root, model(run), f"csv?file=file&age=age&gender=gender:{faces}")
    assert sorted(done.scored().files) == sorted([first, *rest])
    assert dict(done.summary()["left_out"]["files"]) == {
        train[1]: "trained on", "copy.png": f"same pixels as {train[0]}, trained on",
    }  # fmt: skip
    assert not any("are gone" in note for note in done.summary()["notes"])


@pytest.mark.parametrize("still", [2, 47])
def test_of_faces_trained_on_that_are_gone_it_is_said_how_many(root, run, faces, still):
    train = part_of(run, "train")
    for name in train[still:]:
        (faces / name).unlink()
    done = evaluate(root, model(run), part="all")
    assert f"{48 - still} of the faces trained on are gone" in done.summary()["notes"][-1]
    assert list(done.scored().files) == part_of(run, "validation")


def test_without_the_faces_trained_on_names_tell_and_that_is_said(root, run, faces, tmp_path):
    moved = tmp_path / "moved"
    faces.rename(moved)
    done = evaluate(root, model(run), str(moved))
    assert sorted(done.scored().files) == part_of(run, "validation")
    assert "only names told" in done.summary()["notes"][0]


def test_a_model_elsewhere_is_scored_on_given_faces_and_what_is_not_known_is_said(
    root, networks, faces, tmp_path
):
    file = tmp_path / "found.keras"
    networks[0].save(file)
    done = evaluate(root, file, str(faces))
    assert done.id.startswith("found--faces-all--")
    assert len(done.scored().files) == 60
    assert "not known" in done.summary()["notes"][0]


def test_binned_ages_and_lone_labels_of_a_table_are_scored_for_what_they_have(
    root, networks, tmp_path
):
    faces = draw_faces(tmp_path / "table", 40)
    rows = ["file,age,gender"]
    for number, path in enumerate(sorted(faces.glob("*.png"))):
        age = ("20-29", "30-39", "", "25")[number % 4]
        gender = ("male", "female", "male", "")[number % 4]
        rows.append(f"{path.name},{age},{gender}")
    (faces / "labels.csv").write_text("\n".join(rows) + "\n")
    file = tmp_path / "found.keras"
    networks[0].save(file)
    source = "csv?file=file&age=age&gender=gender:" + str(faces)
    done = evaluate(root, file, source)
    scored = done.scored()
    assert len(scored.files) == 40
    assert (scored.ranged.sum(), scored.exact.sum(), (scored.genders >= 0).sum()) == (20, 10, 30)
    found = done.summary()["figures"]
    assert {"age_mae", "group_accuracy", "one_off_accuracy", "gender_auc"} <= set(found)
    assert found["age_mae"]["value"] == pytest.approx(np.nanmean(np.abs(scored.errors)))


def test_two_models_are_compared_on_faces_that_neither_was_trained_on(root, faces, networks):
    one = trained_run(root, str(faces), networks[0], split_seed=1)
    other = trained_run(root, str(faces), networks[1], split_seed=2)
    both = set(part_of(one, "validation")) & set(part_of(other, "validation"))
    assert 0 < len(both) < len(part_of(one, "validation"))
    left, right = (evaluate(root, model(run)).scored() for run in (one, other))
    assert set(shared(left, right)[0].files) == both
    assert paired(left, right)[0].one == pytest.approx(
        np.mean([abs(e) for e, f in zip(left.errors, left.files, strict=True) if f in both])
    )


def test_a_set_trained_on_whole_is_refused_in_one_sentence(root, run, faces, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    for name in part_of(run, "train"):
        shutil.copy(faces / name, again)
    done = evaluate(root, model(run), str(again))
    assert done.status().state == "failed"
    assert "was trained on all 48 faces" in done.status().text
    assert not done.done


@pytest.mark.parametrize(
    ("source", "part", "sentence"),
    [
        ("", "", "lies in no run, so it has no validation part: give faces with --data"),
        ("nowhere", "", "no such folder"),
        ("empty", "", "is empty"),
        ("faces", "validation", "leave one of the two out"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(
    root, faces, networks, tmp_path, source, part, sentence
):
    (tmp_path / "empty").mkdir()
    file = tmp_path / "found.keras"
    networks[0].save(file)
    with pytest.raises(DataError, match=sentence):
        evaluate(root, file, str(tmp_path / source) if source else "", part)


def test_a_run_without_a_split_has_no_validation_part(root, run):
    run.split_file.unlink()
    with pytest.raises(RunError, match=r"split\.csv: there is none"):
        plan(model(run))


def test_an_evaluation_without_its_last_file_is_not_done(root, run):
    done = evaluate(root, model(run))
    done.summary_file.unlink()
    with pytest.raises(RunError, match="is not evaluated yet"):
        done.scored()


def test_a_damaged_evaluation_is_told_in_a_sentence(root, run):
    done = evaluate(root, model(run))
    body = json.loads(done.summary_file.read_text())
    done.summary_file.write_text(json.dumps({**body, "v": 99}))
    with pytest.raises(RunError, match="newer version"):
        done.summary()
    done.summary_file.write_text("{")
    with pytest.raises(RunError, match="is damaged"):
        done.summary()


def test_names_that_a_spreadsheet_would_run_come_back_as_they_were(root, networks, tmp_path):
    faces = draw_faces(tmp_path / "faces", 12)
    sorted(faces.iterdir())[0].rename(faces / "-1_x.png")
    (faces / "labels.csv").write_text(
        "file,age,gender\n" + "".join(f"{p.name},30,male\n" for p in sorted(faces.glob("*.png")))
    )
    file = tmp_path / "=cmd.keras"
    networks[0].save(file)
    done = evaluate(root, file, f"csv?file=file&age=age&gender=gender:{faces}")
    assert "-1_x.png" in done.scored().files
    assert "'-1_x.png" in done.predictions_file.read_text()
    assert done.id.startswith("cmd--faces-all") or done.id.startswith("unnamed")


def test_a_model_that_was_moved_is_found_where_it_is_now(root, run, tmp_path):
    old, new = tmp_path / "old" / "m.keras", tmp_path / "new" / "m.keras"
    for file in (old, new):
        file.parent.mkdir()
    shutil.copy(model(run), old)
    data = parse_source(run.config().data)
    directory = prepare(root, plan(old, data))
    asked = read_request(directory)["asked"]
    old.rename(new)
    assert prepare(root, plan(new, data)) == directory
    assert planned(directory).model.file == new
    assert read_request(directory)["asked"] == asked


def test_on_a_full_disk_what_was_known_comes_back_and_the_state_says_why(root, run, monkeypatch):
    done = evaluate(root, model(run))
    put_aside(done)
    reserved = []

    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

        flush = write

    def fail(directory, *_):
        reserved.append((directory.path / ".reserve").stat().st_size)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker, "_evaluate", fail)
    monkeypatch.setattr("sys.stderr", Full())
    assert worker.work(done) == ExitCode.STORAGE
    monkeypatch.undo()
    assert done.done and done.scored().files
    assert (done.status().state, done.status().code) == ("failed", ExitCode.STORAGE)
    assert "disk is full" in done.status().text
    assert reserved == [RESERVE_BYTES] and not (done.path / ".reserve").exists()


def test_a_disk_too_full_to_begin_on_is_told_with_the_space_kept_for_it(tmp_path, monkeypatch):
    write_status(tmp_path / "state.json", Status())

    def full(_):
        if (tmp_path / ".reserve").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["evaluate", str(tmp_path)]) == ExitCode.STORAGE
    status = EvaluationDir(tmp_path).status()
    assert (status.state, status.code) == ("failed", ExitCode.STORAGE)
    assert "the disk is full" in status.text


def test_one_at_work_keeps_its_place_when_the_queue_is_deleted(tmp_path, monkeypatch):
    def at_work(*_):
        folder = queue_folder(worker.QUEUE)
        shutil.rmtree(folder)
        for _ in range(3000):
            if list(folder.glob(f"*-{tmp_path.name}")):
                raise RunError("its ticket is there again")
            time.sleep(0.01)

    monkeypatch.setattr(session, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "planned", at_work)
    worker.work(EvaluationDir(tmp_path))
    assert EvaluationDir(tmp_path).status().text == "its ticket is there again"


def test_a_model_whose_gender_is_no_probability_is_no_finished_evaluation(root, faces, tmp_path):
    import keras

    inputs = keras.Input((128, 128, 3))
    # Black and white, on which a model is tried as it is loaded, it calls 0.5.
    apart = keras.layers.Multiply()([inputs, keras.layers.Rescaling(-1.0, offset=1.0)(inputs)])
    grey = keras.layers.GlobalAveragePooling2D()(apart)
    much, half = keras.initializers.Constant(99.0), keras.initializers.Constant(0.5)
    gender = keras.layers.Dense(1, kernel_initializer=much, bias_initializer=half, name="gender")
    age = keras.layers.Dense(1, activation="relu", name="age")
    file = tmp_path / "logit.keras"
    keras.Model(inputs, {"age": age(grey), "gender": gender(grey)}).save(file)
    done = evaluate(root, file, faces)
    status = done.status()
    assert status.state == "failed" and "gender is no probability" in status.text
    assert not done.done
