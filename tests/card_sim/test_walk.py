"""Random walks through everything a card can be told, against a model of what it may answer.

The model is a page long and knows no cryptography: passwords with their counters, the stages of
a session, and who may manage the PIN. Card and model must agree after every step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apdu.crypto.curves import fresh_key
from card_sim.session import Password
from tests.card_sim.terminal import FULL_CHAT, Terminal
from tests.card_sim.world import World

DONE, REFUSED, WRONG = 0x9000, 0x6982, "999999"
READ_ONLY_CHAT = bytes.fromhex("00034E9F00")
PLAIN, PACE, TA, CA = "plain", "pace", "ta", "ca"
CHANGE, UNBLOCK, ACTIVATE, DEACTIVATE = "002C0203", "002C0303", "00441003", "00041003"
FILES = ("00A4020C", "00A4080C", "00A4040E", "00B09C00", "00B1011D")
CERTIFICATES = ("102A00BE", "002A00BE", "002281B6", "002281A4", "00840000")
UNKNOWN = ("80208000", "00CA0000", "002C0202", "10B00000")


@dataclass
class Model:
    """What a card of the profile remembers, and how far its terminal has come."""

    pin: str
    tries: int = 3
    uses: int = 10
    active: bool = True
    stage: str = PLAIN
    password: Password | None = None
    chat: bytes | None = None

    def end(self) -> None:
        self.stage, self.password, self.chat = PLAIN, None, None

    def announced(self, password: Password) -> int:
        if self.stage in (TA, CA):
            return REFUSED
        if password is Password.PIN and not self.active:
            return 0x6283
        if password is Password.PIN and self.tries < 3:
            return 0x63C0 | self.tries
        return 0x63C0 if password is Password.PUK and not self.uses else DONE

    def unusable(self, password: Password) -> int | None:
        resumed = self.password is Password.CAN
        if password is Password.PIN and not self.active:
            return 0x6984
        if (self.tries if password is Password.PIN else self.uses) == 0:
            return 0x6983 if password is not Password.CAN else None
        suspended = password is Password.PIN and self.tries == 1 and not resumed
        return 0x6985 if suspended else None

    def tried(self, password: Password, *, right: bool) -> int:
        """The counters move, then the answer is known."""
        self.tries -= password is Password.PIN
        self.uses -= password is Password.PUK
        if right:
            self.tries = 3 if password is Password.PIN else self.tries
            return DONE
        left = {Password.PIN: 0x63C0 | self.tries, Password.PUK: 0x63C0 | self.uses}
        return left.get(password, 0x6300)

    def may(self, operation: str) -> bool:
        if self.stage == PACE and self.password is Password.PIN:
            return operation == CHANGE
        if self.stage == PACE and self.password is Password.PUK:
            return operation in (CHANGE, UNBLOCK)
        return self.stage == CA and self.chat == FULL_CHAT

    def managed(self, operation: str, new_pin: str) -> None:
        if operation == CHANGE:
            self.pin = new_pin
        if operation in (CHANGE, UNBLOCK):
            self.tries = 3
        else:
            self.active = operation == ACTIVATE


@dataclass
class Walk:
    """A terminal, the model beside it, and the steps the walk may take."""

    world: World
    terminal: Terminal = field(init=False)
    model: Model = field(init=False)

    def __post_init__(self) -> None:
        self.terminal = self.world.terminal()
        self.model = Model(self.world.person.pin)

    def pace(self, password: Password, right: bool, chat: bytes | None) -> None:
        model, terminal = self.model, self.terminal
        announced = terminal.choose_pace(password, chat).status
        assert announced == model.announced(password)
        if announced == REFUSED:
            return
        secrets = {Password.PIN: model.pin, Password.CAN: self.world.person.can}
        secret = secrets.get(password, self.world.person.puk) if right else WRONG
        unusable = model.unusable(password)
        status = terminal.continue_pace(secret.encode())
        assert status == (unusable or model.tried(password, right=right))
        if status == DONE:
            model.stage, model.password, model.chat = PACE, password, chat

    def authenticate_terminal(self) -> None:
        model, chain = self.model, self.world.chain
        certificates = (chain.dv, chain.terminal)
        status = self.terminal.authenticate_terminal(certificates, chain.terminal_key)
        can = model.password is Password.CAN and model.chat == FULL_CHAT
        allowed = model.stage == PACE and model.chat is not None
        allowed = allowed and (can or model.password is Password.PIN)
        assert status == (DONE if allowed else REFUSED)
        if allowed:
            model.stage = TA

    def authenticate_chip(self) -> None:
        model, terminal = self.model, self.terminal
        if model.stage == PACE:
            return  # version 1, which has tests of its own
        own = terminal.ephemeral if model.stage == TA else fresh_key(terminal.curve)
        status, nonce, token = terminal.authenticate_chip(own)
        assert status == (DONE if model.stage == TA else REFUSED)
        if status == DONE:
            chip_key = self.world.data().chip_key.public_key()
            assert terminal.switch_to_chip_keys(chip_key, nonce, token)
            model.stage = CA

    def manage_pin(self, operation: str, new_pin: str) -> None:
        data = new_pin.encode() if operation == CHANGE else b""
        status = self.terminal.send(operation, data).status
        if not self.model.may(operation):
            assert status == REFUSED
        elif operation == CHANGE and len(new_pin) != 6:
            assert status == 0x6A80
        else:
            assert status == DONE
            self.model.managed(operation, new_pin)

    def send(self, header: str, data: bytes) -> None:
        """Some command; what it is answered is other tests' concern."""
        answer = self.terminal.send(header, data, b"\x00")
        assert answer.status >> 12 in (6, 9)
        assert answer.status != 0x6F00

    def disturb(self, octets: bytes) -> None:
        """Octets that no reader protected: whatever they are, no session outlives them."""
        assert self.terminal.plain(octets).status != 0x6F00
        self.terminal.channel = None
        self.model.end()

    def power_cycle(self) -> None:
        self.terminal.card.power_off()
        self.terminal.card.power_on()
        self.terminal.channel = None
        self.model.end()

    def assert_agreed(self) -> None:
        state, model = self.terminal.card.memory.state, self.model
        kept = (state.pin_tries, state.puk_uses, state.pin_active, state.pin)
        changed = None if model.pin == self.world.person.pin and state.pin is None else model.pin
        assert kept == (model.tries, model.uses, model.active, changed)
        assert (self.terminal.channel is None) == (model.stage == PLAIN)


