"""One data set while it is looked at: opened in steps, judged by a model, curated."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from agegender_tui.dataset import opening
from agegender_tui.dataset.curating import check_pictured, curated, still_there
from agegender_tui.dataset.face_set import FaceSet
from trainer.data.exclusions import Curator
from trainer.data.index import Index, browsable_index
from trainer.data.kept_index import files_unchanged, keep_index, known_index, unchanged
from trainer.data.labels import Label
from trainer.data.source import DataSource
from trainer.errors import DataError, RunError
from trainer.runs.layout import RunDir
from trainer.text import printable


class Session:
    """Everything here may take a while and belongs on a thread; raises UserError."""

    def __init__(self, source: DataSource) -> None:
        self.source, self.folder = source, source.folder
        self._curator: Curator | None = None
        self._run: RunDir | None = None

    def open(self) -> Iterator[FaceSet]:
        """The data set as soon as its names are known, then with what else is known.

        Names that were read before are looked at again first; whether the pictures behind them
        were rewritten is found out while they are in view already.
        """
        known = known_index(self.source)
        if known is not None:
            faces = self._begun(known)
            yield faces
        if known is None or not files_unchanged(known):
            faces = self._begun(self._read())
            yield faces
            keep_index(faces.index)
        yield from self._complete(faces)

    def _begun(self, index: Index) -> FaceSet:
        if self._curator is None:
            self._curator = Curator(index.folder)
        return FaceSet(index)

    def _read(self) -> Index:
        return browsable_index(self.source)

    def again(self, faces: FaceSet) -> Iterator[FaceSet]:
        """After a new report, which is on the files as they are now."""
        if not unchanged(faces.index):
            faces = self._begun(self._read())
            keep_index(faces.index)
        yield from self._complete(faces)

    def _complete(self, faces: FaceSet) -> Iterator[FaceSet]:
        faces = opening.with_report(faces)
        whole = self._with_parts(faces)
        now = self.curator.look()
        if whole.index.curation != now:  # curated while that took its time
            whole = self._with_parts(curated(faces, now, self._read))
        yield whole

    def _with_parts(self, faces: FaceSet) -> FaceSet:
        if self._run is None:
            return opening.with_parts(faces)
        try:
            return opening.with_model(faces, self._run)
        except RunError:
            return self._without_run(faces)

    def _without_run(self, faces: FaceSet) -> FaceSet:
        """Judged by none any more."""
        self._run = None
        return opening.with_parts(dataclasses.replace(faces, model=None))

    def judge(self, faces: FaceSet, run: RunDir | None) -> FaceSet:
        """With the predictions and the split of `run`, or without any model."""
        if run is None:
            return self._without_run(faces)
        judged = opening.with_model(faces, run)
        self._run = run
        return judged

    def toggle(self, faces: FaceSet, rows: Sequence[int]) -> tuple[str, FaceSet]:
        """Exclude these faces, or restore them where all of them are excluded already. Those that
        are gone are left as they are, and counted."""
        usable = [row for row in rows if row < faces.labelled]
        if not usable:
            check_pictured(faces, rows[0])
            what = printable(faces.name(rows[0]))
            raise DataError(f"{what}: has no whole label, so no run uses it; l gives it one")
        there = still_there(faces, usable)
        names = [faces.name(row) for row in there]
        restore = all(map(faces.excluded, there))
        said = self.curator.restore(names) if restore else self.curator.exclude(names)
        if gone := len(usable) - len(there):
            said += f"; {gone:,} of those marked {'is' if gone == 1 else 'are'} no longer there"
        return self._curate(faces, said)

    def correct(self, faces: FaceSet, row: int, label: Label | None) -> tuple[str, FaceSet]:
        """Put a label right; None goes back to that of the name."""
        check_pictured(faces, row)
        still_there(faces, [row])
        return self._curate(faces, self.curator.correct(faces.name(row), label))

    def undo(self, faces: FaceSet) -> tuple[str, FaceSet]:
        """Take the last step of curation back."""
        said = self.curator.undo()
        return self._curate(faces, said) if said else ("there is nothing to undo", faces)

    @property
    def curator(self) -> Curator:
        """That of the folder; there is one once it was opened."""
        if self._curator is None:
            raise DataError(f"{printable(str(self.folder))}: is not open yet; wait a moment")
        return self._curator

    def _curate(self, faces: FaceSet, said: str) -> tuple[str, FaceSet]:
        after = curated(faces, self.curator.now, self._read)
        if self._run is None:
            return said, opening.with_parts(after)
        try:
            return said, opening.with_parts(after, self._run)
        except RunError:
            said += f"; no model judges any more, as {self._run.id} cannot be read"
            return said, self._without_run(after)
