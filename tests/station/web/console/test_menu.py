"""Which pages each role sees in the menu, and may open."""

import re

import pytest

from station.domain.roles import Role
from station.web.console.menu import MENU, menu_of
from tests.station.web.console.browser import Browser

MENUS = {
    "kim": {"/", "/cards", "/figures", "/health"},
    "lee": {"/", "/approvals", "/cards", "/figures", "/health"},
    "choi": {"/", "/cards", "/figures", "/audit", "/officers", "/health"},
    "ada": {"/officers", "/health"},
}


def shown(page: str) -> set[str]:
    menu = re.search(r'<nav class="pages".*?</nav>', page, re.S)
    assert menu is not None
    return set(re.findall(r'href="([^"]+)"', menu[0]))


@pytest.mark.parametrize("name", MENUS)
def test_an_officer_sees_and_opens_the_pages_of_the_own_roles(browser: Browser, name: str) -> None:
    browser.sign_in(name)
    assert shown(browser.get("/health").text) == MENUS[name]
    for path, _, _ in MENU:
        status = browser.get(path).status_code
        assert status == (200 if path in MENUS[name] else expected(name, path)), path


def expected(name: str, path: str) -> int:
    """A list of cases that wait names nobody: whoever sees cases may see it."""
    if path == "/approvals" and name != "ada":
        return 200
    return 200 if path == "/" else 403  # The first page of the own ones.


@pytest.mark.parametrize("role", Role)
def test_everybody_has_somewhere_to_go(role: Role) -> None:
    assert menu_of({role})


def test_signing_in_leads_an_administrator_to_a_page_that_opens(browser: Browser) -> None:
    assert browser.sign_in("ada").status_code == 200


@pytest.mark.parametrize("path", [path for path, _, _ in MENU])
def test_nobody_sees_a_page_before_signing_in(browser: Browser, path: str) -> None:
    assert browser.get(path).url.path == "/sign-in"
