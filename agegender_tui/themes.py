"""Our own themes: blue and orange, which the colour-blind tell apart, on dark and on light."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="agegender-dark",
    primary="#5aa9e6",
    secondary="#8fb8de",
    accent="#f4a259",
    warning="#f2c14e",
    error="#e4572e",
    success="#4fb6a8",
    foreground="#dfe6ee",
    background="#0f141a",
    surface="#161d26",
    panel="#1e2833",
    dark=True,
)
LIGHT = Theme(
    name="agegender-light",
    primary="#1667a8",
    secondary="#41719c",
    accent="#b85c00",
    warning="#8f6400",
    error="#b3260f",
    success="#00705f",
    foreground="#1b2430",
    background="#f6f8fa",
    surface="#eaeef3",
    panel="#dde4ec",
    dark=False,
)
THEMES = (DARK, LIGHT)
