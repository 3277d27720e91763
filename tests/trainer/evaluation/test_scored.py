"""`predictions.csv`: names come back as they were, and another table is refused."""

import json

import pytest

from tests.trainer.evaluation.made import made
from tests.trainer.evaluation.report.stored import store
from trainer.errors import RunError

NAMES = ("plain.jpg", "bare\rreturn.jpg", "new\nline.jpg", 'quo"te.jpg', "=sum,.jpg", "\rfirst.jpg")


def without_digest(done):
    """As it was written before there was one."""
    summary = json.loads(done.summary_file.read_text())
    del summary["data"]["predictions"]
    done.summary_file.write_text(json.dumps(summary))
    return done


def test_any_name_of_a_file_comes_back_as_it_was(tmp_path):
    assert store(tmp_path, made(len(NAMES), files=NAMES)).scored().files == NAMES


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda lines: lines[:-1], "it has 4 rows where 5 faces were scored"),
        (lambda lines: [*lines, lines[1]], "it has 6 rows where 5 faces were scored"),
        (lambda lines: [*lines[:-1], lines[-1].rpartition(",")[0]], "row 6 has 7 cells"),
        (lambda lines: [*lines[:-1], lines[-1].rstrip('"')], "cannot be read"),
        (lambda lines: [], "cannot be read"),
    ],
)
def test_a_table_with_rows_or_cells_lost_is_refused(tmp_path, damage, sentence):
    done = without_digest(store(tmp_path, made(5)))
    lines = done.predictions_file.read_text().splitlines()
    done.predictions_file.write_text("\n".join(damage(lines)))
    with pytest.raises(RunError, match=sentence):
        done.scored()


def test_a_table_that_the_figures_are_not_of_is_refused(tmp_path):
    one, other = store(tmp_path, made(5, seed=1)), store(tmp_path, made(5, seed=2))
    one.predictions_file.write_bytes(other.predictions_file.read_bytes())
    with pytest.raises(RunError, match="is not the table that the figures are of"):
        one.scored()


def test_an_evaluation_from_before_the_digest_is_read(tmp_path):
    assert len(without_digest(store(tmp_path, made(5))).scored().files) == 5
