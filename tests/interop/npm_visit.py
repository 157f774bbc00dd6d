"""One visit whose phone is a wallet made of npm packages, before a running `station serve`."""

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509

from card_sim.persons import Person
from card_sim.phone.presenter import Request
from card_sim.pki import key_pem
from station.bootstrap import Station, build, iaca_pem
from tests.flows.materials import Materials, make_materials
from tests.flows.refreshing import NEW_STREET
from tests.flows.servers import patiently
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT
from tests.flows.world import OFFICER, new_world, register
from tests.interop.node import Actor, Outcome, acting

COPIES = 3
SHOP = Request("x509_san_dns:shop.example", "npm-shop-nonce-0001", "https://shop.example/answer")


@dataclass
class Visit:
    """Who takes part, and how every step went; `stranger` is an authority nobody should trust."""

    person: Person
    issuer: str
    anchor: x509.Certificate
    stranger: x509.Certificate
    wallet: Actor
    second_wallet: Actor
    shop: Actor
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __getitem__(self, step: str) -> Outcome:
        return self.outcomes[step]

    def credentials(self, configuration: str) -> list[str]:
        return [each["credential"] for each in self[configuration].answer["credentials"]]

    def keys(self, configuration: str) -> list[dict[str, str]]:
        """The device keys proved for it, as JWK."""
        keys: list[dict[str, str]] = self[configuration].answer["keys"]
        return keys

    def present_sd_jwt(self, claims: dict[str, Any], credential: str = "", *, copy: int = 0) -> str:
        """The first SD-JWT VC, or what is given for it, as the shop gets it."""
        order = {"credential": credential or self.credentials(SD_JWT)[copy], "claims": claims}
        order["key"] = self.keys(SD_JWT)[copy]
        return str(self._present("present_sd_jwt", SD_JWT, order)["presented"])

    def present_mdoc(
        self, elements: dict[str, dict[str, bool]], credential: str = ""
    ) -> dict[str, Any]:
        """The first mdoc, or what is given for it, as the shop gets it, and the transcript."""
        order = {"credential": credential or self.credentials(MDOC)[0], "elements": elements}
        return self._present("present_mdoc", MDOC, order | {"response_uri": SHOP.response_uri})

    def _present(self, step: str, configuration: str, order: dict[str, Any]) -> dict[str, Any]:
        asked = {"audience": SHOP.audience, "nonce": SHOP.nonce}
        key = self.keys(configuration)[0]
        return self.wallet.take(step, **({"key": key} | order | asked))

    def verify_sd_jwt(self, presented: str, **other: str) -> Outcome:
        """By the shop; `other` is what it asked for or trusts instead."""
        asked = {"audience": SHOP.audience, "nonce": SHOP.nonce} | other
        return self.shop.attempt("verify_sd_jwt", presented=presented, **asked)

    def tell(self, station: Station, number: str) -> None:
        """From the offer to the activation, and to what is made anew later."""
        self._take_token(station, number)
        for configuration, other in (CONFIGURATIONS, CONFIGURATIONS[::-1]):
            self._receive(configuration, other)
        for configuration in CONFIGURATIONS:
            self._notify(configuration)
        self.outcomes["shown too early"] = self.verify_sd_jwt(self.present_sd_jwt({}))
        station.lifecycle.activate(number, OFFICER)
        self._refresh(station)

    def _refresh(self, station: Station) -> None:
        """A day later the resident has moved: the last SD-JWT VC is made anew."""
        attempt = self.wallet.attempt
        last = self.keys(SD_JWT)[-1]
        self.outcomes["refresh"] = attempt("refresh")
        again = {"configuration": SD_JWT, "keys": [last]}
        self.outcomes["not due"] = attempt("receive_again", **again)
        a_day_passes(station)
        register(station, self.person, street=NEW_STREET)
        self.outcomes["new key"] = attempt("receive", configuration=SD_JWT, keys=1)
        self.outcomes["anew"] = attempt("receive_again", **again)
        identifier = self["anew"].answer["notification_id"]
        self.outcomes["anew accepted"] = attempt(
            "notify", notification_id=identifier, event="credential_accepted"
        )

    def _take_token(self, station: Station, number: str) -> None:
        """Both wallets scan the one code on the display; the first is also the quicker."""
        _, shown = station.offering.offer(number, OFFICER)
        first, second = self.wallet, self.second_wallet
        self.outcomes["scan"] = first.attempt("scan", uri=shown.uri)
        self.outcomes["second wallet scans"] = second.attempt("scan", uri=shown.uri)
        code = str(station.offering.show(number, OFFICER).tx_code)
        wrong = f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
        self.outcomes["wrong tx_code"] = first.attempt("exchange", tx_code=wrong)
        self.outcomes["exchange"] = first.attempt("exchange", tx_code=code)
        self.outcomes["second wallet exchanges"] = second.attempt("exchange", tx_code=code)
        self.outcomes["second wallet scans again"] = second.attempt("scan", uri=shown.uri)

    def _receive(self, wanted: str, other: str) -> None:
        """A batch; then its request once more, and its proofs for the other credential."""
        attempt = self.wallet.attempt
        self.outcomes[wanted] = attempt("receive", configuration=wanted, keys=COPIES)
        self.outcomes[f"{wanted} request replayed"] = attempt("replay_request")
        replayed = attempt("replay_proofs", configuration=other)
        self.outcomes[f"{wanted} proofs replayed"] = replayed

    def _notify(self, configuration: str) -> None:
        identifier = self[configuration].answer["notification_id"]
        self.outcomes[f"{configuration} accepted"] = self.wallet.attempt(
            "notify", notification_id=identifier, event="credential_accepted"
        )


