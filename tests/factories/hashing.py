"""A password hasher that counts how often it was asked to work."""

from django.contrib.auth.hashers import MD5PasswordHasher

WORKED: list[str] = []


class Counting(MD5PasswordHasher):
    """MD5 under a name of its own; never outside of tests."""

    algorithm = "counting"

    def encode(self, password: str, salt: str) -> str:
        WORKED.append(salt)
        return super().encode(password, salt)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: it has no rounds."""
