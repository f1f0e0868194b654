"""Pages of a candidate at her written exam: the door, the paper, the hottest address of all, hand-in and receipt."""

import datetime as dt
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exams import contents, needs, pledging, receipts, scripts, showing, timing
from exams import sitting as acts
from exams.models import Accommodation, Attempt, Question, Sitting, StageEntry
from lms.lib import clock, crypto
from lms.lib.http import refusal_json
from lms.lib.refusals import Refusal
from lms.people import signing
from lms.questions import checking

LARGEST = 1_000_000  # bytes of one request with answers
MOST_SAVES = 300


class SignedOut(Refusal):
    sentence = gettext_lazy("You are signed out. Sign in again in another tab; your answers are kept on this device.")
    status = 401


class TooMuch(Refusal):
    sentence = gettext_lazy("That is more than 1 MB at once. Shorten the answer and save again.")
    status = 413


class SavesNotUnderstood(Refusal):
    sentence = gettext_lazy("The request is not a list of answers. Load the page again.")
    status = 400


@login_required
@require_http_methods(["GET", "POST"])
def sit(request: HttpRequest, pk: int) -> HttpResponse:
    """The door to the paper: ticket, rules, the time to the bell; a POST opens the paper."""
    at = clock.now()
    refusal = None
    if request.method == "POST":
        try:
            if version := request.POST.get("pledged"):
                pledging.agree(candidate=_at_door(request, pk).candidate, version=version, by=request.user, at=at)
            found = acts.start(StageEntry(pk=pk), by=request.user, at=at, device=_device(request))
            return redirect("exams:attempt", pk=found.pk)
        except Refusal as refused:
            refusal = refused
    entry = _at_door(request, pk)
    if (sitting := Sitting.objects.of_stage(entry.stage_id)) is None:
        raise Http404
    attempt = Attempt.objects.of_entry(entry.pk) if entry.has_begun else None
    need = needs.of_candidate(sitting, entry.candidate) if entry.has_needs else None
    own_end = attempt.deadline_at if attempt else _end_for(entry, sitting, need)
    context = {
        "entry": entry,
        "sitting": sitting,
        "attempt": attempt,
        "needs": needs.words(need, sitting.minutes) if need else [],
        "refusal": refusal,
        "pledge_due": attempt is None and pledging.is_due(entry.candidate),
        "at": at,
        "admitted": entry.state in (StageEntry.State.TICKETED, StageEntry.State.PRESENT),
        "own_end": own_end if own_end != sitting.ends_at else None,
        "entry_closed": attempt is None and at > sitting.entry_closes_at,
        "clock": {"now": _milliseconds(at), "bell": _milliseconds(sitting.starts_at)},
    }
    return render(request, "exams/sit.html", context, status=refusal.status if refusal else 200)


@login_required
@require_GET
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper with what is saved so far; once it is handed in or over, the receipt instead."""
    at = clock.now()
    found = _own(request, pk)
    if found.state != Attempt.State.OPEN or found.is_over(at):
        return redirect("exams:receipt", pk=pk)
    if not acts.may_write(found, _device(request)):
        return redirect("exams:take_over", pk=pk)
    standing = {
        item: {"version": version, "response": response}
        for item, version, response in found.answers.values_list("item", "version", "response")
    }
    data = {
        "attempt": found.pk,
        "items": showing.seen_by(found),
        "standing": standing,
        "now": _milliseconds(at),
        "deadline": _milliseconds(found.deadline_at),
        "grace": found.grace_seconds * 1000,
        "paused": found.paused_at is not None,
        "large_print": needs.wants_large_print(found),
        "zone": settings.TIME_ZONE,
        "kinds": {value: str(label) for value, label in Question.Kind.choices},
        "longest": checking.LONGEST,
    }
    context = {"attempt": found, "entry": found.entry, "data": data, "words": words(get_language())}
    return render(request, "exams/attempt.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper goes on on another device; whoever types her password takes it over to this one."""
    at = clock.now()
    found = _own(request, pk)
    if found.state != Attempt.State.OPEN or found.is_over(at):
        return redirect("exams:receipt", pk=pk)
    if acts.may_write(found, _device(request)):
        return redirect("exams:attempt", pk=pk)
    refusal = None
    if request.method == "POST":
        try:
            signing.confirm(request.user, request.POST.get("password", ""), at)
            acts.take_over(found, device=_device(request), by=request.user, at=at)
            return redirect("exams:attempt", pk=pk)
        except Refusal as refused:
            refusal = refused
    context = {"attempt": found, "entry": found.entry, "refusal": refusal}
    return render(request, "exams/take_over.html", context, status=refusal.status if refusal else 200)


