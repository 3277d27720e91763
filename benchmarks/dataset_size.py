"""The Data screen in a pseudo-terminal on 5,000, 24,000 and 500,000 faces: opening, filtering,
paging, and memory beside that of the bare index. The names are made up; the files are links to the
sample faces. Makes half a million links, which takes a minute."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.report import Row
from benchmarks.terminal import Terminal, dashboard
from trainer.data.sample import sample_folder

COUNTS = (5_000, 24_000, 500_000)
MEGABYTE = 1 << 20
PAGE_DOWN = "\x1b[6~"
FILTER = "age>=20 age<30 gender=female"
_INDEX_ALONE = """
import gc, sys
from pathlib import Path
import psutil
from trainer.data.index import build_index
before = psutil.Process().memory_info().rss
index = build_index(Path(sys.argv[1]))
gc.collect()
print(psutil.Process().memory_info().rss - before)
"""


def make(folder: Path, count: int) -> None:
    """`count` names of faces in folders of 10,000."""
    draw = random.Random(1)
    sources = sorted(sample_folder().glob("*.jpg"))
    near = folder / "sources"  # links do not reach across file systems
    near.mkdir(parents=True)
    linked = []
    for path in sources:
        copy = near / f".{path.name}"
        copy.write_bytes(path.read_bytes())
        linked.append(copy)
    for n in range(count):
        if n % 10_000 == 0:
            part = folder / f"{n // 10_000:03d}"
            part.mkdir()
        age, gender, race = draw.randint(1, 90), draw.randint(0, 1), draw.randint(0, 4)
        os.link(linked[n % len(linked)], part / f"{age}_{gender}_{race}_2017{n:013d}.jpg")


def index_bytes(folder: Path) -> int:
    """What a process grows by when it indexes the folder."""
    done = subprocess.run(
        [sys.executable, "-c", _INDEX_ALONE, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


class Visit:
    """One dashboard on one folder."""

    def __init__(self, folder: Path, count: int, runs: Path) -> None:
        self.all = f" of {count:,}"
        self.terminal = Terminal(
            dashboard("--runs", str(runs), "--data", str(folder)), 80, 24,
            {"AGEGENDER_PICTURES": "blocks"},
        )  # fmt: skip
        self.terminal.seen(lambda text: "no run yet" in text)
        time.sleep(0.5)

    def open(self) -> float:
        """Seconds from the key to the first faces in sight."""
        asked = self.terminal.press("3")
        seen = self.terminal.seen(lambda text: self.all in text and "▀▀▀▀" in text, timeout=120)
        return seen - asked

    def page(self, times: int) -> list[float]:
        """Seconds from each key to the next faces all drawn."""
        took = []
        for _ in range(times):
            before = self.head()
            asked = self.terminal.press(PAGE_DOWN)
            seen = self.terminal.seen(lambda _, before=before: self._new_page(before))
            took.append(seen - asked)
            time.sleep(0.05)
        return took

    def _new_page(self, before: str) -> bool:
        lines = self.terminal.text().splitlines()
        return lines[0] != before and lines[1].count("▀") > 60

    def head(self) -> str:
        return self.terminal.text().splitlines()[0]

    def filter(self) -> float:
        """Seconds from the last key of a filter to the faces that fit."""
        self.terminal.press("/")
        self.terminal.seen(lambda text: "enter keeps it" in text)
        self.terminal.press(FILTER[:-1])
        time.sleep(3.0)
        self.terminal.press(FILTER[-1])
        asked = self.terminal.press("\r")
        return self.terminal.seen(lambda text: "esc clears" in text, timeout=30) - asked

    def memory(self) -> float:
        return psutil.Process(self.terminal.process.pid).memory_info().rss / MEGABYTE


def visit(folder: Path, count: int, runs: Path) -> dict[str, float]:
    """All figures of one size."""
    alone = index_bytes(folder) / MEGABYTE
    shown = Visit(folder, count, runs)
    try:
        before = shown.memory()
        opened = shown.open()
        time.sleep(4.0 if count > 100_000 else 2.0)  # the split and the numbers are counted behind
        after_open = shown.memory()
        pages = shown.page(30)
        after_pages = shown.memory()
        filtered = shown.filter()
        return {
            "open": opened,
            "page": statistics.median(pages),
            "page worst": statistics.quantiles(pages, n=20)[-1],
            "filter": filtered,
            "before": before,
            "opened": after_open,
            "paged": after_pages,
            "index": alone,
        }
    finally:
        shown.terminal.close()


BUDGETS = {5_000: (0.5, 0.4), 24_000: (0.5, 0.4), 500_000: (10.0, 0.4)}


def rows() -> list[Row]:
    made: list[Row] = []
    with tempfile.TemporaryDirectory() as base:
        runs = Path(base) / "runs"
        runs.mkdir()
        first = 0.0
        for count in COUNTS:
            folder = Path(base) / str(count)
            make(folder, count)
            figures = visit(folder, count, runs)
            first = first or figures["opened"] - figures["index"]
            made += _rows(count, figures, first)
    return made


def _rows(count: int, figures: dict[str, float], beside: float) -> list[Row]:
    to_open, to_page = BUDGETS[count]
    grown = figures["opened"] - beside
    return [
        Row(f"{count:,} faces opened", figures["open"], "s", to_open, at_least=False),
        Row(
            f"{count:,} faces: next page drawn, p95", figures["page worst"], "s", to_page,
            at_least=False, detail=f"median {figures['page']:.3f} s of 30 pages",
        ),
        Row(f"{count:,} faces filtered", figures["filter"], "s", 1.0, at_least=False),
        Row(
            f"{count:,} faces: memory beyond the smallest screen, as a share of the bare index",
            grown / figures["index"], "×", 1.5, at_least=False,
            detail=f"{figures['before']:.0f} MB before, {figures['opened']:.0f} open, "
            f"{figures['paged']:.0f} after 30 pages; the bare index {figures['index']:.0f} MB",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in rows():
        print(row.line(), flush=True)
