"""Moments, and what the eligibility rules say, in the reader's language."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import formats, timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext as _in

from lms.lib import moments
from lms.people.models import PostHeld, SchoolStage

EDUCATION_NAMES = {
    "secondary": _("secondary vocational school"),
    "diploma": _("college diploma"),
    "bachelor": _("bachelor's degree"),
    "graduate": _("postgraduate degree"),
}
OTHER = "other"

# Rule → (its short name, what is wrong, what would change it).
RULES = {
    "not_in_service": (
        _("In service"),
        _("Not in service at a school now."),
        _("Only teachers in service may sit this exam; apply for a later one when back in service."),
    ),
    "post_not_eligible": (
        _("Post"),
        _("The post “{found}” is not among those that this exam is for: {wanted}."),
        _("Where one of these posts has been taken up, have the school change the record first."),
    ),
    "education_below_stage": (
        _("Education"),
        _("The education is “{found}”; this school stage asks for at least “{wanted}”."),
        _("Apply again when the higher degree has been awarded."),
    ),
    "no_teacher_certificate": (
        _("Teacher certificate"),
        _("There is no teacher certificate."),
        _("Obtain the national teacher certificate first, then apply for a later exam."),
    ),
    "too_few_service_years": (
        _("Years of service"),
        _("Full years of service on the last day of registration: {found}; at least {wanted} are asked for."),
        _("Apply for a later exam, once the years are full."),
    ),
    "too_few_training_hours": (
        _("Training hours"),
        _("Recorded training hours: {found}; at least {wanted} are asked for."),
        _("Complete the missing hours and apply for a later exam."),
    ),
    "credential_not_held": (
        _("Certificate held"),
        _("No valid certificate “{wanted}” is on record on the day of registration."),
        _("Earn it first; one from elsewhere counts once it is verified in the record of certificates."),
    ),
    "too_few_recorded_hours": (
        _("Hours on record"),
        _("Hours of completed trainings on record: {found}; at least {wanted} are asked for."),
        _("Complete a training, or have missing ones entered in the record, before registration ends."),
    ),
    "phone_missing": (
        _("Mobile phone"),
        _("The mobile phone number is not eleven digits."),
        _("Enter the eleven digits of the mobile phone."),
    ),
    "certificate_number_wrong": (
        _("Certificate number"),
        _("The number of the teacher certificate is not seventeen digits."),
        _("Copy the seventeen digits from the certificate."),
    ),
    "work_start_missing": (
        _("Start of work"),
        _("The month in which work began is missing or no month."),
        _("Enter year and month, for example 2012-08."),
    ),
    OTHER: (_("Another reason"), _("See the reason given."), ""),
}

# The acts about one candidacy, as its history names them.
ACTS = {
    "exams.candidate_registered": _("Registered"),
    "exams.candidate_approved": _("Approved"),
    "exams.candidate_returned": _("Returned for correction"),
    "exams.candidate_rejected": _("Not approved"),
    "exams.candidate_added_late": _("Taken in after the draw"),
    "exams.candidate_confirmed_by_school": _("Confirmed by the school"),
    "exams.candidate_photo_set": _("Photo handed in"),
    "exams.candidate_corrected": _("Corrected and submitted again"),
    "exams.candidate_withdrawn": _("Withdrawn"),
}


def act_name(act: str) -> str:
    return str(ACTS.get(act, act))


def rule_name(rule: str) -> str:
    return str(RULES[rule][0]) if rule in RULES else rule


def finding_sentence(finding: Any) -> str:
    """What is wrong, with what was found and what is asked for, in words."""
    sentence = RULES[finding.rule][1]
    return str(format_lazy(str(sentence), found=_say(finding.found), wanted=_say(finding.wanted)))


def finding_remedy(finding: Any) -> str:
    return str(RULES[finding.rule][2])


def _say(value: Any) -> str:
    if isinstance(value, list):
        return _now(", ").join(_say(each) for each in value)
    if value in EDUCATION_NAMES:
        return str(EDUCATION_NAMES[value])
    if value in PostHeld.Post.values:
        return str(PostHeld.Post(value).label)
    return str(value) if value not in ("", None) else _now("not stated")


def fact_labels(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A candidate's facts as pairs of label and value, in the order of the form."""
    stage = facts.get("stage", "")
    certificate = facts.get("teacher_certificate", "")
    return [
        (_now("Post"), _say(facts.get("post", ""))),
        (_now("School stage"), str(SchoolStage(stage).label) if stage in SchoolStage.values else stage),
        (_now("Subject"), facts.get("subject", "")),
        (_now("Education"), _say(facts.get("education", ""))),
        (_now("Teacher certificate number"), _now("none") if certificate == "none" else certificate),
        (_now("Began to work in"), facts.get("work_started_on", "")),
        (_now("In service"), _now("yes") if facts.get("in_service") is True else _now("no")),
        (_now("Training hours"), str(facts.get("training_hours", ""))),
        *([(_now("Hours on record"), facts["recorded_hours"])] if "recorded_hours" in facts else []),
        (_now("Mobile phone"), facts.get("phone", "")),
    ]


# A moment in the site's time zone, and a deadline: as every page writes them.
moment, deadline = moments.moment, moments.deadline


def day(on: dt.date) -> str:
    return formats.date_format(on, "DATE_FORMAT")


def clock_time(at: dt.datetime) -> str:
    return formats.time_format(timezone.localtime(at), "TIME_FORMAT")


def figure_labels(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An exam's eligibility figures as pairs of label and value; a rule that does not apply says so."""
    any_ = _now("no requirement")
    least = rules.get("min_education", {})
    grades = [f"{SchoolStage(stage).label} {_say(least[stage])}" for stage in SchoolStage.values if stage in least]
    return [
        (_now("Posts"), _say(rules["posts"]) if rules.get("posts") else any_),
        (_now("Least education"), _in("between parts of a line", "; ").join(grades) or any_),
        (_now("Full years of service"), str(rules.get("min_service_years") or any_)),
        (_now("Training hours"), str(rules.get("min_training_hours") or any_)),
        *([(_now("Certificate held"), rules["credential"]["name"])] if rules.get("credential") else []),
        *([(_now("Hours on record"), str(rules["min_recorded_hours"]))] if rules.get("min_recorded_hours") else []),
        (_now("In service"), _now("required") if rules.get("in_service") else any_),
    ]


def answer_text(response: Any) -> str:
    """A response to any kind of question as one line: letters, words, pairs; a dash where nothing was answered."""
    if isinstance(response, bool):
        return _now("True") if response else _now("False")
    if isinstance(response, list):
        return "、".join(each or "–" for each in response) or "–"
    if isinstance(response, dict):
        return "、".join(f"{left}–{right}" for left, right in response.items()) or "–"
    return response or "–"
