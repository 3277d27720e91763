"""The sections of the page, each from what it shows to markup; None where there is nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.evaluation.copies import copies_words
from trainer.evaluation.diagnosis import diagnose
from trainer.evaluation.kinds import HEADLINES, KINDS
from trainer.evaluation.report.comparisons import EACH_WITH_EACH, MOST, Comparison
from trainer.evaluation.report.contents import Part, by_data
from trainer.evaluation.report.definitions import (
    CHOSEN_EPOCH,
    DEFINITIONS,
    FACES,
    INTERVALS,
    USE,
)
from trainer.evaluation.report.markup import Child, Markup, joined, tag
from trainer.evaluation.report.origins import Origin, settings_of
from trainer.evaluation.report.pictures import Picture
from trainer.evaluation.report.tables import (
    KIND_TITLES,
    age_group_table,
    compared_group_tables,
    comparison_table,
    detail_tables,
    figure_tables,
    group_tables,
    interval_of,
    present,
    table,
)
from trainer.evaluation.report.wall import Tile
from trainer.evaluation.same_faces import same_faces
from trainer.evaluation.standing_out import standing_out
from trainer.text import printable

SIDE_BY_SIDE = ("age_mae", "age_bias", "group_accuracy", "gender_accuracy")
NAMED = 20  # faces left out that are named on the page
STANDING = 4  # groups of each kind that are told in words
PARTS = {"validation": "the validation part of the model's own run", "all": "all of it"}


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading; `key` is its anchor."""

    key: str
    title: str
    body: Markup


@dataclass(frozen=True)
class Wall:
    """The worst errors of one evaluation: a heading and its tiles each, and their picture."""

    part: Part
    rows: Sequence[tuple[str, Sequence[Tile]]]
    picture: Picture | None


def in_short(parts: Sequence[Part], found: Sequence[Comparison]) -> Markup:
    """The main figures and verdicts, before everything else."""
    told = [tag("li", tag("strong", part.title), ": ", _main_figures(part)) for part in parts]
    verdicts: list[Child] = []
    for one in found:
        if one.headlines:
            faces = f"the {one.faces:,} faces of {one.one.data} that both have"
            verdicts.append(tag("p", f"{one.one.name} and {one.other.name}, on {faces}:"))
            verdicts.append(tag("ul", *(tag("li", words) for words in one.headlines)))
    return tag("div", tag("ul", *told), *verdicts, class_="short")


def _main_figures(part: Part) -> str:
    told = []
    for name in ("age_mae", "group_accuracy", "gender_accuracy"):
        kind, figure = KINDS[name], part.figures.get(name)
        if figure is not None and figure.defined:
            value = f"{kind.title} {kind.text(figure.value)} {kind.unit}"
            told.append(f"{value} ({interval_of(kind, figure)})")
    return (" and ".join(told) or "no labels to compare with") + f" on {part.faces:,} faces."


def figures_section(parts: Sequence[Part]) -> Section:
    tables: list[Child] = []
    for data, group in by_data(parts).items():
        tables += [figure_tables(group, data), *map(age_group_table, group)]
    note = "Below each figure is its 95 % interval; what each figure is stands under "
    chosen = any(part.summary["data"]["part"] == "validation" for part in parts)
    return Section(
        "figures",
        "Figures",
        joined(
            tag("p", note, tag("a", "Definitions", href="#definitions"), ".", class_="quiet"),
            *tables,
            *(tag("p", words, class_="quiet") for words in _other_faces(parts)),
            *(tag("p", words) for words in _copies(parts)),
            tag("p", CHOSEN_EPOCH, class_="quiet") if chosen else None,
        ),
    )


def _other_faces(parts: Sequence[Part]) -> list[str]:
    """Warns where figures that stand together are not of the same faces."""
    return [
        f"On {data} not all models were scored on the same faces: compare them by the differences "
        "on the faces that two of them share, not by the figures here."
        for data, group in by_data(parts).items()
        if not same_faces([part.summary for part in group])
    ]


def _copies(parts: Sequence[Part]) -> list[str]:
    """What the copies of training faces do to the figures, a sentence a model."""
    said = [(part.title, copies_words(part.summary)) for part in parts]
    return [f"{title}: {words}." for title, words in said if words]


