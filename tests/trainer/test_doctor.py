import errno
import shutil
import subprocess
import sys

import pytest

from trainer import doctor
from trainer.doctor import MISSING, NOTE, OK
from trainer.terminal_pictures import choose


@pytest.mark.parametrize(
    ("environment", "setting"),
    [
        ({"TERM": "xterm-kitty"}, "auto"),
        ({"TERM": "xterm-256color"}, "sixel"),
        ({"TERM": "tmux-256color", "AGEGENDER_PICTURES": "kitty"}, "words"),
        ({}, ""),
    ],
)
def test_the_finding_on_pictures_is_the_dashboards_own_choice(environment, setting):
    found = doctor.pictures_finding(environment, setting, utf8=True)
    assert (found.level, found.text) == (OK, choose(environment, setting=setting).text)


def test_a_wish_for_pictures_that_is_no_protocol_is_named():
    found = doctor.pictures_finding({"AGEGENDER_PICTURES": "jpeg\x1b"}, "", utf8=True)
    assert found.level == NOTE
    assert "'jpeg\\x1b'" in found.text
    assert "sixel" in found.remedy


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, "16 million"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none"),
    ],
)
def test_colours(environment, words):
    assert doctor.colours(environment).startswith(words)


def test_a_missing_package_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package", "rich"))
    missing, there = doctor.package_findings()
    assert (missing.name, missing.level) == ("no-such-package", MISSING)
    assert "pip install" in missing.remedy
    assert there.level == OK


def test_a_missing_package_is_installed_in_a_version_that_works(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("plotext",))
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    (missing,) = doctor.package_findings()
    assert missing.remedy == "run `pip install 'plotext<6,>=5.3.2'` in this environment"
    monkeypatch.setattr(doctor, "_python", lambda *_: "no: libGL.so.1")
    assert "`pip install 'opencv-python-headless<5,>=4.10'`" in doctor.opencv_finding().remedy


def test_a_version_that_the_program_does_not_work_with_is_a_note(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("plotext", "opencv-python-headless", "rich"))
    versions = {"plotext": "6.0.1", "opencv-python": "5.0.0.93", "rich": "14.0.0"}
    monkeypatch.setattr(doctor, "_version", versions.get)
    plots, vision, text = doctor.package_findings()
    assert (plots.level, plots.text) == (NOTE, "6.0.1, but the program needs <6,>=5.3.2")
    assert plots.remedy == "run `pip install 'plotext<6,>=5.3.2'` in this environment"
    assert (vision.level, text.level) == (NOTE, OK)
    assert "'opencv-python<5,>=4.10'" in vision.remedy


def test_every_dependency_of_the_project_is_looked_for():
    import re
    import tomllib
    from pathlib import Path

    project = Path(__file__).parents[2] / "pyproject.toml"
    wanted = tomllib.loads(project.read_text())["project"]["dependencies"]
    assert {re.match(r"[\w-]+", line).group() for line in wanted} == set(doctor.PACKAGES)


