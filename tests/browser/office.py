"""A community center, founded once by the programs' own commands: a station and its officers."""

import time
from dataclasses import dataclass
from pathlib import Path

from card_sim.authenticator import STEP_SECONDS, Authenticator
from card_sim.demo.officers import Post, Staff, hire
from card_sim.demo.scene import Scene

DIRECTOR = "director"
OFFICER, SECOND, REVOKER, AUDITOR = "officer-01", "officer-02", "revoker", "auditor"
_POSTS = (
    Post(
        DIRECTOR, "TEST 민원팀장", ("administrator",),
        "7541011000000", "four words that TEST nobody knows",
    ),
    Post(
        OFFICER, "TEST 담당 01", ("proofer",),
        "8541012000000", "first window TEST tea at eleven",
    ),
    Post(
        SECOND, "TEST 담당 02", ("approver",),
        "9041011000000", "second window TEST rain and umbrellas",
    ),
    Post(
        REVOKER, "TEST 정지·폐지 담당", ("revoker",),
        "8741032000000", "third window TEST keys and umbrellas",
    ),
    Post(
        AUDITOR, "TEST 감사 담당", ("auditor",),
        "7941041000000", "upstairs TEST a quiet room with files",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """What somebody types to sign in."""

    name: str
    password: str
    code: str


class Office:
    """What was founded; tests work with copies of its folders.

    `issuer`: where phones reach the station. Officers have signed in nowhere yet, so that in
    each copy every code can be used.
    """

    def __init__(self, scene: Scene, staff: Staff) -> None:
        self.station_home = scene.station_home
        self.card_home = scene.folder / "test-world"
        self.issuer = scene.issuer
        self._staff = staff

    def authenticator(self, name: str) -> Authenticator:
        return self._staff.authenticators[name]

    def password(self, name: str) -> str:
        return self._staff.posts[name].password

    def proof(self, name: str, nth: int = 0) -> Proof:
        """The `nth` proof at about one moment: a code is taken once, but its neighbours are, too.

        Rule    The station takes the code before, the one of now and the one after (RFC 6238,
                5.2): 0 is now, 1 the next.
        """
        code = self.authenticator(name).code(time.time() + nth * STEP_SECONDS)
        return Proof(name, self.password(name), code)


def found(folder: Path, issuer: str) -> Office:
    """A TEST world, a station in it, and those who work there."""
    scene = Scene(folder, issuer, console="")
    exported = scene.folder / "test-pki"
    scene.run("card-sim", "export-pki", str(exported))
    scene.station("init", "--demo", str(exported), "--issuer", scene.issuer)
    return Office(scene, hire(scene, _POSTS))
