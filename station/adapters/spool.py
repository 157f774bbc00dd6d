"""Notices as files in a folder, for whoever brings them to residents."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from station.adapters.files import replace_private
from station.domain.notice import Letter


class SpoolFolder:
    """`station.ports.Notices`: one JSON file each, whole or not there, for its owner's eyes only.

    Whoever takes a file away has the letter. The same reference again replaces the file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = json.dumps(asdict(letter), ensure_ascii=False, indent=1)
        replace_private(self._folder / f"{letter.reference}.json", content.encode() + b"\n")
        self._sync_folder()

    def _sync_folder(self) -> None:
        """A name must survive a power cut, too, before the letter counts as sent."""
        if os.name != "posix":
            return
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
