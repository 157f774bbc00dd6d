"""What the program's own names are called on a page, in its language."""

import re
from collections.abc import Mapping

from station.domain.check_words import CHECKS, ENDINGS, SEEN
from station.domain.credential import CARD_STATES
from station.domain.errors import FAILURES, StationError
from station.domain.evidence import CONSENTS, DOCUMENTS, ROUTES
from station.domain.notice import REASONS
from station.domain.officer import PURPOSES
from station.domain.rules import RULES
from station.web.console.texts import audit, cards, facts, names, officers, pin

Names = Mapping[str, tuple[str, str]]

_BETWEEN = re.compile(r"[, ]+")


def _under(prefix: str, table: Names) -> dict[str, tuple[str, str]]:
    return {key.removeprefix(prefix): both for key, both in table.items() if key.startswith(prefix)}


_CAUSES = _under("cards.cause.", cards.TEXTS)
_ROLES = _under("officers.role.", officers.TEXTS)
_RULES = {rule.failure: (rule.title_ko, rule.title_en) for rule in RULES}
_FAILURES = {code: (each.cause_ko, each.cause_en) for code, each in FAILURES.items()}
_OF_CARDS = {reason.value: words for reason, words in REASONS.items()}

REASONS_WHY: Names = _FAILURES | _OF_CARDS | ENDINGS
"""Why a case or a card ended, or something was refused."""

SEEN_OF: Names = SEEN | names.FIELDS | DOCUMENTS
"""What stands beside a proof."""

ADDED: Mapping[str, Names] = {
    "card.not_genuine": CHECKS,
    "card.pin_blocked": _under("pin.state.", pin.TEXTS),
    "consent.missing": CONSENTS,
    "credential.not_suspended": _CAUSES,
    "eligibility.not_overridable": _RULES,
    "input.invalid": CONSENTS | names.FIELDS,
    "officer.not_permitted": names.STEPS,
    "officer.roles_apart": _ROLES,
    "registry.mismatch": names.FIELDS,
}
"""Of which names the detail of a failure is a list, by the failure's code."""

IN_FACTS: Mapping[str, Names] = {
    "access": _under("audit.access.", audit.TEXTS),
    "address": facts.SOURCES,
    "attested_by": facts.UNATTESTED,
    "because": ENDINGS,
    "cause": _CAUSES,
    "checks": CHECKS,
    "code": _FAILURES,
    "configuration": _under("cards.format.", cards.TEXTS),
    "consents": CONSENTS,
    "due": _OF_CARDS,
    "kind": facts.KINDS,
    "overridden": _RULES,
    "place": facts.PLACES,
    "purpose": {purpose.value: words for purpose, words in PURPOSES.items()},
    "reason": REASONS_WHY,
    "role": _ROLES,
    "roles": _ROLES,
    "route": {name: (route.title_ko, route.title_en) for name, route in ROUTES.items()},
    "said": facts.SAID,
    "seen": facts.SEEN,
    "state": {state.value: words for state, words in CARD_STATES.items()},
    "step": names.STEPS,
    "wrong": facts.WRONG,
}
"""Of which names a fact of the audit log is a list, by the fact's."""


def place(language: str) -> int:
    """Where the words of a language stand in a pair."""
    return 1 if language == "en" else 0


def called(name: str, among: Names, language: str) -> str:
    """What a name is called; one that is not known is shown as it is."""
    return among[name][place(language)] if name in among else name


def listed(text: str, among: Names, language: str) -> str:
    """A list of names, with commas or spaces between them, as a list of what they are called."""
    return ", ".join(called(each, among, language) for each in _BETWEEN.split(text) if each)


def added(error: StationError, language: str) -> tuple[str, str]:
    """What a failure adds: in people's words, and what only the technical line may show."""
    if error.words is not None:
        return error.words[place(language)], ""
    known = ADDED.get(error.code, {})
    if known.keys() >= set(filter(None, _BETWEEN.split(error.detail))):
        return listed(error.detail, known, language), ""
    return "", error.detail
