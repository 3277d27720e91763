import dataclasses
import errno
import json
import os
import shutil

import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import RunError, StorageError
from trainer.training import checkpoint
from trainer.training.checkpoint import Checkpoint
from trainer.training.schedule import Schedule

CONFIG = RunConfig()


def make(epoch, step=0, best_file="", value=0.0):
    return Checkpoint(
        epoch=epoch,
        step=step,
        schedule=Schedule(1e-3).advance(1, 2.0, CONFIG),
        history=[{"epoch": 1, "train": {"loss": 1.25}}],
        arrays={
            "model/0000": np.full((2, 3), value, "float32"),
            "seed": np.array([1, 2], "uint32"),
        },
        best_file=best_file,
        elapsed=1.5,
    )


def test_what_was_saved_comes_back_whole(tmp_path):
    best = checkpoint.save_best(tmp_path, 1, {"0000": np.arange(3.0)})
    saved = make(2, 7, best, value=0.1)
    checkpoint.save(tmp_path, saved, CONFIG)
    loaded = checkpoint.latest(tmp_path, CONFIG)
    assert (loaded.epoch, loaded.step, loaded.elapsed) == (2, 7, 1.5)
    assert loaded.schedule == saved.schedule
    assert loaded.history == saved.history
    for name, array in saved.arrays.items():
        assert loaded.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded.arrays[name], array)
    np.testing.assert_array_equal(checkpoint.load_best(tmp_path, best)["0000"], np.arange(3.0))


def test_a_run_without_checkpoints_has_no_latest(tmp_path):
    assert checkpoint.latest(tmp_path / "absent", CONFIG) is None


def test_two_are_kept_and_unused_best_weights_go(tmp_path):
    for epoch in range(1, 6):
        best = checkpoint.save_best(tmp_path, epoch, {"0000": np.zeros(1)})
        checkpoint.save(tmp_path, make(epoch, best_file=best), CONFIG)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "000004-000000",
        "000005-000000",
        "best-000004.npz",
        "best-000005.npz",
        "latest",
    ]


def test_a_damaged_checkpoint_falls_back_on_the_one_before_with_a_warning(tmp_path):
    checkpoint.save(tmp_path, make(1, value=1.0), CONFIG)
    newest = checkpoint.save(tmp_path, make(2, value=2.0), CONFIG)
    content = (newest / "arrays.npz").read_bytes()
    (newest / "arrays.npz").write_bytes(content[: len(content) // 2])
    warned = []
    assert checkpoint.latest(tmp_path, CONFIG, warned.append).epoch == 1
    (text,) = warned
    assert text.startswith(
        "damaged checkpoint passed over, going on from 000001-000000 (000002-000000: "
    )


def test_beside_a_new_one_that_which_was_gone_on_from_is_kept(tmp_path):
    whole = checkpoint.save(tmp_path, make(1), CONFIG)
    damaged = checkpoint.save(tmp_path, make(2), CONFIG)
    new = checkpoint.save(tmp_path, make(1, 5), CONFIG, before=whole.name)
    assert sorted(tmp_path.glob("0*")) == [whole, new]
    assert not damaged.exists()


def test_of_whole_checkpoints_no_warning_is_given(tmp_path):
    for epoch in (1, 2):
        checkpoint.save(tmp_path, make(epoch), CONFIG)
    assert checkpoint.latest(tmp_path, CONFIG, pytest.fail).epoch == 2


def of_another_kind(name, value):
    def damage(content):
        return json.dumps(json.loads(content) | {name: value}).encode()

    return damage


def encrypted(content):
    """Each file of the archive said to be so, in the directory at the end."""
    parts = content.split(b"PK\x01\x02")
    return b"PK\x01\x02".join([parts[0], *(p[:4] + b"\x01" + p[5:] for p in parts[1:])])


def packed_unknown(content):
    parts = content.split(b"PK\x01\x02")
    return b"PK\x01\x02".join([parts[0], *(p[:6] + b"\x63" + p[7:] for p in parts[1:])])


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("arrays.npz", lambda _: b""),
        ("arrays.npz", encrypted),
        ("arrays.npz", packed_unknown),
        ("arrays.npz", lambda content: content.replace(b"{'descr'", b"{(descr'")),
        ("best-000002.npz", lambda _: b""),
        ("meta.json", lambda _: b"[" * 100_000),
        ("meta.json", lambda _: b"[]"),
        ("meta.json", of_another_kind("settings", [])),
        ("meta.json", of_another_kind("schedule", [])),
        ("meta.json", of_another_kind("history", [None])),
        ("meta.json", of_another_kind("halved", "once")),
        ("meta.json", of_another_kind("epoch", "2")),
        ("meta.json", of_another_kind("step", True)),
        ("meta.json", of_another_kind("faces", None)),
        ("meta.json", of_another_kind("elapsed", [])),
        ("meta.json", of_another_kind("history", {"epoch": 1})),
        ("meta.json", of_another_kind("best_file", 2)),
    ],
)
def test_whatever_is_damaged_the_one_before_is_resumed_and_training_goes_on(tmp_path, file, damage):
    checkpoint.save(tmp_path, make(1), CONFIG)
    best = checkpoint.save_best(tmp_path, 2, {"0000": np.zeros(1)})
    newest = checkpoint.save(tmp_path, make(2, best_file=best), CONFIG)
    path = tmp_path / file if file == best else newest / file
    path.write_bytes(damage(path.read_bytes()))
    assert checkpoint.latest(tmp_path, CONFIG).epoch == 1
    checkpoint.save(tmp_path, make(1, 5), CONFIG)
    assert checkpoint.latest(tmp_path, CONFIG).step == 5


