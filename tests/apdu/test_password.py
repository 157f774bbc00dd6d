"""Passwords, before any card is touched."""

import pytest

from apdu.protocols.password import Password, PasswordKind

MRZ = "T22000129364081251010318"


def test_each_kind_has_its_reference_number() -> None:
    made = (Password.mrz(MRZ), Password.can("123456"), Password.pin("123456"), Password.puk("1"))
    assert [int(each.kind) for each in made] == [1, 2, 3, 4]


@pytest.mark.parametrize("value", ["", "12345a", "12 456", "-12345", "12345\n", "١٢٣٤٥٦", "½"])
@pytest.mark.parametrize("kind", [PasswordKind.CAN, PasswordKind.PIN, PasswordKind.PUK])
def test_what_is_not_digits_is_refused_without_being_repeated(
    kind: PasswordKind, value: str
) -> None:
    with pytest.raises(ValueError, match=f"^{kind.name} is not digits$"):
        Password(kind, value)


@pytest.mark.parametrize("value", ["", MRZ[:-1], MRZ.lower(), MRZ + " ", "가" * 24])
def test_what_is_no_mrz_information_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(ValueError, match=r"^MRZ information is not number") as refused:
        Password.mrz(value)
    assert not value or value not in str(refused.value)


def test_repr_does_not_show_the_value() -> None:
    assert "123456" not in repr(Password.pin("123456"))
