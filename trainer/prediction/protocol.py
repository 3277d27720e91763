"""How the prediction process and those who ask it talk: one JSON object a line, either way.

docs/prediction.md describes every request and reply. This module imports in milliseconds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from trainer.text import printable

VERSION = 1
REQUESTS = ("load", "predict", "explain", "epochs", "export", "cancel", "quit")
MAX_LINE = 64 << 20


def encode(body: dict[str, Any]) -> bytes:
    """One line; names that are not UTF-8 survive as lone surrogates, which ASCII JSON escapes."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The object of one line; ValueError for anything else."""
    body = json.loads(line)
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    return body


def pack(pixels: Any) -> str:
    """An array's bytes in base64: `crop` and `overlay` are 128×128×3 RGB, `heat` 128×128, one byte
    a value."""
    return base64.b64encode(pixels.tobytes()).decode("ascii")


def unpack(text: str) -> bytes:
    """The bytes of `pack`; ValueError if it is no base64."""
    return base64.b64decode(text, validate=True)


def cam_name(file: Path, face: int, model: str, model_file: Path, head: str) -> str:
    """The name of a saved Grad-CAM picture of a face, counted from 1.

    It ends in a digest of both paths, as folders hold pictures, and models, of one name. Long names
    are cut, as a folder takes 255 bytes.
    """
    digest = path_digest(file, model_file)
    return f"{cut(file.name, 100)}-face{face}-{cut(model, 80)}-{head}-{digest}.png"


def path_digest(*paths: Path) -> str:
    """What tells files of one name apart in the name of what is made of them: 8 hex digits."""
    whole = b"\0".join(os.fsencode(os.path.abspath(path)) for path in paths)  # noqa: PTH100
    return hashlib.sha256(whole).hexdigest()[:8]


def cut(name: str, most: int) -> str:
    """`name` as it can be shown, in at most that many bytes."""
    return printable(name).encode()[:most].decode(errors="ignore")
