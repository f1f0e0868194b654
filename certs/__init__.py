"""Credentials: numbered, printable, verifiable; and which post must hold which."""
