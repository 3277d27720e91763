"""The kept index is that of the names as they are now, or there is none."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.data.exclusions import Curator
from trainer.data.index import scan
from trainer.data.kept_index import (
    KEPT,
    files_unchanged,
    index_file,
    keep_index,
    known_index,
)
from trainer.data.labels import Label
from trainer.data.source import DataSource
from trainer.errors import DataError

NAMES = ("5_0_0_a.jpg", "below/25_1_x.jpg", "below/deep/31_0_3_d.jpg", "nolabel.jpg", "notes.txt")


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    folder = tmp_path / "faces"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * len(name))
    return DataSource(folder)


@pytest.fixture
def ranges(tmp_path: Path) -> DataSource:
    folder = tmp_path / "ranges"
    folder.mkdir()
    (folder / "fairface_label_train.csv").write_text(
        "file,age,gender,race\n1.jpg,50-59,Male,Black\n2.jpg,more than 70,,Indian\n3.jpg,,Male,x\n"
        "4.jpg,30,Female,White\n"
    )
    for name in ("1.jpg", "2.jpg", "3.jpg", "4.jpg", "9.jpg"):
        (folder / name).write_bytes(b"x")
    return DataSource(folder, "fairface")


def kept(source: DataSource) -> None:
    keep_index(scan(source))


def test_it_is_the_same_as_one_that_is_read(source: DataSource, ranges: DataSource) -> None:
    odd = os.fsdecode(b"40_0_1_\xff.jpg")
    (source.folder / odd).write_bytes(b"x")
    for one in (source, ranges):
        assert known_index(one) is None
        kept(one)
        assert known_index(one) == scan(one)
        assert known_index(one).stamps == scan(one).stamps != ()  # type: ignore[union-attr]
    assert len(scan(ranges).partial) == 3


CHANGES: dict[str, Callable[[Path], object]] = {
    "added": lambda folder: (folder / "below/deep/7_1_1_new.jpg").write_bytes(b"x"),
    "removed": lambda folder: (folder / "below/25_1_x.jpg").unlink(),
    "renamed": lambda folder: (folder / "5_0_0_a.jpg").rename(folder / "6_0_0_a.jpg"),
    "other file": lambda folder: (folder / "more.txt").write_text(""),
    "new folder": lambda folder: (folder / "below/new").mkdir(),
    "a folder in place of a file": lambda folder: (
        (folder / "notes.txt").unlink(),
        (folder / "notes.txt").mkdir(),
    ),
    "all gone": lambda folder: folder.rename(folder.with_name("elsewhere")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_stale_name_is_ever_given_not_even_where_times_are_put_back(
    source: DataSource, change: str
) -> None:
    kept(source)
    folders = [source.folder, source.folder / "below", source.folder / "below/deep"]
    times = [(folder, folder.stat()) for folder in folders]
    CHANGES[change](source.folder)
    for folder, was in times:
        if folder.exists():
            os.utime(folder, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert known_index(source) is None


def test_a_changed_table_makes_it_void(ranges: DataSource) -> None:
    kept(ranges)
    table = ranges.folder / "fairface_label_train.csv"
    table.write_text(table.read_text().replace("50-59", "40-49"))
    assert known_index(ranges) is None


def test_a_picture_that_was_rewritten_is_found_out(source: DataSource) -> None:
    kept(source)
    index = known_index(source)
    assert index is not None and files_unchanged(index)
    path = source.folder / "below/25_1_x.jpg"
    was = path.stat()
    path.write_bytes(b"y" * was.st_size)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 1))
    assert known_index(source) is not None
    assert not files_unchanged(index)
    path.unlink()
    assert not files_unchanged(index)


def test_the_curation_is_that_of_now(source: DataSource) -> None:
    kept(source)
    curator = Curator(source.folder)
    curator.exclude(["5_0_0_a.jpg", "nolabel.jpg", "not there.jpg"])
    index = known_index(source)
    assert index == scan(source)
    assert index is not None and index.excluded == {0}
    curator.correct("nolabel.jpg", Label(50, 1, None))
    assert known_index(source) is None, "a corrected label moves a picture among the labelled"
    kept(source)
    assert known_index(source) == scan(source)


def test_a_curation_that_cannot_be_read_is_told(source: DataSource) -> None:
    kept(source)
    (source.folder / "agegender-curation.toml").write_text("version = 9")
    with pytest.raises(DataError, match="version 9 is not 1"):
        known_index(source)


def test_nothing_is_kept_of_what_could_change_without_a_name_changing(source: DataSource) -> None:
    (source.folder / "44_1_1_link.jpg").symlink_to("nowhere")
    assert scan(source).stamps == ()
    kept(source)
    assert known_index(source) is None


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-3], lambda b: b"", lambda b: b[:-9] + b"?" + b[-8:]]
)
def test_a_damaged_file_is_none(source: DataSource, spoil: Callable[[bytes], bytes]) -> None:
    kept(source)
    path = index_file(source)
    path.write_bytes(spoil(path.read_bytes()))
    assert known_index(source) is None


def test_the_longest_unused_go_and_a_cache_that_cannot_be_written_does_no_harm(
    source: DataSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index = scan(source)
    for number in range(KEPT + 2):
        other = dataclasses.replace(index, source=dataclasses.replace(source, layout=f"l{number}"))
        keep_index(other)
        assert other.source is not None
        os.utime(index_file(other.source), (number, number))
    left = sorted(path.stat().st_mtime for path in index_file(source).parent.iterdir())
    assert len(left) == KEPT and left[0] == 2
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AGEGENDER_CACHE", str(tmp_path / "file" / "below"))
    keep_index(index)
    assert known_index(source) is None
