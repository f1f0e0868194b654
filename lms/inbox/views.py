"""The pages of the inbox: the list, one message, and putting all aside as read."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lms.inbox import reading, rendering
from lms.inbox.models import Message
from lms.lib import clock

_A_PAGE = 20


@login_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """One's own messages, the newest first."""
    own = Message.objects.visible_to(request.user).order_by("-written_at", "-pk")
    page = Paginator(own, _A_PAGE).get_page(request.GET.get("page"))
    lines = [{"message": each, "words": rendering.words(each)} for each in page]
    return render(request, "inbox/messages.html", {"page": page, "lines": lines})


@login_required
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message, counted as read from now on; another person's is not there."""
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    reading.read(found, at=clock.now())
    return render(request, "inbox/message.html", {"message": found, "words": rendering.words(found)})


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Count all as read."""
    reading.read_all(by=request.user, at=clock.now())
    return redirect("inbox:messages")
