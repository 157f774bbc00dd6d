"""Who may do what: roles, operations, and the one table that joins them."""

from collections.abc import Set
from enum import StrEnum


class Role(StrEnum):
    """What somebody is trusted with; an account may have several."""

    PROOFER = "proofer"
    APPROVER = "approver"
    REVOKER = "revoker"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    KEY_CUSTODIAN = "key_custodian"


class Operation(StrEnum):
    """Everything an officer can ask the station for."""

    OPEN_CASE = "open-case"
    READ_CARD = "read-card"
    LOOK_UP = "look-up"
    IDENTIFY = "identify"
    APPROVE = "approve"
    COUNTERSIGN = "countersign"
    OFFER = "offer"
    SHOW_OFFER = "show-offer"
    ACTIVATE = "activate"
    RECEIPT = "receipt"
    PRINT_APPLICATION = "print-application"
    PRINT_SLIP = "print-slip"
    REFUSE = "refuse"
    CANCEL = "cancel"
    PUT_OFF = "put-off"
    HAND_OVER = "hand-over"
    SHOW_CASE = "show-case"
    VIEW_IDENTITY = "view-identity"
    UNMASK_RRN = "unmask-rrn"
    SHOW_CREDENTIAL = "show-credential"
    FIND_CREDENTIAL = "find-credential"
    SUSPEND = "suspend"
    LIFT = "lift"
    REVOKE = "revoke"
    REVOKE_MANY = "revoke-many"
    SHOW_AUDIT = "show-audit"
    SHOW_ACCESS = "show-access"
    SHOW_OFFICERS = "show-officers"
    CHANGE_OFFICERS = "change-officers"
    IMPORT_REGISTRY = "import-registry"
    TAKE_CHANGES = "take-changes"
    TAKE_REVOCATIONS = "take-revocations"


_COUNTER = frozenset({Role.PROOFER})
_EITHER = frozenset({Role.PROOFER, Role.APPROVER})
_CARDS = frozenset({Role.PROOFER, Role.REVOKER})
_LOOKING = frozenset({Role.PROOFER, Role.APPROVER, Role.REVOKER, Role.AUDITOR})

PERMITTED: dict[Operation, frozenset[Role]] = {
    Operation.OPEN_CASE: _COUNTER,
    Operation.READ_CARD: _COUNTER,
    Operation.LOOK_UP: _COUNTER,
    Operation.IDENTIFY: _COUNTER,
    Operation.APPROVE: _COUNTER,
    Operation.COUNTERSIGN: frozenset({Role.APPROVER}),
    Operation.OFFER: _COUNTER,
    Operation.SHOW_OFFER: _COUNTER,
    Operation.ACTIVATE: _COUNTER,
    Operation.RECEIPT: _COUNTER,
    Operation.PRINT_APPLICATION: _EITHER,
    Operation.PRINT_SLIP: _COUNTER,
    Operation.REFUSE: _EITHER,
    Operation.CANCEL: _EITHER,
    Operation.PUT_OFF: _COUNTER,
    Operation.HAND_OVER: _EITHER,
    Operation.SHOW_CASE: _LOOKING,
    Operation.VIEW_IDENTITY: _EITHER,
    Operation.UNMASK_RRN: _EITHER,
    Operation.SHOW_CREDENTIAL: _LOOKING,
    Operation.FIND_CREDENTIAL: _CARDS,
    Operation.SUSPEND: _CARDS,
    Operation.LIFT: _COUNTER,
    Operation.REVOKE: frozenset({Role.REVOKER}),
    Operation.REVOKE_MANY: frozenset({Role.REVOKER}),
    Operation.SHOW_AUDIT: frozenset({Role.AUDITOR}),
    Operation.SHOW_ACCESS: frozenset({Role.AUDITOR}),
    Operation.SHOW_OFFICERS: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Operation.CHANGE_OFFICERS: frozenset({Role.ADMINISTRATOR}),
    Operation.IMPORT_REGISTRY: frozenset({Role.ADMINISTRATOR}),
    Operation.TAKE_CHANGES: frozenset({Role.REVOKER, Role.ADMINISTRATOR}),
    Operation.TAKE_REVOCATIONS: frozenset({Role.KEY_CUSTODIAN}),
}

HOLDERS_ONLY = frozenset(
    {
        Operation.READ_CARD,
        Operation.LOOK_UP,
        Operation.IDENTIFY,
        Operation.APPROVE,
        Operation.OFFER,
        Operation.SHOW_OFFER,
        Operation.ACTIVATE,
        Operation.RECEIPT,
        Operation.PUT_OFF,
        Operation.LIFT,
    }
)
"""What only the officer may do who holds the case."""

CONFIRMED_ONLY = frozenset(
    {
        Operation.COUNTERSIGN,
        Operation.REVOKE,
        Operation.REVOKE_MANY,
        Operation.SHOW_ACCESS,
        Operation.CHANGE_OFFICERS,
    }
)
"""What asks for password and code again if they were not given within the last minutes."""

_ISSUING = frozenset({Role.PROOFER, Role.APPROVER, Role.REVOKER})


def may(roles: Set[Role], operation: Operation) -> bool:
    """Whether one of `roles` permits `operation`."""
    return not PERMITTED[operation].isdisjoint(roles)


def apart(roles: Set[Role]) -> tuple[Role, Role] | None:
    """Two of `roles` that no account may have together; None if there are none.

    Rule    An auditor has no other role: nobody audits what they did. An administrator, who
            gives rights, issues and revokes nothing.
    """
    if Role.AUDITOR in roles and len(roles) > 1:
        return Role.AUDITOR, min(roles - {Role.AUDITOR})
    if Role.ADMINISTRATOR in roles and _ISSUING & roles:
        return Role.ADMINISTRATOR, min(_ISSUING & roles)
    return None
