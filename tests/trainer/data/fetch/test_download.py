import pytest

from trainer.data.fetch.download import download
from trainer.data.fetch.steps import parse_checksum
from trainer.errors import DataError, StorageError

THIRD = 700_000


class GiveUp(Exception):
    pass


def nothing(step):
    pass


def test_a_file_is_fetched_whole_and_its_checksum_compared(site, tmp_path):
    steps = []
    target = tmp_path / "archive"
    download(site.address, target, steps.append, checksum=parse_checksum(site.md5))
    assert target.read_bytes() == site.content
    assert steps[-1].what == "checking"
    assert ("downloading", len(site.content), len(site.content)) in steps
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "archive.part.json"]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(site, tmp_path):
    site.cuts, site.cut_after = 2, THIRD
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content
    assert site.asked == ["", f"bytes={THIRD}-", f"bytes={2 * THIRD}-"]


def test_what_an_earlier_try_left_is_taken_up(site, tmp_path):
    def give_up(step):
        if step.what == "downloading" and step.done > THIRD:
            raise GiveUp

    with pytest.raises(GiveUp):
        download(site.address, tmp_path / "archive", give_up)
    kept = (tmp_path / "archive.part").stat().st_size
    assert kept > THIRD
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content
    assert site.asked == ["", f"bytes={kept}-"]


def test_a_server_that_knows_no_parts_sends_all_again(site, tmp_path):
    site.whole_only, site.cuts, site.cut_after = True, 1, THIRD
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content
    assert len(site.asked) == 2


def test_a_file_that_changed_meanwhile_is_not_patched_together(site, tmp_path):
    site.cuts, site.cut_after = 1, THIRD

    def change(step):
        if step.what.startswith("waiting"):
            site.content, site.tag = bytes(len(site.content)), '"two"'

    download(site.address, tmp_path / "archive", change)
    assert (tmp_path / "archive").read_bytes() == site.content


@pytest.mark.parametrize("size", [5, 2 * THIRD])
def test_a_file_of_another_size_without_a_tag_is_fetched_anew(site, tmp_path, size):
    site.tag, site.cuts, site.cut_after = "", 1, THIRD

    def change(step):
        if step.what.startswith("waiting"):
            site.content = b"x" * size

    download(site.address, tmp_path / "archive", change)
    assert (tmp_path / "archive").read_bytes() == b"x" * size


def test_parts_of_another_address_are_not_used(site, tmp_path):
    (tmp_path / "archive.part").write_bytes(b"x" * 100)
    (tmp_path / "archive.part.json").write_text('{"url": "http://other", "version": "", "size": 9}')
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content


def test_what_another_address_gave_is_not_used(site, tmp_path):
    other = site.address.replace("127.0.0.1", "localhost")
    download(site.address, tmp_path / "archive", nothing)
    download(site.address, tmp_path / "archive", nothing)
    assert len(site.asked) == 1
    site.content = b"x" * 9
    download(other, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content


def test_a_part_that_is_all_there_is_not_fetched_again(site, tmp_path):
    (tmp_path / "archive.part").write_bytes(site.content)
    note = f'{{"url": "{site.address}", "version": "", "size": {len(site.content)}}}'
    (tmp_path / "archive.part.json").write_text(note)
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content


def test_a_wrong_checksum_deletes_the_download_and_says_what_to_do(site, tmp_path):
    wrong = parse_checksum("sha256:" + "0" * 64)
    with pytest.raises(DataError, match=r"its sha256 checksum is not 0+, .*--checksum none"):
        download(site.address, tmp_path / "archive", nothing, checksum=wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "no such file"), (403, "does not let it be fetched"), (400, "status 400")],
)
def test_a_refusal_is_told_at_once_in_one_sentence(site, tmp_path, status, says):
    site.statuses = [status]
    with pytest.raises(DataError, match=says) as caught:
        download(site.address, tmp_path / "archive", nothing)
    assert site.address in str(caught.value)
    assert len(site.asked) == 1


def test_a_busy_server_is_asked_again(site, tmp_path):
    site.statuses = [503, 429]
    download(site.address, tmp_path / "archive", nothing)
    assert (tmp_path / "archive").read_bytes() == site.content


def test_a_line_that_never_holds_is_given_up_and_what_came_is_kept(site, tmp_path):
    site.cuts, site.cut_after = 1, THIRD
    site.statuses = []

    def then_refuse(step):
        if step.what.startswith("waiting"):
            site.statuses = [500] * 9

    with pytest.raises(DataError, match=r"status 500.*0\.7 MB are kept"):
        download(site.address, tmp_path / "archive", then_refuse)
    assert (tmp_path / "archive.part").stat().st_size == THIRD


def test_no_server_at_all_is_told_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"cannot be fetched .*check the network"):
        download("http://127.0.0.1:9/UTKFace.tar.gz", tmp_path / "archive", nothing)


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_nobody_is_sent_on_to_anything_but_the_web(site, tmp_path, elsewhere):
    site.location = elsewhere
    with pytest.raises(DataError, match="use another source"):
        download(site.address.replace("UTKFace.tar.gz", "sent-on"), tmp_path / "a", nothing)
    assert list(tmp_path.glob("a")) == []


def test_being_sent_on_within_the_web_is_followed(site, tmp_path):
    site.location = site.address
    download(site.address.replace("UTKFace.tar.gz", "sent-on"), tmp_path / "a", nothing)
    assert (tmp_path / "a").read_bytes() == site.content


def test_too_little_room_is_told_before_anything_is_written(site, tmp_path):
    def no_room(size):
        assert size == len(site.content)
        raise StorageError("no room")

    with pytest.raises(StorageError):
        download(site.address, tmp_path / "archive", nothing, room_for=no_room)
    assert list(tmp_path.iterdir()) == []
