"""Portraits on terminals: which way, and nothing a card could write to the screen itself."""

import io
import re
import sys
from base64 import b64decode
from collections.abc import Mapping

import pytest

from apdu.cli.picture import CannotShow, render
from apdu.lds.data_groups import decode_dg2
from apdu.lds.portrait import Portrait
from card_sim.files import Application
from tests.apdu.profiles.taps import content_of
from tests.card_sim.world import World

Image = pytest.importorskip("PIL.Image")
COLOUR = {"COLORTERM": "truecolor"}
KITTY = {"KITTY_WINDOW_ID": "1"}
INLINE = {"TERM_PROGRAM": "iTerm.app"}


@pytest.fixture(scope="module")
def portrait(world: World) -> Portrait:
    return decode_dg2(content_of(world.data(), Application.LDS1, 0x0102))


def test_half_blocks_are_two_pixels_high(portrait: Portrait) -> None:
    lines = render(portrait, COLOUR).splitlines()
    assert len(lines) == 24
    assert all(line.endswith("▀\x1b[0m") for line in lines)
    cell = r"\x1b\[38;2;\d+;\d+;\d+m\x1b\[48;2;\d+;\d+;\d+m▀"
    assert all(re.fullmatch(rf"({cell})+\x1b\[0m", line) for line in lines)


@pytest.mark.parametrize("environment", [INLINE, {"TERM_PROGRAM": "WezTerm"},
                                         {"LC_TERMINAL": "iTerm2"}])  # fmt: skip
def test_inline_images_are_the_jpeg_itself(
    portrait: Portrait, environment: Mapping[str, str]
) -> None:
    written = render(portrait, environment)
    head, _, data = written.partition(":")
    assert head.startswith("\x1b]1337;File=inline=1;")
    assert b64decode(data.removesuffix("\x07\n"), validate=True) == portrait.image


@pytest.mark.parametrize("environment", [KITTY, {"TERM_PROGRAM": "ghostty"}])
def test_kitty_is_given_png_in_pieces_and_asked_for_no_answer(
    portrait: Portrait, environment: Mapping[str, str]
) -> None:
    pieces = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", render(portrait, environment))
    assert pieces[0][0] == "a=T,f=100,r=24,q=2,m=1"
    assert [control for control, _ in pieces[1:-1]] == ["m=1"] * (len(pieces) - 2)
    assert pieces[-1][0] == "m=0"
    assert all(len(data) <= 4096 for _, data in pieces)
    assert b64decode("".join(data for _, data in pieces)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TERM": "xterm"},
        {"COLORTERM": "yes"},
        {**KITTY, "TMUX": "x"},
        {**INLINE, "TERM": "screen"},
    ],
)
def test_terminal_that_does_not_say_so_is_not_tried(
    portrait: Portrait, environment: Mapping[str, str]
) -> None:
    with pytest.raises(CannotShow, match="does not say"):
        render(portrait, environment)


def test_colours_go_through_another_program_in_the_terminal(portrait: Portrait) -> None:
    assert "▀" in render(portrait, {**KITTY, **COLOUR, "TMUX": "x"})


def test_pipe_gets_no_picture(portrait: Portrait) -> None:
    with pytest.raises(CannotShow, match="on a terminal only"):
        render(portrait, COLOUR, is_terminal=False)


def test_without_pillow_only_the_inline_image_is_shown(
    portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert render(portrait, INLINE)
    for environment in (COLOUR, KITTY):
        with pytest.raises(CannotShow, match="install Pillow"):
            render(portrait, environment)


@pytest.mark.parametrize("image", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0" + bytes(100)])
def test_image_that_cannot_be_decoded_is_not_shown(image: bytes) -> None:
    for environment in (COLOUR, KITTY):
        with pytest.raises(CannotShow, match="cannot be decoded"):
            render(Portrait(image, "jpeg"), environment)


def test_image_is_decoded_by_the_codec_its_data_group_names(portrait: Portrait) -> None:
    with pytest.raises(CannotShow, match="cannot be decoded"):
        render(Portrait(portrait.image, "jpeg2000"), COLOUR)


@pytest.mark.parametrize(
    ("side", "sentence"),
    [(4001, "too large"), (10000, "cannot be decoded"), (65535, "cannot be decoded")],
)
def test_image_of_very_many_pixels_is_not_decoded(side: int, sentence: str) -> None:
    octets = io.BytesIO()
    Image.new("L", (16, 16)).save(octets, "JPEG")
    image = bytearray(octets.getvalue())
    place = image.index(b"\xff\xc0") + 5  # Height and width lie there.
    image[place : place + 4] = side.to_bytes(2) * 2
    with pytest.raises(CannotShow, match=sentence):
        render(Portrait(bytes(image), "jpeg"), COLOUR)


def test_octets_of_the_card_never_reach_the_screen_as_they_are() -> None:
    hostile = b"\xff\xd8\xff\x1b]0;owned\x07\x1b\\"
    written = render(Portrait(hostile, "jpeg"), INLINE)
    assert written.count("\x1b") == 1
    assert "owned" not in written
