"""Other people's software that the tests are made with; where it is missing, the tests say so."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test; where CI promises that everything is installed, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI must not skip this test")
    pytest.skip(what)


def program(name: str, package: str) -> str:
    """The path of a program from the Debian package `package`."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name} (Debian package {package}) is not installed")
    return path
