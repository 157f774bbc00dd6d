"""The linter finds the builders' mistakes only if it does not share their code."""

import ast
from pathlib import Path

import station.credentials.lint

# Values that say what is wanted; the rest of the package makes credentials.
SHARED = {"claims", "terms", "unsigned", "validity", "lint"}


def imported(source: str) -> set[str]:
    """The modules of `station.credentials` that a source text imports."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            modules |= {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            modules |= {each.name for each in node.names}
    parts = [each.split(".") for each in modules]
    return {each[2] for each in parts if each[:2] == ["station", "credentials"]}


def imported_names(source: str) -> set[str]:
    return {
        each.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module != "station.credentials.lint"
        for each in node.names
    }


def test_the_linter_imports_no_builder() -> None:
    folder = Path(station.credentials.lint.__file__).parent
    sources = [path.read_text("utf-8") for path in folder.glob("*.py")]
    assert len(sources) == 7
    for source in sources:
        assert imported(source) <= SHARED
        assert not imported_names(source) & {"mdoc_elements", "sd_jwt_claims", "cbor2", "Unsigned"}
