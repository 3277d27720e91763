"""Follow a run in a terminal line, in plain lines for a log, or as JSON lines for a script."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
import time
from collections import deque
from typing import Protocol, TextIO

from rich.cells import cell_len, set_cell_size

from agegender_tui.cli_commands.runs_option import runs_option
from trainer.errors import ExitCode
from trainer.runs.event_log import EventReader, read_events
from trainer.runs.events import (
    BatchEvent,
    EndEvent,
    EpochEvent,
    Event,
    MessageEvent,
    PhaseEvent,
    RunEvent,
    encode,
)
from trainer.runs.layout import RunDir
from trainer.runs.state import LOST, RunState, read_state, shown_state
from trainer.text import printable

POLL_SECONDS = 0.2
ALIVE_SECONDS = 2.0
BAR_WIDTH = 20
QUIET_PHASES = ("training", "validating")


class Teller(Protocol):
    """Shows the events of a run as they come."""

    def tell(self, event: Event) -> None: ...

    def close(self) -> None: ...


def follow(run: RunDir, reader: EventReader, teller: Teller) -> int:
    """Tell all events from where `reader` stands to the end of the run; its exit code.

    An end after which the run was resumed is told, and is not its end. STOPPED for a run that was
    stopped or killed, RUN for one whose worker vanished.
    """
    asked = 0.0
    told: EndEvent | None = None
    late: list[Event] = []
    try:
        while True:
            for event in late or reader.read():
                teller.tell(event)
                if isinstance(event, EndEvent):
                    told = event
                elif isinstance(event, RunEvent):
                    told = None
            late = []
            if told is not None or time.monotonic() - asked >= ALIVE_SECONDS:
                asked = time.monotonic()
                ended = _ended(run, told)
                if ended is not None and not (late := reader.read()):
                    if told is None:
                        teller.tell(ended)
                    return ended.code
            if not late:
                time.sleep(POLL_SECONDS)
    finally:
        teller.close()


def _ended(run: RunDir, told: EndEvent | None) -> EndEvent | None:
    """How the run ended: as its events told or, where they do not, killed or its worker gone. None
    while it is worked on: a worker writes its end before its state, and one that resumes the run
    the state before any event."""
    state = read_state(run)
    lost = shown_state(state) == LOST
    if state.active and not lost:
        return None
    if told is not None:
        return told
    return _lost(run, state) if lost else end_of(state)


_TAIL_BYTES = 8192
# What TensorFlow says at every start, of machines without a GPU even as an error.
_STARTING = re.compile(
    "cuInit|cudart_stub|Could not find cuda drivers|oneDNN custom operations|cpu_feature_guard"
    "|rebuild TensorFlow|InitializeLog|Loaded cuDNN|Created device|Compiled cluster using XLA"
    "|XLA service|StreamExecutor device"
)


def end_of(state: RunState) -> EndEvent:
    """How a run ended that nobody works on any more, by its state alone."""
    code = {"finished": ExitCode.OK, "stopped": ExitCode.STOPPED}.get(state.state)
    return EndEvent(
        t=state.ended,
        state=state.state,
        text=state.text,
        epoch=state.epoch,
        code=int(state.code or ExitCode.UNEXPECTED) if code is None else int(code),
    )


def _lost(run: RunDir, state: RunState) -> EndEvent:
    name = f"{run.id}{runs_option(run.path.parent)}"
    text, code = f"the worker is gone; `agegender-tui resume {name}` goes on", ExitCode.RUN
    if state.state == "starting" and _phase(run) == "importing":
        # Built for another processor, say: such a TensorFlow takes its process along.
        text = (
            "the worker died while TensorFlow was loading: run `agegender-tui doctor`, "
            f"then `agegender-tui resume {name}`"
        )
        code = ExitCode.ENVIRONMENT
    if last := _last_line(run):
        text += f"; the last line of {printable(str(run.log_file))}: {last}"
    # When it went nobody saw; this is its last sign of life.
    seen = state.heartbeat
    return EndEvent(t=seen, state=LOST, text=text, epoch=state.epoch, code=int(code))


def _phase(run: RunDir) -> str:
    """What the worker said last that it does; '' if nothing."""
    phases = [event.name for event in read_events(run.events_file) if isinstance(event, PhaseEvent)]
    return phases[-1] if phases else ""


def _last_line(run: RunDir) -> str:
    try:
        with open(run.log_file, "rb") as file:
            cut = file.seek(0, 2) > _TAIL_BYTES
            file.seek(-_TAIL_BYTES if cut else 0, 2 if cut else 0)
            lines = file.read().decode("utf-8", "replace").split("\n")[cut:]
    except OSError:
        return ""
    own = (line.strip() for line in reversed(lines) if not _STARTING.search(line))
    return next((printable(line)[:200] for line in own if line), "")


def teller_for(stream: TextIO, *, as_json: bool) -> Teller:
    """JSON lines if asked for, else one living line on a terminal, else plain lines."""
    if as_json:
        return JsonLines(stream)
    return LivingLine(stream) if stream.isatty() else PlainLines(stream)


class JsonLines:
    """Each event as it stands in events.jsonl, but batches and gauges, of which there are many."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def tell(self, event: Event) -> None:
        if event.type not in ("batch", "system"):
            print(encode(event), file=self._stream, flush=True)

    def started(self, run: RunDir) -> None:
        """The first line: which run this is."""
        body = {"type": "started", "run": run.id, "path": str(run.path)}
        print(json.dumps(body), file=self._stream, flush=True)

    def close(self) -> None:
        pass


