import dataclasses

import pytest

from trainer.errors import ConfigError, RunError
from trainer.jobs.status import Status, write_status
from trainer.presets import preset
from trainer.runs.registry import Registry
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import (
    StudyConfig,
    StudyDir,
    check_study,
    create_study,
    open_study,
    startup_for,
    studies,
    to_toml,
)

CONFIG = StudyConfig(
    preset("A").replace(data="/faces", label="it's ‘mine’"),
    parse_pairs(
        ["learning_rate=1e-4..1e-2:log", "batch_size=32/64", "filters=16-32-48-64,64/8-16-32-48"]
    ),
    trials=12,
    objective="age_mae",
    prune=False,
    startup=4,
    seed=7,
    devices=("gpu:0", "gpu:1"),
    label="first try",
)


def test_a_study_reads_as_it_was_asked(tmp_path):
    study = create_study(tmp_path, CONFIG)
    assert study.config() == CONFIG
    assert study.runs_root == tmp_path
    assert study.path.parent == tmp_path / "studies"


def test_one_task_alone_may_be_searched_for():
    of_age = CONFIG.base.replace(gender_loss_weight=0)
    check_study(dataclasses.replace(CONFIG, base=of_age, objective="age_mae"))
    of_gender = CONFIG.base.replace(age_loss_weight=0)
    check_study(dataclasses.replace(CONFIG, base=of_gender, objective="gender_accuracy"))


def test_epochs_may_be_varied_without_pruning():
    check_study(dataclasses.replace(CONFIG, space=parse_pairs(["epochs=10..30"]), prune=False))


def test_a_third_of_a_short_search_is_drawn_at_random_and_ten_of_a_long_one():
    assert [startup_for(count) for count in (1, 2, 12, 30, 1000)] == [1, 1, 4, 10, 10]


def test_studies_are_no_runs(tmp_path):
    create_study(tmp_path, CONFIG)
    assert Registry(tmp_path).list() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trials": 0}, "trials is 0: give 1 to 10000"),
        ({"startup": 0}, "startup is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"objective": "beauty"}, "objective is 'beauty': choose both or age_mae or"),
        ({"devices": ("",)}, "device is ''"),
        ({"devices": ()}, "there are 0 devices"),
        ({"devices": ("cpu", "cpu")}, "a device is named twice"),
        ({"devices": ("tpu",)}, "device is 'tpu'"),
        ({"space": {}}, "nothing is varied"),
        ({"label": "caf\udce9"}, "label is .*not UTF-8"),
        (
            {"space": parse_pairs(["epochs=10..30"]), "prune": True},
            r"epochs is varied, .* turn pruning off",
        ),
        (
            {"base": CONFIG.base.replace(age_loss_weight=0)},
            "age_loss_weight is 0, so the age is not trained, but objective is age_mae: choose "
            "gender_accuracy, or raise it",
        ),
        (
            {"base": CONFIG.base.replace(gender_loss_weight=0), "objective": "both"},
            "gender_loss_weight is 0, so the gender is not trained",
        ),
        ({"space": parse_pairs(["rate_decay=0.1..0.5"])}, "rate_decay is of model B alone"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_made(tmp_path, changes, said):
    with pytest.raises(ConfigError, match=said):
        create_study(tmp_path, dataclasses.replace(CONFIG, **changes))
    assert not (tmp_path / "studies").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as a study"),
        ("version = 1", "cannot be read as a study"),
        ("version = 2", "written by a newer version; upgrade"),
        ("not toml", "cannot be read as a study"),
        ("version = 'x'", "cannot be read as a study"),
    ],
)
def test_a_damaged_study_is_told_of_in_a_sentence(tmp_path, text, said):
    study = create_study(tmp_path, CONFIG)
    study.config_file.write_text(text)
    with pytest.raises(RunError, match=said) as error:
        study.config()
    assert str(study.config_file) in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("trials = 12", "trials = true", "cannot be read as a study"),
        ("trials = 12", "trials = 0", "trials is 0"),
        ('objective = "age_mae"', 'objective = "luck"', "objective is 'luck'"),
        ('batch_size = "32/64"', 'batch_size = "32"', "batch_size is '32', one value alone"),
        ("l2 = 0.0001", "l2 = 7.0", "l2 is 7"),
    ],
)
def test_a_study_edited_to_nonsense_names_the_setting(tmp_path, old, new, said):
    study = create_study(tmp_path, CONFIG)
    text = study.config_file.read_text()
    assert old in text
    study.config_file.write_text(text.replace(old, new))
    with pytest.raises(RunError, match=said):
        study.config()


def test_a_folder_that_is_no_study_says_so(tmp_path):
    (tmp_path / "studies" / "x").mkdir(parents=True)
    study = StudyDir(tmp_path / "studies" / "x")
    with pytest.raises(RunError, match="missing, so it is no whole study"):
        study.config()
    with pytest.raises(RunError, match="missing, so the study is half made"):
        study.status()


def test_studies_are_listed_newest_first_and_found_by_a_part_of_their_name(tmp_path):
    names = ["20261123-000100-study-aaaa", "20261123-000200-study-bbbb"]
    for name in names:
        (tmp_path / "studies" / name).mkdir(parents=True)
    (tmp_path / "studies" / ".hidden").mkdir()
    (tmp_path / "studies" / "file").touch()
    assert [one.id for one in studies(tmp_path)] == names[::-1]
    assert open_study(tmp_path, "last").id == names[1]
    assert open_study(tmp_path, "aaaa").id == names[0]
    assert open_study(tmp_path, names[0]).id == names[0]
    for name, said in (
        ("2026", "fits 2 studies"),
        ("zz", "no study 'zz'"),
        (" ", "the name of the study is empty"),
    ):
        with pytest.raises(RunError, match=said):
            open_study(tmp_path, name)


def test_without_studies_there_are_none(tmp_path):
    assert studies(tmp_path) == []
    with pytest.raises(RunError, match="no study 'last'"):
        open_study(tmp_path, "last")


def test_a_folder_of_studies_that_may_not_be_read_is_told_of(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(RunError, match="cannot be read"):
        studies(tmp_path)


def test_the_state_of_a_study_is_that_of_a_job(tmp_path):
    study = create_study(tmp_path, CONFIG)
    write_status(study.state_file, Status(state="finished", text="12 trials"))
    assert study.status().text == "12 trials"
    study.state_file.write_text("{")
    with pytest.raises(RunError, match="is damaged; take what you need, then delete it"):
        study.status()


def test_the_file_says_what_varies_and_what_stays():
    check_study(CONFIG)
    text = to_toml(CONFIG)
    assert 'learning_rate = "0.0001..0.01:log"' in text
    assert "[base]" in text
