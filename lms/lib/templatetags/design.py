"""The building blocks of pages that a plain include cannot be: icons, form controls, and frames around content."""

import datetime as dt
from collections.abc import Iterator

from django import template
from django.core.paginator import Page, Paginator
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, ClearableFileInput, RadioSelect, Textarea
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from lms.lib import charts

register = template.Library()

# What a state looks like: code word → kind of chip (components/status.html). 退回 and 不通过 never look alike.
KINDS = {
    "draft": "draft",
    "planning": "draft",
    "withdrawn": "draft",
    "absent": "draft",
    "forfeited": "draft",
    "abandoned": "draft",
    "submitted": "wait",
    "waiting": "wait",
    "waitlisted": "wait",
    "registration_open": "open",
    "registration_closed": "wait",
    "arranged": "wait",
    "in_progress": "wait",
    "marking": "wait",
    "seated": "wait",
    "scheduled": "wait",
    "open": "wait",
    "proposed": "lock",
    "checked": "ok",
    "approved": "ok",
    "passed": "ok",
    "issued": "ok",
    "present": "ok",
    "late": "late",
    "left_early": "late",
    "excused": "lock",
    "marked": "ok",
    "frozen": "ok",
    "signed": "ok",
    "signed_in": "ok",
    "acknowledged": "ok",
    "lot_drawn": "wait",
    "order_drawn": "wait",
    "topic_drawn": "wait",
    "preparing": "wait",
    "presenting": "wait",
    "defending": "wait",
    "scoring": "wait",
    "scored": "ok",
    "handed_in": "ok",
    "scores_checked": "ok",
    "line_set": "ok",
    "ticket_issued": "ok",
    "committing": "wait",
    "undoing": "wait",
    "committed": "ok",
    "confirmed": "ok",
    "completed": "ok",
    "missed": "over",
    "school_approved": "wait",
    "offered": "open",
    "declined": "draft",
    "lapsed": "over",
    "not_completed": "over",
    "replaced": "archive",
    "returned": "back",
    "faulty": "back",
    "reopened": "back",
    "suspended": "back",
    "rejected": "no",
    "refused": "no",
    "failed": "no",
    "not_passed": "no",
    "publicised": "open",
    "finalised": "pub",
    "revoked": "void",
    "voided": "void",
    "void": "void",
    "violated": "void",
    "disqualified": "void",
    "ready": "ok",
    "cleared": "archive",
    "undone": "archive",
    "cancelled": "archive",
    "superseded": "archive",
    "closed": "archive",
    "expired": "over",
    "to_be_verified": "wait",
    "verified": "ok",
    "school_verified": "wait",
    "bureau_recognised": "ok",
    "granted": "ok",
    "exported": "pub",
    "struck": "void",
    "reversed": "void",
    "in_force": "ok",
    "in_review": "wait",
    "usable": "ok",
    "retired": "archive",
    "to_come": "wait",
    "ended": "over",
}
register.filter("share", charts.share)
register.simple_tag(charts.distribution, name="distribution")


@register.filter
def wide_in(part: float, whole: float) -> bool:
    """Whether a bar is wide enough to hold its own number on a phone."""
    return bool(whole) and part / whole >= 0.2


@register.filter
def unlocal(number: float) -> str:
    """A number as an attribute wants it: no separators of any language."""
    return str(number)


@register.filter
def known_to(day: dt.date | None, precision: str) -> str:
    """A date as far as it is known: to the "day", the "month", or only the "year"."""
    if day is None:
        return ""
    if precision == "year":
        return pgettext("year alone", "{year}").format(year=day.year)
    return date_format(day, "YEAR_MONTH_FORMAT" if precision == "month" else "DATE_FORMAT")


@register.filter
def thousands(number: int | None) -> str:
    """A whole number with a comma at every thousand, in both languages; a dash where there is none."""
    return f"{number:,}" if isinstance(number, int) else "–"


@register.filter
def pages_near(paginator: Paginator, page: Page) -> Iterator[int]:
    """The page numbers worth a link: the first, the last, and those around the present one; 0 stands for a gap."""
    for number in paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        yield number if isinstance(number, int) else 0


@register.filter
def kind_of(state: str) -> str:
    """The look of a state by its code word; an unknown one is plain."""
    return KINDS.get(str(state), "plain")


