"""Data sets under names of one's own, in `datasets.toml` in the user's configuration.

    version = 1
    [faces]
    folder = "/data/UTKFace"
    layout = "utkface"
    [mine]
    folder = "/data/mine"
    layout = "csv"
    mapping = { file = "photo", age = "years", gender = "sex", male = "1", female = "2" }

A run keeps the folder, layout and mapping, not the name: it does not need this file again.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from trainer.data.alone import alone
from trainer.data.importers import LAYOUTS
from trainer.data.source import DataSource, check_mapping, parse_source
from trainer.errors import ConfigError, DataError
from trainer.runs.atomic import ANOTHER_CONFIG, storage_errors, write_atomic
from trainer.text import printable
from trainer.user_path import absolute_path

VERSION = 1
_VERSION_KEY = "version"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def registry_file() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("agegender-tui")) / "datasets.toml"


def read_registered() -> dict[str, DataSource]:
    """The registered data sets by name, in the order they were added.

    Raises DataError, naming the file and the entry, if it cannot be understood: a run must not
    take another data set than the one that was meant.
    """
    file = registry_file()
    try:
        body = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(file, str(error)) from None
    if body.pop(_VERSION_KEY, None) != VERSION:
        raise _unusable(file, f"its version is not {VERSION}")
    return {name: _entry(file, name, entry) for name, entry in body.items()}


def _entry(file: Path, name: str, entry: Any) -> DataSource:
    if not isinstance(entry, dict):
        raise _unusable(file, f"'{name}' is no table")
    folder, chosen = entry.get("folder"), entry.get("layout", "utkface")
    mapping = entry.get("mapping", {})
    if not isinstance(folder, str) or not folder:
        raise _unusable(file, f"'{name}' has no folder")
    if not isinstance(chosen, str) or chosen not in LAYOUTS:
        raise _unusable(file, f"the layout of '{name}' is none of {', '.join(LAYOUTS)}")
    texts = isinstance(mapping, dict) and all(isinstance(one, str) for one in mapping.values())
    if not texts:
        raise _unusable(file, f"the mapping of '{name}' is not like {{ age = \"years\" }}")
    try:
        check_mapping(chosen, mapping)
    except DataError as error:
        raise _unusable(file, f"'{name}': {error}") from None
    return DataSource(absolute_path(folder), chosen, mapping)


def _unusable(file: Path, why: str) -> DataError:
    return DataError(
        f"{printable(str(file))}: cannot be read ({printable(why)}); mend or delete it"
    )


def check_name(name: str) -> None:
    """Raise ConfigError unless a data set may be called that."""
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"'{printable(name)}' is no name for a data set: use up to 40 letters, digits, dots, "
            "dashes and underscores"
        )
    if name == _VERSION_KEY:
        raise ConfigError(
            f"'{name}' is no name for a data set: the file of the names has its own version under "
            "it; choose another"
        )


def register(name: str, source: DataSource) -> None:
    """Keep a data set under a new name. Raises ConfigError for a name that is taken or malformed,
    DataError where the file cannot be read or the folder's name is not UTF-8, StorageError."""
    check_name(name)
    for text in (str(source.folder), *source.mapping.values()):
        if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            raise DataError(f"{printable(text)}: its name is not UTF-8; rename it")
    with alone(_made_folder()):
        known = read_registered()
        if name in known:
            where = printable(str(known[name].folder))
            raise ConfigError(
                f"'{name}' is the name of {where} already: choose another, or remove that one first"
            )
        _write({**known, name: source})


def unregister(name: str) -> DataSource:
    """Forget a name; the faces stay. Raises ConfigError naming those that exist."""
    with alone(registry_file().parent):
        known = read_registered()
        if name not in known:
            raise ConfigError(
                f"'{printable(name)}' is no registered data set: there {_there(known)}"
            )
        source = known.pop(name)
        _write(known)
        return source


def _there(known: dict[str, DataSource]) -> str:
    return f"is {', '.join(known)}" if known else "are none"


def _made_folder() -> Path:
    folder = registry_file().parent
    with storage_errors(folder, ANOTHER_CONFIG):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(known: dict[str, DataSource]) -> None:
    import tomli_w

    body: dict[str, Any] = {_VERSION_KEY: VERSION}
    for name, source in known.items():
        body[name] = {"folder": str(source.folder), "layout": source.layout}
        if source.mapping:
            body[name]["mapping"] = dict(source.mapping)
    write_atomic(registry_file(), tomli_w.dumps(body), elsewhere=ANOTHER_CONFIG)


def resolve(text: str) -> DataSource:
    """The data set that is meant by a registered name, a folder, or `layout:folder`.

    A registered name goes before a folder of that name, which `./name` means. Raises DataError
    where the text may be a name and the file of names cannot be read.
    """
    text = text.strip()
    if NAME.fullmatch(text) and registry_file().exists():
        known = read_registered()
        if text in known:
            return known[text]
    return parse_source(text)