@require_POST
def save_answers(request: HttpRequest, pk: int) -> JsonResponse:
    """Answers as JSON, {"saves": [{"item", "version", "response"}]}: 200 {"saved": [{"item", "version"}], "at",
    "deadline", "paused"} once they are committed; 409 {"refused": "StaleVersion", "saved", "standing"}; 409
    {"refused": "KeptAside"} after the end, "StandsStill" while the time is stopped, "ContinuedElsewhere" on a device
    that gave way; 404 for another's attempt."""
    at = clock.now()
    if not request.user.is_authenticated:
        return refusal_json(SignedOut())
    try:
        kept = acts.save_answers(Attempt(pk=pk), _saves(request), by=request.user, at=at, device=_device(request))
    except acts.StaleVersion as refusal:
        return refusal_json(refusal, saved=refusal.saved, standing=refusal.standing, at=at.isoformat())
    except acts.KeptAside as refusal:
        return refusal_json(refusal, saved=refusal.saved, kept_aside=refusal.kept_aside, at=at.isoformat())
    except Refusal as refusal:
        return refusal_json(refusal)
    deadline = _milliseconds(kept.deadline_at)
    return JsonResponse({"saved": kept.saved, "at": at.isoformat(), "deadline": deadline, "paused": kept.is_paused})


@login_required
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """What is answered and what is not, and the confirmation; a POST hands in, carrying no answers."""
    at = clock.now()
    if request.method == "POST":
        over = request.POST.get("over") == "1"
        try:
            acts.hand_in(Attempt(pk=pk), by=request.user, at=at, device=_device(request), because_over=over)
        except acts.TimeGoesOn as refusal:
            return refusal_json(
                refusal, deadline=_milliseconds(refusal.deadline_at), paused=refusal.is_paused, at=at.isoformat()
            )
        except acts.ContinuedElsewhere:
            return redirect("exams:take_over", pk=pk)
        return redirect("exams:receipt", pk=pk)
    found = _own(request, pk)
    if found.state != Attempt.State.OPEN:
        return redirect("exams:receipt", pk=pk)
    if not acts.may_write(found, _device(request)):
        return redirect("exams:take_over", pk=pk)
    answered = _answered(found)
    open_items = [code for code in contents.asked(found.paper_id, found.paper_digest) if code not in answered]
    context = {"attempt": found, "entry": found.entry, "answered": len(answered), "open_items": open_items}
    return render(request, "exams/hand_in.html", context)


@login_required
@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed in, when, and the receipt's digest."""
    at = clock.now()
    found = _own(request, pk)
    if found.state == Attempt.State.OPEN and not found.is_over(at):
        return redirect("exams:attempt", pk=pk)
    lines = receipts.lines(found)
    context = {
        "attempt": found,
        "entry": found.entry,
        "lines": lines,
        "answered": sum(bool(text) for _item, text in lines),
        "asked": len(lines),
        "receipt": [found.receipt[place : place + 8] for place in range(0, len(found.receipt), 8)],
    }
    return render(request, "exams/receipt.html", context)


def _end_for(entry: StageEntry, sitting: Sitting, need: Accommodation | None) -> dt.datetime:
    if not need and not entry.has_extra_time:
        return sitting.ends_at
    own = needs.in_minutes(sitting.minutes, need.extra_percent) if need else 0
    return timing.deadline(entry, sitting, paused_seconds=sitting.paused_seconds, own=own)


def _at_door(request: HttpRequest, pk: int) -> StageEntry:
    """Her own entry, with its names; nobody else's."""
    entry = StageEntry.objects.at_door(pk)
    if entry is None or entry.candidate.teacher.user_id != request.user.pk:
        raise Http404
    return entry


def _own(request: HttpRequest, pk: int) -> Attempt:
    """Her own attempt with its paper; a paper in hand is nobody else's to read."""
    found = Attempt.objects.at_desk(pk)
    if found is None or found.user_id != request.user.pk:
        raise Http404
    found.paper = contents.frozen(found.paper_id, found.paper_digest)
    return found


def _device(request: HttpRequest) -> str:
    """The digest of the session: what tells one device from another."""
    return crypto.digest(request.session.session_key)


def _answered(found: Attempt) -> set[str]:
    """The items that have an answer; one taken back is none."""
    return {item for item, response in found.answers.values_list("item", "response") if not scripts.is_blank(response)}


