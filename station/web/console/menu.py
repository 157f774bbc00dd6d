"""The pages that officers reach from everywhere: each sees those that their roles may open."""

from collections.abc import Collection

from station.domain.roles import Operation, Role, may

HOME = ("/", "page.home", Operation.SHOW_CASE)
MENU: tuple[tuple[str, str, Operation | None], ...] = (
    HOME,
    ("/approvals", "menu.approvals", Operation.COUNTERSIGN),
    ("/cards", "menu.cards", Operation.SHOW_CREDENTIAL),
    ("/figures", "menu.figures", Operation.SHOW_CASE),
    ("/audit", "menu.audit", Operation.SHOW_AUDIT),
    ("/officers", "menu.officers", Operation.SHOW_OFFICERS),
    ("/health", "menu.health", None),
)
"""Path, key of its text, and what one must be permitted to do; None: to be signed in."""


def menu_of(roles: Collection[Role]) -> list[tuple[str, str]]:
    """Path and key of each page."""
    return [
        (path, key)
        for path, key, operation in MENU
        if operation is None or may(frozenset(roles), operation)
    ]


def allowed(roles: Collection[Role]) -> frozenset[str]:
    """The operations these roles permit, as templates ask for them."""
    return frozenset(each.value for each in Operation if may(frozenset(roles), each))
