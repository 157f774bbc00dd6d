"""Which characters a text on a chip may have."""

import pytest

from apdu.lds.text import is_text


@pytest.mark.parametrize(
    "text",
    [
        "김민지",
        "O'NEIL-SMITH",
        "<script>alert(\"1\")</script> & 'x'",
        "\u202e turned \u202c",  # right-to-left override and its end
        "\u2066 isolated \u2069",
        "가\u200d나",  # zero-width joiner
    ],
)
def test_format_characters_and_markup_are_text(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u200b",
        "\u202e\u202c",
        "\0",
        "a\n",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud800",
        "\ue000",
        "\uffff",
    ],
)
def test_controls_line_ends_and_no_characters_are_not(text: str) -> None:
    assert not is_text(text)
