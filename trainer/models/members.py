"""How the layers and outputs of the members of an ensemble are called."""

from __future__ import annotations

import re

from trainer.config import RunConfig


def member_names(config: RunConfig) -> tuple[str, ...]:
    """What the names of the layers and of the outputs of each member begin with; none where the
    network is no ensemble."""
    if config.model != "A" or config.members == 1:
        return ()
    return tuple(f"member{number}_" for number in range(1, config.members + 1))


def without_member(name: str) -> str:
    """The name of a layer or output without that of its member: what all members call it."""
    return re.sub(r"^member\d+_", "", name)
