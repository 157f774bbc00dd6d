"""Certificate holder authorization templates: who may read and do what.

Source  TR-03110-3, C.1.5 and C.4; TR-03110-4, 2.2.3 (rights of authentication terminals).
"""

from dataclasses import dataclass
from enum import IntEnum

from apdu.errors import EncodingError
from apdu.lds.der import OBJECT_IDENTIFIER, oid_octets, oid_text
from apdu.tlv import build, parse, parse_one

INSPECTION_SYSTEM = "0.4.0.127.0.7.3.1.2.1"
AUTHENTICATION_TERMINAL = "0.4.0.127.0.7.3.1.2.2"
SIGNATURE_TERMINAL = "0.4.0.127.0.7.3.1.2.3"

AGE_VERIFICATION = 0
COMMUNITY_ID_VERIFICATION = 1
RESTRICTED_IDENTIFICATION = 2
PRIVILEGED_TERMINAL = 3
CAN_ALLOWED = 4
PIN_MANAGEMENT = 5

_TAG = 0x7F4C
_TAG_VALUE = 0x53
_ROLE_BITS = 2

# Rights that mean something, by terminal type; every other bit is RFU and counts as unset.
_RIGHTS = {
    INSPECTION_SYSTEM: 0b00100011,
    AUTHENTICATION_TERMINAL: 0x3E_1FFF_FFFF,
    SIGNATURE_TERMINAL: 0b00000011,
}
_SIZES = {INSPECTION_SYSTEM: 1, AUTHENTICATION_TERMINAL: 5, SIGNATURE_TERMINAL: 1}


class Role(IntEnum):
    """The two highest bits of a template."""

    TERMINAL = 0b00
    DV_FOREIGN = 0b01
    DV_DOMESTIC = 0b10
    CVCA = 0b11


_ROLES = tuple(sorted(Role))  # by their two bits


def read_dg(number: int) -> int:
    """The bit of the right to read eID data group 1..21."""
    return _group_bit(number, 1) + 7


def write_dg(number: int) -> int:
    """The bit of the right to write eID data group 17..21."""
    return 54 - _group_bit(number, 17)


@dataclass(frozen=True, slots=True)
class Chat:
    """Terminal type, role and rights as they stand in a certificate or an MSE command."""

    role_oid: str
    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != _SIZES.get(self.role_oid):
            raise EncodingError("authorization template of unknown terminal type or wrong length")

    @property
    def role(self) -> Role:
        return _ROLES[self.value[0] >> 8 - _ROLE_BITS]

    @property
    def rights(self) -> int:
        """The rights as a number; the role and RFU bits are not among them."""
        return int.from_bytes(self.value) & _RIGHTS[self.role_oid]

    def allows(self, bit: int) -> bool:
        """Whether the right at `bit` (0 is the last bit) is given."""
        return bit >= 0 and bool(self.rights >> bit & 1)

    def __and__(self, other: "Chat") -> "Chat":
        """The rights both give; the role is the lower one. Errors: `EncodingError`."""
        if other.role_oid != self.role_oid:
            raise EncodingError("authorization templates of different terminal types")
        role = self.value[0] & other.value[0] & 0xC0
        value = (self.rights & other.rights).to_bytes(len(self.value))
        return Chat(self.role_oid, bytes((value[0] | role,)) + value[1:])

    def encode(self) -> bytes:
        """The data object 7F4C."""
        return build(
            _TAG,
            build(OBJECT_IDENTIFIER, oid_octets(self.role_oid)),
            build(_TAG_VALUE, self.value),
        )

    @classmethod
    def decode(cls, octets: bytes) -> "Chat":
        """Read the data object 7F4C. Errors: `EncodingError`."""
        fields = parse(parse_one(octets, _TAG).value)
        if [each.tag for each in fields] != [OBJECT_IDENTIFIER, _TAG_VALUE]:
            raise EncodingError("authorization template does not consist of 06 and 53")
        return cls(oid_text(fields[0].value), fields[1].value)


def _group_bit(number: int, least: int) -> int:
    if not least <= number <= 21:
        raise ValueError(f"no right belongs to data group {number}")
    return number
