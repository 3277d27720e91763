"""Whole workers, as the dashboard starts them: separate processes on small drawn data sets."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from trainer.config import RunConfig
from trainer.data.exclusions import Curator
from trainer.data.labels import Label
from trainer.errors import ExitCode
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import (
    BatchEvent,
    CheckpointEvent,
    EndEvent,
    EpochEvent,
    MessageEvent,
    NetworkEvent,
    PhaseEvent,
    RunEvent,
)
from trainer.runs.layout import RunDir, create_run, new_run_id
from trainer.runs.state import read_state, shown_state
from trainer.training import checkpoint

FACES = 60
PATIENCE = 300.0  # seconds for a broken test: a busy machine needs a minute for TensorFlow alone


def draw_faces(folder, count=FACES, genders=(0, 1)):
    """Noise whose brightness tells the age and whose redness tells the gender."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    for n in range(count):
        age, gender = int(random.integers(1, 90)), genders[n % len(genders)]
        pixels = random.integers(0, 60, (128, 128, 3)) + age
        pixels[..., 0] += 80 * gender
        name = folder / f"{age}_{gender}_0_{n:04d}.png"
        Image.fromarray(pixels.astype("uint8")).save(name)
    return folder


def settings(data, **changes):
    return RunConfig().replace(
        **{
            "data": str(data),
            "filters": "4-4-4-8",
            "dense_units": 8,
            "batch_size": 8,
            "epochs": 3,
            "plateau_patience": 1,
            "deterministic": True,
            "device": "cpu",
            "checkpoint_seconds": 0,
            **changes,
        }
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Folders that outlive one test: the data set, the runs and the decoded faces."""
    folder = tmp_path_factory.mktemp("shared")
    draw_faces(folder / "faces")
    return folder


def worker(run, verb, shared, **extra):
    environment = {
        **os.environ,
        "AGEGENDER_CACHE": str(shared / "cache"),
        "AGEGENDER_QUEUE": str(shared / "queue"),
        **extra,
    }
    with open(run.log_file, "ab") as log:
        command = [sys.executable, "-m", "trainer", verb, str(run.path)]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def wait_for(run, what, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if run.events_file.exists() and what(list(read_events(run.events_file))):
            return
        time.sleep(0.02)
    pytest.fail(f"{run.log_file.read_text()}")


@pytest.fixture(scope="module")
def finished(shared):
    """An undisturbed run."""
    run = create_run(shared / "runs", settings(shared / "faces"))
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.OK, (
        run.log_file.read_text()
    )
    return run


def test_a_finished_run_leaves_everything_it_promises(finished):
    state = read_state(finished)
    assert (state.state, state.epoch, state.epochs) == ("finished", 3, 3)
    for path in (
        finished.model_file("A"), finished.history_file, finished.curves_file,
        finished.metrics_file, finished.split_file, finished.environment_file,
        finished.predictions_file, finished.flipped_predictions_file,
        finished.card_file, finished.log_file,
    ):  # fmt: skip
        assert path.stat().st_size > 0 or path == finished.log_file
    rows = list(csv.DictReader(finished.history_file.open()))
    told = [e for e in read_events(finished.events_file) if isinstance(e, EpochEvent)]
    assert [float(row["val_age_mae"]) for row in rows] == [e.validation["age_mae"] for e in told]
    metrics = json.loads(finished.metrics_file.read_text())
    best = min(told, key=lambda event: event.validation["loss"])
    assert metrics["best_epoch"] == best.epoch
    assert metrics["validation"]["faces"] == FACES // 5
    assert metrics["validation"]["age_mae"] == pytest.approx(best.validation["age_mae"], rel=1e-5)
    assert not (finished.path / ".reserve").exists()


def test_the_saved_model_holds_no_optimizer(finished):
    with zipfile.ZipFile(finished.model_file("A")) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
        config = json.loads(archive.read("config.json"))
    with h5py.File(weights) as file:
        assert "layers" in file
        assert "optimizer" not in file
    assert not config.get("compile_config")


def test_events_tell_the_phases_in_order_and_end_the_run(finished):
    events = list(read_events(finished.events_file))
    phases = list(dict.fromkeys(e.name for e in events if isinstance(e, PhaseEvent)))
    assert phases[:5] == ["importing", "indexing", "decoding", "building", "compiling"]
    assert [e.seq for e in events] == list(range(len(events)))
    assert isinstance(events[-1], EndEvent)
    assert events[-1].state == "finished"
    (network,) = (event for event in events if isinstance(event, NetworkEvent))
    assert 0 < network.trainable < network.parameters  # moving statistics are not trained


def test_the_model_loads_in_plain_keras_without_our_packages_and_predicts_the_same(finished):
    code = f"""
import sys, csv, os
sys.modules["trainer"] = sys.modules["agegender_tui"] = None
import keras, numpy as np
from PIL import Image
model = keras.models.load_model({str(finished.model_file("A"))!r}, safe_mode=True)
rows = list(csv.DictReader(open({str(finished.predictions_file)!r})))
faces = [np.asarray(Image.open(os.path.join({finished.config().data!r}, r["file"]))) for r in rows]
images = np.stack(faces).astype("float32") / 255
out = model.predict(images, batch_size=8, verbose=0)
print(max(abs(out["age"][:, 0] - [float(r["predicted_age"]) for r in rows])))
print(max(abs(out["gender"][:, 0] - [float(r["predicted_gender_1"]) for r in rows])))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    age, gender = map(float, done.stdout.split())
    assert age < 1e-4
    assert gender < 1e-6


def test_a_run_at_mixed_precision_saves_float32_and_tells_the_figures_of_what_it_saved(shared):
    import keras

    config = settings(shared / "faces", precision="mixed_bfloat16", epochs=1)
    run = create_run(shared / "runs", config)
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.OK, (
        run.log_file.read_text()
    )
    model = keras.models.load_model(run.model_file("A"), safe_mode=True)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    rows = list(csv.DictReader(run.predictions_file.open()))
    faces = [np.asarray(Image.open(shared / "faces" / row["file"])) for row in rows]
    said = model.predict(np.stack(faces).astype("float32") / 255, verbose=0)["age"][:, 0]
    np.testing.assert_allclose(said, [float(row["predicted_age"]) for row in rows], atol=1e-3)


def test_a_run_that_mirrors_trains_as_others_and_saves_a_model_that_does(shared, finished):
    run = create_run(shared / "runs", settings(shared / "faces", mirror=True))
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.OK, (
        run.log_file.read_text()
    )
    for file in (run.predictions_file, run.flipped_predictions_file):
        rows = list(csv.DictReader(file.open()))
        wanted = list(csv.DictReader(finished.flipped_predictions_file.open()))
        assert rows != list(csv.DictReader(finished.predictions_file.open()))
        for row, one in zip(rows, wanted, strict=True):
            assert float(row["predicted_age"]) == pytest.approx(float(one["predicted_age"]), 1e-5)


def test_what_is_predicted_of_files_is_what_the_runs_own_evaluation_says(finished):
    from trainer.prediction.pipeline import predict_files
    from trainer.prediction.predictor import Predictor, load_model

    rows = list(csv.DictReader(finished.predictions_file.open()))
    files = [Path(finished.config().data, row["file"]) for row in rows]
    predictor = Predictor([load_model(finished.model_file("A"))])
    results = list(predict_files(files, predictor, lambda: pytest.fail("crops need no detector")))
    for result, row in zip(results, rows, strict=True):
        (one,) = result.faces[0][1]
        assert one.age == pytest.approx(float(row["predicted_age"]), abs=1e-4)
        assert one.gender_raw == pytest.approx(float(row["predicted_gender_1"]), abs=1e-6)


def test_flipped_it_is_predicted_as_the_run_itself_says(finished):
    from trainer.prediction.pipeline import predict_files
    from trainer.prediction.predictor import Predictor, load_model

    rows = list(csv.DictReader(finished.flipped_predictions_file.open()))
    files = [Path(finished.config().data, row["file"]) for row in rows]
    predictor = Predictor([load_model(finished.model_file("A"))], flip=True)
    results = list(predict_files(files, predictor, lambda: pytest.fail("crops need no detector")))
    for result, row in zip(results, rows, strict=True):
        (one,) = result.faces[0][1]
        assert one.age == pytest.approx(float(row["predicted_age"]), abs=1e-4)
        assert one.gender_raw == pytest.approx(float(row["predicted_gender_1"]), abs=1e-6)


def same_to_the_bit(one, other):
    first, second = (checkpoint.latest(run.checkpoints, run.config()) for run in (one, other))
    assert first.arrays.keys() == second.arrays.keys()
    for name in first.arrays:
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name], err_msg=name)
    assert first.schedule == second.schedule
    assert one.predictions_file.read_bytes() == other.predictions_file.read_bytes()
    clock = ("seconds", "images_per_second")
    histories = [
        [{k: v for k, v in row.items() if k not in clock} for row in csv.DictReader(path.open())]
        for path in (one.history_file, other.history_file)
    ]
    assert histories[0] == histories[1]


