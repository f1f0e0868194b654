"""The independent recount: what it finds in the input folder, and that it would notice a changed score."""

import csv
import shutil
from pathlib import Path

import pytest

from tests import recount

FOLDER = Path(__file__).parent / "data" / "jilin"


@pytest.fixture
def copy(tmp_path):
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "jilin"))


def test_recount_finds_the_figures_of_the_whole_exam():
    found = recount.recount(FOLDER)

    assert {name: found[name] for name in ("roster", "refused", "returned", "withdrawn", "seated", "absent")} == {
        "roster": 284,
        "refused": 6,
        "returned": 3,
        "withdrawn": 2,
        "seated": 276,
        "absent": 10,
    }
    assert (found["sat"], found["passed_written"], found["certified"]) == (266, 93, 60)


def test_recount_certifies_one_less_when_one_judge_gives_one_candidate_nothing(copy):
    """Candidate 198 passed the lesson presentation only because the lowest of seven sheets is dropped."""
    change_sheet(copy / "scores.csv", candidate="198", module="lesson", judge="J20", points="0")

    found = recount.recount(copy)

    assert found["certified"] == 59
    assert "198" not in {str(each) for each in found["certified_candidates"]}


def test_recount_certifies_as_many_when_the_changed_sheet_is_the_one_that_is_dropped(copy):
    change_sheet(copy / "scores.csv", candidate="198", module="lesson", judge="J15", points="0")

    assert recount.recount(copy)["certified"] == 60


def test_the_folder_holds_no_result():
    """No column of any file names a total, a pass or a certificate: figures are reckoned, never read."""
    for file in FOLDER.glob("*.csv"):
        header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert not {"total", "result", "passed", "certified", "rank", "mean"} & set(header), file.name


def change_sheet(file, *, candidate, module, judge, points):
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    changed = 0
    for row in rows:
        if (row["candidate"], row["module"], row["judge"]) == (candidate, module, judge):
            row["points"] = points
            changed += 1
    assert changed, "that judge has no such sheet"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