class PlainLines:
    """A line an epoch, phase and message: what reads well in the log of a batch system."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._phase = ""

    def tell(self, event: Event) -> None:
        if line := self._line(event):
            print(line, file=self._stream, flush=True)

    def _line(self, event: Event) -> str:
        if isinstance(event, PhaseEvent):
            told, self._phase = self._phase, event.name
            quiet = event.name in QUIET_PHASES or (event.name == told and event.name != "queued")
            return "" if quiet else phase_line(event)
        return spoken_line(event)

    def close(self) -> None:
        pass


class LivingLine:
    """One line, written over and over; messages and the end are left standing above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._progress = Progress()

    def tell(self, event: Event) -> None:
        self._progress.add(event)
        line = spoken_line(event) if isinstance(event, MessageEvent | EndEvent) else ""
        self._stream.write("\r\x1b[K")
        if line:
            self._stream.write(line + "\n")
        if not isinstance(event, EndEvent):
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(cut(self._progress.line(), width))
        self._stream.flush()

    def close(self) -> None:
        self._stream.write("\r\x1b[K")
        self._stream.flush()


def cut(line: str, width: int) -> str:
    """At most `width` cells of it; letters of some scripts take two."""
    return line if cell_len(line) <= width else set_cell_size(line, width)


class Progress:
    """What the living line says, folded from the events so far."""

    def __init__(self) -> None:
        self._phase: PhaseEvent | None = None
        self._batch: BatchEvent | None = None
        self._epoch: EpochEvent | None = None
        self._best: EpochEvent | None = None
        self._seconds: deque[float] = deque(maxlen=5)

    def add(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, PhaseEvent):
            self._phase = event
        elif isinstance(event, BatchEvent):
            self._batch, self._phase = event, None
        elif isinstance(event, EpochEvent):
            self._epoch, self._batch = event, None
            self._seconds.append(event.seconds)
            if event.best:
                self._best = event

    def line(self) -> str:
        """The line as it now stands, without a newline; may be wider than the terminal."""
        batch = self._batch
        if batch is None and self._epoch is None:
            return phase_line(self._phase) if self._phase else "starting"
        parts = []
        if batch is not None and batch.of > 0:
            done = min(batch.step / batch.of, 1.0)
            parts.append(f"epoch {batch.epoch}/{batch.epochs} {bar(done)} {batch.step}/{batch.of}")
            parts.append(f"{batch.images_per_second:.0f} images/s")
        elif self._epoch is not None:
            parts.append(f"epoch {self._epoch.epoch}/{self._epoch.epochs} {bar(1.0)}")
        if self._phase is not None and self._phase.name not in QUIET_PHASES:
            parts.append(self._phase.name)
        if self._best is not None:
            valid = self._best.validation
            parts.append(
                f"best: epoch {self._best.epoch}, MAE {_figure(valid, 'age_mae', '.2f')}, "
                f"{_figure(valid, 'gender_accuracy', '.1%')}"
            )
        if (left := self.seconds_left()) is not None:
            parts.append(f"at most {duration(left)} to go")
        return "  ".join(parts)

    def seconds_left(self) -> float | None:
        """Time to the last epoch at the pace of the last five; None before the first ended."""
        if not self._seconds or self._epoch is None:
            return None
        pace = sum(self._seconds) / len(self._seconds)
        batch = self._batch
        done = float(self._epoch.epoch)
        if batch is not None and batch.of > 0:
            done = batch.epoch - 1 + min(batch.step / batch.of, 1.0)
        return max(0.0, (self._epoch.epochs - done) * pace)


