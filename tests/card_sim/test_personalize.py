"""The files of a card: exact octets, true signatures, and the number of reads they cost."""

import io
from math import ceil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from apdu.crypto.curves import encode_point
from apdu.lds import data_groups, eid_groups, security_infos, sod
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.personalize import CardType, altered, cloned, file_names
from tests.card_sim.world import World

# Commands of the read besides READ BINARY (docs/card-profile 'Reading krrc-1'): the PIN counter,
# PACE, terminal and chip authentication, the selection of both applications.
FIXED_COMMANDS = 1 + 5 + 7 + 2 + 1 + 1
NOT_READ = {"EF.DIR", "EF.COM"}


def contents(card: CardData) -> dict[str, bytes]:
    names = file_names(card)
    return {
        names[where, file.identifier]: file.content
        for where, files in card.files.items()
        for file in files
    }


def commands(card: CardData, block: int) -> int:
    sizes = [len(octets) for name, octets in contents(card).items() if name not in NOT_READ]
    assert len(sizes) == 21
    return FIXED_COMMANDS + sum(ceil(size / block) for size in sizes)


@pytest.mark.parametrize(("block", "most"), [(65000, 38), (4000, 42), (1000, 59), (223, 136)])
def test_reading_takes_no_more_commands_than_counted(world: World, block: int, most: int) -> None:
    for person in world.home.persons.values():
        assert commands(world.home.card(person, CardType.KRRC_1), block) <= most
    for card_type in CardType:
        assert commands(world.data(card_type), block) <= most


def test_card_access_has_the_octets_of_the_profile(world: World) -> None:
    files = contents(world.data())
    assert files["EF.CardAccess"].hex().upper() == (
        "3155300D060804007F00070202020201023012060A04007F00070202030202020102020101"
        "3012060A04007F0007020204020202010202010C301C060904007F000702020302300C060704007F000701"
        "0202010C020101"
    )


def test_data_group_2_is_of_real_size_and_holds_a_picture(world: World) -> None:
    formats = {"jpeg": "JPEG", "jpeg2000": "JPEG2000"}
    for person in world.home.persons.values():
        octets = contents(world.home.card(person, CardType.KRRC_1))["DG2"]
        assert 16_500 <= len(octets) <= 18_000
        portrait = data_groups.decode_dg2(octets)
        assert portrait.format == person.portrait_format
        with Image.open(io.BytesIO(portrait.image)) as image:
            image.load()
            assert image.format == formats[portrait.format]
            assert image.size == (portrait.width, portrait.height)


def test_portraits_differ(world: World) -> None:
    people = world.home.persons.values()
    cards = [world.home.card(person, CardType.KRRC_1) for person in people]
    assert len({contents(card)["DG2"] for card in cards}) == len(people)


def test_personalization_is_repeatable(world: World) -> None:
    again = world.home.card(world.person, CardType.KRRC_1)
    assert contents(again) == contents(world.data())
    assert again.chip_key.private_numbers() == world.data().chip_key.private_numbers()


def digest_of(octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(octets)
    return digest.finalize()


def hash_of(card_type: CardType) -> hashes.HashAlgorithm:
    """As many bits as the chip's curve has."""
    return hashes.SHA384() if card_type is CardType.KRRC_1_P384 else hashes.SHA256()


def signed_content(
    world: World, octets: bytes, content_type: str, card_type: CardType = CardType.KRRC_1
) -> bytes:
    """The content of a CMS whose digest, signature and certificate hold."""
    signed = sod.decode(octets)
    signer = signed.signers[0]
    certificate = x509.load_der_x509_certificate(signed.certificates[0])
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    algorithm = hash_of(card_type)
    assert key.key_size == algorithm.digest_size * 8
    key.verify(signer.signature, signer.to_be_verified, ec.ECDSA(algorithm))
    assert digest_of(signed.content, algorithm) in signer.to_be_verified
    certificate.verify_directly_issued_by(world.home.pki.csca.certificate)
    assert signed.content_type == content_type
    return signed.content


@pytest.mark.parametrize("card_type", list(CardType))
def test_sod_signs_every_data_group(world: World, card_type: CardType) -> None:
    files = contents(world.data(card_type))
    content = signed_content(world, files["EF.SOD"], sod.LDS_SECURITY_OBJECT, card_type)
    lds = sod.decode_lds_security_object(content)
    assert sorted(lds.hashes) == [1, 2, 11, 12, 14]
    for number, expected in lds.hashes.items():
        assert digest_of(files[f"DG{number}"], hash_of(card_type)) == expected


@pytest.mark.parametrize("card_type", list(CardType))
def test_card_security_repeats_card_access_and_adds_the_chip_key(
    world: World, card_type: CardType
) -> None:
    card = world.data(card_type)
    files = contents(card)
    content = signed_content(world, files["EF.CardSecurity"], sod.SECURITY_OBJECT, card_type)
    announced = security_infos.elements(files["EF.CardAccess"])
    assert announced < security_infos.elements(content)
    signed = security_infos.decode(content)
    in_dg14 = data_groups.decode_dg14(files["DG14"])
    point = encode_point(card.chip_key.public_key())
    assert [encode_point(each.key) for each in signed.chip_keys] == [point]
    assert [encode_point(each.key) for each in in_dg14.chip_keys] == [point]
    assert [each.version for each in in_dg14.chip_authentication] == [1]
    assert [each.version for each in signed.chip_authentication] == [2]


def test_eid_groups_say_who_it_is(world: World) -> None:
    card = world.home.card(world.home.person("namgung-eunhasu"), CardType.KRRC_1)
    files = {file.short_identifier: file.content for file in card.files[Application.EID]}
    assert eid_groups.decode_all(files) == world.home.person("namgung-eunhasu").eid


def test_rrn_and_address_are_in_the_eid_application_only(world: World) -> None:
    for name, octets in contents(world.data()).items():
        if name != "eID.DG12":
            assert world.person.rrn.encode() not in octets
        if name != "eID.DG17":
            assert world.person.address.street.encode() not in octets


def test_clone_has_every_octet_and_another_key(world: World) -> None:
    clone = cloned(world.data())
    assert contents(clone) == contents(world.data())
    assert clone.chip_key.private_numbers() != world.data().chip_key.private_numbers()


def test_alteration_changes_one_bit_of_one_file(world: World) -> None:
    genuine, changed = contents(world.data()), contents(altered(world.data(), "dg2", 9000))
    assert [name for name in genuine if genuine[name] != changed[name]] == ["DG2"]
    pairs = list(zip(genuine["DG2"], changed["DG2"], strict=True))
    assert [i for i, (old, new) in enumerate(pairs) if old != new] == [9000]


@pytest.mark.parametrize(("name", "offset"), [("DG7", 0), ("DG2", 17734), ("DG2", -1), ("", 0)])
def test_alteration_of_nothing_is_refused(world: World, name: str, offset: int) -> None:
    with pytest.raises(ValueError, match=r"the card has no file|outside"):
        altered(world.data(), name, offset)


def test_repr_of_a_card_shows_no_person_and_no_key(world: World) -> None:
    text = repr(world.data())
    for secret in (world.person.pin, world.person.rrn, world.person.given_names):
        assert secret not in text
