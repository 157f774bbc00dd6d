"""Travel documents that are wrong in one thing each, and chips that cannot be proven."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import run
from apdu.lds import data_groups, mrz, security_infos
from apdu.lds.data_groups import TAGS, AdditionalDetails
from apdu.lds.security_infos import (
    CA_ECDH_AES128,
    CA_ECDH_AES256,
    PACE_ECDH_GM_AES256,
    ChipAuthenticationInfo,
    PaceInfo,
)
from apdu.profiles import icao
from apdu.profiles.checks import Check, Outcome
from apdu.profiles.icao import GROUPS, read_document
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.tlv import build
from card_sim.chip import CardData
from card_sim.files import Application, always
from card_sim.home import Home
from card_sim.personalize import cloned
from tests.apdu.profiles.documents import (
    Watched,
    by_zone,
    found,
    infos_of,
    only,
    outcomes_that_are_not_pass,
    read,
    read_over,
    stops_at,
    with_groups,
    with_infos,
)
from tests.apdu.profiles.taps import CARD_ACCESS, EF_SOD, NOW, content_of, with_file, with_flipped
from tests.card_sim.world import TODAY, World

Attack = Callable[[World], CardData]
NEVER = lambda session: False  # noqa: E731 - an access rule


def test_clone_is_found_before_anything_of_the_person_is_read(world: World) -> None:
    over = Watched(cloned(world.data()), world)
    reading = read_over(world, over)
    check = stops_at(reading, "chip_authentication")
    assert (check.outcome, check.reason) == (Outcome.FAIL, "chip_has_another_key")
    assert over.log[-1].ins == 0xA4, "the one command under the new keys"


def test_document_of_another_state_is_not_believed(world: World) -> None:
    other = Home(world.home._folder.parent / "icao-state", TODAY)
    trust = TrustStore((other.pki.csca.der,))
    over = Watched(world.data(), world)
    reading = run(read_document(Password.can(world.person.can), trust, NOW), over)
    assert stops_at(reading, "lds_signature_authentic").reason == "no-path-to-trust-anchor"


@pytest.mark.parametrize(
    ("content", "outcome"),
    [(bytes.fromhex("77023000"), Outcome.ERROR), (None, Outcome.FAIL)],
    ids=["malformed", "altered"],
)
def test_signed_list_that_is_not_the_states_ends_the_tap(
    world: World, content: bytes | None, outcome: Outcome
) -> None:
    card = world.data()
    if content is None:
        card = with_flipped(card, Application.LDS1, EF_SOD)
    else:
        card = with_file(card, Application.LDS1, EF_SOD, content)
    assert stops_at(read(world, card), "lds_signature_authentic").outcome is outcome


@pytest.mark.parametrize(("number", "offset"), [(1, 40), (2, 9000), (11, -1), (12, -1)])
def test_one_changed_octet_in_a_group_fails_its_check(
    world: World, number: int, offset: int
) -> None:
    card = with_flipped(world.data(), Application.LDS1, 0x0100 | number, offset)
    check = found(read(world, card))[f"dg{number}_as_signed"]
    assert (check.outcome, check.reason) == (Outcome.FAIL, "data-group-digest")


def test_clones_own_key_is_not_used_to_prove_it(world: World) -> None:
    """It wrote the public half of its key into DG14, and could prove that."""
    clone = cloned(world.data())
    infos = infos_of(clone)
    own = tuple(replace(each, key=clone.chip_key.public_key()) for each in infos.chip_keys)
    forged = data_groups.encode_dg14(replace(infos, chip_keys=own))
    reading = read(world, with_file(clone, Application.LDS1, 0x010E, forged))
    checks = found(reading)
    assert checks["dg14_as_signed"].outcome is Outcome.FAIL
    assert checks["chip_authentication"].outcome is Outcome.NOT_RUN
    assert not reading.genuine


def test_key_group_that_the_state_did_not_sign_is_not_read(world: World) -> None:
    card = with_groups(world, world.data(), {}, listed=(1, 2, 11, 12))
    reading = read(world, card)
    assert outcomes_that_are_not_pass(reading) == {
        "pace_as_signed": "",
        "chip_authentication": "not_offered",
    }
    assert "DG14" not in reading.files


@pytest.mark.parametrize("number", [1, 2])
def test_zone_and_portrait_must_be_signed(world: World, number: int) -> None:
    listed = tuple(n for n in GROUPS if n != number)
    reading = read(world, with_groups(world, world.data(), {}, listed=listed))
    assert only(reading) == Check(f"dg{number}_as_signed", Outcome.FAIL, "data-group-not-listed")


def test_group_the_document_does_not_have_is_not_judged(world: World) -> None:
    card = with_groups(world, world.data(), {}, listed=(1, 2, 14))
    reading = read(world, card)
    assert reading.genuine
    assert {"dg11_as_signed", "dg12_as_signed"}.isdisjoint(found(reading))
    assert reading.content is not None
    assert reading.content.person is None
    assert reading.content.document is None


def test_group_that_ef_com_lists_and_the_state_did_not_sign_is_not_read(world: World) -> None:
    """EF.COM is an index nobody signed."""
    card = with_groups(world, world.data(), {}, listed=(1, 2, 14))
    com = content_of(card, Application.LDS1, 0x011E)
    assert TAGS[11] in com
    assert "DG11" not in read(world, card).files


@pytest.mark.parametrize("number", [11, 14])
def test_signed_group_that_the_chip_keeps_back_is_missed(world: World, number: int) -> None:
    card = world.data()
    files = tuple(
        replace(each, may_read=NEVER) if each.identifier == 0x0100 | number else each
        for each in card.files[Application.LDS1]
    )
    card = replace(card, files={**card.files, Application.LDS1: files})
    reading = read(world, card)
    check = found(reading)[f"dg{number}_as_signed"]
    assert (check.outcome, check.reason) == (Outcome.NOT_RUN, "not_readable")
    assert not reading.genuine


@pytest.mark.parametrize("number", [1, 2])
def test_document_that_keeps_zone_or_portrait_back_is_refused(world: World, number: int) -> None:
    with pytest.raises(StatusError, match="6A82"):
        read(world, with_file(world.data(), Application.LDS1, 0x0100 | number, None))


# The choice of PACE, and what the state signed of it.


def announcing(world: World, *pace: PaceInfo, signed: tuple[PaceInfo, ...]) -> CardData:
    """EF.CardAccess with these variants, DG14 with those."""
    card = with_infos(world, pace=signed)
    infos = security_infos.decode(content_of(card, Application.MASTER, CARD_ACCESS))
    changed = security_infos.encode(replace(infos, pace=pace))
    return with_file(card, Application.MASTER, CARD_ACCESS, changed)


GOOD = PaceInfo(security_infos.PACE_ECDH_GM_AES128, 2, 12)
BETTER = PaceInfo(PACE_ECDH_GM_AES256, 2, 12)


def test_pace_that_is_announced_as_signed_passes(world: World) -> None:
    reading = read(world, announcing(world, GOOD, BETTER, signed=(BETTER, GOOD)))
    assert reading.genuine
    assert found(reading)["pace_as_signed"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("announced", "signed"),
    [((GOOD,), (GOOD, BETTER)), ((GOOD, BETTER), (GOOD,)), ((GOOD,), (BETTER,))],
    ids=["a better one withheld", "one added", "another"],
)
def test_pace_that_is_announced_otherwise_ends_the_tap(
    world: World, announced: tuple[PaceInfo, ...], signed: tuple[PaceInfo, ...]
) -> None:
    """A downgrade: EF.CardAccess is read in clear, and anybody between can change it."""
    check = stops_at(read(world, announcing(world, *announced, signed=signed)), "pace_as_signed")
    assert (check.outcome, check.reason) == (Outcome.FAIL, "card_access_differs")


# Chip authentication that is not there.


def offering(protocol: str, version: int = 1, key_id: int | None = 1) -> Attack:
    info = ChipAuthenticationInfo(protocol, version, key_id)
    return lambda world: with_infos(world, chip_authentication=(info,))


@pytest.mark.parametrize(
    "attack",
    [
        lambda world: with_infos(world, chip_authentication=()),
        lambda world: with_infos(world, chip_keys=()),
        offering("0.4.0.127.0.7.2.2.3.1.2"),
        offering("0.4.0.127.0.7.2.2.3.2.1"),
        offering(CA_ECDH_AES128, version=2),
        offering(CA_ECDH_AES128, key_id=7),
    ],
    ids=["no info", "no key", "DH", "3DES", "version 2", "another key"],
)
def test_chip_that_cannot_be_proven_is_not_genuine(world: World, attack: Attack) -> None:
    reading = read(world, attack(world))
    assert outcomes_that_are_not_pass(reading) == {"chip_authentication": "not_offered"}
    assert reading.content is not None, "the signed data are there, and judged"


def test_malformed_key_group_proves_nothing(world: World) -> None:
    reading = read(world, with_groups(world, world.data(), {14: bytes.fromhex("6E023000")}))
    assert outcomes_that_are_not_pass(reading) == {
        "pace_as_signed": "",
        "chip_authentication": "not_offered",
    }


def test_variant_the_chip_does_not_know_is_a_refusal(world: World) -> None:
    with pytest.raises(StatusError, match="MANAGE_SECURITY_ENVIRONMENT: card answered 6A80"):
        read(world, offering(CA_ECDH_AES256)(world))


def test_chip_key_without_identifier_is_the_one_without_identifier(world: World) -> None:
    card = world.data()
    infos = infos_of(card)
    key, info = infos.chip_keys[0], infos.chip_authentication[0]
    card = with_infos(
        world,
        chip_keys=(replace(key, key_id=None),),
        chip_authentication=(replace(info, key_id=None),),
    )
    assert read(world, card).genuine


# Data of another form.


@pytest.mark.parametrize(
    ("number", "content"),
    [
        (1, build(TAGS[1], build(0x5F1F, b"P<UTO" + b"<" * 50))),
        (2, build(TAGS[2], b"")),
        (11, build(TAGS[11], b"")),
        (12, build(TAGS[12], b"")),
    ],
)
def test_signed_group_of_another_form_gives_no_content(
    world: World, number: int, content: bytes
) -> None:
    reading = read(world, with_groups(world, world.data(), {number: content}))
    assert found(reading)["data_well_formed"] == Check(
        "data_well_formed", Outcome.FAIL, "malformed"
    )
    assert reading.content is None
    assert not reading.genuine
    assert f"DG{number}" in reading.files


def test_zone_of_another_document_than_the_one_that_was_typed_is_seen(world: World) -> None:
    """Files copied from another document of the same state, on a chip opened by this zone."""
    other = replace(world.person.mrz, surname="LEE")
    honest = with_groups(world, world.data(), {1: data_groups.encode_dg1(mrz.encode(other))})
    assert read(world, honest, by_zone(world)).genuine, "names are no part of the password"
    stolen = replace(world.person.mrz, document_number="T00000000")
    card = with_groups(world, world.data(), {1: data_groups.encode_dg1(mrz.encode(stolen))})
    check = only(read(world, card, by_zone(world)))
    assert (check.name, check.outcome, check.reason) == ("mrz_agrees", Outcome.FAIL, "differs")


TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"


@pytest.mark.parametrize(
    ("zone", "information"),
    [(TD3, "L898902C3674081221204159"), (TD2, "D23145890774081221204159")],
    ids=["TD3", "TD2"],
)
def test_zone_of_two_lines_gives_its_password(zone: str, information: str) -> None:
    """The specimens of ICAO Doc 9303-4, appendix B, and 9303-6, appendix B."""
    assert icao._mrz_information(zone) == information


def test_passport_is_read_by_its_zone(world: World) -> None:
    card = with_groups(world, world.data(), {1: data_groups.encode_dg1(TD3)})
    secrets = replace(card.secrets, mrz_information="L898902C3674081221204159")
    reading = read(world, replace(card, secrets=secrets), Password.mrz("L898902C3674081221204159"))
    assert reading.genuine
    assert reading.content is not None
    assert reading.content.zone == TD3


# Broken channels.


def flipped(answer: bytes) -> bytes:
    """The last octet of its data changed, the status word as it was."""
    return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:]


def test_key_off_the_curve_ends_the_tap(world: World) -> None:
    over = Watched(world.data(), world)

    def change(command: bytes, answer: bytes) -> bytes:
        return (
            answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:] if len(over.log) == 5 else answer
        )

    over.change = change
    with pytest.raises(EncodingError, match="point"):
        read_over(world, over)


def test_wrong_token_fails_pace(world: World) -> None:
    over = Watched(world.data(), world)
    over.change = lambda command, answer: flipped(answer) if len(over.log) == 7 else answer
    check = stops_at(read_over(world, over), "pace")
    assert (check.outcome, check.reason) == (Outcome.FAIL, "wrong_token")


@pytest.mark.parametrize("number", [8, 9, 12, 15])
def test_wrong_mac_ends_the_tap(world: World, number: int) -> None:
    over = Watched(world.data(), world)
    over.change = lambda command, answer: flipped(answer) if len(over.log) == number else answer
    with pytest.raises(ProtocolError, match="wrong MAC"):
        read_over(world, over)
    assert len(over.log) == number


def test_details_are_optional(world: World) -> None:
    details = data_groups.encode_dg11(AdditionalDetails("HONG<<GILDONG", (), date(1990, 1, 1)))
    assert read(world, with_groups(world, world.data(), {11: details})).genuine


def test_everybody_may_read_a_document_without_protection(world: World) -> None:
    """Access rules are the chip's; the reader does not rest on them."""
    card = world.data()
    files = tuple(replace(each, may_read=always) for each in card.files[Application.LDS1])
    assert read(world, replace(card, files={**card.files, Application.LDS1: files})).genuine
