"""Recognised hours are handed up to the authority above, each claim once, in a workbook that stays as it was."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from lms.journal import writing as journal
from lms.lib import clock, sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, Posting, User
from lms.records import wording
from lms.records.models import Conversion, HourClaim, HourClaimStep, HourEntry, HourExport, HourExportLine

State = HourClaim.State
_BATCH = 500


class ReceiverUnnamed(Refusal):
    sentence = gettext_lazy("Write to which authority or system the hours are handed up.")
    field = "receiver"


class NothingToHandUp(Refusal):
    sentence = gettext_lazy("Nothing waits to be handed up for {unit}: what was recognised has been handed up already.")


@transaction.atomic
def hand_up(*, unit: Organisation, receiver: str, by: User, at: dt.datetime) -> HourExport:
    """Hand up every recognised claim of the teachers below a unit that was not handed up before, and every one whose
    hours were taken back since. The claims are exported from now on (已报送); what was said of each is kept. Refuses:
    NotYourOffice, ReceiverUnnamed, NothingToHandUp."""
    access.require(by, unit, at, HourClaim.RECOGNISES)
    if not receiver.strip():
        raise ReceiverUnnamed()
    Organisation.objects.select_for_update(of=("self",)).only("pk").get(pk=unit.pk)  # one handing up after the other
    waiting = list(_described(waits(unit, at)))
    if not waiting:
        raise NothingToHandUp(unit=unit.name)
    made = HourExport.objects.create(unit=unit, receiver=receiver.strip(), made_by=by, made_at=at)
    lines = [
        HourExportLine(export=made, claim=each, is_reversal=each.state == State.REVERSED, facts=facts(each))
        for each in waiting
    ]
    try:
        with transaction.atomic():
            HourExportLine.objects.bulk_create(lines, batch_size=_BATCH)
    except IntegrityError:  # a bureau above or below handed one of them up at this moment
        raise NothingToHandUp(unit=unit.name) from None
    _mark([each for each in waiting if each.state == State.RECOGNISED], by, at)
    told = {"count": len(lines), "receiver": made.receiver}
    journal.write("records.hours_handed_up", by=by, at=at, about=made, facts=told)
    return made


@transaction.atomic
def take(*, export: HourExport, by: User, at: dt.datetime) -> bytes:
    """The workbook of what was handed up, the same whenever it is asked for; that it was taken stands in the journal.
    Refuses: NotYourOffice."""
    access.require(by, export.unit, at, HourClaim.RECOGNISES)
    journal.write("records.export_taken", by=by, at=at, about=export)
    rows = [_row(each.facts) for each in export.lines.order_by("pk")]
    made = formats.date_format(timezone.localtime(export.made_at), "DATETIME_FORMAT")
    above = [
        _("Recognised hours of {unit}, handed up to {receiver}").format(
            unit=export.unit.name, receiver=export.receiver
        ),
        _("By {who} at {at}. Hours of 45 minutes; negative ones were taken back.").format(who=export.made_by, at=made),
    ]
    return sheets.write([(_("Recognised hours"), _headings(), rows)], above=above)


def waits(unit: Organisation, at: dt.datetime) -> QuerySet[HourClaim]:
    """The claims of the teachers below a unit that the next handing up would contain."""
    posted = Posting.objects.last_on(clock.local_date(at)).filter(organisation__path__startswith=unit.path)
    here = Q(teacher__in=posted.values("teacher")) | Q(teacher__merged_into__in=posted.values("teacher"))
    sent = HourExportLine.objects.values("claim")
    fresh = Q(state=State.RECOGNISED) & ~Q(pk__in=sent)
    undone = Q(state=State.REVERSED, pk__in=sent) & ~Q(pk__in=sent.filter(is_reversal=True))
    return HourClaim.objects.filter(here).filter(fresh | undone)


def facts(claim: HourClaim) -> dict[str, Any]:
    """What is said of a claim: who and where, by a covered identity number; the deed; the hours that count by category,
    negative where they were taken back."""
    person = claim.person
    school = next(iter(person.schools), None)
    entry = claim.entry
    back = claim.state == State.REVERSED
    return {
        "name": person.full_name,
        "id_number": person.masked_id_number,
        "school": school.organisation.name if school else "",
        "kind": claim.kind,
        "title": claim.title,
        "organiser": claim.organiser,
        "level": claim.level,
        "begun_on": claim.begun_on.isoformat(),
        "done_on": claim.done_on.isoformat(),
        "category": entry.category,
        "hours": wording.plain(-entry.hours if back else entry.hours),
    }


def _described(rows: QuerySet[HourClaim]) -> Iterable[HourClaim]:
    """Locked, with their entry and person, and of the person her schools, the last one first."""
    schools = Posting.objects.select_related("organisation").order_by("-from_on", "-pk")
    related = (
        rows.select_for_update(of=("self",)).select_related("entry", "teacher", "teacher__merged_into").order_by("pk")
    )
    return related.prefetch_related(
        Prefetch("teacher__postings", schools, to_attr="schools"),
        Prefetch("teacher__merged_into__postings", schools, to_attr="schools"),
    )


def _mark(claims: list[HourClaim], by: User, at: dt.datetime) -> None:
    HourClaim.objects.filter(pk__in=[each.pk for each in claims]).update(state=State.EXPORTED)
    HourClaimStep.objects.bulk_create(
        [HourClaimStep(claim=each, state=State.EXPORTED, by=by, at=at) for each in claims], batch_size=_BATCH
    )


def _headings() -> list[str]:
    return [
        _("Name"),
        _("Identity number (covered)"),
        _("School"),
        pgettext("claim", "Kind"),
        _("What it was"),
        _("Held or published by"),
        _("Level of the organiser"),
        pgettext("claim", "First day"),
        pgettext("claim", "Last day"),
        _("Category"),
        _("Hours"),
    ]


def _row(kept: dict[str, Any]) -> list[Any]:
    return [
        kept["name"],
        kept["id_number"],
        kept["school"],
        str(Conversion.Kind(kept["kind"]).label),
        kept["title"],
        kept["organiser"],
        str(HourClaim.Level(kept["level"]).label),
        dt.date.fromisoformat(kept["begun_on"]),
        dt.date.fromisoformat(kept["done_on"]),
        str(HourEntry.Category(kept["category"]).label),
        float(kept["hours"]),
    ]