def _saves(request: HttpRequest) -> list[dict[str, Any]]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise TooMuch()
    try:
        saves = json.loads(request.body)["saves"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SavesNotUnderstood() from error
    if request.content_type != "application/json" or not isinstance(saves, list) or len(saves) > MOST_SAVES:
        raise SavesNotUnderstood()
    if not all(isinstance(each, dict) for each in saves):
        raise SavesNotUnderstood()
    return saves


def _milliseconds(at) -> int:
    return int(at.timestamp() * 1000)


@cache
def words(language: str) -> dict[str, str]:
    """Every sentence that the page's script shows, in the reader's language, which is the active one; {names} are
    filled by the script."""
    return {
        "question_of": _("Question {n} of {all}"),
        "kind_points": _("{kind}, {points} points"),
        "kind_point": _("{kind}, 1 point"),
        "answered_word": _("answered"),
        "open_word": _("not answered"),
        "flagged_word": _("flagged"),
        "go_to": _("Question {n}, {state}"),
        "blank": _("Blank {n}"),
        "your_answer": _("Your answer"),
        "part": _("Part {n}, {points} points"),
        "true": _("True"),
        "false": _("False"),
        "choose_all": _("Choose every right option."),
        "letters": _("{n} of {most} characters"),
        "flag": _("Flag this question"),
        "unflag": _("Remove the flag"),
        "next": pgettext("question", "Next"),
        "to_summary": _("Check and hand in"),
        "back_to": _("Back to question {n}"),
        "count_answered": _("Answered {n}"),
        "count_open": _("Not answered {n}"),
        "count_flagged": _("Flagged {n}"),
        "current": _("Current"),
        "saved_at": _("Saved {time}"),
        "saving": _("Saving …"),
        "kept_here": _("Kept on this device {time}"),
        "nothing_yet": _("Answers are saved as you give them"),
        "say_saved": _("Saved"),
        "say_offline": _("The connection is gone. Go on; your answers are kept on this device."),
        "say_online": _("The connection is back. Everything is saved."),
        "offline_title": _("The connection is gone; you can go on."),
        "offline_text": _(
            "Your answers are kept on this device and sent by themselves when it comes back. "
            "The exam time does not change. Please do not close this page."
        ),
        "signed_out_title": _("You are signed out; your answers are kept on this device."),
        "signed_out_text": _("Sign in again in another tab, then come back to this page."),
        "trouble_title": _("One answer was not accepted."),
        "trouble_text": _("Question {n}: {sentence}"),
        "size": _("Text size: {size}"),
        "size_normal": _("normal"),
        "size_large": _("large"),
        "size_larger": _("largest"),
        "ends_at": _("Time left, ends at {ends}"),
        "more_time": _("You have {n} minutes more."),
        "stopped_clock": _("stopped"),
        "stopped_title": _("The invigilator has stopped the time."),
        "stopped_text": _(
            "Your answers are kept. When the time goes on, you have as much left as now; wait on this page."
        ),
        "elsewhere_title": _("This paper is being written on another device."),
        "elsewhere_text": _("Nothing can be saved here any more. To go on here, take it over with your password."),
        "take_over": _("Take it over"),
        "choose_pair": _("Choose"),
        "pair_with": _("{left}: belongs to"),
        "order_hint": _(
            "Bring the steps into the right order. The order counts as your answer once you have moved one."
        ),
        "up": _("Move {text} up"),
        "down": _("Move {text} down"),
        "moved": _("{text}: place {n} of {all}"),
        "order_stands": _("This order is right"),
        "over_title": _("The time is over."),
        "over_text": _("Your saved answers are being handed in. Please wait a moment."),
        "over_offline": _("The connection is gone. What was saved is handed in by itself; tell the invigilator."),
        "newer": _("A newer answer to this question was saved on another page. It stands."),
        "yours": _("What you had here:"),
        "use_mine": _("Use mine instead"),
        "minutes_left": _("{n} minutes left"),
        "minute_left": _("1 minute left"),
        "seconds_left": _("30 seconds left"),
        "summary_open": _("Not answered: {list}"),
        "summary_flagged": _("Flagged: {list}"),
        "summary_none": _("Every question is answered."),
        "still_unsaved": _("{n} answers are still only on this device. Wait until they are saved."),
        "handing_in": _("Handing in …"),
        "not_handed_in": _("Not handed in yet: the connection is gone. Your answers are kept; try again in a moment."),
    }
