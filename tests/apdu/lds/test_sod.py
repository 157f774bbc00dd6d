import pytest
from asn1crypto import cms

from apdu.crypto.curves import P384
from apdu.errors import EncodingError
from apdu.lds import sod
from apdu.lds.certificates import decode_certificate
from apdu.lds.cms import CONTENT_TYPE, MESSAGE_DIGEST, decode_signed_data
from apdu.lds.der import OCTET_STRING, integer, oid, sequence
from apdu.lds.signature_schemes import SHA256, SHA384, digest
from apdu.lds.subject_keys import encode_named
from apdu.tlv import build, parse
from tests.apdu.lds.issuing import CSCA, CSCA_KEY, DAY, DS, DS_KEY, Draft, ecdsa
from tests.vectors import load

FILES = {1: b"a DG1", 2: b"a DG2", 14: b"a DG14"}
LDS = sod.make_lds_security_object(SHA256, FILES)
CONTENT = sod.encode_lds_security_object(LDS)
SIGNED = sod.build_signed_data(sod.LDS_SECURITY_OBJECT, CONTENT, DS, ecdsa(DS_KEY), DAY)


def test_security_object_reads_back_as_written() -> None:
    assert sod.decode_lds_security_object(CONTENT) == LDS
    assert (LDS.version, LDS.lds_version, LDS.unicode_version) == (1, "0108", "040000")
    assert LDS.hashes[14] == digest(SHA256, b"a DG14")


def test_security_object_of_version_0_names_no_versions() -> None:
    old = sod.LdsSecurityObject(SHA256, {1: bytes(32)})
    octets = sod.encode_lds_security_object(old)
    assert sod.decode_lds_security_object(octets) == old
    assert octets.startswith(b"\x30" + bytes((len(octets) - 2,)) + integer(0))


@pytest.mark.vectors
@pytest.mark.parametrize(
    "name", ["lds_bsi2008_silver_dataset", "lds_tr03105_5_1_dataset_with_chip_keys"]
)
def test_security_objects_of_the_bsi_read_as_expected(name: str) -> None:
    values = load(name)["values"]
    signed = sod.decode(bytes.fromhex(values["files"]["EF.SOD"]))
    expected = values["expected"]
    assert signed.content_type == expected["econtent_type"]
    assert len(signed.certificates) == expected["n_certs"]
    lds = sod.decode_lds_security_object(signed.content)
    assert lds.version == expected["lds_version"]
    assert {str(n): each.hex().upper() for n, each in lds.hashes.items()} == expected["dg_hashes"]
    certificate = decode_certificate(signed.certificates[0])
    sid = signed.signers[0].sid
    assert (sid.issuer, sid.serial_number) == (certificate.issuer, expected["ds_serial"])


@pytest.mark.vectors
def test_chip_data_reads_from_ef_sod_and_from_a_bare_content_info() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    assert sod.decode(bytes.fromhex(values["ef_cardsecurity"])).content_type == sod.SECURITY_OBJECT
    assert sod.decode(sod.encode_file(SIGNED)) == sod.decode(SIGNED)


def test_octets_after_the_file_are_ignored() -> None:
    assert sod.decode(sod.encode_file(SIGNED) + bytes(7)) == sod.decode(SIGNED)
    assert sod.decode(SIGNED + bytes(7)) == sod.decode(SIGNED)


def test_personalization_writes_what_others_read() -> None:
    info = cms.ContentInfo.load(SIGNED, strict=True)
    signed = info["content"]
    assert signed["version"].native == "v3"
    assert signed["digest_algorithms"][0]["algorithm"].native == "sha256"
    signer = signed["signer_infos"][0]
    attributes = {each["type"].native: each["values"].native for each in signer["signed_attrs"]}
    assert attributes["content_type"] == [sod.LDS_SECURITY_OBJECT]
    assert attributes["message_digest"] == [digest(SHA256, CONTENT)]
    assert attributes["signing_time"] == [DAY]
    assert signer["sid"].chosen["serial_number"].native == 7
    assert signed["certificates"][0].chosen.dump() == DS
    assert info.dump(force=True) == SIGNED  # DER


def test_signing_time_may_be_left_out() -> None:
    octets = sod.build_signed_data(sod.LDS_SECURITY_OBJECT, CONTENT, DS, ecdsa(DS_KEY))
    assert sod.decode(octets).signers[0].attributes().keys() == {CONTENT_TYPE, MESSAGE_DIGEST}


