"""How far a job (an evaluation, a study) is, `state.json`: the worker writes it, anyone reads it.

Before there is a worker the launcher writes `waiting`; whoever kills one writes `stopped`.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.errors import DamagedError, RunError
from trainer.runs.atomic import write_atomic
from trainer.runs.state import LOST, is_alive
from trainer.text import printable

VERSION = 1
ACTIVE = ("waiting", "working")
ENDED = ("finished", "failed", "stopped")
STATES = ACTIVE + ENDED
LOADING_TENSORFLOW = "loading TensorFlow"  # the phase that a TensorFlow for other processors ends


@dataclass(frozen=True)
class Status:
    """`phase` in a word or two with `done` of `of` things of it, `of` 0 where they are not
    counted; `text` how it ended, in a sentence, or while it works what is not as expected; `code`
    the worker's exit status."""

    state: str = "waiting"
    v: int = VERSION
    pid: int = 0
    pid_started: float = 0.0
    pid_ticks: int = 0
    host: str = ""
    heartbeat: float = 0.0
    phase: str = ""
    done: int = 0
    of: int = 0
    text: str = ""
    code: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def shown(self) -> str:
        """The state to show: as written, or `lost` where its worker is gone."""
        return LOST if self.active and not is_alive(self) else self.state


_FIELDS = {f.name for f in dataclasses.fields(Status)}
_DEFAULTS = vars(Status())


def write_status(path: Path, status: Status, *, durable: bool = True) -> None:
    """Replace `state.json`. Heartbeats need not be durable; changes of state should be."""
    write_atomic(path, json.dumps(dataclasses.asdict(status)) + "\n", durable=durable)


def read_status(
    path: Path, what: str = "evaluation", remedy: str = "evaluate anew with --redo"
) -> Status:
    """The state as written; RunError if it is of a newer version or cannot be read, DamagedError if
    it is missing or malformed: nobody works on such a job."""
    name = printable(str(path))
    try:
        body: dict[str, Any] = json.loads(path.read_bytes())
        if body["v"] > VERSION:
            raise RunError(f"{name}: written by a newer version; upgrade agegender-tui to read it")
        known = {key: value for key, value in body.items() if key in _FIELDS}
        if known["state"] not in STATES:
            raise ValueError(known["state"])
        for key, value in known.items():
            kind = type(_DEFAULTS[key])
            if not isinstance(value, (float, int) if kind is float else kind):
                raise TypeError(key)
        return Status(**known)
    except FileNotFoundError:
        raise DamagedError(f"{name}: missing, so the {what} is half made; {remedy}") from None
    except OSError as error:
        raise RunError(f"{name}: cannot be read ({error.strerror}); check permissions") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(f"{name}: is damaged; {remedy}") from None
