"""Notices: queued with the effect, sent to the contact on file, never lost."""

import json
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from station.domain.credential import Cause, Reason
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.notice import Letter
from station.domain.registry import RegistryRecord
from station.ports import RegistryAway
from station.services import notifying
from tests.flows import invariants
from tests.flows.in_use import Register, active, audited, notices, pending, registering
from tests.flows.world import OFFICER, World


@dataclass
class Post:
    """A post that remembers, and is closed when it is told."""

    letters: list[Letter] = field(default_factory=list)
    closed_after: int | None = None

    def send(self, letter: Letter) -> None:
        if self.closed_after is not None and len(self.letters) >= self.closed_after:
            raise OSError("the post is closed")
        self.letters.append(letter)


def posting(world: World) -> Post:
    post = Post()
    station = world.station
    world.station = replace(station, notifying=replace(station.notifying, notices=post))
    return post


def references(letters: Sequence[Letter]) -> list[str]:
    return [each.reference for each in letters]


def spooled(world: World) -> list[dict[str, str]]:
    folder = world.folder / "notices"
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.iterdir())]


def test_issue_is_told_to_the_contact_on_file(world: World) -> None:
    """Whoever came with somebody's card: the person learns of it (threat 7)."""
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    assert world.station.notifying.send() == 1
    [letter] = spooled(world)
    assert letter["contact"] == "kim@registry.invalid"
    assert "발급되었습니다" in letter["body"]
    assert "issued" in letter["body"]


def test_folder_is_for_its_owner_alone(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    world.station.notifying.send()
    folder = world.folder / "notices"
    [path] = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_contact_is_asked_for_when_it_is_sent(world: World) -> None:
    active(world)
    world.register(world.kim, contact="new@registry.invalid")
    post = posting(world)
    world.station.notifying.send()
    assert post.letters[0].contact == "new@registry.invalid"


def test_every_step_is_told(world: World) -> None:
    lifecycle = world.station.lifecycle
    card = active(world)
    lifecycle.suspend(card.id, OFFICER, Cause.ORDERED)
    lifecycle.lift_order(card.id, OFFICER)
    active(world)
    lifecycle.revoke(active(world).id, OFFICER, Reason.REISSUE_NEEDED)
    assert notices(world) == [
        ("issued", ""),
        ("suspended", "206"),
        ("lifted", ""),
        ("superseded", "209"),
        ("issued", ""),
        ("superseded", "209"),
        ("issued", ""),
        ("revoked", "209"),
    ]


def test_what_was_refused_is_not_told(world: World) -> None:
    number, _ = pending(world)
    world.station.lifecycle.not_this_phone(number, OFFICER)
    world.station.counter.cancel(number, OFFICER, "resident")
    assert notices(world) == []


def test_rows_hold_no_personal_data(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    for row in invariants.rows(world.folder, "SELECT * FROM notices"):
        text = repr(row)
        for secret in (world.kim.rrn, world.kim.family_name, "kim@registry.invalid"):
            assert secret not in text


def test_each_is_sent_once(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    post = posting(world)
    assert [world.station.notifying.send() for _ in range(3)] == [1, 0, 0]
    assert references(post.letters) == ["notice-1"]
    assert world.restarted().station.notifying.send() == 0


def test_nobody_without_a_contact_holds_up_the_others(world: World) -> None:
    world.register(world.kim, contact="")
    world.register(world.namgung, contact="namgung@registry.invalid")
    active(world)
    active(world, world.namgung)
    post = posting(world)
    assert world.station.notifying.send() == 2
    assert references(post.letters) == ["notice-2"]
    assert audited(world, "notice.unreachable") == [{"notice": "1", "kind": "issued"}]
    assert world.station.notifying.send() == 0


def test_answer_that_cannot_be_used_holds_up_no_other_and_loses_none(world: World) -> None:
    for person in (world.kim, world.namgung):
        world.register(person, contact=f"{person.id}@registry.invalid")
        active(world, person)
    world.station.lifecycle.suspend(active(world).id, OFFICER, Cause.PHONE_LOST)

    class Garbled(Register):
        def find(self, rrn: Rrn) -> RegistryRecord | None:
            if rrn.digits == world.kim.rrn:
                raise StationError("registry.answer", "portrait is not base64")
            return super().find(rrn)

    register = registering(world)
    post, notifying_now = posting(world), world.station.notifying
    garbled = replace(notifying_now, registry=Garbled(register.behind, []))
    for _ in range(2):
        with pytest.raises(StationError) as caught:
            garbled.send()
        assert caught.value.code == "registry.answer"
        assert references(post.letters) == ["notice-2"]
    notifying_now.send()
    assert references(post.letters) == ["notice-2", "notice-1", "notice-3", "notice-4", "notice-5"]


def test_registry_that_is_away_loses_none(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    register = registering(world)
    post = posting(world)
    register.away = True
    with pytest.raises(RegistryAway):
        world.station.notifying.send()
    assert post.letters == []
    register.away = False
    assert world.station.notifying.send() == 1
    assert references(post.letters) == ["notice-1"]


def test_post_that_closes_in_the_middle_loses_none_and_repeats_none(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    post = posting(world)
    post.closed_after = 1
    with pytest.raises(OSError, match="closed"):
        world.station.notifying.send()
    assert references(post.letters) == ["notice-1"]
    post.closed_after = None
    world.station.notifying.send()
    assert references(post.letters) == ["notice-1", "notice-2"]


def test_letter_sent_before_a_crash_may_come_again_under_its_reference(world: World) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    with world.station.authority.records.reading() as tx:
        [notice] = tx.notices.unsent(9)
    letter = world.station.notifying._letter(notice)
    assert letter is not None
    world.station.notifying.notices.send(letter)  # And then the power goes.
    after = world.restarted()
    assert after.station.notifying.send() == 1
    assert [each["reference"] for each in spooled(after)] == ["notice-1"]
    after.station.engine.dispose()


def test_folder_that_cannot_be_written_loses_none(world: World, tmp_path: Path) -> None:
    world.register(world.kim, contact="kim@registry.invalid")
    active(world)
    (world.folder / "notices").write_text("in the way", "ascii")
    with pytest.raises(OSError, match="exists"):
        world.station.notifying.send()
    (world.folder / "notices").unlink()
    assert world.station.notifying.send() == 1


def test_many_are_sent_in_batches_and_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "BATCH", 2)
    monkeypatch.setattr(notifying, "AT_ONCE", 4)
    world.register(world.kim, contact="kim@registry.invalid")
    card = active(world)
    for _ in range(3):
        world.station.lifecycle.suspend(card.id, OFFICER, Cause.ORDERED)
        world.station.lifecycle.lift_order(card.id, OFFICER)
    post = posting(world)
    assert [world.station.notifying.send() for _ in range(3)] == [4, 3, 0]
    assert references(post.letters) == [f"notice-{number}" for number in range(1, 8)]
