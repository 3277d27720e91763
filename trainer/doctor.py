"""What this machine has of what training and the dashboard need, and the remedy for what it lacks.

Nothing here imports TensorFlow: it is tried in a process of its own, which may crash or hang.
"""

from __future__ import annotations

import json
import locale
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from trainer import __version__, terminal_pictures
from trainer.errors import REINSTALL
from trainer.requirements import bounds, install, within
from trainer.text import printable

OK, NOTE, MISSING = "ok", "note", "missing"
PACKAGES = (
    "tensorflow", "keras", "h5py", "mtcnn", "numpy", "opencv-python-headless", "pillow", "textual",
    "textual-plotext", "plotext", "optuna", "psutil", "platformdirs", "rich", "tomli-w",
    "nvidia-ml-py",
)  # fmt: skip
OTHER_BUILDS = {
    "tensorflow": ("tensorflow-cpu",),
    "opencv-python-headless": ("opencv-python",),
}
TENSORFLOW_SECONDS = 120
LOW_DISK = 2 << 30
MODULES = (
    "numpy", "h5py", "PIL.Image", "textual.app", "textual_plotext", "psutil", "platformdirs",
    "rich", "tomli_w", "pynvml",
)  # fmt: skip
_TRY_MODULES = """
import importlib, json, sys
failed = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = str(error) or type(error).__name__
print(json.dumps(failed))
"""
_TRY_TENSORFLOW = """
import json, os
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, tensorflow as tf
print(json.dumps([tf.__version__, [d.name for d in tf.config.list_physical_devices("GPU")]]))
"""


@dataclass(frozen=True)
class Finding:
    """`level` is ok, note (works, but worth knowing) or missing (something needed is not there);
    `remedy` says what to do about the last two."""

    name: str
    level: str
    text: str
    remedy: str = ""


def examine(root: Path, environment: Mapping[str, str], pictures: str = "") -> Iterator[Finding]:
    """All findings, the slow ones last; `root` is the folder of the runs, `pictures` how the
    user's settings have faces shown."""
    from trainer.data.cache_root import cache_root
    from trainer.runs.queue import queue_root

    yield Finding("agegender-tui", OK, __version__)
    yield Finding("python", OK, f"{platform.python_version()} on {platform.platform()}")
    yield from package_findings()
    yield loading_finding()
    yield opencv_finding()
    yield folder_finding("runs folder", root, "choose another with --runs")
    yield folder_finding("cache folder", cache_root(), "set AGEGENDER_CACHE to another")
    yield folder_finding("queue folder", queue_root(), "set AGEGENDER_QUEUE to another")
    yield from terminal_findings(environment, pictures)
    gpus = gpu_names()
    yield Finding("NVIDIA GPUs", OK, ", ".join(gpus) or "none; runs go on the CPU")
    yield tensorflow_finding(gpus)


def package_findings() -> Iterator[Finding]:
    """One for each package the program cannot do without, and whether its version is one that the
    program works with."""
    for name in PACKAGES:
        builds = (name, *OTHER_BUILDS.get(name, ()))
        found = next(((build, have) for build in builds if (have := _version(build))), None)
        if found is None:
            yield Finding(name, MISSING, "not installed", install(name))
            continue
        build, version = found
        wanted = bounds(name)
        if within(version, wanted):
            yield Finding(name, OK, version)
        else:
            yield Finding(
                name, NOTE, f"{version}, but the program needs {wanted}", install(name, build)
            )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def loading_finding() -> Finding:
    """Whether the packages that are installed load too, but for the two with findings of their
    own."""
    done = _python(_TRY_MODULES, 60, *MODULES)
    if isinstance(done, str):
        return Finding("packages load", MISSING, done, REINSTALL)
    failed: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    if failed:
        why = "; ".join(f"{name}: {printable(said)[:120]}" for name, said in failed.items())
        return Finding("packages load", MISSING, f"no: {why}", REINSTALL)
    return Finding("packages load", OK, "yes")


def opencv_finding() -> Finding:
    """Whether OpenCV loads; the plain build needs libGL, which servers lack."""
    done = _python("import cv2; print(cv2.__version__)", 30)
    if isinstance(done, str):
        remedy = f"run `pip uninstall opencv-python`, then {install('opencv-python-headless')}"
        return Finding("OpenCV loads", MISSING, done, remedy)
    return Finding("OpenCV loads", OK, f"yes, {done.stdout.strip()}")


