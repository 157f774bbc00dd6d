from typing import Any

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384
from apdu.errors import EncodingError
from apdu.lds import security_infos as si
from apdu.lds.data_groups import decode_dg14, encode_dg14
from apdu.lds.der import integer, oid, sequence, set_of
from apdu.lds.sod import decode as decode_signed_object
from apdu.lds.subject_keys import encode_explicit
from tests.vectors import load

# The project's profile krrc-1, built as in the worked example of TR-03110.
EF_CARD_ACCESS = bytes.fromhex(
    "3155300D060804007F00070202020201023012060A04007F000702020302020201020201013012060A04007F00"
    "07020204020202010202010C301C060904007F000702020302300C060704007F0007010202010C020101"
)
KRRC_1 = si.SecurityInfos(
    pace=(si.PaceInfo(si.PACE_ECDH_GM_AES128, 2, 12),),
    chip_authentication=(si.ChipAuthenticationInfo(si.CA_ECDH_AES128, 2, 1),),
    domain_parameters=(si.ChipAuthenticationDomainParameterInfo(si.CA_ECDH, 12, 1),),
    terminal_authentication=(si.TerminalAuthenticationInfo(si.TA, 2),),
)
CHIP_KEY = P256.private_key(7).public_key()
WITH_KEY = si.SecurityInfos(
    chip_keys=(si.ChipAuthenticationPublicKeyInfo(si.PK_ECDH, CHIP_KEY, 1),)
)


def test_ef_card_access_of_the_profile_reads_and_writes_to_the_octet() -> None:
    assert si.decode(EF_CARD_ACCESS) == KRRC_1
    assert si.encode(KRRC_1) == EF_CARD_ACCESS


@pytest.mark.vectors
def test_samples_from_the_field_read_as_expected() -> None:
    for sample in load("ef_cardaccess_samples")["values"]["samples"]:
        infos = si.decode(bytes.fromhex(sample["ef_cardaccess"]))
        expected = [each for each in sample["infos"] if "version" in each]
        assert [
            {"oid": each.protocol, "version": each.version, "parameter_id": each.parameter_id}
            for each in infos.pace
        ] == expected, sample["name"]
        assert _all_protocols(infos) == sorted(each["oid"] for each in sample["infos"])


def _all_protocols(infos: si.SecurityInfos) -> list[str]:
    known: tuple[Any, ...] = (
        *infos.pace,
        *infos.chip_authentication,
        *infos.domain_parameters,
        *infos.chip_keys,
        *infos.terminal_authentication,
    )
    return sorted([each.protocol for each in known] + list(infos.skipped))


@pytest.mark.vectors
def test_ef_card_security_of_the_worked_example_holds_the_chip_key_and_ef_card_access() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    signed = decode_signed_object(bytes.fromhex(values["ef_cardsecurity"]))
    infos = si.decode(signed.content)
    chip_key = BRAINPOOL_P256.decode_point(bytes.fromhex(values["ca_picc_pub_key"]))
    assert infos.chip_keys == (si.ChipAuthenticationPublicKeyInfo(si.PK_ECDH, chip_key, 1),)
    unsigned = bytes.fromhex(values["ef_cardaccess"])
    privileged = {each for each in si.elements(unsigned) if b"\x02\x02\x08" in each[:12]}
    assert len(privileged) == 1
    assert si.elements(unsigned) - privileged <= si.elements(signed.content)


@pytest.mark.vectors
@pytest.mark.parametrize(
    "name", ["lds_bsi2008_silver_dataset", "lds_tr03105_5_1_dataset_with_chip_keys"]
)
def test_dg14_with_a_key_on_an_unsupported_curve_reads_without_the_key(name: str) -> None:
    infos = decode_dg14(bytes.fromhex(load(name)["values"]["files"]["DG14"]))
    assert infos.chip_keys == ()
    assert infos.skipped == (si.PK_ECDH,)
    assert infos.chip_authentication[0].version == 1


def test_chip_key_reads_and_writes_in_both_spellings() -> None:
    assert si.decode(si.encode(WITH_KEY)) == WITH_KEY
    assert decode_dg14(encode_dg14(WITH_KEY)) == WITH_KEY
    assert oid("1.2.840.10045.2.1") in encode_dg14(WITH_KEY)
    assert oid("0.4.0.127.0.7.1.2") in si.encode(WITH_KEY)


def test_chip_key_with_an_attackers_generator_is_skipped() -> None:
    spki = encode_explicit(CHIP_KEY)
    forged = spki.replace(P256.gx.to_bytes(32) + P256.gy.to_bytes(32), _other_point(), 1)
    infos = si.decode(set_of([sequence(oid(si.PK_ECDH), forged)]))
    assert forged != spki
    assert infos.chip_keys == ()
    assert infos.skipped == (si.PK_ECDH,)


def _other_point() -> bytes:
    numbers = P256.private_key(5).public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def test_altered_ef_card_access_differs_from_its_signed_copy() -> None:
    signed = si.elements(si.encode(KRRC_1))
    weaker = si.encode(si.SecurityInfos(pace=(si.PaceInfo("0.4.0.127.0.7.2.2.4.2.1", 2, 12),)))
    assert not si.elements(weaker) <= signed


@pytest.mark.parametrize(
    "element",
    [
        sequence(oid(si.PACE_ECDH_GM_AES128)),
        sequence(oid(si.PACE_ECDH_GM_AES128), integer(2), integer(12), integer(1)),
        sequence(oid(si.PACE_ECDH_GM_AES128), integer(2), integer(2**32)),
        sequence(oid(si.CA_ECDH), sequence(oid("1.2.840.10045.2.1"), integer(12))),
        sequence(oid("1.2.3.4"), integer(1)),
    ],
)
def test_info_in_an_unknown_form_is_skipped(element: bytes) -> None:
    infos = si.decode(set_of([element, sequence(oid(si.TA), integer(2))]))
    assert len(infos.skipped) == 1
    assert infos.terminal_authentication == KRRC_1.terminal_authentication


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x30\x00", b"\x31\x02\x05\x00", b"\x31\x02\x30\x00", b"\x31\x04\x30\x02\x02\x00"],
)
def test_broken_structure_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        si.decode(octets)


def test_endless_set_is_refused() -> None:
    with pytest.raises(EncodingError):
        si.decode(set_of([sequence(oid("1.2.3"), integer(i)) for i in range(65)]))


@pytest.mark.parametrize(
    ("protocol", "octets"),
    [
        (si.PACE_ECDH_GM_AES128, 16),
        (si.CA_ECDH_AES192, 24),
        (si.PACE_ECDH_CAM_AES256, 32),
    ],
)
def test_key_length_comes_from_the_last_arc(protocol: str, octets: int) -> None:
    assert si.key_length(protocol) == octets


@pytest.mark.parametrize("protocol", [f"{si.PACE}.2.1", si.TA, si.TA_ECDSA_SHA256, "1.2", ""])
def test_key_length_refuses_3des_and_other_protocols(protocol: str) -> None:
    with pytest.raises(EncodingError):
        si.key_length(protocol)


def test_public_key_data_object_names_protocol_and_point() -> None:
    key = P384.private_key(3).public_key()
    octets = si.encode_public_key(si.CA_ECDH_AES256, key)
    assert octets[:3].hex() == "7f496f"
    assert octets[3:15].hex() == "060a04007f00070202030204"
    assert octets[15:18].hex() == "866104"
