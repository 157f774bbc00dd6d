"""Every refusal leaves a record, also one that changes nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from station.domain.errors import StationError
from station.ports import Records


@contextmanager
def recorded(records: Records, step: str, number: str, officer: str) -> Iterator[None]:
    """Note a `StationError` of this step in the audit log, then let it go on.

    Rule    The note holds the code and the detail, which never has personal data. A case that
            does not exist has no log.
    """
    try:
        yield
    except StationError as error:
        if error.code != "case.not_found":
            with records.transaction() as tx:
                case = tx.cases.get(number)
                fields = {"step": step, "code": error.code, "detail": error.detail}
                tx.audit.append("step.refused", officer, case.id, **fields)
        raise
