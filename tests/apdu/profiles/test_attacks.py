"""Every check can fail: for each of them a card that is wrong in just that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from apdu.crypto.curves import P256
from apdu.lds import data_groups, mrz, security_infos, sod
from apdu.lds.data_groups import AdditionalDetails, DocumentDetails
from apdu.profiles.checks import Outcome
from apdu.profiles.krrc import CHECKS
from apdu.protocols.passive_authentication import TrustStore
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.home import Home
from card_sim.personalize import cloned
from tests.apdu.profiles.taps import (
    CARD_ACCESS,
    CARD_SECURITY,
    EF_SOD,
    Tap,
    card_of,
    content_of,
    failed,
    failing,
    only,
    outcomes,
    signed_by,
    stops_at,
    with_card_security,
    with_chip_key,
    with_eid,
    with_file,
    with_flipped,
    with_lds,
)
from tests.card_sim.world import TODAY, World

Attack = Callable[[World], CardData]
DAY = timedelta(days=1)
ATTACKED_ELSEWHERE = {"pace"}  # test_krrc_reading.py
RAISES_INSTEAD = {"terminal_authentication"}  # the card refuses us; see test_terminals.py


def _foreign_signer(world: World, application: Application, content_type: str) -> CardData:
    """The true content, signed by the document signer of another state."""
    card = world.data()
    true = sod.decode(content_of(card, application, EF_SOD)).content
    signed = signed_by(_another_state(world).pki.document_signer, content_type, true)
    octets = sod.encode_file(signed) if application is Application.LDS1 else signed
    return with_file(card, application, EF_SOD, octets)


def _another_state(world: World) -> Home:
    folder: Path = world.home._folder.parent / "another-state"
    return Home(folder, TODAY)


def _announcing_more(world: World) -> CardData:
    """EF.CardAccess offers a PACE variant the signed copy does not know."""
    infos = security_infos.decode(content_of(world.data(), Application.MASTER, CARD_ACCESS))
    weak = replace(infos.pace[0], protocol=security_infos.PACE_ECDH_GM_AES256, parameter_id=13)
    changed = security_infos.encode(replace(infos, pace=(*infos.pace, weak)))
    return with_file(world.data(), Application.MASTER, CARD_ACCESS, changed)


def _announcing_less(world: World) -> CardData:
    """The state signed two PACE variants; somebody took the better one out of EF.CardAccess."""

    def with_better(octets: bytes) -> bytes:
        infos = security_infos.decode(octets)
        better = replace(infos.pace[0], protocol=security_infos.PACE_ECDH_GM_AES256)
        return security_infos.encode(replace(infos, pace=(*infos.pace, better)))

    return with_card_security(world, world.data(), with_better)


def _other_chip_in_dg14(world: World) -> CardData:
    dg14 = content_of(world.data(), Application.LDS1, 0x010E)
    infos = data_groups.decode_dg14(dg14)
    other = P256.generate().public_key()
    keys = tuple(replace(each, key=other) for each in infos.chip_keys)
    changed = data_groups.encode_dg14(replace(infos, chip_keys=keys))
    return with_lds(world, world.data(), {14: changed})


def _malformed_eid_group(world: World) -> CardData:
    return with_file(world.data(), Application.EID, 0x0104, bytes.fromhex("64020C00"))


def _eid(**changes: object) -> Attack:
    return lambda world: with_eid(world.data(), world.person, **changes)


def _zone(**changes: str) -> Attack:
    def attack(world: World) -> CardData:
        zone = replace(world.person.mrz, **changes)
        return with_lds(world, world.data(), {1: data_groups.encode_dg1(mrz.encode(zone))})

    return attack


def _details(**changes: object) -> Attack:
    def attack(world: World) -> CardData:
        person = world.person
        true = AdditionalDetails(
            f"{person.family_name}<<{person.given_names}", (), person.date_of_birth
        )
        details = replace(true, **changes)  # type: ignore[arg-type]
        return with_lds(world, world.data(), {11: data_groups.encode_dg11(details)})

    return attack


def _document(authority: str | None, issued: date | None) -> Attack:
    details = data_groups.encode_dg12(DocumentDetails(authority, issued))
    return lambda world: with_lds(world, world.data(), {12: details})


def _issued(day: date) -> Attack:
    """A card that is consistent in itself; only its dates are impossible."""
    return lambda world: card_of(world, replace(world.person, date_of_issue=day))


# The one check each of these cards fails; everything else about it is right.
SINGLE: dict[str, list[Attack]] = {
    "chip_keys_agree": [_other_chip_in_dg14],
    "issuing_state_agrees": [
        _eid(issuing_state="JPN"),
        _eid(nationality="USA"),
        _zone(issuing_state="JPN"),
        _zone(nationality="USA"),
    ],
    "name_agrees": [
        _eid(given_names="민자"),
        _eid(family_name="이"),
        _eid(family_name="김민", given_names="지"),
        _details(name="김<<민자"),
    ],
    "date_of_birth_agrees": [
        _eid(date_of_birth=date(1990, 1, 1)),
        _zone(date_of_birth="900101"),
        _details(date_of_birth=date(1990, 1, 1)),
        _details(date_of_birth=date(1892, 8, 5)),  # the same two digits of the year
        _details(date_of_birth=None),
    ],
    "sex_agrees": [_eid(sex="M"), _zone(sex="M")],
    "date_of_expiry_agrees": [
        _eid(date_of_expiry=TODAY + 9000 * DAY),
        _zone(date_of_expiry="991231"),
    ],
    "date_of_issue_agrees": [
        _eid(date_of_issue=TODAY - 10 * DAY),
        _document("서울특별시 종로구청장", TODAY - 10 * DAY),
        _document("서울특별시 종로구청장", None),
    ],
    "dates_in_range": [_issued(TODAY + DAY), _issued(date(1991, 1, 1))],
}

# A check that the rest of the tap depends on, the attack, and how it ends.
ESSENTIAL: list[tuple[str, Attack, Outcome, str]] = [
    (
        "card_security_authentic",
        lambda w: _foreign_signer(w, Application.MASTER, sod.SECURITY_OBJECT),
        Outcome.FAIL,
        "no-path-to-trust-anchor",
    ),
    (
        "card_security_authentic",
        lambda w: with_card_security(w, w.data(), bytes, sod.LDS_SECURITY_OBJECT),
        Outcome.FAIL,
        "content-type",
    ),
    (
        "card_security_authentic",
        lambda w: with_flipped(w.data(), Application.MASTER, CARD_SECURITY),
        Outcome.FAIL,
        "signature",
    ),
    (
        "card_security_authentic",
        lambda w: with_file(w.data(), Application.MASTER, CARD_SECURITY, b"\x30\x00"),
        Outcome.ERROR,
        "malformed",
    ),
    ("card_access_as_signed", _announcing_more, Outcome.FAIL, "card_access_differs"),
    ("card_access_as_signed", _announcing_less, Outcome.FAIL, "card_access_differs"),
    ("chip_authentication", lambda w: cloned(w.data()), Outcome.FAIL, "chip_has_another_key"),
    (
        "lds_signature_authentic",
        lambda w: _foreign_signer(w, Application.LDS1, sod.LDS_SECURITY_OBJECT),
        Outcome.FAIL,
        "no-path-to-trust-anchor",
    ),
    (
        "lds_signature_authentic",
        lambda w: with_flipped(w.data(), Application.LDS1, EF_SOD),
        Outcome.FAIL,
        "signature",
    ),
    (
        "lds_signature_authentic",
        lambda w: with_file(w.data(), Application.LDS1, EF_SOD, bytes.fromhex("77023000")),
        Outcome.ERROR,
        "malformed",
    ),
]
ALTERED_GROUPS = {1: 40, 2: 9000, 11: -1, 12: -1, 14: -1}


def test_every_check_is_attacked() -> None:
    attacked = set(SINGLE) | {name for name, *_ in ESSENTIAL}
    attacked |= {f"dg{number}_as_signed" for number in ALTERED_GROUPS} | {"data_well_formed"}
    assert attacked == set(CHECKS) - RAISES_INSTEAD - ATTACKED_ELSEWHERE


@pytest.mark.parametrize(
    ("name", "attack"),
    [(name, attack) for name, attacks in SINGLE.items() for attack in attacks],
    ids=[f"{name}-{i}" for name, attacks in SINGLE.items() for i in range(len(attacks))],
)
def test_card_wrong_in_one_thing_fails_one_check(world: World, name: str, attack: Attack) -> None:
    reading = Tap(world, attack(world)).read()
    assert only(reading, name).outcome is Outcome.FAIL
    assert not reading.genuine


@pytest.mark.parametrize(("name", "attack", "outcome", "reason"), ESSENTIAL)
def test_failing_essential_check_ends_the_tap_without_data(
    world: World, name: str, attack: Attack, outcome: Outcome, reason: str
) -> None:
    check = stops_at(Tap(world, attack(world)).read(), name)
    assert (check.outcome, check.reason) == (outcome, reason)


@pytest.mark.parametrize("number", ALTERED_GROUPS)
def test_one_changed_octet_in_a_data_group_fails_its_check(world: World, number: int) -> None:
    identifier, offset = 0x0100 | number, ALTERED_GROUPS[number]
    card = with_flipped(world.data(), Application.LDS1, identifier, offset)
    reading = Tap(world, card).read()
    name = f"dg{number}_as_signed"
    found = {each.name: each for each in reading.checks}
    assert found[name].outcome is Outcome.FAIL
    assert found[name].reason == "data-group-digest"
    others = {f"dg{n}_as_signed" for n in ALTERED_GROUPS} - {name}
    assert not failed(reading) & others
    assert not reading.genuine


def test_group_the_signed_list_does_not_name_fails_its_check(world: World) -> None:
    card = world.data()
    signed = sod.decode(content_of(card, Application.LDS1, EF_SOD))
    lds = sod.decode_lds_security_object(signed.content)
    short = replace(lds, hashes={n: value for n, value in lds.hashes.items() if n != 11})
    content = sod.encode_lds_security_object(short)
    signer = world.home.pki.document_signer
    octets = sod.encode_file(signed_by(signer, sod.LDS_SECURITY_OBJECT, content))
    reading = Tap(world, with_file(card, Application.LDS1, EF_SOD, octets)).read()
    assert only(reading, "dg11_as_signed").reason == "data-group-not-listed"


def test_malformed_group_leaves_the_comparisons_unmade(world: World) -> None:
    reading = Tap(world, _malformed_eid_group(world)).read()
    found = outcomes(reading)
    place = CHECKS.index("data_well_formed")
    assert found["data_well_formed"] is Outcome.FAIL
    assert {each.name for each in failing(reading)} == set(CHECKS[place:])
    assert {found[name] for name in CHECKS[place + 1 :]} == {Outcome.NOT_RUN}
    assert reading.content is None
    assert not reading.genuine


@pytest.mark.parametrize(
    "attack", [_document(None, TODAY), _details(name=None)], ids=["authority", "name"]
)
def test_absent_field_is_not_well_formed(world: World, attack: Attack) -> None:
    reading = Tap(world, attack(world)).read()
    found = {each.name: each for each in reading.checks}
    assert found["data_well_formed"].outcome is Outcome.FAIL
    assert found["data_well_formed"].reason == "missing_field"
    assert not reading.genuine


def test_other_trust_store_believes_nothing(world: World) -> None:
    trust = TrustStore((_another_state(world).pki.csca.der,))
    reading = Tap(world, world.data(), trust=trust).read()
    assert stops_at(reading, "card_security_authentic").reason == "no-path-to-trust-anchor"


def test_other_chip_key_under_the_states_signature_is_still_proven(world: World) -> None:
    """The signed key is the one chip authentication holds the chip to."""
    other = P256.generate().public_key()
    card = with_card_security(world, world.data(), lambda octets: with_chip_key(octets, other))
    assert stops_at(Tap(world, card).read(), "chip_authentication").outcome is Outcome.FAIL


def test_card_issued_today_is_in_range_and_one_of_tomorrow_is_not(world: World) -> None:
    assert Tap(world, _issued(TODAY)(world)).read().genuine
    only(Tap(world, _issued(TODAY + DAY)(world)).read(), "dates_in_range")
