import pytest

from station.domain.credential import PUBLISHED, CardState, PublishedStatus, Reason


@pytest.mark.parametrize(
    ("state", "published"),
    [
        # Until the officer saw it on the phone, a verifier must refuse it.
        ("pending_activation", "suspended"),
        ("active", "valid"),
        ("suspended", "suspended"),
        ("revoked", "invalid"),
        ("voided", "invalid"),
    ],
)
def test_the_list_says_what_the_card_is(state: str, published: str) -> None:
    assert PUBLISHED[CardState(state)] is PublishedStatus(published)


def test_every_state_is_published_and_only_active_is_valid() -> None:
    assert set(PUBLISHED) == set(CardState)
    assert [s for s, p in PUBLISHED.items() if p is PublishedStatus.VALID] == [CardState.ACTIVE]


def test_revoked_and_voided_are_final() -> None:
    assert {state for state in CardState if state.final} == {CardState.REVOKED, CardState.VOIDED}


def test_reasons_are_the_national_ones_and_ours_begin_with_a() -> None:
    ours = {each.value for each in Reason if each.value.startswith("A")}
    national = {"201", "202", "203", "204", "206", "209", "212", "214", "300"}
    assert {each.value for each in Reason} == national | ours
    assert ours == {"A01", "A02", "A03", "A04"}
