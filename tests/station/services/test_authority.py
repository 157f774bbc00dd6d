"""What each role may do: a table written by hand, beside the one in the code."""

import re
from dataclasses import replace

import pytest

from station.domain.case import Case
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Operation, Role
from tests.station.people import CASE, NOW, SUBJECT
from tests.station.services.staff import Staff

# x: may; h: may where they hold the case; c: may if confirmed within five minutes.
GRID = """
                   proofer approver revoker auditor administrator key_custodian
open-case             x       .        .       .          .             .
read-card             h       .        .       .          .             .
look-up               h       .        .       .          .             .
identify              h       .        .       .          .             .
approve               h       .        .       .          .             .
countersign           .       c        .       .          .             .
offer                 h       .        .       .          .             .
show-offer            h       .        .       .          .             .
activate              h       .        .       .          .             .
receipt               h       .        .       .          .             .
print-application     x       x        .       .          .             .
print-slip            x       .        .       .          .             .
refuse                x       x        .       .          .             .
cancel                x       x        .       .          .             .
put-off               h       .        .       .          .             .
hand-over             x       x        .       .          .             .
show-case             x       x        x       x          .             .
view-identity         x       x        .       .          .             .
unmask-rrn            x       x        .       .          .             .
show-credential       x       x        x       x          .             .
find-credential       x       .        x       .          .             .
suspend               x       .        x       .          .             .
lift                  h       .        .       .          .             .
revoke                .       .        c       .          .             .
revoke-many           .       .        c       .          .             .
show-audit            .       .        .       x          .             .
show-access           .       .        .       c          .             .
show-officers         .       .        .       x          x             .
change-officers       .       .        .       .          c             .
import-registry       .       .        .       .          x             .
take-changes          .       .        x       .          x             .
take-revocations      .       .        .       .          .             x
"""


def _read() -> dict[tuple[Operation, Role], str]:
    head, *rows = GRID.strip("\n").splitlines()
    roles = [Role(each) for each in head.split()]
    cells: dict[tuple[Operation, Role], str] = {}
    for row in rows:
        name, *marks = row.split()
        assert len(marks) == len(roles) == len(Role), name
        cells |= {(Operation(name), role): mark for role, mark in zip(roles, marks, strict=True)}
    return cells


TABLE = _read()
IDS = [f"{role.value} {operation.value}" for operation, role in TABLE]


def asking(staff: Staff, officer: SignedIn, operation: Operation, case: Case | None) -> str:
    """The code that asking ends with; "" if it is permitted."""
    try:
        with staff.records.reading() as tx:
            account = staff.authority.require(tx, officer, operation, case)
    except StationError as error:
        return error.code
    assert account.name == officer.officer
    return ""


def case_of(officer: str) -> Case:
    return replace(CASE, officer=officer, opened_at=NOW, subject=SUBJECT)


def test_the_table_has_every_operation_and_every_role() -> None:
    assert {operation for operation, _ in TABLE} == set(Operation)
    assert {role for _, role in TABLE} == set(Role)


def test_the_table_has_no_other_marks() -> None:
    assert re.fullmatch("[.xhc]+", "".join(TABLE.values()))


@pytest.mark.parametrize(("operation", "role"), TABLE, ids=IDS)
def test_a_role_permits_what_the_table_says(staff: Staff, operation: Operation, role: Role) -> None:
    mark = TABLE[operation, role]
    staff.hire("kim", role)
    kim = staff.sign_in("kim")
    refused = "officer.not_permitted"
    assert asking(staff, kim, operation, None) == (refused if mark == "." else "")
    assert asking(staff, kim, operation, case_of("kim")) == (refused if mark == "." else "")
    others = {".": refused, "h": "officer.not_holder"}.get(mark, "")
    assert asking(staff, kim, operation, case_of("lee")) == others
    staff.clock.move(minutes=6)
    late = {".": refused, "c": "officer.confirm"}.get(mark, "")
    assert asking(staff, kim, operation, case_of("kim")) == late


@pytest.mark.parametrize("operation", Operation)
def test_an_account_without_roles_may_nothing(staff: Staff, operation: Operation) -> None:
    staff.hire("kim")
    kim = staff.sign_in("kim")
    assert asking(staff, kim, operation, case_of("kim")) == "officer.not_permitted"


@pytest.mark.parametrize("operation", Operation)
def test_nobody_handles_their_own_case(staff: Staff, operation: Operation) -> None:
    """Whoever may do it for others may not do it for themselves."""
    role = next(role for role in Role if TABLE[operation, role] != ".")
    staff.hire("kim", role)
    kim = staff.sign_in("kim")
    own = replace(case_of("kim"), subject=staff.account("kim").subject)
    assert asking(staff, kim, operation, own) == "officer.own_case"


def test_roles_add_up(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER, Role.REVOKER)
    kim = staff.sign_in("kim")
    assert asking(staff, kim, Operation.OPEN_CASE, None) == ""
    assert asking(staff, kim, Operation.REVOKE, None) == ""
    assert asking(staff, kim, Operation.COUNTERSIGN, None) == "officer.not_permitted"


def test_nobody_has_every_right() -> None:
    """Two people at least: whoever gives rights issues nothing, whoever audits does nothing."""
    together = {Role.PROOFER, Role.APPROVER, Role.REVOKER, Role.KEY_CUSTODIAN}
    reached = {operation for (operation, role), mark in TABLE.items()
               if mark != "." and role in together}  # fmt: skip
    assert Operation.CHANGE_OFFICERS not in reached
    assert Operation.SHOW_AUDIT not in reached
