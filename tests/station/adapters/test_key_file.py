"""The sealed key file: right passphrase or nothing."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apdu.crypto.curves import P256
from station.adapters import key_file
from station.adapters.key_file import FileIssuerKey, HmacCodes, Secrets, seal, unseal
from station.domain.errors import Exit, StationError
from tests.station.credentials.examples import DOCUMENT_SIGNER, MDOC_KEY, SD_JWT_KEY, der

PASSPHRASE = b"correct horse"
KEY = P256.generate()
SECRETS = Secrets({"data": b"D" * 32}, {"mdoc-signer": key_file.private_octets(KEY)})


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("keys") / "keys.sealed"
    seal(path, SECRETS, PASSPHRASE)
    return path.read_bytes()


@pytest.fixture
def path(sealed: bytes, tmp_path: Path) -> Path:
    made = tmp_path / "keys.sealed"
    made.write_bytes(sealed)
    return made


def refusal(path: Path, passphrase: bytes = PASSPHRASE) -> StationError:
    with pytest.raises(StationError) as refused:
        unseal(path, passphrase)
    assert refused.value.code == "key.unusable"
    assert refused.value.exit is Exit.KEY_DEVICE
    return refused.value


def change(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_key_file_opens_with_its_passphrase(path: Path) -> None:
    opened = unseal(path, PASSPHRASE)
    assert opened == SECRETS
    assert opened.private_key("mdoc-signer").private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("passphrase", [b"", b"correct horsf", b"correct horse "])
def test_a_wrong_passphrase_opens_nothing(path: Path, passphrase: bytes) -> None:
    assert refusal(path, passphrase).detail == "InvalidTag"


@pytest.mark.parametrize("name", ["salt", "nonce", "sealed"])
def test_an_altered_part_opens_nothing(path: Path, name: str) -> None:
    value = json.loads(path.read_text())[name]
    change(path, **{name: ("B" if value[0] != "B" else "C") + value[1:]})
    refusal(path)


@pytest.mark.parametrize("name", ["n", "r", "p"])
@pytest.mark.parametrize("cost", [2, 1 << 40])
def test_an_unknown_cost_is_refused_before_it_is_paid(path: Path, name: str, cost: int) -> None:
    change(path, **{name: cost})
    assert refusal(path).detail == "unknown cost parameters"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{}", b"\xff\xfe", b"[]", b"null", b'"salt"', b"7", b'{"salt": 1}'],
)
def test_a_damaged_file_is_a_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("value", [None, [], {}, "x", 7.5])
@pytest.mark.parametrize("name", ["n", "salt", "sealed"])
def test_a_part_of_another_type_is_a_sentence(path: Path, name: str, value: object) -> None:
    change(path, **{name: value})
    refusal(path)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").detail == "FileNotFoundError"


def test_a_key_file_shows_no_key(path: Path) -> None:
    octets = path.read_bytes()
    assert b"D" * 8 not in octets
    assert b"RERERERE" not in octets  # The same in base64.
    assert b"mdoc-signer" not in octets


def test_a_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    seal(tmp_path / "new", SECRETS, PASSPHRASE)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_key_file_is_never_overwritten(path: Path, sealed: bytes) -> None:
    with pytest.raises(FileExistsError):
        seal(path, Secrets({}, {}), b"other")
    assert path.read_bytes() == sealed


def test_sealing_twice_gives_two_different_files(tmp_path: Path, sealed: bytes) -> None:
    seal(tmp_path / "again", SECRETS, PASSPHRASE)
    again, first = json.loads((tmp_path / "again").read_text()), json.loads(sealed)
    for name in ("salt", "nonce", "sealed"):
        assert again[name] != first[name]


def test_secrets_never_show_themselves() -> None:
    shown = repr(SECRETS)
    assert "DDDD" not in shown
    assert "mdoc" not in shown
    for thing in (HmacCodes(b"D" * 32), FileIssuerKey(MDOC_KEY, der(DOCUMENT_SIGNER))):
        assert "DDDD" not in repr(thing)


def test_a_key_of_another_kind_is_refused() -> None:
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(StationError) as refused:
        Secrets({}, {"terminal": other}).private_key("terminal")
    assert (refused.value.code, refused.value.detail) == ("key.unusable", "terminal")


def test_an_issuer_key_that_is_not_its_certificates_is_refused() -> None:
    with pytest.raises(StationError) as refused:
        FileIssuerKey(SD_JWT_KEY, der(DOCUMENT_SIGNER))
    assert refused.value.code == "key.unusable"


def test_an_issuer_key_signs_as_its_certificate_says() -> None:
    key = FileIssuerKey(MDOC_KEY, der(DOCUMENT_SIGNER))
    signature = key.sign(b"to sign")
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    encoded = utils.encode_dss_signature(r, s)
    DOCUMENT_SIGNER.public_key().verify(  # type: ignore[union-attr, call-arg]
        encoded,
        b"to sign",
        ec.ECDSA(hashes.SHA256()),  # type: ignore[arg-type]
    )
    assert len(signature) == 64
    assert key.not_after == DOCUMENT_SIGNER.not_valid_after_utc


DIFFERENT: list[tuple[Callable[[HmacCodes], bytes], Callable[[HmacCodes], bytes]]] = [
    (lambda c: c.derive("ab", "c"), lambda c: c.derive("a", "bc")),
    (lambda c: c.derive("a"), lambda c: c.derive("a", "")),
    (lambda c: c.derive("case", "1", "tx_code"), lambda c: c.derive("case", "1", "reference")),
    (lambda c: c.derive("case", "1", "tx_code"), lambda c: c.derive("case", "2", "tx_code")),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_codes_of_different_labels_differ(
    one: Callable[[HmacCodes], bytes], other: Callable[[HmacCodes], bytes]
) -> None:
    codes = HmacCodes(b"k" * 32)
    assert one(codes) != other(codes)
    assert one(codes) == one(HmacCodes(b"k" * 32))
    assert one(codes) != one(HmacCodes(b"l" * 32))
    assert len(one(codes)) == 32
