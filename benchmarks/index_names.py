"""Indexing 24,000 UTKFace-like names."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from benchmarks.report import Row
from trainer.data.index import build_index


def rows() -> list[Row]:
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(24_000):
            name = f"{draw.randint(1, 90)}_{draw.randint(0, 1)}_{draw.randint(0, 4)}_2017{n:013d}"
            (Path(folder) / f"{name}.jpg.chip.jpg").touch()
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            index = build_index(Path(folder))
            _ = index.key
            seconds.append(time.perf_counter() - began)
        if len(index.files) != 24_000:
            raise RuntimeError("the index is not whole")
    return [Row("index of 24,000 file names", sorted(seconds)[2], "s", 0.3, at_least=False)]
