"""Encrypted requests and responses; joserfc is the wallet's end."""

import base64
import itertools
import json
import secrets
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from apdu.crypto.curves import P256, agree
from station.openid4vci import encryption, jwk
from station.openid4vci.encryption import (
    SCALAR_OCTETS,
    RequestKey,
    ResponseEncryption,
    encrypt,
    is_encrypted,
    key_of,
    open_request,
    response_encryption,
)
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.jws import decode_base64url

KEY = RequestKey(P256.private_key(0x5EC))
WALLET = ECKey.generate_key("P-256", {"kid": "wallet-1"})
PLAIN = b'{"credential_configuration_id":"kr.mrrc.1.mdoc"}'
JWT = "application/jwt"
ALGORITHMS = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCM", "A256GCM", "A128CBC-HS256", "A192GCM", "DEF"]


def sealed(
    header: dict[str, Any] | None = None, to: RequestKey = KEY, plain: bytes = PLAIN
) -> bytes:
    """A request as a wallet would encrypt it; a header given as None is left out."""
    headers = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": KEY.kid} | (header or {})
    key = ECKey.import_key({**to.public_jwk, "alg": headers["alg"]})
    kept = {name: value for name, value in headers.items() if value is not None}
    registry = jwe.JWERegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwe.encrypt_compact(kept, plain, key, registry=registry).encode()


def refusal(octets: bytes) -> str:
    with pytest.raises(OpenId4VciError) as refused:
        open_request(octets, JWT, KEY)
    assert refused.value.code is ErrorCode.INVALID_ENCRYPTION_PARAMETERS
    assert refused.value.status == 400
    return refused.value.description.removeprefix("the encrypted request: ")


def with_header(token: bytes, **changes: Any) -> bytes:
    """The token under another header than it was made with."""
    protected, rest = token.split(b".", 1)
    header = json.loads(decode_base64url(protected.decode())) | changes
    octets = json.dumps({k: v for k, v in header.items() if v is not None}).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=") + b"." + rest


