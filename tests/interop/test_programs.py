"""A missing program is a reason to skip a test, but not where everything is said to be there."""

import pytest

from tests.interop.programs import program

NOWHERE = "no-such-program"


def test_missing_program_skips_and_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"{NOWHERE} .*package some-package"):
        program(NOWHERE, "some-package")


def test_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="must not skip"):
        program(NOWHERE, "some-package")
