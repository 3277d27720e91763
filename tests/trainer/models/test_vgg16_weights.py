import hashlib
import http.server
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest

from tests.trainer.conftest import write_applications_layout
from trainer.errors import EnvironmentFault, ExitCode
from trainer.models import vgg16_weights
from trainer.models.vgg16_weights import (
    CACHED,
    WAYS,
    find_weights,
    keras_cache,
    layer_shapes,
    read_weights,
)
from trainer.presets import preset
from trainer.runs.layout import RunDir
from trainer.training.worker import _weights

REAL = os.environ.get("AGEGENDER_VGG16_WEIGHTS", "")  # before the tests' own environment


def found(named=""):
    return find_weights(named, lambda done, of: None)


def refused(call, *arguments):
    with pytest.raises(EnvironmentFault) as error:
        call(*arguments)
    text = str(error.value)
    assert error.value.exit_code == ExitCode.ENVIRONMENT
    assert "\n" not in text
    assert text.endswith(WAYS)
    return text


def test_the_three_ways_are_an_option_the_environment_and_a_download():
    assert "--weights" in WAYS
    assert "AGEGENDER_VGG16_WEIGHTS" in WAYS
    assert "download" in WAYS


# Where the file comes from


@pytest.fixture
def everywhere(tmp_path, monkeypatch):
    """A file in each of the places, and a download that fails the test."""
    places = {"named": tmp_path / "named.h5", "environment": tmp_path / "environment.h5"}
    keras_cache().mkdir(parents=True)
    places["cache"] = keras_cache() / CACHED[0]
    places["cache, with the classifier"] = keras_cache() / CACHED[1]
    for path in places.values():
        path.write_bytes(b"")
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", str(places["environment"]))
    monkeypatch.setattr(vgg16_weights, "_download", lambda *_: pytest.fail("downloads"))
    return places


def test_the_places_are_tried_in_order(everywhere, monkeypatch):
    assert found(str(everywhere["named"])) == everywhere["named"]
    assert found() == everywhere["environment"]
    monkeypatch.delenv("AGEGENDER_VGG16_WEIGHTS")
    assert found() == everywhere["cache"]
    everywhere["cache"].unlink()
    assert found() == everywhere["cache, with the classifier"]


@pytest.mark.parametrize("odd", ["~nobody-here/vgg16.h5", "x" * 300, "nul\0.h5"])
def test_a_path_that_cannot_be_is_named(odd):
    assert "there is no such file" in refused(found, odd)


@pytest.mark.parametrize("by", ["weights", "AGEGENDER_VGG16_WEIGHTS"])
def test_a_named_file_that_is_missing_is_not_replaced_by_another(everywhere, monkeypatch, by):
    absent = "/no/such\nfile.h5"
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", absent)
    text = refused(found, absent if by == "weights" else "")
    assert text.startswith(f"/no/such\\x0afile.h5: {by} names it, but there is no such file")


# Downloads


class Source(http.server.BaseHTTPRequestHandler):
    body = np.random.default_rng(1).bytes(700_000)
    promised = len(body)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(self.promised))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def source(monkeypatch):
    """A server on this machine in place of the one on the internet."""
    handler = type("ThisSource", (Source,), {})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(vgg16_weights, "URL", f"http://127.0.0.1:{server.server_port}/vgg16.h5")
    monkeypatch.setattr(vgg16_weights, "URL_MD5", hashlib.md5(Source.body).hexdigest())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def left_behind():
    return sorted(path.name for path in keras_cache().iterdir())


def test_a_download_tells_how_far_it_is_and_is_kept_where_keras_looks(source):
    told = []
    path = find_weights("", lambda done, of: told.append((done, of)))
    assert path == keras_cache() / CACHED[0]
    assert path.read_bytes() == Source.body
    assert told[-1] == (len(Source.body), len(Source.body))
    assert len(told) >= 3
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert left_behind() == [CACHED[0]]


def test_a_download_cut_short_is_not_kept(source):
    source.body = Source.body[:-1000]
    refused(found)
    assert left_behind() == []


