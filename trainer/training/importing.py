"""Importing Keras without what it takes along."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_scikit_learn() -> Iterator[None]:
    """Keras imports scikit-learn where it is installed, for wrappers that nobody needs in a worker:
    a quarter of the time that its import takes. While this lasts it finds none."""
    modules: dict[str, Any] = sys.modules
    if "sklearn" in modules:
        yield
        return
    modules["sklearn"] = None
    try:
        yield
    finally:
        del modules["sklearn"]
