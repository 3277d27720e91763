import sys

import pytest

from trainer.training.importing import without_scikit_learn


def test_what_is_loaded_already_stays_as_it_is(monkeypatch):
    there = object()
    monkeypatch.setitem(sys.modules, "sklearn", there)
    with without_scikit_learn():
        assert sys.modules["sklearn"] is there
    assert sys.modules["sklearn"] is there


def test_it_is_found_again_after_an_import_that_failed(monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    with pytest.raises(OSError), without_scikit_learn():
        assert sys.modules["sklearn"] is None
        raise OSError
    assert "sklearn" not in sys.modules
