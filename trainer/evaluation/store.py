"""Evaluations on disk: `evaluations/<id>/` in the folder of the runs. Imports in milliseconds.

evaluations/<model>--<data>-<part>--<8 hex>/
  request.json      what was asked, and the fingerprints it was asked of
  state.json        see trainer/jobs/status.py; replaced atomically
  control/          a command to the worker is a file, as in a run directory
  evaluation.json   the figures; written last, so that its presence means done
  predictions.csv   what the model said of each face
  worker.log
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.data.source import parse_source
from trainer.errors import DamagedError, DataError, RunError
from trainer.evaluation.kinds import RANGE
from trainer.jobs.status import Status, read_status
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.evaluation.scored import Scored

FOLDER = "evaluations"
VERSION = 1


def evaluation_root(root: Path) -> Path:
    """The folder of all evaluations, in the folder of the runs."""
    return root / FOLDER


@dataclass(frozen=True)
class EvaluationDir:
    """The paths of one evaluation, and what lies there."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def request_file(self) -> Path:
        return self.path / "request.json"

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def summary_file(self) -> Path:
        return self.path / "evaluation.json"

    @property
    def predictions_file(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def said_file(self) -> Path:
        """What the model said so far, while it is asked."""
        return self.path / ".said"

    @property
    def log_file(self) -> Path:
        return self.path / "worker.log"

    @property
    def done(self) -> bool:
        """Whether the figures are there."""
        return self.summary_file.is_file()

    def summary(self) -> dict[str, Any]:
        """`evaluation.json`, parsed; figures that are not defined are None in it. RunError where
        it is not there, damaged or from a newer version."""
        shown = printable(str(self.summary_file))
        try:
            body: dict[str, Any] = json.loads(self.summary_file.read_bytes())
            if body["v"] > VERSION:
                raise RunError(f"{shown}: written by a newer version; upgrade to read it")
            for part in ("model", "data", "settings", "left_out", "figures"):
                if not isinstance(body[part], dict):
                    raise TypeError(part)
            if not isinstance(body["groups"], list):
                raise TypeError("groups")
            _check_parts(body)
            _name_ranges_apart(body["groups"])
            return body
        except FileNotFoundError:
            raise RunError(f"{printable(self.id)}: is not evaluated yet") from None
        except OSError as error:
            raise RunError(f"{shown}: cannot be read ({error.strerror})") from None
        except (ValueError, LookupError, TypeError, OverflowError, DataError):
            raise DamagedError(f"{shown}: is damaged; evaluate anew, by g or with --redo") from None

    def status(self) -> Status:
        """How far it is, and who works on it; RunError where that is not readable."""
        return read_status(self.state_file)

    def scored(self) -> Scored:
        """What the model said of each face; RunError where that is not readable."""
        from trainer.evaluation.scored import read_scored

        return read_scored(self)


def _check_parts(body: dict[str, Any]) -> None:
    """Raise what reading them would, where parts are missing that every list is made of."""
    for part, name in (("model", "name"), ("data", "name"), ("data", "part")):
        str(body[part][name])
    parse_source(str(body["data"]["source"]))
    int(body["data"]["faces"]), float(body["created"])
    for member in body["model"].get("members", ()):
        str(member["run"])


def _name_ranges_apart(groups: Sequence[Any]) -> None:
    """Older evaluations call ranges of ages as bands of exact ages, which alone have an error."""
    ages = [one for one in groups if isinstance(one, dict) and one.get("kind") == "age"]
    ranges = [one for one in ages if "age_mae" not in one.get("figures", {})]
    if len(ranges) < len(ages):
        for one in ranges:
            one["name"] = one["name"].removesuffix(RANGE) + RANGE


def evaluations(root: Path) -> list[EvaluationDir]:
    """All evaluations below the folder of the runs, done or not, newest request first."""
    found = []
    try:
        with os.scandir(evaluation_root(root)) as entries:
            for entry in entries:
                try:
                    asked = os.stat(os.path.join(entry.path, "request.json"))  # noqa: PTH116, PTH118
                except OSError:
                    continue
                found.append((asked.st_mtime_ns, entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(
            f"{printable(str(evaluation_root(root)))}: cannot be read ({error.strerror}); "
            "choose another with --runs"
        ) from None
    return [EvaluationDir(evaluation_root(root) / name) for _, name in sorted(found, reverse=True)]
