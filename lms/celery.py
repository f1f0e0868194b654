"""The task queue: Redis where REDIS_URL is set, otherwise in memory, worked off by the server process itself."""

import os

from celery import Celery

from lms.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.dev")

app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="jobs")
