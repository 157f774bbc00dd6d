"""Taking over a list of residents: what of it is new, what changed, and what that means."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.registry import (
    CardStatus,
    ChangeKind,
    PhysicalCard,
    Registration,
    RegistryRecord,
)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One line of the list; `previous`: the number the person had before."""

    record: RegistryRecord
    previous: Rrn | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be taken; never its content."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class ResidentList:
    """A list that was read: its good lines, what is wrong with the others, its SHA-256."""

    file: str
    digest: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()

    def require_good(self) -> None:
        """Errors: `StationError("input.invalid")`, naming every bad line."""
        if self.faults:
            named = "; ".join(f"line {each.line}: {each.reason}" for each in self.faults)
            raise StationError("input.invalid", f"{self.file}, {named}")


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What the registry has of a resident; not `whole`: from version 0.2, which kept less."""

    record: RegistryRecord
    whole: bool = True


class Effect(StrEnum):
    """What an entry does to the registry."""

    NEW = "new"
    CHANGED = "changed"
    COMPLETED = "completed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """What taking an entry over does: its effect, and the changes by number and kind.

    `leaves`: the earlier number, under which there is somebody now and nobody afterwards.
    """

    entry: Entry
    effect: Effect
    changes: tuple[tuple[Rrn, ChangeKind], ...]
    leaves: Rrn | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, or did, in numbers.

    `changed` counts residents, `kinds` their changes: one resident can have several. `completed`:
    records of version 0.2 to which the list adds what was not kept then. `absent`: residents
    that the list does not name; they stay.
    """

    new: int = 0
    changed: int = 0
    completed: int = 0
    unchanged: int = 0
    absent: int = 0
    kinds: Mapping[ChangeKind, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def residents(self) -> int:
        """How many residents the list names."""
        return self.new + self.changed + self.completed + self.unchanged

    @property
    def counts(self) -> dict[str, int]:
        """How many residents are what; every resident of list and registry is in one of them."""
        names = ("new", "changed", "completed", "unchanged", "absent")
        return {name: getattr(self, name) for name in names}


def step(entry: Entry, held: Held | None, earlier: Held | None) -> Step:
    """Compare an entry with what is held under its number and under the previous one.

    Rule    A changed number is recorded last, so that every change stands under the number the
            resident had before it.
    """
    number = entry.record.rrn
    leaves = entry.previous if earlier is not None else None
    before = held or earlier
    if before is None:
        return Step(entry, Effect.NEW, (), None)
    under = number if held is not None or leaves is None else leaves
    old = before.record if before.whole else _completed(before.record, entry.record)
    changes = [(under, kind) for kind in kinds(old, entry.record)]
    if leaves is not None:
        changes.append((leaves, ChangeKind.RRN))
    effect = Effect.COMPLETED if not before.whole else Effect.UNCHANGED
    return Step(entry, Effect.CHANGED if changes else effect, tuple(changes), leaves)


def preview(steps: Iterable[Step], absent: int) -> Preview:
    """Count what `steps` do."""
    taken = tuple(steps)
    effects = Counter(each.effect for each in taken)
    counted = Counter(kind for each in taken for _, kind in each.changes)
    return Preview(
        new=effects[Effect.NEW],
        changed=effects[Effect.CHANGED],
        completed=effects[Effect.COMPLETED],
        unchanged=effects[Effect.UNCHANGED],
        absent=absent,
        kinds={kind: counted[kind] for kind in ChangeKind if counted[kind]},
    )


def kinds(old: RegistryRecord, new: RegistryRecord) -> tuple[ChangeKind, ...]:
    """What happened between two records of a resident, each kind once.

    Rule    A name in Hanja or a date of issue that was not known before is no other name and no
            other card: mobile cards end by those.
    """
    return tuple(dict.fromkeys(_kinds(old, new)))


_LEAVING = {
    Registration.DECEASED: ChangeKind.DEATH,
    Registration.DEREGISTERED: ChangeKind.DEREGISTRATION,
    Registration.EMIGRATED: ChangeKind.EMIGRATION,
    Registration.REGISTERED: ChangeKind.OTHER,
}
_STATUS = {
    CardStatus.LOST: ChangeKind.CARD_LOST,
    CardStatus.RECALLED: ChangeKind.CARD_RECALLED,
}


def _kinds(old: RegistryRecord, new: RegistryRecord) -> Iterator[ChangeKind]:
    if new.registration is not old.registration:
        yield _LEAVING[new.registration]
    if _names(old) != _names(new) or old.name_hanja not in {None, new.name_hanja}:
        yield ChangeKind.NAME
    if old.address != new.address:
        yield ChangeKind.ADDRESS
    yield from _card_kinds(old.card, new.card)
    learnt = old.name_hanja is None and new.name_hanja is not None
    if learnt or _rest(old) != _rest(new):
        yield ChangeKind.OTHER


def _card_kinds(old: PhysicalCard | None, new: PhysicalCard | None) -> Iterator[ChangeKind]:
    """A card with another number or date of issue is another card.

    Rule    A first card is no re-issue; a card that is gone was taken back.
    """
    if new is None or old is None:
        if old is not new:
            yield ChangeKind.CARD_RECALLED if new is None else ChangeKind.OTHER
        return
    issued_anew = None not in {old.issue_date, new.issue_date} and old.issue_date != new.issue_date
    reissued = issued_anew or old.document_number != new.document_number
    before = CardStatus.VALID if reissued else old.status
    if reissued:
        yield ChangeKind.CARD_REISSUED
    if new.status is not before:
        found = before is CardStatus.LOST and new.status is CardStatus.VALID
        yield ChangeKind.CARD_FOUND if found else _STATUS.get(new.status, ChangeKind.OTHER)
    if not reissued and replace(old, status=new.status) != new:
        yield ChangeKind.OTHER


def _names(record: RegistryRecord) -> tuple[str, str]:
    return record.family_name, record.given_names


def _rest(record: RegistryRecord) -> tuple[object, ...]:
    """What no kind of its own speaks of."""
    return (
        record.date_of_birth,
        record.sex,
        record.nationality,
        record.has_chip_card,
        record.portrait,
        record.contact,
    )


def _completed(old: RegistryRecord, new: RegistryRecord) -> RegistryRecord:
    """A record of version 0.2 with the rest from `new`: what was not kept cannot have changed."""
    kept, card = old.card, new.card or old.card
    if kept is not None and card is not None and card.document_number == kept.document_number:
        card = replace(card, status=kept.status)
    else:
        card = kept
    return replace(
        new,
        family_name=old.family_name,
        given_names=old.given_names,
        date_of_birth=old.date_of_birth,
        address=replace(new.address, municipality_code=old.address.municipality_code),
        registration=old.registration,
        card=card,
    )