def a_day_passes(station: Station) -> None:
    """For everything issued: as if it had been made the day before."""
    with closing(sqlite3.connect(station.home.database, isolation_level=None)) as connection:
        made = "UPDATE credentials SET intended_at = datetime(intended_at, '-1 day')"
        connection.execute(made)


@contextmanager
def visiting(folder: Path) -> Iterator[Visit]:
    """A visit that was told, with everybody still there; its station is in `folder`."""
    materials = make_materials(folder)
    signer, home = _attestation_signer(materials), folder / "station"
    with ExitStack() as stack:
        wallet, second_wallet = (
            stack.enter_context(acting("wallet", attestation_signer=signer)) for _ in range(2)
        )
        number = _approved(materials, home)
        stack.enter_context(serving(home, materials.issuer))
        station = build(home)
        stack.callback(station.engine.dispose)
        anchor = iaca_pem(station.home)
        visit = Visit(
            materials.home.person("kim-minji"),
            materials.issuer,
            x509.load_pem_x509_certificate(anchor),
            materials.home.pki.root.certificate,
            wallet,
            second_wallet,
            stack.enter_context(acting("shop", anchor=anchor.decode("ascii"))),
        )
        visit.tell(station, number)
        yield visit


def _approved(materials: Materials, folder: Path) -> str:
    """A station with a case that is approved, and nobody who runs it."""
    world = new_world(materials, folder)
    number = world.approved()
    world.station.engine.dispose()
    shutil.rmtree(folder / "runs")
    return number


def _attestation_signer(materials: Materials) -> dict[str, Any]:
    """The TEST signer of key attestations, in the forms that JOSE libraries read."""
    key, chain = materials.home.pki.attestation_signer()
    x5c = [base64.b64encode(each).decode("ascii") for each in chain]
    return {"key": key_pem(key).decode("ascii"), "x5c": x5c}


@contextmanager
def serving(folder: Path, issuer: str) -> Iterator[None]:
    """`station serve`, as an officer starts it."""
    station = str(Path(sys.executable).with_name("station"))
    without_console = os.environ | {"STATION_CONSOLE__LISTEN": ""}
    command = [station, "--home", str(folder), "serve"]
    with subprocess.Popen(command, env=without_console) as process:

        def answers() -> bool:
            assert process.poll() is None, "station serve ended"
            try:
                return httpx.get(f"{issuer}/healthz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        try:
            patiently(answers, "station serve does not answer")
            yield
        finally:
            process.terminate()
