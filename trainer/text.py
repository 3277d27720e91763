"""Words for people: names from the file system made safe to show, as a name must not drive the
terminal, and lengths of time."""

from __future__ import annotations

import math
import unicodedata


def printable(text: str) -> str:
    """Return `text` with control, format and undecodable characters as visible escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) for char in text)


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
