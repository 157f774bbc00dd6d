"""Officers who are signed in already: accounts and sessions straight through the records port.

Nothing of Argon2 or of codes: the suite makes thousands of stations.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import count

from station.bootstrap import Station
from station.domain.officer import Officer, Session, SignedIn
from station.domain.roles import Role
from station.ports import Officers, Transaction
from station.services.authority import token_digest

COUNTER = frozenset({Role.PROOFER})
EVERYTHING_AT_A_COUNTER = frozenset({Role.PROOFER, Role.APPROVER, Role.REVOKER})
PLACE = "test desk"
LONG = timedelta(days=3650)


def signed_in(
    station: Station, name: str = "officer-kim", roles: Collection[Role] = COUNTER
) -> SignedIn:
    """`name` with a session that neither time nor idleness ends, and that is always confirmed.

    Rule    An account that is there gets what it lacks of `roles`. The same session is given as
            long as it is live, also to another process.
    """
    with station.authority.records.reading() as tx:
        found, token = tx.officers.get(name), _token(tx.officers, name)
        ready = found is not None and found.roles >= set(roles)
        if ready and tx.officers.session(token_digest(token)) is not None:
            return SignedIn(name, token)
    with station.authority.records.transaction() as tx:
        _account(tx, name, roles, station.clock.now())
        token = _token(tx.officers, name)
        if tx.officers.session(token_digest(token)) is None:
            tx.officers.begin(_session(name, token, station.clock.now()))
    return SignedIn(name, token)


def _account(tx: Transaction, name: str, roles: Collection[Role], now: datetime) -> None:
    if tx.officers.get(name) is None:
        assert tx.officers.add(officer(name, roles, now))
    for role in roles:
        tx.officers.grant(name, role)


def officer(name: str, roles: Collection[Role], made_at: datetime) -> Officer:
    """An account that nobody can sign in to: its password is none."""
    return Officer(
        name=name,
        title=f"TEST {name}",
        subject=hashlib.sha256(name.encode()).hexdigest(),
        password="none",
        totp_secret=bytes(20),
        made_at=made_at,
        roles=frozenset(roles),
    )


def first_token(name: str) -> str:
    """The token of the officer's first session here."""
    return f"{name}-0"


def _token(officers: Officers, name: str) -> str:
    """The token of the officer's live session, or of the next one."""
    for number in count():
        token = f"{name}-{number}" if number else first_token(name)
        session = officers.session(token_digest(token))
        if session is None or not session.ended:
            return token
    raise AssertionError


def _session(name: str, token: str, now: datetime) -> Session:
    # Last used and confirmed in years to come: whatever the test's clock does, that is recent.
    began, later = now.replace(microsecond=0), now + LONG
    return Session(token_digest(token), name, PLACE, began, later, later, later)
