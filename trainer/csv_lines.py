"""Tables as CSV that reads back as it was written."""

from __future__ import annotations

import csv
from collections.abc import Iterable


class _Lines(list[str]):
    def write(self, line: str) -> None:
        """One row, as csv.writer ends it."""
        self.append(line.removesuffix("\r\n") + "\n")


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV, each ended by a line feed, quoted where a cell needs it.

    Before Python 3.12, csv.writer quotes of the line breaks only those that rows end in: with
    another ending a carriage return in a file's name, which readers take for the end of a row,
    would stand bare.
    """
    lines = _Lines()
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return "".join(lines)
