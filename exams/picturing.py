"""A candidate's photo for the exam: set by herself or by who reviews her, until the bell."""

import datetime as dt
from typing import IO

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import applying, portraits, stages, wording
from exams.models import Candidate, Sitting, Stage
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import photos
from lms.people.models import User


class NoPhotoNow(Refusal):
    sentence = _("This registration is “{state}”, so it takes no photo.")
    field = "photo"


class GroundNotPlain(Refusal):
    sentence = _("The ground behind the head seems dark or uneven. Choose another photo, or use it as it is.")
    field = "photo"
    status = 422


class BellRung(Refusal):
    sentence = _("The exam began on {starts}. From then on the photo stays as it is.")
    field = "photo"


@transaction.atomic
def set_photo(
    *, candidate: Candidate, file: IO[bytes], cut: portraits.Cut, anyway: bool = False, by: User, at: dt.datetime
) -> None:
    """Keep a picture as a candidate's photo; the one before is forgotten. The ground is measured: a dark or uneven one
    is taken only `anyway`, and the journal says so. Whether it shows her is for the reviewer's eye.

    Who: the candidate, or an officer who may review her. Refuses: NotYourRegistration, NoPhotoNow, NotAtThisStep,
    BellRung, GroundNotPlain, and what `portraits.prepare` refuses.
    """
    applying.lock(candidate)
    applying.require_owner_or_officer(candidate, by, at)
    state = Candidate.State
    if candidate.state not in (state.SUBMITTED, state.RETURNED, state.APPROVED):
        raise NoPhotoNow(state=candidate.get_state_display())
    first = candidate.exam.stages.get(number=1)
    where = Stage.State
    stages.require(first, where.REGISTRATION_OPEN, where.REGISTRATION_CLOSED, where.ARRANGED)
    sitting = Sitting.objects.of_stage(first.pk)
    if sitting and at >= sitting.starts_at:
        raise BellRung(starts=wording.moment(sitting.starts_at))
    portrait = portraits.prepare(file, cut)
    if not portrait.is_plain and not anyway:
        raise GroundNotPlain()
    before, candidate.photo = candidate.photo, photos.store(portrait.jpeg)
    facts = {"ground": "plain" if portrait.is_plain else "not plain"}
    try:
        candidate.save(update_fields=["photo"])
        journal.write("exams.candidate_photo_set", by=by, at=at, about=candidate, facts=facts)
    except Exception:
        photos.remove(candidate.photo)  # nobody will ever ask for it
        raise
    transaction.on_commit(lambda: photos.remove(before))
