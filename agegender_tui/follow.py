"""Tails run directories on one thread, and tells a screen when there is something new."""

from __future__ import annotations

import dataclasses
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trainer.config import RunConfig
from trainer.errors import UserError
from trainer.runs import control
from trainer.runs.comparison import size_of_model
from trainer.runs.event_log import EventReader
from trainer.runs.events import Event
from trainer.runs.layout import RunDir
from trainer.runs.resuming import has_checkpoint
from trainer.runs.state import RunState, read_state, shown_state
from trainer.text import printable

INTERVAL = 0.15
ALIVE_EVERY = 1.0
CHUNK = 1 << 20
NEWEST_ONLY = ("batch", "system")


@dataclass
class News:
    """The events of one run since it was last taken, and how all else of it stands: whatever a
    screen tells of a run, so that it need not ask a disk which may hang.

    `anew`: these are all events, as the log became shorter, and those told before no longer count.
    `config` and `state` are None while they are unreadable, and `problem` says why in a sentence;
    `broken`: there are no settings, not even such as this version does not know;
    `has_checkpoint` is looked up where a worker is or was at work.
    """

    run: RunDir
    events: list[Event] = field(default_factory=list)
    anew: bool = False
    config: RunConfig | None = None
    label: str = ""
    broken: bool = False
    state: RunState | None = None
    shown: str = ""
    asked: tuple[tuple[float, str], ...] = ()
    has_checkpoint: bool = False
    model_bytes: int | None = None
    problem: str = ""


class _Tail:
    """One run directory: where its log was read to, and what was last told of its state."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self._events = EventReader(run.events_file)
        self._started_over = 0
        self._stamp: tuple[int, int] | None = None
        self._shown = ""
        self._checked = 0.0
        self._changed = False
        self._asked: tuple[tuple[float, str], ...] = ()
        self._state: RunState | None = None
        self._config: RunConfig | None = None
        self._label = ""
        self._broken = False
        self._unread = ""  # why there are no settings
        self._tried = 0.0
        self._has_checkpoint = False
        self._model_bytes: int | None = None
        self._told: News | None = None

    def read(self) -> News | None:
        """What is new, or None. Two `stat` calls and a listing where nothing is, and once a second
        two more."""
        events: list[Event] = []
        anew = False
        problem = ""
        try:
            while True:
                before = self._events.offset
                new = self._events.read(CHUNK, newest_only=NEWEST_ONLY)
                if self._events.started_over != self._started_over:
                    self._started_over = self._events.started_over
                    events, anew = [], True
                events += new
                if self._events.offset == before:
                    break
            self._read_state()
            # Listed each time: by a coarse clock a folder changes twice without a new stamp.
            self._asked = tuple(control.pending(self.run))
        except UserError as error:
            problem, self._stamp, self._state = str(error), None, None
        except OSError as error:
            problem = f"{self.run.id}: cannot be read ({error.strerror or error})"
            self._stamp, self._state = None, None
        problem = problem or self._read_settings()
        self._look()
        standing = News(
            self.run,
            config=self._config,
            label=self._label,
            broken=self._broken,
            state=self._state,
            shown=self._shown,
            asked=self._asked,
            has_checkpoint=self._has_checkpoint,
            model_bytes=self._model_bytes,
            problem=problem,
        )
        if not events and not anew and standing == self._told:
            return None
        self._told = standing
        return dataclasses.replace(standing, events=events, anew=anew)

    def _read_settings(self) -> str:
        """Read settings and label, if they are not yet, once a second at most; why they cannot be,
        in a sentence."""
        now = time.monotonic()
        if self._config is None and now - self._tried >= ALIVE_EVERY:
            self._tried, self._unread = now, self._try_settings()
        return self._unread

    def _try_settings(self) -> str:
        try:
            config, self._label = self.run.config(), self.run.label()
        except UserError as error:
            self._broken = not _is_toml(self.run.config_file)
            return str(error)
        except OSError as error:
            return f"{printable(str(self.run.path))}: cannot be read ({error.strerror or error})"
        self._config, self._broken = config, False
        return ""

    def _look(self) -> None:
        """Whether the worker lives, and what it saved: looked up once a second at most."""
        if self._state is None:
            self._shown = ""
            return
        now = time.monotonic()
        if self._changed or now - self._checked >= ALIVE_EVERY:
            self._shown = shown_state(self._state)
            self._has_checkpoint = self._state.active and has_checkpoint(self.run)
            self._model_bytes = size_of_model(self.run, self._config)
            self._checked, self._changed = now, False

    def _read_state(self) -> None:
        try:
            stat = self.run.state_file.stat()
        except FileNotFoundError:
            read_state(self.run)  # says in a sentence what is missing
            return
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._state = read_state(self.run)
            self._stamp = stamp
            self._changed = True


def _is_toml(path: Path) -> bool:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return True


class Follower:
    """Follows runs until it is stopped.

    `notify` is called on the follower's thread when `take` has something to give, and not again
    before it was taken: a slow screen gets few and large helpings, never a queue of small ones.
    """

    def __init__(
        self, runs: Sequence[RunDir], notify: Callable[[], object], interval: float = INTERVAL
    ) -> None:
        self._notify = notify
        self._interval = interval
        self._lock = threading.Lock()
        self._tails = [_Tail(run) for run in runs]
        self._pending: dict[str, News] = {}
        self._began: float | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it needs at most one reading more."""
        self._done.set()

    def add(self, run: RunDir) -> None:
        """Follow one run more, from its beginning."""
        with self._lock:
            self._tails.append(_Tail(run))

    def remove(self, run_id: str) -> None:
        """Follow this run no longer."""
        with self._lock:
            self._tails = [tail for tail in self._tails if tail.run.id != run_id]
            self._pending.pop(run_id, None)

    def take(self) -> list[News]:
        """All that is new, a helping for each run."""
        with self._lock:
            taken = list(self._pending.values())
            self._pending.clear()
        return taken

    def _follow(self) -> None:
        while not self._done.is_set():
            self.poll()
            self._done.wait(self._interval)

    @property
    def reading_for(self) -> float:
        """Seconds since the reading under way began, 0 between two."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def poll(self) -> None:
        """Read every run once. The thread does this; a test may do it by itself."""
        with self._lock:
            tails = list(self._tails)
        self._began = time.monotonic()
        news = [found for found in (tail.read() for tail in tails) if found]
        self._began = None
        if not news:
            return
        with self._lock:
            waiting = bool(self._pending)
            followed = {tail.run.id for tail in self._tails}
            for one in news:
                if one.run.id not in followed:
                    continue
                earlier = self._pending.get(one.run.id)
                if earlier and not one.anew:
                    one.events, one.anew = earlier.events + one.events, earlier.anew
                self._pending[one.run.id] = one
        if not waiting and not self._done.is_set():
            self._notify()
