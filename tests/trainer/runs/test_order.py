"""Runs by the time of their start."""

import time

import pytest

from trainer.runs import order
from trainer.runs.order import age_key, newest_first


def stamped(unix, hours, end):
    """An id as a host so many hours from UTC gives it."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(unix + 3600 * hours))}-A-{end}"


def test_the_start_counts_wherever_and_in_whatever_second_it_was(make_run, tmp_path):
    start = 1_795_464_900.0
    zones = {"aaaa": 14, "bbbb": 0, "zzzz": 5, "cccc": -12, "dddd": -12}
    made = [
        make_run(tmp_path, name=stamped(start + n / 4, hours, end), created=start + n / 4).id
        for n, (end, hours) in enumerate(zones.items())
    ]
    assert newest_first(tmp_path) == made[::-1]
    assert newest_first(tmp_path, 1) == made[:-2:-1]
    assert newest_first(tmp_path, 3) == made[:-4:-1]


def test_only_states_of_runs_that_may_be_the_newest_are_read(make_run, tmp_path, monkeypatch):
    start = 1_795_464_900.0
    for day in range(10):
        when = start + 86_400 * day
        make_run(tmp_path, name=stamped(when, 0, f"a{day:03d}"), created=when)
    read = []
    monkeypatch.setattr(order, "read_state", lambda run: read.append(run) or _State())
    assert newest_first(tmp_path, 1)[0].endswith("a009")
    assert len(read) == 2


class _State:
    created = 0.0


def test_a_run_whose_state_does_not_tell_goes_by_its_id(make_run, tmp_path):
    old = make_run(tmp_path, name="20261123-201500-A-aaaa", created=1.0)
    half = make_run(tmp_path, name="20261123-201400-A-bbbb")
    half.state_file.unlink()
    odd = make_run(tmp_path, name="99999999-999999-A-cccc", created=0.0)
    assert newest_first(tmp_path) == [half.id, old.id, odd.id]
    assert newest_first(tmp_path, 1) == [half.id]


@pytest.mark.parametrize("name", ["20261123-201500-A-aaaa", "00000000-000000-A-aaaa"])
def test_the_time_of_an_id_is_of_this_zone(name):
    seconds, tie = age_key(name, 0.0)
    assert tie == name
    if seconds:
        assert time.strftime("%Y%m%d-%H%M%S", time.localtime(seconds)) == name[:15]
    assert age_key(name, 5.5) == (5.5, name)


def test_no_folder_has_no_newest_run(tmp_path):
    assert newest_first(tmp_path / "none", 1) == []