def test_a_download_of_something_else_is_not_kept(source, monkeypatch):
    monkeypatch.setattr(vgg16_weights, "URL_MD5", "0" * 32)
    assert "damaged or not the ImageNet file" in refused(found)
    assert left_behind() == []


def test_a_download_given_up_leaves_nothing(source):
    class Enough(Exception):
        pass

    def progress(done, of):
        raise Enough

    with pytest.raises(Enough):
        find_weights("", progress)
    assert left_behind() == []


def test_without_a_network_the_ways_are_named(source, monkeypatch):
    monkeypatch.setattr(vgg16_weights, "URL", "http://127.0.0.1:9/none.h5")
    text = refused(found)
    assert text.startswith("the ImageNet weights of VGG16 cannot be downloaded (")


def test_a_run_tells_a_download_as_a_phase_and_whose_weights_it_has(vgg16_file, monkeypatch):
    def download(target, progress, ways):
        progress(30, 60)
        progress(60, 60)
        return vgg16_file

    monkeypatch.setattr(vgg16_weights, "_download", download)
    phases, messages = [], []
    session = SimpleNamespace(
        phase=lambda name, done=0, of=0, detail="": phases.append((name, done, of)),
        message=lambda *told: messages.append(told),
    )
    weights = _weights(preset("B"), session, False)
    assert weights.fingerprint == read_weights(vgg16_file).fingerprint
    assert phases == [("weights", 0, 0), ("weights", 60, 60)]
    says = "VGG16 weights, but not the published ImageNet ones"
    assert messages == [(f"{vgg16_file}: {says}", "warning")]
    monkeypatch.setattr(vgg16_weights, "IMAGENET", weights.fingerprint)
    _weights(preset("B"), session, False)
    assert messages[1] == (f"{vgg16_file}: the published ImageNet weights of VGG16, to the bit",)
    assert _weights(preset("A"), session, False) is None


def resumed(tmp_path, named):
    """What `_weights` finds for a run whose newest checkpoint is after its first epoch, and what it
    says."""
    run, messages = RunDir(tmp_path / "run"), []
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    (run.checkpoints / "latest").write_text("000002-000000\n")
    session = SimpleNamespace(
        run=run, phase=lambda *_, **__: None, message=lambda *told: messages.append(told)
    )
    return _weights(preset("B").replace(weights=str(named)), session, True), messages


def test_a_resumed_run_whose_file_has_moved_looks_elsewhere_and_says_so(
    vgg16_file, tmp_path, monkeypatch
):
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", str(vgg16_file))
    weights, ((gone, level), _) = resumed(tmp_path, tmp_path / "moved.h5")
    assert weights.file == vgg16_file
    assert gone == f"{tmp_path / 'moved.h5'}: is gone; looking for VGG16 elsewhere"
    assert level == "warning"


def test_what_a_resumed_run_is_told_to_do_works_for_it(everywhere, tmp_path, monkeypatch):
    for named in (everywhere["named"], tmp_path / "moved.h5", ""):
        with pytest.raises(EnvironmentFault) as error:
            resumed(tmp_path, named)
        assert str(error.value).endswith("; name a file as weights in the run's config.toml")


def test_a_run_that_never_began_gets_no_other_file_than_it_names(vgg16_file, tmp_path, monkeypatch):
    monkeypatch.setenv("AGEGENDER_VGG16_WEIGHTS", str(vgg16_file))
    session = SimpleNamespace(run=RunDir(tmp_path), phase=lambda *_, **__: None)
    config = preset("B").replace(weights=str(tmp_path / "mistyped.h5"))
    with pytest.raises(EnvironmentFault, match=r"mistyped\.h5: weights names it, but there is no"):
        _weights(config, session, True)


# What is in the file


