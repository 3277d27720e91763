"""A web server of our own on this machine, archives, and no waiting."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Site:
    """What the server does. `content` is its file, `tag` its version ('' for none). It breaks off
    after `cut_after` bytes of an answer, `cuts` times; it answers with the `statuses` first; it
    knows parts unless `whole_only`. `asked` has the Range of each request."""

    def __init__(self) -> None:
        self.content = bytes(range(256)) * 8192  # 2 MB
        self.tag = '"one"'
        self.cut_after = 0
        self.cuts = 0
        self.statuses: list[int] = []
        self.whole_only = False
        self.location = ""
        self.asked: list[str] = []
        self.address = ""

    @property
    def md5(self) -> str:
        return "md5:" + hashlib.md5(self.content, usedforsecurity=False).hexdigest()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            site.asked.append(asked)
            if site.location and self.path == "/sent-on":
                self.send_response(302)
                self.send_header("Location", site.location)
                self.end_headers()
                return
            if site.statuses:
                self.send_response(site.statuses.pop(0))
                self.end_headers()
                return
            start = 0
            found = re.fullmatch(r"bytes=([0-9]+)-", asked)
            same = self.headers.get("If-Range", site.tag) == site.tag
            if found and same and not site.whole_only:
                start = int(found[1])
                if start >= len(site.content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(site.content)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}"
                )
            else:
                self.send_response(200)
            body = site.content[start:]
            self.send_header("Content-Length", str(len(body)))
            if site.tag:
                self.send_header("ETag", site.tag)
            self.end_headers()
            if site.cuts:
                site.cuts -= 1
                body = body[: site.cut_after]
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.address = f"http://127.0.0.1:{server.server_port}/UTKFace.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.data.fetch.download.time.sleep", lambda _: None)


def face_names(count: int) -> list[str]:
    return [f"{20 + n}_{n % 2}_{n % 5}_2017{n:013d}.jpg.chip.jpg" for n in range(count)]


def tar_of(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def faces_in(folder: str, count: int) -> dict[str, bytes]:
    return {f"{folder}/{name}": b"face " + name.encode() for name in face_names(count)}


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
