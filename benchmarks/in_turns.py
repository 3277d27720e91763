"""Speeds of several ways to do one thing, measured in turns, so that all meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def images_a_second(
    variants: dict[str, Callable[[], None]], batch: int, *, rounds: int, steps: int
) -> dict[str, float]:
    """The median rate of each over `rounds` turns of `steps` steps of `batch` images."""
    for step in variants.values():
        step()
    found: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, step in variants.items():
            step()  # what the last variant left running ends in here
            began = time.perf_counter()
            for _ in range(steps):
                step()
            found[name].append(steps * batch / (time.perf_counter() - began))
    return {name: statistics.median(rates) for name, rates in found.items()}
