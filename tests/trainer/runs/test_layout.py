import os
import shutil
from pathlib import Path

import pytest

from trainer.config import RunConfig
from trainer.errors import RunError, StorageError
from trainer.runs import layout
from trainer.runs.layout import (
    RUN_ID,
    create_run,
    new_run_id,
    open_run,
    run_ids,
    runs_root,
    short_name,
)


def test_a_new_run_holds_its_settings_and_folders_before_any_worker(tmp_path):
    config = RunConfig(data="/faces", label="first")
    run = create_run(tmp_path / "runs", config)
    assert RUN_ID.fullmatch(run.id)
    assert run.config() == config
    assert run.label() == "first"
    assert run.control.is_dir()
    assert run.checkpoints.is_dir()


def test_a_taken_name_is_not_used_twice(tmp_path, monkeypatch):
    drawn = iter(["20261123-201500-A-aaaa", "20261123-201500-A-aaaa", "20261123-201500-A-bbbb"])
    monkeypatch.setattr(layout, "new_run_id", lambda model: next(drawn))
    ids = [create_run(tmp_path, RunConfig()).id for _ in range(2)]
    assert ids == ["20261123-201500-A-aaaa", "20261123-201500-A-bbbb"]


def test_ids_sort_by_start_time():
    assert new_run_id("A", now=1_795_000_000) < new_run_id("A", now=1_795_000_001)


def test_a_file_in_the_place_of_the_runs_folder_is_a_sentence(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StorageError, match="choose another runs folder with --runs"):
        create_run(tmp_path / "runs", RunConfig())
    with pytest.raises(RunError, match="is no folder, or lies in none; choose another with --runs"):
        run_ids(tmp_path / "runs")


def test_the_folder_of_runs_is_the_chosen_one_then_the_environments(tmp_path, monkeypatch):
    monkeypatch.setenv("AGEGENDER_RUNS", "/elsewhere")
    assert str(runs_root("/chosen")) == "/chosen"
    assert str(runs_root()) == "/elsewhere"
    monkeypatch.delenv("AGEGENDER_RUNS")
    monkeypatch.chdir(tmp_path)
    assert runs_root() == tmp_path / "runs"


def test_only_folders_with_an_id_are_runs(make_run, tmp_path):
    run = make_run(tmp_path)
    (tmp_path / "trash").mkdir()
    (tmp_path / ".20261123-000000-A-zzzz").mkdir()
    (tmp_path / "20261123-000000-A-zzzz").write_text("a file")
    assert run_ids(tmp_path) == [run.id]


class TestOpening:
    @pytest.fixture(autouse=True)
    def two_runs(self, make_run, tmp_path):
        self.first = make_run(tmp_path, name="20261123-201500-A-k3f9")
        self.second = make_run(tmp_path, name="20261123-201501-A-m4g2")

    @pytest.mark.parametrize("name", ["20261123-201500-A-k3f9", "k3f9", "20261123-201500"])
    def test_by_id_and_by_its_ends(self, tmp_path, name):
        assert open_run(tmp_path, name).id == self.first.id

    def test_the_last_one(self, tmp_path):
        assert open_run(tmp_path, "last").id == self.second.id

    @pytest.mark.parametrize("first", ["20261123-201501-A-zzzz", "20261124-211500-A-aaaa"])
    def test_the_last_one_is_that_started_last_whatever_ids_of_a_second_or_a_zone_say(
        self, make_run, tmp_path, first
    ):
        make_run(tmp_path, name=first, created=1.0)
        assert open_run(tmp_path, "last").id == self.second.id

    def test_by_path_from_anywhere(self, tmp_path, monkeypatch):
        monkeypatch.chdir(self.first.path)
        assert open_run(tmp_path / "no", str(self.second.path)).path == self.second.path
        assert open_run(tmp_path / "no", ".").path == self.first.path

    @pytest.mark.parametrize("name", ["", " "])
    def test_an_empty_name_is_not_the_only_run(self, tmp_path, name):
        shutil.rmtree(self.second.path)
        with pytest.raises(RunError, match="name of the run is empty"):
            open_run(tmp_path, name)

    def test_a_part_that_fits_both_is_refused(self, tmp_path):
        with pytest.raises(RunError, match="'20261123' fits 2 runs"):
            open_run(tmp_path, "20261123")

    @pytest.mark.parametrize("name", ["zzzz", "~nobody-of-this-name", "x" * 5000])
    def test_an_unknown_name_says_where_it_was_looked_for(self, tmp_path, name):
        with pytest.raises(RunError, match=r"no run '.*agegender-tui runs"):
            open_run(tmp_path, name)

    def test_a_name_cannot_drive_the_terminal(self, tmp_path):
        with pytest.raises(RunError) as refused:
            open_run(tmp_path, "\x1b[2J")
        assert "\x1b" not in str(refused.value)

    def test_a_half_written_run_named_by_path_says_so(self, tmp_path):
        self.first.config_file.unlink()
        with pytest.raises(RunError, match=r"no config\.toml, so it is not a whole run"):
            open_run(tmp_path, str(self.first.path)).config()


def test_settings_of_a_newer_version_are_a_fault_of_the_run(make_run, tmp_path):
    run = make_run(tmp_path)
    with open(run.config_file, "a") as file:
        file.write("wings = 2\n")
    with pytest.raises(RunError, match=r"unknown setting 'wings'.*newer version wrote the run"):
        run.config()


def test_a_label_can_be_changed_and_stays_one_line(make_run, tmp_path):
    run = make_run(tmp_path, label="old")
    assert run.label() == "old"
    run.set_label(" new\n label ")
    assert run.label() == "new label"
    run.label_file.write_bytes(b"\xff")
    assert run.label() == "old"


def test_a_folder_that_may_not_be_read_is_a_sentence(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(RunError, match="no permission to read"):
        run_ids(tmp_path)


def test_settings_that_may_not_be_read_are_a_sentence(make_run, tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    run = make_run(tmp_path)
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(RunError, match=r"config\.toml: cannot be read \(Permission denied\)"):
        run.config()


def test_a_folder_of_runs_behind_a_link_to_itself_is_a_sentence(tmp_path):
    (tmp_path / "runs").symlink_to(tmp_path / "runs")
    with pytest.raises(RunError, match="choose another with --runs"):
        run_ids(tmp_path / "runs")


def test_runs_are_named_short_and_files_as_they_are():
    assert short_name("20261123-201500-A-k3f9") == "A k3f9"
    assert short_name("their\x1bmodel") == "their\\x1bmodel"
