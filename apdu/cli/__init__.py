"""`apdu`: the developer's tool at a reader."""

from apdu.cli.root import main

__all__ = ["main"]