def test_memory_that_runs_out_is_not_taken_for_damage(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, make(1), CONFIG)

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(np, "load", full)
    with pytest.raises(MemoryError):
        checkpoint.latest(tmp_path, CONFIG)


def test_when_all_are_damaged_the_error_says_so(tmp_path):
    path = checkpoint.save(tmp_path, make(1), CONFIG)
    (path / "meta.json").write_text("{")
    with pytest.raises(RunError, match="no checkpoint can be read"):
        checkpoint.latest(tmp_path, CONFIG)


def test_a_torn_write_is_never_taken_for_a_checkpoint(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, make(1), CONFIG)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match="disk is full"):
        checkpoint.save(tmp_path, make(2), CONFIG)
    assert checkpoint.latest(tmp_path, CONFIG).epoch == 1
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_run_that_was_deleted_is_not_made_again(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    checkpoint.save(run / "checkpoints", make(1), CONFIG)
    shutil.rmtree(run)
    with pytest.raises(StorageError, match="its folder is gone, moved or deleted"):
        checkpoint.save(run / "checkpoints", make(2), CONFIG)
    assert not run.exists()


def test_what_a_killed_process_of_the_same_id_left_is_no_obstacle(tmp_path):
    left = tmp_path / f".000002-000000.{os.getpid()}.tmp"
    left.mkdir()
    (left / "other").write_bytes(b"half")
    saved = checkpoint.save(tmp_path, make(2), CONFIG)
    assert sorted(path.name for path in saved.iterdir()) == ["arrays.npz", "meta.json"]
    assert checkpoint.latest(tmp_path, CONFIG).epoch == 2
    assert not left.exists()


def test_other_settings_are_refused(tmp_path):
    checkpoint.save(tmp_path, make(1), CONFIG)
    with pytest.raises(RunError, match=r"made with l2 0\.0001, but config\.toml says 0\.01"):
        checkpoint.latest(tmp_path, CONFIG.replace(l2=0.01))


def test_a_newer_version_is_refused_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "VERSION", 2)
    checkpoint.save(tmp_path, make(1), CONFIG)
    monkeypatch.setattr(checkpoint, "VERSION", 1)
    with pytest.raises(RunError, match="upgrade"):
        checkpoint.latest(tmp_path, CONFIG)


@pytest.mark.parametrize("name", ["stretch", "mirror"])
def test_what_is_done_once_training_is_over_may_change(tmp_path, name):
    plain = CONFIG.replace(age_head="distribution")
    checkpoint.save(tmp_path, make(1), plain)
    assert checkpoint.latest(tmp_path, plain.replace(**{name: True})).epoch == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", "/faces/moved"),
        ("weights", "/weights/moved.h5"),
        ("label", "another"),
        ("group", "another"),
        ("study", "another"),
        ("checkpoint_seconds", 5.0),
        ("feature_gigabytes", 20.0),
    ],
)
def test_what_no_step_depends_on_or_is_known_otherwise_may_change(tmp_path, name, value):
    config = RunConfig(model="B", data="/faces", weights="/weights/vgg16.h5")
    checkpoint.save(tmp_path, dataclasses.replace(make(2), pretrained="5eed"), config)
    assert checkpoint.latest(tmp_path, config.replace(**{name: value})).epoch == 2


def test_one_that_does_not_know_its_weights_is_not_resumed_with_others(tmp_path):
    config = RunConfig(model="B", weights="/weights/vgg16.h5")
    checkpoint.save(tmp_path, make(2), config)
    with pytest.raises(RunError, match=r"made with weights /weights/vgg16\.h5, but"):
        checkpoint.latest(tmp_path, config.replace(weights="/weights/other.h5"))


def test_one_made_before_there_were_folds_is_resumed(tmp_path):
    meta_file = checkpoint.save(tmp_path, make(3), CONFIG) / "meta.json"
    meta = json.loads(meta_file.read_text())
    for name in ("group", "study", "folds", "fold", "keep_copies_together"):
        del meta["settings"][name]
    meta_file.write_text(json.dumps(meta))
    assert checkpoint.latest(tmp_path, CONFIG).epoch == 3
    with pytest.raises(RunError, match=r"made with folds 0, but config\.toml says 5"):
        checkpoint.latest(tmp_path, CONFIG.replace(folds=5, fold=1))
