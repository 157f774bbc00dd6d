"""Signing in and out, locked screens, and password and code once more."""

from tests.station.web.console.browser import Browser


def test_an_officer_signs_in_and_sees_the_first_page(browser: Browser) -> None:
    assert browser.get("/").url.path == "/sign-in"
    answer = browser.post("/sign-in", next="/", name="kim", **browser.proof())
    assert (answer.status_code, answer.url.path) == (200, "/")
    assert "TEST kim" in answer.text


def test_signing_out_ends_the_session(kim: Browser) -> None:
    kim.get("/")
    assert kim.post("/sign-out").url.path == "/sign-in"
    assert kim.get("/").url.path == "/sign-in"
