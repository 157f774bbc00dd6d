"""Every refusal leaves a record, also one that changes nothing else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from station.domain.errors import StationError
from station.domain.grant import Token
from station.domain.officer import SignedIn
from station.openid4vci.errors import OpenId4VciError
from station.ports import Records


@contextmanager
def recorded(records: Records, step: str, number: str, officer: SignedIn) -> Iterator[None]:
    """Note a `StationError` of this step in the audit log, then let it go on.

    Rule    The note holds the code and the detail, which never has personal data. A case that
            does not exist has no log; nothing is noted in a name that no session proves.
    """
    try:
        yield
    except StationError as error:
        if error.code not in {"case.not_found", "officer.signed_out"}:
            with records.transaction() as tx:
                case = tx.cases.get(number)
                fields = {"step": step, "code": error.code, "detail": error.detail}
                tx.audit.append("step.refused", officer.officer, case.id, **fields)
        raise


def record_refusal(records: Records, token: Token, error: OpenId4VciError) -> None:
    """Note that a request under `token` was refused, once for each reason.

    Rule    Whoever holds a token may ask without end; the audit log shall not grow with it.
    """
    reason = f"{token.token_hash} {error.code.value} {error.description}"
    once = hashlib.sha256(reason.encode()).hexdigest()
    with records.transaction() as tx:
        if tx.grants.consume("refusal", once, token.expires_at):
            fields = {"error": error.code.value, "reason": error.description}
            tx.audit.append("credential.refused", "wallet", token.case_id, **fields)
