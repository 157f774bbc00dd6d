"""Founding a demo station, and opening it again: whole, or not at all."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.crypto.curves import P256
from station.bootstrap import PASSPHRASE_FILE, Station, build, iaca_pem, passphrase
from station.bootstrap.founding import Founded, found_demo
from station.bootstrap.home import Home
from station.bootstrap.trust import android_trust
from station.domain.errors import Exit, StationError
from station.domain.identity import Rrn
from tests.station.conftest import ISSUER
from tests.station.openid4vci.wallet import Made, certify, jwk
from tests.station.signed_in import signed_in
from tests.vectors import load

LISTEN = "127.0.0.1:8080"
NEEDED = (
    "csca.pem", "attestation-root.pem", "cvca.cv", "dv.cv", "terminal.cv", "terminal-key.pem",
    "residents.csv",
)  # fmt: skip


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"/"
        for path in folder.rglob("*")
    }


def found(folder: Path, exported: Path, issuer: str = ISSUER) -> Founded:
    made = found_demo(folder, exported, issuer, LISTEN)
    made.station.engine.dispose()
    return made


def refusal(code: str, folder: Path, exported: Path, issuer: str = ISSUER) -> StationError:
    with pytest.raises(StationError) as refused:
        found(folder, exported, issuer)
    assert refused.value.code == code
    return refused.value


@pytest.fixture
def incomplete(exported: Path, tmp_path: Path) -> Path:
    """A copy of the exported PKI, to be spoilt."""
    return shutil.copytree(exported, tmp_path / "pki")


def residents_in(exported: Path) -> int:
    return len((exported / "residents.csv").read_text("utf-8").splitlines()) - 1


def test_a_founded_station_knows_its_residents(station: Station, exported: Path) -> None:
    assert station.settings.demo
    assert station.registry.find(Rrn("9042282000000")) is None
    with station.engine.connect() as connection:
        assert connection.exec_driver_sql(
            "SELECT count(*) FROM residents"
        ).scalar() == residents_in(exported)


def test_what_is_secret_is_for_its_owner_only(exported: Path, tmp_path: Path) -> None:
    found(tmp_path / "station", exported)
    for path in (tmp_path / "station", *(tmp_path / "station").iterdir()):
        if path.name in {"station", "keys.sealed", "DEMO-passphrase", "station.db", "station.toml"}:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_no_key_lies_in_clear(home: Path, exported: Path) -> None:
    terminal = (exported / "terminal-key.pem").read_bytes().splitlines()[1]
    for name, content in everything(home).items():
        assert terminal not in content, name
        assert b"PRIVATE KEY" not in content, name


def test_two_stations_share_no_key(exported: Path, tmp_path: Path, founded: Path) -> None:
    found(tmp_path / "other", exported)
    for name in ("iaca", "mdoc-signer", "sd-jwt-signer", "status-signer"):
        one, other = (Home(each).certificate(name) for each in (founded, tmp_path / "other"))
        keys = [x509.load_der_x509_certificate(each).public_key() for each in (one, other)]
        assert keys[0] != keys[1]


@pytest.mark.parametrize("missing", NEEDED)
def test_a_missing_file_is_named_and_nothing_is_left(
    incomplete: Path, tmp_path: Path, missing: str
) -> None:
    (incomplete / missing).unlink()
    folder = tmp_path / "station"
    assert missing in refusal("input.invalid", folder, incomplete).detail
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("csca.pem", b"not a certificate", "config.invalid"),
        ("attestation-root.pem", b"", "config.invalid"),
        ("terminal.cv", b"\x7f\x21\x00", "config.invalid"),
        ("terminal-key.pem", b"not a key", "input.invalid"),
        ("residents.csv", b"rrn\n", "input.invalid"),
    ],
)
@pytest.mark.parametrize("existed", [True, False])
def test_a_file_that_cannot_be_used_leaves_nothing(
    incomplete: Path, tmp_path: Path, existed: bool, name: str, content: bytes, code: str
) -> None:
    (incomplete / name).write_bytes(content)
    folder = tmp_path / "station"
    if existed:
        folder.mkdir()
        (folder / "notes.txt").write_text("somebody's")
    refusal(code, folder, incomplete)
    assert folder.exists() is existed
    if existed:
        assert everything(folder) == {"notes.txt": b"somebody's"}


@pytest.mark.parametrize("issuer", ["ftp://x", f"{ISSUER}/", "http://192.0.2.1:8080", "http"])
def test_a_wrong_issuer_is_refused_and_can_be_mended(
    exported: Path, tmp_path: Path, issuer: str
) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    refusal("config.invalid", folder, exported, issuer)
    assert everything(folder) == {}
    assert found(folder, exported).residents == residents_in(exported)


def test_a_station_is_never_founded_twice(home: Path, exported: Path) -> None:
    before = everything(home)
    assert refusal("home.exists", home, exported).exit is Exit.USAGE
    assert everything(home) == before


def test_a_passphrase_file_of_ones_own_is_used(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, str(tmp_path / "passphrase"))
    (tmp_path / "passphrase").write_bytes(b"  my own\n")
    found(tmp_path / "station", exported)
    assert not (tmp_path / "station" / "DEMO-passphrase").exists()
    assert passphrase(Home(tmp_path / "station"), demo=True) == b"my own"
    build(tmp_path / "station").engine.dispose()
    (tmp_path / "passphrase").write_bytes(b"another")
    with pytest.raises(StationError) as refused:
        build(tmp_path / "station")
    assert (refused.value.code, refused.value.exit) == ("key.unusable", Exit.KEY_DEVICE)


def test_a_passphrase_file_that_is_not_there_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, str(home / "none"))
    with pytest.raises(StationError) as refused:
        build(home)
    assert refused.value.detail == "passphrase file: FileNotFoundError"


def test_outside_a_demo_the_environment_must_name_the_passphrase(home: Path) -> None:
    with pytest.raises(StationError) as refused:
        passphrase(Home(home), demo=False)
    assert refused.value.detail == f"{PASSPHRASE_FILE} names no file"


REAL = """\
[issuer]
credential_issuer = "https://issuer.example.kr"
"""


def rename(path: Path) -> None:
    """Put a certificate that does not say TEST in a certificate's place."""
    made = certify(Made("Somebody's"), None)
    path.write_bytes(made.certificate.public_bytes(Encoding.PEM))


