"""What each protocol writes, read back as a terminal would."""

from __future__ import annotations

import base64
import re
import zlib

import numpy as np
import pytest
from PIL import Image
from rich.color import Color, ColorSystem

from agegender_tui.pictures import half_blocks, kitty
from agegender_tui.pictures.sixel import sixels
from benchmarks.pixel_screen import painted

RED, BLUE = (200, 0, 0), (0, 0, 200)


def face(width: int = 40, height: int = 40) -> Image.Image:
    """Red above, blue below, a soft slope of green from left to right."""
    pixels = np.zeros((height, width, 3), "uint8")
    pixels[: height // 2], pixels[height // 2 :] = RED, BLUE
    pixels[..., 1] = np.linspace(0, 120, width).astype("uint8")
    return Image.fromarray(pixels)


def test_half_blocks_hold_two_pixels_a_cell() -> None:
    made = half_blocks.strips(Image.fromarray(np.array([[RED], [BLUE]], "uint8")), 3, 1)
    assert [strip.text for strip in made] == ["▀▀▀"]
    (segment,) = made[0]
    assert segment.style.color.triplet == RED
    assert segment.style.bgcolor.triplet == BLUE


def test_half_blocks_fill_the_cells_asked_for() -> None:
    made = half_blocks.strips(face(), 20, 10)
    assert len(made) == 10
    assert {strip.cell_length for strip in made} == {20}
    assert made[0].text == "▀" * 20
    assert made[0]._segments[0].style.color.triplet.red > 150
    assert made[-1]._segments[0].style.color.triplet.blue > 150


def sent(codes: str) -> tuple[dict[str, str], bytes]:
    """Keys of the first escape code and the payload of all, as kitty puts them together."""
    found = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", codes)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in found) == codes
    assert all(len(data) <= 4096 for _, data in found)
    more = [dict(pair.split("=") for pair in keys.split(","))["m"] for keys, _ in found]
    assert more == ["1"] * (len(found) - 1) + ["0"]
    keys = dict(pair.split("=") for pair in found[0][0].split(","))
    return keys, base64.b64decode("".join(data for _, data in found))


def test_kitty_gets_every_pixel_in_chunks_it_may_carry() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 80, 3)).astype("uint8")
    keys, payload = sent(kitty.escapes(Image.fromarray(noise), 77, 20, 9))
    assert (keys["i"], keys["s"], keys["v"], keys["c"], keys["r"]) == ("77", "80", "64", "20", "9")
    assert (keys["f"], keys["o"], keys["U"], keys["q"]) == ("24", "z", "1", "2")
    assert zlib.decompress(payload) == noise.tobytes()


def test_kittys_placeholders_name_picture_row_and_column() -> None:
    made = kitty.strips(kitty.Name(258, Color.from_rgb(0, 1, 2)), 3, 2)
    assert [strip.cell_length for strip in made] == [3, 3]
    cells = [re.findall("\U0010eeee(.)(.)", strip.text) for strip in made]
    rows = [{row for row, _ in line} for line in cells]
    assert rows == [{"\u0305"}, {"\u030d"}]
    assert [[column for _, column in line] for line in cells] == [
        ["\u0305", "\u030d", "\u030e"]
    ] * 2
    assert made[0]._segments[0].style.color.triplet == (0, 1, 2)


def test_a_cropped_placeholder_still_names_its_own_column() -> None:
    named = kitty.Name(258, Color.from_rgb(0, 1, 2))
    cut = kitty.strips(named, 4, 1)[0].crop(2, 4)
    assert cut.text == "\U0010eeee\u0305\u030e\U0010eeee\u0305\u0310"
    cut = kitty.strips(named._replace(mark="\u033d"), 4, 1)[0].crop(2, 4)
    assert cut.text == "\U0010eeee\u0305\u030e\u033d\U0010eeee\u0305\u0310\u033d"


def test_in_256_colours_thousands_of_pictures_have_names_of_their_own() -> None:
    names = [kitty.name(serial, ColorSystem.EIGHT_BIT) for serial in range(27_720)]
    assert len({named.number for named in names}) == len(names)
    for named in names[::997]:
        shown = named.colour.downgrade(ColorSystem.EIGHT_BIT).number
        assert shown is not None and shown >= 16
        assert named.number == kitty.MARKS.index(named.mark) << 24 | shown


def test_tmux_gets_each_code_wrapped_with_its_escapes_doubled() -> None:
    codes = kitty.delete(3) + kitty.delete(4)
    wrapped = kitty.in_tmux(codes)
    assert re.fullmatch(r"(\x1bPtmux;(?:[^\x1b]|\x1b\x1b)*\x1b\\){2}", wrapped)
    inner = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", wrapped)
    assert "".join(inner).replace("\x1b\x1b", "\x1b") == codes


@pytest.mark.parametrize("size", [(40, 40), (33, 25), (1, 1)])
def test_sixels_paint_the_picture(size: tuple[int, int]) -> None:
    picture = face(*size)
    shown = painted(sixels(picture))
    assert shown.min() >= 0, "a pixel was left out"
    assert np.abs(shown - np.asarray(picture)).mean() < 6
