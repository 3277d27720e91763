"""One worker, from the run directory to the finished model; every failure ends in a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from typing import TYPE_CHECKING, Any

from trainer.config import RunConfig
from trainer.errors import (
    DeviceError,
    EnvironmentFault,
    ExitCode,
    RunError,
    StorageError,
    UserError,
    gist,
)
from trainer.failure_log import log_failure, unexpected
from trainer.runs import control
from trainer.runs.events import PhaseEvent
from trainer.runs.layout import RunDir
from trainer.runs.queue import HANDED, DeviceTicket, drop_handed
from trainer.runs.resuming import has_checkpoint, stopped_text
from trainer.runs.state import is_alive, read_state, write_state
from trainer.text import printable
from trainer.training.device import (
    choose_device,
    on_the_cpu_instead,
    queue_names,
    replica_count,
    replicas_on,
    start_tensorflow,
)
from trainer.training.environment import describe
from trainer.training.memory import StartAgain, can_halve, halved_batch, is_out_of_memory
from trainer.training.session import Session, StopRequested, initial_state

# A worker may wait for its device for days beside many others: until its turn comes, it loads
# nothing that it does not wait with.
if TYPE_CHECKING:
    from trainer.data.faces import Faces

# A run that diverged failed by its settings: with others it would have gone on.
CODES = {"finished": ExitCode.OK, "stopped": ExitCode.STOPPED, "failed": ExitCode.USAGE}


def work(run: RunDir, *, resume: bool) -> ExitCode:
    """Train or resume `run` to its end; the returned code is the process's exit status. Raises
    StartAgain where memory ran out and a new process is to resume the run with a smaller batch."""
    config = run.config()
    if not run.state_file.exists():
        write_state(run, initial_state(config.epochs))
    state = read_state(run)
    if state.pid not in (0, os.getpid()) and state.active and is_alive(state):
        raise RunError(f"{run.id} is already worked on by process {state.pid}")
    with Session(run) as session, contextlib.ExitStack() as held:
        if resume and not (state.active and state.pid in (0, os.getpid())):
            control.take(run)  # not launched: what was asked of a worker that is gone
        tickets: list[DeviceTicket] = []
        held.callback(_release, tickets)
        session.keep(tickets)
        try:
            ended, text = _train(run, config, session, resume, tickets)
            session.end(ended, text, CODES[ended])
            return CODES[ended]
        except StopRequested:
            session.end("stopped", stopped_text(run), ExitCode.STOPPED)
            return ExitCode.STOPPED
        except Exception as error:
            halved = session.state.halved
            known = _as_user_error(error, config, halved)
            if (
                is_out_of_memory(error)
                and can_halve(config, halved, replica_count(session.state.device))
                and not session.stopping
            ):
                log_failure(error, known)
                before, after = (halved_batch(config, n).batch_size for n in (halved, halved + 1))
                text = f"out of memory at batch_size {before}: starting again with {after}"
                session.message(text, "warning")
                session.update(state="starting", halved=halved + 1)
                if session.state.asked == "pause":  # taken, and not carried out yet
                    control.send(run, "pause")
                held.pop_all()
                raise StartAgain(text, tickets) from None
            try:
                session.end("failed", str(known), known.exit_code)
            finally:
                log_failure(error, known)
            return known.exit_code


def _release(tickets: list[DeviceTicket]) -> None:
    for ticket in tickets:
        ticket.release()


def _train(
    run: RunDir,
    config: RunConfig,
    session: Session,
    resume: bool,
    tickets: list[DeviceTicket],
) -> tuple[str, str]:
    """Train once all devices are free; `tickets` gets those that are to be released then."""
    device = _device(config, session)
    halved = session.state.halved
    batch = halved_batch(config, halved).batch_size
    session.begin("resume" if resume else "start", device, batch)
    for queue in queue_names(device):
        tickets.append(DeviceTicket(queue, run.id))
        _wait_for_device(tickets[-1], device, session)
    drop_handed()
    session.update(state="starting", text=_halved_text(config, halved))
    session.phase("importing", detail="TensorFlow")
    found = start_tensorflow(device, config, or_cpu=config.device == "auto")
    if found != device:
        session.message(on_the_cpu_instead(device), "warning")
        device = found
        _release(tickets)
        tickets[:] = [DeviceTicket(queue, run.id) for queue in queue_names(device)]
        session.begin("resume" if resume else "start", device, batch)
        for ticket in tickets:
            _wait_for_device(ticket, device, session)
        session.update(state="starting")
    import tensorflow as tf

    _load_packages()
    from trainer.data.faces import load_faces
    from trainer.training import checkpoint
    from trainer.training.building import build_loop
    from trainer.training.finishing import finish

    weights = _weights(config, session, resume)
    faces = load_faces(config, session.phase)
    _tell_faces(faces, run, session)
    gpus = [gpu.name for gpu in tf.config.list_physical_devices("GPU")]
    _write_environment(run, device, gpus, faces.index.curated)
    session.phase("building")
    loop = build_loop(config, faces, session, weights, replicas_on(device), halved)
    saved = None
    if resume:
        saved = checkpoint.latest(run.checkpoints, config, lambda t: session.message(t, "warning"))
    if saved is not None:
        loop.restore(saved)
        session.message(
            f"resumed after {loop.step} steps of epoch {saved.epoch}"
            if loop.step
            else f"resumed after epoch {saved.epoch - 1}"
        )
    elif resume:
        session.message("there is no checkpoint: starting from the beginning")
    session.phase("compiling", detail="the first step takes longest")
    ended = loop.run()
    return finish(run, config, faces, loop, session, ended)


def _device(config: RunConfig, session: Session) -> str:
    """That of the settings, or the one found before where memory ran out on it: `auto` may have
    gone on with the CPU."""
    again = HANDED in os.environ and session.state.device
    return again if again and config.device == "auto" else choose_device(config.device)


def _load_packages() -> None:
    """Import what training takes; EnvironmentFault where that fails, as a package built for other
    versions may in any way."""
    try:
        import trainer.data.faces
        import trainer.training.building
        import trainer.training.checkpoint
        import trainer.training.finishing  # noqa: F401
    except Exception as error:
        raise EnvironmentFault(
            f"a needed package does not load ({gist(error)}): run `agegender-tui doctor`"
        ) from error


def _halved_text(config: RunConfig, halved: int) -> str:
    if not halved:
        return ""
    batch = halved_batch(config, halved).batch_size
    return f"memory ran out at batch_size {config.batch_size}: going on with {batch}"


def _wait_for_device(ticket: DeviceTicket, device: str, session: Session) -> None:
    told: list[str] = []

    def unmoved() -> bool:
        return ticket.ahead() == told

    while ahead := ticket.ahead():
        if ahead != told:
            session.update(state="queued")
            session.emit(
                PhaseEvent(name="queued", of=len(ahead), detail=f"{device} is taken by {ahead[0]}")
            )
            told = ahead
        if session.wait_while(unmoved, seconds=0.5).stop:
            raise StopRequested


def _tell_faces(faces: Faces, run: RunDir, session: Session) -> None:
    from trainer.data.split import write_split

    write_split(run.split_file, faces.index, faces.split)
    session.message(
        f"{len(faces.train)} faces to train on, {len(faces.validation)} to validate"
        + (f"; {faces.resized} resized to 128×128" if faces.resized else "")
        + _duplicates(faces)
    )
    if faces.index.curated:
        session.message(faces.index.curated)
    if faces.index.partial:
        session.message(
            f"left out, as a run needs an exact age and a gender: {faces.index.lacking}"
        )
    if faces.index.rejected:
        name, why = faces.index.rejected[0]
        session.message(
            f"{len(faces.index.rejected)} names left out, the first {name!a}: {why}", "warning"
        )
    if faces.unreadable:
        name, why = faces.unreadable[0]
        session.message(
            f"{len(faces.unreadable)} files left out, the first {name!a}: {why}", "warning"
        )


def _duplicates(faces: Faces) -> str:
    if not faces.split.duplicates:
        return ""
    odd = faces.split.contradictory
    return f"; {faces.split.duplicates} have a twin with the same pixels, kept in the same part" + (
        f", {odd} of them with another label" if odd else ""
    )


def _write_environment(run: RunDir, device: str, gpus: list[str], curated: str) -> None:
    import keras

    from trainer.training.outputs import write_json

    surroundings = describe(device, gpus, keras.config.dtype_policy().name)
    write_json(run.environment_file, {**surroundings, "curation": curated})


def _weights(config: RunConfig, session: Session, resume: bool) -> Any:
    """VGG16's ImageNet weights for a run that needs them, found before any face is read."""
    if config.model != "B":
        return None
    from trainer.models import vgg16_weights as vgg16

    session.phase("weights", detail="looking for VGG16's ImageNet weights")
    told = time.monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told > 0.25 or done == of:
            told = time.monotonic()
            session.phase("weights", done, of, "downloading VGG16's ImageNet weights")

    named, ways = config.weights, vgg16.WAYS_OF_A_RUN if resume else vgg16.WAYS
    # Others in place of those that are gone would go unseen without a checkpoint, which knows them.
    if named and resume and not vgg16.is_there(named) and has_checkpoint(session.run):
        session.message(f"{printable(named)}: is gone; looking for VGG16 elsewhere", "warning")
        named = ""
    found = vgg16.read_weights(vgg16.find_weights(named, progress, ways), ways)
    shown = printable(str(found.file))
    if found.is_imagenet:
        session.message(f"{shown}: the published ImageNet weights of VGG16, to the bit")
    else:
        session.message(f"{shown}: VGG16 weights, but not the published ImageNet ones", "warning")
    return found


def _as_user_error(error: Exception, config: RunConfig, halved: int) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("the disk is full; free some space, then resume")
    if is_out_of_memory(error):
        batch = halved_batch(config, halved).batch_size
        return DeviceError(
            f"out of memory at batch_size {batch}"
            + (f", halved from {config.batch_size}" if halved else "")
            + ": start a run with a smaller one, with mixed precision, or on another device"
        )
    return unexpected(error)
