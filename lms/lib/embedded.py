"""The queue's worker and its clock as threads of the server process, for installations without Redis."""

import threading
import time

from celery import current_app
from celery.worker import WorkController

_TICK = 1.0


def start() -> None:
    """Start the worker and the clock. What was queued when the last process ended is found again at once: every job
    of the schedule runs first thing, and the sweeps among them look into the rows."""
    app = current_app._get_current_object()
    worker = WorkController(app=app, pool="solo", concurrency=1, loglevel="WARNING", without_gossip=True)
    threading.Thread(target=worker.start, name="worker", daemon=True).start()
    threading.Thread(target=_keep_time, args=(app,), name="clock", daemon=True).start()


def _keep_time(app) -> None:
    due = dict.fromkeys(app.conf.beat_schedule, 0.0)
    while True:
        present = time.monotonic()
        for name, entry in app.conf.beat_schedule.items():
            if due[name] <= present:
                app.send_task(entry["task"])
                due[name] = present + float(entry["schedule"])
        time.sleep(_TICK)
