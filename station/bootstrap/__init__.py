"""The only place where adapters are plugged in."""

import os
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.protocols.passive_authentication import TrustStore
from station.adapters import key_file
from station.adapters.android_revocations import RevocationFile
from station.adapters.checkpoints import FileCheckpoints
from station.adapters.key_file import FileTerminalKey, HmacCodes
from station.adapters.passwords import Argon2Passwords
from station.adapters.policy_files import load_rollout
from station.adapters.readers import ANY_READER, UrlReaders
from station.adapters.records import schema
from station.adapters.records.database import SqlRecords, open_engine
from station.adapters.revocation_list import FreshCrl
from station.adapters.runs import FileRuns
from station.adapters.sealing import Sealer
from station.adapters.spool import SpoolFolder
from station.bootstrap.home import Home
from station.bootstrap.keys import authority_of, issuer_keys
from station.bootstrap.registry import list_reader, registry_of
from station.bootstrap.station import Outside, Station
from station.bootstrap.trust import (
    android_trust,
    key_attestation_trust,
    refuse_test_trust,
    wallet_trust,
)
from station.config import ConfigError, Settings, load
from station.domain.errors import StationError
from station.domain.evidence import ROUTES
from station.domain.grant import DPOP_NONCE_LIFE, NONCE_LIFE
from station.openid4vci.encryption import SCALAR_OCTETS, RequestKey, key_of
from station.openid4vci.offer import OfferForm
from station.openid4vci.proof import ProofRules
from station.services.aging import Aging
from station.services.authority import Authority
from station.services.binding import Binding
from station.services.changes import Changes
from station.services.counter import FOUR_EYES_ON_OVERRIDES, Counter
from station.services.deciding import Deciding
from station.services.deferring import Deferring
from station.services.delivery import Delivery
from station.services.desk import Desk
from station.services.display import Displays
from station.services.figures import Reporting
from station.services.health import Health
from station.services.issuance import Issuance
from station.services.lifecycle import Lifecycle
from station.services.look_up import LookUp
from station.services.mass_revocation import MassRevocation
from station.services.nonces import Nonces
from station.services.notifying import Notifying
from station.services.offering import Offering
from station.services.officers import Officers
from station.services.papers import Papers
from station.services.pin_desk import PinDesk
from station.services.reader_watch import ReaderWatch
from station.services.refreshing import Refreshing
from station.services.registry_import import RegistryImport
from station.services.release import Release
from station.services.renewing import Renewing
from station.services.retention import Retention
from station.services.review import Review
from station.services.revocations import Revocations
from station.services.senders import Senders
from station.services.signing import Signing
from station.services.signing_in import SigningIn
from station.services.standing import Standing
from station.services.status import StatusPublisher
from station.services.steps import Steps
from station.services.tap import Tap
from station.services.upkeep import Upkeep
from station.services.verifying import Verifying
from station.services.wallets import Wallets

__all__ = [
    "PASSPHRASE_FILE",
    "Outside",
    "Station",
    "build",
    "iaca_pem",
    "passphrase",
    "settings_of",
]

