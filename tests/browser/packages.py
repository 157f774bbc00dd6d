"""The npm packages that look at pages, as scripts to put into a page."""

from functools import cache
from pathlib import Path

from tests.interop.programs import missing

FOLDER = Path(__file__).parent / "npm"
AXE = "axe-core/axe.min.js"
CAMERA = "jsqr/dist/jsQR.js"


@cache
def script(name: str) -> str:
    """The text of a package's file. Skips the test without it; fails it in CI."""
    installed = FOLDER / "node_modules" / ".locked"
    locked = (FOLDER / "package-lock.json").read_bytes()
    if not installed.exists() or installed.read_bytes() != locked:
        missing("the npm packages of tests/browser are not installed (./setup.sh test)")
    return (FOLDER / "node_modules" / name).read_text("utf-8")
