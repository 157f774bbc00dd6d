"""Which registry the station asks, and where an import reads from."""

from functools import partial

from sqlalchemy import Engine

from station.adapters.registry import csv_rows
from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.sealing import Sealer
from station.bootstrap.home import Home
from station.config import Settings
from station.ports import Clock, Registry
from station.ports.registry_import import ReadList


def registry_of(
    home: Home, settings: Settings, engine: Engine, sealer: Sealer, clock: Clock
) -> Registry:
    """The registry that the settings name; nobody is called yet."""
    if settings.registry.kind == "http":
        return _http_registry(home, settings)
    return EmbeddedRegistry(engine, sealer, clock)


def list_reader(settings: Settings) -> ReadList | None:
    """What reads lists of residents; None where they are kept elsewhere."""
    if settings.registry.kind == "http":
        return None
    return partial(csv_rows.read, demo=settings.demo)


def _http_registry(home: Home, settings: Settings) -> Registry:
    # Most stations and commands do without an HTTP client.
    from station.adapters.registry.http import HttpRegistry  # noqa: PLC0415
    from station.adapters.registry.link import Link, Place  # noqa: PLC0415

    named = settings.registry
    files = {
        "token": named.bearer_file,
        "certificate": named.certificate,
        "key": named.key,
        "authority": named.authority,
    }
    inside = {name: home.folder / path for name, path in files.items() if path is not None}
    return HttpRegistry(Link(Place(named.url, named.timeout_seconds, **inside)), demo=settings.demo)
