"""Words for people: names from the file system made safe to show, as a name must not drive the
terminal, lengths of time and sizes."""

from __future__ import annotations

import math
import unicodedata

# Without width. Between emoji ZWJ stays an escape: terminals differ in how wide they draw what it
# joins, and the columns of a table would not stand below each other.
JOINERS = ZWNJ, ZWJ = "\u200c", "\u200d"
VIRAMA = 9  # its canonical combining class


def printable(text: str) -> str:
    """Return `text` with control, format and undecodable characters as visible escapes, but for
    the joiners that a script's spelling needs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in JOINERS and _is_spelling(text, place) else _escape(char)
        for place, char in enumerate(text)
    )


def _is_spelling(text: str, place: int) -> bool:
    """Whether the joiner there is part of a spelling: after a virama, or a ZWNJ between letters of
    the Arabic script. Elsewhere it only hides (after RFC 5892, A.1 and A.2)."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if not before:
        return False
    if unicodedata.combining(before) == VIRAMA:
        return True
    letters = bool(after) and {unicodedata.bidirectional(c) for c in (before, after)} == {"AL"}
    return text[place] == ZWNJ and letters


def _escape(char: str) -> str:
    if char == " " or unicodedata.category(char)[0] not in "CZ":
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def spreadsheet_safe(text: str) -> str:
    """A CSV cell that a spreadsheet would run as a formula, made plain text by a leading quote."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def before_spreadsheet(cell: str) -> str:
    """The text that `spreadsheet_safe` made a cell of."""
    return cell[1:] if cell[:1] == "'" and spreadsheet_safe(cell[1:]) == cell else cell


def duration(seconds: float) -> str:
    """`8 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`; a dash where it is not known.

    >>> duration(7500)
    '2 h 05 min'
    """
    if not math.isfinite(seconds):
        return "–"
    whole = max(int(seconds), 0)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 1:
        return f"{whole} s"
    if hours < 1:
        return f"{minutes} min {whole % 60:02d} s"
    if days < 1:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{days} d {hours % 24} h"


def megabytes(count: int) -> str:
    """`107 MB`, `0.4 MB`."""
    return f"{count / 1e6:,.0f} MB" if count >= 1e7 else f"{count / 1e6:.1f} MB"
