"""Standard setting: judges are named, rate every item in one round or two, sign, and their sums give a line."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import queries, rated_items, scripts, stages
from exams.models import AngoffRating, Candidate, Exam, Module, RatingSheet, Stage, StandardSetting
from lms.inbox import writing as inbox
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.questions import angoff

LEAST = 3
AFTER_THE_BELL = (Stage.State.MARKING, Stage.State.SCORES_CHECKED)
SHEETS = "/exams/standards/"
_S = StandardSetting.State
_ROUND_OF = {_S.FIRST_ROUND: 1, _S.SECOND_ROUND: 2}


class TooFewStandardJudges(Refusal):
    sentence = _("A standard is set by at least three judges. Choose more people.")
    field = "judges"


class JudgeIsCandidate(Refusal):
    sentence = _("{name} is a candidate of this exam, so she cannot see its keys. Choose somebody else.")
    field = "judges"


class JudgeBecameCandidate(Refusal):
    sentence = _(
        "{name} has become a candidate of this exam, so she cannot see its keys. Dissolve the panel and name another."
    )


class RaterIsCandidate(Refusal):
    sentence = _("You are a candidate of this exam, so its questions are closed to you. Tell the exam officer.")
    status = 403


class NotAStandardJudge(Refusal):
    sentence = _("{name} does not hold the office of judge here. Have the office given first, or choose somebody else.")
    field = "judges"


class SettingRunning(Refusal):
    sentence = _("Judges are already setting the standard of “{module}”. Let them finish first.")


class NoPaperToRate(Refusal):
    sentence = _("“{module}” has no frozen paper, so there is nothing to rate. Have its paper frozen first.")


class RoundNotDue(Refusal):
    sentence = _("The standard setting stands at “{step}”, so this is not due. Open its page again for the next step.")


class FacilityNotKnown(Refusal):
    sentence = _("How the questions did is known when the scores are checked. Open the round without it, or wait.")
    field = "show_facility"


class NotYourSheet(Refusal):
    sentence = _("This sheet was given to another judge. Only she can fill it in.")
    status = 403


class RatingsSigned(Refusal):
    sentence = _("You have signed this round, so its ratings stand. The next round lets you give new ones.")


class NotWholePercent(Refusal):
    sentence = _("Question {item}: {given} is not a whole number from 0 to 100. Correct it.")
    field = "ratings"
    status = 422


class NoSuchItem(Refusal):
    sentence = _("The paper has no question {item}. Open the sheet again.")
    field = "ratings"


class RatingsMissing(Refusal):
    sentence = _("{count} questions have no rating yet: {items}. Rate every question, then sign.")
    field = "ratings"


class DissolvingReasonMissing(Refusal):
    sentence = _("Write why the panel is dissolved; the reason is kept for good.")
    field = "reason"


class SheetsUnsigned(Refusal):
    sentence = _("Not signed yet: {names}. Wait for them, or close the round without them.")
    field = "without_unsigned"


class TooFewSigned(Refusal):
    sentence = _("Only {count} judges have signed. A standard takes at least three; wait for more of them.")


def name_judges(module: Module, judges: Iterable[User], *, by: User, at: dt.datetime) -> StandardSetting:
    """Name the judges who set the standard of a written module, at any time before its line; nobody sees the paper
    by it. Of two equivalent forms they will rate both. Refuses: NotYourOffice, NotAtThisStep (a line is set),
    NoPaperToRate, TooFewStandardJudges, NotAStandardJudge, SettingRunning."""
    people = list({each.pk: each for each in judges}.values())
    with transaction.atomic():
        stage = module.stage
        stages.lock(stage)
        access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        if stages.is_past(stage, Stage.State.LINE_SET):
            raise stages.NotAtThisStep(stage=stage.name, step=stage.get_state_display())
        if queries.paper_of(module) is None:
            raise NoPaperToRate(module=module)
        _require_judges(people, stage.exam, at)
        setting = _create(module, by, at)
        RatingSheet.objects.bulk_create([RatingSheet(setting=setting, judge=each, round=1) for each in people])
        facts = {"judges": [str(each) for each in people]}
        writing.write("exams.standard_judges_named", by=by, at=at, about=module, facts=facts)
    return setting


def _require_judges(people: list[User], exam: Exam, at: dt.datetime) -> None:
    if len(people) < LEAST:
        raise TooFewStandardJudges()
    for each in people:
        if not access.covers(each, exam.organisation, at, Appointment.Office.JUDGE):
            raise NotAStandardJudge(name=each)
    sitting = _candidate_among(people, exam)
    if sitting:
        raise JudgeIsCandidate(name=sitting)


def _candidate_among(people: Iterable[User], exam: Exam) -> User | None:
    """One of these people who is a candidate of the exam, in whatever state and under whatever record."""
    by_id = {each.pk: each for each in people}
    held = Candidate.objects.filter(exam=exam).held_by(*by_id.values())
    for accounts in held.values_list("teacher__user", "teacher__merged_into__user"):
        return next(by_id[each] for each in accounts if each in by_id)
    return None


def _create(module: Module, by: User, at: dt.datetime) -> StandardSetting:
    if module.standard_settings.exclude(state__in=StandardSetting.OVER).exists():
        raise SettingRunning(module=module)
    try:
        with transaction.atomic():
            return StandardSetting.objects.create(module=module, named_by=by, named_at=at)
    except IntegrityError as error:
        raise SettingRunning(module=module) from error


def open_round(setting: StandardSetting, *, show_facility: bool = False, by: User, at: dt.datetime) -> StandardSetting:
    """Open the first round, or after it the second, for those who signed the first. From here judges see the paper and
    its keys, so never before the sitting began. In the second each sees what the first came to, item by item, and with
    `show_facility` how the items did. Refuses: NotYourOffice, NotAtThisStep, RoundNotDue, FacilityNotKnown,
    JudgeBecameCandidate (since she was named)."""
    with transaction.atomic():
        setting = _locked(setting)
        stage = _officers_stage(setting, by, at)
        stages.require(stage, *AFTER_THE_BELL)
        _require_state(setting, _S.NAMED, _S.BETWEEN)
        second = setting.state == _S.BETWEEN
        if show_facility and second and stage.state != Stage.State.SCORES_CHECKED:
            raise FacilityNotKnown()
        if second:
            signed = setting.sheets.filter(round=1).exclude(signed_at=None)
            RatingSheet.objects.bulk_create(
                [RatingSheet(setting=setting, judge_id=each.judge_id, round=2) for each in signed]
            )
        setting.facility_shown = second and show_facility
        setting.state = _S.SECOND_ROUND if second else _S.FIRST_ROUND
        setting.save(update_fields=["state", "facility_shown"])
        number = _ROUND_OF[setting.state]
        people = [each.judge for each in setting.sheets.filter(round=number).select_related("judge")]
        # She may have registered since she was named.
        sitting = _candidate_among(people, stage.exam)
        if sitting:
            raise JudgeBecameCandidate(name=sitting)
        facts = {"round": number, "judges": len(people), "facility_shown": setting.facility_shown}
        writing.write("exams.standard_round_opened", by=by, at=at, about=setting.module, facts=facts)
        inbox.send_all(
            kind="exams.standard_round_opened",
            to=people,
            at=at,
            address=SHEETS,
            facts_of=lambda user: {"exam": stage.exam.name, "round": number},
        )
    return setting


def save(sheet: RatingSheet, ratings: Mapping[str, Any], *, by: User, at: dt.datetime) -> RatingSheet:
    """Keep some or all of one's ratings, {item: whole per cent, or None to take it back}; nothing counts until it is
    signed. Refuses: NotYourSheet, NotYourOffice, RaterIsCandidate, RoundNotDue, RatingsSigned, NoSuchItem,
    NotWholePercent."""
    with transaction.atomic():
        sheet = _own(sheet, by, at)
        _keep(sheet, ratings, at)
    return sheet


def sign(sheet: RatingSheet, ratings: Mapping[str, Any], *, by: User, at: dt.datetime) -> RatingSheet:
    """Keep these ratings and sign the sheet: its sum is fixed, of two forms the mean of both sums. Refuses what `save`
    refuses, and RatingsMissing, of either form; then nothing of it is kept."""
    with transaction.atomic():
        sheet = _own(sheet, by, at)
        _keep(sheet, ratings, at)
        forms = rated_items.points(sheet.setting.module)
        given = dict(sheet.ratings.values_list("item", "percent"))
        missing = [item for points in forms.values() for item in points if item not in given]
        if missing:
            raise RatingsMissing(count=len(missing), items="、".join(missing[:12]))
        sums = {form: angoff.total(given, points) for form, points in forms.items()}
        sheet.signed_at, sheet.total = at, angoff.line_of_forms(sums)
        sheet.save(update_fields=["signed_at", "total"])
        facts = {"round": sheet.round, "sum": scripts.plain(sheet.total)}
        writing.write("exams.standard_ratings_signed", by=by, at=at, about=sheet.setting.module, facts=facts)
    return sheet


def _own(sheet: RatingSheet, by: User, at: dt.datetime) -> RatingSheet:
    setting = _locked(sheet.setting)
    fresh = RatingSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    fresh.setting = setting
    if fresh.judge_id != by.pk:
        raise NotYourSheet()
    exam = setting.module.stage.exam
    access.require(by, exam.organisation, at, Appointment.Office.JUDGE)
    if _candidate_among([by], exam):
        raise RaterIsCandidate()
    if _ROUND_OF.get(setting.state) != fresh.round:
        raise RoundNotDue(step=setting.get_state_display())
    if fresh.signed_at:
        raise RatingsSigned()
    return fresh


def _keep(sheet: RatingSheet, ratings: Mapping[str, Any], at: dt.datetime) -> None:
    known = rated_items.of(sheet.setting.module)
    wanted = {}
    for item, given in ratings.items():
        if item not in known:
            raise NoSuchItem(item=item)
        wanted[item] = None if given is None or str(given).strip() == "" else _percent(item, given)
    sheet.ratings.filter(item__in=[item for item, percent in wanted.items() if percent is None]).delete()
    rows = [AngoffRating(sheet=sheet, item=i, percent=percent) for i, percent in wanted.items() if percent is not None]
    AngoffRating.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["sheet", "item"], update_fields=["percent"]
    )
    sheet.saved_at = at
    sheet.save(update_fields=["saved_at"])


def _percent(item: str, given: Any) -> int:
    text = str(given).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100):
        raise NotWholePercent(item=item, given=given)
    return int(text)


def close_round(
    setting: StandardSetting, *, without_unsigned: bool = False, by: User, at: dt.datetime
) -> StandardSetting:
    """Close the round that runs and keep what it came to. After the first the judges talk it over, and a second may be
    opened; closing the second freezes the standard. Whoever has not signed does not count, and the round is closed
    over her only `without_unsigned`. Refuses: NotYourOffice, RoundNotDue, SheetsUnsigned, TooFewSigned."""
    with transaction.atomic():
        setting = _locked(setting)
        _officers_stage(setting, by, at)
        _require_state(setting, _S.FIRST_ROUND, _S.SECOND_ROUND)
        number = _ROUND_OF[setting.state]
        sheets = list(setting.sheets.filter(round=number).select_related("judge").order_by("pk"))
        signed = [each for each in sheets if each.signed_at]
        names = [str(each.judge) for each in sheets if not each.signed_at]
        if names and not without_unsigned:
            raise SheetsUnsigned(names="、".join(names))
        if len(signed) < LEAST:
            raise TooFewSigned(count=len(signed))
        line = angoff.line([each.total for each in signed])
        kept = {**_kept(line, signed, names, at), **_by_form(setting, signed)}
        setting.rounds = {**setting.rounds, str(number): kept}
        facts = {"round": number, **_words(line), "without": names}
        writing.write("exams.standard_round_closed", by=by, at=at, about=setting.module, facts=facts)
        if number == 2:
            _freeze(setting, by, at)
        else:
            setting.state = _S.BETWEEN
        setting.save()
    return setting


def freeze(setting: StandardSetting, *, by: User, at: dt.datetime) -> StandardSetting:
    """End the standard setting with its first round, without a second; value and error stand for good.
    Refuses: NotYourOffice, RoundNotDue."""
    with transaction.atomic():
        setting = _locked(setting)
        _officers_stage(setting, by, at)
        _require_state(setting, _S.BETWEEN)
        _freeze(setting, by, at)
        setting.save()
    return setting


def dissolve(setting: StandardSetting, reason: str, *, by: User, at: dt.datetime) -> StandardSetting:
    """End a panel that cannot finish: what it rated counts for nothing and its sheets close; another may be named.
    Judges who had a sheet open are told. Refuses: NotYourOffice, RoundNotDue (frozen, or dissolved already),
    DissolvingReasonMissing."""
    with transaction.atomic():
        setting = _locked(setting)
        stage = _officers_stage(setting, by, at)
        _require_state(setting, _S.NAMED, _S.FIRST_ROUND, _S.BETWEEN, _S.SECOND_ROUND)
        if not reason.strip():
            raise DissolvingReasonMissing()
        rating_now = setting.sheets.filter(round=_ROUND_OF.get(setting.state, 0)).select_related("judge")
        facts = {"state": setting.state, "judges": setting.sheets.filter(round=1).count()}
        setting.state = _S.DISSOLVED
        setting.save(update_fields=["state"])
        writing.write(
            "exams.standard_dissolved", by=by, at=at, about=setting.module, reason=reason.strip(), facts=facts
        )
        inbox.send_all(
            kind="exams.standard_dissolved",
            to=[each.judge for each in rating_now],
            at=at,
            address=SHEETS,
            facts_of=lambda user: {"exam": stage.exam.name},
        )
    return setting


def _freeze(setting: StandardSetting, by: User, at: dt.datetime) -> None:
    last = setting.rounds[max(setting.rounds)]
    setting.value, setting.error = Decimal(last["value"]), Decimal(last["error"])
    setting.state, setting.frozen_by, setting.frozen_at = _S.FROZEN, by, at
    facts = {name: last[name] for name in ("value", "error", "judges")}
    writing.write("exams.standard_frozen", by=by, at=at, about=setting.module, facts=facts)


def _words(line: angoff.Line) -> dict[str, Any]:
    return {"value": str(line.value), "error": str(line.error), "spread": str(line.spread), "judges": line.judges}


def _kept(line: angoff.Line, signed: list[RatingSheet], without: list[str], at: dt.datetime) -> dict[str, Any]:
    sums = [[str(each.judge), scripts.plain(each.total)] for each in signed]
    return {**_words(line), "sums": sums, "without": without, "closed_at": at.isoformat()}


def _by_form(setting: StandardSetting, signed: list[RatingSheet]) -> dict[str, Any]:
    """What a round came to form by form, and how far the second lies above the first; nothing of a paper without."""
    forms = rated_items.points(setting.module)
    if len(forms) < 2:
        return {}
    given: dict[int, dict[str, int]] = {each.pk: {} for each in signed}
    for sheet, item, percent in AngoffRating.objects.filter(sheet__in=signed).values_list("sheet", "item", "percent"):
        given[sheet][item] = percent
    sums = {form: [angoff.total(each, points) for each in given.values()] for form, points in forms.items()}
    apart, error = angoff.difference(*sums.values())
    lines = {form: _words(angoff.line(each)) for form, each in sums.items()}
    return {"forms": lines, "difference": {"value": str(apart), "error": str(error)}}


def _locked(setting: StandardSetting) -> StandardSetting:
    found = StandardSetting.objects.select_for_update(of=("self",))
    return found.select_related("module__stage__exam__organisation", "module__sitting__paper").get(pk=setting.pk)


def _officers_stage(setting: StandardSetting, by: User, at: dt.datetime) -> Stage:
    stage = setting.module.stage
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    return stage


def _require_state(setting: StandardSetting, *states: str) -> None:
    if setting.state not in states:
        raise RoundNotDue(step=setting.get_state_display())
