"""Terminal authentication version 2: the card learns who asks, and what that may read.

Source  BSI TR-03110-2, 3.3; TR-03110-3, A.5 and B.
"""

from collections.abc import Callable, Sequence

from apdu.commands import (
    CHALLENGE_LENGTH,
    external_authenticate,
    get_challenge,
    set_certificate_authority,
    set_terminal_authentication,
    verify_certificate,
)
from apdu.errors import ProtocolError, StatusError
from apdu.exchange import Exchange
from apdu.iso7816 import CommandAPDU
from apdu.lds.cvc import CVCertificate
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import TerminalAuthenticationInfo

Signer = Callable[[bytes], bytes]
"""Signs with the terminal's key, in plain format r||s; may be far away."""


class TerminalRejected(StatusError):
    """The card did not accept the terminal; `step` says at what."""

    def __init__(self, step: str, status: int) -> None:
        super().__init__(status, f"terminal authentication, {step}")
        self.step = step


def terminal_authentication(
    chain: Sequence[CVCertificate],
    info: TerminalAuthenticationInfo,
    id_picc: bytes,
    ephemeral_public: bytes,
    sign: Signer,
) -> Exchange[None]:
    """Show the certificates of `chain`, then prove the key of the last.

    `id_picc` names the chip in this session; `ephemeral_public` is the compressed key chip
    authentication will use.

    Errors  `TerminalRejected`: the card refused a step. `ProtocolError`: it broke the protocol.
    Source  BSI TR-03110-2, 3.3; message of TR-03110-3, A.5.1.
    """
    if info.version != 2:
        raise ProtocolError("terminal authentication: only version 2 is supported")
    for certificate in chain:
        issuer = set_certificate_authority(certificate.car.encode("latin-1"))
        yield from _accept("issuer of a certificate", issuer)
        yield from _accept("certificate", verify_certificate(certificate.pso_data))

    terminal = chain[-1]
    oid, holder = oid_octets(terminal.public_key.oid), terminal.holder.encode("latin-1")
    environment = set_terminal_authentication(oid, holder, ephemeral_public)
    yield from _accept("terminal key", environment)
    challenge = yield from _accept("challenge", get_challenge())
    if len(challenge) != CHALLENGE_LENGTH:
        raise ProtocolError(f"terminal authentication: challenge of {len(challenge)} octets")
    signature = sign(id_picc + challenge + ephemeral_public)
    yield from _accept("signature", external_authenticate(signature))


def _accept(step: str, command: CommandAPDU) -> Exchange[bytes]:
    response = yield command
    if not response.ok:
        raise TerminalRejected(step, response.status)
    return response.data
