"""Tells the holders of a list that it was signed, once the signature stands."""

import datetime as dt
from typing import Any

from django.db import transaction

from certs import wording
from certs.models import Batch
from lms.inbox import writing as inbox
from lms.people.models import User

_KINDS = {Batch.Origin.AWARD: "certs.issued", Batch.Origin.HISTORICAL: "certs.taken_in"}


@transaction.atomic
def tell(batch_id: int, *, at: dt.datetime) -> None:
    """Tell the holders of an issued list, each once, however many papers of hers are on it; the messages are of the
    moment of signing. Nothing happens where they have been told, or there is nothing to tell. It is no part of the
    signing: a thousand messages take longer to write than a thousand certificates."""
    batch = Batch.objects.untold().select_for_update().filter(pk=batch_id).first()
    if batch is None:
        return
    held: dict[int, list[dict[str, Any]]] = {}
    rows = batch.credentials.exclude(teacher__user=None).order_by("place", "pk")
    for row in rows.values("pk", "number", "facts", "teacher__user"):
        held.setdefault(row["teacher__user"], []).append(row)
    users = User.objects.filter(teacher__credentials__batch=batch).only("activated_at").in_bulk()
    inbox.send_all(
        kind=_KINDS[Batch.Origin(batch.origin)],
        to=[users[pk] for pk in held],
        at=batch.decided_at,
        facts_of=lambda user: _facts(held[user.pk]),
    )
    batch.told_at = at
    batch.save(update_fields=["told_at"])


def _facts(own: list[dict[str, Any]]) -> dict[str, Any]:
    first = own[0]
    facts = {
        "certificate": str(wording.certificate_name(first["facts"])),
        "authority": first["facts"]["authority"],
        "number": first["number"],
        "address": f"/certificates/{first['pk']}/",
    }
    if len(own) > 1:
        facts |= {"numbers": [each["number"] for each in own], "address": "/certificates/"}
    return facts
