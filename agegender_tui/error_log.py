"""Where the traceback of a fault of ours goes: a file, never the screen."""

from __future__ import annotations

import time
import traceback
from pathlib import Path


def log_folder() -> Path:
    """The user's folder for logs; it need not be there yet."""
    import platformdirs

    return Path(platformdirs.user_log_dir("agegender-tui"))


def log_traceback(error: BaseException) -> str:
    """Append `error` to the log of errors; returns where it is, in words for the user."""
    path = log_folder() / "errors.log"
    text = "".join(traceback.format_exception(error))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n")
    except OSError as refused:
        return f"and its details cannot be written to {path} ({refused.strerror})"
    return f"details in {path}"
