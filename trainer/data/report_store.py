"""Where the last report on a data set is kept, so that the faces it flags are known at once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.data.index import Index
from trainer.data.ranged import looked_at
from trainer.user_path import user_path

VERSION = 1


@dataclass(frozen=True)
class KnownFinding:
    """As in `trainer.data.quality.Finding`, read back."""

    kind: str
    title: str
    severity: str
    advice: str
    filter: str
    faces: dict[str, str]
    groups: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class KnownReport:
    """A report read back without loading what made it."""

    findings: list[KnownFinding]
    hashes: list[str]
    sizes: list[tuple[str, int]]
    brightness: list[int]
    sharpness: list[int]


def report_file(index: Index) -> Path:
    """`AGEGENDER_CACHE`, else the user's cache folder; named by the files that are looked at and
    by what labels them, as findings speak of both."""
    import platformdirs

    chosen = os.environ.get("AGEGENDER_CACHE")
    root = chosen or platformdirs.user_cache_dir("agegender-tui")
    folder = user_path(root)
    named = "-".join(filter(None, (looked_at(index).key, index.labelling)))
    return folder / "reports" / f"{named}.json"


def read_report(path: Path) -> KnownReport | None:
    """None where there is none, or none that can be used: it is then made anew."""
    try:
        body: dict[str, Any] = json.loads(path.read_bytes())
        if body["version"] != VERSION:
            return None
        return KnownReport(
            [
                KnownFinding(
                    str(one["kind"]),
                    str(one["title"]),
                    str(one["severity"]),
                    str(one["advice"]),
                    str(one["filter"]),
                    {str(name): str(why) for name, why in one["faces"]},
                    one["groups"],
                )
                for one in body["findings"]
            ],
            list(body["hashes"]),
            [(str(size), int(n)) for size, n in body["sizes"]],
            list(body["brightness"]),
            list(body["sharpness"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
