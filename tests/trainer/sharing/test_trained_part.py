import dataclasses
import json
import math

import h5py
import numpy as np
import pytest

from trainer.errors import EnvironmentFault, RunError
from trainer.models.vgg16_weights import read_weights
from trainer.sharing.facts import ModelFacts
from trainer.sharing.keras_file import KerasFile
from trainer.sharing.trained_part import STEPS, Steps, cut, join, read_part, write_part

FACTS = ModelFacts("B-best", "B", "faces", {"faces": 1000, "age_mae": 5.4})  # as a run has them


@pytest.fixture(scope="module")
def weights(vgg16_file):
    return read_weights(vgg16_file)


@pytest.fixture(scope="module")
def model(weights):
    """A model B as its file holds it: block 5 tuned, its first kernel left alone in one channel."""
    random = np.random.default_rng(5)
    groups, arrays = {"layers": "", "layers/dense/vars": "age_branch"}, {}
    arrays["layers/dense/vars/0"] = random.standard_normal((512, 16), "float32")
    arrays["layers/dense/vars/1"] = random.standard_normal(16, "float32")
    for number, (name, (kernel, bias)) in enumerate(weights.layers.items()):
        group = f"layers/conv2d_{number}/vars"
        groups[group] = name
        if name.startswith("block5"):
            away = random.standard_normal(kernel.shape, "float32") * np.float32(0.01)
            away[..., 7] = 0
            kernel, bias = kernel + away, bias + np.float32(0.1)
        arrays[f"{group}/0"], arrays[f"{group}/1"] = kernel, bias
    return KerasFile('{"layers": []}', "{}", groups, arrays)


@pytest.fixture(scope="module")
def part(model, weights):
    return cut(model, weights, FACTS)


@pytest.fixture
def file(part, tmp_path):
    write_part(tmp_path / "b.part.h5", part)
    return tmp_path / "b.part.h5"


def kernel_paths(model, block):
    return [p for p in model.arrays if p.endswith("/0") and model.layer(p)[0].startswith(block)]


def test_steps_are_within_half_a_step_of_the_tuned_kernel():
    random = np.random.default_rng(2)
    base, tuned = random.standard_normal((2, 3, 3, 4, 5), "float32")
    tuned[..., 2] = base[..., 2]
    steps = Steps.between(tuned, base)
    away = np.abs(steps.added_to(base) - tuned).max(axis=(0, 1, 2))
    assert (away <= np.abs(tuned - base).max(axis=(0, 1, 2)) / STEPS / 2 + 1e-6).all()
    np.testing.assert_array_equal(steps.added_to(base)[..., 2], base[..., 2])
    assert steps.counts.dtype == np.int8


def test_the_part_has_a_byte_for_each_tuned_number_and_none_of_imagenet(part, model, file):
    tuned = sum(model.arrays[path].size for path in kernel_paths(model, "block5"))
    assert file.stat().st_size < 1.1 * tuned
    assert len(part.steps) == 3
    untuned = {
        path
        for path in model.arrays
        if model.layer(path)[0].startswith(tuple("block" + n for n in "1234"))
    }
    assert set(part.same) == untuned
    assert not untuned & part.file.arrays.keys()


def test_joined_it_is_the_model_again_but_for_rounding(model, weights, file):
    joined = join(read_part(file), weights)
    assert (joined.config, joined.metadata) == (model.config, model.metadata)
    assert joined.arrays.keys() == model.arrays.keys()
    for path in model.arrays:
        away = np.abs(joined.arrays[path].astype("f4") - model.arrays[path]).max()
        tuned = model.layer(path)[0].startswith("block5") and path.endswith("/0")
        assert away <= (2e-3 if "dense" in path else 5e-4 if tuned else 0), path
    assert read_part(file).facts == FACTS


def test_blocks_that_each_task_has_for_itself_are_kept_as_differences_too(model, weights, tmp_path):
    groups, arrays = {}, {}
    for group, name in model.groups.items():
        for task in ("age_", "gender_") if name.startswith("block5") else ("",):
            groups[f"{task}{group}"] = f"{task}{name}"
            for place in {"0", "1"} if name else ():
                arrays[f"{task}{group}/{place}"] = model.arrays[f"{group}/{place}"]
    both = KerasFile(model.config, model.metadata, groups, arrays)
    part = cut(both, weights, FACTS)
    assert len(part.steps) == 6
    write_part(tmp_path / "b.part.h5", part)
    joined = join(read_part(tmp_path / "b.part.h5"), weights)
    assert joined.arrays.keys() == arrays.keys()
    for path in part.steps:
        np.testing.assert_allclose(joined.arrays[path], arrays[path], atol=5e-4)


