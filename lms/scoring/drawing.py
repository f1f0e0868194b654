"""Lots that anyone can check: the hash of the seed is written down before the draw, the seed is shown after it.

The algorithm, in words that fit a notice: write seed, vertical bar and item one after the other, take the SHA-256 of
that UTF-8 text in hexadecimal, and put the items in the order of these hashes. The commitment is the SHA-256 of the
seed and all items, joined by vertical bars in the order in which they were entered.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.scoring.models import Lot

ALGORITHM = "sha256(seed|item), ascending"
LEAST_SEED = 16  # characters: a shorter one could be found from its commitment by trying


class NothingToDraw(Refusal):
    sentence = _("There is nothing to draw from. Enter at least one item.")


class ItemTwice(Refusal):
    sentence = _("“{item}” stands in the draw twice. Enter every item once.")


class ItemWithBar(Refusal):
    sentence = _("“{item}” holds a vertical bar, which separates the items. Write it without.")


class SeedTooShort(Refusal):
    sentence = _("The seed needs at least {least} characters, so that nobody can guess it before the draw.")
    field = "seed"


class AlreadyCommitted(Refusal):
    sentence = _("This draw has been prepared already: {purpose}. It can be drawn once.")


class AlreadyDrawn(Refusal):
    sentence = _("This lot has been drawn and stands: {purpose}.")


def new_seed() -> str:
    """A seed that nobody can guess: 128 bits as 32 characters."""
    return secrets.token_hex(16)


@transaction.atomic
def commit(*, purpose: str, items: Sequence[str], seed: str, by: User | None, at: dt.datetime) -> Lot:
    """Prepare a draw: keep items and seed, and write the commitment down in the journal. `purpose` names the draw
    once and for all.

    Refuses: NothingToDraw, ItemTwice, ItemWithBar, SeedTooShort, AlreadyCommitted.
    """
    try:
        with transaction.atomic():
            lot = _lot(purpose, items, seed, at)
            lot.save()
    except IntegrityError as error:
        raise AlreadyCommitted(purpose=purpose) from error
    facts = {"purpose": purpose, "commitment": lot.commitment}
    journal.write("scoring.lot_committed", by=by, at=at, about=lot, facts=facts)
    return lot


@transaction.atomic
def commit_all(
    *, wanted: dict[str, Sequence[str]], about: models.Model, by: User | None, at: dt.datetime
) -> dict[str, Lot]:
    """Prepare several draws at once, each with a new seed of its own: purpose → items. One journal line about
    `about` holds every commitment. Refuses as `commit`."""
    lots = [_lot(purpose, items, new_seed(), at) for purpose, items in wanted.items()]
    try:
        with transaction.atomic():
            Lot.objects.bulk_create(lots)
    except IntegrityError as error:
        taken = Lot.objects.filter(purpose__in=list(wanted)).values_list("purpose", flat=True).first()
        raise AlreadyCommitted(purpose=taken or "") from error
    facts = {"commitments": {lot.purpose: lot.commitment for lot in lots}}
    journal.write("scoring.lots_committed", by=by, at=at, about=about, facts=facts)
    return {lot.purpose: lot for lot in lots}


@transaction.atomic
def draw(lot: Lot, *, by: User | None, at: dt.datetime) -> Lot:
    """Draw: put the items in the order of the algorithm, keep the result and reveal the seed in the journal.

    Refuses: AlreadyDrawn.
    """
    lot = Lot.objects.select_for_update().get(pk=lot.pk)
    if lot.drawn_at:
        raise AlreadyDrawn(purpose=lot.purpose)
    lot.result, lot.drawn_at = shuffled(lot.items, lot.seed), at
    lot.save(update_fields=["result", "drawn_at"])
    facts = {"purpose": lot.purpose, "seed": lot.seed, "algorithm": ALGORITHM}
    journal.write("scoring.lot_drawn", by=by, at=at, about=lot, facts=facts)
    return lot


def replay(lot: Lot) -> bool:
    """Whether a drawn lot holds: its seed and items give the commitment, and the algorithm gives its result."""
    if not lot.drawn_at:
        return False
    return commitment(lot.items, lot.seed) == lot.commitment and shuffled(lot.items, lot.seed) == lot.result


def shuffled(items: Sequence[str], seed: str) -> list[str]:
    """The items in drawn order; the same seed and items give the same order on any machine."""
    return sorted(items, key=lambda item: _sha256(f"{seed}|{item}"))


def commitment(items: Sequence[str], seed: str) -> str:
    """What is published before the draw."""
    return _sha256("|".join([seed, *items]))


def _lot(purpose: str, items: Sequence[str], seed: str, at: dt.datetime) -> Lot:
    if not items:
        raise NothingToDraw()
    seen = set()
    for item in items:
        if item in seen:
            raise ItemTwice(item=item)
        if "|" in item:
            raise ItemWithBar(item=item)
        seen.add(item)
    if len(seed) < LEAST_SEED:
        raise SeedTooShort(least=LEAST_SEED)
    return Lot(purpose=purpose, commitment=commitment(items, seed), seed=seed, committed_at=at, items=list(items))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