def test_killed_within_an_epoch_and_resumed_the_run_is_the_same_to_the_bit(finished, shared):
    run = create_run(shared / "runs", settings(shared / "faces"))
    process = worker(run, "train", shared)
    wait_for(run, lambda es: any(isinstance(e, CheckpointEvent) and e.epoch == 2 and e.step == 3 for e in es))  # fmt: skip # noqa: E501
    process.kill()
    process.wait()
    assert shown_state(read_state(run)) == "lost"
    assert worker(run, "resume", shared).wait(timeout=PATIENCE) == ExitCode.OK
    starts = [e.action for e in read_events(run.events_file) if isinstance(e, RunEvent)]
    assert starts == ["start", "resume"]
    same_to_the_bit(finished, run)


def test_a_damaged_checkpoint_is_passed_over_with_a_warning_for_the_one_before(finished, shared):
    run = RunDir(shutil.copytree(finished.path, shared / "runs" / new_run_id("A")))
    newest = run.checkpoints / (run.checkpoints / "latest").read_text().strip()
    (newest / "arrays.npz").write_bytes(b"")
    assert worker(run, "resume", shared).wait(timeout=PATIENCE) == ExitCode.OK
    told = [e for e in read_events(run.events_file) if isinstance(e, MessageEvent)]
    (warning,) = (event.text for event in told if event.level == "warning")
    assert warning.startswith("damaged checkpoint passed over, going on from 000003-")
    same_to_the_bit(finished, run)


