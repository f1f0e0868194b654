"""The one view: the session's user, and one answer upserted."""

import json

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from tests.bench.limit.models import Answer


@require_POST
def save(request: HttpRequest) -> JsonResponse:
    """Keep what was sent: {"saves": [{"item", "version", "response"}]}."""
    at = timezone.now()
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    saves = json.loads(request.body)["saves"]
    with transaction.atomic():
        Answer.objects.bulk_create(
            [
                Answer(
                    user=request.user,
                    item=each["item"],
                    version=each["version"],
                    response=each["response"],
                    saved_at=at,
                )
                for each in saves
            ],
            update_conflicts=True,
            unique_fields=["user", "item"],
            update_fields=["version", "response", "saved_at"],
        )
    return JsonResponse({"saved": [{"item": each["item"], "version": each["version"]} for each in saves]})


urlpatterns = [path("save/", save)]