# A kind of chip: its class and its icon.
CHIPS = {
    "plain": ("", ""),
    "draft": ("", "draft"),
    "over": ("", "clock"),
    "archive": ("", "archive"),
    "wait": ("chip-wait", "clock"),
    "open": ("chip-wait", "pub"),
    "lock": ("chip-wait", "lock"),
    "ok": ("chip-ok", "check"),
    "back": ("chip-back", "back"),
    "late": ("chip-back", "clock"),
    "no": ("chip-no", "cross"),
    "pub": ("chip-pub", "pub"),
    "void": ("chip-void", "ban"),
}


@register.simple_tag
def chip(kind: str, text: str, bare: bool = False) -> SafeString:
    """A status chip by its kind; `bare` leaves out the ground."""
    look, sign = CHIPS.get(kind, CHIPS["plain"])
    names = " ".join(name for name in ("chip", look, "chip-bare" if bare else "") if name)
    return format_html('<span class="{}">{}{}</span>', names, icon(sign) if sign else "", text)


@register.simple_tag
def state(code: str, text: str) -> SafeString:
    """A status chip by the state's code word: {% state candidate.state candidate.get_state_display %}."""
    return chip(kind_of(code), text)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of components/icons.html beside words that say the same: hidden from a screen reader. Size "l": 20 px."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" i-{size}" if size else "", name
    )


@register.simple_tag
def control(field: BoundField, **attrs: str) -> SafeString:
    """A form field's widget in the site's look; attributes given here are added (autocomplete="off", rows=3)."""
    attrs = {name.replace("_", "-"): value for name, value in attrs.items()}
    if not isinstance(field.field.widget, CheckboxInput):
        given = f"{field.field.widget.attrs.get('class', '')} {attrs.get('class', '')}"
        attrs["class"] = f"control {given}".strip()
    if isinstance(field.field.widget, Textarea):
        attrs.setdefault("rows", "4")
    return field.as_widget(attrs=attrs)


@register.filter
def look_of(field: BoundField) -> str:
    """How components/field.html lays a field out: "choices", "tick", "file" or "line"."""
    widget = field.field.widget
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "tick"
    return "file" if isinstance(widget, ClearableFileInput) else "line"


@register.filter
def target_of(field: BoundField) -> str:
    """The id that a link in the error summary leads to."""
    return field.id_for_label or field.auto_id


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, number: int, name: str = "page") -> str:
    """The present address with another page number; every other choice in it is kept. A list that is shown at an
    address not its own names its own (`list_address`)."""
    query: QueryDict = context["request"].GET.copy()
    query[name] = str(number)
    return f"{context.get('list_address', '')}?{query.urlencode()}"


def _around(context: template.Context, name: str, content: str, given: dict) -> str:
    """A component's template, with the page's context, what was given, and the enclosed content."""
    return render_to_string(f"components/{name}.html", {**context.flatten(), **given, "content": content})


@register.simple_block_tag(takes_context=True)
def pagehead(context, content, title, **given):
    """The head of a page: crumbs above, title, a line below (`sub`), the page's acts or its state at the right."""
    return _around(context, "page_header", content, {"crumbs": None, "sub": "", "over": "", **given, "title": title})


@register.simple_block_tag(takes_context=True)
def tableframe(context, content, **given):
    """The frame of a table: scrolls inside itself, or (`cards=True`) becomes cards on a phone."""
    return _around(context, "table", content, {"caption": "", "cards": False, **given})


@register.simple_block_tag(takes_context=True)
def card(context, content, **given):
    """A bordered box for one thing that can be acted upon."""
    return _around(context, "card", content, {"title": "", **given})


@register.simple_block_tag(takes_context=True)
def approval(context, content, title, **given):
    """The two-person box: who proposed, who decides; the content is the consequence and the form."""
    defaults = {"proposer": "", "proposed_at": None, "reason": "", "decider": "", "decided_at": None}
    defaults |= {"state": "proposed", "mine": False, "own": False, "decision_reason": "", "heading_id": "approval"}
    return _around(context, "approval", content, {**defaults, **given, "title": title})


@register.simple_block_tag(takes_context=True)
def consequence(context, content, title, **given):
    """A confirm step that names what follows: `effects` is a list of sentences; the content is the form."""
    return _around(context, "consequence", content, {"effects": (), **given, "title": title})


@register.simple_block_tag(takes_context=True)
def filedrop(context, content, field, **given):
    """A place for one file: `field` is a bound file field; the content lists what is accepted."""
    return _around(context, "file_drop", content, {"title": "", **given, "field": field})
