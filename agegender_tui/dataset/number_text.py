"""The numbers of a data set as text: charts and tables for a column of a given width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from textual.content import Content

from agegender_tui.called import called
from agegender_tui.dataset.bars import across, hanging, upright, widened
from agegender_tui.dataset.face_text import age_text
from agegender_tui.dataset.numbers import Numbers
from trainer.data.labels import MAX_AGE
from trainer.data.statistics import GENDERS, RACES, band_name

MALE, FEMALE = "$primary", "$accent"
MUTED = "$text-muted"
_HEADING = "bold $text-primary"
_LEAST_BAR = 8
_TWO_COLUMNS, _BETWEEN = 150, 4


def page(numbers: Numbers, width: int, height: int) -> Content:
    """Everything, one section below the other, or in two columns where there is room; `height`
    lines are in sight at once."""
    two = width >= _TWO_COLUMNS
    column = (width - _BETWEEN) // 2 if two else width
    tall = min(9, max(3, (height - 8) // 2))
    left = [_summary(numbers), _bands(numbers, column), _partial(numbers)]
    right = [_races(numbers, column), _pictures(numbers, column)]
    ages = _ages(numbers, width, tall)
    if two:
        return Content("\n\n").join([ages, _beside(_stacked(left), _stacked(right), column)])
    return _stacked([left[0], ages, *left[1:], *right])


def _stacked(sections: Sequence[Content]) -> Content:
    return Content("\n\n").join(section for section in sections if section)


def _beside(left: Content, right: Content, width: int) -> Content:
    """The lines of both, the right ones from `width` and a little on."""
    pairs = zip_longest(left.split("\n"), right.split("\n"), fillvalue=Content(""))
    return Content("\n").join(
        one.pad_right(max(0, width + _BETWEEN - one.cell_length)) + other for one, other in pairs
    )


def _summary(numbers: Numbers) -> Content:
    rows = [["", "faces", "mean age", GENDERS[0], GENDERS[1]]]
    for name, made_of in numbers.selections.items():
        female = made_of.female_share if made_of.count else 0.0
        male = 1.0 - female if made_of.count else 0.0
        rows.append(
            [name, f"{made_of.count:,}", f"{made_of.mean_age:.1f}", f"{male:.1%}", f"{female:.1%}"]
        )
    left_out = numbers.selections["all"].count - numbers.selections["used"].count
    words = [f"{left_out:,} excluded" if left_out else "", numbers.parts_from]
    return Content("\n").join(
        [*_table(rows), Content.styled("; ".join(filter(None, words)), MUTED)]
    )


def _ages(numbers: Numbers, width: int, tall: int) -> Content:
    made_of = numbers.selections["used"]
    if not made_of.count:
        some = numbers.selections["all"].count
        return Content("Every face is excluded." if some else "No face has an exact age.")
    years = 1
    while len(made_of.histogram(0, years)) > width - 2:
        years += 1
    males, females = made_of.histogram(0, years), made_of.histogram(1, years)
    by = max(1, (width - 2) // len(males))
    most = max(*males, *females)
    step = "a year" if years == 1 else f"per {years} years"
    title = Content.assemble(
        ("Ages in use", _HEADING),
        (f"   ▀ {GENDERS[0]} up", MALE),
        (f"   ▄ {GENDERS[1]} down", FEMALE),
        (f"   at most {most:,} {step}", MUTED),
    )
    lines = [
        *upright(widened(males, by), most, tall, MALE),
        Content.styled(_axis(len(males), years, by), MUTED),
        *hanging(widened(females, by), most, tall, FEMALE),
    ]
    return Content("\n").join([title, *lines])


def _axis(count: int, years: int, by: int) -> str:
    """Ages below their bars, every ten years where there is room."""
    line = [" "] * (count * by + 3)
    every = 10 if years <= 2 else 20
    for age in range(0, count * years, every):
        at = age // years * by
        line[at : at + len(str(age))] = str(age)
    return "".join(line).rstrip()


def _bands(numbers: Numbers, width: int) -> Content:
    """Males and females of each age band in each selection; then the share of females as a bar."""
    bands = {
        name: {band: (males, females) for band, males, females in made_of.bands()}
        for name, made_of in numbers.selections.items()
    }
    heads = [f"{name} " for name in bands]
    heads[-1] = "valid. "  # so that all fit into 80 columns
    rows = [["age", *(head + gender[0] for head in heads for gender in GENDERS)]]
    for band in bands["all"]:
        rows.append(
            [
                band_name(band),
                *(f"{n:,}" for name in bands for n in bands[name].get(band, (0, 0))),
            ]
        )
    lines = _table(rows)
    room = min(30, width - len(lines[0]) - 4)
    if room >= _LEAST_BAR:
        genders = f"{GENDERS[0]} | {GENDERS[1]}"
        words = f"{genders}, in use" if len(genders) + 8 <= room else genders
        lines[0] += Content.styled(f"   {words}", MUTED)
        for at, band in enumerate(bands["all"], 1):
            lines[at] += Content("   ") + _share(*bands["used"].get(band, (0, 0)), room)
    if len(rows) == 1:
        return Content("")
    title = Content.styled("Age bands by gender", _HEADING)
    return Content("\n").join([title, *lines])


def _partial(numbers: Numbers) -> Content:
    """Faces that lack an exact age or a gender, by what is known of both."""
    if not numbers.partial:
        return Content("")
    genders = (*range(len(GENDERS)), None)
    ages = sorted({ages for ages, _ in numbers.partial}, key=lambda ages: ages or (MAX_AGE + 1, 0))
    rows = [["age", *GENDERS, "unknown"]]
    for known in ages:
        counts = (numbers.partial[known, gender] for gender in genders)
        rows.append([age_text(known), *(f"{count:,}" for count in counts)])
    title = Content.styled("Without an exact age or a gender: no run uses them", _HEADING)
    return Content("\n").join([title, *_table(rows)])


def _share(males: int, females: int, width: int) -> Content:
    """Both genders of a band on one line, as long as their shares."""
    if not males + females:
        return Content("")
    left = round(width * males / (males + females))
    return Content.assemble(("█" * left, MALE), ("█" * (width - left), FEMALE))


def _races(numbers: Numbers, width: int) -> Content:
    codes = sorted(numbers.selections["all"].races, key=lambda code: (code is None, code or 0))
    if codes in ([], [None]):
        return Content("")
    rows = [["race code", *numbers.selections]]
    for code in codes:
        name = "none" if code is None else f"{code} {RACES[code]}"
        counts = (made_of.races[code] for made_of in numbers.selections.values())
        rows.append([name, *(f"{count:,}" for count in counts)])
    lines = _table(rows)
    room = min(30, width - len(lines[0]) - 4)
    if room >= _LEAST_BAR:
        used = numbers.selections["used"].races
        most = max(used.values(), default=0)
        for at, code in enumerate(codes, 1):
            lines[at] += Content.styled("   " + across(used[code], most, room).rstrip(), MALE)
    return Content("\n").join([Content.styled("Race codes", _HEADING), *lines])


def _pictures(numbers: Numbers, width: int) -> Content:
    report = numbers.report
    title = Content.styled("Pictures", _HEADING)
    if report is None:
        hint = (
            "Sizes, brightness, sharpness and copies take looking at every picture: press "
            f"{called('data.inspect')}."
        )
        return Content("\n").join([title, Content(hint)])
    sizes = ", ".join(f"{size} ({count:,})" for size, count in report.sizes[:6])
    more = len(report.sizes) - 6
    lines = [title, Content(f"sizes  {sizes}" + (f", and {more} more" if more > 0 else ""))]
    for name, counts, ends in (
        ("brightness", report.brightness, ("dark", "bright")),
        ("sharpness", report.sharpness, ("blurred", "sharp")),
    ):
        by = max(1, min(3, (width - 30) // max(1, len(counts))))
        bars = upright(widened(counts, by), max([1, *counts]), 3, MALE)
        words = [" " * 20, " " * 20, f"{name:<11}{ends[0]:>8} "]
        lines.append(Content(""))
        lines += [Content(word) + bar for word, bar in zip(words, bars, strict=True)]
        lines[-1] += Content(f" {ends[1]}, at most {max([0, *counts]):,}")
    lines.append(Content(""))
    copies = [f"{what}: {faces:,} in {groups:,} groups" for what, groups, faces in numbers.copies]
    lines += map(Content, copies or ["no copies were found"])
    return Content("\n").join(lines)


def _table(rows: Sequence[Sequence[str]]) -> list[Content]:
    """Columns as wide as their widest cell, numbers to the right, the heading muted."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for number, row in enumerate(rows):
        first = row[0].ljust(widths[0])
        rest = "".join(
            f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        lines.append(Content.styled(first + rest, MUTED if number == 0 else ""))
    return lines