Step = Callable[[Walk], None]
passwords = st.sampled_from((Password.PIN, Password.CAN, Password.PUK))
chats = st.sampled_from((None, FULL_CHAT, READ_ONLY_CHAT))
new_pins = st.sampled_from(("271828", "161803", "12345", ""))
headers = st.sampled_from([*FILES, *CERTIFICATES, *UNKNOWN])


def step(name: str, *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    def bind(values: tuple[object, ...]) -> Step:
        return lambda walk: getattr(walk, name)(*values)

    return st.tuples(*arguments).map(bind)


steps = st.one_of(
    step("pace", passwords, st.booleans(), chats),
    step("pace", passwords, st.just(True), chats),
    step("authenticate_terminal"),
    step("authenticate_chip"),
    step("manage_pin", st.sampled_from((CHANGE, UNBLOCK, ACTIVATE, DEACTIVATE)), new_pins),
    step("manage_pin", st.sampled_from((CHANGE, UNBLOCK, ACTIVATE, DEACTIVATE)), new_pins),
    step("send", headers, st.binary(max_size=60)),
    st.one_of(step("disturb", st.binary(min_size=1, max_size=20)), step("power_cycle")),
)


def entitled(walk: Walk) -> None:
    """The way to a terminal with all rights, which chance alone would seldom find."""
    walk.power_cycle()
    walk.pace(Password.CAN, right=True, chat=FULL_CHAT)
    walk.authenticate_terminal()
    walk.authenticate_chip()


def resumed(walk: Walk) -> None:
    """The last try of a PIN, spent."""
    walk.power_cycle()
    for password in (Password.PIN, Password.PIN, Password.CAN, Password.PIN):
        walk.pace(password, right=password is Password.CAN, chat=None)


def deactivated(walk: Walk) -> None:
    """A right PIN that is switched off."""
    entitled(walk)
    walk.manage_pin(DEACTIVATE, "")
    walk.power_cycle()
    walk.pace(Password.PIN, right=True, chat=None)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    walked=st.lists(
        st.one_of(steps, steps, st.sampled_from((entitled, resumed, deactivated))),
        min_size=5,
        max_size=30,
    )
)
def test_card_and_model_agree_on_any_walk_and_the_next_session_works(
    world: World, walked: list[Step]
) -> None:
    walk = Walk(world)
    for each in walked:
        each(walk)
        walk.assert_agreed()
    walk.power_cycle()
    walk.pace(Password.CAN, right=True, chat=None)
    assert walk.terminal.send("00B09C00", ne=b"\x00").status == DONE
