"""UTKFace from where the user says, checked, into a folder of its own.

<folder>             the faces, there only when they are whole; of a link, what it leads to
<folder>.part/       what was fetched so far, deleted at the end; the next try goes on with it
    .lock            held by the fetch at work; a folder without it was made by no fetch
    archive…         the download, see `download`
    kaggle/          what Kaggle's client wrote
    faces/           what is unpacked so far
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.fetch.archive import look_into, unpack
from trainer.data.fetch.download import discard, download
from trainer.data.fetch.kaggle import DATASET, fetch_from_kaggle
from trainer.data.fetch.licence import wrapped
from trainer.data.fetch.steps import Checksum, Progress, check_space, parse_checksum
from trainer.data.labels import is_image
from trainer.errors import ConfigError, DataError, StorageError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable
from trainer.user_path import absolute_path

FACES = 23_708  # pictures, a few of them with malformed names
# A mirror; 107 MB. Its keeper publishes this digest with the code that downloads the file.
HUGGING_FACE = "https://huggingface.co/datasets/py97/UTKFace-Cropped/resolve/main/UTKFace.tar.gz"
HUGGING_FACE_MD5 = "md5:ae1a16905fbd795db921ff1d940df9cc"
ABOUT = 110_000_000  # bytes of the faces, in an archive or out of it
KAGGLE_ARCHIVE = 350_000_000  # bytes: the faces are in it more than once
PROVENANCE = "agegender-source.txt"
LOCK = ".lock"
FACES_FOLDER = "faces"
KAGGLE_FOLDER = "kaggle"
DOWNLOAD = "archive"
ELSEWHERE = "choose another folder"


@dataclass(frozen=True)
class Fetched:
    """`pictures` lie in `folder`; `notes` are sentences on what was left out or is odd. `new` is
    false where the faces were there already."""

    folder: Path
    pictures: int
    notes: list[str] = field(default_factory=list)
    new: bool = True


@dataclass(frozen=True)
class Wanted:
    """`address` of the archive, or '' with the `dataset` of Kaggle or the `archive` on this
    machine. `checksum` is None where it is not known, and `count` 0 where any number will do."""

    target: Path
    address: str = ""
    dataset: str = ""
    archive: Path | None = None
    checksum: Checksum | None = None
    count: int = FACES


def wanted(source: str, target: str, checksum: str = "", count: int = FACES) -> Wanted:
    """What the words mean: `huggingface`, `kaggle`, `kaggle:OWNER/NAME`, an address, or the path
    of an archive. Raises ConfigError for words that mean nothing."""
    if not target.strip():
        raise ConfigError("no folder for the faces: say where they are to lie")
    folder = absolute_path(target.strip())
    check = parse_checksum(checksum) if checksum else None
    word, _, rest = source.strip().partition(":")
    if source.strip() == "huggingface":
        check = check if checksum else parse_checksum(HUGGING_FACE_MD5)
        return Wanted(folder, address=HUGGING_FACE, checksum=check, count=count)
    if word in ("http", "https"):
        return Wanted(folder, address=source.strip(), checksum=check, count=count)
    if word == "kaggle":
        dataset = rest or DATASET
        if not all(part.replace("-", "").isalnum() for part in dataset.split("/")) or (
            dataset.count("/") != 1
        ):
            raise ConfigError(f"'{printable(dataset)}' is no data set of Kaggle: give OWNER/NAME")
        return Wanted(folder, dataset=dataset, checksum=check, count=count)
    if not source.strip():
        raise ConfigError("no source: give huggingface, kaggle, an address or an archive")
    archive = absolute_path(source.strip())
    if not os.path.isfile(archive):  # noqa: PTH113 - Path raises on a name too long
        raise ConfigError(
            f"{printable(str(archive))}: no such archive; give huggingface, kaggle, an address or "
            "the path of an archive"
        )
    return Wanted(folder, archive=archive, checksum=check, count=count)


def fetch(asked: Wanted, progress: Progress) -> Fetched:
    """Get the faces into `asked.target`, which must not exist or be empty, or have them already.

    The licence is for the caller to show. `progress` may raise to give up; what was downloaded is
    kept beside the target, or beside what it links to, and the next fetch goes on with it. Raises
    ConfigError where the folder is taken, DataError where what comes is not UTKFace whole,
    EnvironmentFault without Kaggle's client, StorageError.
    """
    target = asked.target
    there = _pictures_in(target)
    if there and there == asked.count:
        return Fetched(target, there, [f"{there:,} pictures are there already"], new=False)
    if there != 0:
        holds = f"{there:,} pictures" if there else "other files"
        raise ConfigError(f"{printable(str(target))}: holds {holds} already; choose a new folder")
    # No folder can take the place of a link, and all that comes is to lie on the disk it leads to.
    folder = target.resolve() if target.is_symlink() else target
    part = folder.with_name(f"{folder.name}.part")
    _check_part(asked, part)
    with storage_errors(part, ELSEWHERE):
        part.mkdir(parents=True, exist_ok=True)
    with _alone(part):
        archive = _archive(asked, part, progress)
        try:
            _check(asked, archive, progress)
            pictures, notes = _unpacked(asked, archive, part, folder, progress)
        except DataError:
            shutil.rmtree(part / FACES_FOLDER, ignore_errors=True)
            if asked.archive is None:  # a login page, say: to be fetched again
                discard(archive)
            raise
        _clear(part)
    return Fetched(target, pictures, notes)


def _check_part(asked: Wanted, part: Path) -> None:
    """Raise ConfigError where files that no fetch made would be in its way, and deleted by it."""
    with storage_errors(part, ELSEWHERE), contextlib.suppress(FileNotFoundError):
        names = os.listdir(part)
        if names and LOCK not in names:
            raise ConfigError(
                f"{printable(str(part))}: holds files that no fetch made, where this one would "
                "work; move them, or choose another folder"
            )
    if asked.archive is not None and part.resolve() in asked.archive.resolve().parents:
        raise ConfigError(
            f"{printable(str(asked.archive))}: lies where the fetch works; move it to another "
            "folder first"
        )


def _clear(part: Path) -> None:
    """Delete what a fetch makes, and nothing else; `_alone` deletes the folder if it is empty."""
    with contextlib.suppress(OSError):
        discard(part / DOWNLOAD)
    for name in (KAGGLE_FOLDER, FACES_FOLDER):
        shutil.rmtree(part / name, ignore_errors=True)


def _pictures_in(folder: Path) -> int | None:
    """How many pictures a folder has; 0 if it is empty or not there, None if it has other files
    only."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StorageError(
            f"{printable(str(folder))}: cannot be used ({error.strerror}); choose another folder"
        ) from None
    pictures = sum(map(is_image, names))
    return pictures if pictures or not names else None


