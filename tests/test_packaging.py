"""What pyproject.toml promises to whoever installs or packages the program."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from trainer.data import sample
from trainer.models.vgg16_weights import read_weights
from trainer.prediction.calibration import Calibration
from trainer.sharing import bundled
from trainer.sharing.facts import facts_beside
from trainer.sharing.trained_part import join, read_part

ROOT = Path(__file__).parent.parent
# Both before the tests' own environment.
MODELS = bundled.INSTALLED
IMAGENET = os.environ.get("AGEGENDER_VGG16_WEIGHTS", "")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_dependency_has_an_upper_bound():
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    assert [line for line in wanted if not re.search(r"<\d", line)] == []


def test_the_pythons_named_are_those_that_may_install_it():
    named = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["project"]["classifiers"]))
    low, high = re.fullmatch(
        r">=3\.(\d+),<3\.(\d+)", PROJECT["project"]["requires-python"]
    ).groups()
    assert named == [f"3.{minor}" for minor in range(int(low), int(high))]


def test_opencv_is_the_build_that_needs_no_display():
    wanted = " ".join(PROJECT["project"]["dependencies"])
    assert "opencv-python-headless" in wanted
    assert not re.search(r"opencv(-contrib)?-python\b(?!-headless)", wanted)


def test_a_source_archive_holds_all_that_the_tests_read():
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    read = ("agegender_tui", "trainer", "tests", "benchmarks", "docs", "data/sample", "data/models")
    pages = ("CHANGELOG.md", "CONTRIBUTING.md", "data/README.md")
    assert [name for name in (*read, *pages) if name not in included] == []
    assert all((ROOT / name).exists() for name in included)


def test_the_wheel_holds_the_sample_faces_and_the_models_where_they_are_looked_for():
    target = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {"data/sample": sample.INSTALLED, "data/models": MODELS}
    assert {ROOT / to for to in target["force-include"].values()} == {*wanted.values()}
    assert {ROOT / where for where in target["force-include"]} == {ROOT / name for name in wanted}


def test_the_bundled_model_is_what_its_facts_say_with_card_and_licence():
    folder = ROOT / "data" / "models"
    file = folder / "age_gender_A.keras"
    assert file.stat().st_size <= 12_000_000
    facts = facts_beside(file)
    assert facts is not None
    assert (facts.name, facts.network) == ("A-best", "A")
    assert Calibration.from_json(facts.calibration).faces == facts.scores["faces"]
    assert "A-best" in (folder / "age_gender_A.md").read_text(encoding="utf-8")
    assert "non-commercial research" in (folder / "LICENSE.md").read_text(encoding="utf-8")


def test_the_bundled_part_of_b_has_its_facts_card_and_licence_and_little_else():
    folder = ROOT / "data" / "models"
    file = folder / "age_gender_B.part.h5"
    assert file.stat().st_size <= 20_000_000
    part = read_part(file)
    assert (part.facts.name, part.facts.network) == ("B-best", "B")
    assert Calibration.from_json(part.facts.calibration).faces == part.facts.scores["faces"]
    untrained = {part.file.layer(path)[0] for path in part.same}
    assert {"block1_conv1", "block3_conv3"} <= untrained
    assert not untrained & {"block4_conv1", "block5_conv3"}
    assert "B-best" in (folder / "age_gender_B.md").read_text(encoding="utf-8")
    assert file.name in (folder / "LICENSE.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not IMAGENET, reason="AGEGENDER_VGG16_WEIGHTS names no file")
def test_the_bundled_part_of_b_joins_to_what_it_was_cut_from():
    part = read_part(ROOT / "data" / "models" / "age_gender_B.part.h5")
    joined = join(part, read_weights(Path(IMAGENET)))
    assert len(joined.arrays) == len(part.same) + len(part.steps) + len(part.file.arrays)
