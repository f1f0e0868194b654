"""The rules of eligibility as plain arithmetic: facts and an exam's figures in, findings out.

`facts` are a candidate's: post, stage, education, teacher_certificate ("none" if she has none), work_started_on
("2012-08" or "2012-08-20"), in_service, training_hours, phone. `rules` are an exam's: posts, min_education (by school
stage), min_service_years, min_training_hours, in_service, credential (the id and the name of a level that must be held)
and min_recorded_hours (of trainings on her record); a rule that is not named does not apply.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

FINAL = (
    "not_in_service",
    "post_not_eligible",
    "education_below_stage",
    "no_teacher_certificate",
    "too_few_service_years",
    "too_few_training_hours",
    "credential_not_held",
    "too_few_recorded_hours",
)
FIXABLE = ("phone_missing", "certificate_number_wrong", "work_start_missing")
EDUCATION = ("secondary", "diploma", "bachelor", "graduate")  # from low to high
NO_CERTIFICATE = "none"
KNOWN_RULES = (
    "posts",
    "min_education",
    "min_service_years",
    "min_training_hours",
    "in_service",
    "credential",
    "min_recorded_hours",
)
# What the facts say of a record; written by the server at registration, never typed.
ON_RECORD = ("credential_held", "recorded_hours")
_COUNTS = ("min_service_years", "min_training_hours", "min_recorded_hours")
_PHONE = re.compile(r"[0-9]{11}")
_CERTIFICATE = re.compile(r"[0-9]{17}")
_START = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")


@dataclass(frozen=True)
class Finding:
    """One rule that is not met: `final` ends the candidacy, `fixable` goes back for correction. `found` is what the
    facts say, `wanted` what the rule asks."""

    rule: str
    kind: str
    found: Any
    wanted: Any


def findings(facts: Mapping[str, Any], rules: Mapping[str, Any], on: dt.date) -> list[Finding]:
    """Every rule that these facts break, the final ones first; `on` is the day to which service is counted, the last
    day of registration. An empty list means eligible."""
    return [*_final(facts, rules, on), *_fixable(facts, rules)]


def _final(facts: Mapping[str, Any], rules: Mapping[str, Any], on: dt.date) -> Iterator[Finding]:
    if rules.get("in_service") and facts.get("in_service") is not True:
        yield Finding("not_in_service", "final", facts.get("in_service"), True)
    posts = rules.get("posts")
    if posts and facts.get("post") not in posts:
        yield Finding("post_not_eligible", "final", facts.get("post", ""), list(posts))
    needed = rules.get("min_education", {}).get(facts.get("stage"))
    if needed and _rank(facts.get("education")) < _rank(needed):
        yield Finding("education_below_stage", "final", facts.get("education", ""), needed)
    if _text(facts, "teacher_certificate") == NO_CERTIFICATE:
        yield Finding("no_teacher_certificate", "final", NO_CERTIFICATE, "")
    started = work_start(_text(facts, "work_started_on"))
    years = rules.get("min_service_years", 0)
    if started and full_years(started, on) < years:
        yield Finding("too_few_service_years", "final", full_years(started, on), years)
    hours = rules.get("min_training_hours", 0)
    if training_hours(facts) < hours:
        yield Finding("too_few_training_hours", "final", training_hours(facts), hours)
    wanted = rules.get("credential")
    if wanted and facts.get("credential_held") != wanted["level"]:
        yield Finding("credential_not_held", "final", "", wanted["name"])
    recorded = rules.get("min_recorded_hours", 0)
    if _hours(facts, "recorded_hours") < recorded:
        yield Finding("too_few_recorded_hours", "final", _hours(facts, "recorded_hours"), recorded)


def _fixable(facts: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[Finding]:
    phone = _text(facts, "phone")
    if not _PHONE.fullmatch(phone):
        yield Finding("phone_missing", "fixable", phone, 11)
    certificate = _text(facts, "teacher_certificate")
    if certificate != NO_CERTIFICATE and not _CERTIFICATE.fullmatch(certificate):
        yield Finding("certificate_number_wrong", "fixable", certificate, 17)
    started = _text(facts, "work_started_on")
    if rules.get("min_service_years") and work_start(started) is None:
        yield Finding("work_start_missing", "fixable", started, "")


def work_start(text: str) -> dt.date | None:
    """The first day of service: a month counts from its first day; None where the text is no month or day."""
    match = _START.fullmatch(text)
    if not match:
        return None
    year, month, day = match.groups(default="01")
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def full_years(start: dt.date, on: dt.date) -> int:
    """Whole years from a first day to a day: two years are full on the second anniversary. Never below 0."""
    return max(0, on.year - start.year - ((on.month, on.day) < (start.month, start.day)))


def training_hours(facts: Mapping[str, Any]) -> Decimal:
    """The hours of training that the facts state; nothing readable counts as none."""
    return _hours(facts, "training_hours")


def _hours(facts: Mapping[str, Any], name: str) -> Decimal:
    try:
        hours = Decimal(_text(facts, name) or "0")
    except InvalidOperation:
        return Decimal(0)
    return hours if hours.is_finite() else Decimal(0)


def rule_faults(rules: Mapping[str, Any]) -> list[str]:
    """The names in an exam's figures that this file does not know or cannot count with; empty when all is well."""
    faults = [name for name in rules if name not in KNOWN_RULES]
    faults += [name for name in _COUNTS if not _is_count(rules.get(name, 0))]
    least = rules.get("min_education", {})
    if not isinstance(least, Mapping) or any(level not in EDUCATION for level in least.values()):
        faults.append("min_education")
    if not isinstance(rules.get("posts", []), list):
        faults.append("posts")
    wanted = rules.get("credential")
    if wanted is not None and not (isinstance(wanted, Mapping) and {"level", "name"} == set(wanted)):
        faults.append("credential")
    if not isinstance(rules.get("in_service", True), bool):
        faults.append("in_service")
    return faults


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _rank(education: Any) -> int:
    return EDUCATION.index(education) if education in EDUCATION else -1


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value).strip()
