"""The prediction process: models loaded once, requests on standard input, replies on standard
output. It ends when its input does, and at once when whoever started it is gone."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO

from trainer.config import RunConfig
from trainer.errors import ExitCode, UserError
from trainer.prediction import protocol
from trainer.prediction.answering import Reply, Server
from trainer.text import printable


def serve(device: str = "auto") -> int:
    """Answer until the input ends; the exit status."""
    requests, replies = _streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks; it closes the pipe
    inbox = Inbox(requests)
    send = _sender(replies)
    send({"v": protocol.VERSION, "event": "starting"})
    try:
        from trainer.training.device import choose_device, start_tensorflow

        chosen = start_tensorflow(choose_device(device), RunConfig(), or_cpu=device == "auto")
    except UserError as error:
        send({"event": "failed", "error": str(error), "code": int(error.exit_code)})
        return int(error.exit_code)
    send({"event": "ready", "device": chosen})
    server = Server(inbox.cancelled)
    for request in inbox:
        _answer(server, request, send)
    return 0


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, out of reach of libraries that print: for them standard output is the error
    stream, and standard input empty."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, replies


def _sender(replies: BinaryIO) -> Reply:
    def send(body: dict[str, Any]) -> None:
        line = memoryview(protocol.encode(body))
        try:
            while line:
                line = line[replies.write(line) :]
        except OSError:  # nobody reads any more
            os._exit(0)

    return send


class Inbox:
    """Requests as they come, read in a thread, so that `cancel` and the end are seen at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._cancelled: set[Any] = set()
        self._parent = os.getppid()
        threading.Thread(target=self._read, name="requests", daemon=True).start()

    def __iter__(self) -> Inbox:
        return self

    def __next__(self) -> dict[str, Any]:
        request = self._waiting.get()
        if request is None:
            raise StopIteration
        return request

    def cancelled(self, request_id: Any) -> bool:
        """Whether that request need not be answered any more."""
        return request_id in self._cancelled

    def _read(self) -> None:
        while line := self._stream.readline(protocol.MAX_LINE):
            try:
                request = protocol.decode(line)
            except ValueError as error:
                request = {"do": "", "error": f"a request that is no JSON object ({error})"}
            if request.get("do") == "quit":
                os._exit(0)
            if request.get("do") == "cancel":
                with contextlib.suppress(TypeError):  # an id that is a list, say
                    self._cancelled.add(request.get("which"))
            else:
                self._waiting.put(request)
        self._waiting.put(None)
        # What was asked is still answered, as in a shell's pipe, unless whoever asked is gone.
        while os.getppid() == self._parent:
            time.sleep(0.2)
        os._exit(0)


def _answer(server: Server, request: dict[str, Any], send: Reply) -> None:
    request_id = request.get("id")

    def reply(body: dict[str, Any]) -> None:
        send({"id": request_id, **body})

    try:
        server.answer(request, reply)
    except UserError as error:
        reply({"error": str(error), "code": int(error.exit_code), "done": True})
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        first = (str(error).splitlines() or [""])[0][:200]
        said = f"unexpected {type(error).__name__}: {printable(first)}"
        reply({"error": said, "code": int(ExitCode.UNEXPECTED), "done": True})
