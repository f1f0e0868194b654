"""How easy questions are expected to be: as sittings have shown, else as their authors declared."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Sum

from exams import selecting
from exams.models import ItemFigures, PaperQuestion
from lms.people.models import Organisation

_SHARE = Decimal("0.0001")


def shown(bank: Organisation, codes: Iterable[str] | None = None) -> dict[str, Decimal]:
    """The share of its points that candidates earned with each question of a bank that was ever sat, whatever its
    version; of these codes, if any are given. One query."""
    figures = ItemFigures.objects.filter(place__question__organisation=bank, possible__gt=0)
    if codes is not None:
        figures = figures.filter(place__question__code__in=codes)
    sums = figures.order_by().values_list("place__question__code").annotate(Sum("earned"), Sum("possible"))
    return {code: (Decimal(earned) / Decimal(possible)).quantize(_SHARE) for code, earned, possible in sums}


def ease(code: str, declared: str, known: Mapping[str, Decimal]) -> Decimal:
    """What share of a question's points a candidate of middling ability is expected to earn: as `shown`, else 0.85 for
    easy, 0.65 for medium, 0.40 for hard."""
    return known.get(code, selecting.DECLARED_EASE[declared])


def expected(bank: Organisation, places: list[PaperQuestion]) -> Decimal:
    """The points that such a candidate is expected to earn with these questions together."""
    known = shown(bank, [each.question.code for each in places])
    shares = (each.points * ease(each.question.code, each.question.difficulty, known) for each in places)
    return sum(shares, Decimal(0)).quantize(Decimal("0.01"))