def wait_for_state(run, state, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while read_state(run).state != state:
        assert time.monotonic() < deadline, f"still {read_state(run).state}"
        time.sleep(0.02)


def test_a_pause_holds_training_and_what_was_stopped_goes_on_the_same_to_the_bit(finished, shared):
    run = create_run(shared / "runs", settings(shared / "faces"))
    control.send(run, "pause")  # early: it must wait for the first step, not be lost
    process = worker(run, "train", shared)
    wait_for(run, lambda es: any(isinstance(e, RunEvent) for e in es))
    wait_for_state(run, "paused")
    held = checkpoint.latest(run.checkpoints, run.config())
    time.sleep(0.5)
    assert checkpoint.latest(run.checkpoints, run.config()).step == held.step == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE) == ExitCode.STOPPED
    assert read_state(run).state == "stopped"
    assert worker(run, "resume", shared).wait(timeout=PATIENCE) == ExitCode.OK
    same_to_the_bit(finished, run)
    told = list(read_events(run.events_file))
    assert any(isinstance(event, PhaseEvent) and event.name == "paused" for event in told)


def test_a_stop_ends_training_at_once_and_saves_the_model(shared):
    run = create_run(shared / "runs", settings(shared / "faces", epochs=500, early_stopping=0))
    process = worker(run, "train", shared)
    wait_for(run, lambda es: any(isinstance(e, EpochEvent) for e in es))
    control.send(run, "stop")
    assert process.wait(timeout=PATIENCE) == ExitCode.STOPPED
    state = read_state(run)
    assert (state.state, state.asked) == ("stopped", "")
    assert state.epoch < 500
    assert run.model_file("A").exists()
    assert run.history_file.exists()


def test_faces_of_one_gender_end_in_one_sentence_and_the_data_exit_code(shared):
    faces = draw_faces(shared / "men", 20, genders=(0,))
    run = create_run(shared / "runs", settings(faces))
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.DATA
    state = read_state(run)
    assert state.state == "failed"
    assert state.text.endswith("all 20 faces have gender 0, so gender cannot be learnt; add faces of the other")  # fmt: skip # noqa: E501


