"""`manage.py serve`: the site in one process, with its background work inside where no Redis is configured."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string
from gunicorn.app.base import BaseApplication

from lms.lib import embedded


class Command(BaseCommand):
    help = "Serve the site. Without REDIS_URL the background work runs inside this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port")
        parser.add_argument("--threads", type=int, help="threads of each process: 8 in one, 4 in each of several")
        parser.add_argument("--workers", type=int, default=1, help="processes; more than one only with Redis")

    def handle(self, **options: Any) -> None:
        if options["workers"] > 1 and not settings.REDIS_URL:
            raise CommandError("Without REDIS_URL the queue lives in the server process: start one worker only.")
        threads = options["threads"] or (8 if options["workers"] == 1 else 4)
        Server(options["bind"], options["workers"], threads).run()


class Server(BaseApplication):
    """Gunicorn with threads: one process where the queue is in memory, several where Redis carries it."""

    def __init__(self, bind: str, workers: int, threads: int) -> None:
        self.settings_of_server = {
            "bind": bind,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "keepalive": 30,
            "timeout": 60,
            "control_socket_disable": True,
            "loglevel": "warning",
            "post_worker_init": lambda worker: None if settings.REDIS_URL else embedded.start(),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings_of_server.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return import_string(settings.WSGI_APPLICATION)
