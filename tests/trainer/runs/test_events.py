import errno
import json
import math
import os

import pytest

from trainer.errors import StorageError
from trainer.runs import events
from trainer.runs.event_log import EventReader, EventWriter, read_events
from trainer.runs.events import (
    BatchEvent,
    EndEvent,
    EpochEvent,
    MessageEvent,
    SystemEvent,
    decode,
    encode,
    history,
)


def epoch(number, loss=1.0, **fields):
    part = {"loss": loss, "age_mae": 6.5}
    return EpochEvent(
        epoch=number,
        epochs=9,
        train=part,
        validation=part,
        learning_rate=1e-3,
        seconds=2.5,
        images_per_second=100.0,
        best=True,
        **fields,
    )


def say(text):
    return MessageEvent(level="info", text=text)


def texts(found):
    return [event.text for event in found]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "events.jsonl"


def written(log, *some):
    writer = EventWriter(log)
    for event in some:
        writer.write(event)
    writer.close()


def test_an_event_comes_back_as_it_was():
    event = epoch(3, seq=7, t=12.5)
    assert decode(encode(event)) == event


def test_figures_that_are_not_finite_are_null_in_the_file_and_nan_in_the_reader():
    line = encode(epoch(1, loss=math.inf, seq=0))
    assert json.loads(line)["train"]["loss"] is None
    assert math.isnan(decode(line).train["loss"])
    torn_rate = BatchEvent(
        epoch=1, epochs=2, step=3, of=4, metrics={}, images_per_second=math.inf, seq=0
    )
    assert math.isnan(decode(encode(torn_rate)).images_per_second)


