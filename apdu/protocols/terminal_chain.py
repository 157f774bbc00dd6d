"""Which certificates a terminal shows: from a trust point of the card down to its own.

What the card will leave of the terminal's rights is computed here too, so that a terminal that
lacks one, or whose certificate has expired by our own clock, is told before a card is touched.
The card's date stays unknown to a terminal: it may refuse what is good here.

Source  BSI TR-03110-3, 2.2.3, C.1 and C.2.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from apdu.errors import ApduError
from apdu.lds.chat import CAN_ALLOWED, PIN_MANAGEMENT
from apdu.lds.cvc import CVCertificate, Role

Chain = tuple[CVCertificate, ...]

_ISSUES = {
    Role.CVCA: frozenset({Role.CVCA, Role.DV_DOMESTIC, Role.DV_FOREIGN}),
    Role.DV_DOMESTIC: frozenset({Role.TERMINAL}),
    Role.DV_FOREIGN: frozenset({Role.TERMINAL}),
    Role.TERMINAL: frozenset[Role](),
}
_FIRST_READ_BIT = 7  # the right to read data group n is bit n + 7
_NAMES = {CAN_ALLOWED: "use the CAN", PIN_MANAGEMENT: "manage PINs"}


class NoCertificateChain(ApduError):
    """The terminal has no certificates that begin at a trust point of this card."""


class TerminalLacksRight(ApduError):
    """The terminal's certificates do not give `rights`, in words, which this tap needs."""

    def __init__(self, missing: int) -> None:
        self.rights = tuple(_name(bit) for bit in range(missing.bit_length()) if missing >> bit & 1)
        super().__init__(f"the terminal has no right to {', '.join(self.rights)}")


class TerminalExpired(ApduError):
    """The certificate of `holder` expired by our own clock; a card would not take it either."""

    def __init__(self, holder: str, expires: date) -> None:
        super().__init__(f"the terminal's certificate {holder} expired on {expires}")
        self.holder = holder
        self.expires = expires


class TerminalChains:
    """The chains that a terminal's certificates make, each with the rights it gives.

    Rule    They say nothing of a card, so they are found once for all of them.
    """

    def __init__(self, certificates: Sequence[CVCertificate]) -> None:
        starts = {each.car for each in certificates if each.chat.role is not Role.TERMINAL}
        self._granted = {
            start: [(each, _granted(each, certificates)) for each in _chains(certificates, start)]
            for start in sorted(starts)
        }

    def select(
        self, trust_points: Iterable[str | None], rights: int = 0, today: date | None = None
    ) -> Chain:
        """The shortest chain from a trust point the card named, links first, to the terminal.

        `trust_points` are the references PACE returned, the newest first.

        Rule    The chain gives all of `rights`, and nothing in it but a link has expired `today`.
        Errors  `NoCertificateChain`.
        """
        for trust_point in trust_points:
            for chain, granted in self._granted.get(trust_point or "", ()):
                if granted & rights == rights and not _expired(chain, today):
                    return chain
        raise NoCertificateChain("no terminal certificate leads to a trust point of this card")

    def require(self, rights: int, today: date) -> None:
        """Whether any card could let this terminal do what `rights` say.

        Errors  `TerminalLacksRight`, `TerminalExpired`, `NoCertificateChain`, in this order of
                what is known best: nobody needs a card to find them out.
        """
        chains = [each for chains in self._granted.values() for each in chains]
        if not chains:
            raise NoCertificateChain(
                "the terminal's certificates do not lead from a root to its own"
            )
        fitting = [chain for chain, granted in chains if granted & rights == rights]
        if not fitting:
            lacking = (rights & ~granted for _, granted in chains)
            raise TerminalLacksRight(min(lacking, key=int.bit_count))
        expired = [_expired(chain, today) for chain in fitting]
        if all(expired):
            first = expired[0][0]
            raise TerminalExpired(first.holder, first.expires)


def _chains(certificates: Sequence[CVCertificate], start: str) -> Iterator[Chain]:
    """Every chain of fitting roles from `start` to a terminal, the shortest first."""
    usable = [each for each in certificates if each.car != each.holder]
    below_start = (each for each in usable if each.car == start)
    chains: list[Chain] = [(each,) for each in below_start if each.chat.role in _ISSUES[Role.CVCA]]
    while chains:
        yield from (chain for chain in chains if chain[-1].chat.role is Role.TERMINAL)
        chains = [
            (*chain, each)
            for chain in chains
            for each in usable
            if each not in chain and _issued(each, chain[-1])
        ]


def _issued(certificate: CVCertificate, issuer: CVCertificate) -> bool:
    return (
        certificate.car == issuer.holder
        and certificate.chat.role in _ISSUES[issuer.chat.role]
        and certificate.chat.role_oid == issuer.chat.role_oid
    )


def _granted(chain: Chain, certificates: Iterable[CVCertificate]) -> int:
    """What is left of the terminal's rights after those of the DV and, if known, the root."""
    *_, verifier, terminal = chain
    granted = verifier.chat & terminal.chat
    for root in (*chain, *certificates):
        if root.chat.role is Role.CVCA and _issued(verifier, root):
            return (granted & root.chat).rights
    return granted.rights


def _expired(chain: Chain, today: date | None) -> Chain:
    """A link certificate is taken by cards after its last day (ICAO Doc 9303-11, 7.1.4.3)."""
    if today is None:
        return ()
    bound = (each for each in chain if each.chat.role is not Role.CVCA)
    return tuple(each for each in bound if each.expires < today)


def _name(bit: int) -> str:
    return _NAMES.get(bit) or f"read DG{bit - _FIRST_READ_BIT}"
