"""A programme gets its page: what it is for whom, and the courses it consists of."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.html import linebreaks
from django.utils.translation import gettext_lazy as _

from cms import reading
from cms.models import CoursePage, InstitutionPage, ProgrammeCourse, ProgrammePage
from lms.journal import writing as journal
from lms.lib.crypto import token
from lms.lib.refusals import Refusal
from lms.people import access
from lms.training.models import Programme


class HasAPage(Refusal):
    sentence = _("{programme} has its page already.")
    field = "programme"


class NotOfThisInstitution(Refusal):
    sentence = _("A programme's page stands with an institution of its own authority, and uses courses of that room.")
    field = "programme"


@transaction.atomic
def present(
    *,
    programme: Programme,
    institution: InstitutionPage,
    courses: Sequence[CoursePage],
    introduction: str = "",
    by: Any,
    at: dt.datetime,
) -> ProgrammePage:
    """Publish the page of a programme with its courses in order; from then on it demands their lessons. The
    introduction is plain text; blank lines part its paragraphs. `by` None is the installation; otherwise a reviewer,
    who alone publishes. Refuses: NotYourOffice, HasAPage, NotOfThisInstitution."""
    if by is not None and not reading.institutions(by, at, reading.Office.CONTENT_REVIEWER).contains(institution):
        raise access.NotYourOffice()
    below = institution.organisation.path.startswith(programme.organisation.path)
    if not below or not all(each.is_descendant_of(institution) for each in courses):
        raise NotOfThisInstitution()
    if ProgrammePage.objects.filter(programme=programme).exists():
        raise HasAPage(programme=programme)
    page = ProgrammePage(
        title=programme.title,
        slug=token(),
        programme=programme,
        introduction=linebreaks(introduction.strip(), autoescape=True),
        owner=by,
        live=False,
    )
    page.courses = [ProgrammeCourse(course=each, sort_order=place) for place, each in enumerate(courses)]
    try:
        with transaction.atomic():
            institution.add_child(instance=page)
    except IntegrityError as taken:
        raise HasAPage(programme=programme) from taken
    page.save_revision(user=by).publish(user=by)
    journal.write("cms.programme_presented", by=by, at=at, about=page, facts={"courses": len(courses)})
    return ProgrammePage.objects.get(pk=page.pk)
