"""Whose request it is that waits, and who can read its answer."""

import json
from typing import Any

import httpx
from joserfc import jwe

from tests.flows.deferring import (
    INTERVAL,
    INVALID_ID,
    INVALID_TOKEN,
    come_back,
    deferrals,
    deferred,
    deferred_bound,
    leave,
    transaction_of,
)
from tests.flows.test_encryption import JWT, Sealer
from tests.flows.wallet import (
    MDOC,
    SD_JWT,
    credential_of,
    error_of,
)
from tests.flows.world import OFFICER, World


class TestSender:
    """Who has somebody else's token or transaction id, but not the key."""

    def test_bound_token_is_no_bearer_token(self, world: World) -> None:
        _, wallet, transaction = deferred_bound(world)
        come_back(world)
        said = json.dumps({"transaction_id": transaction}).encode()
        headers = {"Authorization": f"Bearer {wallet.access_token}"}
        answer = wallet.sent("/deferred_credential", said, headers)
        assert error_of(answer) == INVALID_TOKEN
        assert world.signatures == []

    def test_proof_for_another_endpoint_is_refused(self, world: World) -> None:
        _, wallet, transaction = deferred_bound(world)
        come_back(world)
        said = json.dumps({"transaction_id": transaction}).encode()
        for path, error in (("/credential", "invalid_dpop_proof"), ("/deferred_credential", "")):
            proof = wallet.dpop(path, wallet.access_token)
            headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": proof}
            answer = wallet.sent("/deferred_credential", said, headers)
            assert (error_of(answer) == (401, error)) if error else credential_of(answer)

    def test_second_phone_with_the_same_bearer_token_gets_nothing(self, world: World) -> None:
        """The keys that wait are the offer's, though nothing of it is signed yet."""
        number, phone, transaction = deferred(world)
        other = world.wallet()
        other.access_token = phone.access_token
        assert error_of(other.credential(other.body(SD_JWT))) == (400, "invalid_proof")
        come_back(world)
        assert error_of(other.credential(other.body(SD_JWT))) == (400, "invalid_proof")
        for answer in (phone.collect(transaction), phone.credential(phone.body(SD_JWT))):
            assert credential_of(answer)
        world.station.lifecycle.activate(number, OFFICER)

    def test_key_of_another_person_does_not_wait(self, world: World) -> None:
        _, phone, _ = deferred(world)
        _, other = world.granted(world.namgung)
        other.key = phone.key
        assert error_of(other.credential(other.body(MDOC))) == (400, "invalid_proof")
        assert deferrals(world) == ["waiting"]


class TestEncryption:
    """What the deferred request asks for counts, whatever the first one said."""

    @staticmethod
    def post(wallet: Sealer, transaction: str, wanted: dict[str, Any] | None) -> httpx.Response:
        content: dict[str, Any] = {"transaction_id": transaction}
        content |= {"credential_response_encryption": wanted} if wanted else {}
        headers = {"Content-Type": JWT, "Authorization": f"Bearer {wallet.phone.access_token}"}
        return wallet.phone.http.post(
            "/deferred_credential", content=wallet.seal(content), headers=headers
        )

    @staticmethod
    def opened(wallet: Sealer, answer: httpx.Response) -> dict[str, Any]:
        assert answer.headers["content-type"] == JWT
        registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A128GCM"])
        plain = jwe.decrypt_compact(answer.content, wallet.key, registry=registry).plaintext
        return dict(json.loads(plain or b"{}"))

    def test_it_is_asked_for_anew_each_time(self, world: World) -> None:
        wallet = Sealer(world.granted()[1])
        leave(world)
        first = wallet.asking(MDOC)
        wanted = first["credential_response_encryption"]
        answer = wallet.post(wallet.seal(first))
        assert answer.status_code == 202
        said = self.opened(wallet, answer)
        transaction = said["transaction_id"]
        assert said == {"transaction_id": transaction, "interval": INTERVAL}
        assert transaction_of(self.post(wallet, transaction, None)) == transaction
        assert self.opened(wallet, self.post(wallet, transaction, wanted)) == said
        come_back(world)
        answer = self.post(wallet, transaction, wanted)
        assert answer.status_code == 200
        assert set(self.opened(wallet, answer)) == {"credentials", "notification_id"}
        assert self.post(wallet, transaction, wanted).content == answer.content

    def test_what_was_encrypted_to_one_key_is_not_given_out_otherwise(self, world: World) -> None:
        wallet = Sealer(world.granted()[1])
        leave(world)
        wanted = wallet.asking(SD_JWT)["credential_response_encryption"]
        transaction = transaction_of(wallet.phone.credential(wallet.phone.body(MDOC)))
        come_back(world)
        assert self.post(wallet, transaction, wanted).status_code == 200
        thief = Sealer(wallet.phone)
        theirs = thief.asking(SD_JWT)["credential_response_encryption"]
        assert error_of(self.post(thief, transaction, theirs)) == INVALID_ID
        assert error_of(wallet.phone.collect(transaction)) == INVALID_ID
        assert len(world.signatures) == 1
