import re
from importlib import metadata

import pytest

from trainer import requirements
from trainer.errors import REINSTALL
from trainer.requirements import bounds, install, within


@pytest.mark.parametrize(
    ("version", "wanted", "works"),
    [
        ("5.3.2", "<6,>=5.3.2", True),
        ("5.10", "<6,>=5.3.2", True),
        ("5.3.1", "<6,>=5.3.2", False),
        ("6", "<6,>=5.3.2", False),
        ("6.0.0rc1", "<6,>=5.3.2", False),
        ("2.0", "<3,>=2.0.0", True),
        ("2.21.0+cpu", "<2.22,>=2.21", True),
        ("10.0", "<14,>=11", False),
        ("1.0", "", True),
    ],
)
def test_a_version_is_compared_by_its_numbers(version, wanted, works):
    assert within(version, wanted) is works


def test_the_bounds_are_those_of_the_program_itself_and_of_none_of_its_extras(monkeypatch):
    lines = ["tensorflow[and-cuda]<9; extra == 'cuda'", "tensorflow<2.22,>=2.21", "rich"]
    monkeypatch.setattr(requirements.metadata, "requires", lambda _: lines)
    assert bounds("tensorflow") == "<2.22,>=2.21"
    assert bounds("rich") == bounds("plotext") == ""


def test_every_bound_of_the_project_is_one_that_is_understood():
    needed = [line for line in metadata.requires("agegender-tui") or [] if "extra" not in line]
    for line in needed:
        name, wanted = re.fullmatch(r"([\w-]+)(\S*)", line).groups()
        assert bounds(name) == wanted
        assert re.fullmatch(r"<[\d.]+,>=[\d.]+", wanted)


def test_without_its_metadata_the_program_is_installed_anew(monkeypatch):
    def gone(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(requirements.metadata, "requires", gone)
    assert install("mtcnn") == REINSTALL
