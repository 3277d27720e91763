"""Asking the prediction process, with a child that answers as the real one does, but at once."""

import asyncio
import sys
import textwrap

import pytest

from agegender_tui.predicting.many_files import arrivals, expand, predictions
from agegender_tui.predicting.process import (
    PredictionCrashed,
    PredictionFailed,
    PredictionProcess,
)
from agegender_tui.predicting.saving import written_to
from trainer.errors import DataError, DeviceError, EnvironmentFault, ExitCode

CHILD = """
import json, os, signal, sys
say = lambda **body: print(json.dumps(body), flush=True)
say(v=1, event="starting")
if os.environ.get("FAIL"):
    say(event="failed", error="tensorflow is not installed: run it", code=int(os.environ["FAIL"]))
    sys.exit(5)
print("chatter on the error stream", file=sys.stderr)
say(event="ready", device="cpu")
for line in sys.stdin:
    request = json.loads(line)
    number = request.get("id")
    if request["do"] == "quit":
        break
    if request["do"] == "cancel":
        continue
    if request["do"] == "refuse":
        say(id=number, error="a sentence", code=4, done=True)
        continue
    for file in request.get("files", []):
        if "crash" in file:
            os.kill(os.getpid(), signal.SIGSEGV)
        say(id=number, file=file, size=[1, 1], faces=[], problem="no face found")
    say(id=number, done=True)
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(CHILD))
    real = asyncio.create_subprocess_exec

    async def start(*_, **options):
        return await real(sys.executable, str(script), **options)

    monkeypatch.setattr("agegender_tui.predicting.process.asyncio.create_subprocess_exec", start)


async def gathered(replies):
    return [reply async for reply in replies]


async def test_replies_come_in_order_and_several_requests_share_the_process(stand_in):
    async with PredictionProcess() as process:
        one, other = await asyncio.gather(
            gathered(process.ask({"do": "predict", "files": ["a", "b"]})),
            gathered(process.ask({"do": "predict", "files": ["c"]})),
        )
        assert [reply.get("file") for reply in one] == ["a", "b", None]
        assert [reply.get("file") for reply in other] == ["c", None]
        assert process.device == "cpu"
    assert not process.alive


async def test_a_refusal_is_a_sentence_and_the_process_lives(stand_in):
    async with PredictionProcess() as process:
        with pytest.raises(PredictionFailed, match="a sentence") as refused:
            await gathered(process.ask({"do": "refuse"}))
        assert refused.value.exit_code == ExitCode.RUN
        assert process.alive


async def test_a_crash_is_a_sentence_and_the_next_request_starts_another(stand_in):
    async with PredictionProcess() as process:
        with pytest.raises(PredictionCrashed, match=r"ended by SIGSEGV; .*prediction\.log"):
            await gathered(process.ask({"do": "predict", "files": ["a", "crash"]}))
        assert len(await gathered(process.ask({"do": "predict", "files": ["a"]}))) == 2


async def test_a_process_that_cannot_start_says_why(stand_in, monkeypatch):
    monkeypatch.setenv("FAIL", "5")
    async with PredictionProcess() as process:
        with pytest.raises(EnvironmentFault, match="tensorflow is not installed"):
            await gathered(process.ask({"do": "load", "models": []}))


async def test_leaving_early_cancels_and_leaves_nothing_behind(stand_in):
    async with PredictionProcess() as process:
        replies = process.ask({"do": "predict", "files": ["a", "b", "c"]})
        async for _ in replies:
            break
        await replies.aclose()
        assert len(await gathered(process.ask({"do": "predict", "files": ["d"]}))) == 2


async def test_what_the_process_prints_goes_to_its_log(stand_in):
    async with PredictionProcess() as process:
        await gathered(process.ask({"do": "predict", "files": []}))
        assert "chatter" in process.log_file.read_text()


async def test_a_file_that_crashes_the_process_is_named_and_the_rest_goes_on(stand_in):
    files = [f"{n}.jpg" for n in range(5)] + ["crash.jpg"] + [f"{n}.jpg" for n in range(5, 300)]
    async with PredictionProcess() as process:
        replies = await gathered(predictions(process, {"models": []}, files))
    assert [reply["file"] for reply in replies] == files
    assert "ends the prediction process" in replies[5]["problem"]
    assert sum("ends the" in reply["problem"] for reply in replies) == 1


def test_sources_are_files_folders_patterns_and_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.jpg", "a.PNG", "notes.txt", "below/c.heic", ".hidden/d.jpg", "other/e.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text("b.jpg\r\n\nother\n")
    assert list(expand(["missing.jpg"])) == ["missing.jpg"]
    assert list(expand(["below", "b.jpg", "below"])) == ["below/c.heic", "b.jpg"]
    assert list(expand(["*.jpg", "**/e.*"])) == ["b.jpg", "other/e.jpg"]
    assert list(expand(["@list.txt"])) == ["b.jpg", "other/e.jpg"]
    assert list(expand(["."])) == ["a.PNG", "b.jpg", "below/c.heic", "other/e.jpg"]
    with pytest.raises(DataError, match=r"@none\.txt: the list cannot be read"):
        list(expand(["@none.txt"]))


def test_below_a_folder_runs_and_what_is_written_of_predictions_are_passed_over(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name in (
        "a.jpg", "maps/a-face1.png", "exports/a-faces.png", "album/exports/b.jpg",
        "runs/one/config.toml", "runs/one/state.json", "runs/one/curves.png", "runs/c.jpg",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("maps")
    found = list(expand(["."], [*written_to("link")]))
    assert found == ["a.jpg", "album/exports/b.jpg", "runs/c.jpg"]
    assert list(expand(["exports"], written_to())) == ["exports/a-faces.png"]
    assert list(expand(["runs/one"])) == ["runs/one/curves.png"]


def test_links_to_folders_are_followed_only_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("album/a.jpg", "drive/b.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "album" / "circle").symlink_to("../album")
    (tmp_path / "album" / "link").symlink_to("../drive")
    assert list(expand(["album"])) == ["album/a.jpg"]
    assert list(expand(["album/link"])) == ["album/link/b.jpg"]


async def test_what_arrives_counts_once_it_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("agegender_tui.predicting.many_files.SETTLED_SECONDS", 0)
    (tmp_path / "old.jpg").write_bytes(b"1")
    looks = arrivals([str(tmp_path)], {str(tmp_path / "old.jpg")})
    assert await anext(looks) == []
    new = tmp_path / "new.jpg"
    new.write_bytes(b"1")
    assert await anext(looks) == []
    new.write_bytes(b"12")  # still being written
    assert await anext(looks) == []
    assert await anext(looks) == [str(new)]
    assert await anext(looks) == []
    await looks.aclose()


async def test_maps_of_what_arrived_do_not_arrive(tmp_path, monkeypatch):
    monkeypatch.setattr("agegender_tui.predicting.many_files.SETTLED_SECONDS", 0)
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / "a-face1-age.png").write_bytes(b"1")
    looks = arrivals([str(tmp_path)], set(), [maps])
    assert [await anext(looks) for _ in range(3)] == [[], [], []]
    await looks.aclose()


async def test_a_device_that_is_missing_has_its_own_exit_code(stand_in, monkeypatch):
    monkeypatch.setenv("FAIL", str(int(ExitCode.DEVICE)))
    async with PredictionProcess() as process:
        with pytest.raises(DeviceError, match="is not installed: run it"):
            await gathered(process.ask({"do": "predict", "files": ["a.jpg"]}))
