"""The `station` command: nouns, then verbs; results on standard output, all else on error."""

from station.cli.main import main

__all__ = ["main"]
