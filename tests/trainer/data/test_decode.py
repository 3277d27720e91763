import os
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from trainer.data import picture_file
from trainer.data.decode import UnreadableFace, read_face, read_picture


@pytest.fixture
def picture():
    ramp = np.linspace(0, 255, 128).astype("uint8")
    return np.stack(
        [np.tile(ramp, (128, 1)), np.tile(ramp[:, None], 128), np.full((128, 128), 90, "uint8")], -1
    )


def test_a_128_picture_is_used_as_it_is(tmp_path, picture):
    Image.fromarray(picture).save(tmp_path / "a.png")
    pixels, resized = read_face(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels, picture)
    assert not resized


def test_a_larger_picture_is_cropped_to_its_middle_and_resized(tmp_path, picture):
    wide = np.zeros((256, 400, 3), "uint8")
    wide[:, 72:328] = picture.repeat(2, 0).repeat(2, 1)
    Image.fromarray(wide).save(tmp_path / "a.png")
    pixels, resized = read_face(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels, picture)
    assert resized


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "1", "LA"])
def test_every_colour_mode_becomes_rgb(tmp_path, picture, mode):
    name = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.fromarray(picture).convert("RGB").convert(mode).save(name)
    pixels, _ = read_face(name)
    assert pixels.shape == (128, 128, 3)
    assert pixels.dtype == np.uint8


def test_exif_orientation_is_applied(tmp_path, picture):
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(picture[::-1, ::-1]).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_face(tmp_path / "a.png")[0], picture)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(10))
def test_each_exif_orientation_is_applied_as_pillow_does(tmp_path, picture, orientation, ending):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture[:80]).save(tmp_path / f"a.{ending}", exif=exif)
    with Image.open(tmp_path / f"a.{ending}") as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened))
    np.testing.assert_array_equal(read_picture(tmp_path / f"a.{ending}"), expected)


@pytest.mark.parametrize(
    ("entry", "turned"),
    [
        (struct.pack("<HHI4s", 0x011A, 2, 4, b"abc"), True),
        (struct.pack("<HHI4s", 0x0100, 2, 4, b"abc"), True),
        (b"", False),
    ],
    ids=["letters for a resolution", "letters for a width", "a table that ends too soon"],
)
def test_odd_exif_costs_no_sound_picture(tmp_path, entry, turned):
    orientation = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    table = struct.pack("<H", 2) + orientation + entry + bytes(4) if entry else b"\x02\0\x12"
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + table
    Image.new("RGB", (64, 48), (200, 20, 30)).save(tmp_path / "a.jpg", exif=exif)
    pixels = read_picture(tmp_path / "a.jpg")
    assert pixels.shape == ((64, 48, 3) if turned else (48, 64, 3))


def test_a_truncated_picture_is_refused(tmp_path, picture):
    noise = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFace, match="cut short"):
        read_face(tmp_path / "a.jpg")


def test_rubbish_and_missing_files_are_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"not a picture at all")
    with pytest.raises(UnreadableFace, match="not a picture"):
        read_face(tmp_path / "a.jpg")
    with pytest.raises(UnreadableFace, match="no such file"):
        read_face(tmp_path / "b.jpg")


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    Image.new("1", (9000, 6000)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("was decoded"))
    with pytest.raises(UnreadableFace, match="9000×6000 is more than 50 megapixels"):
        read_face(tmp_path / "a.png")


def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path):
    ramp = np.linspace(0, 65535, 128 * 128).reshape(128, 128).astype("uint16")
    Image.fromarray(ramp).save(tmp_path / "a.png")
    pixels, _ = read_face(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels[..., 0], ramp >> 8)


def test_of_an_animation_the_first_frame_is_read(tmp_path, picture):
    frames = [Image.fromarray(frame) for frame in (picture, 255 - picture)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    np.testing.assert_array_equal(read_face(tmp_path / "a.webp")[0], picture)


def test_a_photograph_keeps_its_size(tmp_path):
    Image.new("RGB", (300, 200), (10, 20, 30)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").shape == (200, 300, 3)


def test_what_is_no_picture_is_refused_in_words(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    Image.fromarray(np.zeros((9, 9), "float32")).save(tmp_path / "a.tiff")
    for name, why in (
        ("empty.jpg", "empty"), ("folder.jpg", "folder"), ("pipe.jpg", "not a regular file"),
        ("a.tiff", "floating-point"),
    ):  # fmt: skip
        with pytest.raises(UnreadableFace, match=why):
            read_face(tmp_path / name)


def test_heic_without_its_reader_says_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    monkeypatch.setattr(picture_file, "_formats", lambda: picture_file.FORMATS)
    with pytest.raises(UnreadableFace, match=r"agegender-tui\[heic\]"):
        read_face(tmp_path / "a.heic")


def test_a_large_jpeg_is_decoded_no_larger_than_is_enough(tmp_path):
    Image.new("RGB", (2000, 1600), (10, 20, 30)).save(tmp_path / "a.jpg")
    picture = picture_file.open_picture(tmp_path / "a.jpg", at_least=200)
    assert picture.size == (250, 200)
    assert picture_file.open_picture(tmp_path / "a.jpg").size == (2000, 1600)


def test_heic_is_read_where_its_reader_is_installed(tmp_path, picture):
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra `heic` is not installed")
    image = pillow_heif.from_pillow(Image.fromarray(picture))
    try:
        image.save(tmp_path / "a.heic", quality=100)
    except (OSError, ValueError, RuntimeError):
        pytest.skip("this build of pillow-heif cannot write")
    pixels, resized = read_face(tmp_path / "a.heic")
    assert not resized
    assert np.abs(pixels.astype(int) - picture).mean() < 4
