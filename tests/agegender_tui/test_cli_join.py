"""`agegender-tui join`, and `export --compact` as far as the prediction process."""

import h5py
import numpy as np
import pytest

from agegender_tui.cli import main
from agegender_tui.cli_commands import model_export
from agegender_tui.user_settings import settings_file
from tests.trainer.conftest import vgg16_file, vgg16_layers  # noqa: F401 - fixtures
from trainer.errors import ExitCode
from trainer.models.vgg16_weights import read_weights
from trainer.runs.layout import runs_root
from trainer.sharing import bundled
from trainer.sharing.bundled import joined_folder
from trainer.sharing.facts import ModelFacts, facts_beside, write_facts
from trainer.sharing.keras_file import KerasFile, read_keras, write_keras
from trainer.sharing.trained_part import cut, write_part

FACTS = ModelFacts("B-best", "B", "utkface", {"age_mae": 5.4})


@pytest.fixture(scope="module")
def part_file(vgg16_file, tmp_path_factory):  # noqa: F811
    """Cut from a VGG16 whose very last bias was tuned."""
    weights = read_weights(vgg16_file)
    groups, arrays = {}, {}
    for number, (name, (kernel, bias)) in enumerate(weights.layers.items()):
        groups[f"layers/conv2d_{number}/vars"] = name
        arrays[f"layers/conv2d_{number}/vars/0"] = kernel
        arrays[f"layers/conv2d_{number}/vars/1"] = bias + np.float32(name == "block5_conv3")
    file = tmp_path_factory.mktemp("part") / "age_gender_B.part.h5"
    write_part(file, cut(KerasFile("{}", "{}", groups, arrays), weights, FACTS))
    return file


def test_join_puts_the_model_where_it_is_found_by_name(part_file, vgg16_file, capsys):  # noqa: F811
    assert main(["join", str(part_file), "--weights", str(vgg16_file)]) == ExitCode.OK
    (file,) = joined_folder().glob("*.keras")
    assert facts_beside(file) == FACTS
    tuned = read_keras(file).arrays["layers/conv2d_12/vars/1"]
    base = read_weights(vgg16_file).layers["block5_conv3"][1]
    np.testing.assert_array_equal(tuned, base + 1)
    out = capsys.readouterr().out
    assert f"wrote {file}" in out
    assert "predict PHOTO --model B-best" in out


def test_join_takes_the_bundled_part_and_the_weights_of_the_environment(
    part_file, vgg16_file, monkeypatch, tmp_path, capsys  # noqa: F811
):  # fmt: skip
    bundled.CHECKOUT.mkdir(parents=True)
    (bundled.CHECKOUT / part_file.name).write_bytes(part_file.read_bytes())
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", str(vgg16_file))
    target = tmp_path / "b.keras"
    assert main(["join", "--out", str(target)]) == ExitCode.OK
    assert f"--model {target}" in capsys.readouterr().out
    assert facts_beside(target) == FACTS


def test_settings_that_would_name_the_weights_and_cannot_be_read_are_told(
    part_file, vgg16_file, monkeypatch, tmp_path, capsys  # noqa: F811
):  # fmt: skip
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("vgg16_weights = \n")
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", str(vgg16_file))
    assert main(["join", str(part_file), "--out", str(tmp_path / "b.keras")]) == ExitCode.OK
    assert f"{settings_file()}: cannot be read" in capsys.readouterr().err


def refusal(capsys, *arguments):
    code = main(["join", *map(str, arguments)])
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return code, err


