"""What the services need from the outside world; `bootstrap` decides who provides it."""

from station.ports.cases import Cases
from station.ports.credentials import Credentials
from station.ports.grants import Deferrals, Grants
from station.ports.keys import CodeMaker, IssuerKey, IssuerKeys, SignerUnavailable, TerminalKey
from station.ports.lifecycle import NoticeQueue, Positions, RevocationRuns
from station.ports.officers import AccessLog, Officers, Passwords
from station.ports.outside import (
    Cancel,
    Clock,
    Notices,
    Opening,
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
    "Cancel",
    "Cases",
    "CheckpointStore",
    "Clock",
    "CodeMaker",
    "Credentials",
    "Deferrals",
    "Grants",
    "IssuerKey",
    "IssuerKeys",
    "NoticeQueue",
    "Notices",
    "Officers",
    "Opening",
    "Passwords",
    "Positions",
    "Randomness",
    "Readers",
    "Records",
    "Registry",
    "RegistryAway",
    "RevocationRuns",
    "RevocationStore",
    "SignerUnavailable",
    "TerminalKey",
    "Transaction",
]
