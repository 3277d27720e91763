"""The Data screen in a pseudo-terminal on 5,000, 24,000 and 500,000 faces: opening, filtering,
paging, and memory beside that of the bare index. The names are made up; the files are links to the
sample faces, half a million of which take a minute to make.

    python -m benchmarks.dataset_size [COUNT …]     e.g. 1000000
"""

from __future__ import annotations

import argparse
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
FILTER = "gender=female age>=20 age<30"  # nothing fits before its last key
FIRST_SECONDS = 20e-6  # a name, and one second for all
AGAIN_SECONDS = 3e-6  # a name, and half a second for all
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


def preview(folder: Path) -> tuple[float, float]:
    """Seconds that `data preview` takes, and megabytes at most."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "agegender_tui", "data", "preview", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the preview ended with {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss * 1024 / MEGABYTE


class Visit:
    """One dashboard on one folder. Before anything is timed the screen is at rest."""

    def __init__(self, folder: Path, count: int, base: Path) -> None:
        self.all = f" of {count:,}"
        self.terminal = Terminal(
            dashboard("--runs", str(base / "runs"), "--data", str(folder)), 80, 24,
            {"AGEGENDER_PICTURES": "blocks", "AGEGENDER_CACHE": str(base / "cache")},
        )  # fmt: skip
        self.terminal.seen(lambda text: "no run yet" in text)

    def open(self) -> tuple[float, float]:
        """Seconds from the key to the first faces in sight; CPU seconds until all is known."""
        used = self.terminal.rest()
        asked = self.terminal.press("3")
        seen = self.terminal.seen(lambda text: self.all in text and "▀▀▀▀" in text, timeout=240)
        return seen - asked, self.terminal.rest() - used

    def page(self, times: int) -> list[float]:
        """Seconds from each key to the next faces all drawn."""
        took = []
        for _ in range(times):
            self.terminal.rest()
            before = self.head()
            asked = self.terminal.press(PAGE_DOWN)
            seen = self.terminal.seen(lambda _, before=before: self._new_page(before))
            took.append(seen - asked)
        return took

    def _new_page(self, before: str) -> bool:
        lines = self.terminal.text().splitlines()
        return lines[0] != before and lines[1].count("▀") > 60

    def head(self) -> str:
        return self.terminal.text().splitlines()[0]

    def filter(self) -> tuple[float, float]:
        """Seconds from the last key of a filter to the faces that fit; CPU seconds of it."""
        self.terminal.press("/")
        self.terminal.seen(lambda text: "enter keeps it" in text)
        self.terminal.press(FILTER[:-1])
        used = self.terminal.rest()
        before = self.head()
        asked = self.terminal.press(FILTER[-1] + "\r")
        seen = self.terminal.seen(
            lambda text: "esc clears" in text and self.head() != before, timeout=60
        )
        return seen - asked, self.terminal.rest() - used

    def memory(self) -> float:
        return psutil.Process(self.terminal.process.pid).memory_info().rss / MEGABYTE


def visit(folder: Path, count: int, base: Path) -> dict[str, float]:
    """All figures of one size."""
    first = Visit(folder, count, base)
    try:
        first_open, first_cpu = first.open()
    finally:
        first.terminal.close()
    shown = Visit(folder, count, base)
    try:
        before = shown.memory()
        opened, open_cpu = shown.open()
        after_open = shown.memory()
        pages = shown.page(30)
        after_pages = shown.memory()
        filtered, filter_cpu = shown.filter()
    finally:
        shown.terminal.close()
    previewed, preview_peak = preview(folder)
    return {
        "first": first_open, "first CPU": first_cpu, "open": opened, "open CPU": open_cpu,
        "page": statistics.median(pages), "page worst": statistics.quantiles(pages, n=20)[-1],
        "filter": filtered, "filter CPU": filter_cpu,
        "before": before, "opened": after_open, "paged": after_pages,
        "index": index_bytes(folder) / MEGABYTE,
        "preview": previewed, "preview peak": preview_peak,
    }  # fmt: skip


def rows(counts: tuple[int, ...] = COUNTS) -> list[Row]:
    made: list[Row] = []
    with tempfile.TemporaryDirectory() as base:
        beside = 0.0
        for count in counts:
            folder = Path(base) / str(count)
            make(folder, count)
            figures = visit(folder, count, Path(base))
            beside = beside or figures["opened"] - figures["index"]
            made += _rows(count, figures, beside)
    return made


def _rows(count: int, figures: dict[str, float], beside: float) -> list[Row]:
    grown = figures["opened"] - beside

    def row(what: str, seconds: float, budget: float, detail: str) -> Row:
        return Row(f"{count:,} {what}", seconds, "s", budget, at_least=False, detail=detail)

    return [
        row(
            "faces opened for the first time", figures["first"], 1.0 + count * FIRST_SECONDS,
            f"{figures['first CPU']:.2f} s of CPU until all is known",
        ),
        row(
            "faces opened again", figures["open"],
            0.5 if count <= 24_000 else 0.5 + count * AGAIN_SECONDS,
            f"{figures['open CPU']:.2f} s of CPU until all is known",
        ),
        row(
            "faces: next page drawn, p95", figures["page worst"], 0.4,
            f"median {figures['page']:.3f} s of 30 pages",
        ),
        row("faces filtered", figures["filter"], 0.5, f"{figures['filter CPU']:.2f} s of CPU"),
        row(
            "names previewed by the command", figures["preview"], 1.0 + count * FIRST_SECONDS,
            f"{figures['preview peak']:.0f} MB at most",
        ),
        Row(
            f"{count:,} faces: memory beyond the smallest screen, as a share of the bare index",
            grown / figures["index"], "×", 1.5, at_least=False,
            detail=f"{figures['before']:.0f} MB before, {figures['opened']:.0f} open, "
            f"{figures['paged']:.0f} after 30 pages; the bare index {figures['index']:.0f} MB",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dataset_size")
    parser.add_argument("count", nargs="*", type=int, help="how many names (5000 24000 500000)")
    for one in rows(tuple(parser.parse_args().count) or COUNTS):
        print(one.line(), flush=True)
