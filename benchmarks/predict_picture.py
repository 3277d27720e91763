"""A picture of the Predict screen, as a terminal with pixel graphics or half blocks shows it.

    python -m benchmarks.predict_picture FOLDER --runs DIR [--pictures sixel] [--out predict.png]

Runs the dashboard in a terminal, opens the first picture of FOLDER on the Predict screen, has its
age explained by Grad-CAM, and draws what the program wrote: sixels and kitty's pictures decoded
from its output.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from benchmarks.pixel_screen import PixelScreen
from benchmarks.terminal import Terminal, dashboard

COLUMNS, ROWS = 180, 52
PATIENCE = 300.0  # seconds, for TensorFlow on a busy machine
SETTLED = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", metavar="FOLDER", help="of pictures, the first with faces")
    parser.add_argument("--runs", metavar="DIR", required=True)
    parser.add_argument("--pictures", default="sixel", choices=("kitty", "sixel", "blocks"))
    parser.add_argument("--out", metavar="FILE", default="predict.png", type=Path)
    options = parser.parse_args()
    screen = PixelScreen(COLUMNS, ROWS)
    environment = {"AGEGENDER_PICTURES": options.pictures}
    terminal = Terminal(
        dashboard("--runs", options.runs, "--data", options.folder),
        COLUMNS, ROWS, environment, screen,
    )  # fmt: skip
    try:
        terminal.seen(lambda text: "4 Predict" in text, PATIENCE)
        terminal.press("4")
        terminal.seen(lambda text: "Face 1 of" in text, PATIENCE)
        terminal.press("g")
        terminal.seen(lambda text: "toward" in text, PATIENCE)
        with contextlib.suppress(TimeoutError):  # it has nothing to wait for: all is shown
            terminal.seen(lambda _: False, SETTLED)
    finally:
        terminal.close()
    screen.picture().save(options.out)
    print(f"wrote {options.out}: {COLUMNS}×{ROWS} cells, pictures by {options.pictures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
