"""A report from evaluations on disk to a folder with the page, its pictures and its tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import metadata
from itertools import islice
from pathlib import Path

from trainer import __version__
from trainer.evaluation.report import sections
from trainer.evaluation.report.comparisons import comparisons
from trainer.evaluation.report.contents import Part, by_data, read_parts
from trainer.evaluation.report.folder import PAGE, write_folder
from trainer.evaluation.report.origins import origins_of
from trainer.evaluation.report.page import page
from trainer.evaluation.report.pictures import (
    Picture,
    by_age_pictures,
    learning_picture,
    name_of,
    pictures_of,
)
from trainer.evaluation.report.spreadsheets import (
    age_groups_csv,
    comparisons_csv,
    figures_csv,
    left_out_csv,
)
from trainer.evaluation.report.wall import age_tiles, draw_wall, gender_tiles
from trainer.evaluation.store import EvaluationDir

PICTURED = 12  # evaluations; of more, the rest is in the main tables and in the CSV files
_PACKAGES = ("numpy", "pillow")


def write_report(
    folder: Path,
    evaluations: Sequence[EvaluationDir],
    title: str = "",
    *,
    faces: bool = True,
    now: float | None = None,
    progress: Callable[[str], None] = lambda doing: None,
) -> Path:
    """Write `report.html`, each of its pictures as a PNG, and its tables as CSV; returns the page.

    `faces=False` leaves faces out, for a report that is passed on. `now`, Unix seconds, is the
    date it bears. The same evaluations, in the same order, give the same files but for the date.
    `progress` is told what is being done. Raises UserError for no evaluation, RunError for one
    that is not done or damaged, StorageError as `write_folder` does.
    """
    parts = read_parts(evaluations)
    pictured = parts[:PICTURED]
    progress("comparing")
    compared = comparisons(parts)
    progress("drawing")
    made = [(part, pictures_of(part)) for part in pictured]
    by_age = [
        picture
        for number, (data, group) in enumerate(by_data(pictured).items(), start=1)
        for picture in by_age_pictures(group, data, number)
    ]
    origins = origins_of(pictured)
    curves = learning_picture(origins)
    progress("opening the worst faces")
    walls = [_wall(part, faces) for part in pictured]
    body = [
        sections.figures_section(parts),
        sections.comparisons_section(parts, compared),
        sections.groups_section(pictured, by_age),
        sections.pictures_section(made),
        sections.worst_section(walls, faces),
        sections.learning_section(origins, curves),
        sections.left_out_section(parts),
        sections.origins_section(origins),
        sections.details_section(pictured),
        sections.definitions_section(parts),
        sections.use_section(),
        sections.fingerprints_section(parts, _versions()),
    ]
    date = sections.moment(time.time() if now is None else now)
    written = page(
        title or _title(parts),
        _about(parts, date),
        sections.in_short(pictured, compared),
        [one for one in body if one is not None],
    )
    drawn = [*(one for _, pictures in made for one in pictures), *by_age, *curves]
    drawn += [wall.picture for wall in walls if wall.picture is not None]
    files = {picture.file: picture.content for picture in drawn}
    tables = {
        "figures.csv": figures_csv(parts),
        "differences.csv": comparisons_csv(compared),
        "left_out.csv": left_out_csv(parts),
        PAGE: written,
    }
    if any(part.age_groups is not None for part in parts):
        tables["age_groups.csv"] = age_groups_csv(parts)
    files |= {name: text.encode("utf-8", "surrogateescape") for name, text in tables.items()}
    progress("writing")
    return write_folder(folder, files)


def _wall(part: Part, faces: bool) -> sections.Wall:
    rows = [
        ("Age, years", age_tiles(part.scored, faces)),
        ("Gender", gender_tiles(part.scored, faces)),
    ]
    picture = None
    if faces and any(tiles for _, tiles in rows):
        content = draw_wall([row for row in rows if row[1]], f"Worst errors: {part.title}")
        picture = Picture(f"{name_of(part)}-worst-errors.png", content, "", "")
    return sections.Wall(part, rows, picture)


def _title(parts: Sequence[Part]) -> str:
    names = list(dict.fromkeys(part.name for part in parts))
    some = list(islice(names, 3))
    rest = len(names) - len(some)
    if rest:
        return f"{', '.join(some)} and {rest} more models compared"
    if len(some) > 1:
        return f"{', '.join(some[:-1])} and {some[-1]} compared"
    return f"Evaluation of {some[0]}"


def _about(parts: Sequence[Part], date: str) -> str:
    sets = by_data(parts)
    about = (
        f"{len(parts)} evaluation{'s' * (len(parts) != 1)} on {'; '.join(sets)}. Made on {date} "
        f"with agegender-tui {__version__}."
    )
    if len(parts) > PICTURED:
        about += (
            f" The main tables have all models; pictures, groups and origins those of the first "
            f"{PICTURED}. The CSV files have all groups of all models."
        )
    return about


def _versions() -> list[tuple[str, str]]:
    found = [("agegender-tui", __version__)]
    return found + [(name, metadata.version(name)) for name in _PACKAGES]