@contextlib.contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keeps a second fetch out of the same folder; the lock dies with its holder."""
    with storage_errors(part, ELSEWHERE):
        lock = open(part / LOCK, "wb")  # noqa: SIM115 (held until the fetch ends)
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"{printable(str(part))}: another fetch is at work there; wait for it, or choose "
                "another folder"
            ) from None
        try:
            yield
        finally:
            if os.listdir(part) == [LOCK]:  # nothing that the next try could use
                shutil.rmtree(part, ignore_errors=True)


def _archive(asked: Wanted, part: Path, progress: Progress) -> Path:
    """The archive on this machine, fetched if it is elsewhere."""
    if asked.address:
        archive = part / DOWNLOAD
        download(
            asked.address,
            archive,
            progress,
            checksum=asked.checksum,
            # The faces take as much again once they are unpacked.
            room_for=lambda size: check_space(part, size + max(size, ABOUT)),
        )
        return archive
    if asked.dataset:
        check_space(part, KAGGLE_ARCHIVE + ABOUT)
        return fetch_from_kaggle(asked.dataset, part / KAGGLE_FOLDER, progress)
    assert asked.archive is not None
    return asked.archive


def _check(asked: Wanted, archive: Path, progress: Progress) -> None:
    """Compare the checksum of an archive; that of a download was compared as it came."""
    if asked.checksum is not None and not asked.address:
        try:
            matches = asked.checksum.matches(archive, progress)
        except OSError as error:
            raise DataError(
                f"{printable(str(archive))}: cannot be read ({error.strerror}); check permissions"
            ) from None
        if not matches:
            raise DataError(
                f"{printable(str(archive))}: its {asked.checksum.algorithm} checksum is not "
                f"{asked.checksum.digest}, so it is damaged or another file; get it again"
            )


def _unpacked(
    asked: Wanted, archive: Path, part: Path, folder: Path, progress: Progress
) -> tuple[int, list[str]]:
    """Unpack, count, and put the faces in their place; returns the count and the notes."""
    contents = look_into(archive, progress)
    check_space(part, contents.size)
    faces = part / FACES_FOLDER
    shutil.rmtree(faces, ignore_errors=True)
    with storage_errors(faces, ELSEWHERE):
        faces.mkdir()
    pictures = unpack(archive, contents, faces, progress)
    notes = []
    if asked.count and pictures != asked.count:
        if asked.checksum is None:
            raise DataError(
                f"{printable(str(archive))}: holds {pictures:,} pictures, not the {asked.count:,} "
                f"of UTKFace; accept them with --count {pictures}, or get it elsewhere"
            )
        notes.append(f"it holds {pictures:,} pictures, where {asked.count:,} were expected")
    if contents.others:
        notes.append(f"{contents.others:,} pictures in other folders of it were not taken")
    if contents.unsafe:
        name, why = contents.unsafe[0]
        notes.append(f"{len(contents.unsafe):,} left out, the first {printable(name)}: it {why}")
    write_atomic(faces / PROVENANCE, _provenance(asked, pictures))
    with storage_errors(folder, ELSEWHERE):
        if folder.exists():
            folder.rmdir()
        faces.rename(folder)
    return pictures, notes


def _provenance(asked: Wanted, pictures: int) -> str:
    where = asked.address or (f"kaggle {asked.dataset}" if asked.dataset else str(asked.archive))
    return "\n".join(
        [
            f"UTKFace, {pictures} pictures, fetched by agegender-tui",
            f"from: {printable(where)}",
            f"checksum: {asked.checksum or 'not checked'}",
            f"on: {time.strftime('%Y-%m-%d')}; these terms were accepted:",
            "",
            wrapped(100),
            "",
        ]
    )
