import pytest

from trainer.text import printable, spreadsheet_safe


@pytest.mark.parametrize("text", ["plain name.jpg", "Zoë-ß-日本.jpg", "[red]x[/red]", "a & b"])
def test_what_can_be_shown_is_left_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("two\nlines", "two\\x0alines"),
        ("\x07bell\x7f", "\\x07bell\\x7f"),
        ("c1\x9bm", "c1\\x9bm"),
        ("right\u202eto left", "right\\u202eto left"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("unse\u200cen", "unse\\u200cen"),
        ("\u200cfirst", "\\u200cfirst"),
        ("می\u200c", "می\\u200c"),
        ("می\u200c\u202eخ", "می\\u200c\\u202eخ"),
        ("👩\u200d👧", "👩\\u200d👧"),
        ("line\u2028end", "line\\u2028end"),
        ("latin\udce9", "latin\\xe9"),
    ],
)
def test_what_would_drive_the_terminal_or_cannot_be_shown_is_escaped(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["می\u200cخواهم", "क्\u200dष", "ശ്\u200c"])
def test_joiners_that_spelling_needs_are_left(text):
    assert printable(text) == text


def test_what_is_printable_can_be_written_to_any_utf8_terminal():
    hostile = "".join(map(chr, range(0x3000))) + "\udcff\ud800"
    printable(hostile).encode("utf-8")
    assert not any(ord(char) < 0x20 for char in printable(hostile))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\tx", "\rx"])
def test_a_formula_becomes_text(text):
    assert spreadsheet_safe(text) == "'" + text


@pytest.mark.parametrize("text", ["", "face.jpg", "a=b", "1-2"])
def test_ordinary_cells_are_left_as_they_are(text):
    assert spreadsheet_safe(text) == text
