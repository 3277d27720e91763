"""Which data set is meant: a folder, how it is laid out, and how its columns are called.

One line of text says it all, in the settings of a run, on the command line and in the form:

    /data/UTKFace                              file names as UTKFace writes them
    agedb:/data/AgeDB                          another layout, see `trainer.data.importers`
    csv?file=photo&age=years&gender=sex:/data/mine     a table with columns of one's own
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from trainer.data.importers import LAYOUTS, UTKFACE
from trainer.errors import DataError
from trainer.text import printable
from trainer.user_path import absolute_path

_WITH_LAYOUT = re.compile(r"([a-z][a-z-]*)(?:\?([^:]*))?:(.*)", re.DOTALL)


@dataclass(frozen=True)
class DataSource:
    """`folder` is absolute; `mapping` says which column of a table is what, for `csv` alone."""

    folder: Path
    layout: str = UTKFACE
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The line of text; `parse_source` takes it back."""
        if self.layout == UTKFACE:
            return str(self.folder)
        columns = "&".join(
            f"{quote(key, safe='')}={quote(value, safe=' ,;|', errors='surrogateescape')}"
            for key, value in self.mapping.items()
        )
        return f"{self.layout}{'?' if columns else ''}{columns}:{self.folder}"


def parse_source(text: str | Path) -> DataSource:
    """The data set a line of text means; a relative folder is made absolute.

    Raises DataError for a mapping that no layout takes, and StorageError where a relative folder is
    of no current one.
    """
    text = str(text)
    found = _WITH_LAYOUT.fullmatch(text)
    if found is None or found[1] not in LAYOUTS:
        return DataSource(absolute_path(text))
    layout, columns, folder = found.groups()
    mapping = dict(parse_qsl(columns or "", True, errors="surrogateescape"))
    check_mapping(layout, mapping)
    return DataSource(absolute_path(folder), layout, mapping)


def check_mapping(layout: str, mapping: Mapping[str, str]) -> None:
    """Raise DataError unless the layout takes such a mapping."""
    from trainer.data.importers.own_csv import KEYS

    if mapping and layout != "csv":
        raise DataError(f"layout {layout} has columns of its own: leave the mapping out")
    for key in mapping:
        if key not in KEYS:
            raise DataError(
                f"'{printable(key)}' is nothing a column can be: choose {', '.join(KEYS)}"
            )


def mapping_of(words: str) -> dict[str, str]:
    """`file=photo age=years` as typed: columns by what they are.

    Where a heading has spaces, semicolons go between: `file=a name; age=years`. Raises DataError.
    """
    mapping = {}
    for word in re.split(r"\s*;\s*" if ";" in words else r"\s+", words.strip()):
        if not word:
            continue
        key, equals, value = word.partition("=")
        if not equals:
            raise DataError(f"'{printable(word)}' is no mapping: write it like age=years")
        mapping[key.strip()] = unquote(value.strip())
    check_mapping("csv", mapping)
    return mapping
