import math

import pytest
from PIL import Image

from trainer.errors import StorageError
from trainer.export.chart import nice_ticks
from trainer.export.curves import TRAINING, VALIDATION, draw_curves


def row(epoch, value, best=False):
    part = dict.fromkeys(("gender_loss", "gender_accuracy", "age_loss", "age_mae"), value)
    return {
        "epoch": epoch,
        "best": best,
        "train": part,
        "validation": {k: v + 1 for k, v in part.items()},
    }


def pixels_near(path, colour):
    with Image.open(path) as image:
        return sum(
            count
            for count, found in image.getcolors(1 << 24)
            if max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 12
        )


def test_both_parts_are_drawn(tmp_path):
    draw_curves(tmp_path / "c.png", [row(n, 1 / n, n == 3) for n in range(1, 6)], "run")
    assert pixels_near(tmp_path / "c.png", TRAINING) > 1000
    assert pixels_near(tmp_path / "c.png", VALIDATION) > 1000


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [1.0, math.nan, math.inf, 3.0]])
def test_awkward_values_still_make_a_picture(tmp_path, values):
    draw_curves(tmp_path / "c.png", [row(n, v) for n, v in enumerate(values, 1)], "run")
    with Image.open(tmp_path / "c.png") as image:
        assert image.size == (1400, 1000)


def test_where_a_picture_goes_to_instead_is_for_the_caller_to_say(tmp_path):
    gone = tmp_path / "gone" / "curves.png"
    for elsewhere in ("name another place", "choose another runs folder with --runs"):
        with pytest.raises(StorageError, match=f"put it back, or {elsewhere}$"):
            draw_curves(gone, [row(1, 1.0)], title="a", elsewhere=elsewhere)


@pytest.mark.parametrize(
    ("low", "high"), [(0.31, 0.97), (5.3, 9.8), (3, 3), (0, 1234), (-1e-9, 1e-9)]
)
def test_ticks_enclose_the_range_and_are_few(low, high):
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low and ticks[-1] >= high
    assert 2 <= len(ticks) <= 12
