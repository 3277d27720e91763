"""A data set as the Data screen knows it: the faces of its index, and what is known of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.index import Index
from trainer.data.labels import Label, PartialLabel, is_image
from trainer.data.model_doubt import disbelief
from trainer.data.report_store import KnownFinding, KnownReport
from trainer.runs.predictions import Prediction

NO_PART, TRAIN, VALIDATION = 0, 1, 2
PART_NAMES = ("", "train", "validation")
UNLABELLED, PARTIAL = "unlabelled", "partial"
EXCLUDED, CORRECTED = "excluded", "corrected"
NO_NUMBER = math.nan


@dataclass(frozen=True)
class Model:
    """The run whose predictions are shown, what it says of which row, and the labels that it
    disbelieves."""

    run: str
    said: Mapping[int, Prediction]
    finding: KnownFinding


@dataclass(frozen=True)
class FaceSet:
    """Rows count the labelled files of the index first, then the pictures whose label lacks an
    exact age or a gender, then those without one. Runs use the first alone.

    `parts` has one of NO_PART, TRAIN, VALIDATION for each labelled row, and `parts_from` says in
    words where they come from. `flags` holds (kind, why) of what the last report found on a row.
    Its `repr` is short: Textual makes one of what a worker is given, on the thread of the screen.
    """

    index: Index
    report: KnownReport | None = field(default=None, repr=False)
    flags: Mapping[int, list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    parts: bytes = field(default=b"", repr=False)
    parts_from: str = ""
    model: Model | None = field(default=None, repr=False)

    def __len__(self) -> int:
        index = self.index
        return len(index.files) + len(index.partial) + len(index.rejected)

    @property
    def folder(self) -> Path:
        """The folder of the faces."""
        return self.index.folder

    @property
    def labelled(self) -> int:
        """How many rows have a whole label: the first ones."""
        return len(self.index.files)

    @property
    def judged(self) -> int:
        """How many rows have a label, whole or not: the first ones."""
        return len(self.index.files) + len(self.index.partial)

    @property
    def findings(self) -> list[KnownFinding]:
        """Those of the report, and what the chosen model disbelieves."""
        found = list(self.report.findings) if self.report else []
        if self.model is None:
            return found
        judged = self.model.finding
        found = [one for one in found if one.kind != judged.kind]
        return [*found, judged] if judged.faces else found

    def name(self, row: int) -> str:
        """Path relative to the folder, as on disk."""
        if row < self.labelled:
            return self.index.files[row]
        if row < self.judged:
            return self.index.partial[row - self.labelled][0]
        return self.index.rejected[row - self.judged][0]

    def pictured(self, row: int) -> bool:
        """Whether it is a picture: no row of a table that names none, no folder that cannot be
        read."""
        return row < self.judged or is_image(self.name(row).rpartition("/")[2])

    def label(self, row: int) -> Label | None:
        """As corrected; None where there is none, or not a whole one."""
        if row >= self.labelled:
            return None
        return Label(self.index.ages[row], self.index.genders[row], self.index.races[row])

    def why_unlabelled(self, row: int) -> str:
        """Why a row has no label; '' for the others."""
        return self.index.rejected[row - self.judged][1] if row >= self.judged else ""

    def partial(self, row: int) -> PartialLabel | None:
        """What is known where it is not a whole label."""
        if self.labelled <= row < self.judged:
            return self.index.partial[row - self.labelled][1]
        return None

    def age(self, row: int) -> float:
        """In years; the middle of a range; NaN where nothing is known."""
        if row < len(self.index.files):
            return self.index.ages[row]
        known = self.partial(row)
        return NO_NUMBER if known is None or known.ages is None else sum(known.ages) / 2

    def gender(self, row: int) -> float:
        """0 or 1, NaN where it is not known."""
        if row < len(self.index.files):
            return self.index.genders[row]
        known = self.partial(row)
        return NO_NUMBER if known is None or known.gender is None else known.gender

    def race(self, row: int) -> float:
        """0 to 4, NaN where there is none."""
        code = self.race_code(row)
        return NO_NUMBER if code is None else code

    def race_code(self, row: int) -> int | None:
        """The same, None where there is none."""
        if row < self.labelled:
            return self.index.races[row]
        known = self.partial(row)
        return known.race if known else None

    def part(self, row: int) -> str:
        """`train`, `validation`, or '' for rows in neither."""
        return PART_NAMES[self.parts[row]] if row < len(self.parts) else ""

    def excluded(self, row: int) -> bool:
        """Whether runs leave it out by the user's word."""
        return row in self.index.excluded

    def corrected(self, row: int) -> bool:
        """Whether its label is the user's, not the name's."""
        curation = self.index.curation
        return (
            curation is not None
            and row < self.labelled
            and bool(curation.corrected)
            and self.index.files[row] in curation.corrected
        )

    def caption(self, row: int, width: int) -> tuple[str]:
        """The line under its picture in a grid, in at most `width` cells."""
        from agegender_tui.dataset.face_text import caption  # which needs this module

        return (caption(self, row, width),)

    def tags(self, row: int) -> list[str]:
        """What the report found and what was curated, as words to filter by."""
        found = [kind for kind, _ in self.flags.get(row, ())]
        if self.excluded(row):
            found.append(EXCLUDED)
        if self.corrected(row):
            found.append(CORRECTED)
        if row >= self.labelled:
            found.append(PARTIAL if row < self.judged else UNLABELLED)
        return found

    def prediction(self, row: int) -> Prediction | None:
        """What the chosen model says of the face, where it says anything."""
        return self.model.said.get(row) if self.model else None

    def error(self, row: int) -> float:
        """Years between label and prediction; NaN without one."""
        said = self.prediction(row)
        return abs(said.age - self.age(row)) if said else NO_NUMBER

    def disbelief(self, row: int) -> float:
        """How much the model disbelieves the label; NaN without a prediction."""
        said = self.prediction(row)
        if said is None or row >= self.labelled:
            return NO_NUMBER
        return disbelief(self.index.ages[row], self.index.genders[row], said)
