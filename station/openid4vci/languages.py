"""Which languages of the metadata a wallet gets: what it asked for, in its order.

Source  RFC 9110, 12.5.4; RFC 4647, 3.4; OpenID4VCI 1.0, 12.2.2.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from station.openid4vci.preferences import weights

LANGUAGES = ("ko", "en")


def chosen(accept_language: str, offered: Sequence[str] = LANGUAGES) -> tuple[str, ...]:
    """Those of `offered` that an Accept-Language header asks for, the best first; all if none.

    Rule    A wallet that reads none of them gets them all, rather than nothing.
    """
    asked = weights(accept_language)
    liked = {each: _weight(each, asked) for each in offered}
    wanted = [each for each in offered if liked[each] > 0]
    # sorted() keeps the order of `offered` among equals.
    return tuple(sorted(wanted, key=lambda each: -liked[each])) or tuple(offered)


def localized(content: Any, languages: Sequence[str]) -> Any:
    """`content` with every array `display` reduced to `languages`, in their order."""
    if isinstance(content, Mapping):
        return {
            name: _in_order(value, languages) if name == "display" else localized(value, languages)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [localized(each, languages) for each in content]
    return content


def _in_order(entries: Sequence[Mapping[str, Any]], languages: Sequence[str]) -> list[Any]:
    by_locale = {each["locale"]: each for each in entries}
    return [by_locale[each] for each in languages if each in by_locale]


def _weight(language: str, asked: Mapping[str, float]) -> float:
    """The weight of a language: its own, that of one of its regions, or of the rest."""
    if language in asked:
        return asked[language]
    regional = [weight for each, weight in asked.items() if each.startswith(f"{language}-")]
    return max(regional, default=asked.get("*", 0))
