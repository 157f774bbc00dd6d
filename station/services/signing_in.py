"""Sessions of officers: they begin with password and code, and end in many ways."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from station.domain.account import Invitation, OfficerEvent, check_password, is_name, normalised
from station.domain.errors import StationError
from station.domain.officer import SESSION_LIFE, Officer, Session, SignedIn
from station.ports import Clock, Passwords, Randomness, Records, Transaction
from station.services import totp
from station.services.authority import Authority, token_digest

TOKEN_LENGTH = 32
PLACE_LENGTH = 60
_NO_SECRET = bytes(totp.SECRET_LENGTH)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Lets officers in.

    Rule    A code lets somebody try one password, and is spent with it; without a right code no
            password is looked at. So nobody can lock an officer out, and nobody can guess a
            password without the officer's authenticator (docs/decisions/0015).
    """

    records: Records
    authority: Authority
    passwords: Passwords
    clock: Clock
    random: Randomness

    def sign_in(self, name: str, password: str, code: str, place: str) -> SignedIn:
        """Begin a session; every other one of the officer ends.

        Errors  `StationError("officer.sign_in")`: one and the same, whatever was wrong.
        """
        account = self._prove(name, password, code, place)
        token = urlsafe_b64encode(self.random(TOKEN_LENGTH)).decode().rstrip("=")
        now = self.clock.now()
        with self.records.transaction() as tx:
            _still(tx, account)
            at = _place(place)
            tx.officers.begin(
                Session(token_digest(token), name, at, now, now, now, now + SESSION_LIFE)
            )
            tx.audit.append(OfficerEvent.SIGNED_IN.value, name, place=at)
        return SignedIn(name, token)

    def confirm(self, officer: SignedIn, password: str, code: str) -> None:
        """Password and code again, for what is not done on a session alone.

        Errors  `StationError`: `officer.signed_out`, `officer.sign_in`.
        """
        account, session = self._proven_again(officer, password, code)
        with self.records.transaction() as tx:
            _still(tx, account)
            self.authority.signed_in(tx, officer)
            tx.officers.confirmed(session.token_hash, self.clock.now())
            tx.audit.append(OfficerEvent.CONFIRMED.value, account.name, place=session.place)

    def change_password(self, officer: SignedIn, password: str, code: str, new: str) -> None:
        """Another password, because the officer wants one; the session ends.

        Errors  `StationError`: `officer.signed_out`, `officer.sign_in`, `officer.password`.
        """
        self.whoami(officer)
        check_password(new, officer.officer)  # Before a code is spent.
        account, session = self._proven_again(officer, password, code)
        stored = self.passwords.digest(normalised(new))
        with self.records.transaction() as tx:
            _still(tx, account)
            tx.officers.set_secrets(account.name, stored, account.totp_secret)
            event = OfficerEvent.PASSWORD_CHANGED.value
            tx.audit.append(event, account.name, officer=account.name, place=session.place)

    def sign_out(self, officer: SignedIn) -> None:
        """End the session; nothing happens if it has ended."""
        digest = token_digest(officer.token)
        with self.records.transaction() as tx:
            session = tx.officers.session(digest)
            if session is not None and session.officer == officer.officer and not session.ended:
                tx.officers.end(digest)
                tx.audit.append(OfficerEvent.SIGNED_OUT.value, officer.officer, place=session.place)

    def whoami(self, officer: SignedIn) -> tuple[Officer, Session]:
        """Account and session. Errors: `StationError("officer.signed_out")`."""
        with self.records.reading() as tx:
            return self.authority.signed_in(tx, officer)

    def _proven_again(self, officer: SignedIn, password: str, code: str) -> tuple[Officer, Session]:
        _, session = self.whoami(officer)
        return self._prove(officer.officer, password, code, session.place), session

    def _prove(self, name: str, password: str, code: str, place: str) -> Officer:
        """Whose password and code these are.

        Rule    The code is spent in a commit of its own before the password is looked at. Every
                call verifies one password, so the time it takes tells nothing.
        """
        now = self.clock.now()
        with self.records.transaction() as tx:
            account = tx.officers.get(name) if is_name(name) else None
            step = totp.step_of(account.totp_secret if account else _NO_SECRET, code, now)
            may_try = (
                account is not None
                and account.active
                and Invitation.parse(account.password) is None
                and step is not None
                and tx.officers.spend_step(name, step)
            )
        stored = account.password if account is not None and may_try else None
        if not self.passwords.match(normalised(password), stored) or account is None:
            self._note_failure(account, place, wrong="password" if may_try else "code")
            raise StationError("officer.sign_in")
        return account

    def _note_failure(self, account: Officer | None, place: str, wrong: str) -> None:
        """Record a failed sign-in, without the name that was typed: it may be a password.

        Rule    Strangers may fail as often as they like: one entry for each account and time
                step tells of it. A wrong password with a right code is always recorded.
        """
        name = account.name if account else ""
        with self.records.transaction() as tx:
            before = 0
            if wrong == "code":
                counted = tx.officers.count_failure(name, totp.step_at(self.clock.now()))
                if counted is None:
                    return
                before = counted
            fields = {"wrong": wrong, "place": _place(place), "unrecorded": str(before)}
            tx.audit.append(OfficerEvent.SIGN_IN_FAILED.value, "nobody", officer=name, **fields)


def _still(tx: Transaction, account: Officer) -> None:
    """Errors: `StationError("officer.sign_in")`: closed or reset while the password was checked."""
    now = tx.officers.get(account.name)
    if now is None or not now.active or now.password != account.password:
        raise StationError("officer.sign_in")


def _place(place: str) -> str:
    return "".join(each for each in place if each.isprintable())[:PLACE_LENGTH]
