import argparse
import csv
import dataclasses
import importlib
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from PIL import Image

from agegender_tui import cli, launch
from agegender_tui.cli import COMMANDS, EXIT_CODES, main
from agegender_tui.cli_commands import runs, train
from agegender_tui.exit_status import INTERRUPTED
from agegender_tui.user_settings import settings_file
from tests.agegender_tui.conftest import PATIENCE
from trainer.config import SETTINGS, RunConfig, default_of, from_toml
from trainer.errors import ExitCode
from trainer.runs import control
from trainer.runs.layout import runs_root
from trainer.runs.state import process_started, read_state, write_state
from trainer.user_path import user_path


@pytest.fixture
def root():
    return runs_root()


@pytest.fixture
def faces(tmp_path):
    """A folder with names that would do; the pictures are not looked at before the worker is."""
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(120):
        (folder / f"{20 + number % 50}_{number % 2}_0_2017{number:013d}.jpg").touch()
    return folder


@pytest.fixture
def started(monkeypatch):
    """The settings of runs that would have been started; none is."""
    configs = []
    monkeypatch.setattr(launch, "spawn", lambda run, verb: configs.append(run.config()) or 1)
    return configs


@pytest.fixture
def alive():
    """State fields of a run that shows as alive: this very process works on it."""
    import socket

    own = process_started(os.getpid())
    return {"pid": os.getpid(), "pid_started": own, "host": socket.gethostname()}


def failure(capsys, *arguments):
    code = main(arguments)
    out, err = capsys.readouterr()
    assert err.startswith("agegender-tui: ")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    return code, err


