"""The machine-readable zone as it is typed; the specimens are those of ICAO Doc 9303."""

from collections.abc import Callable

import click
import pytest

from apdu.cli.zone import ask_zone
from apdu.protocols.password import Password

TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6",
       "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")  # fmt: skip
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def typed(*lines: str) -> Callable[[str], str]:
    waiting = iter(lines)
    return lambda _wanted: next(waiting, "")


@pytest.mark.parametrize(
    ("lines", "information"),
    [
        (TD1, "D23145890774081221204159"),
        (TD2, "D23145890774081221204159"),
        (TD3, "L898902C3674081221204159"),
        (tuple(line.lower() for line in TD3), "L898902C3674081221204159"),
        (tuple(f"  {line[:20]} {line[20:]} " for line in TD1), "D23145890774081221204159"),
        (("D23145890", "740812", "120415"), "D23145890774081221204159"),
        (("l898902c3", " 740812", "120415 "), "L898902C3674081221204159"),
        (("AB12", "740812", "120415"), "AB12<<<<<874081221204159"),
        (("D23145890734", "740812", "120415"), "D23145890734974081221204159"),
    ],
)
def test_zone_or_its_three_fields_make_the_password(
    lines: tuple[str, ...], information: str
) -> None:
    assert ask_zone(typed(*lines)) == Password.mrz(information)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        ("D23145890",),
        ("D23145890", "740812"),
        ("D23145890", "740812", "12041"),
        ("D23145890", "74081x", "120415"),
        ("D23145890", "７４０８１２", "120415"),
        ("D<3145890", "740812", "120415"),
        (TD1[0], TD1[1]),
        (TD1[0], TD1[1][:-1], TD1[2]),
        (TD1[0].replace("7", "8"), *TD1[1:]),
        (TD3[0], TD3[1].replace("740812", "740813")),
        (TD2[0], TD2[1].replace("8907", "8908")),
        (TD2[0], TD2[1][:9] + "<" + TD2[1][10:]),
    ],
)
def test_what_is_no_zone_is_refused_without_repeating_it(lines: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError) as caught:
        ask_zone(typed(*lines))
    assert "nothing was sent to the card" in caught.value.message
    assert not [each for each in lines if each and each in caught.value.message]
