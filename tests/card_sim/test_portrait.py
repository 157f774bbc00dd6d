"""Portraits drawn by code: of the size asked for, decodable, the same for the same seed."""

import io

import pytest
from PIL import Image

from card_sim.portrait import FORMATS, HEIGHT, WIDTH, drawn, given, portrait

SIZE = 17_650
COMMENT = b"TEST portrait"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [6_000, SIZE, 60_000])
def test_drawn_portrait_fits_decodes_and_says_that_it_is_a_test(kind: str, size: int) -> None:
    made = drawn("somebody", size, kind)
    assert size * 0.9 <= len(made.image) <= size
    assert COMMENT in made.image
    with Image.open(io.BytesIO(made.image)) as image:
        image.load()
        assert image.size == (WIDTH, HEIGHT) == (made.width, made.height)
        assert (image.format or "").lower() == kind == made.format


@pytest.mark.parametrize("kind", FORMATS)
def test_same_seed_has_the_same_face_and_another_seed_another(kind: str) -> None:
    assert drawn("a", SIZE, kind) == drawn("a", SIZE, kind)
    assert drawn("a", SIZE, kind).image != drawn("b", SIZE, kind).image


def test_jpeg_has_exactly_the_size_asked_for() -> None:
    assert len(portrait("somebody", SIZE)) == SIZE


@pytest.mark.parametrize("kind", FORMATS)
def test_size_that_no_portrait_fits_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="no portrait fits"):
        drawn("somebody", 200, kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_drawn_portrait_is_taken_when_it_comes_from_a_file(kind: str) -> None:
    made = drawn("somebody", SIZE, kind)
    assert given(made.image) == made
