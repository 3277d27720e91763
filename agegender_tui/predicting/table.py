"""Predictions as a table: CSV with a row for each face and model, or JSON Lines with a line for
each file; appended as they come, so that a broken one can be gone on with."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agegender_tui.predicting.table_settings import Settings, check_settings, write_settings
from trainer.csv_lines import csv_lines
from trainer.errors import ConfigError
from trainer.runs.atomic import storage_errors
from trainer.text import printable, spreadsheet_safe

COLUMNS = (
    "file", "face", "faces", "model", "age", "age_low", "age_high", "gender", "gender_1",
    "x", "y", "width", "height", "as_it_is", "problem",
)  # fmt: skip
ENDINGS = (".csv", ".jsonl")


class PredictionTable:
    """A file of predictions, open for appending; `done` are the names of files that are in it."""

    def __init__(self, path: Path, settings: Settings, *, resume: bool) -> None:
        """Begin `path`, or with `resume` go on with it: what a crash left incomplete is cut off.

        ConfigError for another ending, a file that exists without `resume`, one that is no such
        table, or one that was begun with other `settings`, as `settings_of` has them, or in
        another folder with names that are relative.
        """
        self.path, self.done = path, set[str]()
        self._csv = path.suffix.lower() == ".csv"
        shown = printable(str(path))
        if path.suffix.lower() not in ENDINGS:
            raise ConfigError(f"{shown}: let its name end in {' or '.join(ENDINGS)}")
        with storage_errors(path, "name another file with --out"):
            there = path.exists() and path.stat().st_size > 0
            if there and not resume:
                raise ConfigError(f"{shown}: exists; go on with it with --resume, or name another")
            if there:
                self._go_on(shown, settings)
            else:
                write_settings(path, settings)
            # Without a buffer: what a full disk did not take is not tried again at the end.
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - open as long as the table
            if self._csv and not self._file.tell():
                self._write(csv_lines([COLUMNS]))

    def close(self) -> None:
        """Nothing is lost without it: each file's rows are handed to the system at once."""
        with storage_errors(self.path, "name another file with --out"):
            self._file.close()

    def add(self, reply: dict[str, Any]) -> None:
        """Append all that is said of one file, in one piece."""
        if self._csv:
            self._write(csv_lines(rows(reply)))
        else:
            body = {key: reply[key] for key in ("file", "size", "faces", "problem")}
            self._write(json.dumps(body, allow_nan=False) + "\n")

    def _write(self, text: str) -> None:
        with storage_errors(self.path, "name another file with --out"):
            rest = text.encode("utf-8", "surrogateescape")
            while rest:
                rest = rest[self._file.write(rest) :]

    def _go_on(self, shown: str, settings: Settings) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            keep = self._read_csv(whole, settings) if self._csv else self._read_lines(whole)
        except (ValueError, KeyError, TypeError, csv.Error):
            raise ConfigError(f"{shown}: is no table of predictions; name another table") from None
        if self.done:
            check_settings(self.path, settings, self.done)
        else:
            write_settings(self.path, settings)
        if keep < len(content):
            os.truncate(self.path, keep)

    def _read_lines(self, content: bytes) -> int:
        for line in content.splitlines():
            body = json.loads(line)
            self.done.add(body["file"])
        return len(content)

    def _read_csv(self, content: bytes, settings: Settings) -> int:
        """Notes what is there; returns where the last whole file ends. ConfigError where one has
        more rows than its faces and models make."""
        each = len(settings["models"]) + bool(settings["mean"])  # rows of a face
        text = content.decode("utf-8", "surrogateescape")
        lines = [line + "\n" for line in text.split("\n")[:-1]]
        reader = csv.reader(lines)
        if lines and tuple(next(reader)) != COLUMNS:
            raise ValueError("other columns")
        order: list[str] = []
        begins = before = reader.line_num
        missing = 0  # rows of the last file
        for row in reader:
            if len(row) != len(COLUMNS):
                if reader.line_num < len(lines):
                    raise ValueError("a row of another length")
                break  # cut within a name that has a line break
            values = dict(zip(COLUMNS, row, strict=True))
            if not order or order[-1] != values["file"]:
                order.append(values["file"])
                begins, missing = before, int(values["faces"]) * each if values["faces"] else 1
            before, missing = reader.line_num, missing - 1
            if missing < 0:
                # Of fewer models there would be more rows.
                check_settings(self.path, settings, map(_unquoted, order))
                raise ConfigError(
                    f"{printable(str(self.path))}: holds {printable(_unquoted(order[-1]))} more "
                    "than once; delete the rows that are doubled, or name another table"
                )
        if missing:
            order, before = order[:-1], begins
        self.done = set(map(_unquoted, order))
        return len("".join(lines[:before]).encode("utf-8", "surrogateescape"))


def rows(reply: dict[str, Any]) -> Iterator[list[Any]]:
    """The table's rows for one file: one for each face and model, one in all without a face."""
    file, faces = spreadsheet_safe(reply["file"]), reply["faces"]
    if not faces:
        yield [file, *[""] * (len(COLUMNS) - 2), reply["problem"]]
    for number, face in enumerate(faces, start=1):
        for one in face["predictions"]:
            yield [
                file, number, len(faces), spreadsheet_safe(one["model"]), one["age"],
                one["age_low"], one["age_high"], int(one["gender"] > 0.5), one["gender"],
                *face["box"], int(face["as_it_is"]), reply["problem"],
            ]  # fmt: skip


def _unquoted(cell: str) -> str:
    """The name that `spreadsheet_safe` made `cell` of."""
    return cell[1:] if cell[:1] == "'" and spreadsheet_safe(cell[1:]) == cell else cell
