"""The library of policy documents."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms import finding, words

_A_PAGE = 20


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """The documents, the newest first, all or those of some words, one issuer, one year."""
    question = words.plain(request.GET.get("q", "")[: words.LONGEST])
    issuers, years = finding.issuers_and_years()
    issuer = request.GET.get("issuer", "")
    year = request.GET.get("year", "")
    chosen = {
        "issuer": issuer if issuer in issuers else "",
        "year": int(year) if year.isdecimal() and int(year) in years else None,
    }
    found = finding.documents(words.asked(question), **chosen)
    context = {
        "documents": Paginator(found, _A_PAGE).get_page(request.GET.get("page")),
        "asked": question,
        "issuers": issuers,
        "years": years,
        "chosen": chosen,
        "is_narrowed": bool(question or chosen["issuer"] or chosen["year"]),
    }
    return render(request, "cms/library.html", context)