def test_a_folder_to_be_made_later_is_tried_where_it_will_be(tmp_path):
    found = doctor.folder_finding("runs folder", tmp_path / "a" / "b", "choose another")
    assert found.level == OK
    assert "GiB free" in found.text
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_no_files_is_missing(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", refuse)
    found = doctor.folder_finding("runs folder", tmp_path, "choose another with --runs")
    assert found.level == MISSING
    assert "Permission denied" in found.text
    assert found.remedy == "choose another with --runs"


def test_a_queue_that_no_run_could_join_is_missing(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AGEGENDER_QUEUE", str(tmp_path / "file" / "queue"))
    monkeypatch.setattr(doctor, "_TRY_TENSORFLOW", "print('[\"2.21.0\", []]')")
    (found,) = [one for one in doctor.examine(tmp_path, {}) if one.level == MISSING]
    assert (found.name, found.remedy) == ("queue folder", "set AGEGENDER_QUEUE to another")


def test_little_disk_is_a_note(tmp_path, monkeypatch):
    monkeypatch.setattr(
        doctor.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1 << 30)
    )
    found = doctor.folder_finding("runs folder", tmp_path, "choose another")
    assert found.level == NOTE
    assert "1.0 GiB free" in found.text


class TestTensorFlow:
    @pytest.fixture
    def answer(self, monkeypatch):
        def use(code):
            monkeypatch.setattr(doctor, "_TRY_TENSORFLOW", code)

        return use

    def test_it_loads(self, answer):
        answer("print('noise'); print('[\"2.21.0\", []]')")
        found = doctor.tensorflow_finding([])
        assert found.level == OK
        assert "2.21.0; it sees the CPU only" in found.text

    def test_it_is_missing(self, answer):
        answer("raise ModuleNotFoundError(\"No module named 'tensorflow'\")")
        found = doctor.tensorflow_finding([])
        assert found.level == MISSING
        assert "No module named 'tensorflow'" in found.text
        assert found.remedy

    def test_it_crashes(self, answer):
        answer("import os; os.abort()")
        found = doctor.tensorflow_finding([])
        assert found.level == MISSING
        assert "signal 6" in found.text

    def test_it_hangs(self, answer, monkeypatch):
        def hangs(command, **named):
            raise subprocess.TimeoutExpired(command, named["timeout"])

        monkeypatch.setattr(subprocess, "run", hangs)
        found = doctor.tensorflow_finding([])
        assert found.level == MISSING
        assert "hangs" in found.text

    def test_it_does_not_see_the_gpu_that_the_driver_sees(self, answer):
        answer("print('[\"2.21.0\", []]')")
        found = doctor.tensorflow_finding(["gpu:0 H100"])
        assert found.level == NOTE
        assert "agegender-tui[cuda]" in found.remedy


def test_the_whole_examination_ends_in_an_exit_code(capsys, monkeypatch):
    import json

    from agegender_tui.cli import main

    monkeypatch.setattr(doctor, "_TRY_TENSORFLOW", "print('[\"2.21.0\", []]')")
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["missing"] == []
    names = {finding["name"] for finding in report["findings"]}
    folders = {"runs folder", "cache folder", "queue folder"}
    assert folders | {"python", "keras", "NVIDIA GPUs"} <= names

    monkeypatch.setattr(doctor, "_TRY_TENSORFLOW", "raise ImportError('libcudart')")
    assert main(["doctor"]) == 5
    out = capsys.readouterr().out
    assert "MISSING  TensorFlow loads" in out
    assert "libcudart" in out
    assert out.endswith("missing: TensorFlow loads\n")


def test_settings_that_cannot_be_read_are_a_note(capsys, monkeypatch):
    from agegender_tui.cli import main
    from agegender_tui.user_settings import settings_file

    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("theme =\n")
    monkeypatch.setattr(doctor, "_TRY_TENSORFLOW", "print('[\"2.21.0\", []]')")
    assert main(["doctor"]) == 0
    assert f"note     settings                {settings_file()}: cannot be read" in (
        capsys.readouterr().out
    )


def test_a_package_that_does_not_load_is_named_and_hides_no_other(monkeypatch):
    monkeypatch.setattr(doctor, "MODULES", ("no_such_module", "sys.nothing", "json"))
    found = doctor.loading_finding()
    assert found.level == MISSING
    assert "no_such_module: No module named 'no_such_module'" in found.text
    assert "sys.nothing" in found.text
    assert "json" not in found.text
    assert "pip install" in found.remedy


def test_packages_that_load(monkeypatch):
    monkeypatch.setattr(doctor, "MODULES", ("json",))
    assert doctor.loading_finding().level == OK


def test_a_folder_that_may_not_even_be_looked_at_is_missing(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(doctor.Path, "exists", refuse)
    found = doctor.folder_finding("runs folder", tmp_path, "choose another with --runs")
    assert (found.level, found.remedy) == (MISSING, "choose another with --runs")


def test_the_examination_itself_needs_no_package_it_looks_for():
    code = (
        "import sys\n"
        "for name in ('cv2', 'numpy', 'textual', 'psutil', 'h5py', 'PIL', 'plotext'):\n"
        "    sys.modules[name] = None\n"
        "import os\n"
        "from pathlib import Path\n"
        "from trainer import doctor\n"
        "doctor._TRY_TENSORFLOW = 'print(\"[1, []]\")'\n"
        "print(len(list(doctor.examine(Path('runs'), os.environ))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_scripts_of_the_folder_one_stands_in_are_not_looked_at(tmp_path, monkeypatch):
    (tmp_path / "rich.py").write_text("raise SystemExit('a script of the user')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "MODULES", ("rich",))
    assert doctor.loading_finding().level == OK
