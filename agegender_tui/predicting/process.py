"""The process that predicts, as the dashboard and the command line see it: started when first
asked, asked without blocking, started anew after a crash.

    async with PredictionProcess() as process:
        async for reply in process.ask({"do": "predict", "models": [...], "files": [...]}):
            ...

docs/prediction.md describes requests and replies. TensorFlow is loaded there, never here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO, Self

from agegender_tui.error_log import log_folder
from trainer.errors import DeviceError, EnvironmentFault, ExitCode, UserError
from trainer.prediction import protocol
from trainer.runs.starting import search_path
from trainer.text import printable

_LONGEST_LOG = 1 << 20
_REMEDY = "run `agegender-tui doctor`"


def _opened(log: Path) -> BinaryIO:
    """The log to append to, begun anew when it is long; nowhere, where it cannot be written."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        long = log.exists() and log.stat().st_size > _LONGEST_LOG
        return open(log, "wb" if long else "ab")
    except OSError:
        return open(os.devnull, "wb")


class PredictionFailed(UserError):
    """The process answered a request with this sentence."""

    def __init__(self, sentence: str, code: int = ExitCode.UNEXPECTED) -> None:
        super().__init__(sentence)
        self.exit_code = ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED


class PredictionCrashed(UserError):
    """The process died while it was asked; the next request starts another."""


class PredictionProcess:
    """One prediction process; ask it from one event loop. Several requests may be under way; they
    are answered in turn."""

    def __init__(self, device: str = "auto") -> None:
        self._device = device
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._replies: dict[int, asyncio.Queue[dict[str, Any] | None]] = {}
        self._last_id = 0
        self._starting = asyncio.Lock()
        self._failure: UserError | None = None
        self.device = ""  # `cpu` or `gpu:0` once TensorFlow is up

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def log_file(self) -> Path:
        """Where what TensorFlow prints goes, tracebacks included."""
        return log_folder() / "prediction.log"

    @property
    def alive(self) -> bool:
        """Whether a process is there, be it still loading TensorFlow."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process's id, None where there is none."""
        return self._process.pid if self.alive and self._process is not None else None

    async def start(self) -> None:
        """Start the process now, so that the first request need not wait for TensorFlow."""
        async with self._starting:
            if self.alive:
                return
            self._failure, self.device = None, ""
            with _opened(self.log_file) as errors:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-m", "trainer", "predict-server",
                    "--device", self._device,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                    limit=protocol.MAX_LINE, env={**os.environ, **search_path()},
                )  # fmt: skip
            self._reader = asyncio.create_task(self._read(self._process))

    async def ask(self, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Send a request and yield its replies, the last one with `done`.

        Leaving the loop early cancels the request. Raises PredictionFailed with the sentence of
        an error reply, PredictionCrashed if the process dies, EnvironmentFault if it cannot start.
        """
        await self.start()
        process = self._process
        assert process is not None and process.stdin is not None
        self._last_id += 1
        number = self._last_id
        replies: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._replies[number] = replies
        done = False
        try:
            try:
                process.stdin.write(protocol.encode({"id": number, **request}))
                await process.stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                pass  # the reader sees the end too, and knows why
            while not done:
                reply = await replies.get()
                if reply is None:
                    done = True
                    raise await self._death(process)
                done = bool(reply.get("done"))
                if "error" in reply:
                    code = int(reply.get("code", ExitCode.UNEXPECTED))
                    raise PredictionFailed(str(reply["error"]), code)
                yield reply
        finally:
            del self._replies[number]
            if not done:
                self._cancel(process, number)

    async def close(self) -> None:
        """End the process; what was asked and not answered is lost."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                process.stdin.write(protocol.encode({"do": "quit"}))
            process.stdin.close()
            try:
                # One that still loads TensorFlow has nothing to finish.
                await asyncio.wait_for(process.wait(), 2.0 if self.device else 0.05)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._reader is not None:
            await self._reader

    def _cancel(self, process: asyncio.subprocess.Process, number: int) -> None:
        with contextlib.suppress(OSError, RuntimeError, AttributeError):
            process.stdin.write(  # type: ignore[union-attr]
                protocol.encode({"do": "cancel", "which": number})
            )

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            while line := await process.stdout.readline():
                reply = protocol.decode(line)
                if (event := reply.get("event")) == "ready":
                    self.device = str(reply.get("device", ""))
                elif event == "failed":
                    of_device = reply.get("code") == ExitCode.DEVICE
                    kind = DeviceError if of_device else EnvironmentFault
                    self._failure = kind(str(reply.get("error", "")))
                elif (queue := self._replies.get(reply.get("id", 0))) is not None:
                    queue.put_nowait(reply)
        for queue in list(self._replies.values()):
            queue.put_nowait(None)

    async def _death(self, process: asyncio.subprocess.Process) -> UserError:
        # Not killed at once: `kill` takes the status of one that just ended away from `wait`.
        try:
            code = await asyncio.wait_for(process.wait(), 1.0)
        except TimeoutError:  # one whose replies make no sense any more
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            code = await process.wait()
        if self._failure:
            return self._failure
        log = printable(str(self.log_file))
        if not self.device:
            return EnvironmentFault(f"the prediction process does not start: {_REMEDY}; see {log}")
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        return PredictionCrashed(
            f"the prediction process was ended {how}; the next request starts another; see {log}"
        )
