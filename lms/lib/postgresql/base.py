"""PostgreSQL as Django speaks to it, but a pooled connection is looked at before a request gets it, not asked.

Django's health check asks the server once a request whether the connection still stands. A server that went away has
closed its end, and that is seen here without a question."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection whose other end stands; those that do not are given back, and the pool opens others."""
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None or not _was_ended(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)


def _was_ended(connection: Any) -> bool:
    """Whether the server has said something to an idle connection; it says only that it ends it."""
    if connection.closed:
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
