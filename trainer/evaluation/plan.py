"""What an evaluation is of, down to the bytes: the fingerprints that bind its figures to one model
file and to faces as they were. Light enough for the dashboard; a second or two for large sets."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.data.index import scan
from trainer.data.source import DataSource, parse_source
from trainer.data.split import read_split
from trainer.errors import DataError, RunError, StorageError
from trainer.evaluation.faces import (
    ALL,
    VALIDATION,
    LabelledFaces,
    Poll,
    validation_part,
    whole_set,
)
from trainer.evaluation.store import EvaluationDir, evaluation_root, evaluations
from trainer.prediction.catalog import run_of
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.runs.layout import RunDir
from trainer.sharing.facts import facts_beside
from trainer.text import printable

VERSION = 1
_LONGEST_NAME = 60
UNKNOWN, GONE = "unknown", "gone"  # instead of a fingerprint of what a model was trained on


@dataclass(frozen=True)
class ModelFacts:
    """A model file as it is now. `run` is the directory it lies in, if that is a run's;
    `fingerprint` is of its bytes; `network` is `A` or `B` where that is known."""

    file: Path
    name: str
    network: str
    run: RunDir | None
    fingerprint: str


@dataclass(frozen=True)
class Plan:
    """One evaluation to be made or found again. `training` is a fingerprint of the faces that the
    model was trained on, as far as they are looked at."""

    model: ModelFacts
    source: DataSource
    data_name: str
    part: str
    flip: bool
    faces: LabelledFaces
    data_fingerprint: str
    training: str

    @property
    def id(self) -> str:
        """The name of its folder: what the model and the data are called now, and the digest."""
        return evaluation_id(self.model.name, self.data_name, self.part, self.digest)

    @property
    def digest(self) -> str:
        """The same for the same model, faces, part and flip, whatever they are called."""
        parts = (self.model.fingerprint, self.data_fingerprint, self.part, self.flip, self.training)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]

    def to_json(self) -> dict[str, Any]:
        """`request.json`."""
        return {
            "v": VERSION,
            "model": str(self.model.file),
            "model_fingerprint": self.model.fingerprint,
            "data": str(self.source),
            "data_name": self.data_name,
            "data_fingerprint": self.data_fingerprint,
            "part": self.part,
            "flip": self.flip,
            "training": self.training,
            "asked": time.time(),
        }


def evaluation_id(model: str, data: str, part: str, digest: str) -> str:
    """The name of an evaluation's folder, of what its model and faces are called."""
    return f"{_clean(model)}--{_clean(data)}-{part}--{digest}"


def _clean(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_LONGEST_NAME]
    return cleaned or "unnamed"


def plan(
    model: Path,
    source: DataSource | None = None,
    part: str = "",
    *,
    data_name: str = "",
    flip: bool = False,
    poll: Poll = lambda: None,
) -> Plan:
    """What evaluating a `.keras` file on a data set would be.

    Without a `source` it is the model's own: the part its run validated on, or with `part` `all`
    the whole set less what it was trained on. A given source is taken whole. `poll` may raise to
    give up. RunError or DataError in one sentence where it makes no sense.
    """
    facts = model_facts(model)
    if source is not None and part == VALIDATION:
        raise DataError(
            "the validation part is a run's own faces, so it goes without a data set: leave one "
            "of the two out"
        )
    if source is None:
        part = part or VALIDATION
        source = _own_source(facts)
    part = part or ALL
    if part == VALIDATION:
        assert facts.run is not None
        faces, training = validation_part(facts.run, poll), ""
    else:
        faces, training = whole_set(source, poll), _training(facts.run, poll)
    name = data_name or source.folder.name
    return Plan(facts, source, name, part, flip, faces, faces.fingerprint, training)


def model_facts(file: Path) -> ModelFacts:
    """RunError where the file cannot be read."""
    run = run_of(file)
    digest = hashlib.sha256()
    try:
        with open(file, "rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise RunError(
            f"{printable(str(file))}: cannot be read ({error.strerror}); see `agegender-tui models`"
        ) from None
    known = facts_beside(file) if run is None else None
    network = run.config().model if run is not None else known.network if known else ""
    name = run.id if run is not None else known.name if known else file.stem
    return ModelFacts(file.absolute(), name, network, run, digest.hexdigest()[:24])


def _own_source(facts: ModelFacts) -> DataSource:
    if facts.run is None:
        raise DataError(
            f"{printable(str(facts.file))}: lies in no run, so it has no validation part: "
            "give faces with --data"
        )
    return parse_source(facts.run.config().data)