PASSPHRASE_FILE = "STATION_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def build(folder: Path, outside: Outside | None = None, *, founding: bool = False) -> Station:
    """The station whose folder is `folder`; only `founding` begins a new database.

    Errors  `StationError` with a reason: also for a database older than its last checkpoint.
    """
    outside = outside or Outside()
    home = Home(folder)
    settings = settings_of(home)
    if not settings.demo:
        refuse_test_trust(home)
    held = key_file.unseal(home.keys, passphrase(home, demo=settings.demo))
    four_eyes = _four_eyes(settings)
    sealer = Sealer(held.symmetric["data"], held.symmetric["pseudonym"])
    if founding:
        home.database.touch(mode=0o600, exist_ok=False)
    elif not home.database.is_file():
        raise StationError("database.missing")
    engine = open_engine(home.database)
    schema.upgrade(engine)
    records = SqlRecords(engine, sealer, outside.clock)
    idle = timedelta(minutes=settings.policy.idle_minutes)
    authority = Authority(records, outside.clock, idle)
    passwords = Argon2Passwords(outside.random)
    rollout = load_rollout(home.folder)
    registry = registry_of(home, settings, engine, sealer, outside.clock)
    keys = outside.wrap_keys(issuer_keys(home, held))
    issuer = settings.issuer.credential_issuer
    revocations = RevocationFile(home.android_revocations)
    rules = ProofRules(
        issuer,
        key_attestation_trust(home, settings),
        android_trust(home, settings, revocations),
        attestation_nonce=settings.attestation.nonce,
    )
    runs = FileRuns(home.runs)
    codes = HmacCodes(held.symmetric["offer"])
    nonces = _nonces(codes, outside, "c_nonce", NONCE_LIFE)
    request_key = _request_key(codes)
    form = OfferForm(settings.issuer.offer_scheme, settings.issuer.offer_by_value)
    offering = Offering(
        records, authority, outside.clock, outside.random, codes, nonces, issuer, form
    )
    dpop_nonces = _nonces(codes, outside, "dpop_nonce", DPOP_NONCE_LIFE)
    checkpoints = FileCheckpoints(home.checkpoints, held.private_key("audit"))
    review = Review(records, authority, checkpoints)
    keep = timedelta(days=settings.policy.retention_days)
    retention = Retention(records, outside.clock, keep)
    terminal = FileTerminalKey(held.private_key("terminal"), home.terminal_chain())
    review.check_not_rolled_back()
    signing = Signing(keys, outside.random, issuer)
    release = Release(records, signing, outside.clock, runs.id)
    standing = Standing(records, registry, outside.clock)
    deferring = Deferring(records, release, standing, codes, request_key, outside.clock)
    refreshing = Refreshing(records, outside.clock, outside.random)
    delivery = Delivery(records, outside.clock, runs)
    changes = Changes(records, authority, registry, settings.registry.url or "embedded")
    aging = Aging(records, outside.clock)
    notices = outside.notices or SpoolFolder(home.notices)
    notifying = Notifying(records, registry, notices, outside.clock, settings.office.name)
    readers = UrlReaders(demo=settings.demo, trace=outside.trace)
    tap = Tap(
        records=records,
        authority=authority,
        readers=readers,
        terminal=terminal,
        trust=TrustStore(home.country_signers()),
        clock=outside.clock,
        demo=settings.demo,
    )
    desk = Desk(tap)
    upkeep = Upkeep(
        {
            "cases": delivery.sweep,
            "refreshes": refreshing.sweep,
            "changes": changes.take,
            "expired": aging.expire,
            "reminders": aging.remind,
            "notices": notifying.send,
            "retention": retention.sweep,
        },
        outside.clock,
    )
    watch = ReaderWatch(readers.attached, settings.policy.reader or ANY_READER, outside.clock)
    steps = Steps(records, registry, terminal, signing, outside.clock, home.free)
    return Station(
        settings=settings,
        home=home,
        engine=engine,
        authority=authority,
        officers=Officers(records, authority, passwords, outside.clock, outside.random),
        signing_in=SigningIn(records, authority, passwords, outside.clock, outside.random),
        counter=Counter(
            records=records,
            authority=authority,
            registry=registry,
            clock=outside.clock,
            case_life=timedelta(minutes=settings.policy.case_minutes),
            put_off_life=timedelta(hours=settings.policy.put_off_hours),
            four_eyes=four_eyes,
        ),
        tap=tap,
        desk=desk,
        pin_desk=PinDesk(tap, desk),
        displays=Displays(records, authority, offering, desk, codes, outside.clock),
        look_up=LookUp(records, authority, registry, outside.clock, settings.demo),
        deciding=Deciding(
            records=records,
            authority=authority,
            registry=registry,
            rollout=rollout,
            clock=outside.clock,
            centre=settings.office.code,
            four_eyes=four_eyes,
        ),
        offering=offering,
        refreshing=refreshing,
        senders=Senders(records, outside.clock, dpop_nonces, issuer),
        wallets=Wallets(
            records,
            outside.clock,
            issuer,
            wallet_trust(home, settings),
            required=settings.policy.wallet_attestation == "required",
        ),
        issuance=Issuance(
            records=records,
            release=release,
            deferring=deferring,
            offering=offering,
            binding=Binding(records, outside.clock, outside.random),
            standing=standing,
            renewing=Renewing(records, release, outside.clock),
            rules=rules,
            request_key=request_key,
            clock=outside.clock,
        ),
        deferring=deferring,
        delivery=delivery,
        lifecycle=Lifecycle(records, authority, outside.clock, registry),
        mass_revocation=MassRevocation(records, authority, outside.clock),
        changes=changes,
        aging=aging,
        notifying=notifying,
        upkeep=upkeep,
        review=review,
        verifying=Verifying(authority, review, outside.clock),
        reporting=Reporting(records, authority, outside.clock),
        papers=Papers(records, authority, outside.clock, settings.office.name, keep),
        retention=retention,
        steps=steps,
        reader_watch=watch,
        health=Health(records, authority, steps, checkpoints, upkeep, watch, outside.clock),
        publishing_key=keys.status_list,
        clock=outside.clock,
        codes=codes,
        status=StatusPublisher(records, keys.status_list, outside.clock, issuer),
        rules=rules,
        revocations=Revocations(records, authority, outside.clock, revocations),
        request_key=request_key,
        registry=registry,
        registry_import=RegistryImport(
            records, authority, registry, outside.clock, list_reader(settings)
        ),
        runs=runs,
        crl=FreshCrl(authority_of(home, held), outside.clock),
    )


def _four_eyes(settings: Settings) -> frozenset[str]:
    """Errors: `StationError("config.invalid")`."""
    unknown = settings.policy.four_eyes - ROUTES.keys() - {FOUR_EYES_ON_OVERRIDES}
    if unknown:
        raise StationError("config.invalid", f"policy.four_eyes: no route {min(unknown)}")
    return settings.policy.four_eyes


def _nonces(codes: HmacCodes, outside: Outside, label: str, life: timedelta) -> Nonces:
    return Nonces(codes, outside.clock, outside.random, label, life)


def _request_key(codes: HmacCodes) -> RequestKey:
    """The same in every process and after every start (docs/decisions/0010)."""
    octets = codes.derive("request_encryption", "1") + codes.derive("request_encryption", "2")
    return RequestKey(key_of(octets[:SCALAR_OCTETS]))


def settings_of(home: Home) -> Settings:
    """Errors: `StationError`: no station there, or its configuration is refused."""
    if not home.config.is_file():
        raise StationError("home.missing")
    try:
        return load(home.folder)
    except ConfigError as error:
        raise StationError("config.invalid", str(error)) from None


def passphrase(home: Home, *, demo: bool) -> bytes:
    """The key file's passphrase, from the file the environment names.

    Rule    A demo that was given none finds the one `station init --demo` left beside the keys.
    """
    named = os.environ.get(PASSPHRASE_FILE)
    path = Path(named) if named else home.demo_passphrase
    if not named and not demo:
        raise StationError("key.unusable", f"{PASSPHRASE_FILE} names no file")
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise StationError("key.unusable", f"passphrase file: {type(error).__name__}") from None


def iaca_pem(home: Home) -> bytes:
    """The anchor that wallets and verifiers trust, as PEM."""
    certificate = x509.load_der_x509_certificate(home.certificate("iaca"))
    return certificate.public_bytes(Encoding.PEM)
