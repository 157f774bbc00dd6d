"""Rows of device keys: whose they are, and the offer they came with."""

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from station.adapters.records.tables import attestation_signers, device_keys, offer_keys


class DeviceKeyRows:
    """What keys are bound to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bind_device_key(self, thumbprint: str, subject: str) -> bool:
        known = self._connection.scalar(
            select(device_keys.c.subject).where(device_keys.c.thumbprint == thumbprint)
        )
        if known is None:
            self._connection.execute(
                insert(device_keys).values(thumbprint=thumbprint, subject=subject)
            )
        return known in {None, subject}

    def bind_attestation_signer(self, signer: str, subject: str) -> bool:
        this = attestation_signers.c.signer == signer
        known = self._connection.scalar(select(attestation_signers.c.subject).where(this))
        if known is None:
            first = insert(attestation_signers).values(signer=signer, subject=subject)
            self._connection.execute(first)
        return known in {None, subject}

    def release_offer_keys(self, case_id: str, offer_serial: int) -> None:
        self._connection.execute(delete(offer_keys).where(_of_offer(case_id, offer_serial)))

    def bind_offer_keys(
        self, case_id: str, offer_serial: int, thumbprints: frozenset[str]
    ) -> frozenset[str]:
        these = select(offer_keys.c.thumbprint).where(_of_offer(case_id, offer_serial))
        bound = frozenset(self._connection.scalars(these))
        if bound:
            return bound
        values = {"case_id": case_id, "offer_serial": offer_serial}
        rows = [values | {"thumbprint": each} for each in thumbprints]
        self._connection.execute(insert(offer_keys), rows)
        return thumbprints


def _of_offer(case_id: str, serial: int) -> ColumnElement[bool]:
    return (offer_keys.c.case_id == case_id) & (offer_keys.c.offer_serial == serial)
