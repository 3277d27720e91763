"""Which values of a space go together, and with the settings that stay. Imports in milliseconds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trainer.config import SETTINGS, RunConfig, check_sense
from trainer.errors import ConfigError
from trainer.tuning.space import Choices, Range, Space, centre, value_text

MOST_CORNERS = 256  # of a space, that are tried before a value is said to go with none


def _is(wanted: Any) -> tuple[Callable[[Any], bool], str]:
    return lambda value: bool(value == wanted), value_text(wanted)


def _above_0(value: Any) -> bool:
    return bool(value > 0)


_MORE = (_above_0, "more than 0")
_VARIES = ("augment", *_is(True))
_DISTRIBUTION = ("age_head", *_is("distribution"))
_PLATEAU = ("schedule", *_is("plateau"))
_AGE = ("age_loss_weight", *_MORE)
# Settings that do something only where others have such values: (other, whether it has, in words).
_NEEDS: dict[str, tuple[tuple[str, Callable[[Any], bool], str], ...]] = {
    **dict.fromkeys(("flip", "rotation", "zoom", "contrast", "hue", "erasing"), (_VARIES,)),
    **dict.fromkeys(("distribution_weight", "stretch"), (_DISTRIBUTION,)),
    "age_sigma": (_DISTRIBUTION, ("distribution_weight", *_MORE)),
    "plateau_patience": (_PLATEAU,),
    "plateau_factor": (_PLATEAU, ("plateau_patience", *_MORE)),
    "age_loss": (_AGE,),
    "huber_delta": (_AGE, ("age_loss", *_is("huber"))),
    "weight_decay": (("optimizer", *_is("adamw")),),
    "shared_blocks": (("members", lambda value: bool(value > 1), "2 or more"),),
    "rate_decay": (("frozen_blocks", lambda value: bool(value < 5), "less than 5"),),
}


def check_space(space: Space, base: RunConfig) -> None:
    """ConfigError where nothing is varied, or a value at an edge of the space does not go with the
    settings that stay."""
    if not space:
        raise ConfigError("nothing is varied: give a setting and its range")
    for name in space:
        if not SETTINGS[name].applies(base.model):
            raise ConfigError(
                f"{name} is of model {SETTINGS[name].only} alone, and this is model {base.model}: "
                "leave it out",
                name,
            )
    for name in space:
        _check_does_something(name, space, base)
    for name, domain in space.items():
        others = {other: one for other, one in space.items() if other != name}
        values = (domain.low, domain.high) if isinstance(domain, Range) else domain.values
        for value in values:
            _check_goes(name, value, others, base, edges=isinstance(domain, Range))


def _check_does_something(name: str, space: Space, base: RunConfig) -> None:
    for other, has, wanted in _NEEDS.get(name, ()):
        if other not in space and not has(getattr(base, other)):
            raise ConfigError(
                f"{name} does nothing, as {other} is {value_text(getattr(base, other))}: leave it "
                f"out, or set {other} to {wanted}",
                name,
            )


def _check_goes(name: str, value: Any, others: Space, base: RunConfig, *, edges: bool) -> None:
    """ConfigError where the value goes with nothing that is varied beside it. The ends of a range
    of fractions are never drawn: they count as something only where an end is checked."""
    why: ConfigError | None = None
    for point in _points(others, ends=edges):
        try:
            settings_of(base, {**point, name: value})
            return
        except ConfigError as error:
            why = why or error
    assert why is not None
    raise why


def good_point(space: Space, base: RunConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """A point of the space that goes with the base and what is given; ConfigError where none is
    found."""
    why: ConfigError | None = None
    for point in _points(space, ends=True):
        try:
            settings_of(base, {**given, **point})
            return point
        except ConfigError as error:
            why = why or error
    assert why is not None
    raise why


def _points(space: Space, *, ends: bool) -> Iterator[dict[str, Any]]:
    """The centre of the space, then points that differ from it in one setting, in two, in more;
    with the ends of ranges, or their middles alone."""
    middle = centre(space)
    tried = {
        name: domain.values
        if isinstance(domain, Choices)
        else (middle[name], *((domain.low, domain.high) if ends or domain.whole else ()))
        for name, domain in space.items()
    }
    yield middle
    for name, values in tried.items():
        yield from ({**middle, name: value} for value in values)
    for first, second in itertools.combinations(tried, 2):
        for one, two in itertools.product(tried[first], tried[second]):
            yield {**middle, first: one, second: two}
    for corner in itertools.islice(itertools.product(*tried.values()), MOST_CORNERS):
        yield dict(zip(tried, corner, strict=True))


def settings_of(base: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """The settings of a trial; ConfigError where values that are good each do not go together, or
    would do nothing."""
    settings = base.replace(**values)
    check_sense(settings)
    return settings