def helped(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([*arguments, "--help"])
    assert left.value.code == 0
    return capsys.readouterr().out


class TestHelp:
    def test_the_first_page_names_every_command_and_exit_code(self, capsys):
        page = helped(capsys)
        assert [name for name in COMMANDS if f"\n  {name} " not in page] == []
        assert "130  interrupted" in page

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_shows_an_example_that_parses(self, capsys, command):
        page = helped(capsys, command)
        assert f"example: agegender-tui {command}" in page
        assert "exit codes:" in page
        import shlex

        module = cli._command(command)
        arguments = shlex.split(module.EXAMPLE)[2:]
        cli.command_parser(command, module).parse_args(arguments)

    def test_every_exit_code_is_explained(self):
        assert set(EXIT_CODES) == set(ExitCode)

    def test_train_offers_every_setting_with_meaning_range_and_default(self, capsys):
        page = " ".join(helped(capsys, "train").split())
        for name, setting in SETTINGS.items():
            if name == "study":  # only the search sets it
                continue
            assert train.option_of(name) in page
            if name != "preset":
                assert " ".join(setting.meaning.split()) in page
            assert setting.range_text() in page
        assert "1 to 4096 images; preset A: 64" in page

    def test_the_version(self, capsys):
        from trainer import __version__

        with pytest.raises(SystemExit):
            main(["--version"])
        assert capsys.readouterr().out == f"agegender-tui {__version__}\n"

    def test_help_loads_neither_textual_nor_numpy(self):
        code = (
            "import sys\nfrom agegender_tui.cli import main\n"
            "try: main(['runs', '--help'])\nexcept SystemExit: pass\n"
            "assert not {'textual', 'numpy', 'rich'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


class TestMistakes:
    def test_an_unknown_command_names_those_there_are(self, capsys):
        code, err = failure(capsys, "trian")
        assert code == ExitCode.USAGE
        assert "'trian' is no command: choose train" in err

    def test_a_dashboard_without_a_terminal_is_refused(self, capsys):
        code, err = failure(capsys)
        assert code == ExitCode.USAGE
        assert "needs a terminal" in err

    @pytest.mark.parametrize(
        ("arguments", "remedy"),
        [
            ("--demo train", "put it after"),
            ("--data /faces evaluate last", "put it after"),
            ("--run last data report", "put it after"),
            ("--pictures blocks runs", "it is for the dashboard; leave it out"),
            ("--run last status", "it is for the dashboard; leave it out"),
            ("--run last data list", "it is for the dashboard; leave it out"),
        ],
    )
    def test_an_option_of_the_dashboard_before_a_command_is_refused(
        self, arguments, remedy, capsys
    ):
        code, err = failure(capsys, *arguments.split())
        assert code == ExitCode.USAGE
        assert f"' has no effect: {remedy}\n" in err

    def test_an_unknown_run(self, capsys):
        code, err = failure(capsys, "status", "zzzz")
        assert code == ExitCode.RUN
        assert "no run 'zzzz'" in err

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["status"], "required: RUN; see `agegender-tui status --help`"),
            (["train", "--frobnicate\x1b[2J"], "--frobnicate\\x1b[2J; see `agegender-tui train"),
            (["--frobnicate"], "--frobnicate; see `agegender-tui --help`"),
            (["stop", ""], "the name of the run is empty"),
        ],
    )
    def test_a_wrong_command_line_is_one_sentence(self, capsys, make_run, root, arguments, says):
        make_run(root)
        _, err = failure(capsys, *arguments)
        assert says in err

    @pytest.mark.parametrize("line", ['"\\u001b[2J" = 1', 'epochs = "\\u001b[2J\\n"'])
    def test_a_settings_file_of_others_cannot_drive_the_terminal(self, capsys, tmp_path, line):
        (tmp_path / "c.toml").write_text(line)
        code, err = failure(capsys, "train", "--config", str(tmp_path / "c.toml"))
        assert code == ExitCode.USAGE
        assert "\x1b" not in err
        assert "\\x1b[2J" in err

    def test_a_package_that_is_missing_is_named_with_the_remedy(self):
        code = (
            "import sys; sys.modules['tomli_w'] = None\n"
            "from agegender_tui.cli import main; sys.exit(main(['runs']))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == ExitCode.ENVIRONMENT
        assert "tomli_w" in done.stderr
        assert "pip install" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_output_onto_a_full_disk_is_no_fault_of_the_program(self, make_run, root):
        make_run(root)
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "agegender_tui", "--runs", str(root), "runs"],
                stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == ExitCode.STORAGE
        assert "is full: free some space" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_a_dashboard_whose_output_is_closed_is_refused(self, root):
        done = subprocess.run(
            ["sh", "-c", '"$0" -m agegender_tui --runs "$1" >&-', sys.executable, str(root)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == ExitCode.USAGE
        assert "needs a terminal" in done.stderr

    def test_what_nobody_expected_goes_to_the_log_which_is_named(
        self, capsys, monkeypatch, make_run, root, isolated
    ):
        make_run(root)

        def broken(*_):
            raise ZeroDivisionError("by nought\nreally")

        monkeypatch.setattr("agegender_tui.cli_commands.runs.table", broken)
        code, err = failure(capsys, "runs")
        assert code == ExitCode.UNEXPECTED
        log = err.strip().rpartition("details in ")[2]
        assert log.startswith(str(isolated))
        with open(log, encoding="utf-8") as file:
            assert "ZeroDivisionError: by nought" in file.read()

    def test_a_closed_pipe_is_no_fault(self, make_run, root):
        make_run(root)
        listing = subprocess.Popen(
            [sys.executable, "-u", "-m", "agegender_tui", "runs"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        listing.stdout.close()
        assert listing.stderr.read() == b""
        assert listing.wait() == 0


class TestTrain:
    def test_settings_come_from_the_preset_and_the_options_over_it(self, started, faces, root):
        code = main(
            [
                *("train", "--data", str(faces), "--epochs", "3", "--no-flip", "--detach"),
                *("--learning-rate", "3e-4", "--label", "first try"),
            ]
        )
        assert code == ExitCode.OK
        assert started == [
            RunConfig(data=str(faces), epochs=3, flip=False, learning_rate=3e-4, label="first try")
        ]

    def test_every_setting_has_an_option_that_sets_it(self, faces):
        module = cli._command("train")
        parser = cli.command_parser("train", module)
        for name in SETTINGS:
            if name in ("preset", "data", "study"):
                continue
            value = default_of(name)
            words = [train.option_of(name), str(value)]
            if isinstance(value, bool):
                words, value = [train.option_of(name).replace("--", "--no-", 1)], False
            of = ["--preset", SETTINGS[name].only or "A"]
            config = train.chosen_config(parser.parse_args([*words, *of, "--data", str(faces)]))
            assert getattr(config, name) == value

    def test_a_settings_file_is_the_start_and_the_options_win(
        self, started, faces, make_run, tmp_path
    ):
        old = make_run(tmp_path, settings={"batch_size": 16, "hue": 0.1}, data=str(faces))
        main(["train", "--config", str(old.config_file), "--hue", "0.2", "--detach"])
        assert started == [from_toml(old.config_file).replace(hue=0.2)]

    def test_the_data_folder_is_kept_as_an_absolute_path(self, started, faces, monkeypatch):
        monkeypatch.chdir(faces.parent)
        main(["train", "--data", "faces", "--detach"])
        assert started[0].data == str(faces)

    def test_detached_it_prints_the_id_and_nothing_else(self, started, faces, root, capsys):
        assert main(["train", "--data", str(faces), "--detach"]) == ExitCode.OK
        (run,) = root.iterdir()
        assert capsys.readouterr().out == f"{run.name}\n"
        assert read_state_of(run).state == "queued"

    def test_settings_that_would_name_the_weights_of_b_and_cannot_be_read_are_told(
        self, started, faces, capsys
    ):
        settings_file().parent.mkdir(parents=True)
        settings_file().write_text('vgg16_weights = "/w.h5"\ntheme =\n')
        command = ["train", "--data", str(faces), "--detach", "--preset"]
        main([*command, "A"])
        assert capsys.readouterr().err == ""
        main([*command, "B"])
        assert f"{settings_file()}: cannot be read" in capsys.readouterr().err
        settings_file().write_text('vgg16_weights = "/w.h5"\n')
        main([*command, "B"])
        assert capsys.readouterr().err == ""
        assert [config.weights for config in started] == ["", "", "/w.h5"]

    def test_the_runs_folder_may_be_named_before_or_after(self, started, faces, tmp_path):
        main(["--runs", str(tmp_path / "a"), "train", "--data", str(faces), "--detach"])
        main(["train", "--runs", str(tmp_path / "b"), "--data", str(faces), "--detach"])
        assert len(list((tmp_path / "a").iterdir())) == len(list((tmp_path / "b").iterdir())) == 1

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--batch-size", "0"], "--batch-size: batch_size is 0: give 1 to 4096 images"),
            (["--epochs", "many"], "--epochs: epochs is 'many': give a whole number"),
            (["--precision", "half"], "--precision: "),
            (
                ["--preset", "Z"],
                "preset is 'Z': choose A or B or B-features or A-best or B-best or A-demo",
            ),
            (["--config", "none.toml"], "none.toml: cannot be read"),
        ],
    )
    def test_a_bad_setting_names_its_option_and_starts_nothing(
        self, capsys, started, faces, root, arguments, words
    ):
        code, err = failure(capsys, "train", "--detach", "--data", str(faces), *arguments)
        assert code == ExitCode.USAGE
        assert words in err
        assert started == []
        assert not root.exists()

    def test_no_data_set_is_refused_with_both_remedies(self, capsys, started):
        code, err = failure(capsys, "train")
        assert code == ExitCode.USAGE
        assert "--data" in err
        assert "--demo" in err

    @pytest.mark.parametrize("what", ["missing", "empty", "a file"])
    def test_a_data_set_that_cannot_be_used_starts_nothing(
        self, capsys, started, tmp_path, root, what
    ):
        folder = tmp_path / "set"
        if what == "empty":
            folder.mkdir()
        elif what == "a file":
            folder.touch()
        code, err = failure(capsys, "train", "--detach", "--data", str(folder))
        assert code == ExitCode.DATA
        assert str(folder) in err
        assert not root.exists()

    def test_fewer_faces_than_a_batch_start_nothing(self, capsys, started, faces, root):
        code, err = failure(
            capsys, "train", "--detach", "--data", str(faces), "--batch-size", "512"
        )
        assert code == ExitCode.DATA
        assert "512" in err
        assert not root.exists()


def read_state_of(path):
    from trainer.runs.layout import RunDir

    return read_state(RunDir(path))


class TestFollowing:
    @pytest.fixture
    def worker(self, monkeypatch):
        """Replaces the worker's process by one that writes a line into the log of its run, and how
        it ended into its state."""

        def use(line):
            def spawn(run, verb):
                with open(run.events_file, "a") as log:
                    log.write(line + "\n")
                ended = dataclasses.replace(read_state(run), state=json.loads(line)["state"])
                write_state(run, ended)

            monkeypatch.setattr(launch, "spawn", spawn)

        return use

    END = '{"v":1,"seq":0,"t":1,"type":"end","state":"%s","text":"why","epoch":1,"code":%d}'

    @pytest.mark.parametrize(("state", "code"), [("finished", 0), ("stopped", 8), ("failed", 7)])
    def test_the_exit_code_is_that_of_the_run(self, worker, faces, capsys, state, code):
        worker(self.END % (state, code))
        assert main(["train", "--data", str(faces)]) == code
        out = capsys.readouterr().out.splitlines()
        assert out[0].startswith("run 2")
        assert out[1:] == [f"{state}: why"]

    def test_json_lines_begin_with_the_run(self, worker, faces, capsys, root):
        worker(self.END % ("finished", 0))
        main(["train", "--data", str(faces), "--json"])
        first, last = map(json.loads, capsys.readouterr().out.splitlines())
        (run,) = root.iterdir()
        assert first == {"type": "started", "run": run.name, "path": str(run)}
        assert last["type"] == "end"

    def test_a_resumed_run_tells_only_what_is_new(self, worker, make_run, root, capsys):
        run = make_run(root, state="stopped", epochs=3)
        worker(self.END % ("finished", 0))
        assert main(["resume", "last"]) == 0
        assert capsys.readouterr().out.splitlines() == [f"run {run.id}", "finished: why"]

    def test_an_interrupt_leaves_the_run_and_says_how_to_end_it(self, faces, root, tmp_path):
        script = tmp_path / "follow.py"
        script.write_text(
            "import signal, sys, time\nfrom agegender_tui import cli, launch\n"
            # A shell's background job, which these tests may be, ignores it.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "launch.spawn, sleep = lambda run, verb: 1, time.sleep\n"
            "time.sleep = lambda seconds: print('follows', flush=True) or sleep(seconds)\n"
            "sys.exit(cli.main(sys.argv[1:]))\n"
        )
        following = subprocess.Popen(
            [sys.executable, script, "train", "--data", str(faces)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            named = following.stdout.readline().split()[1]
            assert "follows\n" in following.stdout
            following.send_signal(signal.SIGINT)
            _, err = following.communicate(timeout=PATIENCE)
        finally:
            following.kill()
            following.wait()
        assert following.returncode == INTERRUPTED
        assert err == (
            f"the run goes on; `agegender-tui status {named} --follow` follows it again, "
            f"`agegender-tui stop {named}` ends it\n"
        )
        assert read_state_of(root / named).state == "queued"


class TestTelling:
    @pytest.mark.parametrize("command", ["pause", "stop"])
    def test_a_living_run_is_asked(self, make_run, root, alive, capsys, command):
        run = make_run(root, state="training", **alive)
        assert main([command, "last"]) == ExitCode.OK
        assert [name for _, name in control.pending(run)] == [command]
        assert run.id in capsys.readouterr().out

    @pytest.mark.parametrize("command", ["pause", "stop", "kill"])
    def test_a_run_that_ended_is_not(self, make_run, root, capsys, command):
        make_run(root)
        code, _ = failure(capsys, command, "last")
        assert code == ExitCode.RUN

    def test_stop_can_wait_for_the_end(self, make_run, root, alive, capsys, monkeypatch):
        run = make_run(root, state="training", **alive)

        def worker_stops(_):
            from trainer.runs.state import RunState, write_state

            assert [name for _, name in control.take(run)] == ["stop"]
            write_state(run, RunState(state="stopped", text="stopped and saved"))

        monkeypatch.setattr("agegender_tui.cli_commands.stop.time.sleep", worker_stops)
        assert main(["stop", "last", "--wait"]) == ExitCode.OK
        assert capsys.readouterr().out == f"{run.id} stopped: stopped and saved\n"

    def test_waiting_for_a_worker_that_dies_ends_with_the_remedy(
        self, make_run, root, alive, capsys, monkeypatch
    ):
        run = make_run(root, state="training", **alive)

        def worker_dies(_):
            import dataclasses

            from trainer.runs.state import write_state

            write_state(run, dataclasses.replace(read_state(run), pid_started=1.0))

        monkeypatch.setattr("agegender_tui.cli_commands.stop.time.sleep", worker_dies)
        code, err = failure(capsys, "stop", "last", "--wait")
        assert code == ExitCode.RUN
        assert "agegender-tui resume" in err

    def test_a_run_lost_on_another_host_is_marked_stopped(self, make_run, root, capsys):
        run = make_run(root, state="training")
        assert main(["kill", run.id]) == ExitCode.OK
        assert read_state(run).state == "stopped"
        assert f"stopped {run.id}: its worker on bench is lost" in capsys.readouterr().out

    def test_a_run_lost_here_is_not_killed(self, make_run, root, alive, capsys):
        make_run(root, state="training", **alive | {"pid_started": 1.0})
        code, err = failure(capsys, "kill", "last")
        assert code == ExitCode.RUN
        assert "is lost: there is no worker to kill" in err


class TestLooking:
    def test_the_table_has_a_line_a_run_newest_first(self, make_run, root, capsys):
        make_run(root, label="older", data="/data/UTKFace")
        make_run(root, state="training", label="newer")
        assert main(["runs"]) == ExitCode.OK
        heading, newer, older = capsys.readouterr().out.splitlines()
        assert re.split("  +", heading) == list(runs.HEADINGS)
        assert "lost" in newer
        assert newer.endswith("newer")
        assert "UTKFace" in older
        assert "5/10" in older

    def test_names_of_others_cannot_drive_the_terminal(self, make_run, root, capsys):
        run = make_run(root, data="/data/\x1b[2J", text="\x1b[2J")
        run.label_file.write_text("\x1b[31mred")
        main(["runs"])
        main(["status", "last"])
        assert "\x1b" not in capsys.readouterr().out

    def test_no_runs_say_how_to_start_one(self, capsys, root):
        assert main(["runs"]) == ExitCode.OK
        assert "agegender-tui train --demo" in capsys.readouterr().out
        main(["runs", "--json"])
        assert json.loads(capsys.readouterr().out) == []

    def test_records_are_json_whatever_the_figures(self, make_run, root, capsys):
        make_run(root, best={"age_mae": float("nan"), "epoch": 1.0})
        broken = make_run(root)
        broken.state_file.unlink()

        def no_nan(name):
            raise AssertionError(name)

        main(["runs", "--json"])
        newer, older = json.loads(capsys.readouterr().out, parse_constant=no_nan)
        assert newer["state"] == "broken"
        assert "missing; take what you need" in newer["text"]
        assert older["best"] == {"age_mae": None, "epoch": 1.0}

    def test_a_filter_narrows_the_list(self, make_run, root, capsys):
        pytest.importorskip("agegender_tui.run_filter")
        make_run(root, state="failed")
        kept = make_run(root, state="finished")
        main(["runs", "--filter", "state=finished", "--json"])
        assert [row["run"] for row in json.loads(capsys.readouterr().out)] == [kept.id]

    def test_the_status_of_a_finished_run(self, make_run, root, capsys):
        run = make_run(root, label="first", text="all 5 epochs done")
        assert main(["status", "last"]) == ExitCode.OK
        out = capsys.readouterr().out
        for words in (run.id, "first", "finished", "epoch 5/10", "all 5 epochs done", "cpu on"):
            assert words in out

    def test_a_run_without_a_finite_loss_shows_no_best_figures(self, make_run, root, capsys):
        make_run(root, best={"epoch": 1.0, "loss": float("nan"), "gender_accuracy": 0.48})
        for command in (["status", "last"], ["runs"]):
            main(command)
            assert "48.0%" not in capsys.readouterr().out
        main(["status", "last", "--json"])
        assert json.loads(capsys.readouterr().out)["best"] is None

    def test_the_status_of_a_lost_run_says_so_in_words_and_code(self, make_run, root, capsys):
        run = make_run(root, state="training")
        assert main(["status", "last"]) == ExitCode.RUN
        assert f"agegender-tui resume {run.id}" in capsys.readouterr().out

    def test_one_under_way_is_followed_from_its_first_epoch_on(
        self, make_run, root, alive, capsys, monkeypatch
    ):
        run = make_run(root, state="training", epochs=2, **alive)

        def end(_):
            state = dataclasses.replace(read_state(run), state="stopped", text="enough")
            write_state(run, state)

        monkeypatch.setattr("agegender_tui.watch_line.time.sleep", end)
        monkeypatch.setattr("agegender_tui.watch_line.ALIVE_SECONDS", 0)
        assert main(["status", "last", "--follow"]) == ExitCode.STOPPED
        lines = capsys.readouterr().out.splitlines()
        assert (lines[0], lines[-1]) == (f"run {run.id}", "stopped: enough")
        epochs = [line.split()[1] for line in lines if line.startswith("epoch ")]
        assert epochs == ["1/10", "2/10"]

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            ({"state": "finished"}, 0),
            ({"state": "training"}, ExitCode.RUN),
            ({"state": "stopped"}, ExitCode.STOPPED),
            ({"state": "failed", "code": ExitCode.DATA}, ExitCode.DATA),
        ],
    )
    def test_one_that_is_over_or_lost_is_told_without_being_followed(
        self, make_run, root, capsys, state, code
    ):
        make_run(root, **state)
        assert main(["status", "last", "--follow"]) == code
        assert capsys.readouterr().out.startswith("run       2")

    def test_a_run_elsewhere_is_named_with_its_folder(self, make_run, tmp_path, capsys):
        elsewhere = tmp_path / "its runs"
        run = make_run(elsewhere, state="training")
        main(["status", "last", "--runs", str(elsewhere)])
        assert f"resume {run.id} --runs '{elsewhere}'` goes on" in capsys.readouterr().out

    def test_a_request_under_way_shows(self, make_run, root, alive, capsys):
        make_run(root, state="stopping", asked="stop", asked_at=1.0, **alive)
        main(["status", "last"])
        assert "stopping (stop asked" in capsys.readouterr().out

    def test_the_status_of_a_broken_run_is_its_problem(self, make_run, root, capsys):
        run = make_run(root)
        run.state_file.write_text('{"v": 99, "state": "finished"}')
        code, err = failure(capsys, "status", run.id)
        assert code == ExitCode.RUN
        assert "newer version" in err
        assert main(["status", run.id, "--json"]) == ExitCode.RUN
        assert json.loads(capsys.readouterr().out)["state"] == "broken"


class TestExport:
    def test_a_living_run_is_exported_from_its_events(self, make_run, root, tmp_path, monkeypatch):
        run = make_run(root, state="training", epochs=4)
        monkeypatch.chdir(tmp_path)
        assert main(["export", "last"]) == ExitCode.OK
        with open(f"{run.id}-history.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
        assert float(rows[0]["val_age_mae"]) > float(rows[3]["val_age_mae"]) > 0
        with Image.open(f"{run.id}-curves.png") as image:
            assert image.size == (1400, 1000)

    def test_only_what_was_named_is_written(self, make_run, root, tmp_path, monkeypatch):
        make_run(root)
        folder = tmp_path / "out"
        folder.mkdir()
        monkeypatch.chdir(folder)
        main(["export", "last", "--csv", "mine.csv"])
        assert os.listdir(folder) == ["mine.csv"]

    def test_several_runs_are_overlaid_and_their_figures_printed(
        self, make_run, root, tmp_path, monkeypatch, capsys
    ):
        one, two = make_run(root, epochs=4), make_run(root, epochs=3, preset="B", label="tuned")
        monkeypatch.chdir(tmp_path)
        assert main(["export", one.id, two.id[-4:], one.id]) == ExitCode.OK
        stem = f"overlay-{one.id[-4:]}-{two.id[-4:]}"
        with open(f"{stem}-epochs.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["model"] for row in rows] == ["A"] * 4 + ["B"] * 3
        with open(f"{stem}-figures.csv", newline="") as file:
            figures = list(csv.DictReader(file))
        assert [row["parameters"] for row in figures] == ["2517442", "15144002"]
        assert Image.open(f"{stem}.png").size[0] == 1400
        out = capsys.readouterr().out
        assert "epochs to best" in out and f"tuned (B {two.id[-4:]})" in out

    def test_figures_of_one_run_are_written_where_asked(self, make_run, root, tmp_path):
        make_run(root)
        target = tmp_path / "f.csv"
        assert main(["export", "last", "--figures", str(target)]) == ExitCode.OK
        assert target.read_text().startswith("run,label,model,preset,epochs,best_epoch")

    def test_more_runs_than_a_picture_tells_apart_are_refused(self, make_run, root, capsys):
        ids = [make_run(root).id for _ in range(7)]
        code, err = failure(capsys, "export", *ids)
        assert code == ExitCode.USAGE
        assert "7 runs" in err and "at most 6, or --csv and --figures without --png" in err
        assert failure(capsys, "export", *ids, "--csv", "c.csv", "--png", "c.png")[0] == code

    def test_tables_alone_are_of_any_number_of_runs(self, make_run, root, tmp_path):
        ids = [make_run(root, epochs=2).id for _ in range(7)]
        epochs, figures = tmp_path / "epochs.csv", tmp_path / "figures.csv"
        arguments = ["--csv", str(epochs), "--figures", str(figures)]
        assert main(["export", *ids, *arguments]) == ExitCode.OK
        assert len(epochs.read_text().splitlines()) == 1 + 7 * 2
        assert len(figures.read_text().splitlines()) == 1 + 7

    def test_a_run_without_an_epoch_has_nothing_to_export(self, make_run, root, capsys):
        make_run(root, epochs=0)
        code, err = failure(capsys, "export", "last")
        assert code == ExitCode.RUN
        assert "no finished epoch" in err
        damaged = make_run(root)
        damaged.events_file.write_text("rubbish\n")
        code, err = failure(capsys, "export", damaged.id)
        assert code == ExitCode.RUN
        assert f"{damaged.events_file}: tells of no epoch" in err

    def test_a_folder_in_the_place_of_the_file_is_named(self, make_run, root, tmp_path, capsys):
        make_run(root)
        code, err = failure(capsys, "export", "last", "--csv", str(tmp_path))
        assert code == ExitCode.STORAGE
        assert "is a folder; name a file in it" in err

    def test_a_place_that_takes_no_file_is_named(self, make_run, root, capsys, monkeypatch):
        make_run(root)
        monkeypatch.setattr(os, "access", lambda *_: False)
        code, err = failure(capsys, "export", "last", "--csv", "mine.csv")
        assert code == ExitCode.STORAGE
        assert "mine.csv: no permission to write there; name another place" in err

    def test_a_folder_that_does_not_exist_is_named(self, make_run, root, tmp_path, capsys):
        make_run(root)
        code, err = failure(capsys, "export", "last", "--png", str(tmp_path / "no" / "c.png"))
        assert code == ExitCode.STORAGE
        assert "does not exist" in err


class TestDashboard:
    def test_it_opens_on_a_terminal_with_what_was_named(self, monkeypatch, make_run, root):
        import types

        run = make_run(root)
        asked = {}

        def opened(where, **named):
            asked.update(root=where, **named)
            return 0

        app = types.ModuleType("agegender_tui.app")
        app.run = opened
        monkeypatch.setitem(sys.modules, "agegender_tui.app", app)
        monkeypatch.setattr("agegender_tui.app", app, raising=False)
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
        assert main(["--data", "/faces", "--run", "last", "--pictures", "words"]) == 0
        assert asked == {
            "root": root,
            "demo": False,
            "data": "/faces",
            "open_run": str(run.path),
            "pictures": "words",
        }

    def test_a_run_that_does_not_exist_is_told_before_the_screen_is_taken(self, capsys):
        code, err = failure(capsys, "--run", "zzzz")
        assert code == ExitCode.RUN
        assert "no run 'zzzz'" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "last", "--png", "NAME.png"],
        ["evaluate", "last", "--report", "NAME"],
        ["data", "report", "--html", "NAME/report.html", "faces"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_place_that_cannot_be_looked_at_is_refused_by_name(arguments, tmp_path, capsys):
    long = "a" * 300
    arguments = [one.replace("NAME", str(tmp_path / long)) for one in arguments]
    assert main([*arguments[:1], "--runs", str(tmp_path / "runs"), *arguments[1:]]) == (
        ExitCode.STORAGE
    )
    said = capsys.readouterr().err
    assert f"{long}" in said and "cannot be written (File name too long); " in said


def test_a_current_folder_that_is_gone_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    monkeypatch.delenv("AGEGENDER_RUNS", raising=False)
    (tmp_path / "gone").rmdir()
    assert main(["runs"]) == ExitCode.STORAGE
    assert capsys.readouterr().err == (
        "agegender-tui: the current folder is gone, moved or deleted: change to another, or give "
        "whole paths\n"
    )


@pytest.mark.parametrize("command", [["train", "--help"], ["predict", "--help"], ["doctor"]])
def test_an_old_character_set_is_no_fault(command, tmp_path):
    code = (
        "import sys\n"
        "from agegender_tui import cli\n"
        "from trainer import doctor\n"
        "doctor.examine = lambda *_: iter([doctor.Finding('a', doctor.NOTE, 'b', 'c → d')])\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "B", "--residual"], "--residual: is of model A alone, and this is model B"),
        (["--preset", "A", "--rate-decay", "0.4"], "--rate-decay: is of model B alone, and this"),
        (["--preset", "B", "--heads-first", "60"], "--heads-first: heads_first is 60, of 60 epo"),
    ],
)
def test_an_option_without_effect_starts_no_run(options, said, tmp_path, capsys):
    assert main(["train", "--data", str(tmp_path), *options]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "given", "option"),
    [
        ("predict", "a.jpg", "out"),
        ("predict", "a.jpg", "cam"),
        ("export", "last", "csv"),
        ("export", "last", "png"),
        ("export", "last", "figures"),
        ("export", "last", "onnx"),
        ("export", "last", "tflite"),
        ("export", "last", "compact"),
        ("join", "a.part.h5", "out"),
        ("data_report", "faces", "html"),
        ("data_report", "faces", "json"),
        ("evaluate", "last", "report"),
    ],
)
def test_a_tilde_after_an_option_and_its_equals_sign_is_the_home_folder(command, given, option):
    module = importlib.import_module(f"agegender_tui.cli_commands.{command}")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    options = parser.parse_args([given, f"--{option}=~/there"])
    assert getattr(options, option) == user_path("~") / "there"


def test_settings_are_read_below_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my.toml").write_text("epochs = 7\n")
    options = cli.command_parser("train", train).parse_args(["--demo", "--config=~/my.toml"])
    assert train.chosen_config(options).epochs == 7


def with_checkpoint(run, size):
    folder = run.checkpoints / "000004-000000"
    folder.mkdir(parents=True)
    (folder / "arrays.npz").write_bytes(b"a" * size)
    run.model_file("A").touch()
    return run


def test_finished_runs_are_freed_of_their_checkpoints_and_others_keep_them(root, make_run, capsys):
    one, stopped, two, _ = (
        with_checkpoint(make_run(root, state=state), size)
        for state, size in (
            ("finished", 3_000_000),
            ("stopped", 9),
            ("finished", 20_000_000),
            ("finished", 0),
        )
    )
    (root / "20261123-000900-A-half").mkdir()
    newer = with_checkpoint(make_run(root), 9)
    newer.state_file.write_text('{"v": 99, "state": "finished"}')
    assert main(["free", "--finished"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert f"{one.id}  3.0 MB" in lines
    assert f"{two.id}  20 MB" in lines
    assert lines[-1] == "freed 23 MB"
    assert not any((run.checkpoints / "000004-000000").exists() for run in (one, two))
    assert all((run.checkpoints / "000004-000000").exists() for run in (stopped, newer))
    assert main(["free", "--finished"]) == ExitCode.OK
    assert capsys.readouterr().out == "nothing to free: no checkpoints of a finished run\n"


def test_one_that_is_not_finished_does_not_keep_others_from_being_freed(root, make_run, capsys):
    stopped, one = (
        with_checkpoint(make_run(root, state=state), 3_000_000) for state in ("stopped", "finished")
    )
    code, said = failure(capsys, "free", stopped.id, one.id)
    assert code == ExitCode.RUN
    assert f"{stopped.id} is stopped, and its checkpoints are what it goes on from" in said
    another = with_checkpoint(make_run(root, state="failed"), 9)
    _, said = failure(capsys, "free", stopped.id, another.id)
    assert f"2 refused, first {stopped.id} is stopped" in said
    assert not (one.checkpoints / "000004-000000").exists()


@pytest.mark.parametrize("arguments", [(), ("last", "--finished")])
def test_which_runs_to_free_is_said_in_one_way(arguments, capsys):
    code, said = failure(capsys, "free", *arguments)
    assert code == ExitCode.USAGE
    assert "RUN" in said or "--finished" in said
