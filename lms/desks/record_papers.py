"""What a record says of exams and certificates."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from certs import wording as certificate_words
from certs.models import Credential, ExternalCredential
from exams.models import ModuleResult, Stage, StageEntry
from lms.desks.record_row import CERTIFICATE, EXAM, Row, known
from lms.lib import clock
from lms.lib.templatetags.design import known_to
from lms.records import wording

_DECIDED = (StageEntry.State.PASSED, StageEntry.State.FAILED, StageEntry.State.ABSENT, StageEntry.State.VIOLATED)


# Exams


def exams(persons: list[int], own: bool) -> Iterator[Row]:
    """The stages whose results are final; of a stage that is not, there is nothing, not even that she sat it."""
    results = ModuleResult.objects.select_related("module").order_by("module__number")
    final = StageEntry.objects.filter(
        candidate__teacher__in=persons, stage__state=Stage.State.FINALISED, state__in=_DECIDED
    )
    related = ("candidate", "stage__exam__organisation", "stage__exam__level", "room__sitting", "hearing__day")
    for each in final.select_related(*related).prefetch_related(Prefetch("results", results)).order_by("pk"):
        yield _entry(each, own)


def _entry(each: StageEntry, own: bool) -> Row:
    exam, day = each.stage.exam, _sat_on(each)
    points = [
        _("{module}: {score} of {full} points").format(
            module=one.module.name, score=wording.plain(one.score), full=wording.plain(one.module.full_marks)
        )
        for one in each.results.all()
        if own and one.score is not None
    ]
    return Row(
        EXAM,
        day,
        date_format(day, "DATE_FORMAT"),
        f"{exam.name} · {each.stage.name}",
        (exam.organisation.name, *points),
        each.state,
        str(each.get_state_display()),
        reverse("exams:my_result", args=[each.candidate_id]) if own else "",
        {
            "what": "exam",
            "exam": exam.name,
            "stage": each.stage.name,
            "level": exam.level.name,
            "authority": exam.organisation.name,
            "on": day,
            "outcome": each.state,
            "results": [
                {
                    "module": one.module.name,
                    "status": one.status,
                    "score": one.score,
                    "full_marks": one.module.full_marks,
                    "passed": one.passed,
                }
                for one in each.results.all()
                if own
            ],
        },
    )


def _sat_on(each: StageEntry) -> dt.date:
    """The day of the sitting or the hearing; where neither is known, of the settled result, or of the registration."""
    if each.room_id:
        return clock.local_date(each.room.sitting.starts_at)
    if hasattr(each, "hearing"):
        return clock.local_date(each.hearing.day.starts_at)
    settled = [one.settled_at for one in each.results.all()]
    return clock.local_date(max(settled, default=each.stage.exam.registration_closes_at))


# Certificates


def credentials(persons: list[int]) -> list[Credential]:
    """The certificates issued here, the newest first."""
    issued = Credential.objects.issued().filter(teacher__in=persons)
    return list(issued.select_related("batch").order_by("-issued_on", "-pk"))


def credential(each: Credential, day: dt.date) -> Row:
    """A certificate issued here, as it stands on a day."""
    standing = each.standing_on(day)
    name = certificate_words.certificate_name(each.facts)
    return Row(
        CERTIFICATE,
        each.issued_on,
        known_to(each.issued_on, each.precision),
        name,
        tuple(filter(None, (each.facts["authority"], each.number, _valid_until(each.expires_on), each.state_reason))),
        standing,
        str(certificate_words.STANDINGS[standing]),
        reverse("certs:credential", args=[each.pk]),
        {
            "what": "certificate",
            "name": name,
            "holder": each.facts["holder"],
            "number": each.number,
            "authority": each.facts["authority"],
            "issued_on": known(each.issued_on, each.precision),
            "valid_until": each.expires_on,
            "standing": standing,
            "reason": each.state_reason,
            "paper": each.is_paper,
        },
    )


def external(persons: list[int], own: bool) -> list[ExternalCredential]:
    """Certificates from elsewhere: to others than herself those verified."""
    rows = ExternalCredential.objects.filter(teacher__in=persons).select_related("type__equals")
    if not own:
        rows = rows.filter(state=ExternalCredential.State.VERIFIED)
    return list(rows.order_by("-issued_on", "-pk"))


def elsewhere(each: ExternalCredential, day: dt.date, own: bool) -> Row:
    """A certificate from elsewhere, as it stands on a day."""
    standing = standing_of(each, day)
    is_over = standing == "expired"
    equals = each.type.equals.name if each.type.equals and each.state == ExternalCredential.State.VERIFIED else ""
    counts_as = _("counts as %(level)s") % {"level": equals} if equals else ""
    return Row(
        CERTIFICATE,
        each.issued_on,
        date_format(each.issued_on, "DATE_FORMAT"),
        each.type.name,
        tuple(filter(None, (each.type.issuer, each.number, _valid_until(each.expires_on), counts_as, each.reason))),
        standing,
        str(certificate_words.STANDINGS["expired"] if is_over else each.get_state_display()),
        reverse("certs:external", args=[each.pk]) if own else "",
        {
            "what": "certificate_from_elsewhere",
            "name": each.type.name,
            "number": each.number,
            "authority": each.type.issuer,
            "issued_on": each.issued_on,
            "valid_until": each.expires_on,
            "standing": standing,
            "counts_as": equals,
            "reason": each.reason,
        },
    )


def standing_of(each: ExternalCredential, day: dt.date) -> str:
    """Its state, or "expired" where it was verified and only time has ended it."""
    verified = each.state == ExternalCredential.State.VERIFIED
    return "expired" if verified and each.expires_on and day > each.expires_on else each.state


def _valid_until(until: dt.date | None) -> str:
    if until is None:
        return pgettext("validity", "without end")
    return pgettext("validity", "until %(day)s") % {"day": date_format(until, "DATE_FORMAT")}
