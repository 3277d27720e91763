"""Hears what the terminal says of itself while the dashboard runs, without taking it for keys.

Textual's parser passes what it does not know on as keys: the answer of a slow line, typed into
the dashboard, could start a run. So the answers are taken out before it sees them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual._xterm_parser import XTermParser
from textual.message import Message

_ANSWER = re.compile(
    r"\x1b\[\?[\d;]*c"  # device attributes
    r"|\x1bP>\|[^\x1b]{0,60}\x1b\\"  # name and version
    r"|\x1b\[6;\d{1,4};\d{1,4}t"  # size of a cell
    r"|\x1b_G[^\x1b]{0,200}\x1b\\"  # on a picture sent by kitty's protocol
)
_BEGUN = re.compile(
    r"\x1b(?:\Z|\[(?:\?[\d;]*|6(?:;[\d;]*)?)?|P(?:>(?:\|[^\x1b]{0,60}\x1b?)?)?"
    r"|_(?:G[^\x1b]{0,200}\x1b?)?)\Z"
)


class AnswerParser(XTermParser):
    """Hands answers to `heard` once something was asked, and everything else on as ever."""

    heard: ClassVar[Callable[[str], None] | None] = None
    awaited: ClassVar[bool] = False

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._held = ""
        self._old = False

    def feed(self, data: str) -> Iterable[Message]:
        if AnswerParser.heard is None or not data:  # nothing to feed ends the parser
            return super().feed(data)
        rest = self._without_answers(self._held + data)
        return super().feed(rest) if rest else ()

    def tick(self) -> Iterable[Message]:
        """An answer whose end does not come was none: its beginning are keys."""
        if self._held and self._old:
            held, self._held = self._held, ""
            yield from super().feed(held)
        self._old = bool(self._held)
        yield from super().tick()

    def _without_answers(self, data: str) -> str:
        heard = AnswerParser.heard
        if heard is not None:
            answers = "".join(_ANSWER.findall(data))
            if answers:
                AnswerParser.awaited = not answers.endswith("c")
                heard(answers)
                data = _ANSWER.sub("", data)
        begun = _BEGUN.search(data)
        if begun and begun[0] == "\x1b" and not AnswerParser.awaited:
            begun = None  # the escape key, which need not wait for what might follow
        self._held = begun[0] if begun else ""
        self._old = False
        return data[: begun.start()] if begun else data


def listen() -> None:
    """Let drivers that start from now on use this parser."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # another system, another driver: it is not asked anything
        return
    if hasattr(linux_driver, "XTermParser"):
        linux_driver.XTermParser = AnswerParser  # type: ignore[misc]


def ask(write: Callable[[str], None], questions: str, heard: Callable[[str], None]) -> bool:
    """Send `questions`; `heard` gets each answer on the thread that reads the terminal.

    False, and nothing is sent, where nobody would take the answers out of the input.
    """
    linux_driver = sys.modules.get("textual.drivers.linux_driver")
    if getattr(linux_driver, "XTermParser", None) is not AnswerParser:
        return False
    AnswerParser.heard, AnswerParser.awaited = heard, True
    write(questions)
    return True
