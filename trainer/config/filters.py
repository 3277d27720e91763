"""The convolutions of the custom CNN, written in one line."""

from __future__ import annotations

import re

from trainer.errors import ConfigError

IMAGE_SIZE = 128
_PATTERN = re.compile(r"\d{1,9}(,\d{1,9})*(-\d{1,9}(,\d{1,9})*)*")


def parse_filters(text: str) -> list[list[int]]:
    """Blocks of convolution widths: `24-48,48` is [[24], [48, 48]].

    Each block ends in a 2×2 max pooling; the final map must be at most 10×10 and at least 1×1,
    which for 128×128 faces means 4 to 7 blocks. At most 4 convolutions a block.
    """
    text = text.replace(" ", "")
    if not _PATTERN.fullmatch(text):
        raise ConfigError(f"filters is '{text}': write it like 24-48-96,96-160,160", "filters")
    blocks = [[int(width) for width in block.split(",")] for block in text.split("-")]
    side = IMAGE_SIZE >> len(blocks)
    if not 1 <= side <= 10:
        raise ConfigError(
            f"filters has {len(blocks)} blocks, so a final map of {side}×{side}: "
            "give 4 to 7 blocks, for a map of at most 10×10",
            "filters",
        )
    for block in blocks:
        if len(block) > 4 or not all(1 <= width <= 2048 for width in block):
            raise ConfigError(
                f"filters has the block {','.join(map(str, block))}: "
                "give 1 to 4 widths of 1 to 2048",
                "filters",
            )
    return blocks
