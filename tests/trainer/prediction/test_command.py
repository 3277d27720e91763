"""`agegender-tui predict` and `export` with the real process behind them."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agegender_tui.cli import main
from trainer.data.decode import read_face
from trainer.errors import ExitCode
from trainer.export.portable import export_model


def test_the_command_says_what_plain_keras_says(tiny_file, tiny_network, crops, tmp_path, capsys):
    (crops / "broken.jpg").write_bytes(b"rubbish")
    out = tmp_path / "out.csv"
    asked = ["predict", str(crops), "--model", str(tiny_file), "--out", str(out), "--device", "cpu"]
    assert main(asked) == ExitCode.OK
    told = capsys.readouterr()
    assert told.out == ""
    assert "broken.jpg: not a picture" in told.err
    assert "11 files, 10 faces, 1 unreadable\n" in told.err
    assert "neither is a fact about a person" in told.err
    rows = [row for row in csv.DictReader(out.open()) if not row["problem"]]
    images = np.stack([read_face(Path(row["file"]))[0] for row in rows]).astype("float32") / 255
    plain = tiny_network.predict(images, verbose=0)
    np.testing.assert_allclose([float(row["age"]) for row in rows], plain["age"][:, 0], atol=1e-4)
    np.testing.assert_allclose(
        [float(row["gender_1"]) for row in rows], plain["gender"][:, 0], atol=1e-6
    )


def test_a_table_made_without_flip_is_not_gone_on_with_flipped(tiny_file, crops, tmp_path, capsys):
    model, out = ["--model", str(tiny_file), "--device", "cpu"], tmp_path / "out.jsonl"
    first = str(sorted(crops.iterdir())[0])
    assert main(["predict", first, *model, "--out", str(out)]) == ExitCode.OK
    before = out.read_bytes()
    again = ["predict", str(crops), *model, "--out", str(out), "--resume"]
    capsys.readouterr()
    assert main([*again, "--flip"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "out.jsonl: was begun with --flip off, not on; go on with it as" in told
    assert told.count("\n") == 1
    assert out.read_bytes() == before


def test_wrong_arguments_are_a_sentence(tiny_file, crops, tmp_path, capsys):
    model = ["--model", str(tiny_file)]
    for arguments, code, says in (
        ([str(crops), "--model", "nothing"], ExitCode.RUN, "no run 'nothing'"),
        ([str(crops), *model, "--resume"], ExitCode.USAGE, "name it with --out"),
        ([str(crops), *model, "--out", str(tmp_path / "a.xls")], ExitCode.USAGE, "end in .csv"),
        ([str(tmp_path / "*.none"), *model], ExitCode.DATA, "holds no picture"),
        (["@" + str(tmp_path / "none"), *model], ExitCode.DATA, "the list cannot be read"),
    ):
        assert main(["predict", *arguments]) == code
        told = capsys.readouterr().err
        assert says in told
        assert told.count("\n") == 1


def test_models_are_listed_and_summed_up(tiny_file, capsys):
    assert main(["models", str(tiny_file), "--json"]) == ExitCode.OK
    (record,) = json.loads(capsys.readouterr().out)
    assert record["model"] == "tiny"
    assert record["parameters"] > 1000
    assert main(["models", "--summary", str(tiny_file)]) == ExitCode.OK
    assert "block4_conv1" in capsys.readouterr().out
    assert main(["models"]) == ExitCode.OK
    assert "no saved model" in capsys.readouterr().out


def test_tflite_gives_the_same_outputs_and_nothing_is_left_beside_it(tiny_network, tmp_path):
    check = export_model(tiny_network, tmp_path / "m.tflite", "tflite")
    assert check.age_difference < 1e-3
    assert check.gender_difference < 1e-4
    assert [path.name for path in tmp_path.iterdir()] == ["m.tflite"]


def test_an_export_that_says_something_else_is_not_written(tiny_network, tmp_path, monkeypatch):
    from trainer.errors import UserError
    from trainer.export import portable

    def wrong(model, made):
        made.write_bytes(b"a model")
        return lambda images: {"age": np.full(len(images), 5.0), "gender": np.zeros(len(images))}

    monkeypatch.setattr(portable, "_to_onnx", wrong)
    with pytest.raises(UserError, match=r"m\.onnx: not written, its outputs differ by"):
        export_model(tiny_network, tmp_path / "m.onnx", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_onnx_gives_the_same_outputs(tiny_network, tmp_path):
    pytest.importorskip("tf2onnx", reason="the extra `onnx` is not installed")
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    check = export_model(tiny_network, tmp_path / "m.onnx", "onnx")
    assert check.age_difference < 1e-3
    assert check.gender_difference < 1e-4


def test_without_the_packages_for_onnx_a_sentence_names_them(tiny_network, tmp_path, monkeypatch):
    from trainer.errors import EnvironmentFault

    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'agegender-tui\[onnx\]'"):
        export_model(tiny_network, tmp_path / "m.onnx", "onnx")


def test_a_picture_of_any_orientation_is_the_same_face(tiny_file, tmp_path):
    from trainer.prediction.finding import read_faces

    pixels = np.random.default_rng(3).integers(0, 256, (128, 128, 3)).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "up.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(np.rot90(pixels)).save(tmp_path / "side.png", exif=exif)
    one, other = (read_faces(tmp_path / f"{n}.png", None).faces[0] for n in ("up", "side"))
    np.testing.assert_array_equal(one.pixels, other.pixels)
