"""Take the pictures of the README from the real screens, showing a real run.

python docs/take_pictures.py RUN_DIRECTORY [--study STUDY_DIRECTORY]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from agegender_tui.app import AgeGenderApp
from trainer.runs.layout import RunDir

IMAGES = Path(__file__).absolute().parent / "images"
SHOWN_DATA = "data/utkface"


Shot = tuple[str, tuple[int, int], tuple[str, ...]]  # name, columns and rows, keys
SHOTS: tuple[Shot, ...] = (
    ("runs", (110, 16), ()),
    ("run", (132, 42), ("enter",)),
    ("new-run", (110, 34), ("n",)),
)
OF_A_STUDY: tuple[Shot, ...] = (("tune", (172, 34), ("6",)),)


async def take(root: Path, shots: tuple[Shot, ...]) -> None:
    """Each of these, as SVG."""
    for name, size, keys in shots:
        app = AgeGenderApp(root, data=SHOWN_DATA)
        async with app.run_test(size=size) as pilot:
            await pilot.pause(1.5)
            await pilot.press(*keys)
            await pilot.pause(2.0)
            picture = app.export_screenshot(title=f"agegender-tui · {name.replace('-', ' ')}")
        (IMAGES / f"{name}.svg").write_text(picture.replace(str(root), "runs"), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--study", type=Path, help="for the Tune screen too")
    chosen = parser.parse_args()
    source = chosen.run.absolute()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        skip = shutil.ignore_patterns("checkpoints", "*.keras")
        copy = shutil.copytree(source, root / source.name, ignore=skip)
        data = RunDir(source).config().data
        for file in ("config.toml", "events.jsonl"):
            text = (copy / file).read_text(encoding="utf-8").replace(data, SHOWN_DATA)
            (copy / file).write_text(text, encoding="utf-8")
        # Where the pictures are taken, the faces lie where the README says they do.
        os.chdir(folder)
        Path(SHOWN_DATA).parent.mkdir()
        Path(SHOWN_DATA).symlink_to(Path(data).absolute())
        asyncio.run(take(root, SHOTS))
        if chosen.study:
            shutil.copytree(chosen.study, root / "studies" / chosen.study.name)
            asyncio.run(take(root, OF_A_STUDY))


if __name__ == "__main__":
    main()
