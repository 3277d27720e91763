"""Where a model without its run may be written: over nothing that is someone else's."""

from __future__ import annotations

from pathlib import Path

from trainer.errors import ConfigError
from trainer.prediction.catalog import run_of
from trainer.text import printable


def check_target(target: Path, ending: str, companions: tuple[str, ...]) -> None:
    """ConfigError where `target` does not end so, lies in a run, which keeps its own model, or
    would bring files with other endings, its `companions`, over ones that it did not bring."""
    if not target.name.endswith(ending):
        raise ConfigError(f"{printable(str(target))}: give a file that ends in {ending}")
    if run_of(target.absolute()) is not None:
        raise ConfigError(f"{printable(str(target))}: lies in a run's folder; name another place")
    for companion in companions:
        file = companion_of(target, ending, companion)
        if file.is_dir() or (file.exists() and not target.exists()):
            raise ConfigError(
                f"{printable(str(file))}: is there already and would be replaced; give the model "
                "another name"
            )


def companion_of(target: Path, ending: str, companion: str) -> Path:
    """The file of another ending beside `target`."""
    return target.with_name(target.name.removesuffix(ending) + companion)