def test_hash_follows_the_signers_curve() -> None:
    key = P384.private_key(9)
    certificate = Draft(spki=encode_named(key.public_key())).signed_by(CSCA_KEY)
    assert sod.signer_hash(DS) == SHA256
    assert sod.signer_hash(certificate) == SHA384
    octets = sod.build_signed_data(sod.LDS_SECURITY_OBJECT, CONTENT, certificate, ecdsa(key), DAY)
    assert sod.decode(octets).signers[0].digest_algorithm == SHA384


def test_signed_attributes_are_kept_as_read_and_verified_as_a_set() -> None:
    signer = sod.decode(SIGNED).signers[0]
    assert signer.signed_attributes is not None
    assert build(0xA0, signer.signed_attributes) in SIGNED
    assert signer.to_be_verified == build(0x31, signer.signed_attributes)


def test_ber_with_indefinite_lengths_reads_like_der() -> None:
    end = b"\x00\x00"
    body, signed_data = _inner(SIGNED)
    parts = [build(OCTET_STRING, CONTENT[:20]), build(OCTET_STRING, CONTENT[20:])]
    content = b"\xa0\x80" + b"\x24\x80" + b"".join(parts) + end + end
    kind = oid(sod.LDS_SECURITY_OBJECT)
    der = sequence(kind, build(0xA0, build(OCTET_STRING, CONTENT)))
    assert der in body
    body = body.replace(der, b"\x30\x80" + kind + content + end)
    ber = b"\x30\x80" + signed_data + b"\xa0\x80" + b"\x30\x80" + body + end + end + end
    assert sod.decode(ber) == sod.decode(SIGNED)
    assert sod.decode(sod.encode_file(ber)) == sod.decode(SIGNED)


def _inner(content_info: bytes) -> tuple[bytes, bytes]:
    """The elements of SignedData, and the content type in front of it."""
    info = cms.ContentInfo.load(content_info)
    return info["content"].contents, info["content_type"].dump()


@pytest.mark.parametrize(
    "content",
    [
        sequence(integer(2), sequence(oid(SHA256)), sequence()),
        sequence(integer(0), sequence(oid(SHA256), integer(1)), sequence()),
        sequence(integer(0), sequence(oid(SHA256))),
        sequence(integer(0), oid(SHA256), sequence()),
        sequence(integer(0), sequence(oid(SHA256)), build(0x31)),
        sequence(integer(1), sequence(oid(SHA256)), sequence(), sequence(b"\x13\x0401.8")),
        sequence(
            integer(1), sequence(oid(SHA256)), sequence(), sequence(b"\x13\x0401.8", b"\x13\x00")
        ),
        CONTENT + b"\x00",
    ],
)
def test_malformed_security_object_is_refused(content: bytes) -> None:
    with pytest.raises(EncodingError):
        sod.decode_lds_security_object(content)


def listed(*entries: tuple[int, bytes]) -> bytes:
    hashes = (sequence(integer(n), build(OCTET_STRING, value)) for n, value in entries)
    return sequence(integer(0), sequence(oid(SHA256)), sequence(*hashes))


def test_group_listed_twice_is_refused() -> None:
    assert sod.decode_lds_security_object(listed((1, bytes(32)))).hashes == {1: bytes(32)}
    with pytest.raises(EncodingError, match="twice"):
        sod.decode_lds_security_object(listed((1, bytes(32)), (1, b"\x01" * 32)))


@pytest.mark.parametrize("entry", [(0, bytes(32)), (17, bytes(32)), (1, bytes(19)), (1, bytes(65))])
def test_what_is_no_digest_of_a_group_is_refused(entry: tuple[int, bytes]) -> None:
    with pytest.raises(EncodingError, match="no digest"):
        sod.decode_lds_security_object(listed(entry))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x77",
        b"\x77\x00",
        b"\x30\x00",
        b"\x30\x80" * 2000,
        SIGNED[:-1],
        sequence(oid("1.2.840.113549.1.7.1"), build(0xA0, build(OCTET_STRING, b"x"))),
        sequence(oid("1.2.840.113549.1.7.2"), build(0xA0, b"\x30\x00")),
        CSCA,
    ],
)
def test_what_is_no_signed_object_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        sod.decode(octets)


