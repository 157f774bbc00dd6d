"""The query of a mass revocation: what it may say, and that it is stored as it was said."""

from datetime import date

import pytest

from station.domain.credential import CardState
from station.domain.errors import StationError
from station.domain.mass_revocation import Query

DAY, LATER = date(2026, 11, 1), date(2026, 11, 23)
WHOLE = Query(DAY, LATER, CardState.ACTIVE, "ic-pin", "officer-kim", "d" * 64, "1" * 32)


@pytest.mark.parametrize(
    "query",
    [
        WHOLE,
        Query(issued_from=DAY),
        Query(issued_until=LATER),
        Query(issued_from=DAY, issued_until=DAY),
        Query(state=CardState.SUSPENDED),
        Query(state=CardState.PENDING_ACTIVATION),
        Query(route="qr-counter"),
    ],
)
def test_a_query_is_stored_as_it_was_said(query: Query) -> None:
    query.check()
    assert Query.from_dict(query.as_dict()) == query


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(state=CardState.REVOKED),
        Query(state=CardState.VOIDED),
        Query(issued_from=LATER, issued_until=DAY),
        Query(route=""),
        Query(officer=""),
        Query(device=""),
        Query(run=""),
        Query(issued_from=DAY, officer=""),
    ],
)
def test_a_query_that_means_everything_or_nothing_is_refused(query: Query) -> None:
    with pytest.raises(StationError) as refused:
        query.check()
    assert refused.value.code == "input.invalid"
