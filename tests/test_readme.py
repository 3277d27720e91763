"""The README says what the program does."""

import re
from pathlib import Path

import pytest

from agegender_tui import cli
from agegender_tui.exit_status import HUNG_UP, INTERRUPTED
from trainer.errors import ExitCode
from trainer.presets import PRESETS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_exit_code_is_in_the_table():
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert table == {int(code) for code in ExitCode} | {HUNG_UP, INTERRUPTED}


def test_every_preset_is_in_the_table():
    assert set(
        re.findall(r"^\| `([\w-]+)` \| (?:custom|the same|VGG16|as B)", README, re.M)
    ) == set(PRESETS)


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_has_an_example(command):
    assert f"agegender-tui {command}" in README


def test_every_picture_and_page_that_is_linked_exists():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target
