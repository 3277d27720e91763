"""The dashboard in a terminal: first paint, memory, lists, charts, and keys while training."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks import faces
from benchmarks.made_up_runs import epoch_event, make_run
from benchmarks.report import Row
from benchmarks.terminal import Terminal, dashboard
from trainer.runs.event_log import EventWriter, read_events
from trainer.runs.events import BatchEvent
from trainer.runs.layout import create_run

LEET_FIRST_PAINT, LEET_MEMORY = 0.63, 102  # stated for W&B LEET on such a machine, not run here
MEGABYTE = 1 << 20
LEFT, RIGHT = "\x1b[D", "\x1b[C"
SIZES = ((80, 24), (120, 40), (200, 60))


def bare_app() -> list[str]:
    return [sys.executable, "-m", "benchmarks.bare_app"]


@contextmanager
def opened(command: list[str], columns: int = 120, rows: int = 40) -> Iterator[Terminal]:
    terminal = Terminal(command, columns, rows)
    try:
        yield terminal
    finally:
        terminal.close()


def first_paint(command: list[str], shows: str) -> float:
    with opened(command) as terminal:
        return terminal.seen(lambda text: shows in text) - terminal.started


def memory(terminal: Terminal) -> float:
    return psutil.Process(terminal.process.pid).memory_info().rss / MEGABYTE


def paint_and_memory(root: Path) -> list[Row]:
    run = make_run(root, 170)
    ours, bare = [], []
    for _ in range(7):
        ours.append(first_paint(dashboard("--runs", str(root)), run.id))
        bare.append(first_paint(bare_app(), "bare app is up"))
    with opened(bare_app()) as terminal:
        terminal.seen(lambda text: "bare app" in text)
        bare_memory = memory(terminal)
    opening, used = {}, {}
    for columns, rows in SIZES:
        times = []
        for _ in range(3):
            with opened(dashboard("--runs", str(root)), columns, rows) as terminal:
                terminal.seen(lambda text: run.id in text)
                time.sleep(1.0)  # "after the app is up"
                asked = terminal.press("\r")
                times.append(terminal.seen(lambda text: len(charts_in(text).split()) > 20) - asked)
                time.sleep(2.0)
                used[columns] = memory(terminal)
        opening[columns] = statistics.median(times)
    return [
        Row(
            "first useful paint", statistics.median(ours), "s", 0.45, at_least=False,
            detail=f"bare Textual app {statistics.median(bare):.2f} s; LEET is said to take "
            f"{LEET_FIRST_PAINT} s",
        ),
        Row(
            "memory, run screen of 170 epochs open (200×60)", used[200], "MB", 75, at_least=False,
            detail=f"80×24 {used[80]:.0f} MB; bare Textual app {bare_memory:.0f} MB; "
            f"LEET is said to take {LEET_MEMORY} MB",
        ),
        *(
            Row(f"170-epoch run opened, {columns} columns", seconds, "s", 0.3, at_least=False)
            for columns, seconds in opening.items()
        ),
    ]  # fmt: skip


def thousand_runs(root: Path) -> list[Row]:
    for _ in range(1000):
        make_run(root, 1)
    few = root / "few"
    make_run(few, 1)
    whole, one = [], []
    for _ in range(5):
        whole.append(first_paint(dashboard("--runs", str(root)), "1,000 runs"))
        one.append(first_paint(dashboard("--runs", str(few)), "1 run"))
    seconds = statistics.median(whole) - statistics.median(one)
    return [
        Row(
            "1,000 runs listed, beyond a list of one", seconds, "s", 0.5, at_least=False,
            detail=f"{statistics.median(whole):.2f} and {statistics.median(one):.2f} s from start",
        )
    ]  # fmt: skip


def epoch_to_chart(root: Path) -> list[Row]:
    run = make_run(root, 100, state="training")
    rows = []
    for columns, lines in SIZES:
        delays = []
        with opened(dashboard("--runs", str(root), "--run", run.id), columns, lines) as terminal:
            done = sum(1 for _ in read_events(run.events_file)) - 1
            terminal.seen(lambda text: len(charts_in(text).split()) > 20)
            time.sleep(1.0)
            writer = EventWriter(run.events_file)
            for epoch in range(done + 1, done + 9):
                shown = charts_in(settled(terminal, 0.9))
                wrote = time.perf_counter()
                writer.write(epoch_event(epoch, 170))
                delays.append(
                    terminal.seen(lambda text, shown=shown: charts_in(text) != shown) - wrote
                )
            writer.close()
        rows.append(
            Row(
                f"new epoch on disk to chart on screen, worst of 8, {columns} columns",
                max(delays),
                "s",
                0.5,
                at_least=False,
                detail=f"median {statistics.median(delays):.2f} s",
            )
        )
    return rows


def charts_in(text: str) -> str:
    """Only what charts are drawn of: braille and blocks, not the words and bars around them."""
    return "".join(c if "⠀" <= c <= "⣿" or c in "▀▄█▌▐▘▝▖▗▚▞▛▜▙▟\n" else " " for c in text)


def settled(terminal: Terminal, seconds: float = 2.0) -> str:
    """The screen's text after all that arrived in `seconds`."""
    with contextlib.suppress(TimeoutError):
        terminal.seen(lambda _: False, timeout=seconds)
    return terminal.text()


def keys_under_load(root: Path) -> list[Row]:
    """The cursor keys on a finished run's screen while another trains preset A on every core."""
    command = dashboard("--runs", str(root), "--run", make_run(root, 170).id)
    run = create_run(root, faces.config().replace(epochs=1000, early_stopping=0))
    environment = {**os.environ, "AGEGENDER_QUEUE": str(root / "queue")}
    with open(run.log_file, "ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "trainer", "train", str(run.path)],
            stdout=log, stderr=log, env=environment,
        )  # fmt: skip
    try:
        _until(lambda: any(isinstance(e, BatchEvent) for e in read_events(run.events_file)))
        rows = []
        for columns, lines in SIZES:
            with opened(command, columns, lines) as terminal:
                settled(terminal)
                terminal.press(LEFT + LEFT)  # off the last epoch, where RIGHT would change nothing
                delays = []
                for key in (RIGHT, LEFT) * 20:
                    before = settled(terminal, 0.15)
                    asked = terminal.press(key)
                    seen = terminal.seen(lambda text, before=before: text != before)
                    delays.append(1000 * (seen - asked))
            p95 = statistics.quantiles(delays, n=20)[-1]
            rows.append(
                Row(
                    f"key to changed screen while training, p95, {columns} columns",
                    p95,
                    "ms",
                    50,
                    at_least=False,
                    detail=f"median {statistics.median(delays):.0f} ms of {len(delays)} keys; "
                    "LEET is said to take 27 ms median",
                )
            )
        return rows
    finally:
        worker.kill()
        worker.wait()


def _until(done: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the worker did not begin to train")
        time.sleep(0.2)


def rows() -> list[Row]:
    found: list[Row] = []
    for measure in (paint_and_memory, thousand_runs, epoch_to_chart, keys_under_load):
        with tempfile.TemporaryDirectory() as folder:
            found += measure(Path(folder))
    return found
