from pathlib import Path

import pytest

from trainer.data import sample
from trainer.data.sample import sample_folder
from trainer.errors import DataError


def test_a_checkout_has_its_faces_in_the_data_folder() -> None:
    folder = sample_folder()
    assert folder.is_dir()
    assert any(folder.glob("*.jpg"))


def test_the_installed_package_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed, checkout = tmp_path / "installed", tmp_path / "checkout"
    for folder in (installed, checkout):
        folder.mkdir()
        (folder / "23_1_0_20170116174525125.jpg").write_bytes(b"face")
    monkeypatch.setattr(sample, "INSTALLED", installed)
    monkeypatch.setattr(sample, "CHECKOUT", checkout)
    assert sample_folder() == installed


def test_an_empty_folder_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "23_1_0_20170116174525125.jpg").write_bytes(b"face")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(sample, "INSTALLED", tmp_path / "empty")
    monkeypatch.setattr(sample, "CHECKOUT", checkout)
    assert sample_folder() == checkout


def test_without_faces_the_error_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sample, "INSTALLED", tmp_path / "a")
    monkeypatch.setattr(sample, "CHECKOUT", tmp_path / "b")
    with pytest.raises(DataError, match=r"python -m trainer\.data\.sample_faces"):
        sample_folder()
