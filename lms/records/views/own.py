"""A teacher's own hours and trainings, and the yearly statement as PDF."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.lib import clock
from lms.lib.http import send_pdf
from lms.people.models import Teacher
from lms.records import queries, statement, wording

IN_A_PAGE = 50


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """One's own record: the hours of a training year against what is demanded, entry by entry, and all trainings with
    those struck."""
    teacher = Teacher.objects.filter(user=request.user, merged_into=None).first()
    ledger = queries.ledger(teacher, clock.local_date(clock.now()), request.GET.get("year", ""))
    context = {
        "page": Paginator(queries.own(request.user), IN_A_PAGE).get_page(request.GET.get("page")),
        "hours": queries.hours(request.user),
        "teacher": teacher,
        "sees_exemptions": True,
        **shown(ledger),
    }
    return render(request, "records/mine.html", context)


@login_required
@require_GET
def print_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """The statement of a training year as PDF: one's own, or that of a teacher whose record one's offices keep."""
    at = clock.now()
    teacher = get_object_or_404(Teacher.objects.visible_to(request.user, at).filter(merged_into=None), pk=pk)
    day = clock.local_date(at)
    ledger = queries.ledger(teacher, day, request.GET.get("year", ""))
    name = _("Hours %(name)s %(year)s") % {"name": teacher.full_name, "year": wording.name(ledger.year)}
    return send_pdf(statement.pdf(teacher, ledger, day), name=f"{name}.pdf")


def shown(ledger: queries.Ledger) -> dict[str, object]:
    """What templates/records/ledger.html asks for."""
    return {
        "ledger": ledger,
        "judged": ledger.judged,
        "year_name": wording.name(ledger.year),
        "year_key": wording.key(ledger.year),
        "years": [(wording.key(each), wording.name(each)) for each in ledger.years],
        "rules": ledger.year.rules,
    }