def _training(run: RunDir | None, poll: Poll) -> str:
    """A fingerprint of the faces of the training part, as names and as files."""
    if run is None:
        return UNKNOWN
    names = sorted(
        name for name, (part, *_) in read_split(run.split_file).items() if part == "train"
    )
    digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape"))
    try:
        digest.update(scan(parse_source(run.config().data), poll).key.encode())
    except (DataError, StorageError):
        digest.update(GONE.encode())
    return digest.hexdigest()[:24]


def prepare(root: Path, wanted: Plan) -> EvaluationDir:
    """The directory of a plan below the folder of the runs, with its request; made if need be.

    One of the same model file on the same faces under another name is taken as it is.
    """
    directory = EvaluationDir(evaluation_root(root) / wanted.id)
    if not directory.path.exists() and (known := _under_another_name(root, wanted)):
        return known
    with storage_errors(directory.path):
        directory.path.mkdir(parents=True, exist_ok=True)
    body = wanted.to_json()
    if directory.request_file.exists():
        _check_same(directory, wanted)
        asked = read_request(directory)
        if all(asked.get(name) == body[name] for name in ("model", "data")):
            return directory
        # Model or faces were moved since: a worker is to find them where they are now.
        body["asked"] = asked.get("asked", body["asked"])
    write_atomic(directory.request_file, json.dumps(body, indent=2) + "\n")
    return directory


def read_request(directory: EvaluationDir) -> dict[str, Any]:
    """`request.json`, parsed. RunError where it is damaged or newer."""
    shown = printable(str(directory.request_file))
    try:
        body: dict[str, Any] = json.loads(directory.request_file.read_bytes())
        if body["v"] > VERSION:
            raise RunError(f"{shown}: written by a newer version; upgrade to read it")
        for name, value in body.items():
            if name not in ("v", "flip", "asked", "mean_of") and not isinstance(value, str):
                raise TypeError(name)
        return body
    except OSError as error:
        raise RunError(f"{shown}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{shown}: is damaged; delete its folder and evaluate anew") from None


def _under_another_name(root: Path, wanted: Plan) -> EvaluationDir | None:
    for one in evaluations(root):
        if not one.id.endswith(f"--{wanted.digest}"):
            continue
        try:
            asked = read_request(one)
        except RunError:
            continue
        # A copy of the model is another row: it is shown by its name, and outlives the first.
        same_file = Path(asked.get("model", "")).resolve() == wanted.model.file.resolve()
        if same_file and not _differs(asked, wanted):
            return one
    return None


def _check_same(directory: EvaluationDir, wanted: Plan) -> None:
    if name := _differs(read_request(directory), wanted):
        raise RunError(
            f"{printable(str(directory.path))}: is the evaluation of another {name}; "
            "delete it, then evaluate"
        )


def _differs(asked: dict[str, Any], wanted: Plan) -> str:
    """What a request and a plan differ in, '' if in nothing: the short digest may be the same for
    two; the whole fingerprints are not."""
    here = wanted.to_json()
    names = ("model_fingerprint", "data_fingerprint", "training", "part", "flip")
    return next((name for name in names if asked.get(name) != here[name]), "")


def planned(directory: EvaluationDir, poll: Poll = lambda: None) -> Plan:
    """The plan that a directory was prepared for, made again from the files as they are now.

    RunError where the model or the faces changed since: their evaluation is another one.
    """
    asked = read_request(directory)
    if "mean_of" in asked:
        raise RunError(
            f"{printable(directory.id)}: is the mean of other evaluations; choose these again, "
            "and it is made anew"
        )
    try:
        source = None if asked["part"] == VALIDATION else parse_source(asked["data"])
        now = plan(
            Path(asked["model"]),
            source,
            asked["part"],
            data_name=asked["data_name"],
            flip=bool(asked["flip"]),
            poll=poll,
        )
    except KeyError as error:
        shown = printable(str(directory.request_file))
        raise RunError(f"{shown}: lacks {error}; delete its folder and evaluate anew") from None
    _check_fingerprint(now.model, asked.get("model_fingerprint"))
    if not directory.id.endswith(f"--{now.digest}"):
        shown = printable(str(now.source.folder))
        raise RunError(
            f"{shown}: the faces, their labels or the faces trained on changed since this "
            "evaluation was asked for; evaluate anew"
        )
    return now


def check_model(file: Path, fingerprint: str) -> None:
    """RunError where a model file is not, or no longer, the one of a fingerprint."""
    _check_fingerprint(model_facts(file), fingerprint)


def _check_fingerprint(model: ModelFacts, fingerprint: str | None) -> None:
    if model.fingerprint != fingerprint:
        shown = printable(str(model.file))
        raise RunError(f"{shown}: changed since this evaluation was asked for; evaluate it anew")
