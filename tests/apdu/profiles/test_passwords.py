"""What cannot be a password never reaches a card, whoever asks for it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.exchange import Exchange, run
from apdu.lds.security_infos import SecurityInfos
from apdu.profiles import icao, krrc, pin_service
from apdu.profiles.krrc import CAN_DIGITS, PIN_DIGITS, PIN_TRIES, PUK_DIGITS, can, pin, puk
from apdu.profiles.survey import Survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.pin import PinState, PinStatus, change_pin
from tests.apdu.profiles.taps import NOW, Tap
from tests.card_sim.world import World

MAKERS: tuple[tuple[Callable[[str], Password], int], ...] = (
    (pin, PIN_DIGITS),
    (can, CAN_DIGITS),
    (puk, PUK_DIGITS),
)
FOUND = Survey(b"", SecurityInfos(), 223, 239, PinStatus(PinState.OPERATIONAL, None))
GOOD = pin("246813")
MRZ = Password.mrz("T22000129364081251010318")


class Deaf:
    """A card that must not hear anything."""

    def transmit(self, command: bytes) -> bytes:
        raise AssertionError("a command was sent")


def test_the_profile_says_how_long_passwords_are_and_how_many_tries_there_are() -> None:
    assert (PIN_DIGITS, PUK_DIGITS, CAN_DIGITS, PIN_TRIES) == (6, 10, 6, 3)


def test_the_makers_name_the_kind() -> None:
    made = (pin("246813"), can("271828"), puk("1234567890"))
    assert [each.kind for each in made] == [PasswordKind.PIN, PasswordKind.CAN, PasswordKind.PUK]
    assert [each.value for each in made] == ["246813", "271828", "1234567890"]


@pytest.mark.parametrize(("make", "digits"), MAKERS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text[:-1] + "a",
        lambda text: text[:-1] + " ",
        lambda text: " " + text[1:],
        lambda text: text[:-1] + "-",
        lambda text: text + "\n",
        lambda text: text[:-1] + "\x00",
        lambda text: text[:-1] + "５",
        lambda text: text[:-1] + "²",
        lambda text: text[:-1] + "½",
        lambda text: text[:-1] + "٣",
        lambda text: text[:-1] + "Ⅷ",
        lambda text: text[:-1] + "가",
        lambda text: text[:-1] + "\N{DIGIT FIVE}\N{COMBINING ENCLOSING KEYCAP}",
    ],
)
def test_what_is_not_so_many_plain_digits_is_refused_without_being_repeated(
    make: Callable[[str], Password], digits: int, spoil: Callable[[str], str]
) -> None:
    spoilt = spoil("2468135790"[:digits])
    with pytest.raises(ValueError, match=r"digits$") as caught:
        make(spoilt)
    assert not spoilt or spoilt not in str(caught.value)


@given(st.text(max_size=12))
def test_no_text_but_six_plain_digits_is_a_pin(text: str) -> None:
    good = len(text) == 6 and set(text) <= set("0123456789")
    try:
        assert pin(text).value == text
    except ValueError:
        assert not good
    else:
        assert good


def taps(world: World, password: Password) -> dict[str, Exchange[Any]]:
    """Every tap that takes a password, with this one in every place for one."""
    terminal, trust = Tap(world, world.data()).terminal(), TrustStore(())
    known = (terminal, trust, NOW)
    puk_ = puk("1234567890")
    return {
        "read": krrc.read_card(FOUND, password, *known),
        "read, resumed": krrc.read_card(FOUND, GOOD, *known, can=password),
        "change from": pin_service.change(FOUND, password, GOOD),
        "change to": pin_service.change(FOUND, GOOD, password),
        "change, resumed": pin_service.change(FOUND, GOOD, GOOD, can=password),
        "unblock": pin_service.unblock(FOUND, password),
        "unblock to": pin_service.unblock(FOUND, puk_, password),
        "reset": pin_service.reset_by_terminal(FOUND, password, *known),
        "reset to": pin_service.reset_by_terminal(FOUND, can("271828"), *known, password),
        "activate": pin_service.activate(FOUND, password, *known),
        "deactivate": pin_service.deactivate(FOUND, password, *known),
    }


@given(
    st.sampled_from(PasswordKind),
    st.text("0123456789", min_size=1, max_size=40).filter(lambda t: len(t) not in (6, 10)),
)
def test_no_command_is_sent_for_a_password_of_another_length(
    world: World, kind: PasswordKind, digits: str
) -> None:
    """Somebody may make a password without the profile: the tap looks again."""
    if kind is PasswordKind.MRZ and len(digits) < 24:
        digits = digits.ljust(24, "0")
    for exchange in taps(world, Password(kind, digits)).values():
        with pytest.raises(ValueError, match=r"digits|belongs"):
            run(exchange, Deaf())


@pytest.mark.parametrize("password", [pin("246813"), can("271828"), puk("1234567890"), MRZ])
def test_no_command_is_sent_for_a_password_of_another_kind(
    world: World, password: Password
) -> None:
    accepted = {
        PasswordKind.PIN: {"read", "change from", "change to", "unblock to", "reset to"},
        PasswordKind.CAN: {"read", "read, resumed", "change, resumed", "reset"}
        | {"activate", "deactivate"},
        PasswordKind.PUK: {"unblock"},
        PasswordKind.MRZ: set[str](),
    }[password.kind]
    for name, exchange in taps(world, password).items():
        if name in accepted:
            exchange.close()
            continue
        with pytest.raises(ValueError, match="belongs"):
            run(exchange, Deaf())


@pytest.mark.parametrize("password", [pin("246813"), puk("1234567890")])
def test_a_document_is_not_opened_with_a_password_it_does_not_have(password: Password) -> None:
    with pytest.raises(ValueError, match="CAN or its MRZ"):
        run(icao.read_document(password, TrustStore(()), NOW), Deaf())


@pytest.mark.parametrize("password", [can("271828"), puk("1234567890"), MRZ])
def test_the_bare_change_takes_a_pin_only(password: Password) -> None:
    with pytest.raises(ValueError, match="not a PIN"):
        run(change_pin(password), Deaf())
