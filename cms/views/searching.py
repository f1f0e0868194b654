"""The page on which everything that one may read is found by its words."""

from collections import Counter

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms import finding, words
from cms.models import SearchEntry
from lms.lib import clock

_A_PAGE = 20
_KINDS = SearchEntry.Kind


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Courses, lessons, announcements and documents; for whoever looks after records, people and units as well."""
    at = clock.now()
    question = words.plain(request.GET.get("q", "")[: words.LONGEST])
    asked = words.asked(question)
    context = {"asked": question, "beside": finding.MOST_BESIDE}
    if asked:
        entries = finding.matching(finding.readable(request.user, at), asked)
        kind = request.GET.get("kind", "")
        found = finding.found(entries, asked, kind if kind in _KINDS.values else "")
        best = finding.ranked(SearchEntry.objects.filter(pk__in=found.best), asked)
        paginator = Paginator(best, _A_PAGE)
        paginator.count = len(found.best)
        page = paginator.get_page(request.GET.get("page"))
        context |= {
            "page": page,
            "hits": finding.hits(page.object_list, asked),
            "count": found.counts[kind] or found.counts.total(),
            "tabs": _tabs(question, found.counts, kind) if len(found.counts) > 1 else [],
            "teachers": finding.teachers(request.user, question, at),
            "units": finding.units(request.user, question, at),
        }
    return render(request, "cms/search.html", context)


def _tabs(question: str, counts: Counter[str], kind: str) -> list[dict]:
    names = {
        _KINDS.COURSE: _("Courses"),
        _KINDS.LESSON: _("Lessons"),
        _KINDS.DOCUMENT: _("Policy documents"),
        _KINDS.ANNOUNCEMENT: _("Announcements"),
    }
    shown = [("", _("All"), counts.total())]
    shown += [(each, name, counts[each]) for each, name in names.items() if counts.get(each)]
    return [
        {
            "label": name,
            "count": count,
            "current": each == kind,
            "address": f"{reverse('cms:search')}?{urlencode({'q': question, **({'kind': each} if each else {})})}",
        }
        for each, name, count in shown
    ]