def test_what_cannot_be_joined_is_said_in_one_line(part_file, vgg16_file, tmp_path, capsys):  # noqa: F811
    code, err = refusal(capsys)
    assert (code, "name a *.part.h5 file" in err) == (ExitCode.USAGE, True)
    code, err = refusal(capsys, tmp_path / "none.part.h5")
    assert (code, "none.part.h5: no such file" in err) == (ExitCode.RUN, True)
    code, err = refusal(capsys, part_file, "--out", tmp_path / "b.h5", "--weights", vgg16_file)
    assert (code, "b.h5: give a file that ends in .keras" in err) == (ExitCode.USAGE, True)
    code, err = refusal(capsys, part_file, "--weights", tmp_path / "none.h5")
    assert (code, "none.h5: weights names it, but there is no such file" in err) == (
        ExitCode.ENVIRONMENT,
        True,
    )
    other = tmp_path / "other.h5"
    other.write_bytes(vgg16_file.read_bytes())
    with h5py.File(other, "r+") as file:
        file["block1_conv1/block1_conv1_b_1:0"][0] += 1
    target = tmp_path / "b.keras"
    code, err = refusal(capsys, part_file, "--weights", other, "--out", target)
    assert (code, "not with the ImageNet weights that this part" in err) == (
        ExitCode.ENVIRONMENT,
        True,
    )
    assert not target.exists()


def test_facts_from_elsewhere_that_are_none_are_said(part_file, vgg16_file, tmp_path, capsys):  # noqa: F811
    bad = tmp_path / "bad.part.h5"
    bad.write_bytes(part_file.read_bytes())
    with h5py.File(bad, "r+") as file:
        del file["texts/facts"]
        file["texts/facts"] = '{"name": "x"}'
    code, err = refusal(capsys, bad, "--weights", vgg16_file)
    assert (code, "bad.part.h5: not the trained part" in err) == (ExitCode.RUN, True)


def test_export_compact_asks_for_it_by_that_format(make_run, tmp_path, monkeypatch):
    run = make_run(runs_root())
    run.model_file("A").touch()
    asked = []
    monkeypatch.setattr(model_export, "export_model", lambda *given: asked.append(given))
    target = tmp_path / "small.keras"
    assert main(["export", run.id, "--compact", str(target)]) == ExitCode.OK
    assert asked == [(run.model_file("A"), {"compact": target}, None)]


def test_export_compact_of_a_model_b_takes_the_weights_it_is_given(
    make_run, tmp_path, monkeypatch, vgg16_file  # noqa: F811
):  # fmt: skip
    run = make_run(runs_root(), preset="B")
    run.model_file("B").touch()
    asked = []
    monkeypatch.setattr(model_export, "export_model", lambda *given: asked.append(given))
    target = tmp_path / "b.part.h5"
    command = ["export", run.id, "--compact", str(target), "--weights", str(vgg16_file)]
    assert main(command) == ExitCode.OK
    assert asked == [(run.model_file("B"), {"compact": target}, vgg16_file)]


def test_join_does_not_replace_another_model_of_that_name(part_file, vgg16_file, capsys):  # noqa: F811
    command = ["join", str(part_file), "--weights", str(vgg16_file)]
    assert main(command) == main(command) == ExitCode.OK
    (file,) = joined_folder().glob("*.keras")
    write_facts(file, ModelFacts("B-best", "B", "other faces"))
    assert main(command) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "delete it and B-best.json beside it, or name another place" in said
    file.unlink()
    file.with_name("B-best.json").unlink()
    assert main(command) == ExitCode.OK


def test_predict_without_a_model_takes_the_first_sound_one_or_says_what_to_name(
    tmp_path, monkeypatch, capsys
):
    from agegender_tui.cli_commands import predict

    asked = []

    async def ask(options, models, files):
        asked.append(models)
        return 0

    monkeypatch.setattr(predict, "_predict", ask)
    photo = tmp_path / "a.jpg"
    photo.touch()
    assert main(["predict", str(photo)]) == ExitCode.USAGE
    assert "name a run or a .keras file with --model" in capsys.readouterr().err
    bundled.CHECKOUT.mkdir(parents=True)
    (bundled.CHECKOUT / "cut-short.keras").touch()
    sound = bundled.CHECKOUT / "sound.keras"
    model = KerasFile('{"config": {"layers": []}}', "{}", {}, {})
    write_keras(sound, model)
    assert main(["predict", str(photo)]) == ExitCode.OK
    assert asked == [[str(sound)]]
