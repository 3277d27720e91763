"""A finished run gives back the disk that its checkpoints take; any other keeps them."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import RunError, StorageError
from trainer.runs.freeing import delete_checkpoints, free
from trainer.runs.layout import RunDir
from trainer.runs.resuming import has_checkpoint
from trainer.training import checkpoint
from trainer.training.checkpoint import Checkpoint
from trainer.training.schedule import Schedule

MakeRun = Callable[..., RunDir]
SIZE = 14 + 100 + 50


def with_checkpoints(run: RunDir) -> RunDir:
    (run.checkpoints / "000003-000000").mkdir(parents=True)
    (run.checkpoints / "000003-000000" / "arrays.npz").write_bytes(b"a" * 100)
    (run.checkpoints / "best-000001.npz").write_bytes(b"b" * 50)
    (run.checkpoints / "latest").write_text("000003-000000\n")
    run.model_file("A").write_bytes(b"model")
    return run


def contents(run: RunDir) -> dict[str, bytes]:
    files = (path for path in run.path.rglob("*") if path.is_file())
    return {str(path.relative_to(run.path)): path.read_bytes() for path in files}


def test_of_a_finished_run_the_checkpoints_go_and_nothing_else(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    assert free(with_checkpoints(run)) == SIZE
    left = contents(run)
    assert free(with_checkpoints(run)) == SIZE
    assert contents(run) == left
    assert {"age_gender_A.keras", "config.toml", "events.jsonl"} <= set(left)
    assert list(run.checkpoints.iterdir()) == []
    assert not has_checkpoint(run)
    assert free(run) == 0


def test_all_that_training_writes_there_goes(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    run.model_file("A").write_bytes(b"model")
    for epoch in (1, 2):
        best = checkpoint.save_best(run.checkpoints, epoch, {"0000": np.arange(3.0)})
        arrays = {"model/0000": np.zeros(2)}
        saved = Checkpoint(epoch, 0, Schedule(1e-3), [], arrays, best, 1.0)
        checkpoint.save(run.checkpoints, saved, RunConfig())
    (run.checkpoints / ".000003-000000.7.tmp").mkdir()  # of a worker that was killed
    assert free(run) > 0
    assert list(run.checkpoints.iterdir()) == []


@pytest.mark.parametrize("state", ["training", "paused", "stopped", "failed"])
def test_one_that_may_go_on_keeps_them(tmp_path: Path, make_run: MakeRun, state: str) -> None:
    run = with_checkpoints(make_run(tmp_path, state=state))
    with pytest.raises(RunError, match=f"{run.id} is {state}, and its checkpoints are what it go"):
        free(run)
    assert has_checkpoint(run)


def test_where_it_is_cut_off_no_checkpoint_claims_to_be_whole(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = with_checkpoints(make_run(tmp_path))

    def cut_off(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", cut_off)
    with pytest.raises(KeyboardInterrupt):
        free(run)
    assert not has_checkpoint(run)
    assert not (run.checkpoints / "000003-000000").exists()
    monkeypatch.undo()
    free(run)
    assert list(run.checkpoints.iterdir()) == []


def test_what_cannot_be_deleted_is_named_when_all_else_is(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = with_checkpoints(make_run(tmp_path))

    def busy(_: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr("shutil.rmtree", busy)
    with pytest.raises(StorageError, match=r"000003-000000: cannot be deleted \(Device or reso"):
        free(run)
    assert not (run.checkpoints / "best-000001.npz").exists()


def test_what_another_deletes_meanwhile_is_no_fault(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = with_checkpoints(make_run(tmp_path))
    there = Path.unlink

    def gone(path: Path) -> None:
        there(path)
        raise FileNotFoundError(errno.ENOENT, "gone")

    monkeypatch.setattr(Path, "unlink", gone)
    assert free(run) == 100


def test_the_last_weights_of_a_run_whose_model_is_gone_stay(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = with_checkpoints(make_run(tmp_path))
    run.model_file("A").unlink()
    with pytest.raises(RunError, match="has no model any more"):
        free(run)
    assert has_checkpoint(run)


def test_folders_that_lie_elsewhere_are_not_followed(tmp_path: Path, make_run: MakeRun) -> None:
    run = with_checkpoints(make_run(tmp_path / "runs"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    (run.checkpoints / "000004-000000").symlink_to(elsewhere)
    (run.checkpoints / "mine.txt").write_text("of the user")
    delete_checkpoints(run)
    assert (elsewhere / "kept").exists()
    assert [path.name for path in run.checkpoints.iterdir()] == ["mine.txt"]
