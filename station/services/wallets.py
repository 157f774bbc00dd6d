"""Which wallet asks for a token: attestations of wallet providers, each proof of them used once.

Source  OpenID4VCI 1.0, Appendix E; draft-ietf-oauth-attestation-based-client-auth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from station.openid4vci import wallet_attestation
from station.openid4vci.wallet_attestation import (
    POP_MAX_AGE,
    WalletPolicy,
    WalletTrust,
    invalid_wallet,
)
from station.ports import Clock, Records


@dataclass(frozen=True, slots=True)
class ShownWallet:
    """What a token request says of its wallet: all header fields of either name."""

    client_id: str | None
    attestations: Sequence[str] = field(default=(), repr=False)
    proofs: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Wallets:
    """Lets wallets in."""

    records: Records
    clock: Clock
    issuer: str
    trust: WalletTrust
    required: bool

    @property
    def policy(self) -> WalletPolicy:
        if not self.trust.roots:
            return WalletPolicy.IGNORED
        return WalletPolicy.REQUIRED if self.required else WalletPolicy.OPTIONAL

    def check(self, shown: ShownWallet) -> None:
        """Verify what a wallet shows and use its proof of possession up.

        Rule    Where no provider is known nothing is read; where one is, what is shown must
                verify, and a `client_id` beside it must be the attested one.
        Errors  `OpenId4VciError` with `invalid_client`.
        """
        if self.policy is WalletPolicy.IGNORED:
            return
        if not (shown.attestations or shown.proofs):
            if self.required:
                raise invalid_wallet("one is required here")
            return
        now = self.clock.now()
        wallet = wallet_attestation.verify(
            shown.attestations, shown.proofs, self.trust, self.issuer, now
        )
        if shown.client_id not in (None, wallet.client_id):
            raise invalid_wallet("client_id is not the attested one")
        with self.records.transaction() as tx:
            if not tx.grants.consume("wallet_pop", wallet.jti, now + 2 * POP_MAX_AGE):
                raise invalid_wallet("this proof of possession was used before")
