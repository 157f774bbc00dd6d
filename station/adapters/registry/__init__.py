"""The resident registration system: in the station's own database, or over HTTP."""

from station.adapters.registry.embedded import EmbeddedRegistry

__all__ = ["EmbeddedRegistry"]
