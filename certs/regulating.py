"""An authority founds a scheme of certificates and its levels."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs import numbers
from certs.models import Level, Scheme
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, User

OFFICES = Scheme.OFFICES


class MarkUnusable(Refusal):
    sentence = _("The letters in the number are one to four capital letters or digits, such as MH or B.")
    field = "mark"


class CodeTooShort(Refusal):
    sentence = _("The authority's code needs at least six letters or digits: they begin every certificate number.")


class SchemeExists(Refusal):
    sentence = _("{authority} already has a scheme with the code {code}. Choose another code.")
    field = "code"


class LevelExists(Refusal):
    sentence = _("This scheme already has a level with this rank or this code. Choose others.")
    field = "code"


class NumbersWouldCollide(Refusal):
    sentence = _("The certificate numbers of “{level}” already begin with {beginning}. Choose other letters.")
    field = "code"


class ValidityUnusable(Refusal):
    sentence = _("Validity is a number of months from 1 to 600; leave it empty for certificates without end.")
    field = "validity_months"


@transaction.atomic
def found_scheme(
    *, authority: Organisation, code: str, mark: str, name: str, by: User | None, at: dt.datetime
) -> Scheme:
    """Found a family of certificates; `mark` is the letters that its numbers carry before the level's. `by` None is
    the installation itself. Refuses: NotYourOffice, MarkUnusable, CodeTooShort, SchemeExists."""
    if by is not None:
        access.require(by, authority, at, *OFFICES)
    _require_mark(mark)
    try:
        numbers.area(authority.code)
    except numbers.NotANumberError as short:
        raise CodeTooShort() from short
    try:
        with transaction.atomic():
            scheme = Scheme.objects.create(authority=authority, code=code, mark=mark, name=name)
    except IntegrityError as twice:
        raise SchemeExists(authority=authority.name, code=code) from twice
    journal.write("certs.scheme_founded", by=by, at=at, about=scheme, facts={"code": code, "mark": mark})
    return scheme


@transaction.atomic
def add_level(
    *,
    scheme: Scheme,
    rank: int,
    code: str,
    name: str,
    validity_months: int | None = None,
    by: User | None,
    at: dt.datetime,
) -> Level:
    """Add a level; a higher rank counts for the lower ones, and no validity means for good. Refuses: NotYourOffice,
    MarkUnusable, ValidityUnusable, LevelExists, and NumbersWouldCollide where another level's numbers already begin
    with the same authority and letters."""
    if by is not None:
        access.require(by, scheme.authority, at, *OFFICES)
    _require_mark(code)
    if validity_months is not None and not 1 <= validity_months <= 600:
        raise ValidityUnusable()
    Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.levels.filter(rank=rank).exists() or scheme.levels.filter(code=code).exists():
        raise LevelExists()
    _require_own_beginning(scheme, code)
    level = Level.objects.create(scheme=scheme, rank=rank, code=code, name=name, validity_months=validity_months)
    facts = {"scheme": scheme.code, "rank": rank, "code": code, "validity_months": validity_months}
    journal.write("certs.level_added", by=by, at=at, about=level, facts=facts)
    return level


def _require_mark(mark: str) -> None:
    if not 1 <= len(mark) <= 4 or any(each not in numbers.CHARACTERS for each in mark):
        raise MarkUnusable()


def _require_own_beginning(scheme: Scheme, code: str) -> None:
    area, mark = numbers.area(scheme.authority.code), scheme.mark + code
    for level in Level.objects.select_related("scheme__authority"):
        if (numbers.area(level.scheme.authority.code), level.scheme.mark + level.code) == (area, mark):
            raise NumbersWouldCollide(level=level.name, beginning=f"{area}-{mark}")