def phase_line(event: PhaseEvent) -> str:
    """A phase in words: `decoding 120/5000`, `queued: cpu is taken by …`."""
    count = f" {event.done}/{event.of}" if event.of and event.name != "queued" else ""
    detail = f": {printable(event.detail)}" if event.detail else ""
    return f"{event.name}{count}{detail}"


def spoken_line(event: Event) -> str:
    """What an epoch, message or end says in one line; '' for other events."""
    if isinstance(event, EpochEvent):
        return (
            f"epoch {event.epoch}/{event.epochs}  "
            f"train {_scores(event.train)}  validation {_scores(event.validation)}  "
            f"rate {event.learning_rate:.3g}  {event.seconds:.1f} s  "
            f"{event.images_per_second:.0f} images/s" + ("  best" if event.best else "")
        )
    if isinstance(event, MessageEvent):
        mark = "" if event.level == "info" else f"{event.level}: "
        return mark + printable(event.text)
    if isinstance(event, EndEvent):
        return f"{event.state}: {printable(event.text)}" if event.text else event.state
    return ""


def _scores(metrics: dict[str, float]) -> str:
    return (
        f"loss {_figure(metrics, 'loss', '.3f')} MAE {_figure(metrics, 'age_mae', '.2f')} "
        f"accuracy {_figure(metrics, 'gender_accuracy', '.1%')}"
    )


def _figure(metrics: dict[str, float], name: str, form: str) -> str:
    value = metrics.get(name, math.nan)
    return format(value, form) if math.isfinite(value) else "?"


def bar(done: float) -> str:
    """A bar for 0 ≤ `done` ≤ 1 that needs no colour, and no Unicode where the terminal lacks it."""
    full = round(done * BAR_WIDTH)
    return "[" + "#" * full + "." * (BAR_WIDTH - full) + "]"


def duration(seconds: float) -> str:
    """Seconds as `45 s`, `12 min`, `3 h 05 min` or `2 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min"
    return f"{hours // 24} d {hours % 24} h"


def watch(run: RunDir, reader: EventReader, *, as_json: bool) -> int:
    """Follow `run` on standard output to its end. Ctrl-C leaves it running, and says so."""
    teller = teller_for(sys.stdout, as_json=as_json)
    if isinstance(teller, JsonLines):
        teller.started(run)
    else:
        print(f"run {run.id}", flush=True)
    try:
        return follow(run, reader, teller)
    except KeyboardInterrupt:
        name = f"{run.id}{runs_option(run.path.parent)}"
        print(
            f"the run goes on; `agegender-tui status {name} --follow` follows it again, "
            f"`agegender-tui stop {name}` ends it",
            file=sys.stderr,
        )
        raise
