"""Which versions of other packages the program works with, as its own metadata has them.

Needs none of these packages: `packaging` comes with TensorFlow, which may be what is missing.
"""

from __future__ import annotations

import re
from importlib import metadata

from trainer.errors import REINSTALL

DISTRIBUTION = "agegender-tui"
_BOUND = re.compile(r"(>=|<)\s*(\d+(?:\.\d+)*)")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")


def bounds(package: str) -> str:
    """Like `<6,>=5.3.2`; '' for a package that is not needed, and where the program runs without
    being installed."""
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return ""
    # Those of an extra, which may be wider, have a marker.
    lines = (re.fullmatch(r"([\w.-]+)\s*([<>=\d.,\s]*)", line) for line in required)
    return next((line[2] for line in lines if line and line[1] == package), "")


def within(version: str, wanted: str) -> bool:
    """Whether a version is inside of bounds of `>=` and `<`. Of `5.0rc1` the `5.0` counts, so that
    it is not below 5."""
    return all(
        (_numbers(version) >= _numbers(bound)) == (relation == ">=")
        for relation, bound in _BOUND.findall(wanted)
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Of `4.10.0`, (4, 10): zeros at the end make no difference."""
    found = _RELEASE.match(version)
    return tuple(map(int, re.sub(r"(\.0+)+$", "", found[0]).split("."))) if found else ()


def install(package: str, called: str = "") -> str:
    """The words on how to get a version that works, of another build if `called` names that."""
    wanted = bounds(package)
    if not wanted:
        return REINSTALL
    return f"run `pip install '{called or package}{wanted}'` in this environment"