class TestRequest:
    @pytest.mark.parametrize("encoding", ["A128GCM", "A256GCM"])
    @pytest.mark.parametrize("parties", [{}, {"apu": "QWxpY2U", "apv": "Qm9i"}])
    def test_one_for_this_issuer_is_opened(self, encoding: str, parties: dict[str, str]) -> None:
        opened = open_request(sealed({"enc": encoding, **parties}), JWT, KEY)
        assert (opened.octets, opened.encrypted) == (PLAIN, True)
        assert "mdoc" not in repr(opened)

    def test_one_that_is_not_encrypted_is_left_alone(self) -> None:
        opened = open_request(PLAIN, "application/json", KEY)
        assert (opened.octets, opened.encrypted) == (PLAIN, False)

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            ({"alg": "ECDH-ES+A128KW"}, "alg is not ECDH-ES"),
            ({"enc": "A192GCM"}, "enc is not supported"),
            ({"enc": "A128CBC-HS256"}, "enc is not supported"),
            ({"zip": "DEF"}, "header zip is not accepted"),
            ({"kid": "another"}, "kid names no key of this issuer"),
            ({"kid": None}, "kid names no key of this issuer"),
        ],
    )
    def test_other_parameters_are_refused(self, header: dict[str, Any], reason: str) -> None:
        assert refusal(sealed(header)) == reason

    def test_one_for_another_issuer_is_refused(self) -> None:
        another = RequestKey(P256.private_key(0xBAD))
        assert refusal(sealed(to=another)) == "it cannot be decrypted"

    def test_a_bomb_is_refused_before_it_is_unpacked(self) -> None:
        bomb = sealed({"zip": "DEF"}, plain=b" " * 1_000_000)
        assert len(bomb) < 4096
        assert refusal(bomb) == "header zip is not accepted"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"epk": None}, "a JWK is not an object"),
            ({"epk": {"kty": "oct", "k": "AA"}}, "a JWK carries private key material"),
            ({"epk": {"kty": "EC", "crv": "P-384"}}, "a JWK is not a P-256 key"),
            ({"crit": ["exp"]}, "header crit is not accepted"),
            ({"apu": 1}, "apu is not a string of at most 256 characters"),
            ({"apv": "A" * 257}, "apv is not a string of at most 256 characters"),
            ({"apu": "AB"}, "base64url with stray bits"),
            ({"typ": "JWT"}, "it cannot be decrypted"),  # The header is authenticated.
        ],
    )
    def test_an_altered_header_is_refused(self, changes: dict[str, Any], reason: str) -> None:
        assert refusal(with_header(sealed(), **changes)) == reason

    def test_a_point_off_the_curve_is_refused(self) -> None:
        point = {**KEY.public_jwk, "y": KEY.public_jwk["x"]}
        epk = {name: point[name] for name in ("kty", "crv", "x", "y")}
        assert refusal(with_header(sealed(), epk=epk)) == "a JWK is not a point on P-256"

    def test_an_ephemeral_key_with_its_private_half_is_refused(self) -> None:
        epk = ECKey.generate_key("P-256").as_dict(private=True)
        assert refusal(with_header(sealed(), epk=epk)) == "a JWK carries private key material"

    @pytest.mark.parametrize("place", [2, 3, 4])
    def test_a_flipped_bit_is_refused(self, place: int) -> None:
        parts = [decode_base64url(each) for each in sealed().decode().split(".")]
        parts[place] = bytes([parts[place][0] ^ 1]) + parts[place][1:]
        encoded = (base64.urlsafe_b64encode(each).rstrip(b"=") for each in parts)
        assert refusal(b".".join(encoded)) == "it cannot be decrypted"

    @pytest.mark.parametrize("place", [1, 2, 4])
    def test_parts_of_another_length_are_refused(self, place: int) -> None:
        parts = sealed().split(b".")
        parts[place] += b"AAAA"
        assert "another length" in refusal(b".".join(parts))

    @pytest.mark.parametrize("octets", [b"", b"a.b.c", b"a.b.c.d.e.f", b"\xff", PLAIN])
    def test_what_is_no_jwe_is_refused(self, octets: bytes) -> None:
        assert refusal(octets).startswith("not a compact JWE")

    @pytest.mark.parametrize(
        "header", [b"[]", b"{", b'{"alg":"ECDH-ES","alg":"none"}', b" " * 5000]
    )
    def test_odd_headers_are_refused(self, header: bytes) -> None:
        token = base64.urlsafe_b64encode(header).rstrip(b"=") + b"..AAAA.AAAA.AAAA"
        assert refusal(token)


def wanted(encrypted: bool = True, **changes: Any) -> ResponseEncryption | None:
    member = {"jwk": {**WALLET.as_dict(private=False), "alg": "ECDH-ES"}, "enc": "A256GCM"}
    member |= changes
    request = {"credential_response_encryption": member}
    return response_encryption(request, encrypted=encrypted)


