from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, P384, PrivateKey
from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from apdu.lds import cvc
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat, Role
from apdu.lds.security_infos import TA_ECDSA_SHA256, TA_ECDSA_SHA512
from apdu.tlv import build, parse_one
from tests.vectors import load

CVCA_KEY = P256.private_key(0xC0)
DV_KEY = P256.private_key(0xD0)
TERMINAL_KEY = P256.private_key(0xE0)


def signer(key: PrivateKey) -> Any:
    return lambda body: sign_plain(key, body, hashes.SHA256())


def fields(car: str, holder: str, key: PrivateKey, rights: str) -> cvc.CertificateFields:
    return cvc.CertificateFields(
        car,
        holder,
        cvc.CvcPublicKey.of(TA_ECDSA_SHA256, key.public_key()),
        Chat(AUTHENTICATION_TERMINAL, bytes.fromhex(rights)),
        date(2026, 11, 1),
        date(2029, 10, 31),
    )


CVCA_FIELDS = fields("KRTESTCVCA00001", "KRTESTCVCA00001", CVCA_KEY, "C0034E9F30")
CVCA = cvc.issue(CVCA_FIELDS, signer(CVCA_KEY))
DV = cvc.issue(fields("KRTESTCVCA00001", "KRTESTDV00001", DV_KEY, "80034E9F30"), signer(CVCA_KEY))
TERMINAL_FIELDS = fields("KRTESTDVAB00001", "KRTESTTERM00001", TERMINAL_KEY, "00034E9F00")
TERMINAL = cvc.issue(TERMINAL_FIELDS, signer(DV_KEY))


def test_chain_verifies_with_inherited_domain_parameters() -> None:
    cvc.verify_signature(CVCA, CVCA.public_key)
    cvc.verify_signature(DV, CVCA.public_key)
    cvc.verify_signature(TERMINAL, DV.public_key.on(P256))


def test_key_that_has_not_inherited_its_curve_verifies_nothing() -> None:
    with pytest.raises(EncodingError, match="inherited"):
        cvc.verify_signature(TERMINAL, DV.public_key)


def test_signature_of_another_key_does_not_verify() -> None:
    with pytest.raises(InvalidSignature):
        cvc.verify_signature(TERMINAL, CVCA.public_key)


@pytest.mark.parametrize("position", [10, 40, 100, -10])
def test_signature_over_an_altered_body_does_not_verify(position: int) -> None:
    body = bytearray(TERMINAL.body)
    body[position] ^= 0x01
    with pytest.raises(InvalidSignature):
        cvc.verify_signature(replace(TERMINAL, body=bytes(body)), DV.public_key.on(P256))


def test_hash_is_the_issuers_not_the_one_the_certificate_names() -> None:
    other = replace(
        TERMINAL_FIELDS,
        public_key=cvc.CvcPublicKey.of(TA_ECDSA_SHA512, TERMINAL_KEY.public_key()),
    )
    certificate = cvc.issue(other, signer(DV_KEY))
    cvc.verify_signature(certificate, DV.public_key.on(P256))
    with pytest.raises(InvalidSignature):
        cvc.verify_signature(
            certificate, replace(DV.public_key.on(P256), oid=certificate.public_key.oid)
        )


def test_terminal_certificate_has_the_profiles_size() -> None:
    assert len(TERMINAL_FIELDS.car) + len(TERMINAL_FIELDS.holder) == 30
    assert len(TERMINAL.pso_data) == 231


@pytest.mark.parametrize("certificate", [CVCA, DV, TERMINAL], ids=lambda each: each.holder)
def test_certificate_reads_back_as_issued(certificate: cvc.CVCertificate) -> None:
    assert cvc.decode(certificate.encoded) == certificate
    assert cvc.decode_body_and_signature(certificate.pso_data) == certificate


def test_extensions_are_kept_as_read() -> None:
    extended = replace(TERMINAL_FIELDS, extensions=bytes.fromhex("7303060104"))
    certificate = cvc.issue(extended, signer(DV_KEY))
    assert cvc.decode(certificate.encoded).extensions == extended.extensions


@pytest.mark.vectors
def test_chains_of_others_read_verify_and_write_identically() -> None:
    values = load("cvc_chain_globaltester_is")["values"]
    root, dv, terminal = (_check_against(each) for each in values["certificates"])
    assert root.public_key.curve is not None
    _verify_chain(root, dv, terminal)


@pytest.mark.vectors
def test_german_roots_read_verify_and_write_identically() -> None:
    for each in load("cvc_roots_de_epass_esign")["values"]["certificates"]:
        root = _check_against(each)
        cvc.verify_signature(root, root.public_key)