@pytest.mark.parametrize(
    "line",
    [
        '{"v":1,"seq":0,"t":1,"type":"mess',
        '{"v":2,"seq":0,"t":1,"type":"message","level":"info","text":"newer"}',
        '{"v":1,"seq":0,"t":1,"type":"aurora"}',
        '{"v":1,"seq":0,"t":1,"type":"message"}',
        '{"v":1,"seq":0,"t":1,"type":"epoch","epoch":1,"train":3}',
        '{"v":1,"seq":0,"t":1,"type":"message","level":"info","text":["not","text"]}',
        '{"v":1,"seq":0,"t":1e300,"type":"message","level":"info","text":"no clock"}',
        '{"v":1,"seq":0,"t":null,"type":"message","level":"info","text":"no clock"}',
        '{"v":1,"seq":0,"t":-1,"type":"message","level":"info","text":"no clock"}',
        '{"v":1,"seq":0,"t":1,"type":"end","state":"failed","text":"","epoch":"one"}',
        '{"v":1,"seq":0,"t":1,"type":"system","cpu":"hot","memory_used":1,"memory_total":2,"worker_memory":1}',
        '{"v":1,"seq":0,"t":1,"type":"system","cpu":1,"memory_used":1,"memory_total":2,"worker_memory":1,"gpus":[7]}',
        '{"v":"x","type":"message"}',
        "[1]",
        "7",
        "",
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_lines_that_are_torn_unknown_newer_or_malformed_are_skipped(line):
    assert decode(line) is None


def test_of_a_gpu_only_a_name_and_numbers_are_read():
    line = (
        '{"v":1,"seq":0,"t":1,"type":"system","cpu":1.5,"memory_used":1,"memory_total":2,'
        '"worker_memory":1,"gpus":[{"index":0,"name":"H100","use":"much","power":7,"fan":[1]}]}'
    )
    event = decode(line)
    assert isinstance(event, SystemEvent)
    assert event.gpus == [{"index": 0, "name": "H100", "power": 7}]


def test_a_key_of_a_later_version_is_skipped():
    line = '{"v":1,"seq":0,"t":1,"type":"message","level":"info","text":"hi","mood":"good"}'
    assert decode(line) == MessageEvent(level="info", text="hi", seq=0, t=1)


def test_text_cannot_break_a_line(log):
    written(log, say("two\nlines\x1b[2J"))
    assert log.read_bytes().count(b"\n") == 1
    assert b"\x1b" not in log.read_bytes()


def test_a_reader_gets_each_event_once_and_waits_for_the_end_of_a_line(log):
    reader = EventReader(log)
    assert reader.read() == []
    written(log, say("one"))
    assert texts(reader.read()) == ["one"]
    whole = encode(say("two")) + "\n"
    with open(log, "a") as file:
        file.write(whole[:20])
    assert reader.read() == []
    with open(log, "a") as file:
        file.write(whole[20:])
    assert texts(reader.read()) == ["two"]
    assert reader.read() == []


def test_a_reader_starts_over_when_the_file_became_shorter(log):
    written(log, say("one"), say("two"))
    reader = EventReader(log)
    reader.read()
    log.write_text(encode(say("new")) + "\n")
    assert texts(reader.read()) == ["new"]


def test_a_long_log_is_read_in_parts_that_end_with_a_line(log):
    written(log, *(say(f"number {n}") for n in range(50)))
    reader = EventReader(log)
    parts = []
    while found := reader.read(limit=300):
        parts.append(texts(found))
    assert len(parts) > 5
    assert [text for part in parts for text in part] == [f"number {n}" for n in range(50)]


def test_events_after_many_lines_that_are_skipped_are_still_read(log, monkeypatch):
    with open(log, "w") as file:
        file.write('{"v":99,"type":"x"}\n' * 40 + encode(say("here")) + "\n")
    read = EventReader.read
    monkeypatch.setattr(EventReader, "read", lambda self: read(self, 200))
    assert texts(read_events(log)) == ["here"]


def test_numbers_go_on_after_a_torn_last_line_which_is_cut_off(log):
    written(log, say("one"), say("two"))
    with open(log, "a") as file:
        file.write('{"v":1,"seq":2,"t":5,"type":"mess')
    written(log, say("three"))
    found = list(read_events(log))
    assert texts(found) == ["one", "two", "three"]
    assert [event.seq for event in found] == [0, 1, 2]
    assert log.read_text().endswith("}\n")


def test_a_disk_that_fills_up_within_a_line_leaves_none_of_it(log):
    class FullDisk:
        def __init__(self, file):
            self.file, self.room = file, 10

        def write(self, data):
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken = self.file.write(data[: self.room])
            self.room -= taken
            return taken

        def __getattr__(self, name):
            return getattr(self.file, name)

    writer = EventWriter(log)
    writer.write(say("one"))
    real, writer._file = writer._file, FullDisk(writer._file)
    with pytest.raises(StorageError, match="the disk is full"):
        writer.write(say("lost"))
    writer._file = real
    writer.write(say("two"))
    writer.close()
    assert [json.loads(line)["text"] for line in log.read_text().splitlines()] == ["one", "two"]
    assert [event.seq for event in read_events(log)] == [0, 1]


def test_a_write_taken_in_parts_is_completed(log):
    class Slow:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            return self.file.write(data[:7])

        def __getattr__(self, name):
            return getattr(self.file, name)

    writer = EventWriter(log)
    writer._file = Slow(writer._file)
    writer.write(say("whole"))
    writer.close()
    assert texts(read_events(log)) == ["whole"]


def test_what_a_resume_needs_is_flushed_to_the_disk_and_the_rest_is_not(log, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    writer = EventWriter(log)
    writer.write(say("chatter"))
    assert not flushed
    writer.write(epoch(1))
    writer.write(EndEvent(state="finished", text="", epoch=1))
    assert len(flushed) == 2
    writer.close()


def test_an_epoch_told_again_after_a_resume_replaces_the_first(log):
    written(log, epoch(1, 5.0), epoch(2, 4.0), epoch(3, 3.0), say("killed"), epoch(2, 4.5))
    assert [(e.epoch, e.train["loss"]) for e in history(read_events(log))] == [
        (1, 5.0),
        (2, 4.5),
        (3, 3.0),
    ]


def test_a_made_up_run_tells_its_whole_story(make_run, tmp_path):
    run = make_run(tmp_path, epochs=5, total=10)
    found = list(read_events(run.events_file))
    assert [event.seq for event in found] == list(range(len(found)))
    assert {event.type for event in found} == set(events.TYPES) - {"message"}
    assert len(history(found)) == 5


def test_of_types_of_which_only_the_newest_counts_the_last_alone_is_read(log):
    progress = [
        BatchEvent(epoch=1, epochs=2, step=n, of=4, metrics={}, images_per_second=1.0)
        for n in (1, 2, 3)
    ]
    written(log, progress[0], say("one"), progress[1], say("two"), progress[2])
    found = EventReader(log).read(newest_only=("batch", "system"))
    assert [event.type for event in found] == ["message", "message", "batch"]
    assert found[-1].step == 3
