"""Five hundred files that are no pictures, or not whole ones."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from trainer.data.decode import UnreadableFace, read_picture

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF")


def encoded(form, random):
    content = io.BytesIO()
    pixels = random.integers(0, 256, (48, 48, 3)).astype("uint8")
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


def chunk(kind, body):
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def png_bomb(width, height):
    """A small file that says it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bmp_bomb(width, height):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def gif_bomb(width, height):
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0," + b"\0" * 9 + b"\2\0;"


@pytest.fixture(scope="module")
def malformed(tmp_path_factory):
    """name → whether a reader may make something of it all the same."""
    folder = tmp_path_factory.mktemp("malformed")
    random = np.random.default_rng(11)
    made = {}

    def put(name, content, may_pass=False):
        (folder / name).write_bytes(content)
        made[folder / name] = may_pass

    for n in range(31):
        put(f"zero{n}.jpg", b"")
        put(f"noise{n}.png", random.bytes(int(random.integers(1, 4000))))
        put(f"renamed{n}.jpg", (b"%PDF-1.7\n", b"MZ\x90\0", b"PK\3\4", b"#!/bin/sh\n")[n % 4] * 40)
        put(f"postscript{n}.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" * (n + 1))
        put(f"nulls{n}.webp", bytes(n * 37 + 1))
    for n in range(20):
        side = 2**31 - 1 if n % 2 else 60_000 + n
        put(f"bomb{n}.png", png_bomb(side, side))
        put(f"bomb{n}.bmp", bmp_bomb(min(side, 2**20), min(side, 2**20)))
        put(f"bomb{n}.gif", gif_bomb(65535, 65535 - n))
    for form in FORMATS:
        whole = encoded(form, random)
        for n in range(24):
            put(f"cut{n}.{form}", whole[: 1 + n * (len(whole) // 3) // 24])
        for n in range(24):
            flipped = bytearray(whole)
            for _ in range(1 + n):
                flipped[int(random.integers(0, len(whole)))] ^= int(random.integers(1, 256))
            put(f"flipped{n}.{form}", bytes(flipped), may_pass=True)
    return made


def test_each_of_500_malformed_files_is_refused_in_a_few_words(malformed):
    assert len(malformed) >= 500
    for path, may_pass in malformed.items():
        try:
            pixels = read_picture(path)
        except UnreadableFace as why:
            assert 0 < len(str(why)) < 200, path.name
            assert "\n" not in str(why), path.name
        else:
            assert may_pass, path.name
            assert pixels.ndim == 3 and pixels.dtype == np.uint8


def test_they_stop_nothing_and_each_is_named(malformed, tiny_file, tmp_path):
    from trainer.prediction.detectors import open_detector
    from trainer.prediction.pipeline import predict_files
    from trainer.prediction.predictor import Predictor, load_model

    good = tmp_path / "good.png"
    Image.new("RGB", (128, 128), (9, 9, 9)).save(good)
    haar = open_detector("haar")
    files = [*malformed, good]
    results = list(predict_files(files, Predictor([load_model(tiny_file)]), lambda: haar))
    assert [result.path for result in results] == files
    assert all(result.problem or result.faces for result in results)
    assert results[-1].faces