@pytest.mark.vectors
def test_worked_example_chain_on_brainpool_p512_with_sha_512_verifies() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    octets = [bytes.fromhex(values[name]) for name in ("cvca_cert", "dv_cert", "at_cert")]
    chain = [cvc.decode(each) for each in octets]
    assert [each.encoded for each in chain] == octets
    assert chain[2].holder == "DETESTATDE019"
    _verify_chain(*chain)


def _verify_chain(
    root: cvc.CVCertificate, dv: cvc.CVCertificate, terminal: cvc.CVCertificate
) -> None:
    assert root.public_key.curve is not None
    cvc.verify_signature(root, root.public_key)
    cvc.verify_signature(dv, root.public_key)
    cvc.verify_signature(terminal, dv.public_key.on(root.public_key.curve))
    assert [each.chat.role for each in (root, dv, terminal)] == [
        Role.CVCA,
        Role.DV_DOMESTIC,
        Role.TERMINAL,
    ]


def _check_against(expected: dict[str, Any]) -> cvc.CVCertificate:
    octets = bytes.fromhex(expected["certificate"])
    certificate = cvc.decode(octets)
    assert certificate.encoded == octets
    assert (certificate.car, certificate.holder) == (expected["car"], expected["chr"])
    assert certificate.effective == date.fromisoformat(expected["effective"])
    assert certificate.expires == date.fromisoformat(expected["expiration"])
    assert certificate.chat.role_oid == expected["chat_oid"]
    assert certificate.chat.value.hex().upper() == expected["chat"]
    assert certificate.public_key.oid == expected["public_key_oid"]
    return certificate


def _rebuilt(certificate: cvc.CVCertificate, *objects: bytes) -> bytes:
    return build(0x7F21, build(0x7F4E, *objects), build(0x5F37, certificate.signature))


def _objects(certificate: cvc.CVCertificate) -> list[bytes]:
    return [bytes(each) for each in parse_one(certificate.body).children]


def test_objects_out_of_order_missing_doubled_or_unknown_are_refused() -> None:
    whole = _objects(TERMINAL)
    assert cvc.decode(_rebuilt(TERMINAL, *whole)) == TERMINAL
    for wrong in (
        [whole[1], whole[0], *whole[2:]],
        whole[:-1],
        [*whole[:2], whole[1], *whole[2:]],
        [*whole, build(0x5F2A, b"x")],
        [*whole, build(0x65, b""), build(0x65, b"")],
    ):
        with pytest.raises(EncodingError):
            cvc.decode(_rebuilt(TERMINAL, *wrong))


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (1, build(0x42, b"kRTESTDV00001")),
        (1, build(0x42, b"KR00001")),  # no mnemonic
        (1, build(0x42, b"KRTESTDVABCD00001")),  # mnemonic of ten
        (1, build(0x42, b"KRTEST\n00001")),
        (5, build(0x5F25, b"\x02\x06\x01\x01\x00")),  # five digits
        (5, build(0x5F25, b"\x02\x06\x01\x01\x00\x0a")),  # BCD is no digit
        (5, build(0x5F25, b"\x02\x06\x01\x03\x00\x01")),  # month 13
        (5, build(0x5F25, b"\x03\x00\x01\x01\x00\x01")),  # after it expires
        (6, build(0x5F24, b"260101")),  # ASCII
    ],
)
def test_field_in_a_wrong_form_is_refused(index: int, value: bytes) -> None:
    objects = _objects(TERMINAL)
    objects[index] = value
    with pytest.raises(EncodingError):
        cvc.decode(_rebuilt(TERMINAL, *objects))


def test_lengths_in_more_octets_than_needed_are_refused() -> None:
    octets = TERMINAL.encoded
    assert octets[2] == 0x81
    with pytest.raises(EncodingError, match="DER"):
        cvc.decode(octets[:2] + b"\x82\x00" + octets[3:])
    objects = _objects(TERMINAL)
    objects[2] = objects[2].replace(b"\x7f\x49\x4f", b"\x7f\x49\x81\x4f")
    assert len(objects[2]) == 83
    loose = build(0x7F4E, *objects) + build(0x5F37, TERMINAL.signature)
    with pytest.raises(EncodingError, match="DER"):
        cvc.decode_body_and_signature(loose)


@pytest.mark.parametrize("signature", [b"", b"\x01\x02\x03"])
def test_signature_that_is_no_pair_is_refused(signature: bytes) -> None:
    with pytest.raises(EncodingError, match="pair"):
        cvc.issue(TERMINAL_FIELDS, lambda _: signature)


def test_octets_after_the_certificate_are_refused() -> None:
    with pytest.raises(EncodingError):
        cvc.decode(TERMINAL.encoded + b"\x00")
    with pytest.raises(EncodingError):
        cvc.decode_body_and_signature(TERMINAL.pso_data + build(0x5F37, b"ab"))


