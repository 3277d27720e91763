"""What is known of one run, rebuilt wholly from its directory: events and state, nothing else."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from agegender_tui.legend import Name
from trainer.config import RunConfig
from trainer.evaluation.diagnosis import Finding, diagnose
from trainer.runs.comparison import Compared
from trainer.runs.course import IDLE, Course, CourseReader
from trainer.runs.events import (
    BatchEvent,
    CheckpointEvent,
    EndEvent,
    EpochEvent,
    Event,
    MessageEvent,
    PhaseEvent,
    RunEvent,
    SystemEvent,
)
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState
from trainer.text import duration, printable

UNREAD = "reading"  # shown of a run before anything of it was read
PHASES = {
    UNREAD: "reading the run",
    "queued": "waiting for the device",
    "importing": "importing TensorFlow",
    "weights": "getting the ImageNet weights",
    "indexing": "reading the file names",
    "decoding": "decoding the faces",
    "comparing": "looking for copies among the faces",
    "building": "building the model",
    "features": "running the frozen blocks once",
    "compiling": "compiling the first step",
    "training": "training",
    "validating": "validating",
    "paused": "paused",
    "stretching": "placing the years of the age",
    "saving": "saving the model and its figures",
}
# Whose detail says once more what is said here; in a terminal line it stands by the bare name.
SAID = frozenset({"importing", "weights", "compiling", "features"})
ASKED = {
    "stop": "stopping",
    "pause": "pausing",
    "resume": "going on",
    "kill": "killing",
    "checkpoint": "saving a checkpoint",
}
LOG_LINES = 500
RECENT_EPOCHS = 5


@dataclass(frozen=True)
class LogLine:
    """One line of the log pane; `level` is quiet, info, good, warning or error."""

    t: float
    level: str
    text: str


@dataclass(frozen=True)
class Progress:
    """Where a run is; `worked` is the epochs it has done, with the part of one under way. Seconds
    are NaN while they cannot be told."""

    phase: str
    done: int
    of: int
    epoch: int
    epochs: int
    worked: float
    step: int
    steps: int
    images_per_second: float
    epoch_left: float
    run_left: float


@dataclass
class RunView:
    """The model behind the Run screen. `shown` is the state with `lost` told apart;
    `asked` are the commands that the worker has not taken yet. `model_bytes` is None while there
    is no model, and `has_checkpoint` is looked up where a worker is or was at work."""

    run: RunDir
    config: RunConfig | None = None
    label: str = ""
    state: RunState = field(default_factory=RunState)
    shown: str = "queued"
    asked: tuple[tuple[float, str], ...] = ()
    has_checkpoint: bool = False
    model_bytes: int | None = None
    problem: str = ""
    device: str = ""
    phase: PhaseEvent | None = None
    batch: BatchEvent | None = None
    system: SystemEvent | None = None
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    logged: int = 0
    _course: CourseReader = field(default_factory=CourseReader)
    _judged: tuple[tuple[EpochEvent, ...], list[Finding]] | None = None
    _worked: float = 0.0
    _since: float | None = None  # at work since then, as far as the events tell

    @property
    def course(self) -> Course:
        """The epochs, and after how much work each was done."""
        return self._course.course

    @property
    def history(self) -> tuple[EpochEvent, ...]:
        """The epochs in order, each once, the last report counting."""
        return self.course.epochs

    @property
    def compared(self) -> Compared:
        """The run as others are compared with it."""
        return Compared(self.run, self.label, self.config, self.course, self.model_bytes)

    @property
    def legend_name(self) -> Name:
        """What the line under the charts calls it."""
        short = dataclasses.replace(self.compared, label="").name
        return Name(short, printable(self.label))

    @property
    def findings(self) -> list[Finding]:
        """What the curves show, in words; judged anew when an epoch is."""
        history = self.history
        if self._judged is None or self._judged[0] != history:
            self._judged = history, diagnose(history, self.config)
        return self._judged[1]

    @property
    def active(self) -> bool:
        """Whether a worker lives, or is about to."""
        return self.state.active and self.shown not in ("lost", "broken")

    def start_over(self) -> None:
        """Forget all events, as they are told anew from the first one."""
        self.device, self.phase, self.batch, self.system = "", None, None, None
        self.log, self.logged = deque(maxlen=LOG_LINES), 0
        self._course = CourseReader()
        self._worked, self._since = 0.0, None

    def apply(self, events: Iterable[Event]) -> bool:
        """Take in new events, in order; True if an epoch was among them."""
        grew = False
        for event in events:
            self._course.take(event)
            self._count(event)
            if isinstance(event, RunEvent):
                self.device = event.device
                self.phase = self.batch = None
            if isinstance(event, EpochEvent):
                self.batch = None
                grew = True
            elif isinstance(event, BatchEvent):
                self.batch, self.phase = event, None  # a step ends the phase before it
            elif isinstance(event, SystemEvent):
                self.system = event
            line = log_line(event, self.phase)
            if isinstance(event, PhaseEvent):
                self.phase = event
            if line:
                self.log.append(line)
                self.logged += 1
        return grew

    def _count(self, event: Event) -> None:
        """Count the time up to `event` if a worker was at it; waits and pauses are none."""
        begins = isinstance(event, RunEvent)
        if self._since is not None and not begins:
            self._worked += max(event.t - self._since, 0.0)
            self._since = event.t
        if begins or isinstance(event, PhaseEvent):
            waits = isinstance(event, PhaseEvent) and event.name in IDLE
            self._since = None if waits else event.t
        elif isinstance(event, EndEvent):
            self._since = None  # a run that is resumed much later is at work from its worker on

    def elapsed(self, now: float) -> float:
        """Seconds in which a worker was at it, over all attempts, lost work included."""
        if self._since is not None and self.active:
            return self._worked + max(now - self._since, 0.0)
        return self._worked

    def asked_text(self, now: float) -> str:
        """`stopping, asked 12 s ago` while a command waits to be carried out, else nothing."""
        if not self.active:
            return ""
        if self.asked:
            when, command = self.asked[-1]
        elif self.state.asked:
            when, command = self.state.asked_at, self.state.asked
        else:
            return ""
        return f"{ASKED.get(command, command)}, asked {duration(now - when)} ago"

    def progress(self) -> Progress:
        """Phase, epoch, step, speed and what is left."""
        history = self.history
        epochs = self.state.epochs or (self.config.epochs if self.config else 0)
        done = history[-1].epoch if history else 0
        batch, phase = self.batch, self.phase
        epoch = batch.epoch if batch else min(done + 1, epochs) if self.active else done
        step, steps = (batch.step, batch.of) if batch else (0, self.state.steps)
        if not self.active and done:
            step, steps = 0, 0
        speed = batch.images_per_second if batch else 0.0
        if not speed and history:
            speed = history[-1].images_per_second
        epoch_left = run_left = math.nan
        if self.shown in ("training", "stopping") and steps:
            recent = [one.seconds for one in history[-RECENT_EPOCHS:]]
            per_epoch = statistics.median(recent) if recent else math.nan
            if not recent and speed > 0 and self.config:
                batch_size = self.config.batch_size >> self.state.halved
                per_epoch = steps * batch_size / speed
            epoch_left = per_epoch * (1 - step / steps)
            run_left = epoch_left + per_epoch * (epochs - epoch)
        # After a kill and a resume the last thing it did, to wait, is not what it does.
        over = phase is not None and phase.name == "paused" != self.shown
        name = phase.name if phase and not over else self.shown
        return Progress(
            phase=PHASES.get(name, printable(name)),
            done=phase.done if phase else 0,
            of=phase.of if phase else 0,
            epoch=epoch,
            epochs=epochs,
            worked=batch.epoch - 1 + batch.step / batch.of if batch and batch.of else float(done),
            step=step,
            steps=steps,
            images_per_second=speed,
            epoch_left=epoch_left,
            run_left=run_left,
        )

    @property
    def preparing(self) -> bool:
        """Whether the worker is not yet training, so that its phase is what there is to tell."""
        return self.active and (
            self.shown in (UNREAD, "queued", "starting")
            or (self.phase is not None and self.phase.name in ("saving", "stretching"))
        )


def log_line(event: Event, before: PhaseEvent | None) -> LogLine | None:
    """The line an event gets in the log pane, None where it gets none.

    `before` is the phase so far: a phase is told once, not with each count, and not the training
    and validating of every epoch.
    """
    if isinstance(event, RunEvent):
        begun = "started" if event.action == "start" else f"resumed in epoch {event.epoch}"
        where = f"{printable(event.device)}, process {event.pid} on {printable(event.host)}"
        return LogLine(event.t, "info", f"worker {begun} on {where}")
    if isinstance(event, PhaseEvent):
        if event.name == "training" and before and before.name == "paused":
            return LogLine(event.t, "info", "goes on after the pause")
        if event.name in ("training", "validating") or (before and before.name == event.name):
            return None
        detail = ""
        if event.detail and event.name not in SAID:
            detail = f": {printable(event.detail)}"
        return LogLine(event.t, "info", PHASES.get(event.name, printable(event.name)) + detail)
    if isinstance(event, EpochEvent):
        values = event.validation
        text = (
            f"epoch {event.epoch}: age MAE {values.get('age_mae', math.nan):.2f} y, "
            f"gender {values.get('gender_accuracy', math.nan):.1%}, {duration(event.seconds)}"
        )
        return LogLine(event.t, "good" if event.best else "info", text + ", best" * event.best)
    if isinstance(event, CheckpointEvent):
        where = f"epoch {event.epoch}" + (f", step {event.step}" if event.step else "")
        return LogLine(event.t, "quiet", f"checkpoint {printable(event.file)} ({where})")
    if isinstance(event, MessageEvent):
        level = event.level if event.level in ("warning", "error") else "info"
        return LogLine(event.t, level, printable(event.text))
    if isinstance(event, EndEvent):
        level = "error" if event.state == "failed" else "good"
        return LogLine(event.t, level, f"{printable(event.state)}: {printable(event.text)}")
    return None
