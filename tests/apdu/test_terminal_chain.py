"""Which certificates are shown: links first, roles in order, rights and dates beforehand."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from apdu.crypto.curves import P256
from apdu.crypto.signatures import sign_plain
from apdu.lds import cvc
from apdu.lds.chat import (
    AUTHENTICATION_TERMINAL,
    CAN_ALLOWED,
    INSPECTION_SYSTEM,
    PIN_MANAGEMENT,
    Chat,
    read_dg,
)
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey
from apdu.lds.security_infos import TA_ECDSA_SHA256
from apdu.protocols.terminal_chain import (
    Chain,
    NoCertificateChain,
    TerminalChains,
    TerminalExpired,
    TerminalLacksRight,
)

KEY = P256.private_key(0x7E4)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
CVCA, DV, DV_FOREIGN, TERMINAL = 0b11, 0b10, 0b01, 0b00
ALL_RIGHTS = 0x034E9F30
READ_RRN = 1 << read_dg(12)
CAN = 1 << CAN_ALLOWED
PINS = 1 << PIN_MANAGEMENT


def certificate(
    car: str,
    holder: str,
    role: int = DV,
    *,
    rights: int = ALL_RIGHTS,
    until: date = TODAY,
    effective: date = TODAY - 30 * DAY,
) -> CVCertificate:
    key = CvcPublicKey.of(TA_ECDSA_SHA256, KEY.public_key())
    chat = Chat(AUTHENTICATION_TERMINAL, (role << 38 | rights).to_bytes(5))
    fields = CertificateFields(car, holder, key, chat, min(effective, until), until)
    return cvc.issue(fields, lambda body: sign_plain(KEY, body, SHA256()))


def select_chain(
    certificates: Sequence[CVCertificate],
    trust_points: Sequence[str | None],
    rights: int = 0,
    today: date | None = None,
) -> Chain:
    return TerminalChains(certificates).select(trust_points, rights, today)


def require_chain(certificates: Sequence[CVCertificate], rights: int, today: date) -> None:
    TerminalChains(certificates).require(rights, today)


OLDEST, OLD, NEW = (f"KRTESTCVCA0000{number}" for number in range(3))
VERIFIER, HOLDER = "KRTESTDV00001", "KRTESTAT00001"
ROOT = certificate(OLD, OLD, CVCA)
LINK = certificate(OLD, NEW, CVCA)
VERIFIED = certificate(NEW, VERIFIER)
OWN = certificate(VERIFIER, HOLDER, TERMINAL)
CHAIN = (VERIFIED, OWN)
BUNDLE = (OWN, ROOT, VERIFIED, LINK)


def test_a_card_that_knows_the_newest_root_gets_no_link() -> None:
    assert select_chain(BUNDLE, [NEW, OLD]) == CHAIN


def test_a_card_that_knows_only_an_older_root_gets_the_links_first() -> None:
    assert select_chain(BUNDLE, [OLD, None]) == (LINK, *CHAIN)


def test_links_lead_over_several_generations() -> None:
    first = certificate(OLDEST, OLD, CVCA)
    assert select_chain((first, *BUNDLE), [OLDEST]) == (first, LINK, *CHAIN)


def test_the_second_trust_point_is_tried_where_the_first_leads_nowhere() -> None:
    assert select_chain(BUNDLE, ["KRTESTCVCA00009", NEW]) == CHAIN


def test_a_dead_end_is_left() -> None:
    assert select_chain((certificate(NEW, "KRTESTDV00002"), *BUNDLE), [NEW]) == CHAIN


@pytest.mark.parametrize("trust_points", [[], [None, None], ["KRTESTCVCA00009"], [HOLDER]])
def test_a_card_of_another_authority_gets_nothing(trust_points: list[str | None]) -> None:
    with pytest.raises(NoCertificateChain):
        select_chain(BUNDLE, trust_points)


def test_without_a_terminal_certificate_there_is_no_chain() -> None:
    with pytest.raises(NoCertificateChain):
        select_chain((ROOT, LINK, VERIFIED), [OLD])


def test_certificates_that_lead_in_a_circle_end() -> None:
    circle = (certificate(OLD, NEW, CVCA), certificate(NEW, OLD, CVCA))
    with pytest.raises(NoCertificateChain):
        select_chain(circle, [OLD])


def test_of_two_ways_the_one_that_gives_the_rights_is_taken() -> None:
    poor = certificate(NEW, "KRTESTDV00002", rights=READ_RRN)
    own = certificate("KRTESTDV00002", HOLDER, TERMINAL)
    bundle = (poor, own, *BUNDLE)
    assert select_chain(bundle, [NEW], READ_RRN) == (poor, own)
    assert select_chain(bundle, [NEW], READ_RRN | PINS) == CHAIN


def test_of_two_ways_the_one_in_date_is_taken() -> None:
    late = certificate(NEW, "KRTESTDV00002", until=TODAY - DAY)
    own = certificate("KRTESTDV00002", HOLDER, TERMINAL)
    assert select_chain((late, own, *BUNDLE), [NEW], 0, TODAY) == CHAIN


# Roles in order: a wrong one is not even shown.


@pytest.mark.parametrize(
    "bundle",
    [
        (certificate(NEW, HOLDER, TERMINAL),),
        (
            VERIFIED,
            certificate(VERIFIER, "KRTESTDV00002"),
            certificate("KRTESTDV00002", HOLDER, TERMINAL),
        ),
        (certificate(NEW, VERIFIER, TERMINAL), certificate(VERIFIER, HOLDER, TERMINAL)),
        (certificate(NEW, VERIFIER), certificate(VERIFIER, HOLDER, CVCA)),
    ],
    ids=["terminal below root", "verifier below verifier", "terminal below terminal", "root last"],
)
def test_certificates_of_a_wrong_role_make_no_chain(bundle: tuple[CVCertificate, ...]) -> None:
    with pytest.raises(NoCertificateChain):
        select_chain(bundle, [NEW])


def test_a_foreign_verifier_is_one() -> None:
    foreign = certificate(NEW, VERIFIER, DV_FOREIGN)
    assert select_chain((foreign, OWN), [NEW]) == (foreign, OWN)


def test_terminal_types_are_not_mixed() -> None:
    key = CvcPublicKey.of(TA_ECDSA_SHA256, KEY.public_key())
    chat = Chat(INSPECTION_SYSTEM, b"\x03")
    fields = CertificateFields(VERIFIER, HOLDER, key, chat, TODAY, TODAY)
    inspection = cvc.issue(fields, lambda body: sign_plain(KEY, body, SHA256()))
    with pytest.raises(NoCertificateChain):
        select_chain((VERIFIED, inspection), [NEW])


# Before a card is touched.


def lacking(*bundle: CVCertificate, wanted: int) -> tuple[str, ...]:
    with pytest.raises(TerminalLacksRight) as caught:
        require_chain(bundle, wanted, TODAY)
    return caught.value.rights


@pytest.mark.parametrize("place", ["root", "verifier", "terminal"])
def test_a_right_missing_anywhere_in_the_chain_is_missing(place: str) -> None:
    """The card masks the rights along the chain; so does the reader."""

    def rights(of: str) -> int:
        return ALL_RIGHTS & ~(READ_RRN | PINS) if of == place else ALL_RIGHTS

    root = certificate(NEW, NEW, CVCA, rights=rights("root"))
    verifier = certificate(NEW, VERIFIER, rights=rights("verifier"))
    own = certificate(VERIFIER, HOLDER, TERMINAL, rights=rights("terminal"))
    assert lacking(root, verifier, own, wanted=READ_RRN | CAN) == ("read DG12",)
    assert lacking(root, verifier, own, wanted=READ_RRN | PINS) == ("manage PINs", "read DG12")
    require_chain((root, verifier, own), CAN, TODAY)


def test_the_root_a_link_leads_to_masks_and_not_the_one_it_leaves() -> None:
    poor_root = certificate(OLD, OLD, CVCA, rights=CAN)
    assert select_chain((poor_root, LINK, *CHAIN), [OLD], READ_RRN) == (LINK, *CHAIN)
    poor_link = certificate(OLD, NEW, CVCA, rights=CAN)
    assert lacking(ROOT, poor_link, *CHAIN, wanted=READ_RRN) == ("read DG12",)


def test_the_link_a_card_is_shown_masks_rather_than_a_root_of_the_same_name() -> None:
    poor_root = certificate(NEW, NEW, CVCA, rights=CAN)
    assert select_chain((poor_root, LINK, *CHAIN), [OLD], READ_RRN) == (LINK, *CHAIN)
    with pytest.raises(NoCertificateChain):
        select_chain((poor_root, *CHAIN), [NEW], READ_RRN)


def test_a_root_that_is_not_at_hand_takes_no_right_away() -> None:
    require_chain(CHAIN, ALL_RIGHTS, TODAY)


def test_rights_nobody_gives_are_told_of_the_way_that_lacks_least() -> None:
    nothing = certificate(NEW, "KRTESTDV00002", rights=0)
    own = certificate("KRTESTDV00002", HOLDER, TERMINAL)
    nearly = certificate(NEW, VERIFIER, rights=ALL_RIGHTS & ~CAN)
    assert lacking(nothing, own, nearly, OWN, wanted=READ_RRN | CAN) == ("use the CAN",)


@pytest.mark.parametrize("late", ["verifier", "terminal"])
def test_a_certificate_expired_by_our_clock_is_told_by_name_and_day(late: str) -> None:
    days = {"verifier": TODAY, "terminal": TODAY} | {late: TODAY - DAY}
    bundle = (
        certificate(NEW, VERIFIER, until=days["verifier"]),
        certificate(VERIFIER, HOLDER, TERMINAL, until=days["terminal"]),
    )
    with pytest.raises(TerminalExpired, match=r"expired on 2026-11-22$") as caught:
        require_chain(bundle, READ_RRN, TODAY)
    assert caught.value.holder == (VERIFIER if late == "verifier" else HOLDER)
    assert caught.value.expires == TODAY - DAY
    require_chain(bundle, READ_RRN, TODAY - DAY)


def test_the_last_day_counts() -> None:
    require_chain(CHAIN, READ_RRN, TODAY)


def test_links_and_roots_do_not_expire_for_the_reader() -> None:
    """A card takes an expired link; whether it still takes the root, only the card knows."""
    late = TODAY - DAY
    root, link = certificate(OLD, OLD, CVCA, until=late), certificate(OLD, NEW, CVCA, until=late)
    require_chain((root, link, *CHAIN), READ_RRN, TODAY)
    assert select_chain((root, link, *CHAIN), [OLD], READ_RRN, TODAY) == (link, *CHAIN)


def test_a_certificate_that_is_not_yet_effective_is_shown() -> None:
    """Cards take it: their date lags behind, and so may our clock."""
    early = certificate(NEW, VERIFIER, until=TODAY + 9 * DAY, effective=TODAY + DAY)
    require_chain((early, OWN), READ_RRN, TODAY)


def test_an_expired_way_does_not_hide_a_good_one() -> None:
    late = certificate(NEW, "KRTESTDV00002", until=TODAY - DAY)
    require_chain((late, certificate("KRTESTDV00002", HOLDER, TERMINAL), *CHAIN), PINS, TODAY)


def test_a_lacking_right_is_told_before_a_date() -> None:
    late = certificate(VERIFIER, HOLDER, TERMINAL, rights=CAN, until=TODAY - DAY)
    assert lacking(VERIFIED, late, wanted=READ_RRN) == ("read DG12",)


@pytest.mark.parametrize("bundle", [(), (OWN,), (ROOT, VERIFIED), (ROOT, LINK, OWN)])
def test_certificates_that_make_no_chain_are_told_so(bundle: tuple[CVCertificate, ...]) -> None:
    with pytest.raises(NoCertificateChain):
        require_chain(bundle, 0, TODAY)


def test_no_error_tells_more_than_names_rights_and_days() -> None:
    assert str(TerminalExpired(HOLDER, TODAY)) == (
        "the terminal's certificate KRTESTAT00001 expired on 2026-11-23"
    )
    assert str(TerminalLacksRight(READ_RRN | CAN)) == (
        "the terminal has no right to use the CAN, read DG12"
    )
