"""Model files that came to harm on a disk, or were made with ill will."""

import zipfile
from pathlib import Path

from trainer.sharing.keras_zip import MOST_BYTES

PARTS = {
    "torn weights": ("model.weights.h5", lambda whole: whole.replace(b"SNOD", b"XXXX")),
    "deep metadata": ("metadata.json", lambda _: b"[" * 100_000),
    "deep config": ("config.json", lambda _: b"[" * 100_000),
    "large metadata": ("metadata.json", lambda whole: whole + b" " * MOST_BYTES),
    "large config": ("config.json", lambda whole: whole + b" " * MOST_BYTES),
}
HARMS = [*PARTS, "torn deflate", "unknown method", "encrypted"]


def harmed(file: Path, target: Path, harm: str) -> Path:
    """`target`, which is `file` with one of `HARMS` done to it."""
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(target, "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            part, change = PARTS.get(harm, ("", None))
            content = whole.read(name)
            archive.writestr(
                name,
                change(content) if change and name == part else content,
                zipfile.ZIP_DEFLATED,
                1,
            )
    content = bytearray(target.read_bytes())
    listed = content.index(b"PK\x01\x02")  # the first part's entry in the list of contents
    if harm == "torn deflate":
        content[30 + len("metadata.json")] = 0xFF
    elif harm == "unknown method":
        content[8] = content[listed + 10] = 99
    elif harm == "encrypted":
        content[6] |= 1
        content[listed + 8] |= 1
    target.write_bytes(content)
    return target
