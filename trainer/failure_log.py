"""What a worker's log says of the failure that ended it."""

from __future__ import annotations

import contextlib
import sys
import traceback

from trainer.errors import UserError, gist


def log_failure(error: Exception, known: UserError) -> None:
    """To stderr, which is `worker.log`, where the disk still takes it: what the user is told, after
    the traceback where that says more."""
    with contextlib.suppress(OSError):
        if known is not error or error.__cause__ is not None:
            traceback.print_exception(error)
        print(f"failed: {known}", file=sys.stderr)


def unexpected(error: Exception) -> UserError:
    """The sentence for a fault of ours."""
    kind = type(error).__name__
    return UserError(f"unexpected {kind}: {gist(error)}; the details are in worker.log")
