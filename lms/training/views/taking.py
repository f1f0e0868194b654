"""Attendance as those take it who hold the office: the board, the code on the screen, the list, the sheet, corrections
and appeals."""

import datetime as dt
import json
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lib import clock
from lms.lib.http import refusal_json, send_pdf
from lms.lib.printing import qr_path, qr_rows
from lms.lib.refusals import Refusal
from lms.people import access
from lms.training import appealing, attending, roll, sheet, signing_codes
from lms.training.models import TAKERS, Attendance, AttendanceAppeal, Session, taught_by
from lms.training.views.signing import ScanField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_QUIET_ZONE = 4  # modules around a QR code, as its standard asks
MOST_MARKS, LARGEST = 500, 200_000  # of one request


class SignedOut(Refusal):
    sentence = gettext_lazy("You are signed out. Sign in again in another tab; your marks are kept on this device.")
    status = 401


class MarksNotUnderstood(Refusal):
    sentence = gettext_lazy("The request is not a list of marks. Load the page again.")
    status = 400


class CorrectForm(forms.Form):
    state = forms.ChoiceField(
        label=pgettext_lazy("attendance", "What was so"),
        choices=Attendance.State,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": attending.CorrectionUnexplained.sentence},
    )
    proof = forms.CharField(
        label=gettext_lazy("What was shown as proof"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For example: doctor's note of 5 March, seen by the clerk."),
    )
    scan = ScanField(
        label=gettext_lazy("Picture or PDF of it"),
        help_text=gettext_lazy("Seen by her and by those who take the attendance, nobody else."),
    )


class DecideForm(forms.Form):
    _HERE = [(each.value, each.label) for each in Attendance.HERE]
    state = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[*_HERE, ("excused", Attendance.State.EXCUSED.label), ("no", gettext_lazy("It stays as it is noted"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": appealing.DecisionUnexplained.sentence},
    )


@login_required
@require_GET
def near(request: HttpRequest) -> HttpResponse:
    """The sessions of these days whose attendance one takes, and the appeals that wait; to nobody else it is there."""
    at = clock.now()
    if not access.offices(request.user, at, *TAKERS):
        raise Http404
    sessions = roll.near(request.user, at)
    context = {"sessions": sessions, "appeals": roll.open_appeals(request.user, at), "at": at}
    return render(request, "training/near.html", context)


@login_required
@require_GET
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """The live board of a session: who is here, who is missing, who came late."""
    at = clock.now()
    found = _taken(request, pk, at)
    appeals = [each for each in roll.open_appeals(request.user, at) if each.session_id == found.pk]
    context = {"session": found, "board": roll.board(found, at), "appeals": appeals, "at": at, "crumbs": _crumbs(found)}
    context["may_grade"] = taught_by(request.user, at).filter(pk=found.period_id).exists()
    return render(request, "training/session.html", context)


@login_required
@require_GET
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """The screen in the room: the code of this quarter of a minute, to sign in or out by; or why there is none now."""
    at = clock.now()
    found = _taken(request, pk, at)
    way = signing_codes.OUT if request.GET.get("way") == signing_codes.OUT else signing_codes.IN
    closed = attending.closed_because(found, way, at)
    context = {"session": found, "way": way, "closed": closed, "at": at, "board": roll.board(found, at)}
    context["left"] = max(1, round(signing_codes.seconds_left(at) * 1000))
    if closed is None:
        address = settings.SITE_URL + reverse("training:sign", args=[signing_codes.code(found.pk, way, at)])
        side = len(qr_rows(address)) + 2 * _QUIET_ZONE
        context |= {"qr": qr_path(address), "qr_box": f"-{_QUIET_ZONE} -{_QUIET_ZONE} {side} {side}"}
        context["address"] = address
    return render(request, "training/code.html", context)


@login_required
@require_GET
def roll_call(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with its large buttons, for a tablet at the door; `?from=sheet` where it is copied from paper."""
    at = clock.now()
    found = _taken(request, pk, at)
    is_sheet = request.GET.get("from") == Attendance.Source.SHEET
    context = {
        "session": found,
        "people": roll.people(found, at),
        "source": Attendance.Source.SHEET if is_sheet else Attendance.Source.LIST,
        "is_open": at >= found.opens_at and not found.cancelled_at,
        "at": at,
        "crumbs": [*_crumbs(found), (str(found), reverse("training:session", args=[found.pk]))],
    }
    return render(request, "training/roll_call.html", context)


@require_POST
def marks(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks as JSON, {"source", "marks": [{"key", "enrolment", "state", "at"}]}: 200 {"kept": [key], "refused":
    [{"key", "sentence"}], "states": {enrolment: state}}; each key is taken once. Without the page's script one mark
    comes as a form, and leads back to the list."""
    at = clock.now()
    if not request.user.is_authenticated:
        return refusal_json(SignedOut())
    found = _taken(request, pk, at)
    is_form = request.content_type != "application/json"
    source, asked = _form_mark(request, at) if is_form else _json_marks(request)
    if source not in (Attendance.Source.LIST, Attendance.Source.SHEET):
        raise MarksNotUnderstood()
    taken = attending.take(session=found, marks=asked, source=source, by=request.user, at=at)
    if is_form:
        for _key, refusal in taken.refused:
            messages.error(request, str(refusal))
        more = "?from=sheet" if source == Attendance.Source.SHEET else ""
        return redirect(reverse("training:roll_call", args=[found.pk]) + more)
    rows = Attendance.objects.filter(session=found, enrolment__in=[each.enrolment for each in asked])
    answer = {
        "kept": [str(key) for key in taken.kept],
        "refused": [{"key": str(key), "sentence": str(refusal)} for key, refusal in taken.refused],
        "states": {str(each.enrolment_id): each.state for each in rows},
    }
    return JsonResponse(answer)


@login_required
@require_GET
def print_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet to be signed by hand, as a PDF."""
    at = clock.now()
    found = _taken(request, pk, at)
    return send_pdf(sheet.pdf(found, at), name=_("sign-in sheet {session}.pdf").format(session=found), attachment=False)


@login_required
@_GET_OR_POST
def correct(request: HttpRequest, pk: int, enrolment: int) -> HttpResponse:
    """Correct what is noted about one person, or note an excuse, with the reason; beneath, all that was noted."""
    at = clock.now()
    found = _taken(request, pk, at)
    person = next((each for each in roll.people(found, at) if each.enrolment.pk == enrolment), None)
    if person is None:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CorrectForm(*sent, initial={"state": person.state or None})

    def act() -> str:
        attending.correct(
            session=found,
            enrolment=person.enrolment,
            by=request.user,
            at=at,
            **_filled(form, "state", "reason", "proof", "scan"),
        )
        return _("{name}: attendance corrected.").format(name=person.name)

    context = {"session": found, "person": person, "marks": roll.marks(person.attendance), "at": at}
    return _form_page(request, form, act, "training/correct.html", context)


@login_required
@_GET_OR_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide on a teacher's appeal."""
    at = clock.now()
    rows = AttendanceAppeal.objects.taken_by(request.user, at).filter(state=AttendanceAppeal.State.OPEN)
    related = rows.select_related("session__period__programme__organisation", "enrolment__teacher__merged_into")
    appeal = get_object_or_404(related, pk=pk)
    people = roll.people(appeal.session, at)
    person = next((each for each in people if each.enrolment.pk == appeal.enrolment_id), None)
    form = DecideForm(request.POST or None)

    def act() -> str:
        typed = form.cleaned_data
        state = "" if typed["state"] == "no" else typed["state"]
        appealing.decide(appeal=appeal, state=state, reason=typed["reason"], by=request.user, at=at)
        return _("Decided; {name} is told.").format(name=appeal.enrolment.person)

    marks = roll.marks(person.attendance if person else None)
    context = {"session": appeal.session, "appeal": appeal, "person": person, "marks": marks, "at": at}
    return _form_page(request, form, act, "training/decide.html", context)


def _form_page(
    request: HttpRequest, form: forms.Form, act: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A form that leads back to the session's board, or tells what is wrong beside what was typed."""
    session = context["session"]
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        try:
            messages.success(request, act())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            status = refusal.status
        else:
            return redirect("training:session", pk=session.pk)
    crumbs = [*_crumbs(session), (str(session), reverse("training:session", args=[session.pk]))]
    return render(request, template, {**context, "form": form, "crumbs": crumbs}, status=status)


def _filled(form: forms.Form, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _taken(request: HttpRequest, pk: int, at: dt.datetime) -> Session:
    rows = Session.objects.taken_by(request.user, at).select_related("period__programme__organisation")
    return get_object_or_404(rows, pk=pk)


def _form_mark(request: HttpRequest, at: dt.datetime) -> tuple[str, list[attending.Mark]]:
    """The one mark of a button that was pressed without the page's script: made now."""
    typed = request.POST
    enrolment, state = _number(typed.get("enrolment")), typed.get("state", "")
    return typed.get("source", ""), [attending.Mark(uuid.uuid4(), enrolment, state, at)]


def _json_marks(request: HttpRequest) -> tuple[str, list[attending.Mark]]:
    if len(request.body) > LARGEST:
        raise MarksNotUnderstood()
    try:
        sent = json.loads(request.body)
        found = [_mark(each) for each in sent["marks"]]
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise MarksNotUnderstood() from wrong
    if len(found) > MOST_MARKS:
        raise MarksNotUnderstood()
    return str(sent.get("source")), found


def _mark(sent: dict[str, Any]) -> attending.Mark:
    at = parse_datetime(sent["at"])
    if at is None or at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return attending.Mark(uuid.UUID(sent["key"]), _number(sent["enrolment"]), str(sent["state"])[:12], at)


def _number(text: object) -> int:
    """An id as it was sent; none that any row has where it is no such number."""
    given = str(text)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0


def _crumbs(session: Session) -> list[tuple[str, str]]:
    return [(_("Attendance"), reverse("training:near"))]
