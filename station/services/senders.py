"""Who sends a request: the wallet's DPoP key, and the access token bound to it.

Source  RFC 9449, 5, 7, 8, 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from station.openid4vci import dpop
from station.openid4vci import token as tokens
from station.openid4vci.dpop import DpopProof
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.ports import Clock, Records
from station.services.granting import token_hash
from station.services.nonces import Nonces

_METHOD = "POST"  # of every endpoint that takes a proof


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a request says about its sender: header fields as received, and where it came to."""

    endpoint: str
    query: str = ""
    authorization: Sequence[str] = field(default=(), repr=False)
    dpop: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Senders:
    """Tells whose request it is. A proof is good for one request."""

    records: Records
    clock: Clock
    nonces: Nonces
    issuer: str

    def fresh_nonce(self) -> str:
        """For the header DPoP-Nonce."""
        return self.nonces.make()

    def of_token_request(self, arrived: Arrived) -> DpopProof | None:
        """The verified proof of a token request, its jti still to be spent; None without one.

        Errors  `OpenId4VciError`: `invalid_dpop_proof`, `use_dpop_nonce`.
        """
        return self._proof(arrived, None) if arrived.dpop else None

    def access_token(self, arrived: Arrived) -> str:
        """The access token of a protected request, shown by the one it was given to.

        Rule    A bound token wants a fresh proof by its key; it is worth nothing as a bearer
                token, and a bearer token is worth nothing under the scheme DPoP.
        Errors  `OpenId4VciError`: `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`.
        """
        presented = tokens.presented(arrived.authorization, arrived.query)
        with self.records.reading() as tx:
            token = tx.grants.token(token_hash(presented.access_token))
        bound_to = token.bound_to if token else None
        if not presented.bound:
            if bound_to is not None:
                raise _refused("the access token is bound to a key")
            return presented.access_token
        try:
            proof = self._proof(arrived, presented.access_token)
            if bound_to != proof.thumbprint:
                raise _refused("the access token is not bound to this key")
            with self.records.transaction() as tx:
                dpop.spend(tx.grants.consume, proof, self.clock.now())
        except OpenId4VciError as error:
            raise error.at_resource() from None
        return presented.access_token

    def _proof(self, arrived: Arrived, access_token: str | None) -> DpopProof:
        url = f"{self.issuer}/{arrived.endpoint}"
        request = dpop.Request(_METHOD, url, access_token)
        proof = dpop.verify(arrived.dpop, request, self.clock.now())
        if proof.nonce is None or self.nonces.open(proof.nonce) is None:
            raise dpop.use_nonce()
        return proof


def _refused(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_TOKEN, description)
