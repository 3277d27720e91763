"""The mean of several models, made of what they said before."""

import dataclasses
import json
import threading

import numpy as np
import pytest

from tests.trainer.evaluation.made import made
from tests.trainer.evaluation.report.stored import store
from trainer.errors import RunError
from trainer.evaluation.averaged import averaged
from trainer.evaluation.figures import figures
from trainer.evaluation.plan import planned
from trainer.evaluation.scored import write_scored
from trainer.evaluation.store import evaluation_root, evaluations
from trainer.runs.atomic import write_atomic
from trainer.runs.hold import hold

FACES = made()
A, B = "20261124-100000-A-aaaa", "20261124-100000-B-bbbb"


def said(model, seed, **replaced):
    """What another model says of the same faces."""
    random = np.random.default_rng(seed)
    chances = np.clip(FACES.female + random.normal(0, 0.3, 200), 0.01, 0.99)
    return dataclasses.replace(
        FACES,
        **{
            "model": model,
            "network": model.split("-")[2],
            "model_fingerprint": model,
            "ages": FACES.age_low + random.normal(0, 8, 200),
            "female": chances,
            **replaced,
        },
    )


@pytest.fixture
def keep(root):
    def keep(scored, **more):
        return store(evaluation_root(root), scored, **more)

    return keep


@pytest.fixture
def a(keep):
    return keep(said(A, 1), run="/runs/a")


@pytest.fixture
def b(keep):
    return keep(said(B, 2), run="/runs/b")


def refusal(root, *members):
    with pytest.raises(RunError) as error:
        averaged(root, members)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_of_each_face_it_has_the_mean_age_and_probability_and_the_figures_of_these(root, a, b):
    mean = averaged(root, [a, b])
    found, one, other = mean.scored(), a.scored(), b.scored()
    assert found.files == one.files and found.pixels == one.pixels
    np.testing.assert_allclose(found.ages, (one.ages + other.ages) / 2)
    np.testing.assert_allclose(found.female, (one.female + other.female) / 2)
    told = mean.summary()["figures"]["age_mae"]
    assert told["value"] == pytest.approx(np.abs(found.ages - found.age_low).mean())
    assert told["low"] < told["value"] < told["high"]
    assert told["value"] < min(figures(each)["age_mae"].value for each in (one, other))


def test_it_is_called_after_its_models_and_keeps_who_they_are(root, a, b):
    mean = averaged(root, [b, a])
    model = mean.summary()["model"]
    assert model["name"] == "mean of A aaaa, B bbbb"
    assert mean.id.startswith("mean-of-A-aaaa-B-bbbb--faces-all--")
    assert (model["file"], model["network"], model["run"]) == ("", "", "")
    assert [one["evaluation"] for one in model["members"]] == [a.id, b.id]
    assert [one["run"] for one in model["members"]] == ["/runs/a", "/runs/b"]
    assert mean in evaluations(root)


def test_the_same_models_in_another_order_are_the_same_mean_and_not_made_again(root, a, b):
    mean = averaged(root, [a, b])
    made_at = mean.summary_file.stat().st_mtime_ns
    assert averaged(root, [b, a]) == mean
    assert mean.summary_file.stat().st_mtime_ns == made_at


def test_it_is_made_anew_where_a_model_says_another_thing(root, a, b, keep):
    mean = averaged(root, [a, b])
    before = mean.scored().ages
    again = keep(dataclasses.replace(b.scored(), ages=b.scored().ages + 2))
    assert averaged(root, [a, again]) == mean
    np.testing.assert_allclose(mean.scored().ages, before + 1)


@pytest.mark.parametrize("damaged", ["evaluation.json", "predictions.csv"])
def test_a_damaged_one_is_made_anew(root, a, b, damaged):
    mean = averaged(root, [a, b])
    before = mean.scored().ages
    (mean.path / damaged).write_text("rubbish")
    assert averaged(root, [a, b]) == mean
    np.testing.assert_array_equal(mean.scored().ages, before)


def test_one_that_cannot_be_made_anew_stays_as_it_was(root, a, b, keep, monkeypatch):
    mean = averaged(root, [a, b])
    before = mean.summary()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("trainer.evaluation.summary.write_scored", full)
    again = keep(dataclasses.replace(b.scored(), ages=b.scored().ages + 2))
    with pytest.raises(OSError, match="no space"):
        averaged(root, [a, again])
    assert mean.summary() == before and len(mean.scored().files) == 200


def test_it_is_not_listed_before_it_is_done(root, a, b, monkeypatch):
    listed = []

    def writing(*of):
        listed.extend(evaluations(root))
        return write_scored(*of)

    monkeypatch.setattr("trainer.evaluation.summary.write_scored", writing)
    mean = averaged(root, [a, b])
    assert listed == [] and evaluations(root) == [mean]


def test_one_that_was_killed_before_it_was_listed_is_made_anew(root, a, b):
    mean = averaged(root, [a, b])
    mean.request_file.unlink()
    assert evaluations(root) == []
    assert averaged(root, [a, b]) == mean and evaluations(root) == [mean]


