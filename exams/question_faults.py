"""What is wrong with a question file or a question in it, in the reader's language.

A fault is plain data, kept until someone reads it. In a workbook it names a cell; in another file `row` is the line,
`heading` is "" and `found` is what the item is called.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.people import cells

FAULTS: dict[str, Promise] = {
    "formula": _("A formula stands here. Paste its value instead."),
    "kind": _("The kind must be one of {kinds}."),
    "code": _("A code is up to 16 letters and figures, such as S001."),
    "difficulty": _("The difficulty must be one of {words}."),
    "cell_too_long": _("At most {longest} characters fit here."),
    "points_cell": _("Points are a number with at most one decimal place, such as 1 or 1.5."),
    "truth": _("The answer must be 对 or 错."),
    "gap": _("An option is missing before a later one. Fill the options without a gap."),
    "part_alone": _("A part of a case belongs right below its case."),
    "part_code": _("This part's code must be {code}."),
    "policy": _("How points are given must be one of {words} for this kind."),
    "weight": _("Write the share of each option as A=1/2, parted by ；."),
    "pair": _("Write each pair on a line of its own: left -> right. A line without its left side is one more choice."),
    "extras": _("This column is filled by an export. Leave it empty, or leave it as it was exported."),
    "code_twice": _("Row {row} already has the code {code}. Give each question its own."),
    "alike_row": _("The stem is much like {code} in row {row}. Keep one, or make them ask different things."),
    "alike_bank": _("The stem is much like {code} of the bank. Keep one, or make them ask different things."),
    "alike_line": _("The stem is much like the question at line {row}. Keep one, or make them ask different things."),
    "code_line": _("The question at line {row} already has the code {code}. Give each question its own."),
    # What lms.questions.checking finds.
    "stem.empty": _("The stem is empty. Write the question."),
    "stem.no_blank": _("A fill-in question needs a blank: write ____ where the word belongs."),
    "points.not_positive": _("Points must be above 0."),
    "points.parts_differ": _("The case is worth {total} points but its parts add up to {parts}."),
    "options.too_few": _("A choice needs at least two options."),
    "options.too_few_pairs": _("A matching question needs at least two on either side."),
    "options.twice": _("Two options say the same."),
    "right.none": _("The right answer is missing."),
    "right.no_such_option": _("The answer names {letters}, but there is no such option."),
    "right.more_than_one": _("A single choice has exactly one right letter."),
    "right.only_one": _("A multiple choice has at least two right letters; with one it is a 单选."),
    "right.letter_twice": _("The answer names a letter twice."),
    "right.empty_blank": _("The answer of a blank is empty. Separate blanks by ； and variants by /."),
    "right.blanks_differ": _("The stem has {blanks} blanks, the answer has {answers}."),
    "right.no_guide": _("The marking points are missing."),
    "right.pair_missing": _("Something on the left has no partner, or more than one."),
    "right.order_not_whole": _("The right order does not name every step exactly once."),
    "right.unknown_policy": _("This bank does not know this way of giving points."),
    "right.weights_total": _("The best answer must earn exactly all points; the shares say otherwise."),
    "parts.none": _("A case needs parts: rows of kind 案例小题 right below it."),
    "parts.part_empty": _("A part of this case has no question."),
    # Why an item of another software cannot be kept whole.
    "description": _("This is a text without a question."),
    "kind_unknown": _("This bank has no kind of question like “{kind}”."),
    "cloze": _("Only words to write in, all worth the same, can be kept of answers embedded in a text."),
    "syntax": _("The item does not keep the rules of its format."),
    "several_blocks": _("The text has more than one place for answers."),
    "several_interactions": _("The item asks several things at once."),
    "several_pairs": _("Something on the left may be paired more than once."),
    "several_blanks": _("The text already has blanks that are no place for an answer."),
    "variant_twice": _("The same answer is accepted twice."),
    "grade_invalid": _("{grade} % is no grade that Moodle knows, so nobody can tell what was meant."),
    "negative": _("A wrong answer takes points away, below 0. No question of this bank does that."),
    "points": _("{points} points cannot be kept: points lie above 0 with at most one decimal place."),
    "shares": _("The way in which points are shared out cannot be kept."),
    "ordering_policy": _("An ordering earns all or nothing, or by place; this one is marked otherwise."),
    "units": _("The answer asks for units, which this bank does not mark."),
    "attachments": _("The answer is a file; answers of this bank are written."),
    "response_template": _("The answer begins with a given text, which cannot be kept."),
    "word_limit": _("The answer has a limit of {limit} words, which cannot be kept."),
    "too_many_options": _("{count} options are too many; 26 can be kept."),
    "too_long": _("A text is longer than {limit} characters."),
    "markup": _("The text holds “{what}”, which cannot stand in plain text."),
    "formula_text": _("The text holds a formula, which cannot stand in plain text."),
    "media_missing": _("The file “{name}” is shown, but does not come with it."),
    "media_kind": _("“{name}” is no picture or sound that can be kept (PNG, JPEG, WebP, MP3, M4A, OGG, WAV)."),
    "media_elsewhere": _("“{name}” is shown from another place; only what comes with the file can be kept."),
    "adaptive": _("The item changes while it is answered, step by step. No question of this bank does that."),
    "template": _("The item is made anew for everyone from a template. No question of this bank does that."),
    "processing": _("The item is marked by rules of its own, which cannot be kept."),
    "test": _("This is a test, not a question. Its questions come in, the test itself does not."),
    "file_missing": _("“{name}” is listed, but does not come with the package."),
    "file_not_qti": _("The file is no question of QTI 2.1 or 2.2."),
    "file_broken": _("The file cannot be read as XML, or declares entities, which are refused."),
    "too_long_here": _("“{heading}” has more than {longest} characters."),
    # Why a question has no place in a file that goes out.
    "gift_kind": _("GIFT has no cases with parts. Take the workbook for it."),
    "gift_blanks": _("GIFT has one blank a question. Take Moodle XML or the workbook for it."),
    "gift_media": _("GIFT has no place for pictures and sounds. Take Moodle XML for it."),
    "gift_arrow": _("GIFT cannot hold -> in an answer. Take Moodle XML or the workbook for it."),
    "moodle_kind": _("Moodle has no cases with parts. Take the workbook for it."),
    "grade_unknown": _("Moodle has no grade for a share of {share}. Take the workbook for it."),
    "sheet_media": _("A workbook has no place for pictures and sounds. Take Moodle XML for it."),
    "sheet_lines": _("A text of several lines, or with ->, does not fit into the workbook. Take Moodle XML for it."),
}
_SAME = {"formula": "formula_text", "file_entities": "file_broken", "file_not_xml": "file_broken"}
_SAME |= dict.fromkeys(("file_too_deep", "file_too_many", "file_encoding", "file_too_big"), "file_broken")


@dataclass(frozen=True)
class Fault:
    """One thing to mend, or one item that does not come in."""

    row: int
    heading: str
    address: str
    found: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in the reader's language."""
        return cells.filled(FAULTS[self.key], self.facts)

    def plain(self) -> dict[str, Any]:
        """The fault as it is kept."""
        return asdict(self)


def of_reason(reason: str, facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The key and facts of what a reader or writer of lms.questions.formats tells."""
    facts = {name: str(value) for name, value in facts.items()}
    if reason == "problem":
        return f"{facts.pop('about')}.{facts.pop('why')}", facts
    return _SAME.get(reason, reason), facts
