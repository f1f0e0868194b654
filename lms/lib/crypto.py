"""Field encryption, keyed hashes, digests of what a person saw, and random tokens."""

import hashlib
import hmac
import json
import os
import secrets
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

_NONCE = 12


def encrypt(text: str) -> str:
    """A text under the first field key, as "key name:hex of nonce and AES-256-GCM ciphertext"."""
    name, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(bytes.fromhex(key)).encrypt(nonce, text.encode(), name.encode())
    return f"{name}:{(nonce + sealed).hex()}"


def decrypt(sealed: str) -> str:
    """The text that `encrypt` sealed; KeyError for a key that is gone, InvalidTag for a changed ciphertext."""
    name, _, body = sealed.partition(":")
    raw = bytes.fromhex(body)
    plain = AESGCM(bytes.fromhex(settings.FIELD_KEYS[name])).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode())
    return plain.decode()


def keyed_hash(purpose: str, text: str) -> str:
    """HMAC-SHA-256 in hex of a text for one purpose: finds an equal value without showing it."""
    return hmac.new(settings.HASH_KEY.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def digest(seen: Any) -> str:
    """SHA-256 in hex of plain data in one canonical form: what a person saw and signed."""
    text = json.dumps(seen, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def token() -> str:
    """A random name for an address that nobody can guess: 160 bits, 27 characters, safe in a URL."""
    return secrets.token_urlsafe(20)


class EncryptedTextField(models.TextField):
    """A text that the database holds only encrypted. It cannot be searched: keep a keyed hash beside it."""

    def get_prep_value(self, value: str | None) -> str | None:
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value