def tensorflow_finding(gpus: list[str]) -> Finding:
    """Whether TensorFlow loads here, and sees the GPUs that the driver sees."""
    done = _python(_TRY_TENSORFLOW, TENSORFLOW_SECONDS)
    if isinstance(done, str):
        return Finding("TensorFlow loads", MISSING, done, REINSTALL)
    version, devices = json.loads(done.stdout.splitlines()[-1])
    if gpus and not devices:
        return Finding(
            "TensorFlow loads",
            NOTE,
            f"yes, {version}, but it sees none of the GPUs: runs go on the CPU",
            "run `pip install 'agegender-tui[cuda]'` to use them",
        )
    names = ", ".join(devices) or "the CPU only"
    return Finding("TensorFlow loads", OK, f"yes, {version}; it sees {names}")


def _python(code: str, seconds: float, *arguments: str) -> subprocess.CompletedProcess[str] | str:
    """Run `code` in a fresh interpreter; why it failed, where it did."""
    try:
        done = subprocess.run(
            # Without the folder one stands in: a numpy.py there is not meant.
            [sys.executable, "-P", "-c", code, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no, it hangs: no answer within {seconds:.0f} s"
    if done.returncode == 0 and done.stdout.strip():
        return done
    if done.returncode < 0:
        return f"no, the process died of signal {-done.returncode}"
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"no: {printable(last)[:200]}"


def gpu_names() -> list[str]:
    """The GPUs that the NVIDIA driver shows to this process, with their memory."""
    try:
        from trainer.training.monitor import Monitor
    except ImportError:  # psutil, which has a finding of its own
        return []
    return [
        f"gpu:{place} {gpu.get('name', '?')}"
        + (f" ({gpu['memory_total'] / 2**30:.0f} GiB)" if "memory_total" in gpu else "")
        for place, gpu in enumerate(Monitor().sample().gpus)
    ]


def folder_finding(name: str, folder: Path, otherwise: str) -> Finding:
    """Whether a folder, or the first that exists above it, takes files, and the space there."""
    shown = printable(str(folder))
    try:
        place = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.NamedTemporaryFile(dir=place, prefix=".agegender-doctor-"):
            pass
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding(name, MISSING, f"{shown}: cannot be written ({error.strerror})", otherwise)
    text = f"{shown}: {free / 2**30:.1f} GiB free"
    if free < LOW_DISK:
        return Finding(name, NOTE, text, f"free some space, or {otherwise}")
    return Finding(name, OK, text)


def terminal_findings(environment: Mapping[str, str], pictures: str = "") -> Iterator[Finding]:
    """Character set, colours and pictures, as far as the environment tells."""
    encoding = locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    if utf8:
        yield Finding("character set", OK, encoding)
    else:
        remedy = "set LANG=C.UTF-8 before starting the dashboard"
        yield Finding("character set", NOTE, f"{encoding}: curves need UTF-8", remedy)
    term = environment.get("TERM", "")
    size = shutil.get_terminal_size()
    if term in ("", "dumb"):
        remedy = "start it in a terminal; `train`, `runs` and `status` work without one"
        yield Finding("terminal", NOTE, f"TERM is '{term}': no dashboard here", remedy)
    else:
        yield Finding("terminal", OK, f"{printable(term)}, {size.columns}×{size.lines}")
    yield Finding("colours", OK, colours(environment))
    yield pictures_finding(environment, pictures, utf8)


def pictures_finding(environment: Mapping[str, str], setting: str, utf8: bool) -> Finding:
    """How the dashboard will show faces, as it decides itself."""
    found = terminal_pictures.choose(environment, setting=setting, utf8=utf8).text
    wish = environment.get(terminal_pictures.VARIABLE, "")
    known = (terminal_pictures.AUTO, *terminal_pictures.PROTOCOLS)
    if wish and wish not in known:
        text = f"{found}; {terminal_pictures.VARIABLE} is '{printable(wish)}', which is no way"
        return Finding("pictures", NOTE, text, f"set it to one of {', '.join(known)}")
    return Finding("pictures", OK, found)


def colours(environment: Mapping[str, str]) -> str:
    """How many colours the terminal says it has."""
    if environment.get("NO_COLOR"):
        return "none: NO_COLOR is set"
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    return "256" if "256color" in environment.get("TERM", "") else "16, or more than it says"
