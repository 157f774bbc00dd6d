"""Asking the registry, in the moment before a signature, whether somebody may have a credential."""

from dataclasses import dataclass

from station.domain.grant import Token, korean_day
from station.domain.registry import RegistryRecord
from station.domain.standing import obstacle
from station.ports import Clock, Records, Registry
from station.services.binding import denied


@dataclass(frozen=True, slots=True)
class Standing:
    """Nothing is signed on what the registry said some time ago."""

    records: Records
    registry: Registry
    clock: Clock

    def of(self, token: Token) -> RegistryRecord:
        """What the registry says of whom a token is about.

        Rule    The wallet learns that it is denied, not why: the reason is the resident's.
        Errors  `RegistryAway`; `OpenId4VciError`: denied.
        """
        with self.records.reading() as tx:
            identity = tx.cases.identity(token.case_id)
        if identity is None:
            raise denied("the case is closed")
        record = self.registry.find(identity.rrn)
        if record is None or obstacle(identity, record, korean_day(self.clock.now())):
            raise denied("the resident registration does not allow it")
        return record
