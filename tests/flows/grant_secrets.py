"""The secrets that lead to credentials: codes, tokens, and what belongs to one person."""

from dataclasses import replace

from tests.flows.dpop_wallet import DpopWallet
from tests.flows.single_use import (
    DENIED,
    INVALID_GRANT,
    INVALID_PROOF,
    ISSUED,
    TOKENS,
    Maker,
    Secret,
    batch_of,
    body_of,
    posting,
    secret_of,
)
from tests.flows.test_batch import keys
from tests.flows.twins import Twins
from tests.flows.wallet import MDOC, SD_JWT, Wallet, new_device_key


def code(twins: Twins, _uses: int) -> Secret:
    number = twins.approved()
    phone = twins.wallet(Wallet)
    tx_code = twins.scanned(phone, number)
    return secret_of(
        twins,
        lambda http, _: replace(phone, http=http).exchange(tx_code),
        {INVALID_GRANT},
        (TOKENS, number),
    )


def code_with_dpop(twins: Twins, _uses: int) -> Secret:
    number = twins.approved()
    phone = twins.wallet(DpopWallet)
    tx_code = twins.scanned(phone, number)
    phone.nonce()
    return secret_of(
        twins,
        lambda http, _: replace(phone, http=http).exchange(tx_code),
        {INVALID_GRANT},
        (TOKENS, number),
    )


def token_for(configuration: str) -> Maker:
    def token(twins: Twins, uses: int) -> Secret:
        number = twins.approved()
        phone = twins.granted(Wallet, number)
        bodies = [body_of(twins, phone, configuration) for _ in range(uses)]
        return secret_of(twins, posting((phone,), bodies), {DENIED}, (ISSUED, number))

    return token


def bound_token_with_other_keys(twins: Twins, uses: int) -> Secret:
    """No key is bound to the offer where a DPoP key is: each request may bring another."""
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    bodies = [body_of(twins, replace(phone, key=new_device_key()), MDOC) for _ in range(uses)]
    return secret_of(twins, posting((phone,), bodies), {DENIED}, (ISSUED, number))


def token_with_batches(twins: Twins, uses: int) -> Secret:
    """Batches of two and of three: a copy more is no other credential."""
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    own = keys(3)
    bodies = [batch_of(twins, phone, own[: 2 + place % 2]) for place in range(uses)]
    return secret_of(twins, posting((phone,), bodies), {DENIED}, (ISSUED, number))


def key_of_two_people(twins: Twins, uses: int) -> Secret:
    """A device key is one person's for ever: whoever comes first."""
    numbers = twins.approved(), twins.approved()
    phones = tuple(twins.granted(Wallet, each) for each in numbers)
    phones[1].key = phones[0].key
    bodies = [body_of(twins, phones[place % 2], MDOC) for place in range(uses)]
    refused = {INVALID_PROOF, DENIED}
    return secret_of(twins, posting(phones, bodies), refused, (ISSUED, *numbers))


def card_of_one_person(twins: Twins, uses: int) -> Secret:
    """Two cases, two phones, one person: one mobile card."""
    person = next(twins.people)
    numbers = twins.approved(person), twins.approved(person)
    phones = tuple(twins.granted(Wallet, each) for each in numbers)
    bodies = [body_of(twins, phones[place % 2], MDOC) for place in range(uses)]
    return secret_of(twins, posting(phones, bodies), {DENIED}, (ISSUED, *numbers))


GRANT_SECRETS: dict[str, Maker] = {
    "pre-authorized code": code,
    "pre-authorized code with DPoP": code_with_dpop,
    "access token, mdoc": token_for(MDOC),
    "access token, SD-JWT VC": token_for(SD_JWT),
    "access token, other keys": bound_token_with_other_keys,
    "access token, batches": token_with_batches,
    "device key of two people": key_of_two_people,
    "card of one person": card_of_one_person,
}
