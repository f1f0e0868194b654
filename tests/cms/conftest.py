"""What tests of the editor may ask for."""

from importlib import import_module

import pytest
from django.db import connection, migrations


@pytest.fixture
def search_tables(db):
    """The table in which the editor searches for words on SQLite. Wagtail makes it in a migration; the tests make
    their tables without, and get one that cannot be searched."""
    if connection.vendor == "sqlite":
        made = import_module("wagtail.search.migrations.0006_customise_indexentry").Migration.operations
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS wagtailsearch_indexentry_fts")
            for each in made:
                if isinstance(each, migrations.SeparateDatabaseAndState):
                    for statement in each.database_operations:
                        cursor.execute(statement.sql)
