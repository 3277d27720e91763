"""How a terminal can show pictures, from its environment and, where that leaves it open, from its
own answers. Nothing here writes to a terminal: the dashboard asks, and `doctor` explains.

kitty      the kitty graphics protocol with Unicode placeholders, which kitty and Ghostty have
sixel      DEC's sixel graphics
blocks     two pixels a character cell, in any terminal that knows UTF-8 and colours
words      no picture: its label and its name
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KITTY, SIXEL, BLOCKS, WORDS = "kitty", "sixel", "blocks", "words"
PROTOCOLS = (KITTY, SIXEL, BLOCKS, WORDS)
AUTO = "auto"
VARIABLE = "AGEGENDER_PICTURES"
NAMES = {KITTY: "kitty", SIXEL: "sixel", BLOCKS: "half blocks", WORDS: "words only"}
# WezTerm and Konsole know kitty's protocol too, but not its placeholders: there a picture would
# not move with the text around it.
_WITH_PLACEHOLDERS = ("kitty", "ghostty")
_ATTRIBUTES = re.compile(r"\x1b\[\?([\d;]*)c")
_NAME = re.compile(r"\x1bP>\|([^\x1b]{0,60})\x1b\\")
_CELL = re.compile(r"\x1b\[6;(\d{1,4});(\d{1,4})t")
_HAS_SIXEL = "4"
_KONSOLE_WITH_SIXEL = 220400


@dataclass(frozen=True)
class Choice:
    """One of `PROTOCOLS` and why; `ask`: the terminal's own answer may name a better one."""

    protocol: str
    why: str
    ask: bool = False

    @property
    def text(self) -> str:
        """`half blocks: tmux passes no pictures on`."""
        return f"{NAMES[self.protocol]}: {self.why}"


def choose(
    environment: Mapping[str, str], *, option: str = "", setting: str = "", utf8: bool = True
) -> Choice:
    """The protocol for a terminal with this environment.

    The user's own choice comes first: the option, then `AGEGENDER_PICTURES`, then the setting.
    `auto`, and what is no protocol, leaves it to the terminal. `utf8`: whether the locale's
    character set can draw blocks.
    """
    wishes = (
        (option, "as --pictures says"),
        (environment.get(VARIABLE, ""), f"as {VARIABLE} says"),
        (setting, "as settings.toml says"),
    )
    for wish, by in wishes:
        if wish in PROTOCOLS:
            return Choice(wish, by)
        if wish == AUTO:
            break
    term = environment.get("TERM", "")
    if term in ("", "dumb"):
        return Choice(WORDS, f"TERM is '{term}'")
    if not utf8:
        return Choice(WORDS, "the character set is not UTF-8")
    if environment.get("TMUX") or term.startswith("tmux"):
        return Choice(BLOCKS, "tmux passes no pictures on unless told to")
    if environment.get("STY") or term.startswith("screen"):
        return Choice(BLOCKS, "screen passes no pictures on")
    if term == "linux":
        return Choice(BLOCKS, "the Linux console has no pictures")
    found = _by_name_in(environment)
    if found.protocol == KITTY and environment.get("NO_COLOR"):
        return Choice(BLOCKS, "NO_COLOR is set, and kitty tells pictures apart by colour")
    return found


def _by_name_in(environment: Mapping[str, str]) -> Choice:
    term = environment.get("TERM", "")
    program = environment.get("TERM_PROGRAM", "").lower()
    if environment.get("KITTY_WINDOW_ID") or "kitty" in term:
        return Choice(KITTY, "this is kitty")
    if program == "ghostty" or "ghostty" in term:
        return Choice(KITTY, "this is Ghostty")
    if program == "wezterm":
        return Choice(SIXEL, "this is WezTerm")
    if program == "iterm.app" or environment.get("LC_TERMINAL") == "iTerm2":
        return Choice(SIXEL, "this is iTerm2")
    if term.startswith(("foot", "mlterm", "contour")):
        return Choice(SIXEL, f"this is {term.partition('-')[0]}")
    konsole = environment.get("KONSOLE_VERSION", "")
    if konsole.isdecimal() and int(konsole) >= _KONSOLE_WITH_SIXEL:
        return Choice(SIXEL, "this is Konsole")
    if program == "apple_terminal":  # it prints what it is asked
        return Choice(BLOCKS, "Apple's Terminal has no pictures")
    return Choice(BLOCKS, "works everywhere; others if the terminal says it has them", ask=True)


@dataclass(frozen=True)
class Answers:
    """What a terminal said of itself: its `name`, whether it has sixel, and the size of a
    character `cell` in pixels (width, height)."""

    name: str = ""
    sixel: bool = False
    cell: tuple[int, int] | None = None


# Name, cell size, and last what every terminal answers: then all the others have come.
QUESTIONS = "\x1b[>0q\x1b[16t\x1b[c"


def read_answers(replies: str) -> Answers:
    """What the replies to `QUESTIONS` say; anything else in them is passed over."""
    name = _NAME.search(replies)
    attributes = _ATTRIBUTES.search(replies)
    cell = _CELL.search(replies)
    size = (int(cell[2]), int(cell[1])) if cell else (0, 0)
    return Answers(
        name=name[1] if name else "",
        sixel=attributes is not None and _HAS_SIXEL in attributes[1].split(";")[1:],
        cell=size if all(size) else None,
    )


def improve(choice: Choice, answers: Answers) -> Choice:
    """The choice once the terminal has answered."""
    if not choice.ask:
        return choice
    called = answers.name.partition("(")[0].partition(" ")[0].strip().lower()
    if called in ("tmux", "screen"):
        return Choice(BLOCKS, f"{called} passes no pictures on")
    if called in _WITH_PLACEHOLDERS:
        return Choice(KITTY, f"the terminal says it is {called}")
    if answers.sixel:
        return Choice(SIXEL, "the terminal says it has it")
    return Choice(BLOCKS, "the terminal says it has nothing better")
