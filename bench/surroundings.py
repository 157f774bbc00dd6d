"""What a number was measured with: without it no two runs can be compared."""

import os
import platform
import subprocess
from pathlib import Path

import cryptography
from cryptography.hazmat.backends.openssl import backend


def surroundings() -> dict[str, str]:
    return {
        "commit": _commit(),
        "python": platform.python_version(),
        "cryptography": cryptography.__version__,
        "openssl": backend.openssl_version_text().split()[1],
        "machine": f"{platform.machine()}/{os.cpu_count()}",
        "load1": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "?",
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
