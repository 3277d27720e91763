"""How pictures are shown is decided by the user, else by what is known of the terminal."""

import pytest

from trainer.terminal_pictures import (
    BLOCKS,
    KITTY,
    SIXEL,
    WORDS,
    Answers,
    Choice,
    choose,
    improve,
    read_answers,
)

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environment", "protocol", "words"),
    [
        ({"TERM": "xterm-kitty"}, KITTY, "kitty"),
        ({**XTERM, "KITTY_WINDOW_ID": "1"}, KITTY, "kitty"),
        ({"TERM": "xterm-ghostty"}, KITTY, "Ghostty"),
        ({**XTERM, "TERM_PROGRAM": "ghostty"}, KITTY, "Ghostty"),
        ({**XTERM, "TERM_PROGRAM": "WezTerm"}, SIXEL, "WezTerm"),
        ({**XTERM, "TERM_PROGRAM": "iTerm.app"}, SIXEL, "iTerm2"),
        ({"TERM": "foot"}, SIXEL, "foot"),
        ({**XTERM, "KONSOLE_VERSION": "230800"}, SIXEL, "Konsole"),
        ({**XTERM, "KONSOLE_VERSION": "210400"}, BLOCKS, "works everywhere"),
        (XTERM, BLOCKS, "works everywhere"),
        ({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, BLOCKS, "Apple"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t", "KITTY_WINDOW_ID": "1"}, BLOCKS, "tmux"),
        ({"TERM": "screen.xterm-256color"}, BLOCKS, "screen"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, BLOCKS, "NO_COLOR"),
        ({"TERM": "linux"}, BLOCKS, "console"),
        ({"TERM": "dumb"}, WORDS, "'dumb'"),
        ({}, WORDS, "''"),
    ],
)
def test_the_environment_tells_the_protocol_and_why(environment, protocol, words):
    found = choose(environment)
    assert found.protocol == protocol
    assert words in found.why


def test_without_utf8_there_are_words_only():
    assert choose({"TERM": "xterm-kitty"}, utf8=False).protocol == WORDS


def test_the_option_goes_before_the_variable_and_that_before_the_setting():
    said = {**XTERM, "AGEGENDER_PICTURES": "sixel"}
    assert choose(said, option="words", setting="kitty").protocol == WORDS
    assert choose(said, setting="kitty").protocol == SIXEL
    assert choose(XTERM, setting="kitty").protocol == KITTY
    assert choose({**said, "TMUX": "x"}).protocol == SIXEL


def test_auto_overrides_what_is_said_further_away():
    assert choose(XTERM, option="auto", setting="kitty").protocol == BLOCKS
    said = {**XTERM, "AGEGENDER_PICTURES": "auto"}
    assert choose(said, setting="kitty").protocol == BLOCKS


def test_a_word_that_names_no_protocol_is_passed_over():
    assert choose({**XTERM, "AGEGENDER_PICTURES": "jpeg"}, setting="words").protocol == WORDS


def test_only_a_terminal_not_known_by_its_environment_is_asked():
    assert choose(XTERM).ask
    quiet = ({"TERM": "xterm-kitty"}, {**XTERM, "TMUX": "x"}, {"TERM": "linux"}, {})
    assert not any(choose(environment).ask for environment in quiet)
    assert not choose({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}).ask
    assert not choose(XTERM, option="blocks").ask


@pytest.mark.parametrize(
    ("replies", "answers"),
    [
        ("", Answers()),
        ("\x1b[?62;4;22c", Answers(sixel=True)),
        ("\x1b[?64;1;22c", Answers(sixel=False)),
        # 4 as the class of the terminal is no sixel.
        ("\x1b[?4c", Answers(sixel=False)),
        (
            "\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;36;17t\x1b[?62;c",
            Answers("kitty(0.35.2)", False, (17, 36)),
        ),
        ("\x1b[6;0;0t\x1b[?1;2c", Answers()),
    ],
)
def test_replies_are_read(replies, answers):
    assert read_answers(replies) == answers


@pytest.mark.parametrize(
    ("answers", "protocol"),
    [
        (Answers("kitty(0.35.2)"), KITTY),
        (Answers("ghostty 1.1.3"), KITTY),
        (Answers("WezTerm 20240203-110809", sixel=True), SIXEL),
        (Answers("XTerm(390)"), BLOCKS),
        (Answers("XTerm(390)", sixel=True), SIXEL),
        (Answers("tmux 3.4", sixel=True), BLOCKS),
        (Answers(), BLOCKS),
    ],
)
def test_the_terminals_own_answer_betters_the_choice(answers, protocol):
    assert improve(choose(XTERM), answers).protocol == protocol


def test_what_the_user_chose_no_answer_changes():
    chosen = Choice(WORDS, "as chosen")
    assert improve(chosen, Answers("kitty", True)) is chosen
