"""The noise and bias report of a data set, as JSON for programs and HTML for people."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from trainer.data.finding import Finding
from trainer.data.quality import Quality
from trainer.data.ranged import RangedIndex, in_order, range_name
from trainer.data.statistics import GENDERS, RACES, Statistics, band_name
from trainer.runs.atomic import ANOTHER_PLACE, write_atomic
from trainer.text import printable

VERSION = 1
SHOWN = 24  # faces of a finding that are pictured
_THUMBNAIL = 72  # pixels


def as_json(quality: Quality) -> dict[str, Any]:
    """Everything found, with all files; names that are not UTF-8 keep their lone surrogates."""
    index = quality.index
    return {
        "version": VERSION,
        "folder": str(index.folder),
        "key": index.key,
        "faces": len(index.files),
        "curation": index.curated,
        "before": _numbers(quality.before),
        "after": _numbers(quality.after),
        "ranges": [
            {"ages": row[0], "male": row[1], "female": row[2], "unknown": row[3]}
            for row in _range_rows(quality)
        ],
        "sizes": quality.sizes,
        "brightness": quality.brightness,
        "sharpness": quality.sharpness,
        "findings": [
            {
                "kind": one.kind,
                "title": one.title,
                "severity": one.severity,
                "advice": one.advice,
                "filter": one.filter,
                "count": len(one.faces),
                "faces": [[name, why] for name, why in one.faces],
                "groups": one.groups,
            }
            for one in quality.findings
        ],
        "hashes": quality.hashes,
    }


def write_json(path: Path, quality: Quality, elsewhere: str = ANOTHER_PLACE) -> None:
    write_atomic(path, json.dumps(as_json(quality)), elsewhere=elsewhere)


def _numbers(made_of: Statistics) -> dict[str, Any]:
    return {
        "faces": made_of.count,
        "mean_age": round(made_of.mean_age, 2),
        "female_share": round(made_of.female_share, 4),
        "bands": [
            {"ages": band_name(band), "male": males, "female": females}
            for band, males, females in made_of.bands()
        ],
        "races": {str(race): n for race, n in sorted(made_of.races.items(), key=str)},
    }


def write_html(path: Path, quality: Quality) -> None:
    """One file that needs no other: styles and pictures inside, no scripts, no network."""
    write_atomic(path, as_html(quality), elsewhere=ANOTHER_PLACE)


def as_html(quality: Quality) -> str:
    """The page as text."""
    index = quality.index
    shown = printable(str(index.folder))
    excluded = f"<p>{escape(index.curated)}</p>" if index.curated else ""
    exact = not isinstance(index, RangedIndex)
    labelled = "labelled faces" if exact else "faces without a whole label, which no run uses"
    parts = [
        f"<h1>Faces in {escape(shown)}</h1>",
        f"<p>{len(index.files):,} {labelled}, {len(index.excluded):,} of them excluded; "
        f"{len(quality.findings)} findings.</p>{excluded}",
        "<h2>Findings</h2>",
        _contents(quality.findings),
        *(_finding(quality, finding) for finding in quality.findings),
        "<h2>Ages by gender</h2>",
        *([_histogram(quality.after), _bands(quality)] if exact else [_ranges(quality)]),
        *(["<h2>Race codes</h2>", _races(quality)] if exact else []),
        "<h2>Pictures</h2>",
        "<p>Sizes: " + ", ".join(f"{size} ({n:,})" for size, n in quality.sizes[:10]) + "</p>",
        _bars("Brightness, dark to bright", quality.brightness),
        _bars("Sharpness, blurred to sharp (logarithmic)", quality.sharpness),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Faces in '
        f"{escape(shown)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b2430;background:#fff}h2{margin-top:2.2rem}table{border-collapse:collapse}"
    "td,th{padding:.15rem .7rem;text-align:right}th:first-child,td:first-child{text-align:left}"
    "tr:nth-child(even){background:#f2f5f8}.error{color:#b3260f}.warning{color:#8f6400}"
    ".note{color:#41719c}figure{display:inline-block;margin:.3rem;width:76px;vertical-align:top;"
    "font-size:11px;overflow-wrap:anywhere}img{width:72px;height:72px;display:block}"
    "details{margin:.2rem 0}summary{cursor:pointer}"
)


def _contents(findings: Sequence[Finding]) -> str:
    if not findings:
        return "<p>Nothing was found.</p>"
    rows = "".join(
        f'<tr><td><a href="#{n}">{escape(one.title)}</a></td>'
        f'<td class="{one.severity}">{one.severity}</td><td>{len(one.faces):,}</td></tr>'
        for n, one in enumerate(findings)
    )
    return f"<table><tr><th>what</th><th>how bad</th><th>faces</th></tr>{rows}</table>"


def _finding(quality: Quality, finding: Finding) -> str:
    place = quality.findings.index(finding)
    pictures = "".join(_figure(quality, name, why) for name, why in finding.faces[:SHOWN])
    heading = f'<h3 id="{place}" class="{finding.severity}">{escape(finding.title)}'
    advice = f"<p>{escape(finding.advice)}</p>"
    if not finding.faces:
        return f"{heading}</h3>{advice}"
    names = "".join(
        f"<div>{escape(printable(name))}{' – ' + escape(printable(why)) if why else ''}</div>"
        for name, why in finding.faces
    )
    return (
        f"{heading}: {len(finding.faces):,}</h3>{advice}{pictures}"
        f"<details><summary>all {len(finding.faces):,} names</summary>{names}</details>"
    )


def _figure(quality: Quality, name: str, why: str) -> str:
    picture = _thumbnail(quality, name)
    drawn = f'<img alt="" src="data:image/jpeg;base64,{picture}">' if picture else "<div>?</div>"
    caption = escape(printable(why or Path(name).name))
    return f'<figure title="{escape(printable(name))}">{drawn}{caption}</figure>'


def _thumbnail(quality: Quality, name: str) -> str:
    from PIL import Image

    from trainer.data.decode import UnreadableFace, read_face

    try:
        pixels, _ = read_face(quality.index.folder / name)
    except UnreadableFace:
        return ""
    written = BytesIO()
    small = Image.fromarray(pixels).resize((_THUMBNAIL, _THUMBNAIL))
    small.save(written, "JPEG", quality=80)
    return base64.b64encode(written.getvalue()).decode()


def _histogram(made_of: Statistics) -> str:
    """Males up, females down, one bar a year."""
    up, down = made_of.histogram(0), made_of.histogram(1)
    most = max([1, *up, *down])
    bars = "".join(
        f'<rect x="{age * 8}" y="{100 - 96 * males / most:.1f}" width="7" '
        f'height="{96 * males / most:.1f}" fill="#1667a8"/>'
        f'<rect x="{age * 8}" y="101" width="7" height="{96 * females / most:.1f}" fill="#b85c00"/>'
        for age, (males, females) in enumerate(zip(up, down, strict=True))
    )
    marks = "".join(
        f'<text x="{age * 8}" y="214" font-size="11">{age}</text>' for age in range(0, len(up), 10)
    )
    return (
        f'<svg viewBox="0 0 {len(up) * 8} 218" width="100%" role="img" aria-label="ages by gender">'
        f"{bars}{marks}</svg><p>Up, blue: male; down, orange: female. At most {most:,} a year.</p>"
    )


def _bands(quality: Quality) -> str:
    before = {band: (males, females) for band, males, females in quality.before.bands()}
    after = {band: (males, females) for band, males, females in quality.after.bands()}
    rows = "".join(
        f"<tr><td>{band_name(band)}</td><td>{males:,}</td><td>{females:,}</td>"
        f"<td>{after.get(band, (0, 0))[0]:,}</td><td>{after.get(band, (0, 0))[1]:,}</td></tr>"
        for band, (males, females) in before.items()
    )
    heads = f"<th>{GENDERS[0]}</th><th>{GENDERS[1]}</th>"
    return (
        '<table><tr><th></th><th colspan="2">all</th><th colspan="2">used</th></tr>'
        f"<tr><th>age</th>{heads}{heads}</tr>{rows}</table>"
    )


def _range_rows(quality: Quality) -> list[tuple[str, int, int, int]]:
    """(range, males, females, of unknown gender), the youngest first."""
    found = quality.ranges
    return [
        (range_name(ages), found[ages, 0], found[ages, 1], found[ages, None])
        for ages in in_order(ages for ages, _ in found)
    ]


def _ranges(quality: Quality) -> str:
    rows = "".join(
        f"<tr><td>{ages}</td><td>{males:,}</td><td>{females:,}</td><td>{unknown:,}</td></tr>"
        for ages, males, females, unknown in _range_rows(quality)
    )
    heads = f"<th>{GENDERS[0]}</th><th>{GENDERS[1]}</th><th>unknown</th>"
    return f"<table><tr><th>ages</th>{heads}</tr>{rows}</table>"


def _races(quality: Quality) -> str:
    codes = sorted(quality.before.races, key=lambda code: (code is None, code or 0))
    rows = "".join(
        f"<tr><td>{'none' if code is None else f'{code} {RACES[code]}'}</td>"
        f"<td>{quality.before.races[code]:,}</td><td>{quality.after.races[code]:,}</td></tr>"
        for code in codes
    )
    return f"<table><tr><th>code</th><th>all</th><th>used</th></tr>{rows}</table>"


def _bars(title: str, counts: Sequence[int]) -> str:
    most = max([1, *counts])
    bars = "".join(
        f'<rect x="{n * 20}" y="{60 - 58 * count / most:.1f}" width="18" '
        f'height="{58 * count / most:.1f}" fill="#41719c"/>'
        for n, count in enumerate(counts)
    )
    return (
        f'<p>{escape(title)}</p><svg viewBox="0 0 {len(counts) * 20} 60" width="320">{bars}</svg>'
    )
