"""A mass revocation in a process of its own that is killed around its nth commit."""

import json
import sys
from pathlib import Path

from station.bootstrap import build
from station.domain.officer import SignedIn
from station.services import mass_revocation
from tests.flows.killing_server import Counter, Point, count_commits


def main(order: dict[str, str], at: dict[str, object]) -> None:
    """Carry the run out, or die in it."""
    vars(mass_revocation)["BATCH"] = int(order["batch"])
    folder = Path(order["folder"])
    station = build(folder)
    count_commits(station, Counter(Point(**at), Path(order["points"]), armed=True))  # type: ignore[arg-type]
    officer = SignedIn(order["officer"], order["token"])
    station.mass_revocation.carry_out(order["run"], officer)


if __name__ == "__main__":
    main(*(json.loads(argument) for argument in sys.argv[1:]))
