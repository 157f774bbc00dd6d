from dataclasses import replace

import pytest

from apdu.errors import EncodingError
from apdu.lds import mrz

# ICAO Doc 9303-5, appendix B (specimen of Utopia).
SPECIMEN = (
    "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
CARD = mrz.Td1(
    document_code="ID",
    issuing_state="KOR",
    document_number="M12345678",
    date_of_birth="900115",
    sex="F",
    date_of_expiry="360114",
    nationality="KOR",
    surname="HONG",
    given_names="GILDONG",
)
LONG = replace(CARD, document_number="M123456789AB", optional_data="X Y", optional_data_2="Z")


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("520727", "3"),  # ICAO Doc 9303-3, 4.9, example 1
        ("AB2134<<<", "5"),  # example 2
        ("D23145890", "7"),
        ("", "0"),
        ("<<<<<<", "0"),
    ],
)
def test_check_digit_is_modulus_ten_weighted_seven_three_one(text: str, digit: str) -> None:
    assert mrz.check_digit(text) == digit


@pytest.mark.parametrize("text", ["a", " ", "Ä", "홍", "-"])
def test_check_digit_refuses_characters_outside_the_set(text: str) -> None:
    with pytest.raises(EncodingError):
        mrz.check_digit(text)


def test_specimen_reads_and_writes() -> None:
    zone = mrz.decode(SPECIMEN)
    assert zone == mrz.Td1(
        "I", "UTO", "D23145890", "740812", "F", "120415", "UTO", "ERIKSSON", "ANNA MARIA"
    )
    assert mrz.encode(zone) == SPECIMEN


@pytest.mark.parametrize("zone", [CARD, LONG, replace(CARD, given_names="")])
def test_zone_reads_back_as_written(zone: mrz.Td1) -> None:
    assert mrz.decode(mrz.encode(zone)) == zone


def test_long_document_number_goes_on_in_the_optional_data() -> None:
    first = mrz.encode(LONG)[:30]
    digit = mrz.check_digit("M123456789AB")
    assert first == f"IDKORM12345678<9AB{digit}<X<Y<<<<<<<"


@pytest.mark.parametrize("width", [1, 9, 10, 22])
def test_document_number_at_its_limits_reads_back(width: int) -> None:
    zone = replace(CARD, document_number="7" * width)
    assert mrz.decode(mrz.encode(zone)) == zone


def test_document_number_of_twenty_three_characters_is_refused() -> None:
    with pytest.raises(EncodingError, match="document number"):
        mrz.encode(replace(CARD, document_number="7" * 23))


def test_password_information_takes_a_long_document_number_whole() -> None:
    # ICAO Doc 9303-11, D.2: the same for a short number, padded to nine.
    assert mrz.decode(SPECIMEN).mrz_information == "D23145890774081221204159"
    assert LONG.mrz_information.startswith("M123456789AB" + mrz.check_digit("M123456789AB"))
    assert replace(CARD, document_number="L898902C").mrz_information.startswith("L898902C<3")


@pytest.mark.parametrize("position", [5, 13, 14, 20, 30, 36, 38, 44, 50, 59])
def test_one_altered_character_breaks_a_check_digit(position: int) -> None:
    old = SPECIMEN[position]
    new = "1" if old != "1" else "2"
    with pytest.raises(EncodingError):
        mrz.decode(SPECIMEN[:position] + new + SPECIMEN[position + 1 :])


@pytest.mark.parametrize(
    ("zone", "position", "name"),
    [
        (CARD, 30, "date of birth"),
        (CARD, 38, "date of expiry"),
        (CARD, 6, "document number"),
        (LONG, 6, "document number"),
    ],
)
def test_each_check_digit_is_checked_even_where_that_of_the_whole_holds(
    zone: mrz.Td1, position: int, name: str
) -> None:
    text = mrz.encode(zone)
    altered = text[:position] + ("1" if text[position] != "1" else "2") + text[position + 1 :]
    first, second = altered[:30], altered[30:60]
    whole = mrz.check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    with pytest.raises(EncodingError, match=name):
        mrz.decode(first + second[:29] + whole + altered[60:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPECIMEN[:-1],
        SPECIMEN + "<",
        SPECIMEN.lower(),
        SPECIMEN[:60] + "<" * 30,
        SPECIMEN[:60] + "ERIKSSON<<<ANNA".ljust(30, "<"),
        SPECIMEN[:60] + "ER1KSSON<<ANNA".ljust(30, "<"),
        SPECIMEN[:37] + "X" + SPECIMEN[38:],
    ],
)
def test_malformed_zone_is_refused(text: str) -> None:
    with pytest.raises(EncodingError):
        mrz.decode(text)


def test_long_number_that_does_not_end_in_the_optional_data_is_refused() -> None:
    whole = mrz.encode(LONG)
    without = whole[:15] + "<" * 15 + whole[30:]
    with pytest.raises(EncodingError, match="long document number"):
        mrz.decode(without)


@pytest.mark.parametrize("birth", ["<<<<<<", "90<<<<", "9001<<"])
def test_birth_date_unknown_in_part_is_accepted(birth: str) -> None:
    zone = replace(CARD, date_of_birth=birth)
    assert mrz.decode(mrz.encode(zone)) == zone


@pytest.mark.parametrize(
    "changes",
    [
        {"date_of_birth": "901301"},
        {"date_of_expiry": "36<<<<"},
        {"date_of_expiry": "360132"},
        {"sex": "X"},
        {"issuing_state": ""},
        {"surname": "HONG1"},
        {"surname": ""},
        {"given_names": "A" * 25},
        {"optional_data": "A" * 16},
        {"optional_data_2": "-"},
        {"nationality": "KORE"},
        {"document_code": "P"},
    ],
)
def test_field_that_does_not_fit_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(EncodingError):
        mrz.encode(replace(CARD, **changes))


def test_repr_and_errors_show_nothing_of_the_holder() -> None:
    assert "HONG" not in repr(CARD)
    assert "900115" not in repr(CARD)
    with pytest.raises(EncodingError) as caught:
        mrz.decode(SPECIMEN[:30] + "8" + SPECIMEN[31:])
    assert "ERIKSSON" not in str(caught.value)
    assert "740812" not in str(caught.value)