def _with_key(certificate: cvc.CVCertificate, key: bytes) -> bytes:
    objects = _objects(certificate)
    objects[2] = key
    return _rebuilt(certificate, *objects)


def test_terminal_key_with_domain_parameters_of_its_own_is_refused() -> None:
    full_key = _objects(CVCA)[2]
    with pytest.raises(EncodingError, match="DER"):
        cvc.decode(_with_key(TERMINAL, full_key))


def test_root_key_with_an_attackers_generator_is_refused() -> None:
    key = _objects(CVCA)[2]
    other = P256.private_key(5).public_key().public_numbers()
    forged = key.replace(P256.gx.to_bytes(32), other.x.to_bytes(32), 1)
    forged = forged.replace(P256.gy.to_bytes(32), other.y.to_bytes(32), 1)
    assert forged != key
    with pytest.raises(EncodingError, match="named curve"):
        cvc.decode(_with_key(CVCA, forged))


def test_root_key_with_some_domain_parameters_is_refused() -> None:
    objects = [bytes(each) for each in parse_one(_objects(CVCA)[2]).children]
    for left_out in range(1, len(objects)):
        partial = [each for i, each in enumerate(objects) if i != left_out]
        with pytest.raises(EncodingError):
            cvc.decode(_with_key(CVCA, build(0x7F49, *partial)))


def test_root_key_with_a_cofactor_or_its_objects_out_of_order_is_refused() -> None:
    objects = [bytes(each) for each in parse_one(_objects(CVCA)[2]).children]
    for wrong in (
        [*objects[:-1], build(0x87, b"\x02")],
        [objects[0], objects[2], objects[1], *objects[3:]],
    ):
        with pytest.raises(EncodingError, match="not all of them"):
            cvc.decode(_with_key(CVCA, build(0x7F49, *wrong)))


def test_point_off_the_inherited_curve_is_refused() -> None:
    with pytest.raises(EncodingError, match="not on"):
        replace(DV.public_key, point=b"\x04" + bytes(64)).on(P256)
    with pytest.raises(EncodingError):
        DV.public_key.on(P384)


def test_another_profile_is_refused() -> None:
    objects = _objects(TERMINAL)
    with pytest.raises(EncodingError, match="profile"):
        cvc.decode(_rebuilt(TERMINAL, build(0x5F29, b"\x01"), *objects[1:]))


def test_doubled_public_point_is_refused() -> None:
    objects = [bytes(each) for each in parse_one(_objects(TERMINAL)[2]).children]
    with pytest.raises(EncodingError):
        cvc.decode(_with_key(TERMINAL, build(0x7F49, objects[0], objects[1], objects[1])))


@pytest.mark.parametrize("oid", ["0.4.0.127.0.7.2.2.2.1.2", "0.4.0.127.0.7.2.2.2.2.1", "1.2.3"])
def test_rsa_and_sha_1_keys_are_refused(oid: str) -> None:
    key = replace(TERMINAL_FIELDS.public_key, oid=oid)
    with pytest.raises(EncodingError, match="not supported"):
        cvc.issue(replace(TERMINAL_FIELDS, public_key=key), signer(DV_KEY))
    with pytest.raises(EncodingError, match="not supported"):
        _ = key.hash_algorithm


def test_self_signed_certificates_are_roots_with_a_curve_only() -> None:
    with pytest.raises(EncodingError, match="self-signed"):
        cvc.issue(replace(TERMINAL_FIELDS, car=TERMINAL_FIELDS.holder), signer(DV_KEY))
    bare = replace(CVCA_FIELDS, public_key=replace(CVCA_FIELDS.public_key, curve=None))
    with pytest.raises(EncodingError, match="domain parameters"):
        cvc.issue(bare, signer(CVCA_KEY))


def test_link_certificate_may_leave_the_curve_out() -> None:
    bare = replace(
        CVCA_FIELDS,
        holder="KRTESTCVCA00002",
        public_key=replace(CVCA_FIELDS.public_key, curve=None),
    )
    link = cvc.issue(bare, signer(CVCA_KEY))
    assert cvc.decode(link.encoded).public_key.curve is None


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2100, 1, 1)])
def test_dates_outside_the_century_are_refused(day: date) -> None:
    with pytest.raises(EncodingError):
        cvc.encode_date(day)


def test_reference_that_does_not_fit_is_refused_when_issuing() -> None:
    with pytest.raises(EncodingError, match="reference"):
        cvc.issue(replace(TERMINAL_FIELDS, holder="TEST"), signer(DV_KEY))