def comparisons_section(parts: Sequence[Part], found: Sequence[Comparison]) -> Section | None:
    if not found:
        return None
    body: list[Child] = []
    if any(len(group) > MOST for group in by_data(parts).values()):
        words = f"Of each set of faces the first {MOST} models are compared, each with the first."
        body.append(tag("p", words, class_="quiet"))
    elif any(len(group) > EACH_WITH_EACH for group in by_data(parts).values()):
        words = f"Of more than {EACH_WITH_EACH} models each is compared with the first."
        body.append(tag("p", words, class_="quiet"))
    for one in found:
        if one.rows:
            body += [comparison_table(one), compared_group_tables(one, HEADLINES)]
        else:
            words = f"{one.one.title} and {one.other.name} have no face in common."
            body.append(tag("p", words))
    words = (
        "◆ stands where a difference is shown, ◇ where none is. Differences are on the "
        "faces that both have, resampled for both at once; by group, of those with 30 such faces "
        "or more."
    )
    body.append(tag("p", words, class_="quiet"))
    return Section("differences", "Differences", joined(*body))


def groups_section(parts: Sequence[Part], by_age: Sequence[Picture]) -> Section:
    told: list[Child] = []
    for part in parts:
        rows = [
            tag("li", f"{title} {one.group.name}: {one.words}")
            for kind, title in KIND_TITLES.items()
            for one in standing_out(part.figures, part.groups, kind)[:STANDING]
        ]
        nothing = tag("p", "No group stands out by more than its interval.")
        told += [tag("h3", part.title), tag("ul", *rows) if rows else nothing]
    tables = [group_tables(group, data, SIDE_BY_SIDE) for data, group in by_data(parts).items()]
    words = (
        "Groups whose 95 % interval leaves out the figure of all faces, the farthest off first. "
        "Of twenty figures one is expected to do so by chance. Groups of fewer than 30 faces "
        "are in the tables, marked few, and not told here."
    )
    return Section(
        "groups",
        "For whom",
        joined(tag("p", words), *told, *map(broad, by_age), *tables),
    )


def pictures_section(made: Sequence[tuple[Part, Sequence[Picture]]]) -> Section | None:
    body = [
        joined(tag("h3", part.title), tag("div", *map(figure, pictures), class_="pictures"))
        for part, pictures in made
        if pictures
    ]
    return Section("pictures", "Pictures", joined(*body)) if body else None


def worst_section(walls: Sequence[Wall], faces: bool) -> Section | None:
    if not any(tiles for wall in walls for _, tiles in wall.rows):
        return None
    words = FACES if faces else "The faces were left out of this report; their files are named."
    order = "The largest errors of age, and the surest of the wrong genders, worst first."
    body: list[Child] = [tag("p", order), tag("p", words, class_="quiet")]
    for wall in walls:
        body.append(tag("h3", wall.part.title))
        for heading, tiles in wall.rows:
            if tiles:
                items = [_tile(tile, faces) for tile in tiles]
                body += [tag("p", heading), tag("ul", *items, class_="faces")]
    return Section("worst", "Worst errors", joined(*body))


def _tile(tile: Tile, faces: bool) -> Markup:
    shown: Markup | None = None
    if faces and tile.picture is not None:
        source = "data:image/jpeg;base64," + base64.b64encode(tile.jpeg()).decode()
        shown = tag("img", src=source, alt=f"labelled {tile.label}", width=112, height=112)
    elif faces:
        shown = tag("div", tile.problem, class_="gone")
    return tag(
        "li",
        shown,
        f"label {tile.label}",
        tag("br"),
        tag("strong", f"said {tile.said}"),
        tag("br"),
        tile.note,
        tag("span", tile.name, class_="file"),
    )


def learning_section(origins: Sequence[Origin], curves: Sequence[Picture]) -> Section | None:
    known = [one for one in origins if one.epochs]
    if not known:
        return None
    body: list[Child] = [*map(broad, curves)]
    if len(known) > len(origins[:6]):
        body.append(tag("p", "The picture has the first six models.", class_="quiet"))
    for one in known:
        findings = diagnose(one.epochs, one.config)
        items = [tag("li", f"{found.words}.") for found in findings]
        body.append(tag("h3", f"Diagnosis of {one.name}"))
        body.append(tag("ul", *items) if items else tag("p", "Nothing was found."))
    return Section("learning", "Learning curves", joined(*body))


