"""Threads for work in the background, of which one that never ends does not hold up leaving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST = 16  # at once; some may hang on a disk that does not answer


class DaemonThreads(ThreadPoolExecutor):
    """An executor for asyncio, which takes no other base class for its default one.

    Python waits for the threads of a pool before it ends, and for a daemon thread it does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._free = threading.Semaphore(MOST)
        self._futures: set[Future[object]] = set()

    @property
    def unfinished(self) -> set[Future[object]]:
        """What is under way or waits for its turn."""
        return {future for future in self._futures.copy() if not future.done()}

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        future: Future[R] = Future()

        def work() -> None:
            with self._free:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:  # it is raised where the result is awaited
                    future.set_exception(error)
                else:
                    future.set_result(result)

        self._futures.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._futures.discard)
        threading.Thread(target=work, name="work", daemon=True).start()
        return future
