"""One value of a setting, from text or typed: coerced and checked."""

from __future__ import annotations

import math
import re
from typing import Any

from trainer.config.filters import parse_filters
from trainer.config.setting import Setting
from trainer.errors import ConfigError
from trainer.text import printable

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}|")
_DEVICE = re.compile(r"auto|cpu|gpus|gpu:\d{1,3}")


def parse_value(name: str, setting: Setting, kind: type, value: Any) -> Any:
    """A value of one setting, text or typed, as a `kind` that is accepted; raise ConfigError with
    the remedy."""
    parsed = _coerce(name, value, kind)
    if setting.choices and parsed not in setting.choices:
        raise ConfigError(f"{name} is '{parsed}': choose {' or '.join(setting.choices)}", name)
    if kind in (int, float):
        if kind is float and not math.isfinite(parsed):
            raise ConfigError(f"{name} is {parsed}: give a finite number", name)
        bounded = setting.low is not None and setting.high is not None
        if bounded and not setting.low <= parsed <= setting.high:  # type: ignore[operator]
            unit = f" {setting.unit}" if setting.unit else ""
            raise ConfigError(
                f"{name} is {_short(parsed)}: give {setting.range_text()}{unit}", name
            )
    if name == "filters":
        parse_filters(parsed)
    if name in ("group", "study") and not _WORD.fullmatch(parsed):
        raise ConfigError(
            f"{name} is '{printable(parsed)}': give up to 64 letters, digits, dots, - and _", name
        )
    if name == "device" and not _DEVICE.fullmatch(parsed):
        raise ConfigError(f"device is '{parsed}': give auto, cpu, gpus or gpu:0, gpu:1, …", name)
    return parsed


def _coerce(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise ConfigError(f"{name} is '{value}': give true or false", name)
    if kind is str:
        text = str(value)
        if any(0xD800 <= ord(char) <= 0xDFFF for char in text):  # config.toml could not hold it
            raise ConfigError(f"{name} is '{printable(text)}': not UTF-8; rename it", name)
        return text
    if isinstance(value, bool):
        raise ConfigError(f"{name} is {value}: give a number", name)
    if kind is int and isinstance(value, int):
        return value
    try:
        number = float(value)
        if kind is int:
            if isinstance(value, str):
                return int(value.strip().replace("_", ""))
            if number != int(number):
                raise ValueError
            return int(number)
        return number
    except (TypeError, ValueError, OverflowError):
        kind_text = "a whole number" if kind is int else "a number"
        shown = _short(value) if isinstance(value, int) else value
        raise ConfigError(f"{name} is '{shown}': give {kind_text}", name) from None


def _short(number: float) -> str:
    """A number in few digits, also a whole one that is larger than any float."""
    try:
        return f"{number:g}"
    except OverflowError:
        return f"about {'-' * (number < 0)}1e+{math.log10(abs(number)):.0f}"
