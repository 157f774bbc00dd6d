"""An mdoc of any shape is read or refused, never anything else."""

from typing import Any

import cbor2
from cbor2 import CBORTag
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from card_sim.phone.checks import mdoc
from card_sim.phone.shop import _document

NAMES = st.sampled_from(
    ["nameSpaces", "issuerAuth", "version", "documents", "status", "issuerSigned", "deviceSigned"]
)
LEAVES = st.none() | st.integers() | st.binary(max_size=4) | st.text(max_size=4) | st.booleans()
VALUES = st.recursive(
    LEAVES,
    lambda v: (
        st.lists(v, max_size=4)
        | st.dictionaries(NAMES | st.sampled_from([1, 33]), v, max_size=4)
        | v.map(lambda inner: CBORTag(24, cbor2.dumps(inner)))
    ),
    max_leaves=12,
)


@given(VALUES)
def test_decode_of_any_value_is_an_encoding_error(value: Any) -> None:
    """Nothing drawn here is signed through, so all of it must be refused."""
    for read in (mdoc.decode, mdoc.decode_mso, _document):
        try:
            read(cbor2.dumps(value))
        except EncodingError:
            continue
        raise AssertionError(read)


@given(VALUES, VALUES)
def test_decode_of_any_members_is_an_encoding_error(name_spaces: Any, auth: Any) -> None:
    signed = {"nameSpaces": name_spaces, "issuerAuth": [b"\xa1\x01\x26", {}, auth, b""]}
    try:
        mdoc.from_value(signed)
    except EncodingError:
        return
    raise AssertionError
