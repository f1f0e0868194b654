"""Lines of the journal for tests, written as an act writes them."""

from django.db import transaction

from lms.journal import sealing, writing
from lms.journal.models import Line
from tests.factories.people import AT


def line(by, about, *, act="exams.paper_frozen", at=AT, **more):
    with transaction.atomic():
        return writing.write(act, by=by, at=at, about=about, **more)


def seal():
    """Seal every line now. On PostgreSQL sealing would wait for this very test's transaction, and for those of the
    tests beside it."""
    Line.objects.filter(place=None).update(written_before=0)
    return sealing.seal()
