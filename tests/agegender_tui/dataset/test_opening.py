"""What is known of a data set is put to its rows by name."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from agegender_tui.dataset.face_filter import View
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import row_of, with_model, with_parts
from agegender_tui.dataset.session import Session
from tests.agegender_tui.dataset.conftest import NAMES, keep_report
from trainer.data.exclusions import Curator
from trainer.data.index import Index, browsable_index, build_index
from trainer.data.labels import Label
from trainer.data.source import DataSource
from trainer.errors import DataError, RunError
from trainer.runs.layout import RunDir


def test_every_name_leads_to_its_row_and_no_other_to_any(faces: FaceSet) -> None:
    assert [faces.name(row_of(faces, name) or 0) for name in NAMES] == list(NAMES)
    assert row_of(faces, "99_0_0_z.jpg") is None
    assert row_of(faces, "") is None


def test_flags_are_those_of_the_report(faces: FaceSet) -> None:
    row = row_of(faces, "25_1_1_b.jpg")
    assert row is not None
    assert faces.flags[row] == [("blurred", "sharpness 3")]
    assert faces.tags(len(faces) - 1) == ["unlabelled", "unlabelled"]


def test_the_split_leaves_out_what_is_excluded(folder: Path) -> None:
    Curator(folder).exclude(["25_1_1_b.jpg"])
    drawn = with_parts(FaceSet(build_index(folder)))
    assert drawn.part(row_of(drawn, "25_1_1_b.jpg") or 0) == ""
    assert sum(bool(mark) for mark in drawn.parts) == 6
    assert "copies not yet looked for" in drawn.parts_from


def test_copies_known_from_the_report_stay_in_one_part(folder: Path) -> None:
    index = build_index(folder)
    keep_report(index, {})
    *_, faces = Session(DataSource(folder)).open()
    assert "copies" not in faces.parts_from
    twins = dataclasses.replace(faces.report, hashes=["same"] * len(index.files))  # type: ignore[type-var]
    assert set(with_parts(dataclasses.replace(faces, report=twins)).parts) == {1}


def test_a_run_on_other_files_is_refused(
    faces: FaceSet, predicting: RunDir, tmp_path: Path
) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "1_0_0_z.jpg").write_bytes(b"x")
    others = FaceSet(build_index(tmp_path / "others"))
    with pytest.raises(RunError, match="choose a run on this folder"):
        with_model(others, predicting)
    with pytest.raises(RunError, match="choose a run on this folder"):
        with_parts(others, predicting)
    predicting.split_file.unlink()
    with pytest.raises(RunError, match=r"split.csv: is not there"):
        with_parts(faces, predicting)


def test_a_run_on_another_folder_with_the_same_names_is_refused(
    predicting: RunDir, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "others"
    shutil.copytree(folder, other)
    faces = FaceSet(build_index(other))  # whose labels are not those of the run's split
    with pytest.raises(RunError, match="choose a run on this folder"):
        with_model(faces, predicting)
    with open(predicting.split_file, "w") as file:
        file.write("file,part,age,gender\n25_1_2_c.jpg,validation,25,1\n31_0_3_d.jpg,train,31,0\n")
    moved = with_model(faces, predicting)
    assert moved.part(row_of(moved, "25_1_2_c.jpg") or 0) == "validation"


def test_a_run_is_read_with_a_name_that_is_no_utf8(folder: Path, predicting: RunDir) -> None:
    name = os.fsdecode(b"55_1_0_\xff.jpg")
    (folder / name).write_bytes(b"x")
    said = predicting.predictions_file.read_bytes() + b"55_1_0_\xff.jpg,55,1,50,0.9\n"
    predicting.predictions_file.write_bytes(said)
    parts = predicting.split_file.read_bytes() + b"55_1_0_\xff.jpg,validation,55,1\n"
    predicting.split_file.write_bytes(parts)
    judged = with_model(FaceSet(build_index(folder)), predicting)
    row = row_of(judged, name)
    assert row is not None and judged.part(row) == "validation"
    assert judged.model is not None and judged.model.said[row].age == 50


def test_what_a_model_disbelieves_is_a_finding_in_place_of_an_older_one(
    folder: Path, predicting: RunDir
) -> None:
    keep_report(build_index(folder), {"model-disbelieves": [("5_0_0_a.jpg", "old")]})
    *_, faces = Session(DataSource(folder)).open()
    judged = with_model(faces, predicting)
    (finding,) = judged.findings
    assert list(finding.faces) == ["82_1_0_g.jpg", "31_0_3_d.jpg"]
    assert predicting.id in finding.title


def test_what_workers_are_given_has_a_short_repr(faces: FaceSet, predicting: RunDir) -> None:
    """Textual makes one on the thread of the screen, which names of all faces would hold up."""
    said = repr((with_model(faces, predicting), View(chosen=tuple(1000 * NAMES))))
    assert NAMES[0] not in said and "blurred" not in said and len(said) < 1000


class TestSession:
    def test_opening_shows_the_names_first_and_then_what_is_known(self, folder: Path) -> None:
        keep_report(build_index(folder), {"blank": [("5_0_0_a.jpg", "")]})
        first, whole = Session(DataSource(folder)).open()
        assert (len(first), first.report, first.parts) == (len(NAMES), None, b"")
        assert whole.report is not None and len(whole.parts) == whole.labelled

    def test_names_read_before_are_not_read_again_until_one_changes(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        *_, before = Session(DataSource(folder)).open()
        read: list[DataSource] = []

        def reading(source: DataSource) -> Index:
            read.append(source)
            return browsable_index(source)

        monkeypatch.setattr("agegender_tui.dataset.session.browsable_index", reading)
        *_, again = Session(DataSource(folder)).open()
        assert (again, read) == (before, [])
        (folder / "99_0_0_z.jpg").write_bytes(b"x")
        first, _ = Session(DataSource(folder)).open()
        assert row_of(first, "99_0_0_z.jpg") is not None and len(read) == 1

    def test_a_rewritten_picture_is_found_out_once_the_names_are_shown(self, folder: Path) -> None:
        list(Session(DataSource(folder)).open())
        (folder / "5_0_0_a.jpg").write_bytes(b"another picture")
        names, fresh, whole = Session(DataSource(folder)).open()
        row = row_of(names, "5_0_0_a.jpg") or 0
        assert [one.index.sizes[row] for one in (names, fresh, whole)] == [11, 15, 15]

    def test_what_is_curated_while_the_rest_is_found_out_stays_so(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        steps = session.open()
        first = next(steps)
        session.toggle(first, [1])
        (whole,) = steps
        assert whole.excluded(1) and whole.part(1) == ""
        assert session.undo(whole)[0].startswith("undone")

    def test_a_folder_without_faces_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(DataError, match="is empty"):
            list(Session(DataSource(tmp_path / "empty")).open())

    def test_faces_are_excluded_restored_and_both_undone(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        said, after = session.toggle(faces, [0, 1])
        assert said == "excluded 2 faces"
        assert after.excluded(0) and after.excluded(1) and after.part(0) == ""
        said, after = session.toggle(after, [0, 2])
        assert (said, len(after.index.excluded)) == ("excluded 2 faces", 3)
        said, after = session.toggle(after, [0])
        assert said == f"restored {after.name(0)}"
        assert after.index.excluded == {1, 2}
        for _ in range(3):
            said, after = session.undo(after)
            assert said.startswith("undone")
        assert session.undo(after) == ("there is nothing to undo", after)
        assert build_index(folder).excluded == frozenset()

    def test_a_picture_without_a_label_has_nothing_to_exclude(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        with pytest.raises(DataError, match=r"nolabel.jpg: has no whole label"):
            session.toggle(faces, [len(faces) - 1])

    def test_a_face_that_is_gone_is_not_curated(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        gone = faces.name(0)
        (folder / gone).rename(folder / f"9{gone}")
        with pytest.raises(DataError, match=f"^{gone}: is no longer in {folder}"):
            session.toggle(faces, [0])
        with pytest.raises(DataError, match=f"^{gone}: is no longer in {folder}"):
            session.correct(faces, 0, Label(30, 1, None))
        said, after = session.toggle(faces, [0, 1])
        assert said == f"excluded {faces.name(1)}; 1 of those marked is no longer there"
        assert after.index.excluded == {1}

    def test_what_is_no_picture_is_not_curated(self, tmp_path: Path) -> None:
        (tmp_path / "labels.csv").write_text("file,age,gender\n1.jpg,20,m\ngone.jpg,30,f\n")
        (tmp_path / "1.jpg").write_bytes(b"x")
        session = Session(DataSource(tmp_path, "csv"))
        *_, faces = session.open()
        row = row_of(faces, "labels.csv, line 3")
        assert row is not None
        said = r"^labels.csv, line 3: is a row of a table without a picture, .*; mend the table$"
        with pytest.raises(DataError, match=said):
            session.correct(faces, row, Label(30, 1, None))
        with pytest.raises(DataError, match=said):
            session.toggle(faces, [row])
        assert session.undo(faces)[0] == "there is nothing to undo"
        assert not (tmp_path / "agegender-curation.toml").exists()

    def test_a_folder_that_cannot_be_read_is_not_curated(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        closed = dataclasses.replace(faces.index, rejected=[("part1/", "cannot be read")])
        shut = FaceSet(closed)
        with pytest.raises(DataError, match=r"^part1/: is a folder .*; check its permissions$"):
            session.correct(shut, len(shut) - 1, Label(30, 1, None))

    def test_a_corrected_label_moves_a_picture_among_the_labelled(
        self, folder: Path, faces: FaceSet, predicting: RunDir
    ) -> None:
        session = Session(DataSource(folder))
        *_, opened = session.open()
        judged = session.judge(opened, predicting)
        _, after = session.correct(judged, len(judged) - 1, Label(50, 1, None))
        row = row_of(after, "nolabel.jpg")
        assert row is not None and after.label(row) == Label(50, 1, None)
        assert after.corrected(row) and "corrected" in after.tags(row)
        # What goes by rows has moved with their names.
        blurred = row_of(after, "60_0_4_f.jpg")
        assert blurred is not None and after.flags[blurred][0][0] == "blurred"
        doubted = row_of(after, "31_0_3_d.jpg")
        assert doubted is not None and after.error(doubted) == 39
        assert after.part(doubted) == "validation"
        _, back = session.undo(after)
        assert back.label(row_of(back, "nolabel.jpg") or 0) is None

    def test_a_model_is_taken_away_again(self, folder: Path, predicting: RunDir) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        judged = session.judge(faces, predicting)
        assert judged.parts_from == f"split of {predicting.id}"
        plain = session.judge(judged, None)
        assert plain.model is None and plain.parts_from.startswith("split of seed")

    def test_a_new_report_is_shown_on_the_files_as_they_are_now(
        self, folder: Path, predicting: RunDir
    ) -> None:
        keep_report(build_index(folder), {"unreadable": [("5_0_0_a.jpg", "cut short")]})
        session = Session(DataSource(folder))
        *_, faces = session.open()
        faces = session.judge(faces, predicting)
        _, faces = session.toggle(faces, [row_of(faces, "44_1_e.jpg") or 0])
        assert faces.flags[row_of(faces, "5_0_0_a.jpg") or 0] == [("unreadable", "cut short")]
        (folder / "5_0_0_a.jpg").write_bytes(b"got again from the source")
        (folder / "82_1_0_g.jpg").unlink()
        keep_report(build_index(folder), {"dark": [("60_0_4_f.jpg", "brightness 9")]})
        *_, faces = session.again(faces)
        assert [one.kind for one in faces.findings] == ["dark", "model-disbelieves"]
        assert row_of(faces, "82_1_0_g.jpg") is None
        assert faces.excluded(row_of(faces, "44_1_e.jpg") or 0)
        assert faces.parts_from == f"split of {predicting.id}"
        assert session.undo(faces)[0].startswith("undone")
        _, whole = Session(DataSource(folder)).open()  # the index was kept: no third step
        assert whole.report == faces.report

    def test_an_unchanged_folder_is_not_read_again_for_a_new_report(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        monkeypatch.setattr(session, "_read", lambda: pytest.fail("read again"))
        keep_report(faces.index, {"dark": [("60_0_4_f.jpg", "brightness 9")]})
        (after,) = session.again(faces)
        assert after.index.files is faces.index.files and after.report is not None

    def test_a_report_is_no_longer_shown_once_a_table_says_other_labels(
        self, tmp_path: Path
    ) -> None:
        table = tmp_path / "labels.csv"
        table.write_text("file,age,gender\n1.jpg,20,m\n2.jpg,60,f\n")
        for name in ("1.jpg", "2.jpg"):
            (tmp_path / name).write_bytes(b"x")
        source = DataSource(tmp_path, "csv")
        keep_report(browsable_index(source), {"duplicate-other-label": [("2.jpg", "as 1.jpg")]})
        session = Session(source)
        *_, faces = session.open()
        assert [one.kind for one in faces.findings] == ["duplicate-other-label"]
        _, corrected = session.correct(faces, 1, Label(20, 0, None))
        list(Session(source).open())
        *_, again = Session(source).open()  # from the kept index
        assert corrected.findings == again.findings == faces.findings
        table.write_text("file,age,gender\n1.jpg,20,m\n2.jpg,20,m\n")
        *_, mended = Session(source).open()
        _, taken_back = session.undo(corrected)
        for now in (mended, taken_back):
            assert (now.report, now.findings) == (None, [])

    def test_what_another_dashboard_excludes_is_seen_and_kept(self, folder: Path) -> None:
        session = Session(DataSource(folder))
        *_, faces = session.open()
        Curator(folder).exclude(["5_0_0_a.jpg"])
        (faces,) = session.again(faces)
        assert faces.excluded(row_of(faces, "5_0_0_a.jpg") or 0)
        Curator(folder).exclude(["25_1_1_b.jpg"])
        _, faces = session.toggle(faces, [row_of(faces, "25_1_2_c.jpg") or 0])
        names = {faces.name(row) for row in faces.index.excluded}
        assert names == {"5_0_0_a.jpg", "25_1_1_b.jpg", "25_1_2_c.jpg"}
        assert names == build_index(folder).curation.excluded  # type: ignore[union-attr]
