"""What a change does, its table written out a second time."""

import pytest

from station.domain.credential import Cause, Reason
from station.domain.lifecycle import REVOKING
from station.domain.registry import ChangeKind
from station.domain.registry_changes import CONSEQUENCES, Renewing, Revoking, Suspending

EXPECTED = {
    "death": Revoking(Reason("A01")),
    "deregistration": Revoking(Reason("A02")),
    "emigration": Revoking(Reason("A03")),
    "name": Revoking(Reason("203")),
    "rrn": Revoking(Reason("202")),
    "address": Renewing(Reason("204")),
    "card_lost": Suspending(Cause.PHYSICAL_LOST, Reason("212")),
    "card_recalled": Revoking(Reason("209")),
    "card_reissued": Revoking(Reason("209")),
    "card_found": None,
    "other": None,
}


def test_every_kind_has_this_consequence() -> None:
    assert {kind.value: consequence for kind, consequence in CONSEQUENCES.items()} == EXPECTED
    assert CONSEQUENCES.keys() == set(ChangeKind)


@pytest.mark.parametrize("kind", ChangeKind)
def test_whatever_revokes_has_a_reason_that_may(kind: ChangeKind) -> None:
    consequence = CONSEQUENCES[kind]
    if isinstance(consequence, Revoking):
        assert consequence.reason in REVOKING
