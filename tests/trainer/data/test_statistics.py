"""How a data set is made up, with and without what was excluded."""

from trainer.data.index import build_index
from trainer.data.statistics import band_name, statistics


def faces(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"x")
    return build_index(folder)


def test_ages_genders_and_races_are_counted(tmp_path):
    index = faces(tmp_path, "5_0_1_a.jpg", "25_1_1_b.jpg", "29_1_b.jpg", "41_0_2_c.jpg")
    found = statistics(index)
    assert (found.count, found.mean_age, found.female_share) == (4, 25.0, 0.5)
    assert (found.of_gender(0), found.of_gender(1)) == (2, 2)
    assert found.races == {1: 2, None: 1, 2: 1}
    assert found.bands() == [(0, 1, 0), (10, 0, 0), (20, 0, 2), (30, 0, 0), (40, 1, 0)]


def test_only_the_rows_asked_for_count(tmp_path):
    index = faces(tmp_path, "5_0_1_a.jpg", "25_1_1_b.jpg", "41_0_2_c.jpg")
    found = statistics(index, [0, 2])
    assert (found.count, found.of_gender(1)) == (2, 1)


def test_histograms_of_both_genders_have_the_same_length(tmp_path):
    found = statistics(faces(tmp_path, "3_0_0_a.jpg", "3_0_0_b.jpg", "12_1_0_c.jpg"))
    assert found.histogram(0) == [0, 0, 0, 2, *[0] * 9]
    assert found.histogram(1, years=5) == [0, 0, 1]
    assert found.histogram(0, years=5) == [2, 0, 0]


def test_nothing_has_no_mean_and_no_bands(tmp_path):
    found = statistics(faces(tmp_path, "3_0_0_a.jpg"), [])
    assert (found.count, found.mean_age, found.female_share) == (0, 0, 0)
    assert found.bands() == []
    assert band_name(20) == "20–29"
