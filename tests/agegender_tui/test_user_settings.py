"""Theme and keys of the user: kept, read back, and never in the way when damaged."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path

import pytest

from agegender_tui.user_settings import (
    DEFAULT_THEME,
    UserSettings,
    read_settings,
    save_theme,
    settings_file,
    with_theme,
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_lies_in_the_config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "agegender-tui" / "settings.toml"


def test_without_a_file_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml") == (UserSettings(), "")


def test_theme_and_keys_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'theme = "nord"\n[keys]\n"runs.new" = "a, f5"\nrun.full = "v"\n')
    settings, warning = read_settings(path)
    assert settings == UserSettings("nord", {"runs.new": "a,f5", "run.full": "v"})
    assert warning == ""


def test_the_file_of_vgg16s_weights_is_read_and_a_bad_one_is_named(tmp_path: Path) -> None:
    settings, _ = read_settings(written(tmp_path, 'vgg16_weights = "~/vgg16.h5"\n'))
    assert settings == UserSettings(vgg16_weights="~/vgg16.h5")
    settings, warning = read_settings(written(tmp_path, "vgg16_weights = 16\n"))
    assert settings == UserSettings()
    assert warning.endswith("vgg16_weights")


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ('"runs.nwe" = "a"', "keys.runs.nwe"),
        ('"runs.copy" = 3', "keys.runs.copy"),
        ('"runs.copy" = ""', "keys.runs.copy"),
        ('"runs.copy" = "f6,"', "keys.runs.copy"),
        ('"runs.copy" = "d"', "keys.runs.copy (d is the key of runs.diff)"),
        ('"runs.copy" = "?"', "keys.runs.copy (? is the key of app.help)"),
        ('"runs.copy" = "nosuchkey"', "keys.runs.copy (nosuchkey is no key)"),
        ('"runs.copy" = "f6, ctrl+"', "keys.runs.copy (ctrl+ is no key)"),
        ('"runs.copy" = "ESC"', "keys.runs.copy (esc is the key of runs.clear)"),
    ],
)
def test_one_bad_key_is_named_and_spoils_nothing_else(tmp_path: Path, bad: str, named: str) -> None:
    path = written(tmp_path, f'theme = "nord"\n[keys]\n"runs.new" = "a"\n{bad}\n')
    settings, warning = read_settings(path)
    assert settings == UserSettings("nord", {"runs.new": "a"})
    assert warning == f"{path}: left out, as not understood: {named}"


def test_all_that_is_bad_is_named_in_one_warning(tmp_path: Path) -> None:
    settings, warning = read_settings(written(tmp_path, 'theme = 3\nkeys = "x"\nco\\lour = 1\n'))
    assert settings == UserSettings()
    assert "cannot be read" in warning
    settings, warning = read_settings(written(tmp_path, 'theme = 3\nkeys = "x"\ncolour = 1\n'))
    assert settings == UserSettings()
    assert warning.endswith("colour, theme, keys")


def test_a_file_with_a_mark_before_its_text_is_read_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "nord"\npictures = "words"\n', encoding="utf-8-sig")
    assert read_settings(path) == (UserSettings("nord", pictures="words"), "")
    assert save_theme(path, "agegender-light") == ""
    assert read_settings(path) == (UserSettings("agegender-light", pictures="words"), "")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "theme = \n")
    settings, warning = read_settings(path)
    assert settings.theme == DEFAULT_THEME
    assert warning.startswith(f"{path}: cannot be read")


def test_bytes_that_are_no_text_are_survived(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe")
    assert "cannot be read" in read_settings(path)[1]
    assert "not kept" in save_theme(path, "nord")
    assert path.read_bytes() == b"\xff\xfe"


def test_a_chosen_theme_is_kept_and_the_rest_of_the_file_with_it(tmp_path: Path) -> None:
    path = written(tmp_path, '# mine\ntheme = "nord"  # dark\n\n[keys]\n# new\n"runs.new" = "a"\n')
    assert save_theme(path, "agegender-light") == ""
    assert path.read_text() == (
        '# mine\ntheme = "agegender-light"\n\n[keys]\n# new\n"runs.new" = "a"\n'
    )


def test_the_first_choice_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.toml"
    assert save_theme(path, "nord") == ""
    assert read_settings(path) == (UserSettings("nord"), "")


def test_a_full_disk_is_said_without_talk_of_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = save_theme(tmp_path / "settings.toml", "nord")
    assert "free some space, or set XDG_CONFIG_HOME to another folder" in said


def test_a_theme_goes_before_the_tables() -> None:
    text = with_theme('[keys]\ntheme = "not this"\n', "nord")
    assert tomllib.loads(text) == {"theme": "nord", "keys": {"theme": "not this"}}


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = save_theme(tmp_path / "file" / "settings.toml", "nord")
    assert "the theme is not kept" in said


def test_how_pictures_are_shown_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('pictures = "sixel"\n')
    assert read_settings(path) == (UserSettings(pictures="sixel"), "")
    path.write_text('pictures = "jpeg"\n')
    settings, warning = read_settings(path)
    assert settings == UserSettings()
    assert "jpeg" in warning and "blocks" in warning


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    kept, link = tmp_path / "dotfiles.toml", tmp_path / "settings.toml"
    kept.write_text('vgg16_weights = "/w.h5"\n')
    link.symlink_to(kept)
    assert save_theme(link, "nord") == ""
    assert link.is_symlink()
    assert "nord" in kept.read_text() and "/w.h5" in kept.read_text()
