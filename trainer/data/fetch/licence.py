"""What one agrees to by fetching UTKFace."""

from __future__ import annotations

import textwrap

PAGE = "https://susanqq.github.io/UTKFace"
# One paragraph a line: screens wrap it.
LICENCE = "\n".join(
    [
        f"UTKFace: its terms in short. The project page has the last word: {PAGE}",
        "",
        "- For non-commercial research only.",
        "- The pictures were collected from the Internet. Copyright stays with their owners; the "
        "makers of the data set neither own them nor answer for what they show.",
        "- Do not sell, trade, publish or pass on the pictures, nor use what is made from them for "
        "profit.",
        "- If a picture is of you, the makers take it out on request.",
        "- Ages, genders and races are estimates of a program, checked by people. They are no "
        "facts about the persons shown.",
        '- Cite: Zhang, Song and Qi, "Age Progression/Regression by Conditional Adversarial '
        'Autoencoder", CVPR 2017.',
        "",
        "The tag of a mirror, `mit` on Hugging Face for example, does not change these terms.",
    ]
)


def wrapped(width: int) -> str:
    """The licence in lines of at most `width` columns."""
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent="  " if line.startswith("-") else "")
        for line in LICENCE.splitlines()
    )
