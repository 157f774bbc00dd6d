"""The demo's officers: each with a password and an authenticator that nobody else has."""

import base64
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from card_sim.demo.scene import Scene

DIRECTOR, OFFICER, SECOND = "director", "officer-01", "officer-02"
_PASSWORDS = {
    DIRECTOR: "four words that TEST nobody knows",
    OFFICER: "first window TEST tea at eleven",
    SECOND: "second window TEST rain and umbrellas",
}
_RRNS = {DIRECTOR: "7541011000000", OFFICER: "8541012000000", SECOND: "9041011000000"}
"""TEST numbers: 40 is added to the month, so they can be nobody's."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """The app on an officer's own phone."""

    secret: bytes

    @classmethod
    def scan(cls, uri: str) -> "Authenticator":
        """Take over the secret that was shown once, in an otpauth URI."""
        [text] = parse_qs(urlsplit(uri).query)["secret"]
        return cls(base64.b32decode(text + "=" * (-len(text) % 8)))

    def code(self) -> str:
        # As every authenticator app makes it: RFC 6238 with SHA-1, six digits, 30 seconds.
        return TOTP(self.secret, 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303


@dataclass(slots=True)
class Staff:
    """Who works at the demo's counter."""

    scene: Scene
    authenticators: dict[str, Authenticator]

    def proof(self, name: str) -> str:
        """What `name` types to sign in: a password, and the code of this moment."""
        return f"{_PASSWORDS[name]}\n{self.authenticators[name].code()}\n"

    def sign_in(self, name: str) -> None:
        self.scene.station("sign-in", name, stdin=self.proof(name), officer=name)


def hire(scene: Scene) -> Staff:
    """The first account is made; its owner invites the others, who choose their own passwords."""
    scene.step("The station has no account; the first one is made, and it invites two officers")
    words = ("officer", "add", DIRECTOR, "--title", "TEST 민원팀장")
    first = scene.station(*words, stdin=f"{_RRNS[DIRECTOR]}\n{_PASSWORDS[DIRECTOR]}\n").json
    staff = Staff(scene, {DIRECTOR: Authenticator.scan(first["otpauth"])})
    staff.sign_in(DIRECTOR)
    for name, role in ((OFFICER, "proofer"), (SECOND, "approver")):
        invite = ("officer", "add", name, "--title", f"TEST 담당 {name[-2:]}", "--role", role)
        invited = scene.station(*invite, stdin=f"{_RRNS[name]}\n", officer=DIRECTOR).json
        typed = f"{invited['invitation']}\n{_PASSWORDS[name]}\n"
        opened = scene.station("officer", "enrol", name, stdin=typed).json
        staff.authenticators[name] = Authenticator.scan(opened["otpauth"])
        scene.note(f"{name:<12} {role}")
    staff.sign_in(OFFICER)
    scene.done("Everybody has a password and an authenticator; no account came with the station.")
    return staff
