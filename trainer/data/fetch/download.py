"""One file by HTTP, going on where a broken connection, or an earlier try, left off.

<name>.part        what came so far
<name>.part.json   where it, or the whole file, came from, and by what the server tells its
                   versions apart
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from trainer import __version__
from trainer.data.fetch.steps import PIECE, Checksum, Progress, Step
from trainer.errors import DataError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import megabytes, printable

TRIES = 5  # without a single byte in between
FIRST_TRIES = 3  # before there is any byte
SECONDS = 30.0  # without a byte, until a connection counts as broken
ELSEWHERE = "choose another folder"


@dataclass(frozen=True)
class _Origin:
    """`version` is a strong ETag or a date, '' where the server gives neither; `size` in bytes, 0
    where it does not say."""

    url: str
    version: str = ""
    size: int = 0


class _Broken(Exception):
    """The connection broke, or the server is busy: worth another try."""


class _Changed(Exception):
    """What came so far is no beginning of what is there now."""


def download(
    url: str,
    target: Path,
    progress: Progress,
    *,
    checksum: Checksum | None = None,
    room_for: Callable[[int], None] = lambda size: None,
) -> None:
    """Fetch `url` to `target`, whose folder exists; one that came from there is taken as it is.

    `progress` may raise to give up; what came is kept, and the next call goes on from there.
    `room_for(size)` is called once the size is known, with the bytes still to come, and may raise.
    Raises DataError where the server refuses, has no such file or breaks off again and again, or
    where the checksum is another one, which deletes the download; StorageError.
    """
    part = target.with_name(f"{target.name}.part")
    note = target.with_name(f"{target.name}.part.json")
    if target.exists() and _read_note(note).url != url:
        target.unlink()  # before the note tells of another address
    if not target.exists():
        _complete(url, part, note, progress, room_for)
        part.replace(target)
    if checksum is not None and not checksum.matches(target, progress):
        discard(target)
        raise DataError(
            f"{url}: its {checksum.algorithm} checksum is not {checksum.digest}, so it is damaged "
            "or another file; try again, or take it unchecked with --checksum none"
        )


def discard(target: Path) -> None:
    """Delete a download, whole or not, so that the next call fetches it again."""
    for name in (target.name, f"{target.name}.part", f"{target.name}.part.json"):
        target.with_name(name).unlink(missing_ok=True)


def _complete(
    url: str,
    part: Path,
    note: Path,
    progress: Progress,
    room_for: Callable[[int], None],
) -> None:
    tries = 0
    while True:
        origin = _read_note(note)
        if origin.url != url:
            part.unlink(missing_ok=True)
            origin = _Origin(url)
        had = part.stat().st_size if part.exists() else 0
        try:
            _go_on(origin, part, note, had, progress, room_for)
            return
        except _Changed:
            part.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            tries += 1
            why = "the file there changes all the time"
        except _Broken as error:
            has = part.stat().st_size if part.exists() else 0
            tries = 1 if has > had else tries + 1
            why = str(error)
        kept = part.stat().st_size if part.exists() else 0
        if tries >= (TRIES if kept else FIRST_TRIES):
            raise DataError(
                f"{url}: cannot be fetched ({printable(why)}); "
                + (f"{megabytes(kept)} are kept, so that the same command goes on from there"
                   if kept else "check the network, or use another source")
            )  # fmt: skip
        for second in range(wait := 2 ** (tries - 1)):
            progress(Step(f"waiting {wait} s, as {why}", second, wait))
            time.sleep(1.0)


def _go_on(
    origin: _Origin,
    part: Path,
    note: Path,
    have: int,
    progress: Progress,
    room_for: Callable[[int], None],
) -> None:
    """Ask for the rest and append it, or for all of it where the server knows no parts."""
    headers = {"User-Agent": f"agegender-tui/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if origin.version:
            headers["If-Range"] = origin.version
    progress(Step("connecting"))
    try:
        with _open(urllib.request.Request(origin.url, headers=headers)) as answer:
            size = _size(answer)
            if answer.status == 206:
                start, whole = _range(answer)
                if start != have or (origin.size and whole and whole != origin.size):
                    raise _Changed
                size = whole
            else:
                have = 0
            room_for(max(size - have, 0))
            with storage_errors(part, ELSEWHERE):
                new = _Origin(origin.url, _version(answer), size)
                write_atomic(note, json.dumps(asdict(new)))
            _copy(answer, part, have, size, progress)
    except urllib.error.HTTPError as error:
        _refused(origin.url, error, have)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        raise _Broken(said) from None
    except ValueError as error:
        raise DataError(f"{printable(origin.url)}: is no address ({error}); give another") from None


def _copy(answer: IO[bytes], part: Path, have: int, size: int, progress: Progress) -> None:
    with contextlib.ExitStack() as stack:
        with storage_errors(part, ELSEWHERE):
            file = stack.enter_context(open(part, "ab" if have else "wb"))
        while True:
            progress(Step("downloading", have, size))
            piece = answer.read(PIECE)
            if not piece:
                break
            with storage_errors(part, ELSEWHERE):
                file.write(piece)
            have += len(piece)
        with storage_errors(part, ELSEWHERE):
            file.flush()
    if size and have < size:
        raise _Broken(f"it ended after {megabytes(have)} of {megabytes(size)}")
    if size and have > size:
        raise _Changed


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to the web only, and never from an encrypted address to one that is not."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        scheme = newurl.partition(":")[0].lower()
        if scheme != "https" and (scheme != "http" or req.type == "https"):
            raise DataError(
                f"{printable(req.full_url)}: sends on to {printable(newurl[:80])}, which is not "
                "encrypted; use another source"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(request: urllib.request.Request) -> Any:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener.open(request, timeout=SECONDS)


def _refused(url: str, error: urllib.error.HTTPError, have: int) -> None:
    """Say what the status means: nothing to be done, worth another try, or already complete."""
    shown = printable(url)
    if error.code == 416:
        whole = re.fullmatch(r"bytes \*/([0-9]+)", error.headers.get("Content-Range", ""))
        if have and whole and int(whole[1]) == have:
            return
        raise _Changed
    if error.code in (404, 410):
        raise DataError(
            f"{shown}: there is no such file (status {error.code}); use another source or address"
        )
    if error.code in (401, 403):
        raise DataError(
            f"{shown}: the server does not let it be fetched (status {error.code}); use another "
            "source"
        )
    if error.code in (408, 425, 429) or error.code >= 500:
        raise _Broken(f"status {error.code}")
    raise DataError(f"{shown}: the server answers with status {error.code}; use another source")


def _size(answer: Any) -> int:
    text = answer.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else 0


def _range(answer: Any) -> tuple[int, int]:
    """Where a part begins, and the size of the whole, 0 where it is not told."""
    found = re.fullmatch(
        r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)", answer.headers.get("Content-Range", "")
    )
    if found is None:
        raise _Changed
    return int(found[1]), 0 if found[2] == "*" else int(found[2])


def _version(answer: Any) -> str:
    """What If-Range takes: a strong ETag, else the date of the last change."""
    tag = str(answer.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(answer.headers.get("Last-Modified", ""))


def _read_note(note: Path) -> _Origin:
    try:
        read = json.loads(note.read_bytes())
        return _Origin(str(read["url"]), str(read["version"]), int(read["size"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _Origin("")
