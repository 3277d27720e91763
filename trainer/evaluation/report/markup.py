"""HTML that is escaped unless it was made here, so that no name from outside becomes markup."""

from __future__ import annotations

from html import escape

from trainer.text import printable

_EMPTY = frozenset({"img", "meta", "br", "hr"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | None


def tag(name: str, /, *children: Child, **attributes: str | int | None) -> Markup:
    """`<name ...>children</name>`: a child that is no Markup is text; None is left out.

    `class_` gives the attribute `class`, `data_x` gives `data-x`.

    >>> tag("td", "a < b", class_="n")
    '<td class="n">a &lt; b</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """The children one after another."""
    return Markup("".join(text(child) for child in children if child is not None))


def text(value: str | int) -> Markup:
    """Made safe: control characters as visible escapes, then HTML's own characters."""
    return value if isinstance(value, Markup) else Markup(escape(printable(str(value))))
