"""Count an exam's result again from its input folder, with the standard library and nothing of the project.

    python tests/recount.py FOLDER [--json]

It answers one question: what must come out of these files? It reads the roster, the answers, the marks and the
scores, applies the rules of plan.toml, and stores nothing. A folder that contradicts itself raises ValueError.
"""

import argparse
import csv
import json
import re
import sys
import tomllib
import unicodedata
import zipfile
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
COLUMNS = {"手机": "phone", "教师资格证号码": "teacher_certificate", "参加工作年月": "work_started_on"}
TRUTH = {"对": "T", "错": "F"}
ROUNDING = {"half_up": ROUND_HALF_UP}


def recount(folder):
    """Counts, the ids of those who passed and were certified, and every sitter's totals, as plain data for JSON."""
    folder = Path(folder)
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    roster = {row["序号"]: row for row in read_sheet(folder / "roster.xlsx")}
    events = read_csv(folder / "events.csv")

    refused = {who for who, row in roster.items() if broken_rules(row, plan)}
    returned = {who for who, row in roster.items() if who not in refused and faults(row, plan)}
    for event in events:
        if event["event"] == "corrected":
            roster[event["candidate"]][to_column(event["field"])] = event["value"]
    approved = {who for who, row in roster.items() if not broken_rules(row, plan) and not faults(row, plan)}
    withdrawn = approved & who_did("withdrawn", events)
    seated = approved - withdrawn
    absent = seated & who_did("absent", events)
    sat = seated - absent

    written = written_totals(folder, plan, sat)
    passers = {who for who, total in written.items() if total >= Decimal(plan["written"]["pass_mark"])}
    modules = module_scores(folder, plan, passers)
    certified = {who for who in passers if passes_every_module(modules[who], plan)}
    return {
        "roster": len(roster),
        "refused": len(refused),
        "returned": len(returned),
        "withdrawn": len(withdrawn),
        "seated": len(seated),
        "absent": len(absent),
        "sat": len(sat),
        "passed_written": len(passers),
        "certified": len(certified),
        "written_passers": in_order(passers),
        "certified_candidates": in_order(certified),
        "written_totals": {who: str(written[who]) for who in in_order(sat)},
        "module_scores": {who: {code: str(score) for code, score in modules[who].items()} for who in in_order(passers)},
    }


# Who may sit


def broken_rules(row, plan):
    """The final rules this person breaks, by name; a blank that can still be filled in breaks none."""
    rules, broken = plan["eligibility"], []
    order, least = rules["education_order"], rules["min_education"][row["学段"]]
    if row["在岗情况"] not in rules["in_service"]:
        broken.append("in_service")
    if row["岗位"] not in rules["posts"]:
        broken.append("post")
    if row["学历"] not in order or order.index(row["学历"]) < order.index(least):
        broken.append("education")
    if row["教师资格证号码"] in rules["no_certificate"]:
        broken.append("teacher_certificate")
    if row["参加工作年月"] and full_years(row["参加工作年月"], plan) < rules["min_service_years"]:
        broken.append("service_years")
    if Decimal(row["培训学时"]) < rules["min_training_hours"]:
        broken.append("training_hours")
    return broken


def faults(row, plan):
    """The fields that send the form back: required and blank, or a certificate number of the wrong length."""
    rules = plan["eligibility"]
    found = [field for field in rules["required"] if not row[to_column(field)]]
    certificate = row["教师资格证号码"]
    written = certificate and certificate not in rules["no_certificate"]
    if written and not re.fullmatch(rf"[0-9]{{{rules['teacher_certificate_digits']}}}", certificate):
        found.append("teacher_certificate")
    return found


def full_years(year_month, plan):
    """Whole years from the first day of a month, written YYYY-MM, to the day registration closes."""
    year, month = (int(piece) for piece in year_month.split("-"))
    closes = plan["registration"]["closes_at"]
    return closes.year - year - (1 if closes.month < month else 0)


def who_did(event, events):
    """The candidates of one kind of event."""
    return {row["candidate"] for row in events if row["event"] == event}


def to_column(field):
    """The roster's column for a field named in events.csv or plan.toml."""
    return next(column for column, name in COLUMNS.items() if name == field)


# The written paper


def written_totals(folder, plan, sat):
    """The exact written total of everyone who sat; what was not answered counts 0."""
    bank = {row["编号"]: row for row in read_sheet(folder / "questions.xlsx")}
    sections = {code: section for section in plan["written"]["sections"] for code in section["questions"]}
    marks = defaultdict(dict)
    for row in read_csv(folder / "marks.csv"):
        marks[row["candidate"], row["question"], row["part"]][row["role"]] = Decimal(row["points"])

    totals = {who: Decimal(0) for who in sat}
    for row in read_csv(folder / "answers.csv"):
        who, code, part = row["candidate"], row["question"], row["part"]
        if who not in sat or code not in sections:
            raise ValueError(f"answers.csv: {who} did not sit, or {code} is not on the paper")
        section = sections[code]
        if section["kind"] in ("short_answer", "case"):
            totals[who] += settled_mark(marks[who, code, part], plan)
        else:
            totals[who] += objective_points(section, bank[code]["答案"], part, row["response"])
    return totals


def objective_points(section, key, part, response):
    """The points of one answer that has a key."""
    points, kind = Decimal(section["points"]), section["kind"]
    if kind == "fill_in":
        blanks = key.split("；")
        accepted = {plain(variant) for variant in blanks[int(part) - 1].split("/")}
        return points / len(blanks) if plain(response) in accepted else Decimal(0)
    if kind == "true_false":
        key = TRUTH[key]
    if kind == "multiple" and response and set(response) < set(key):
        return points / 2
    return points if response == key else Decimal(0)


