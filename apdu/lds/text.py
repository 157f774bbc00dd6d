"""Which characters a text on a chip may have."""

import unicodedata

_FORMAT = "Cf"


def is_text(text: str) -> bool:
    """Whether `text` shows something, and has no control characters, line ends or non-characters.

    Rule    Format characters, such as those that turn the direction of writing, are text: some
            scripts need them. Whoever shows a text keeps them from reaching beyond it.
    Source  The Unicode Standard, 4.5 (general categories).
    """
    if text.isprintable():  # No format character is.
        return bool(text)
    shown = [each for each in text if unicodedata.category(each) != _FORMAT]
    return bool(shown) and all(each.isprintable() for each in shown)