def left_out_section(parts: Sequence[Part]) -> Section:
    body: list[Child] = []
    for part in parts:
        stored = part.summary["left_out"]
        kinds = (
            ("trained_on", "that the model was trained on, or near duplicates of these"),
            ("unreadable", "that cannot be read"),
            ("changed", "that are not as they were in training"),
        )
        told = [f"{stored[key]:,} {words}" for key, words in kinds if stored.get(key)]
        body.append(tag("h3", part.title))
        body.append(tag("p", f"Left out: {'; '.join(told)}." if told else "No face was left out."))
        for note in part.summary.get("notes", ()):
            said = str(note)
            body.append(tag("p", f"{said[:1].upper()}{said[1:]}."))
        body.append(_named(part.left_out))
        if part.copies:
            count = f"{len(part.copies):,} face{'s' * (len(part.copies) != 1)}"
            words = f"Scored, though nearly the same picture was trained on: {count}."
            body += [tag("p", words), _named(part.copies)]
    return Section("left-out", "What was left out", joined(*body))


def _named(files: Sequence[tuple[str, str]]) -> Markup | None:
    names = [tag("li", tag("code", name), f": {why}") for name, why in files[:NAMED]]
    more = len(files) - len(names)
    if more > 0:
        names.append(tag("li", f"and {more:,} more, all in left_out.csv"))
    return tag("ul", *names) if names else None


def origins_section(origins: Sequence[Origin]) -> Section:
    known = [one for one in origins if one.config is not None]
    body: list[Child] = [tag("p", f"{one.name}: {one.problem}.") for one in origins if one.problem]
    if known:
        headings = ["", *(one.name for one in known)]
        facts = [[key, *(one.facts[key] for one in known)] for key in known[0].facts]
        body.append(table("Models", headings, facts, text=len(headings)))
        rows = settings_of(known)
        apart = [row for row in rows if len(set(row[1])) > 1]
        same = [row for row in rows if len(set(row[1])) == 1]
        for caption, chosen in (("Settings that differ", apart), ("Settings of all", same)):
            if chosen:
                lines = [[name, *values, default] for name, values, default in chosen]
                names = [*headings[1:]] if chosen is apart else ["value"]
                if chosen is same:
                    lines = [[name, values[0], default] for name, values, default in chosen]
                columns = ["Setting", *names, "default"]
                body.append(table(caption, columns, lines, text=len(columns)))
    return Section("origins", "How the models were made", joined(*body))


def details_section(parts: Sequence[Part]) -> Section:
    return Section(
        "details", "All figures by group", joined(*(detail_tables(part) for part in parts))
    )


def definitions_section(parts: Sequence[Part]) -> Section:
    names = present([part.figures for part in parts] + [g.figures for p in parts for g in p.groups])
    rows: list[Child] = []
    for name in names:
        kind, defined = KINDS[name], DEFINITIONS[name]
        source = f" ({defined.source})" if defined.source else ""
        unit = f", {kind.unit}" if kind.unit else ""
        rows += [tag("dt", f"{kind.title}{unit}"), tag("dd", defined.words + source)]
    return Section(
        "definitions",
        "Definitions",
        joined(tag("dl", *rows), *(tag("p", words) for words in INTERVALS)),
    )


def use_section() -> Section:
    return Section("use", "On use", tag("p", USE))


def fingerprints_section(parts: Sequence[Part], versions: Sequence[tuple[str, str]]) -> Section:
    rows: list[list[Child]] = []
    for part in parts:
        model, data = part.summary["model"], part.summary["data"]
        rows.append(
            [
                part.name,
                tag("code", printable(str(model.get("fingerprint", "")))),
                part.data,
                tag("code", printable(str(data.get("fingerprint", "")))),
                f"{part.faces:,}",
                "yes" if part.summary["settings"].get("flip") else "no",
                moment(part.summary.get("created")),
            ]
        )
    headings = [
        "Model", "fingerprint", "data set", "fingerprint of its faces", "faces",
        "mean with mirrored face", "evaluated",
    ]  # fmt: skip
    body = joined(
        table("Evaluations", headings, rows, text=len(headings)),
        table("This report was made with", ["Package", "version"], versions, text=2),
    )
    return Section("fingerprints", "Fingerprints and versions", body)


def moment(seconds: object) -> str:
    """`2026-11-24 09:01 UTC`; a dash where it is not known."""
    if not isinstance(seconds, int | float):
        return "–"
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def figure(picture: Picture, kind: str | None = None) -> Markup:
    """A picture inside the page, with its caption."""
    source = "data:image/png;base64," + base64.b64encode(picture.content).decode()
    shown = tag("img", src=source, alt=picture.alt)
    return tag("figure", shown, tag("figcaption", picture.caption), class_=kind)


def broad(picture: Picture) -> Markup:
    """The same across the page."""
    return figure(picture, "broad")