def settled_mark(given, plan):
    """The mark of a constructed answer: the mean of two markers, or of the third and the nearer of the first two."""
    first, second, limit = given["first"], given["second"], Decimal(plan["written"]["difference_limit"])
    if (abs(first - second) > limit) != ("third" in given):
        raise ValueError(f"marks.csv: a third mark is needed where two differ by more than {limit}, and only there")
    if "third" not in given:
        return (first + second) / 2
    third = given["third"]
    nearer = min((first, second), key=lambda mark: (abs(mark - third), -mark))
    return (nearer + third) / 2


def plain(text):
    """A filled-in word as it is compared: NFKC, case folded, no white space, no punctuation around it."""
    text = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    inside = [place for place, letter in enumerate(text) if not unicodedata.category(letter).startswith("P")]
    return text[inside[0] : inside[-1] + 1] if inside else ""


# The performance


def module_scores(folder, plan, passers):
    """For each who passed the written paper, the score in each module that was scored."""
    sheets = defaultdict(lambda: defaultdict(Decimal))
    for row in read_csv(folder / "scores.csv"):
        if row["candidate"] not in passers:
            raise ValueError(f"scores.csv: {row['candidate']} did not pass the written paper")
        sheets[row["candidate"], row["module"]][row["judge"]] += Decimal(row["points"])
    scores = {who: {} for who in passers}
    for (who, module), totals in sheets.items():
        scores[who][module] = panel_score(list(totals.values()), plan["performance"])
    return scores


def panel_score(totals, rules):
    """The mean of the sheets, the extremes dropped where there are enough of them, rounded as the plan says."""
    totals = sorted(totals)
    if len(totals) >= rules["min_for_drop"]:
        totals = totals[rules["drop_low"] : len(totals) - rules["drop_high"]]
    unit = Decimal(1).scaleb(-rules["places"])
    return (sum(totals) / len(totals)).quantize(unit, ROUNDING[rules["rounding"]])


def passes_every_module(scores, plan):
    """Whether every module of the plan was scored and reached its own pass mark."""
    modules = plan["performance"]["modules"]
    return all(m["code"] in scores and scores[m["code"]] >= Decimal(m["pass_mark"]) for m in modules)


# Files


def read_csv(path):
    """The rows of a CSV file as dicts."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def read_sheet(path):
    """The rows of a workbook's first sheet as dicts by its header row; text stripped, an empty cell ''."""
    with zipfile.ZipFile(path) as book:
        shared = shared_strings(book)
        rows = [
            {column_of(cell): cell_text(cell, shared) for cell in row.iter(f"{MAIN}c")}
            for row in parsed(book, first_sheet(book)).iter(f"{MAIN}row")
        ]
    header = {column: name for column, name in rows[0].items() if name}
    return [{name: row.get(column, "") for column, name in header.items()} for row in rows[1:] if any(row.values())]


def first_sheet(book):
    """The path, inside the archive, of the first sheet in the workbook's order."""
    sheet = parsed(book, "xl/workbook.xml").find(f"{MAIN}sheets/{MAIN}sheet")
    links = parsed(book, "xl/_rels/workbook.xml.rels")
    target = next(link.get("Target") for link in links if link.get("Id") == sheet.get(LINK))
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def shared_strings(book):
    """The workbook's table of shared strings; empty where it has none."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    table = parsed(book, "xl/sharedStrings.xml")
    return [joined_text(entry) for entry in table.iter(f"{MAIN}si")]


def parsed(book, name):
    """One XML file of the workbook; the folder is our own, not an upload, and the standard library must do."""
    return ElementTree.fromstring(book.read(name))  # noqa: S314


def cell_text(cell, shared):
    """What a cell says, whether its string is shared or written in place."""
    if cell.get("t") == "inlineStr":
        return joined_text(cell).strip()
    value = cell.findtext(f"{MAIN}v", default="")
    return (shared[int(value)] if cell.get("t") == "s" else value).strip()


def joined_text(element):
    """All runs of text in a string, without its phonetic hints."""
    runs = [run for run in element.iter() if run.tag == f"{MAIN}t"]
    hints = {run for hint in element.iter(f"{MAIN}rPh") for run in hint.iter(f"{MAIN}t")}
    return "".join(run.text or "" for run in runs if run not in hints)


def column_of(cell):
    """The letters of a cell's address: 'C' of C12."""
    return re.match("[A-Z]+", cell.get("r")).group()


def in_order(candidates):
    """Candidate ids as the roster numbers them."""
    return sorted(candidates, key=int)


def report(result):
    """The counts, one a line, and who passed."""
    counts = [f"{name:15} {value:>4}" for name, value in result.items() if isinstance(value, int)]
    lists = [f"{name}: {' '.join(result[name])}" for name in ("written_passers", "certified_candidates")]
    return "\n".join(counts + lists)


def main():
    """Print the counts, or everything as JSON."""
    parser = argparse.ArgumentParser(description="Count an exam's result again from its input folder.")
    parser.add_argument("folder")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    options = parser.parse_args()
    result = recount(options.folder)
    sys.stdout.write((json.dumps(result, ensure_ascii=False, indent=1) if options.json else report(result)) + "\n")


if __name__ == "__main__":
    main()