def test_detached_content_is_refused() -> None:
    plain = build(0xA0, build(OCTET_STRING, CONTENT))
    info = cms.ContentInfo.load(SIGNED)
    body = info["content"].contents.replace(
        sequence(oid(sod.LDS_SECURITY_OBJECT), plain), sequence(oid(sod.LDS_SECURITY_OBJECT))
    )
    with pytest.raises(EncodingError, match="content"):
        sod.decode(sequence(oid("1.2.840.113549.1.7.2"), build(0xA0, sequence(body))))


def test_too_many_certificates_and_signers_are_refused() -> None:
    body, kind = _inner(SIGNED)
    *others, signers = parse(body)
    for many in (
        body.replace(build(0xA0, DS), build(0xA0, *[DS] * 17)),
        b"".join(bytes(each) for each in others) + build(0x31, signers.value * 9),
    ):
        with pytest.raises(EncodingError, match="too many"):
            sod.decode(sequence(kind, build(0xA0, sequence(many))))


FIELDS = parse(parse(parse(SIGNED)[0].value)[1].children[0].value)
VERSION, DIGESTS, ENCAPSULATED, CERTIFICATES, SIGNERS = map(bytes, FIELDS)
REVOCATIONS = build(0xA1)
ATTRIBUTES = build(0xA1)


def object_of(*fields: bytes, kind: str = "1.2.840.113549.1.7.2") -> bytes:
    return sequence(oid(kind), build(0xA0, sequence(*fields)))


def test_certificates_and_revocations_may_be_left_out_and_must_be_in_order() -> None:
    """In DER; what is refused there is left to the more patient reader of BER."""
    head = (VERSION, DIGESTS, ENCAPSULATED)
    assert object_of(*head, CERTIFICATES, SIGNERS) == SIGNED
    assert sod.decode(object_of(*head, SIGNERS)).certificates == ()
    assert sod.decode(object_of(*head, CERTIFICATES, REVOCATIONS, SIGNERS)) == sod.decode(SIGNED)
    for wrong in (
        (REVOCATIONS, CERTIFICATES, SIGNERS),
        (CERTIFICATES, CERTIFICATES, SIGNERS),
        (CERTIFICATES, build(0xA2), SIGNERS),
        (CERTIFICATES, REVOCATIONS, REVOCATIONS, SIGNERS),
        (CERTIFICATES, SIGNERS, REVOCATIONS),
        (CERTIFICATES,),
    ):
        with pytest.raises(EncodingError):
            decode_signed_data(object_of(*head, *wrong))


def test_signed_data_under_another_name_is_refused() -> None:
    fields = (VERSION, DIGESTS, ENCAPSULATED, CERTIFICATES, SIGNERS)
    for kind in ("1.2.840.113549.1.7.1", "1.2.840.113549.1.7.5"):
        with pytest.raises(EncodingError):
            sod.decode(object_of(*fields, kind=kind))


def test_signer_with_a_field_too_many_or_too_few_is_refused() -> None:
    signer = [bytes(each) for each in parse(parse(SIGNERS)[0].value)[0].children]

    def signed_by(*fields: bytes) -> bytes:
        signers = build(0x31, sequence(*fields))
        return object_of(VERSION, DIGESTS, ENCAPSULATED, CERTIFICATES, signers)

    assert signed_by(*signer) == SIGNED
    assert sod.decode(signed_by(*signer, ATTRIBUTES)) == sod.decode(SIGNED)
    unsigned = (*signer[:3], *signer[4:])
    assert sod.decode(signed_by(*unsigned)).signers[0].signed_attributes is None
    for wrong in (
        (*signer, ATTRIBUTES, ATTRIBUTES),
        (*signer, build(0xA2)),
        (*signer, signer[-1]),
        (*unsigned, ATTRIBUTES, ATTRIBUTES),
        signer[:-1],
        unsigned[:-1],
        (*signer[:3], signer[3], *signer[3:]),
    ):
        with pytest.raises(EncodingError):
            decode_signed_data(signed_by(*wrong))


def test_repr_shows_neither_digests_nor_content() -> None:
    assert LDS.hashes[1].hex() not in repr(LDS)
    assert str(CONTENT)[2:20] not in repr(sod.decode(SIGNED))
