import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.models.custom_cnn import custom_cnn
from trainer.models.members import of_every_member
from trainer.training.stages import compile_stage
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
        name = of_every_member(layer.name)
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
            name = of_every_member(layer.name).removesuffix("_logit")
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


def test_a_member_learns_by_its_own_answers_alone(config, images):
    config = config.replace(
        shared_blocks=0, dropout=0, head_dropout=0, block_dropout=0, batch_norm=False
    )
    ages, genders = np.full(6, 50.0, "float32"), np.ones(6, "float32")
    labels = Targets(config, ages).labels(ages, genders)

    def after_a_step(other_bias):
        """The weights of each member, of which the second answers otherwise at first."""
        keras.utils.set_random_seed(3)
        network = custom_cnn(config, 33.0)
        logit = network.trained.get_layer("member2_gender_logit")
        kernel, bias = logit.get_weights()
        logit.set_weights([kernel, bias + other_bias])
        compile_stage(network, config, 1)
        network.trained.train_on_batch(images, labels)
        return {v.path: np.asarray(v) for v in network.trained.trainable_variables}

    here, there = after_a_step(0.0), after_a_step(-8.0)
    unchanged = {path for path in here if np.allclose(here[path], there[path], atol=1e-7)}
    first = {path for path in here if path.startswith("member1_")}
    assert first <= unchanged
    assert "member2_gender_logit/bias" not in unchanged
    assert not all(path in unchanged for path in here if path.startswith("member2_gender_l"))


def test_each_member_must_have_a_block_and_its_branches():
    with pytest.raises(ConfigError, match="shared_blocks is 4, and filters has 4 blocks: leave on"):
        SMALL.replace(shared_blocks=4)
    with pytest.raises(ConfigError, match="leave the 2 of branches to each member"):
        SMALL.replace(shared_blocks=3, branches=2)
    SMALL.replace(shared_blocks=4, members=1)
