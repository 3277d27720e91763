from types import SimpleNamespace

import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.models.custom_cnn import custom_cnn
from trainer.models.members import without_member
from trainer.training import outputs
from trainer.training.replicas import Replicas
from trainer.training.stages import compile_stage
from trainer.training.stretching import stretch
from trainer.training.targets import Targets

SMALL = RunConfig(filters="4-4-4-8", dense_units=8, members=2)
SPREAD = {"age": 3.0, "age_logits": 3.0, "gender_logit": 0.5, "age_group": 3.0}
HEADS = {
    "one neuron": SMALL,
    "a distribution": SMALL.replace(age_head="distribution", age_group_weight=1.0),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(4).random((6, 128, 128, 3), dtype="float32")


@pytest.fixture(params=HEADS)
def config(request):
    return HEADS[request.param]


def unlike(config):
    """A network whose members, and answers to different faces, are far from each other's."""
    keras.utils.set_random_seed(3)
    network = custom_cnn(config, 33.0)
    random = np.random.default_rng(5)
    for layer in network.trained.layers:
        name = without_member(layer.name)
        if name in SPREAD and layer.name not in network.fixed:
            kernel, *rest = layer.get_weights()
            kernel = random.standard_normal(kernel.shape) * SPREAD[name]
            layer.set_weights([kernel, *rest])
    return network


def twins(config):
    """A network alone, and an ensemble of it twice."""
    keras.utils.set_random_seed(3)
    alone, both = custom_cnn(config.replace(members=1), 33.0), custom_cnn(config, 33.0)
    for layer in both.trained.layers:
        if layer.get_weights() and layer.name not in both.fixed:
            name = without_member(layer.name).removesuffix("_logit")
            layer.set_weights(alone.trained.get_layer(name).get_weights())
    return alone, both


def said(model, images):
    return {name: np.asarray(out) for name, out in model(images, training=False).items()}


def test_members_share_the_first_blocks_and_have_all_else_for_themselves():
    names = {
        layer.name
        for layer in custom_cnn(SMALL.replace(shared_blocks=3, branches=1), 33.0).trained.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    }
    own = {
        f"member{number}_{task}_{rest}"
        for number in (1, 2)
        for task in ("age", "gender")
        for rest in ("block4_conv1", "branch")
    }
    heads = {f"member{number}_{head}" for number in (1, 2) for head in ("age", "gender_logit")}
    assert names == {f"block{n}_conv1" for n in (1, 2, 3)} | own | heads | {"age", "gender"}


def test_the_answer_is_the_mean_of_the_members(config, images):
    network = unlike(config)
    out = said(network.trained, images)
    ages = [out[f"member{number}_age"] for number in (1, 2)]
    genders = [out[f"member{number}_gender"] for number in (1, 2)]
    assert np.abs(ages[0] - ages[1]).max() > 1
    assert np.abs(genders[0] - genders[1]).max() > 0.01
    logit = sum(np.log(chance / (1 - chance)) for chance in genders) / 2
    whole = said(network.full, images)
    np.testing.assert_allclose(whole["age"], sum(ages) / 2, rtol=1e-4)
    np.testing.assert_allclose(whole["gender"], 1 / (1 + np.exp(-logit)), rtol=1e-3)
    assert set(whole) == {"age", "gender"}
    for name in {"age_distribution", "age_group"} & set(out):
        parts = [keras.ops.softmax(out[f"member{number}_{name}"]) for number in (1, 2)]
        np.testing.assert_allclose(keras.ops.softmax(out[name]), sum(parts) / 2, atol=1e-6)


def test_two_of_the_same_say_what_one_says_at_the_same_penalty(config, images):
    alone, both = twins(config)
    one, two = said(alone.full, images), said(both.full, images)
    np.testing.assert_allclose(two["age"], one["age"], rtol=1e-5)
    np.testing.assert_allclose(two["gender"], one["gender"], rtol=1e-4)
    assert float(sum(both.trained.losses)) == pytest.approx(float(sum(alone.trained.losses)))


def test_what_makes_the_mean_never_trains(config):
    network = custom_cnn(config, 33.0)
    assert {"age", "gender"} <= network.fixed
    learned = {variable.path.partition("/")[0] for variable in network.learned()}
    assert not learned & network.fixed
    assert {"member1_gender_logit", "member2_gender_logit"} <= learned


def test_a_member_learns_by_its_own_answers_alone(images):
    config = HEADS["a distribution"].replace(
        shared_blocks=0, dropout=0, head_dropout=0, block_dropout=0, batch_norm=False
    )
    ages, genders = np.linspace(20, 70, 6, dtype="float32"), np.ones(6, "float32")
    labels = Targets(config, ages).labels(ages, genders)

    def moved(bias):
        """How far each variable goes in three steps where the second member answers by this."""
        keras.utils.set_random_seed(3)
        network = custom_cnn(config, 33.0)
        logit = network.trained.get_layer("member2_gender_logit")
        logit.set_weights([logit.get_weights()[0], np.array([bias])])
        compile_stage(network, config, 1)
        before = {v.path: np.asarray(v) for v in network.trained.trainable_variables}
        for rows in ([0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 0, 1]):
            of_rows = {name: label[rows] for name, label in labels.items()}
            network.trained.train_on_batch(images[rows], of_rows)
        after = {v.path: np.asarray(v) for v in network.trained.trainable_variables}
        return {path: after[path] - before[path] for path in after}

    here, there = moved(0.0), moved(-4.0)
    for path in here:
        if path.startswith("member1_"):
            np.testing.assert_allclose(here[path], there[path], atol=1e-7, err_msg=path)
    kernel = "member2_block4_conv1/kernel"
    assert np.abs(here[kernel] - there[kernel]).max() > 1e-5


def test_stretching_moves_the_years_of_the_mean_alone(images):
    network = unlike(HEADS["a distribution"])
    model = outputs.plain_copy(network.full)
    ages = 1.3 * said(model, images)["age"][:, 0]
    pixels = (images * 255).astype("uint8")
    rows = np.arange(len(images))
    faces = SimpleNamespace(pixels=pixels, ages=ages, genders=np.zeros_like(ages), train=rows)
    before = {w.path: np.asarray(w) for w in model.weights}
    stretch(model, faces, 4, Replicas(), lambda *_: None)
    changed = {w.path for w in model.weights if not np.array_equal(w, before[w.path])}
    assert changed == {"age/kernel"}


def test_what_is_averaged_stays_float32_under_mixed_precision():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = custom_cnn(HEADS["a distribution"], 33.0).trained
    finally:
        keras.config.set_dtype_policy(policy)
    assert model.get_layer("member1_block4_conv1").compute_dtype == "bfloat16"
    for out in model.output.values():
        assert out.dtype == "float32"
    for name in ("member1_gender_logit", "gender_logits", "member2_age_chances", "age_chances"):
        assert model.get_layer(name).output.dtype == "float32"


def test_each_member_must_have_a_block_and_its_branches():
    with pytest.raises(ConfigError, match="shared_blocks is 4, and filters has 4 blocks: leave on"):
        SMALL.replace(shared_blocks=4)
    with pytest.raises(ConfigError, match="leave the 2 of branches to each member"):
        SMALL.replace(shared_blocks=3, branches=2)
    SMALL.replace(shared_blocks=4, members=1)
