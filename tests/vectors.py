"""The published worked examples, where they lie beside the project."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "vectors"


def load(name: str) -> dict[str, Any]:
    """The vector file `name` (without .json); skips the test where the folder is absent."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"vectors not present: {path.name}")
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