def test_only_faces_that_all_have_with_the_same_labels_count_and_that_is_said(root, a, keep):
    relabelled = FACES.genders.copy()
    relabelled[:5] = 1 - relabelled[:5]
    other = keep(said(B, 2, genders=relabelled).take(np.arange(150)))
    mean = averaged(root, [a, other])
    assert mean.scored().files == FACES.files[5:150]
    assert mean.summary()["notes"][:1] == [
        "only the 145 faces that all its models scored, of up to 200 a model"
    ]


def test_what_any_model_left_out_is_left_out_once_and_its_notes_are_said(root, keep):
    left_out = {
        "trained_on": 1, "unreadable": 1, "changed": 0,
        "files": [["x.jpg", "trained on"], ["y.jpg", "cut short"]],
    }  # fmt: skip
    other = {
        "trained_on": 1, "unreadable": 0, "changed": 1,
        "files": [["y.jpg", "trained on"], ["z.jpg", "gone"]],
    }  # fmt: skip
    one = keep(said(A, 1), left_out=left_out, notes=["half of it is gone"])
    mean = averaged(root, [one, keep(said(B, 2), left_out=other)]).summary()
    assert mean["left_out"] == {
        "trained_on": 1, "unreadable": 1, "changed": 1,
        "files": [["x.jpg", "trained on"], ["y.jpg", "cut short"], ["z.jpg", "gone"]],
    }  # fmt: skip
    assert mean["notes"] == [
        "A aaaa: half of it is gone",
        *(
            f"{name}: copies of faces trained on were not looked for"
            for name in ("A aaaa", "B bbbb")
        ),
    ]


def test_copies_of_faces_that_a_model_was_trained_on_are_told_with_the_figures_without_them(
    root, a, keep
):
    name = FACES.files[3]
    copies = {"files": [[name, "nearly the same picture as q.jpg, trained on"]], "figures": {}}
    mean = averaged(root, [a, keep(said(B, 2), copies=copies)])
    found, others = mean.summary()["copies"], np.arange(200) != 3
    assert found["files"] == copies["files"]
    without = figures(mean.scored(), others)["age_mae"].value
    assert found["figures"]["age_mae"]["value"] == pytest.approx(without)


def test_what_makes_no_mean_is_refused_in_a_sentence(root, a, b, keep):
    assert "two different models" in refusal(root, a)
    assert "two different models" in refusal(root, a, keep(said(A, 1)))
    assert "choose its models" in refusal(root, a, averaged(root, [a, b]))
    assert "one data set and part" in refusal(root, a, keep(said(B, 2), settings={"flip": True}))
    assert "one data set and part" in refusal(root, a, keep(said(B, 2, part="validation")))
    others = tuple(f"other {name}" for name in FACES.files)
    assert "they share no face" in refusal(root, a, keep(said(B, 2, files=others)))
    b.predictions_file.write_text("rubbish")
    assert "cannot be read" in refusal(root, a, b)


def test_one_who_makes_it_while_another_does_waits_and_takes_that(root, a, b, monkeypatch):
    mean = averaged(root, [a, b])
    text = mean.summary_file.read_text()
    mean.summary_file.unlink()
    lock, found = hold(mean.path), []
    thread = threading.Thread(target=lambda: found.append(averaged(root, [a, b])))
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    write_atomic(mean.summary_file, text)
    lock.close()
    thread.join(30)
    assert found == [mean] and mean.summary_file.read_text() == text
    monkeypatch.setattr("trainer.evaluation.averaged.PATIENCE", 0.1)
    mean.summary_file.unlink()
    with hold(mean.path):
        assert "already worked on" in refusal(root, a, b)


def test_it_is_made_anew_where_a_model_was_evaluated_anew_and_said_the_same(root, a, keep):
    name = FACES.files[3]
    b = keep(said(B, 2))
    assert averaged(root, [a, b]).summary()["copies"]["files"] == []
    copies = {"files": [[name, "nearly the same picture as q.jpg"]], "figures": {}}
    body = {**b.summary(), "copies": copies, "created": 1_795_000_999.0}
    b.summary_file.write_text(json.dumps(body))
    assert averaged(root, [a, b]).summary()["copies"]["files"] == copies["files"]


@pytest.mark.parametrize(
    "damage",
    [
        {"notes": 5},
        {"copies": [1]},
        {"copies": {"files": None}},
        {"left_out": {"files": None, "trained_on": 1}},
        {"left_out": {"files": [5], "trained_on": 1}},
    ],
)
def test_a_damaged_member_is_told_in_a_sentence(root, a, keep, damage):
    damaged = keep(said(B, 2), **damage)
    told = refusal(root, a, damaged)
    assert damaged.id in told and "is damaged; evaluate anew with --redo" in told


def test_going_at_it_as_at_a_models_evaluation_says_what_it_is(root, a, b):
    mean = averaged(root, [a, b])
    mean.summary_file.unlink()
    with pytest.raises(RunError, match="is the mean of other evaluations; choose these again"):
        planned(mean)
    assert json.loads(mean.request_file.read_text())["mean_of"] == [a.id, b.id]


def test_models_evaluated_by_two_ways_to_one_folder_have_a_mean(root, keep, tmp_path):
    (tmp_path / "faces").mkdir()
    (tmp_path / "link").symlink_to("faces")
    a = keep(said(A, 1, folder=tmp_path / "faces"))
    b = keep(said(B, 2, folder=tmp_path / "link", data="portraits"))
    assert len(averaged(root, [a, b]).scored().files) == len(FACES.files)
