"""The facts about certificates, one file per noun."""

from certs.models.credentials import Batch, Credential, CredentialQuerySet, StateChange, Verification
from certs.models.external import ExternalCredential
from certs.models.regulated import DutyRule, ExternalType
from certs.models.schemes import Level, NumberSeries, Scheme

__all__ = [
    "Batch",
    "Credential",
    "CredentialQuerySet",
    "DutyRule",
    "ExternalCredential",
    "ExternalType",
    "Level",
    "NumberSeries",
    "Scheme",
    "StateChange",
    "Verification",
]