def test_outside_a_demo_nothing_that_says_test_is_trusted_or_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, str(home / "DEMO-passphrase"))
    (home / "station.toml").write_text(REAL)
    steps = {
        "a TEST country signing certificate": [home / "trust" / "csca" / "csca.pem"],
        "a TEST attestation root": [home / "trust" / "attestation" / "attestation-root.pem"],
        "a TEST issuer certificate": sorted((home / "certificates").glob("*.pem")),
        "a TEST terminal certificate": [],
    }
    for what, mended in steps.items():
        with pytest.raises(StationError) as refused:
            build(home)
        assert (refused.value.code, refused.value.detail) == ("config.invalid", what)
        for path in mended:
            rename(path)


def test_a_real_station_believes_no_test_wallet_provider_and_no_test_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, str(home / "DEMO-passphrase"))
    (home / "station.toml").write_text(REAL)
    for path in home.rglob("*.pem"):
        rename(path)
    trust = home / "trust"
    provider, listed = trust / "wallets" / "provider.pem", trust / "attestation" / "test-a.jwk"
    provider.parent.mkdir()
    made = certify(Made("TEST provider"), None).certificate
    provider.write_bytes(made.public_bytes(Encoding.PEM))
    listed.write_text(json.dumps(jwk(P256.generate())), "ascii")
    for what, file in (
        ("a TEST root of wallet providers", provider),
        ("a TEST attestation key", listed),
    ):
        with pytest.raises(StationError) as refused:
            build(home)
        assert (refused.value.code, refused.value.detail) == ("config.invalid", what)
        file.unlink()


@pytest.mark.parametrize("place", range(4))
def test_one_test_issuer_certificate_is_one_too_many(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, str(home / "DEMO-passphrase"))
    (home / "station.toml").write_text(REAL)
    issuers = sorted((home / "certificates").glob("*.pem"))
    for path in [*(home / "trust").rglob("*.pem"), *issuers[:place], *issuers[place + 1 :]]:
        rename(path)
    with pytest.raises(StationError) as refused:
        build(home)
    assert refused.value.detail == "a TEST issuer certificate"


def test_a_database_that_is_gone_is_not_begun_anew(home: Path) -> None:
    (home / "station.db").unlink()
    with pytest.raises(StationError) as refused:
        build(home)
    assert (refused.value.code, refused.value.exit) == ("database.missing", Exit.NOT_FOUND)
    assert not (home / "station.db").exists()


