"""What shines through from beneath a dialog."""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from agegender_tui.pictures import kitty
from agegender_tui.pictures.beneath_dialogs import _WithPictures


def test_text_is_tinted_and_the_numbers_of_pictures_are_not() -> None:
    number = kitty.Name(258, RichColor.from_rgb(0, 1, 2))
    (picture,) = kitty.strips(number, 2, 1)[0]
    text = Segment("face", Style.from_color(RichColor.from_rgb(0, 1, 2)))
    tint = Color(200, 200, 200, 0.6)
    first, then, last = _WithPictures.process_segments([text, picture, text], tint)
    assert then.text == picture.text
    assert then.style is not None and then.style.color == number.colour
    for tinted in (first, last):
        assert tinted.style is not None and tinted.style.color is not None
        assert tinted.style.color.triplet == (120, 120, 120)
