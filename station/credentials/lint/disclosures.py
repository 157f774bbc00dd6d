"""Digests put back to the disclosures behind them (RFC 9901, 7.1, step 3)."""

import base64
from typing import Any

from station.credentials.lint.expected import LintFailed, Reason, require

_NEVER_CONCEALED = {
    "iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd", "...",
    "_sd_alg",
}  # fmt: skip


def restore(payload: dict[str, Any], disclosures: dict[str, Any]) -> dict[str, Any]:
    """The payload with each digest replaced by its disclosure.

    Units   `disclosures` by their digest, parsed.
    Rule    Every digest has a disclosure and every disclosure one digest; nothing is in the open;
            salts have 128 bits and differ; digests are sorted.
    Errors  `LintFailed`.
    """
    left = dict(disclosures)
    restored = _object(payload, left)
    require(not left, Reason.DISCLOSURE, "a disclosure without digest")
    salts = [each[0] for each in disclosures.values()]
    require(len(set(salts)) == len(salts), Reason.SALT, "a salt occurs twice")
    return restored


def _object(members: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
    result = {name: _open(value, left) for name, value in members.items() if name != "_sd"}
    digests = members.get("_sd", [])
    require(isinstance(digests, list), Reason.STRUCTURE, "_sd")
    require(digests == sorted(digests, key=str), Reason.DIGEST, "_sd is not sorted")
    for digest in digests:
        _, name, value = _take(digest, left, 3)
        hidden = isinstance(name, str) and name not in _NEVER_CONCEALED and name not in result
        require(hidden, Reason.DISCLOSURE, "name")
        require(not isinstance(value, dict | list), Reason.DISCLOSURE, "concealed as a whole")
        result[name] = value
    return result


def _open(value: Any, left: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return _object(value, left)
    if isinstance(value, list):
        return [_element(each, left) for each in value]
    raise LintFailed(Reason.DISCLOSURE, "a claim is not selectively disclosable")


def _element(value: Any, left: dict[str, Any]) -> Any:
    concealed = isinstance(value, dict) and value.keys() == {"..."}
    require(concealed, Reason.DISCLOSURE, "an array element is not selectively disclosable")
    return _take(value["..."], left, 2)[1]


def _take(digest: Any, left: dict[str, Any], length: int) -> list[Any]:
    known = isinstance(digest, str) and digest in left
    require(known, Reason.DIGEST, "a digest without disclosure, or twice")
    disclosure = left.pop(digest)
    shaped = isinstance(disclosure, list) and len(disclosure) == length
    require(shaped, Reason.DISCLOSURE, "not an array of the right length")
    _check_salt(disclosure[0])
    content: list[Any] = disclosure
    return content


def _check_salt(salt: Any) -> None:
    try:
        octets = base64.b64decode(salt + "=" * (-len(salt) % 4), b"-_", validate=True)
    except (TypeError, ValueError):
        raise LintFailed(Reason.SALT, "not base64url") from None
    again = base64.b64encode(octets, b"-_").decode("ascii").rstrip("=")
    require(again == salt, Reason.SALT, "not canonical base64url")
    require(len(octets) >= 16, Reason.SALT, "shorter than 128 bits")
