"""What teachers read of an exam before they register, and what registration asks of them."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams.models import Exam, Stage
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER


class TermsStand(Refusal):
    sentence = _(
        "Teachers register already, so the pledge, the photo and the school's word stay as they are. "
        "Text, places and contact can be changed."
    )
    field = "pledge"


class PlacesUnfit(Refusal):
    sentence = _("Give at least 1 place, or leave it empty.")
    field = "places"


@transaction.atomic
def describe(
    *,
    exam: Exam,
    announcement: str,
    places: int | None,
    contact: str,
    pledge: str,
    asks_photo: bool,
    asks_school: bool,
    by: User,
    at: dt.datetime,
) -> None:
    """Write an exam's announcement: its text, how many places are meant (told, not enforced), whom to ask; and what is
    asked at registration: a pledge to tick (another text is another version), a photo, the school's word before the
    review. What is asked stands once registration is announced.

    Refuses: NotYourOffice, PlacesUnfit, TermsStand.
    """
    access.require(by, exam.organisation, at, OFFICER)
    if places is not None and places < 1:
        raise PlacesUnfit()
    fresh = Exam.objects.select_for_update().get(pk=exam.pk)
    pledge = pledge.strip()
    is_other = (fresh.pledge, fresh.asks_photo, fresh.asks_school) != (pledge, asks_photo, asks_school)
    if is_other and exam.stages.exclude(state=Stage.State.PLANNING).exists():
        raise TermsStand()
    if pledge != fresh.pledge:
        exam.pledge, exam.pledge_version = pledge, fresh.pledge_version + 1
    exam.announcement, exam.places, exam.contact = announcement.strip(), places, contact.strip()
    exam.asks_photo, exam.asks_school = asks_photo, asks_school
    names = ("announcement", "places", "contact", "pledge", "pledge_version", "asks_photo", "asks_school")
    exam.save(update_fields=names)
    facts = {"pledge_version": exam.pledge_version, "photo": asks_photo, "school": asks_school}
    journal.write("exams.exam_described", by=by, at=at, about=exam, facts=facts)
