"""Reads one struct of arrays from a MATLAB file of version 5 to 7: all that IMDB-WIKI needs.

SciPy reads them too, but it would be the largest package of this project for one old file. The
format: MathWorks, "MAT-File Format", chapter 1, level 5. A file is a header of 128 bytes and then
elements: a tag of type and size, data, padding to 8 bytes. A compressed element holds another.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import DataError
from trainer.text import printable

MOST_BYTES = 1 << 30  # once decompressed: imdb.mat has a fifth of it
_COMPRESSED, _MATRIX = 15, 14
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
            13: "u8"}  # fmt: skip
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHAR = 1, 2, 4


class _Broken(Exception):
    """Why a file cannot be read, in a few words."""


def read_struct(path: Path, numbers: Sequence[str], texts: Sequence[str] = ()) -> list[list[Any]]:
    """Fields of the first struct in a file, each a list: those of `numbers`, then those of `texts`,
    which are cell arrays.

    All have the same length. Raises DataError, naming the file, where it is cut short, is no such
    file, lacks a field, or has one of the other kind; OSError never.
    """
    shown = printable(str(path))
    try:
        body = path.read_bytes()
        if body[:19] == b"MATLAB 7.3 MAT-file":
            raise _Broken("is of version 7.3, which is another format; save it with -v7")
        mark = body[126:128]
        if len(body) < 136 or mark not in (b"IM", b"MI"):
            raise _Broken("is no MATLAB file of version 5 to 7")
        order = "<" if mark == b"IM" else ">"
        found = _first_struct(memoryview(body)[128:], order)
        missing = [name for name in (*numbers, *texts) if name not in found]
        if missing:
            raise _Broken(f"has no field {', '.join(missing)}")
        columns = [_numbers(name, found[name], order) for name in numbers]
        columns += [_texts(name, found[name], order) for name in texts]
        if len({len(column) for column in columns}) != 1:
            raise _Broken("has fields of different lengths")
        return columns
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror}); check permissions") from None
    except _Broken as why:
        raise DataError(f"{shown}: {why}; get the file again") from None
    except (struct.error, zlib.error, ValueError, IndexError, StopIteration):
        raise DataError(f"{shown}: is cut short or damaged; get the file again") from None


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """(type, data) of each element."""
    place = 0
    while place + 8 <= len(data):
        (word,) = struct.unpack_from(order + "I", data, place)
        if word >> 16:  # a small one: up to 4 bytes within the tag
            kind, size, start = word & 0xFFFF, word >> 16, place + 4
            end = place + 8
            if size > 4:
                raise _Broken("is damaged")
        else:
            (size,) = struct.unpack_from(order + "I", data, place + 4)
            kind, start = word, place + 8
            end = start + size + (-size % 8 if kind != _COMPRESSED else 0)
        if start + size > len(data):
            raise _Broken("is cut short")
        yield kind, data[start : start + size]
        place = end


def _first_struct(data: memoryview, order: str) -> dict[str, memoryview]:
    """The fields of the first struct, not yet taken apart."""
    for kind, content in _elements(data, order):
        if kind == _COMPRESSED:
            unpacked = zlib.decompressobj()
            whole = unpacked.decompress(content, MOST_BYTES)
            if unpacked.unconsumed_tail:
                raise _Broken(f"holds more than {MOST_BYTES >> 30} GB")
            if not unpacked.eof:
                raise _Broken("is cut short")
            kind, content = next(_elements(memoryview(whole), order))
        if kind == _MATRIX:
            parts = _elements(content, order)
            flags = next(parts)[1]
            if flags[0 if order == "<" else 3] == _STRUCT:
                for _ in range(2):  # its size and its name
                    next(parts)
                (length,) = struct.unpack_from(order + "i", next(parts)[1])
                names = bytes(next(parts)[1])
                if length < 1:
                    raise _Broken("is damaged")
                named = [names[at : at + length] for at in range(0, len(names), length)]
                return {
                    name.split(b"\0")[0].decode("latin-1"): field
                    for name, (_, field) in zip(named, parts, strict=False)
                }
    raise _Broken("holds no struct")


def _numbers(name: str, matrix: memoryview, order: str) -> list[Any]:
    kind, parts = _array(matrix, order)
    number, data = next(parts, (0, memoryview(b"")))
    if kind == _CELL or number not in _NUMBERS:
        raise _Broken(f"has a field {name} that is no numbers")
    return list(np.frombuffer(data, order + _NUMBERS[number]).astype("f8").tolist())


def _texts(name: str, matrix: memoryview, order: str) -> list[Any]:
    kind, parts = _array(matrix, order)
    if kind != _CELL:
        raise _Broken(f"has a field {name} that is no texts")
    return [_text(cell, order) for _, cell in parts]


def _array(matrix: memoryview, order: str) -> tuple[int, Iterator[tuple[int, memoryview]]]:
    """What kind of array it is, and its elements after flags, size and name."""
    parts = _elements(matrix, order)
    flags = next(parts)[1]
    for _ in range(2):
        next(parts)
    return flags[0 if order == "<" else 3], parts


def _text(matrix: memoryview, order: str) -> str:
    """The text of one cell; empty for anything else."""
    parts = list(_elements(matrix, order))
    if len(parts) < 4 or parts[0][1][0 if order == "<" else 3] != _CHAR:
        return ""
    kind, data = parts[3]
    coding = _TEXTS.get(kind, "latin-1")
    if coding in ("utf-16", "utf-32"):
        coding += "-le" if order == "<" else "-be"
    return bytes(data).decode(coding)
