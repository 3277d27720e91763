import pytest

from trainer.errors import ConfigError
from trainer.sharing.targets import check_target


def refused(target, ending=".keras"):
    with pytest.raises(ConfigError) as error:
        check_target(target, ending, (".json", ".md"))
    return str(error.value)


def test_a_new_file_and_one_that_is_replaced_whole_are_fine(tmp_path):
    check_target(tmp_path / "a.keras", ".keras", (".json", ".md"))
    for name in ("a.keras", "a.json", "a.md"):
        (tmp_path / name).touch()
    check_target(tmp_path / "a.keras", ".keras", (".json", ".md"))


def test_another_ending_is_refused(tmp_path):
    assert "a.h5: give a file that ends in .part.h5" in refused(tmp_path / "a.h5", ".part.h5")


def test_a_runs_folder_is_refused(make_run, tmp_path):
    run = make_run(tmp_path)
    assert "lies in a run's folder; name another place" in refused(run.model_file("A"))


def test_what_belongs_to_something_else_is_not_replaced(tmp_path):
    (tmp_path / "README.md").touch()
    assert "README.md: is there already and would be" in refused(tmp_path / "README.keras")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "b.keras").touch()
    assert "b.json: is there already and would be" in refused(tmp_path / "b.keras")
