"""A finished run gives back the disk that its checkpoints take; any other keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.errors import RunError
from trainer.runs.freeing import delete_checkpoints, free
from trainer.runs.layout import RunDir
from trainer.runs.resuming import has_checkpoint

MakeRun = Callable[..., RunDir]
SIZE = 14 + 100 + 50


def with_checkpoints(run: RunDir) -> RunDir:
    (run.checkpoints / "000003-000000").mkdir(parents=True)
    (run.checkpoints / "000003-000000" / "arrays.npz").write_bytes(b"a" * 100)
    (run.checkpoints / "best-000001.npz").write_bytes(b"b" * 50)
    (run.checkpoints / "latest").write_text("000003-000000\n")
    return run


def contents(run: RunDir) -> dict[str, bytes]:
    files = (path for path in run.path.rglob("*") if path.is_file())
    return {str(path.relative_to(run.path)): path.read_bytes() for path in files}


def test_of_a_finished_run_the_checkpoints_go_and_nothing_else(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    (run.checkpoints / "latest").unlink()
    before = contents(run)
    assert free(with_checkpoints(run)) == SIZE
    assert contents(run) == before
    assert not has_checkpoint(run)
    assert free(run) == 0


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


def test_folders_that_lie_elsewhere_are_not_followed(tmp_path: Path, make_run: MakeRun) -> None:
    run = with_checkpoints(make_run(tmp_path / "runs"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    (run.checkpoints / "link").symlink_to(elsewhere)
    delete_checkpoints(run)
    assert (elsewhere / "kept").exists()
    assert list(run.checkpoints.iterdir()) == []
