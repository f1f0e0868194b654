"""Draws a certificate from its frozen facts, once; a file lost or altered is drawn again from the same facts."""

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings

from certs.models import Batch, Credential
from lms.lib import printing

TEMPLATE = "certs/certificate"
_FOLDER = "certificates"


def render(credential_id: int) -> None:
    """Draw the certificate's PDF and keep it. Nothing happens where it is drawn already, not issued, or on paper
    since long. Raises printing.PrintingError."""
    drawn_here = Credential.objects.issued().exclude(batch__origin=Batch.Origin.HISTORICAL)
    credential = drawn_here.filter(pk=credential_id).first()
    if credential is not None and _kept(credential) is None:
        _draw(credential)


def document(credential: Credential) -> bytes:
    """The PDF of an issued certificate: as it was drawn, or drawn now at first demand."""
    kept = _kept(credential)
    return _draw(credential) if kept is None else kept


def picture(credential: Credential) -> bytes:
    """The same page as PNG, to look at; not kept."""
    return printing.pdf(TEMPLATE, paper(credential), png=True)


def file_digest(content: bytes) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(content).hexdigest()


def paper(credential: Credential) -> dict[str, Any]:
    """What stands on the certificate: the frozen facts, the number, and the way to verify it."""
    return {
        **credential.facts,
        "number": credential.number,
        "address": f"{settings.SITE_URL}/certificates/verify/",
        "qr": printing.qr_rows(verify_address(credential)),
        "unwritten": "".join(printing.missing(printing.plain(credential.facts["holder"]))),
    }


def verify_address(credential: Credential) -> str:
    """The address in the QR code."""
    return f"{settings.SITE_URL}/certificates/verify/t/{credential.token}/"


def _path(name: str) -> Path:
    return Path(settings.PRIVATE_ROOT) / name


def _kept(credential: Credential) -> bytes | None:
    """The file as it was drawn; None where it is not there or is not the one that was drawn."""
    if not credential.file:
        return None
    try:
        content = _path(credential.file).read_bytes()
    except OSError:
        return None
    return content if file_digest(content) == credential.file_digest else None


def _draw(credential: Credential) -> bytes:
    """Draw, write the file under a name nobody can guess, then enter it; of two who draw at once, one is entered and
    the other's file removed."""
    content = printing.pdf(TEMPLATE, paper(credential))
    before = credential.file
    name = f"{_FOLDER}/{secrets.token_hex(16)}.pdf"
    _write(_path(name), content)
    rows = Credential.objects.filter(pk=credential.pk, file=before, file_digest=credential.file_digest)
    if rows.update(file=name, file_digest=file_digest(content)):
        credential.file, credential.file_digest = name, file_digest(content)
        if before:
            _path(before).unlink(missing_ok=True)
    else:
        _path(name).unlink(missing_ok=True)
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = path.with_suffix(".part")
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            waiting.unlink()
        raise