def same(read, layers):
    assert list(read) == list(layers)
    for name, arrays in layers.items():
        for one, other in zip(read[name], arrays, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_published_layout_is_read_and_told_from_imagenets(vgg16_file, vgg16_layers):
    weights = read_weights(vgg16_file)
    same(weights.layers, vgg16_layers)
    assert not weights.is_imagenet
    digest = hashlib.sha256(b"".join(a.tobytes() for pair in vgg16_layers.values() for a in pair))
    assert weights.fingerprint == digest.hexdigest()


@pytest.fixture(scope="module")
def keras3_file(vgg16_file, tmp_path_factory):
    """As Keras itself writes it."""
    model = keras.applications.VGG16(
        weights=str(vgg16_file), include_top=False, input_shape=(128, 128, 3)
    )
    path = tmp_path_factory.mktemp("keras3") / "vgg16.weights.h5"
    model.save_weights(path)
    return path


def test_the_layout_of_keras_3_is_read_and_has_the_same_fingerprint(
    keras3_file, vgg16_file, vgg16_layers
):
    weights = read_weights(keras3_file)
    same(weights.layers, vgg16_layers)
    assert weights.fingerprint == read_weights(vgg16_file).fingerprint


def test_keras_3_files_without_names_go_by_the_place_of_the_layers(keras3_file, vgg16_layers):
    with h5py.File(keras3_file, "r+") as file:
        for layer in file["layers"].values():
            layer["vars"].attrs.pop("name", None)
    same(read_weights(keras3_file).layers, vgg16_layers)


def test_a_file_with_the_classifier_on_top_is_read(tmp_path, vgg16_layers):
    path = tmp_path / "top.h5"
    top = {"fc1": (np.zeros((4, 4), "float32"), np.zeros(4, "float32"))}
    write_applications_layout(path, {**vgg16_layers, **top})
    same(read_weights(path).layers, vgg16_layers)


def test_a_truncated_file_is_named(tmp_path, vgg16_file):
    path = tmp_path / "short.h5"
    path.write_bytes(vgg16_file.read_bytes()[:1_000_000])
    text = refused(read_weights, path)
    assert text.startswith(f"{path}: not a readable .h5 file, or cut short (")


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04" + b"\0" * 999])
def test_a_file_of_another_kind_is_named(tmp_path, content):
    path = tmp_path / "odd.h5"
    path.write_bytes(content)
    assert refused(read_weights, path).startswith(f"{path}: not a readable .h5 file")


def test_a_folder_is_named(tmp_path):
    assert refused(read_weights, tmp_path).startswith(f"{tmp_path}: not a readable .h5 file")


def write(path, shapes):
    write_applications_layout(
        path,
        {n: (np.zeros(s, "float32"), np.zeros(s[-1], "float32")) for n, s in shapes.items()},
    )
    return path


def test_wrong_shapes_are_named_with_the_layer(tmp_path):
    shapes = {**layer_shapes(), "block1_conv2": (5, 5, 64, 64)}
    path = write(tmp_path / "odd.h5", dict(list(shapes.items())[:3]))
    text = refused(read_weights, path)
    assert "block1_conv2 has the shape (5, 5, 64, 64), not (3, 3, 64, 64)" in text


def test_a_missing_layer_is_named(tmp_path):
    path = write(tmp_path / "half.h5", dict(list(layer_shapes().items())[:4]))
    assert "has no layer block3_conv1, so it is not VGG16" in refused(read_weights, path)


def test_an_h5_file_of_something_else_is_named(tmp_path):
    path = tmp_path / "table.h5"
    with h5py.File(path, "w") as file:
        file["block1_conv1"] = np.zeros(3)
        file["block1_conv1"].attrs["weight_names"] = ["a", "b"]
    assert "an .h5 file, but not of VGG16 (" in refused(read_weights, path)
    with h5py.File(path, "w") as file:
        file.create_group("layers/conv2d")
    assert "an .h5 file, but not of VGG16 (" in refused(read_weights, path)


def test_a_damaged_file_in_kerass_cache_is_to_be_deleted(tmp_path):
    keras_cache().mkdir(parents=True)
    path = keras_cache() / CACHED[0]
    path.write_bytes(b"half a page of an error message")
    assert "; delete it to have it downloaded again, " in refused(read_weights, path)


@pytest.mark.skipif(not REAL, reason="AGEGENDER_VGG16_WEIGHTS names no file")
def test_the_real_file_is_the_imagenet_one():
    weights = read_weights(Path(REAL))
    assert weights.is_imagenet
    kernel, bias = weights.layers["block1_conv1"]
    assert kernel.flat[0] == np.float32(0.42947057)
    assert bias[0] == np.float32(0.73429835)