def test_a_database_older_than_its_last_checkpoint_is_refused(home: Path, tmp_path: Path) -> None:
    shutil.copyfile(home / "station.db", tmp_path / "backup")
    station = build(home)
    station.counter.open_case(signed_in(station), "ic-pin", ("terms", "identification", "portrait"))
    station.review.checkpoint()
    station.engine.dispose()
    build(home).engine.dispose()
    for path in home.glob("station.db*"):
        path.unlink()
    shutil.copyfile(tmp_path / "backup", home / "station.db")
    with pytest.raises(StationError) as refused:
        build(home)
    assert (refused.value.code, refused.value.exit) == ("audit.broken", Exit.NOT_AUTHENTIC)


@pytest.mark.parametrize("folder", ["none", "."])
def test_a_folder_without_a_station_is_a_sentence(tmp_path: Path, folder: str) -> None:
    with pytest.raises(StationError) as refused:
        build(tmp_path / folder)
    assert (refused.value.code, refused.value.exit) == ("home.missing", Exit.NOT_FOUND)
    assert everything(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("keys.sealed", "key.unusable"),
        ("DEMO-passphrase", "key.unusable"),
        ("certificates/iaca.pem", "config.invalid"),
        ("certificates/mdoc-signer.pem", "config.invalid"),
        ("trust/terminal/dv.cv", "config.invalid"),
        ("trust/terminal/terminal.cv", "config.invalid"),
    ],
)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_missing_or_damaged_file_is_a_sentence(
    home: Path, name: str, code: str, how: str
) -> None:
    (home / name).unlink()
    if how == "damaged":
        (home / name).write_bytes(b"damaged")
    with pytest.raises(StationError) as refused:
        build(home)
    assert refused.value.code == code


def test_keys_and_certificates_of_two_stations_do_not_mix(home: Path) -> None:
    certificates = home / "certificates"
    shutil.copyfile(certificates / "sd-jwt-signer.pem", certificates / "mdoc-signer.pem")
    with pytest.raises(StationError) as refused:
        build(home)
    assert refused.value.detail == "certificate and key do not belong together"


def test_a_terminal_certificate_for_another_key_is_refused(home: Path) -> None:
    terminal = home / "trust" / "terminal"
    shutil.copyfile(terminal / "dv.cv", terminal / "terminal.cv")
    with pytest.raises(StationError) as refused:
        build(home)
    assert refused.value.code == "key.unusable"
    assert refused.value.detail == "the terminal's certificate is for another key"


def test_without_country_signers_no_card_is_trusted(home: Path) -> None:
    shutil.rmtree(home / "trust" / "csca")
    station = build(home)
    assert station.tap.trust.anchors == ()
    station.engine.dispose()


def test_the_anchor_is_given_as_pem(home: Path) -> None:
    certificate = x509.load_pem_x509_certificate(iaca_pem(Home(home)))
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert name.value == "TEST Station IACA"


@pytest.mark.vectors
def test_the_roots_of_android_are_those_google_published(home: Path) -> None:
    settings = home / "station.toml"
    digest = "00" * 32
    android = f'[android]\napplications = {{ "kr.example" = ["{digest}"] }}\n'
    settings.write_text(settings.read_text("utf-8") + android, "utf-8")
    station = build(home)
    station.engine.dispose()
    trust = station.rules.android
    assert trust is not None
    published = load("android_key_attestation_roots")["values"]["roots"]
    assert sorted(each.hex().upper() for each in trust.roots) == sorted(
        each["certificate"].upper() for each in published
    )


def test_without_an_application_no_android_key_is_accepted(station: Station) -> None:
    assert station.rules.android is None


def test_the_roots_of_android_are_pinned_in_a_real_station(station: Station) -> None:
    folder = station.home.trust / "android"
    folder.mkdir()
    made = certify(Made("Somebody's root", ca=True), None).certificate
    (folder / "further.pem").write_bytes(made.public_bytes(Encoding.PEM))
    revocations = station.revocations.store
    real = station.settings.model_copy(update={"demo": False})
    with pytest.raises(StationError) as refused:
        android_trust(station.home, real, revocations)
    assert (refused.value.code, "are pinned" in refused.value.detail) == ("config.invalid", True)
    assert android_trust(station.home, station.settings, revocations) is None
