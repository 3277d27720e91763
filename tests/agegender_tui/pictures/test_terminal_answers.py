"""Answers of the terminal are heard, and never taken for keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.events import Key

from agegender_tui.pictures.terminal_answers import AnswerParser

ANSWERS = "\x1bP>|XTerm(390)\x1b\\\x1b[6;20;10t\x1b[?62;4c"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    said: list[str] = []
    monkeypatch.setattr(AnswerParser, "heard", said.append)
    monkeypatch.setattr(AnswerParser, "awaited", True)
    yield said


def keys(parser: AnswerParser, *pieces: str) -> list[str]:
    return [event.key for piece in pieces for event in parser.feed(piece) if isinstance(event, Key)]


def test_answers_between_keys_are_taken_out(heard: list[str]) -> None:
    assert keys(AnswerParser(), f"a{ANSWERS}b") == ["a", "b"]
    assert "".join(heard) == ANSWERS


@pytest.mark.parametrize("at", range(1, len(ANSWERS)))
def test_an_answer_may_come_in_two_pieces(heard: list[str], at: int) -> None:
    parser = AnswerParser()
    got = keys(parser, ANSWERS[:at], ANSWERS[at:] + "x")
    assert got == ["x"]
    assert "".join(heard) == ANSWERS


def test_keys_that_begin_like_an_answer_are_keys_still(heard: list[str]) -> None:
    assert keys(AnswerParser(), "\x1b[6~", "\x1b[A", "\x1b[15~") == ["pagedown", "up", "f5"]
    assert heard == []


def test_a_beginning_without_an_end_becomes_keys_after_a_while(heard: list[str]) -> None:
    parser = AnswerParser()
    assert keys(parser, "\x1b[") == []
    list(parser.tick())  # at once, while the rest may still be on its way
    assert keys(parser, "6~") == ["pagedown"]
    assert keys(parser, "\x1b[") == []
    list(parser.tick())
    list(parser.tick())
    assert parser._held == ""


def test_before_anything_was_asked_nothing_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnswerParser, "heard", None)
    parser = AnswerParser()
    assert keys(parser, "\x1b[6~", "q") == ["pagedown", "q"]
    list(parser.feed("\x1b["))
    assert parser._held == ""


def test_the_escape_key_waits_only_while_answers_do(heard: list[str]) -> None:
    parser = AnswerParser()
    keys(parser, "\x1b")
    assert parser._held == "\x1b"
    keys(parser, "[?62c", "\x1b")
    assert parser._held == ""
