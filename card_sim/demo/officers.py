"""The demo's officers: each with a password and an authenticator that nobody else has."""

import time
from dataclasses import dataclass, field

from card_sim.authenticator import Authenticator
from card_sim.demo.scene import Scene


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody's work at the counter, and what they prove themselves with.

    Rule    `rrn` is a TEST number, so it can be nobody's: 40 is added to the month.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    rrn: str = field(repr=False)
    password: str = field(repr=False)


_DIRECTOR = Post(
    "director", "TEST 민원팀장", ("administrator",),
    "7541011000000", "four words that TEST nobody knows",
)  # fmt: skip
_FIRST = Post(
    "officer-01", "TEST 담당 01", ("proofer",),
    "8541012000000", "first window TEST tea at eleven",
)  # fmt: skip
_SECOND = Post(
    "officer-02", "TEST 담당 02", ("approver",),
    "9041011000000", "second window TEST rain and umbrellas",
)  # fmt: skip
DIRECTOR, OFFICER, SECOND = _DIRECTOR.name, _FIRST.name, _SECOND.name
POSTS = (_DIRECTOR, _FIRST, _SECOND)
"""The owner of the first account, and those whom it invites."""


@dataclass(slots=True)
class Staff:
    """Who works at the demo's counter."""

    scene: Scene
    posts: dict[str, Post]
    authenticators: dict[str, Authenticator]

    def proof(self, name: str) -> str:
        """What `name` types to sign in: a password, and the code of this moment."""
        return f"{self.posts[name].password}\n{self.authenticators[name].code(time.time())}\n"

    def sign_in(self, name: str) -> None:
        self.scene.station("sign-in", name, stdin=self.proof(name), officer=name)


def hire(scene: Scene, posts: tuple[Post, ...] = POSTS) -> Staff:
    """The first account is made; its owner invites the others, who choose their own passwords."""
    director, *others = posts
    staff = Staff(scene, {post.name: post for post in posts}, {})
    words = ("officer", "add", director.name, "--title", director.title)
    first = scene.station(*words, stdin=f"{director.rrn}\n{director.password}\n").json
    staff.authenticators[director.name] = Authenticator.scan(first["otpauth"])
    staff.sign_in(director.name)
    for post in others:
        staff.authenticators[post.name] = _join(scene, director, post)
        scene.note(f"{post.name:<12} {', '.join(post.roles)}")
    return staff


def _join(scene: Scene, director: Post, post: Post) -> Authenticator:
    roles = [word for role in post.roles for word in ("--role", role)]
    invite = ("officer", "add", post.name, "--title", post.title, *roles)
    invited = scene.station(*invite, stdin=f"{post.rrn}\n", officer=director.name).json
    typed = f"{invited['invitation']}\n{post.password}\n"
    opened = scene.station("officer", "enrol", post.name, stdin=typed).json
    return Authenticator.scan(opened["otpauth"])
