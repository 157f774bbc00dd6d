"""Whose case it turns out to be."""

from station.domain.case import Case
from station.domain.errors import StationError
from station.ports import Transaction


def check_nobodys_own(tx: Transaction, case: Case) -> None:
    """Refuse a case whose resident is an officer with a part in it; the database does, too.

    Errors  `StationError("officer.own_case")`.
    """
    accounts = [tx.officers.get(name) for name, _ in tx.cases.parts(case.id)]
    if any(each is not None and each.subject == case.subject for each in accounts):
        raise StationError("officer.own_case")
