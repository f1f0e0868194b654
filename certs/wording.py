"""How a certificate is called on pages, and what its standing is called."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_CERTIFICATE = "证"  # a level called so (B证, 上岗资格证书) needs no scheme before its name

STANDINGS: dict[str, str | Promise] = {
    "issued": pgettext_lazy("certificate", "valid"),
    "expired": pgettext_lazy("certificate", "expired"),
    "suspended": pgettext_lazy("certificate", "suspended"),
    "cancelled": pgettext_lazy("certificate", "cancelled"),
    "revoked": pgettext_lazy("certificate", "revoked"),
    "superseded": pgettext_lazy("certificate", "superseded"),
    "proposed": _("waiting for signature"),
    "returned": _("returned"),
}


def certificate_name(facts: Mapping[str, str]) -> str:
    """A certificate's name from the facts on it: the level's own, or the scheme's with the level in brackets."""
    if _CERTIFICATE in facts["level"]:
        return facts["level"]
    return str(_("{scheme} ({level})")).format(scheme=facts["scheme"], level=facts["level"])
