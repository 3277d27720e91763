import pytest

from trainer.data.labels import Label, is_image, parse_name


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("26_1_2_20170116174525125.jpg", Label(26, 1, 2)),
        ("1_0_0_20161219140623097.jpg.chip.jpg", Label(1, 0, 0)),
        ("116_1_4_20170120134921760.JPG.CHIP.JPG", Label(116, 1, 4)),
        ("61_1_20170109142408075.jpg.chip.jpg", Label(61, 1, None)),
        ("24_0_1_20170116220224657 .jpg.chip.jpg", Label(24, 0, 1)),
        ("55_0_0_20170116232725357jpg.chip.jpg", Label(55, 0, 0)),
        ("20_1.png", Label(20, 1, None)),
    ],
)
def test_names_with_a_label(name, label):
    assert parse_name(name) == label


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("53__0_20170116184028385.jpg.chip.jpg", "no gender"),
        ("53", "no gender"),
        ("44_3_4_20170119201211784.jpg", "gender 3 is neither 0 nor 1"),
        ("20_12_1_x.jpg", "gender '12' is neither 0 nor 1"),
        ("20_f_1_x.jpg", "gender 'f' is neither 0 nor 1"),
        ("117_0_0_x.jpg", "age 117 is above 116"),
        ("1000_0_0_x.jpg", "age 1000 is above 116"),
        ("20_0_7_x.jpg", "race 7 is not 0 to 4"),
        ("portrait.jpg", "does not begin with an age"),
        ("-3_0_0_x.jpg", "does not begin with an age"),
        ("٣_0_0_x.jpg", "does not begin with an age"),
        ("", "does not begin with an age"),
    ],
)
def test_names_without_one_say_why(name, why):
    assert why in parse_name(name)


def test_pictures_are_told_by_their_ending_in_any_case():
    assert is_image("a.JPG")
    assert is_image("a.jpg.chip.jpg")
    assert is_image("a.webp")
    assert not is_image("a.txt")
    assert not is_image("._1_1_1_x.jpg")
