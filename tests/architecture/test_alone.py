"""Each tool starts with the packages its extra names, and no others."""

import subprocess
import sys

import pytest

ALONE = {
    # tool: (third-party packages that `pip install issuance-station[...]` brings it, a command)
    "apdu.cli": (("asn1crypto", "cffi", "click", "cryptography"), ("read", "--help")),
    "card_sim.cli": (("asn1crypto", "cffi", "click", "cryptography", "PIL"), ("persons",)),
}

START = """
import importlib.abc, importlib.metadata, sys
allowed, tool, arguments = sys.argv[1].split(","), sys.argv[2], sys.argv[3:]
installed = {top for top in importlib.metadata.packages_distributions()}

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        if top in installed and top not in (*allowed, "apdu", "card_sim", "_cffi_backend"):
            raise ModuleNotFoundError(f"{top} is not installed", name=top)

sys.meta_path.insert(0, Absent())
import importlib
importlib.import_module(tool).main(arguments)
"""


@pytest.mark.parametrize("tool", ALONE)
def test_tool_starts_with_what_its_extra_names(tool: str, tmp_path: object) -> None:
    allowed, arguments = ALONE[tool]
    command = [sys.executable, "-c", START, ",".join(allowed), tool, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=str(tmp_path), check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_missing_package_is_noticed(tmp_path: object) -> None:
    command = [sys.executable, "-c", START, "click", "apdu.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=str(tmp_path), check=False)
    assert "ModuleNotFoundError" in done.stderr
