import shutil

import pytest

from trainer.sharing import bundled
from trainer.sharing.bundled import bundled_part, joined_folder, ready_models


@pytest.fixture
def checkout():
    bundled.CHECKOUT.mkdir(parents=True)
    return bundled.CHECKOUT


def test_bundled_models_come_before_joined_ones(checkout, isolated, monkeypatch):
    monkeypatch.setenv("AGEGENDER_MODELS", str(isolated / "mine"))
    joined_folder().mkdir()
    for file in (checkout / "a.keras", checkout / ".half.keras", joined_folder() / "b.keras"):
        file.touch()
    assert list(ready_models()) == [checkout / "a.keras", isolated / "mine" / "b.keras"]


def test_the_installed_models_stand_before_those_of_a_checkout(checkout):
    (checkout / "a.keras").touch()
    shutil.copytree(checkout, bundled.INSTALLED)
    assert list(ready_models()) == [bundled.INSTALLED / "a.keras"]


def test_without_any_there_is_none():
    assert list(ready_models()) == []
    assert bundled_part() is None


def test_a_trained_part_is_found_and_is_no_model(checkout):
    (checkout / "b.part.h5").touch()
    assert bundled_part() == checkout / "b.part.h5"
    assert list(ready_models()) == []


def test_a_folder_that_cannot_be_read_has_none(checkout, monkeypatch):
    (checkout / "a.keras").touch()
    (checkout / "folder.keras").mkdir()
    for place in ("~nobody-of-that-name/models", "x" * 300, str(checkout / "a.keras")):
        monkeypatch.setenv("AGEGENDER_MODELS", place)
        assert list(ready_models()) == [checkout / "a.keras"]