def test_joining_is_the_same_to_the_bit_each_time(part, weights, file):
    one, other = join(part, weights), join(read_part(file), weights)
    for path, array in one.arrays.items():
        np.testing.assert_array_equal(other.arrays[path], array)


def test_other_weights_of_vgg16_are_refused(part, weights):
    others = dataclasses.replace(weights, fingerprint="another")
    with pytest.raises(
        EnvironmentFault, match="not with the ImageNet weights that this part was trained"
    ):
        join(part, others)


def test_a_part_whose_numbers_changed_is_refused(part, weights):
    path = next(iter(part.steps))
    counts = part.steps[path].counts.copy()
    counts[0, 0, 0, 0] += 1
    steps = {**part.steps, path: dataclasses.replace(part.steps[path], counts=counts)}
    refused(dataclasses.replace(part, steps=steps), weights)


def refused(part, weights):
    with pytest.raises(RunError, match=r"b\.part\.h5: joined it is not what was trained, so it is"):
        join(dataclasses.replace(part, source="b.part.h5"), weights)


def test_a_part_that_promises_other_scores_is_refused(part, weights):
    better = dataclasses.replace(FACTS, scores={"age_mae": 0.1})
    refused(dataclasses.replace(part, facts=better), weights)


def test_a_part_of_other_shapes_or_names_is_refused(part, weights):
    path = next(iter(part.steps))
    step = part.steps[path]
    for change in (
        {"steps": {**part.steps, path: Steps(step.counts[:2], step.scale)}},
        {"steps": {**part.steps, path: Steps(step.counts, step.scale[:3])}},
        {"same": (*part.same, "x/y")},
        {"file": dataclasses.replace(part.file, groups={})},
        {"file": dataclasses.replace(part.file, metadata="not json")},
    ):
        refused(dataclasses.replace(part, **change), weights)


def test_a_model_without_vgg16_has_no_trained_part(weights):
    other = KerasFile("{}", "{}", {"layers/d/vars": "shared"}, {})
    with pytest.raises(RunError, match="only a model B has a trained part"):
        cut(other, weights, FACTS)


def spoil(file, change):
    with h5py.File(file, "r+") as opened:
        change(opened)
    return file


def newer(opened):
    opened.attrs["v"] = 2


def rename(opened):
    del opened["texts/format"]
    opened["texts/format"] = "something else"


def without_scale(opened):
    del opened[next(f"steps/{path}/scale" for path in paths(opened))]


def with_groups(opened):
    replace_text(opened, "groups", "[]")


def with_numbers_for_names(opened):
    replace_text(opened, "same", "[1]")


def with_words_for_numbers(opened):
    opened["kept/layers/dense/vars/9"] = "words"


def far_too_large(opened):
    opened.create_dataset("kept/more", shape=(1 << 42,), dtype="u1", chunks=True)


def with_a_link_elsewhere(opened):
    del opened["texts/metadata"]
    opened["texts/metadata"] = h5py.ExternalLink(opened.filename, "texts/config")


def with_a_score_that_is_none(opened):
    replace_text(opened, "facts", json.dumps({**FACTS.to_json(), "scores": {"age_mae": math.nan}}))


def with_a_name_that_is_a_command(opened):
    replace_text(opened, "facts", json.dumps({**FACTS.to_json(), "name": "x; rm -r"}))


def replace_text(opened, name, text):
    del opened[f"texts/{name}"]
    opened[f"texts/{name}"] = text


def bad_facts(opened):
    del opened["texts/facts"]
    opened["texts/facts"] = "{"


def paths(opened):
    found = []
    opened["steps"].visit(lambda name: found.append(name) if name.endswith("counts") else None)
    return [name.removesuffix("/counts") for name in found]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (newer, "version 2, and this program reads 1: update it"),
        (rename, "not the trained part of a model B, or damaged"),
        (without_scale, "not the trained part of a model B, or damaged"),
        (bad_facts, "not the trained part of a model B, or damaged"),
        (with_groups, "not the trained part of a model B, or damaged"),
        (with_numbers_for_names, "not the trained part of a model B, or damaged"),
        (with_words_for_numbers, "not the trained part of a model B, or damaged"),
        (far_too_large, "(more than a model holds)"),
        (with_a_link_elsewhere, "not the trained part of a model B, or damaged"),
        (with_a_score_that_is_none, "(a score that is not finite)"),
        (with_a_name_that_is_a_command, "(a name of other than letters"),
    ],
)
def test_a_part_that_cannot_be_read_is_named(file, change, words):
    with pytest.raises(RunError) as error:
        read_part(spoil(file, change))
    assert words in str(error.value)
    assert "b.part.h5" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n cut short", None])
def test_rubbish_and_missing_files_are_named(tmp_path, content):
    file = tmp_path / "x.part.h5"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RunError, match=r"x\.part\.h5: (not the trained part|no such file)"):
        read_part(file)
