"""The same station under other settings, or with other files in its trust folder."""

from collections.abc import Mapping

from tests.flows.world import World


def reopened(world: World, settings: str = "", trust: Mapping[str, bytes] | None = None) -> World:
    """`world` after `settings` were added to its configuration and files to its trust folder.

    The configuration ends in the section `policy`.
    """
    path = world.folder / "station.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{settings}\n", "utf-8")
    for name, octets in (trust or {}).items():
        file = world.folder / "trust" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(octets)
    return world.restarted()
