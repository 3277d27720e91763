"""How long a terminal keeps pictures, and what is written to it when."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from textual.app import App

from agegender_tui.pictures.output import Pictures

FACE = Image.new("RGB", (16, 16), (200, 30, 30))


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setenv("AGEGENDER_PICTURES", "kitty")
    return Pictures(App())


@pytest.fixture
def held(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Numbers of the pictures that the terminal has."""
    numbers: set[int] = set()

    def take_in(codes: str) -> None:
        for action, number in re.findall(r"\x1b_Ga=([dT])[^\x1b]*?,i=(\d+)", codes):
            (numbers.discard if action == "d" else numbers.add)(int(number))

    monkeypatch.setattr(pictures, "_write", take_in)
    return numbers


def test_the_terminal_keeps_a_picture_as_long_as_its_drawing(
    pictures: Pictures, held: set[int]
) -> None:
    kept = [pictures.draw(FACE, 2, 1) for _ in range(600)]
    assert len(held) == 600
    del kept[300:]
    kept.append(pictures.draw(FACE, 2, 1))
    assert len(held) == len(kept) == 301


def test_a_number_is_not_used_again_while_its_drawing_is_kept(
    pictures: Pictures, held: set[int]
) -> None:
    first = pictures.draw(FACE, 2, 1)
    pictures._serial -= 1  # as after all numbers were used
    second = pictures.draw(FACE, 2, 1)
    assert len(held) == 2
    assert first.strips[0] != second.strips[0]
