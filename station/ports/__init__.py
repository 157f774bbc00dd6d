"""What the services need from the outside world; `bootstrap` decides who provides it."""

from station.ports.cases import Cases
from station.ports.credentials import Credentials
from station.ports.grants import Deferrals, Grants
from station.ports.keys import CodeMaker, IssuerKey, IssuerKeys, SignerUnavailable, TerminalKey
from station.ports.officers import AccessLog, Officers, Passwords
from station.ports.outside import (
    Clock,
    Randomness,
    Readers,
    Registry,
    RegistryAway,
    RevocationStore,
)
from station.ports.records import AuditLog, CheckpointStore, Records, Transaction

__all__ = [
    "AccessLog",
    "AuditLog",
    "Cases",
    "CheckpointStore",
    "Clock",
    "CodeMaker",
    "Credentials",
    "Deferrals",
    "Grants",
    "IssuerKey",
    "IssuerKeys",
    "Officers",
    "Passwords",
    "Randomness",
    "Readers",
    "Records",
    "Registry",
    "RegistryAway",
    "RevocationStore",
    "SignerUnavailable",
    "TerminalKey",
    "Transaction",
]
