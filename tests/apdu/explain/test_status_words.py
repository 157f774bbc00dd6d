"""Status words in general, and where the command gives them another meaning."""

import pytest

from apdu.explain.status_words import meaning
from apdu.iso7816 import StatusWord


@pytest.mark.parametrize(
    ("status", "header", "text"),
    [
        (0x9000, "", "done"),
        (0x6100, "", "at least 256 more octets to fetch with GET RESPONSE"),
        (0x6112, "", "18 more octets to fetch with GET RESPONSE"),
        (0x6C10, "", "wrong Le: 16 octets are there"),
        (0x6C00, "", "wrong Le: 256 octets are there"),
        (0x63C0, "", "verification failed; no try is left"),
        (0x63C1, "", "verification failed; one try is left"),
        (0x63C3, "", "verification failed; 3 tries are left"),
        (0x6202, "", "the card asks for 2 octets to be fetched"),
        (0x6480, "", "the card asks for 128 octets to be fetched"),
        (0x62FF, "", "warning, nothing changed on the card"),
        (0x63FF, "", "the check failed, or a warning: something changed on the card"),
        (0x64FF, "", "execution error, nothing changed on the card"),
        (0x6642, "", "security issue"),
        (0x69FF, "", "command not allowed"),
        (0x6AFF, "", "wrong parameters P1-P2"),
        (0x6BFF, "", "of the card's own"),
        (0x6D01, "", "of the card's own"),
        (0x9100, "", "of the card's own"),
        (0x1234, "", "not a status word"),
        (0x6282, "00B00000", "end of the file"),
        (0x6B00, "00B10000", "the offset is past the end of the file"),
        (0x6982, "00B09E00", "no right to read this file, or secure messaging was lost"),
        (0x6A82, "00A4040C", "there is no such file or application"),
        (0x63C2, "0022C1A4", "password chosen; 2 tries are left"),
        (0x63C1, "0022C1A4", "password chosen; it is suspended, one try is left"),
        (0x63C0, "0022C1A4", "password chosen; it is blocked"),
        (0x6283, "0022C1A4", "password chosen; it is deactivated"),
        (0x6A80, "0C2281A4", "the algorithm is not supported"),
        (0x6A88, "0022C1A4", "the password or key is not known to the card"),
        (0x63C2, "0C2241A4", "verification failed; 2 tries are left"),
        (0x63C1, "00860000", "the password is wrong; one try is left"),
        (0x6300, "00860000", "authentication failed: the password or a token is wrong"),
        (0x6985, "00860000", "the password is suspended, or the step is out of order"),
        (0x6300, "0C820000", "the terminal's signature is wrong"),
        (0x6300, "0C2A00BE", "the certificate's signature is wrong"),
        (0x6982, "0C2C0203", "neither PIN, PUK nor a terminal's right allow this"),
        (0x9000, "00B0", "done"),
    ],
)
def test_meaning(status: int, header: str, text: str) -> None:
    assert meaning(status, bytes.fromhex(header)) == text


def test_every_status_word_of_this_project_has_a_meaning_of_its_own() -> None:
    told = [meaning(status) for status in StatusWord]
    assert not {"of the card's own", "not a status word"} & set(told)


def test_every_status_word_has_one_short_line() -> None:
    for status in range(0x10000):
        text = meaning(status)
        assert 0 < len(text) <= 70
        assert text.isprintable()
