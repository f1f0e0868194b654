"""The database backend of an installation on PostgreSQL."""