def test_a_run_after_exclusions_uses_exactly_the_rest_and_says_so(shared, tmp_path):
    faces = draw_faces(tmp_path / "faces", 40)
    names = sorted(path.name for path in faces.iterdir())
    gone, corrected = names[3::7], names[0]
    curator = Curator(faces)
    curator.exclude(gone)
    curator.correct(corrected, Label(77, 1, None))
    run = create_run(tmp_path / "runs", settings(faces, epochs=1))
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.OK, (
        run.log_file.read_text()
    )

    rows = {row["file"]: row for row in csv.DictReader(run.split_file.open())}
    assert sorted(rows) == sorted(set(names) - set(gone))
    assert (rows[corrected]["age"], rows[corrected]["gender"]) == ("77", "1")
    predicted = {row["file"] for row in csv.DictReader(run.predictions_file.open())}
    assert predicted == {name for name, row in rows.items() if row["part"] == "validation"}
    said = f"{len(gone)} excluded, 1 with a corrected label by {curator.now.file}"
    told = [event.text for event in read_events(run.events_file) if hasattr(event, "text")]
    assert said in told
    assert f"{len(rows) - 7} faces to train on, 7 to validate" in told
    assert json.loads(run.environment_file.read_text())["curation"] == said


def test_unreadable_files_are_left_out_and_named(shared):
    faces = draw_faces(shared / "some-broken", 40)
    (faces / "30_1_0_broken.png").write_bytes(b"rubbish")
    (faces / "nolabel.png").write_bytes(b"rubbish")
    run = create_run(shared / "runs", settings(faces, epochs=1))
    assert worker(run, "train", shared).wait(timeout=PATIENCE) == ExitCode.OK
    told = [getattr(e, "text", "") for e in read_events(run.events_file)]
    assert any("30_1_0_broken.png" in text and "not a picture" in text for text in told)
    assert any("nolabel.png" in text and "begin with an age" in text for text in told)
    assert "broken" not in run.split_file.read_text()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')",
         "tensorflow is not installed"),
        ("raise ImportError('libcudart.so.12: cannot open shared object file')",
         "libcudart.so.12: cannot open"),
    ],
)  # fmt: skip
def test_tensorflow_missing_or_broken_is_a_sentence_with_the_remedy(shared, tmp_path, body, says):
    (tmp_path / "fake" / "tensorflow").mkdir(parents=True)
    (tmp_path / "fake" / "tensorflow" / "__init__.py").write_text(body)
    run = create_run(shared / "runs", settings(shared / "faces"))
    process = worker(run, "train", shared, PYTHONPATH=str(tmp_path / "fake"))
    assert process.wait(timeout=PATIENCE) == ExitCode.ENVIRONMENT
    assert says in read_state(run).text
    assert "\n" not in read_state(run).text


def test_a_run_that_is_worked_on_is_not_worked_on_twice(shared, finished):
    run = create_run(shared / "runs", settings(shared / "faces", epochs=500, early_stopping=0))
    first = worker(run, "train", shared)
    try:
        wait_for(run, lambda es: any(isinstance(e, RunEvent) for e in es))
        assert worker(run, "resume", shared).wait(timeout=PATIENCE) == ExitCode.RUN
        assert first.poll() is None
    finally:
        first.kill()
        first.wait()


def test_the_second_run_on_a_device_waits_and_starts_when_the_first_dies(shared):
    runs = [create_run(shared / "runs", settings(shared / "faces", epochs=n)) for n in (500, 1)]
    first = worker(runs[0], "train", shared)
    try:
        wait_for(runs[0], lambda es: any(isinstance(e, BatchEvent) for e in es))
        second = worker(runs[1], "train", shared)
        wait_for(runs[1], lambda es: any(isinstance(e, PhaseEvent) and e.name == "queued" for e in es))  # fmt: skip # noqa: E501
        assert read_state(runs[1]).state == "queued"
    finally:
        first.kill()
        first.wait()
    assert second.wait(timeout=PATIENCE) == ExitCode.OK
