import dataclasses
import json

import pytest

from benchmarks import ablation
from trainer.errors import ConfigError
from trainer.presets import preset


def of(job):
    """The settings that a job trains with."""
    return preset(job["preset"]).replace(**json.loads(json.dumps(job["set"])))


@pytest.mark.parametrize("name", ["A-best", "B-best"])
def test_a_gpu_trains_the_rows_that_runs_would(name):
    base = preset(name).replace(dropout=0.2, epochs=9)
    rows = {row.name: row for row in ablation.plan(base, [], 2)}
    jobs = ablation.jobs(base, [], 2)
    said = " (dropout 0.2, epochs 9)"
    assert len(jobs) == len(rows) - sum(n in ablation.usable(base) for n in ablation.NO_JOBS)
    for job in jobs:
        assert job["name"].endswith(said)
        assert job["seeds"] == [1, 2]
        run = rows[job["name"].removesuffix(said)].configs[1]
        assert of(job) == dataclasses.replace(run, seed=1, label="")


def test_what_the_base_has_is_taken_out_and_what_it_lacks_is_added():
    rows = {row.name: row.configs[0] for row in ablation.plan(preset("B-best"), [], 1)}
    assert rows["− mixup (mixup 0.0)"].mixup == 0
    assert rows["+ huber (age_loss huber)"].age_loss == "huber"
    assert rows["+ branches (branches 1)"].branches == 1
    assert not any("residual" in name for name in rows)  # of A


def test_all_rows_of_a_seed_are_trained_before_the_next(monkeypatch, tmp_path):
    order = []

    def outcome(root, config):
        order.append((config.age_loss, config.seed))
        return ablation.Outcome(config.seed, 0.9, 1, 1.0)

    monkeypatch.setattr(ablation, "outcome", outcome)
    rows = ablation.plan(preset("B-features"), ["base", "huber"], 2)
    found = [
        (name, [one.age_mae for one in outcomes])
        for name, outcomes in ablation.trained(tmp_path, rows)
    ]
    assert order == [("mae", 1), ("huber", 1), ("mae", 2), ("huber", 2)]
    assert found == [(row.name, [1, 2]) for row in rows]


@pytest.mark.parametrize(
    ("base", "rows", "complaint"),
    [
        (preset("A"), [], "schedule is plateau: on a GPU only recipes whose schedule is cosine"),
        (preset("B-best").replace(heads_first=2), [], "heads_first is 2: on a GPU only recipes"),
        (preset("B-best"), ["base", "mirror"], "mirror is no row for a GPU: leave it out"),
    ],
)
def test_what_a_gpu_would_train_otherwise_is_refused(base, rows, complaint):
    with pytest.raises(ConfigError, match=complaint):
        ablation.jobs(base, rows, 1)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "dropout"], "'dropout': give NAME=VALUE"),
        (["--set", "dropout=0.1", "data=here"], "--set data: is set by the table itself"),
        (["--set", "frozen_blocks=9"], "frozen_blocks is 9: give 0 to 5"),
    ],
)
def test_settings_it_cannot_take_are_one_sentence(words, complaint, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ablation", "--base", "B-best", "--jobs", *words])
    with pytest.raises(SystemExit):
        ablation.main()
    assert complaint in capsys.readouterr().err
