"""How a `krrc-1` read has to end for every kind of fault, in every phase of it."""

from collections.abc import Sequence

from apdu.profiles.checks import Outcome
from apdu.profiles.krrc import ChipReading

COMMANDS = 38
"""Of a whole read with extended length; docs: card profile."""

_COLUMNS = ["info", "access", "counter", "choice", "pace", "terminal", "chip", "select", "file"]
_OUTCOMES = {
    "=": "genuine",
    "R": "CardRemoved",
    "T": "TimedOut",
    "E": "EncodingError",
    "P": "ProtocolError",
    "L": "SecureMessagingLost",
    "S": "StatusError",
    "V": "VerificationFailed",
    "B": "PinBlocked",
    "N": "NoCertificateChain",
    "X": "TerminalRejected",
    "F": "FAIL pace",
    "M": "ERROR chip_authentication",
}

# The phases: the two plain files, the retry counter, the choice of PACE and its four steps,
# certificates and signature of the terminal, chip authentication, applications, protected files.
# Where there are several outcomes, the command within the phase or a random octet decides.
_TABLE = """
kind            info access counter choice pace terminal chip select file
removed         R    R      R       R      R    R        R    R      R
removed-after   R    R      R       R      R    R        R    R      R
torn            =    =      =       =      =R   =        =    =      =
torn=1          =    =      =       =      =R   =        =    =      =
torn=2          =    =      =       =      =R   =        =    =      =
mute            T    T      T       T      T    T        T    T      T
mute=60         =    =      =       =      =    =        =    =      =
late=60         =    =      =       =      =    =        =    =      =
garbage         =    S      S       S      S    P        P    P      P
truncated       =    P      =       =      E    P        P    P      P
cut             =    S      E       E      S    P        P    P      P
extra           =    =P     =       =      E    P        P    P      P
empty           E    E      E       E      E    E        E    E      E
huge            P    P      =       =      E    P        P    P      P
huge=65538      P    P      =       =      E    L        L    L      L
huge=70000      E    E      E       E      E    E        E    E      E
flipped         =    =EPSF  =       =      EPVFN PL      PL   PL     PL
wrong-mac       =    =      =       =      =    P        P    P      P
replayed        =    E      S       =      EP   LP       P    P      P
counter         =    =      =       =      =    L        L    L      L
reset           =    =      =       =      S    L        L    L      L
swapped         V    V      V       V      S    L        L    L      L
61xx            =    =      =       =      =    =        =    =      =
61xx=100        =    =      =       =      =    =        =    =      =
61xx-loop       P    P      P       P      P    P        P    P      P
61xx-loop=200   P    P      P       P      P    P        P    P      P
6cxx            =    =      S       S      S    L        L    L      L
6cxx-loop       =    S      S       S      S    L        L    L      L
status=6300     =    S      S       S      V    L        L    L      L
status=63C0     =    S      B       B      V    L        L    L      L
status=6700     =    =      S       S      S    L        L    L      L
status=6982     =    S      S       S      S    L        L    L      L
status=6983     =    S      S       S      B    L        L    L      L
status=6985     =    S      S       S      S    L        L    L      L
status=6988     =    S      S       S      S    L        L    L      L
status=6A82     =    S      S       S      S    L        L    L      L
status=6F00     =    S      S       S      S    L        L    L      L
status=9000     =    P      =       N      E    L        L    L      L
refused=63C2    =    S      =       N      V    X        S    S      S
refused=6700    =    =      S       S      S    X        S    S      =
refused=6982    =    S      S       S      S    X        S    S      S
refused=6A82    =    S      S       S      S    X        S    S      S
refused=6F00    =    S      S       S      S    X        S    S      S
refused=9000    =    P      =       N      E    XPS      SM   S      P
refused=6B00    =    P      S       S      S    X        S    S      P
"""


def _rows() -> dict[str, dict[str, frozenset[str]]]:
    head, *rows = (line.split() for line in _TABLE.strip().splitlines())
    assert head[1:] == _COLUMNS
    return {
        kind: {
            phase: frozenset(_OUTCOMES[letter] for letter in cell)
            for phase, cell in zip(_COLUMNS, cells, strict=True)
        }
        for kind, *cells in rows
    }


EXPECTED = _rows()
"""The outcomes of each kind in each phase."""


def phases(headers: Sequence[bytes]) -> dict[int, str]:
    """The phase of each command of a whole read, by its number from 1."""
    found = {number: _phase(header) for number, header in enumerate(headers, 1)}
    return found | {1: "info", 2: "access", 3: "counter", 4: "choice"}


def _phase(header: bytes) -> str:
    cla, ins, p1, _ = header
    if not cla & 0x0C:
        return "pace"
    if ins == 0x86 or (ins, p1) == (0x22, 0x41):
        return "chip"
    return {0xA4: "select", 0xB0: "file", 0xB1: "file"}.get(ins, "terminal")


def outcome_of(reading: ChipReading) -> str:
    """Genuine, or the check that did not pass, which is one."""
    if reading.genuine:
        return "genuine"
    bad = (each for each in reading.checks if each.outcome not in (Outcome.PASS, Outcome.NOT_RUN))
    return " and ".join(f"{each.outcome.value} {each.name}" for each in bad)
