from pathlib import Path

import pytest

from agegender_tui.widgets.path_input import complete_path
from trainer.user_path import user_path


def test_home_folders_are_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert user_path("~/faces") == Path("/home/someone/faces")
    assert user_path("faces/~") == Path("faces/~")


@pytest.mark.parametrize("typed", ["~no-such-user/faces", "~no-such-user"])
def test_the_name_of_no_user_stays_as_it_is(typed):
    assert user_path(typed) == Path(typed)


def test_of_the_name_of_no_user_nothing_is_proposed():
    assert complete_path("~no-such-user/fac") is None
