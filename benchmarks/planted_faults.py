"""Faults planted into a copy of the sample faces, and which of them the report finds:
`python -m benchmarks.planted_faults [FOLDER]`. Needs no trained model.

Found over planted for each kind, and the false alarms: faces flagged for that kind without having
got any. Gender and age labels are doubted by a quick guess, so some of both is expected.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from benchmarks.report import Row
from trainer.data.index import build_index
from trainer.data.labels import Label, parse_name
from trainer.data.quality import Quality, inspect
from trainer.data.sample import sample_folder

EACH = 12
YEARS_OFF = 35
BAD_NAMES = ("face_{n}.jpg", "_1_0_{n}.jpg", "25_3_0_{n}.jpg", "250_1_0_{n}.jpg", "25__0_{n}.jpg")
# The findings that count as having found each kind.
FINDS = {
    "wrong names": {"unlabelled"},
    "corrupt files": {"unreadable"},
    "copies with other labels": {"duplicate-other-label"},
    "changed copies with other labels": {"near-duplicate-other-label"},
    "blank pictures": {"blank"},
    "very dark pictures": {"dark"},
    "blurred pictures": {"blurred"},
    "turned faces": {"turned"},
    "swapped genders": {"doubtful-gender"},
    "ages far off": {"doubtful-age"},
}
# Most found of these, and few wrongly: (share found at least, share of all faces wrongly at most).
WANTED = {
    "swapped genders": (0.5, 0.03),
    "ages far off": (0.4, 0.03),
    "turned faces": (0.9, 0.02),
    "changed copies with other labels": (0.9, 0.0),
}


def plant(source: Path, target: Path) -> dict[str, set[str]]:
    """Copy `source` to `target` and plant `EACH` faults of each kind; names by kind."""
    target.mkdir()
    names = sorted(path.name for path in source.glob("*.jpg"))
    for name in names:
        shutil.copy(source / name, target / name)
    draw = random.Random(4)
    draw.shuffle(names)
    planted: dict[str, set[str]] = {kind: set() for kind in FINDS}

    def changed(kind: str, change: Callable[[Image.Image], Image.Image]) -> None:
        for name in (names.pop() for _ in range(EACH)):
            change(Image.open(target / name).convert("RGB")).save(target / name, quality=92)
            planted[kind].add(name)

    def relabelled(kind: str, other: Callable[[Label], Label], copy: bool) -> None:
        for n, name in enumerate(names.pop() for _ in range(EACH)):
            label = parse_name(name)
            assert isinstance(label, Label)
            age, gender, race = other(label)
            new = f"{age}_{gender}_{race or 0}_{kind.split()[0]}{n}.jpg"
            if copy:
                shutil.copy(target / name, target / new)
                planted[kind].add(name)  # either of them may be the wrong one
            else:
                (target / name).rename(target / new)
            planted[kind].add(new)

    for n, name in enumerate(names.pop() for _ in range(EACH)):
        bad = BAD_NAMES[n % len(BAD_NAMES)].format(n=n)
        (target / name).rename(target / bad)
        planted["wrong names"].add(bad)
    for n, name in enumerate(names.pop() for _ in range(EACH)):
        content = (target / name).read_bytes()
        broken = (content[: len(content) // 3], b"", b"not a picture", content[::-1])[n % 4]
        (target / name).write_bytes(broken)
        planted["corrupt files"].add(name)
    relabelled("copies with other labels", _other_in_both, copy=True)
    relabelled("changed copies with other labels", _other_in_both, copy=True)
    for n, name in enumerate(sorted(planted["changed copies with other labels"])):
        if "changed" in name:
            _changed_copy(Image.open(target / name), n).save(target / name, quality=80)
    changed("blank pictures", lambda face: Image.new("RGB", face.size, face.getpixel((2, 2))))
    changed("very dark pictures", lambda face: ImageEnhance.Brightness(face).enhance(0.1))
    changed("blurred pictures", lambda face: face.filter(ImageFilter.GaussianBlur(6)))
    changed("turned faces", lambda face: face.rotate(90 * draw.randint(1, 3)))
    relabelled("swapped genders", lambda one: one._replace(gender=1 - one.gender), copy=False)
    relabelled("ages far off", _far_off, copy=False)
    return planted


def _other_in_both(label: Label) -> Label:
    return Label((label.age + 20) % 90, 1 - label.gender, label.race)


def _far_off(label: Label) -> Label:
    age = label.age + YEARS_OFF if label.age < 50 else label.age - YEARS_OFF
    return label._replace(age=age)


def _changed_copy(picture: Image.Image, n: int) -> Image.Image:
    """Mirrored, brightened or resized: nearly the same picture."""
    face = picture.convert("RGB")
    changes = (
        ImageOps.mirror,
        lambda one: ImageEnhance.Brightness(one).enhance(1.25),
        lambda one: one.resize((96, 96)),
    )
    return changes[n % len(changes)](face)


def found(quality: Quality, planted: dict[str, set[str]]) -> list[tuple[str, int, int, int]]:
    """(kind, planted, found, false alarms) of each kind."""
    flagged: dict[str, set[str]] = {}
    for one in quality.findings:
        flagged.setdefault(one.kind, set()).update(name for name, _ in one.faces)
    rows = []
    any_fault = set().union(*planted.values())
    for kind, kinds in FINDS.items():
        hits = set().union(*(flagged.get(one, set()) for one in kinds))
        rows.append((kind, len(planted[kind]), len(hits & planted[kind]), len(hits - any_fault)))
    return rows


def measure(source: Path) -> tuple[list[tuple[str, int, int, int]], int]:
    """The table, and how many faces there were."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "faces"
        planted = plant(source, target)
        quality = inspect(build_index(target), lambda *_: None, root=Path(folder) / "cache")
        return found(quality, planted), len(quality.index.files)


def rows() -> list[Row]:
    table, faces = measure(sample_folder())
    made = []
    for kind, planted, hits, wrong in table:
        least, most = WANTED.get(kind, (1.0, 0.0))
        made.append(
            Row(
                f"{kind} found by the report", hits / planted, "", least, at_least=True,
                detail=f"{hits} of {planted}; {wrong} false alarms among {faces} faces",
            )
        )  # fmt: skip
        made.append(Row(f"{kind}, false alarms", wrong / faces, "of all", most, at_least=False))
    return made


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_folder()
    table, faces = measure(source)
    print(f"{faces} faces\n{'':34}{'planted':>8}{'found':>7}{'false alarms':>14}")
    for kind, planted, hits, wrong in table:
        print(f"{kind:34}{planted:8}{hits:7}{wrong:14}")


if __name__ == "__main__":
    main()
