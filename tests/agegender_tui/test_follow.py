"""Following run directories."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.follow import Follower
from tests.agegender_tui.conftest import PATIENCE
from trainer.runs import control
from trainer.runs.event_log import EventWriter
from trainer.runs.events import BatchEvent, EpochEvent, MessageEvent
from trainer.runs.layout import RunDir
from trainer.runs.state import read_state, write_state

MakeRun = Callable[..., RunDir]


def message(text: str) -> MessageEvent:
    return MessageEvent(level="info", text=text)


def texts(news: Any) -> list[str]:
    return [event.text for event in news.events if isinstance(event, MessageEvent)]


def test_first_helping_has_the_whole_history_and_the_newest_batch(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, epochs=5)
    follower = Follower([run], lambda: None)
    follower.poll()
    (news,) = follower.take()
    assert sum(isinstance(event, EpochEvent) for event in news.events) == 5
    batches = [event for event in news.events if isinstance(event, BatchEvent)]
    assert [(one.epoch, one.step) for one in batches] == [(5, 25)]
    assert (news.shown, news.problem) == ("finished", "")


def test_only_what_is_new_comes_next(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    follower = Follower([run], lambda: None)
    follower.poll()
    follower.take()
    follower.poll()
    assert follower.take() == []
    writer = EventWriter(run.events_file)
    writer.write(message("one more"))
    follower.poll()
    (news,) = follower.take()
    assert texts(news) == ["one more"] and len(news.events) == 1


def test_a_torn_line_waits_for_its_end(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    follower = Follower([run], lambda: None)
    follower.poll()
    follower.take()
    line = b'{"v":1,"seq":99,"t":1.0,"type":"message","level":"info","text":"whole"}\n'
    with open(run.events_file, "ab", buffering=0) as file:
        file.write(line[:30])
        follower.poll()
        assert follower.take() == []
        file.write(line[30:])
    follower.poll()
    assert texts(follower.take()[0]) == ["whole"]


def test_news_is_gathered_until_taken_and_told_once(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    told: list[None] = []
    follower = Follower([run], lambda: told.append(None))
    writer = EventWriter(run.events_file)
    for text in ("a", "b", "c"):
        writer.write(message(text))
        follower.poll()
    assert len(told) == 1
    assert texts(follower.take()[0])[-3:] == ["a", "b", "c"]
    writer.write(message("d"))
    follower.poll()
    assert len(told) == 2


def test_a_log_that_became_shorter_is_told_anew_and_nothing_of_the_old_one(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run, other = make_run(tmp_path, epochs=5), make_run(tmp_path / "other", epochs=2)
    follower = Follower([run], lambda: None)
    follower.poll()  # not taken yet
    other.events_file.replace(run.events_file)
    follower.poll()
    EventWriter(run.events_file).write(message("one more"))
    follower.poll()
    (news,) = follower.take()
    assert news.anew and texts(news) == ["one more"]
    assert sum(isinstance(event, EpochEvent) for event in news.events) == 2
    follower.poll()
    assert follower.take() == []
    run.events_file.write_bytes(b"")
    follower.poll()
    (news,) = follower.take()
    assert news.anew and news.events == []


def test_a_changed_state_is_news(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    follower = Follower([run], lambda: None)
    follower.poll()
    follower.take()
    write_state(run, dataclasses.replace(read_state(run), state="failed", text="no memory"))
    follower.poll()
    (news,) = follower.take()
    assert news.shown == "failed" and news.state and news.state.text == "no memory"


def test_a_run_whose_worker_is_gone_is_lost(tmp_path: Path, make_run: MakeRun) -> None:
    follower = Follower([make_run(tmp_path, state="training")], lambda: None)
    follower.poll()
    assert follower.take()[0].shown == "lost"


def test_commands_not_yet_taken_are_told(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    follower = Follower([run], lambda: None)
    follower.poll()
    follower.take()
    control.send(run, "stop")
    follower.poll()
    assert [command for _, command in follower.take()[0].asked] == ["stop"]
    control.take(run)
    follower.poll()
    assert follower.take()[0].asked == ()


def test_commands_are_told_where_the_file_system_stamps_coarsely(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    stamp = run.control.stat().st_mtime_ns
    follower = Follower([run], lambda: None)
    follower.poll()
    follower.take()
    control.send(run, "stop")
    os.utime(run.control, ns=(stamp, stamp))
    follower.poll()
    assert [command for _, command in follower.take()[0].asked] == ["stop"]
    control.take(run)
    os.utime(run.control, ns=(stamp, stamp))
    follower.poll()
    assert follower.take()[0].asked == ()


def test_a_damaged_state_is_one_sentence_and_mends(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    whole = run.state_file.read_bytes()
    run.state_file.write_bytes(b"{")
    follower = Follower([run], lambda: None)
    follower.poll()
    (news,) = follower.take()
    assert "state.json" in news.problem and "\n" not in news.problem
    run.state_file.write_bytes(whole)
    follower.poll()
    assert follower.take()[0].problem == ""


def test_events_that_cannot_be_read_are_one_sentence_and_mend(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    aside = run.events_file.rename(tmp_path / "aside")
    run.events_file.mkdir()
    follower = Follower([run], lambda: None)
    follower.poll()
    (news,) = follower.take()
    assert news.state is None and news.problem == f"{run.id}: cannot be read (Is a directory)"
    run.events_file.rmdir()
    aside.rename(run.events_file)
    follower.poll()
    (news,) = follower.take()
    assert (news.shown, news.problem) == ("finished", "") and news.events


def test_a_missing_run_is_one_sentence(tmp_path: Path) -> None:
    follower = Follower([RunDir(tmp_path / "nothing")], lambda: None)
    follower.poll()
    assert "missing" in follower.take()[0].problem


def test_a_removed_run_is_not_told_of(tmp_path: Path, make_run: MakeRun) -> None:
    one, two = make_run(tmp_path), make_run(tmp_path)
    follower = Follower([one, two], lambda: None)
    follower.poll()
    follower.remove(two.id)
    assert [news.run.id for news in follower.take()] == [one.id]


def test_a_reading_that_hangs_is_timed(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    hangs, goes_on = threading.Event(), threading.Event()

    def pending(_: RunDir) -> list[tuple[float, str]]:
        hangs.set()
        goes_on.wait(PATIENCE)
        return []

    monkeypatch.setattr(control, "pending", pending)
    follower = Follower([run], lambda: None)
    assert follower.reading_for == 0.0
    thread = threading.Thread(target=follower.poll)
    thread.start()
    assert hangs.wait(PATIENCE)
    first = follower.reading_for
    time.sleep(0.01)
    assert follower.reading_for > first > 0.0
    goes_on.set()
    thread.join(PATIENCE)
    assert follower.reading_for == 0.0


def test_the_thread_notices_growth_and_ends_when_told(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    told = threading.Event()
    follower = Follower([run], told.set, interval=0.01)
    follower.start()
    assert told.wait(PATIENCE)
    follower.take()
    told.clear()
    EventWriter(run.events_file).write(message("new"))
    assert told.wait(PATIENCE)
    assert texts(follower.take()[0]) == ["new"]
    follower.stop()
    follower._thread.join(PATIENCE)
    assert not follower._thread.is_alive()