class TestResponse:
    @pytest.mark.parametrize("encoding", ["A128GCM", "A256GCM"])
    def test_the_wallet_opens_it(self, encoding: str) -> None:
        to = wanted(enc=encoding)
        assert to is not None
        token = encrypt(b'{"credentials":[]}', to, secrets.token_bytes)
        opened = jwe.decrypt_compact(token, WALLET, algorithms=["ECDH-ES", encoding])
        assert opened.plaintext == b'{"credentials":[]}'
        assert opened.protected["kid"] == "wallet-1"
        assert (opened.protected["alg"], opened.protected["enc"]) == ("ECDH-ES", encoding)
        assert is_encrypted(token)
        assert not is_encrypted(b'{"credentials":[]}')

    def test_no_two_are_alike(self) -> None:
        to = wanted()
        assert to is not None
        first, second = (encrypt(b"{}", to, secrets.token_bytes) for _ in range(2))
        headers = [json.loads(decode_base64url(t.split(b".")[0].decode())) for t in (first, second)]
        assert headers[0]["epk"] != headers[1]["epk"]

    def test_a_key_without_a_name_gets_none(self) -> None:
        key = ECKey.generate_key("P-256")
        to = wanted(jwk={**key.as_dict(private=False), "kid": None, "alg": "ECDH-ES"})
        assert to is not None
        header = json.loads(
            decode_base64url(encrypt(b"{}", to, secrets.token_bytes).split(b".")[0].decode())
        )
        assert "kid" not in header

    def test_none_is_asked_for(self) -> None:
        assert response_encryption({}, encrypted=True) is None
        assert response_encryption({}, encrypted=False) is None

    def test_it_is_asked_for_in_an_encrypted_request_only(self) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            wanted(encrypted=False)
        assert refused.value.code is ErrorCode.INVALID_ENCRYPTION_PARAMETERS
        assert "must be encrypted itself" in refused.value.description

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"zip": "DEF"}, "compression is not offered"),
            ({"enc": "A128CBC-HS256"}, "enc of the response is not supported"),
            ({"enc": None}, "enc of the response is not supported"),
            ({"enc": ["A256GCM"]}, "enc of the response is not supported"),
            ({"jwk": None}, "a JWK is not an object"),
            ({"jwk": WALLET.as_dict(private=False)}, "alg of a JWK is not ECDH-ES"),
            ({"jwk": RSAKey.generate_key(2048).as_dict(private=False)}, "not a P-256 key"),
            ({"jwk": ECKey.generate_key("P-384").as_dict(private=False)}, "not a P-256 key"),
            ({"jwk": WALLET.as_dict(private=True)}, "private key material"),
            (
                {"jwk": {**WALLET.as_dict(private=False), "alg": "ECDH-ES", "use": "sig"}},
                "not meant for encryption",
            ),
            (
                {"jwk": {**WALLET.as_dict(private=False), "alg": "ECDH-ES", "kid": "x" * 257}},
                "kid is not a string",
            ),
        ],
    )
    def test_other_parameters_are_refused(self, changes: dict[str, Any], reason: str) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            wanted(**changes)
        assert refused.value.code is ErrorCode.INVALID_ENCRYPTION_PARAMETERS
        assert reason in refused.value.description

    @pytest.mark.parametrize("member", [None, [], "x"])
    def test_what_is_no_object_is_refused(self, member: object) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            response_encryption({"credential_response_encryption": member}, encrypted=True)
        assert "is not an object" in refused.value.description


class TestKeys:
    def test_the_content_key_is_that_of_the_rfc(self) -> None:
        """RFC 7518, Appendix C."""
        alice = int.from_bytes(decode_base64url("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"))
        bob = {
            "kty": "EC",
            "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
            "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        }
        shared = agree(P256.private_key(alice), jwk.parse_point(bob))
        derived = encryption._content_key(shared, "A128GCM", b"Alice", b"Bob")
        assert derived == decode_base64url("VqqN6vgjbSBcIijNcacQGg")

    def test_every_secret_makes_a_key(self) -> None:
        secrets_ = (b"\0" * SCALAR_OCTETS, b"\xff" * SCALAR_OCTETS, (P256.n - 1).to_bytes(40))
        keys = {RequestKey(key_of(each)).kid for each in secrets_}
        assert RequestKey(P256.private_key(1)).kid in keys  # Zero and n - 1 give the scalar 1.
        assert len(keys) == 2

    @pytest.mark.parametrize("length", [0, 32, SCALAR_OCTETS - 1, SCALAR_OCTETS + 1])
    def test_no_other_length_does(self, length: int) -> None:
        with pytest.raises(ValueError, match="made of 40 octets"):
            key_of(bytes(length))

    def test_the_metadata_name_a_public_key_with_alg_and_kid(self) -> None:
        content = encryption.metadata(KEY)
        [key] = content["credential_request_encryption"]["jwks"]["keys"]
        assert set(key) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
        for member, required in itertools.product(content.values(), ("encryption_required",)):
            assert member[required] is False
            assert "zip_values_supported" not in member
        assert "0x5ec" not in repr(KEY).lower()
