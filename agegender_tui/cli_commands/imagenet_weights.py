"""The file of VGG16's ImageNet weights that a command is to use, downloaded in sight."""

from __future__ import annotations

from pathlib import Path

from agegender_tui.cli_commands.progress_line import ProgressLine


def imagenet_weights(named: str) -> Path:
    """The one named, else that of settings.toml, of the environment, of Keras's cache, or a
    download. EnvironmentFault where there is none."""
    from agegender_tui.cli_commands.told_settings import told_settings
    from trainer.models.vgg16_weights import find_weights

    line = ProgressLine()
    return find_weights(
        named or told_settings().vgg16_weights,
        lambda done, of: line(f"downloading VGG16  {done >> 20} of {of >> 20} MiB", done == of),
    )
