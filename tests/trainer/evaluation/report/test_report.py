"""The report as a whole: what the page says, that it stands alone, and where it is written."""

import csv
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from tests.trainer.evaluation.made import made
from tests.trainer.evaluation.report.stored import store
from trainer.errors import RunError, StorageError, UserError
from trainer.evaluation.averaged import averaged
from trainer.evaluation.diagnosis import diagnose
from trainer.evaluation.figures import figures
from trainer.evaluation.kinds import KINDS
from trainer.evaluation.paired import paired
from trainer.evaluation.report import write_report, writing
from trainer.runs.event_log import read_events
from trainer.runs.events import history

NOW = 1_795_500_000.0
EVIL = '<img src="http://x/y.png" onerror=alert(1)>&\u202e'


class Page(HTMLParser):
    """Tags with their attributes, and the cells of tables by caption."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.tables, self.words, self.style = [], [], [], ""
        self._inside = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("img", "meta", "br"):
            self._inside.append(tag)
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("")

    def handle_endtag(self, tag):
        assert self._inside.pop() == tag, tag

    def handle_data(self, data):
        if "style" in self._inside:
            self.style += data
            return
        self.words.append(data)
        if "caption" in self._inside:
            self.tables[-1]["caption"] += data
        elif "td" in self._inside or "th" in self._inside:
            self.tables[-1]["rows"][-1][-1] += ("|" if "small" in self._inside else "") + data

    def table(self, caption):
        return next(one["rows"] for one in self.tables if one["caption"].startswith(caption))

    @property
    def text(self):
        return "".join(self.words)


@pytest.fixture
def write(tmp_path):
    """write(*scored, **arguments) -> (Page, folder)."""

    def write(*scored, **arguments):
        made_of = [store(tmp_path / "evaluations", one) for one in scored]
        folder = tmp_path / "report"
        file = write_report(folder, made_of, now=NOW, **{"faces": False, **arguments})
        assert file == folder / "report.html"
        return Page(file.read_text(encoding="utf-8")), folder

    return write


def rows_of(folder, name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_have_the_figures_with_their_intervals(write):
    scored = made(50)
    page, folder = write(scored)
    found = figures(scored)
    for task in ("Age", "Gender"):
        head, row = page.table(f"{task} on faces")
        names = [name for name in found if KINDS[name].task == task.lower()]
        assert [cell.partition("|")[0] for cell in head[2:]] == [KINDS[n].title for n in names]
        for name, cell in zip(names, row[2:], strict=True):
            kind, figure = KINDS[name], found[name]
            ends = f"{kind.text(figure.low)} to {kind.text(figure.high)}"
            assert cell == f"{kind.text(figure.value)}|{ends}"
    written = {r["figure"]: r for r in rows_of(folder, "figures.csv") if r["group_kind"] == "all"}
    assert {n: float(r["value"]) for n, r in written.items()} == pytest.approx(
        {name: figure.value for name, figure in found.items()}
    )


def test_the_groups_have_their_figures_side_by_side(write):
    one, other = made(40, model="one"), made(40, model="other", ages=made(40).age_low + 3.0)
    page, _ = write(one, other)
    rows = page.table("age bias by race code")
    assert rows[0] == ["Race code", "faces", "one", "other"]
    assert all(row[3].startswith("3.00|") for row in rows[1:])


def test_the_differences_are_those_of_the_comparison_with_a_verdict_each(write):
    one = made(200, model="one")
    other = made(200, model="other", ages=one.age_low + 1.0, model_fingerprint="z")
    page, folder = write(one, other)
    found = {row.name: row for row in paired(one, other)}
    assert found["age_mae"].better == "other"
    rows = page.table("one and other on the 200 faces")
    said = next(row for row in rows if row[0].startswith("age MAE"))
    assert said[1].startswith("other is better by ") and said[3] == "1.00"
    accuracy = next(row for row in rows if row[0].startswith("gender accuracy"))
    assert accuracy[1] == "no difference shown"
    rows = [row for row in rows_of(folder, "differences.csv") if row["group"] == "all"]
    written = {row["figure"]: row for row in rows}
    assert float(written["age_mae"]["high"]) == pytest.approx(found["age_mae"].difference.high)
    assert written["age_mae"]["better"] == "other" and written["gender_auc"]["better"] == ""


def test_the_differences_of_each_group_have_a_verdict_each(write):
    one = made(400, model="one")
    half = np.where(one.races == 2, one.age_low + 0.5 * one.errors, one.ages)
    page, folder = write(one, made(400, model="other", ages=half, model_fingerprint="z"))
    rows = {row[0]: row for row in page.table("one and other: age MAE by race code")[1:]}
    assert rows["Asian"][1].startswith("other is better by ")
    assert rows["white"][1] == "too few faces tell them apart"
    assert rows["Asian"][5] == str((one.races == 2).sum())
    written = {
        row["group"]: row
        for row in rows_of(folder, "differences.csv")
        if (row["group_kind"], row["figure"]) == ("race", "age_mae")
    }
    assert written["Asian"]["better"] == "other" and written["white"]["better"] == ""
    assert written["Asian"]["verdict"] == f"age MAE: {rows['Asian'][1]}"
    assert written["Asian"]["faces"] == rows["Asian"][5]
    assert float(written["Asian"]["high"]) < 0


def test_copies_that_were_scored_are_counted_named_and_the_figures_without_them_told(tmp_path):
    whole = made(80)
    without = figures(whole, np.arange(3, 80))
    told = {name: one._asdict() for name, one in without.items()}
    why = "nearly the same picture as x.jpg, trained on"
    files = [[whole.files[row], why] for row in range(3)]
    one = store(tmp_path / "evaluations", whole, copies={"files": files, "figures": told})
    folder = tmp_path / "report"
    page = Page(write_report(folder, [one], faces=False).read_text(encoding="utf-8"))
    assert (
        "3 of these faces, such as 00000.jpg, are nearly the same picture as one that" in page.text
    )
    mae, before = without["age_mae"], figures(whole)["age_mae"].value
    word = "higher" if mae.value > before else "lower"
    by = f"{word} by {abs(mae.value - before):.2f} years"
    assert f"age MAE {mae.value:.2f} years ({mae.low:.2f} to {mae.high:.2f}), {by}" in page.text
    rows = [r for r in rows_of(folder, "figures.csv") if r["group_kind"] == "without copies"]
    assert {row["faces"] for row in rows} == {"77"} and rows[0]["figure"] == "age_mae"
    assert [(row["file"], row["scored"]) for row in rows_of(folder, "left_out.csv")] == [
        (name, "yes") for name, _ in files
    ]


def test_of_ranges_of_ages_it_is_told_which_was_said_of_which(write):
    low = np.repeat([20.0, 30.0], 20)
    page, folder = write(made(40, age_low=low, age_high=low + 9, ages=np.full(40, 33.0)))
    rows = page.table("Age groups: A on faces")
    assert rows[0] == ["Range labelled", "faces", "said 20–29", "said 30–39"]
    assert rows[1] == ["20–29", "20|few", "0", "20|100.0 %"]
    said = {(r["labelled"], r["said"]): r["faces"] for r in rows_of(folder, "age_groups.csv")}
    assert said["20–29", "30–39"] == said["30–39", "30–39"] == "20"
    assert said["20–29", "20–29"] == said["30–39", "20–29"] == "0"


def test_models_without_a_face_in_common_are_not_compared(write):
    other = tuple(f"other{n}.jpg" for n in range(5))
    page, _ = write(made(5, model="one"), made(5, model="other", files=other))
    assert "have no face in common" in page.text


def test_sets_of_the_same_name_and_other_faces_are_not_mixed_up(write, tmp_path):
    elsewhere = made(5, folder=tmp_path, model="other")
    page, _ = write(made(5), elsewhere, made(5, model="third", data_fingerprint="e"))
    assert [row[0] for row in page.table("Age on faces in /faces")[1:]] == ["A", "third"]
    assert [row[0] for row in page.table(f"Age on faces in {tmp_path}")[1:]] == ["other"]
    assert "On faces in /faces not all models were scored on the same faces" in page.text


def test_the_page_loads_nothing_and_runs_nothing(write):
    page, folder = write(made(30), made(5, seed=2), title=EVIL)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "base"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "img":
            assert attributes["src"].startswith(("data:image/png;base64,", "data:image/jpeg"))
            assert attributes["alt"]
        elif "href" in attributes:
            assert attributes["href"].startswith("#")
    assert "url(" not in page.style and "@import" not in page.style
    assert "http" not in (folder / "report.html").read_text(encoding="utf-8").replace(
        "http-equiv", ""
    ).replace("http://x/y.png", "")


def test_every_entry_of_the_contents_leads_somewhere(write):
    page, _ = write(made(30))
    anchors = {attributes.get("id") for _, attributes in page.tags}
    links = {attributes["href"][1:] for _, attributes in page.tags if "href" in attributes}
    assert links and links <= anchors


def test_names_from_outside_are_shown_and_not_obeyed(tmp_path):
    scored = made(
        5, model=EVIL, data=EVIL, files=tuple(f"{n}{EVIL}.jpg" for n in range(5)), folder=tmp_path
    )
    left_out = {"trained_on": 1, "unreadable": 1, "files": [["=1+1", EVIL], [EVIL, "cut short"]]}
    directory = store(tmp_path / "evaluations", scored, left_out=left_out, notes=[EVIL])
    page = Page(write_report(tmp_path / "report", [directory], now=NOW).read_text("utf-8"))
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert pictures and all(one["src"].startswith("data:") for one in pictures)
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert "\u202e" not in page.text and "onerror=alert(1)>&\\u202e" in page.text
    assert rows_of(tmp_path / "report", "left_out.csv")[0]["file"] == "'=1+1"


def test_what_was_left_out_is_counted_and_named(tmp_path):
    names = [[f"{n}.jpg", "the same pixels as t.jpg, trained on"] for n in range(30)]
    left_out = {"trained_on": 28, "unreadable": 0, "changed": 2, "files": names}
    directory = store(tmp_path / "e", made(5), left_out=left_out, notes=["no split was found"])
    page = Page(write_report(tmp_path / "report", [directory], now=NOW).read_text("utf-8"))
    assert "28 that the model was trained on" in page.text and "2 that are not as" in page.text
    assert "0.jpg: the same pixels as t.jpg" in page.text
    assert "and 10 more, all in left_out.csv" in page.text and "No split was found." in page.text
    assert len(rows_of(tmp_path / "report", "left_out.csv")) == 30


@pytest.fixture
def with_faces(tmp_path):
    """A set of three faces on disk, all told wrong."""
    for name in "abc":
        Image.new("RGB", (32, 32), (200, 0, 0)).save(tmp_path / f"{name}.png")
    ages = np.array([10.0, 20.0, 30.0])
    return made(3, folder=tmp_path, files=("a.png", "b.png", "c.png"), age_low=ages, age_high=ages)


def test_faces_are_in_the_page_unless_they_are_to_be_left_out(write, with_faces):
    page, folder = write(with_faces, faces=True)
    assert sum("jpeg" in attributes.get("src", "") for _, attributes in page.tags) >= 3
    assert "non-commercial research only" in page.text
    assert any("worst-errors" in file.name for file in folder.iterdir())
    page, folder = write(with_faces)
    assert not any("jpeg" in attributes.get("src", "") for _, attributes in page.tags)
    assert "a.png" in page.text and "faces were left out" in page.text
    assert not any("worst-errors" in file.name for file in folder.iterdir())


def test_the_same_evaluations_give_the_same_files_but_for_the_date(tmp_path):
    made_of = [store(tmp_path / "e", made(12, seed=seed)) for seed in (1, 2)]
    folders = [tmp_path / name for name in ("one", "other", "later")]
    for folder, now in zip(folders, (NOW, NOW, NOW + 90_000), strict=True):
        write_report(folder, made_of, faces=False, now=now)
    one, other, later = (
        {file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders
    )
    assert one == other
    assert {name for name in one if one[name] != later[name]} == {"report.html"}
    dates = re.compile(rb"Made on [^U]+UTC")
    assert dates.sub(b"", one["report.html"]) == dates.sub(b"", later["report.html"])


@pytest.mark.parametrize(
    "odd",
    [
        made(3),
        made(1),
        made(6, genders=np.ones(6, int)),
        made(6, genders=np.full(6, -1), races=np.full(6, -1)),
        made(6, age_low=np.full(6, np.nan), age_high=np.full(6, np.nan)),
        made(6, age_low=np.full(6, 20.0), age_high=np.full(6, 29.0)),
        made(
            6,
            age_low=np.full(6, np.nan),
            age_high=np.full(6, np.nan),
            genders=np.full(6, -1),
            races=np.full(6, -1),
        ),
    ],
    ids=["three", "one", "one gender", "no genders", "no ages", "ranges", "no labels"],
)
def test_a_set_that_lacks_labels_or_faces_makes_a_report_of_what_there_is(write, odd):
    page, _ = write(odd)
    assert "nan" not in re.split(r"[^a-z]+", page.text.lower())
    assert page.text.count("Definitions")


def test_a_hundred_models_are_all_in_the_tables_and_the_first_are_pictured(write, monkeypatch):
    monkeypatch.setattr(writing, "PICTURED", 2)
    models = [made(5, seed=seed, model=f"m{seed}") for seed in range(100)]
    page, folder = write(*models)
    rows = page.table("Age on faces")
    assert [row[0] for row in rows[1:]] == [f"m{seed}" for seed in range(100)]
    assert sum("predicted-against-true" in file.name for file in folder.iterdir()) == 2
    assert "each with the first" in page.text and "those of the first 2" in page.text
    assert {row["model"] for row in rows_of(folder, "figures.csv")} == {m.model for m in models}


def test_how_a_model_was_made_and_what_its_curves_say_is_told(tmp_path, make_run):
    run = make_run(tmp_path / "runs", epochs=30, total=30, preset="B", label="wide <b>")
    directory = store(tmp_path / "e", made(30, model=run.id, network="B"), run=str(run.path))
    folder = tmp_path / "report"
    page = Page(write_report(folder, [directory], faces=False, now=NOW).read_text("utf-8"))
    assert "Evaluation of wide <b> (B t001)" in page.text
    facts = {row[0]: row[1] for row in page.table("Models")}
    assert facts["parameters"] == "15,144,002" and facts["epochs"] == "30 of at most 30"
    settings = {row[0]: row[1] for row in page.table("Settings of all")}
    assert settings["frozen_blocks"] and "filters" not in settings and "data" not in settings
    found = diagnose(history(read_events(run.events_file)), run.config())
    assert found and all(one.words in page.text for one in found)
    assert (folder / "learning-curves.png").is_file()


def test_a_model_whose_run_is_gone_says_so_and_has_no_curves(write):
    page, folder = write(made(5))
    assert "its run is not there" in page.text
    assert not (folder / "learning-curves.png").exists()


def test_evaluations_that_would_have_the_same_name_are_told_apart(tmp_path):
    made_of = [
        store(tmp_path / "e", made(5, seed=1, model="m"), settings={"flip": flip})
        for flip in (False, True, True)
    ]
    page = Page(write_report(tmp_path / "r", made_of, faces=False, now=NOW).read_text("utf-8"))
    names = [row[0] for row in page.table("Age on faces")[1:]]
    assert names[0] == "m" and len(set(names)) == 3
    assert all(name.startswith("m, with mirrored faces (") for name in names[1:])


def test_fingerprints_of_model_and_faces_are_given(write):
    page, _ = write(made(5, model_fingerprint="abc123", data_fingerprint="def456"))
    row = page.table("Evaluations")[1]
    assert (row[1], row[3], row[6]) == ("abc123", "def456", "2026-11-18 11:06 UTC")


def test_a_new_report_replaces_an_old_one_and_nothing_else(write, tmp_path):
    _, folder = write(made(5), made(5, seed=2))
    (folder / "notes.txt").write_text("mine")
    before = {file.name for file in folder.iterdir()}
    write_report(folder, [store(tmp_path / "later", made(5, data="else"))], faces=False, now=NOW)
    after = {file.name for file in folder.iterdir()}
    assert (folder / "notes.txt").read_text() == "mine"
    assert not [name for name in after if "--faces-" in name] and before - after
    assert not [name for name in after if name.endswith(".tmp")]


def test_a_folder_that_holds_other_things_is_left_as_it_is(write, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(StorageError, match="holds other files; name a new or an empty folder"):
        write(made(5))
    assert [file.name for file in folder.iterdir()] == ["thesis.tex"]


def test_a_file_of_ones_own_that_is_called_like_one_of_the_report_is_kept(write):
    _, folder = write(made(5))
    listed = json.loads((folder / "report.json").read_text())
    listed["files"].remove("figures.csv")
    (folder / "report.json").write_text(json.dumps(listed))
    (folder / "figures.csv").write_text("mine")
    with pytest.raises(StorageError, match=r"figures\.csv there is not of a report"):
        write(made(5))
    assert (folder / "figures.csv").read_text() == "mine"


def test_a_list_of_files_that_leads_elsewhere_removes_nothing_there(write, tmp_path):
    _, folder = write(made(5))
    (tmp_path / "dear.txt").write_text("mine")
    (folder / "report.json").write_text(
        json.dumps({"v": 1, "files": ["../dear.txt", *(f.name for f in folder.iterdir())]})
    )
    write(made(5))
    assert (tmp_path / "dear.txt").read_text() == "mine"


def test_a_file_where_the_folder_should_be_is_one_sentence(write, tmp_path):
    (tmp_path / "report").write_text("a file")
    with pytest.raises(StorageError, match="a file is where a folder should be; name another"):
        write(made(5))


def test_a_write_that_fails_leaves_the_old_report_whole(write, monkeypatch, tmp_path):
    _, folder = write(made(5))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    from pathlib import Path

    real = Path.write_bytes

    def full(self, content):
        if ".figures.csv." in self.name:
            raise OSError(28, "No space left on device")
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="disk is full"):
        write(made(5, seed=3))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_first_report_that_was_killed_while_it_was_written_does_not_block_its_folder(
    write, monkeypatch, tmp_path
):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("trainer.evaluation.report.folder._replace", killed)
        patch.setattr("trainer.evaluation.report.folder._clear", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            write(made(5))
    folder = tmp_path / "report"
    (folder / ".report.html.0123abcd.tmp").write_bytes(b"half")
    (folder / ".mine.0123abcd.tmp").write_bytes(b"mine")
    write(made(5))
    assert (folder / "report.html").exists()
    assert sorted(folder.glob(".*.tmp")) == [folder / ".mine.0123abcd.tmp"]


def test_no_evaluation_and_one_that_is_not_done_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no evaluation was named"):
        write_report(tmp_path / "report", [])
    directory = store(tmp_path / "e", made(5))
    body = json.loads(directory.summary_file.read_text())
    body["groups"] = [{"kind": "age"}]
    directory.summary_file.write_text(json.dumps(body))
    with pytest.raises(RunError, match="is damaged"):
        write_report(tmp_path / "report", [directory])
    directory.summary_file.unlink()
    with pytest.raises(RunError, match="not evaluated yet"):
        write_report(tmp_path / "report", [directory])
    assert not (tmp_path / "report").exists()


def test_a_figure_that_is_not_defined_is_a_dash(write):
    scored = made(5, genders=np.ones(5, int))
    page, folder = write(scored)
    assert math.isnan(figures(scored)["gender_auc"].value)
    head, row = page.table("Gender on faces")
    place = next(n for n, cell in enumerate(head) if cell.startswith("gender AUC"))
    assert row[place] == "–"
    written = [r for r in rows_of(folder, "figures.csv") if r["figure"] == "gender_auc"]
    assert written[0]["value"] == ""


def test_a_mean_stands_beside_its_models_with_what_it_is_and_on_which_faces(tmp_path):
    root = tmp_path / "runs" / "evaluations"
    other = {"model": "fewer", "model_fingerprint": "f", "ages": made(200).ages + 1}
    few = made(200, **other).take(np.arange(120))
    copies = {"files": [[few.files[0], "nearly the same picture as q.jpg"]], "figures": {}}
    models = [store(root, made(200, model="whole"), copies=copies), store(root, few)]
    mean = averaged(tmp_path / "runs", models)
    page = Page(write_report(tmp_path / "r", [*models, mean], now=NOW).read_text("utf-8"))
    assert "mean of fewer, whole: the mean of what its models say of a face" in page.text
    assert "not all models were scored on the same faces" in page.text
    assert "nearly the same picture as one that a model of it was trained on" in page.text
    counts = [group["faces"] for group in mean.summary()["groups"] if group["name"] == "male"]
    whole = [group["faces"] for group in models[0].summary()["groups"] if group["name"] == "male"]
    assert f"male{counts[0]} to {whole[0]}" in page.text
