"""Reading the data objects of a command's data field."""

from collections.abc import Set

from apdu.errors import EncodingError
from apdu.iso7816 import StatusWord
from apdu.tlv import parse
from card_sim.refusal import Refusal


def fields(data: bytes, required: Set[int], optional: Set[int] = frozenset()) -> dict[int, bytes]:
    """Values by tag: all of `required`, some of `optional`, each once, in any order.

    Rule    The standards fix an order; readers in the field do not all keep it.
    Errors  `Refusal` 6A80.
    """
    try:
        objects = parse(data)
    except EncodingError as error:
        raise Refusal(StatusWord.WRONG_DATA) from error
    values = {each.tag: each.value for each in objects}
    if len(values) != len(objects) or not required <= values.keys() <= required | optional:
        raise Refusal(StatusWord.WRONG_DATA)
    return values
