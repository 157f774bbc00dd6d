"""A station as whoever uses it sees it: its services, and what a test may put outside it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from station.adapters.clock import SystemClock
from station.adapters.revocation_list import FreshCrl
from station.adapters.runs import FileRuns
from station.bootstrap.home import Home
from station.config import Settings
from station.openid4vci.encryption import RequestKey
from station.openid4vci.proof import ProofRules
from station.ports import Clock, CodeMaker, IssuerKey, IssuerKeys, Notices, Randomness, Registry
from station.services.aging import Aging
from station.services.authority import Authority
from station.services.changes import Changes
from station.services.counter import Counter
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
from station.services.notifying import Notifying
from station.services.offering import Offering
from station.services.officers import Officers
from station.services.papers import Papers
from station.services.pin_desk import PinDesk
from station.services.reader_watch import ReaderWatch
from station.services.refreshing import Refreshing
from station.services.registry_import import RegistryImport
from station.services.retention import Retention
from station.services.review import Review
from station.services.revocations import Revocations
from station.services.senders import Senders
from station.services.signing_in import SigningIn
from station.services.status import StatusPublisher
from station.services.steps import Steps
from station.services.tap import Tap
from station.services.upkeep import Upkeep
from station.services.verifying import Verifying
from station.services.wallets import Wallets


@dataclass(frozen=True, slots=True)
class Outside:
    """What a test may replace: time, randomness, the issuer's keys, the reader's trace and post."""

    clock: Clock = field(default_factory=SystemClock)
    random: Randomness = secrets.token_bytes
    wrap_keys: Callable[[IssuerKeys], IssuerKeys] = lambda keys: keys
    trace: Callable[[str], None] | None = None
    notices: Notices | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """Everything a command line or a web page may call."""

    settings: Settings
    home: Home
    engine: Engine
    authority: Authority
    officers: Officers
    signing_in: SigningIn
    counter: Counter
    tap: Tap
    desk: Desk
    pin_desk: PinDesk
    displays: Displays
    look_up: LookUp
    deciding: Deciding
    offering: Offering
    refreshing: Refreshing
    senders: Senders
    wallets: Wallets
    issuance: Issuance
    deferring: Deferring
    delivery: Delivery
    lifecycle: Lifecycle
    mass_revocation: MassRevocation
    changes: Changes
    aging: Aging
    notifying: Notifying
    upkeep: Upkeep
    review: Review
    verifying: Verifying
    reporting: Reporting
    papers: Papers
    retention: Retention
    steps: Steps
    reader_watch: ReaderWatch
    health: Health
    status: StatusPublisher
    publishing_key: IssuerKey
    clock: Clock
    codes: CodeMaker
    rules: ProofRules
    revocations: Revocations
    request_key: RequestKey
    registry: Registry
    registry_import: RegistryImport
    runs: FileRuns
    crl: FreshCrl
