"""A store that remembers: what is due ends although nothing can be read, or nothing can be recorded."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.errors import (
    AccountCheckedOut,
    ConcurrentChange,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    UnknownItem,
)
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectRef, ProviderId
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.memory import REOPEN_SECONDS, REST_SECONDS, RememberingStore
from jit_desktop.elevation.model import (
    Elevation,
    GrantedPrivilege,
    Seen,
    Sight,
    Step,
    StepReport,
    StepStatus,
    Transition,
)
from jit_desktop.elevation.ports import KeptTime, Used
from tests.unit.elevation.helpers import START, ManualClock, MemoryStore, Recorder, guid
from tests.unit.elevation.world import ALICE, World

PROVIDER = demo_provider()
FULL = StoreFull("The disk is full.")
GONE = StoreError("unable to open database file")
DAMAGED = StoreDamaged("The database is damaged.")
_RECORDED = pytest.mark.expects_log("Nothing can be recorded")


class Unreadable(MemoryStore):
    """One of which everything fails with ``fail_with``, and that counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.waited: list[bool] = []

    def _check(self) -> None:
        self.asked += 1
        super()._check()

    def provider(self, provider_id):  # type: ignore[no-untyped-def]
        self._check()
        return super().provider(provider_id)

    def unconfirmed_elevations(self, provider_id):  # type: ignore[no-untyped-def]
        self._check()
        return super().unconfirmed_elevations(provider_id)

    def elevations_of_groups(self, provider_id, groups):  # type: ignore[no-untyped-def]
        self._check()
        return super().elevations_of_groups(provider_id, groups)

    def history(self, *, limit=200, offset=0, text=""):  # type: ignore[no-untyped-def]
        self._check()
        return super().history(limit=limit, offset=offset, text=text)

    def advance_all(self, moves, *, wait=True):  # type: ignore[no-untyped-def]
        self.waited.append(wait)
        return super().advance_all(moves, wait=wait)

    def add_steps(self, reports, *, wait=True):  # type: ignore[no-untyped-def]
        self._check_write()
        super().add_steps(reports)

    def add_audit(self, *, at, actor, action, subject, detail, wait=True):  # type: ignore[no-untyped-def]
        self._check_write()
        super().add_audit(at=at, actor=actor, action=action, subject=subject, detail=detail)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def inner() -> Unreadable:
    store = Unreadable()
    store.save_provider(PROVIDER, at=START, actor=ALICE)
    return store


@pytest.fixture
def store(inner: Unreadable, clock: ManualClock) -> RememberingStore:
    return around(inner, clock)


def around(inner: MemoryStore, clock: ManualClock, **options: object) -> RememberingStore:
    return RememberingStore(
        inner,
        now=clock.utc_now,
        monotonic=clock.monotonic,
        actor=ALICE,
        **options,  # type: ignore[arg-type]
    )


def elevation(number: int = 1, **changes: object) -> Elevation:
    made = Elevation(
        id=ElevationId(f"00000000-0000-4000-8000-{number:012}"),
        provider_id=PROVIDER.id,
        account=ObjectRef(guid(), DistinguishedName(f"CN=op{number},DC=corp"), f"op{number}"),
        privileges=(GrantedPrivilege(ObjectRef(guid(), DistinguishedName("CN=T,DC=corp"), "T")),),
        group_name=f"JIT{number}",
        location=ObjectRef(guid(), DistinguishedName("OU=V,DC=corp"), "V"),
        requested_by=ALICE,
        requested_at=START,
        duration_seconds=3600,
        deadline=START + timedelta(hours=1),
        state=State.GRANTING,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def begun(store: RememberingStore, number: int = 1, **changes: object) -> Elevation:
    made = elevation(number, **changes)
    event = Event.ADOPTED if made.adopted else Event.REQUESTED
    return store.begin(made, Transition(made.id, START, event, None, made.state, ALICE))


def move(e: Elevation, event: Event, **changes: object) -> tuple[Elevation, Transition]:
    after = e.after(event, **changes)
    return after, Transition(e.id, START, event, e.state, after.state, ALICE)


def active(store: RememberingStore, number: int = 1) -> Elevation:
    granted = store.advance(*move(begun(store, number), Event.GRANTED))
    return store.advance(*move(granted, Event.REPLICATED))


def ended(store: RememberingStore, e: Elevation) -> Elevation:
    return store.advance(*move(store.advance(*move(e, Event.END_STARTED)), Event.END_CONFIRMED))


# --- reading ----------------------------------------------------------------------------------------------


def test_that_what_was_read_stays_known_when_nothing_can_be_read(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.kept_controllers[PROVIDER.id] = ("dc1", "dc2")
    inner.kept_departed[PROVIDER.id] = {"dc3": START}
    inner.kept_times[PROVIDER.id] = KeptTime(START, 1.0)
    store.providers()
    store.open_elevations()
    store.known_controllers(PROVIDER.id)
    store.departed_controllers(PROVIDER.id)
    store.kept_time(PROVIDER.id)
    inner.fail_with = GONE
    assert [p.id for p in store.providers()] == [PROVIDER.id]
    assert store.provider(PROVIDER.id) == PROVIDER
    assert store.open_elevations() == [one]
    assert store.open_elevations(PROVIDER.id) == [one]
    assert store.elevation(one.id) == one
    assert store.known_controllers(PROVIDER.id) == ("dc1", "dc2")
    assert store.departed_controllers(PROVIDER.id) == {"dc3": START}
    inner.fail_with = None
    inner.kept_controllers.clear()
    inner.kept_departed.clear()
    assert store.departed_controllers(PROVIDER.id) == {"dc3": START}, "another database is in its place"
    inner.fail_with = GONE
    assert store.kept_time(PROVIDER.id) == KeptTime(START, 1.0)


def test_that_it_is_known_which_providers_the_store_lacks(inner: Unreadable, clock: ManualClock) -> None:
    other = replace(PROVIDER, id=ProviderId("0e0b0a3c-9a5b-4a9e-8f57-111111111111"), name="Other")
    store = around(inner, clock, providers=[PROVIDER, other], missing=[other.id])
    inner.fail_with = GONE
    assert {p.id for p in store.providers()} == {PROVIDER.id, other.id}
    assert store.missing_providers() == {other.id}, "as it was when the store was opened"
    inner.fail_with = None
    inner.kept_providers.clear()
    store.providers()
    assert store.missing_providers() == {PROVIDER.id, other.id}
    store.save_provider(other, at=START, actor=ALICE)
    assert store.missing_providers() == {PROVIDER.id}
    store.providers()
    assert store.missing_providers() == {PROVIDER.id}


def test_that_what_ended_unconfirmed_stays_known_when_nothing_can_be_read(
    store: RememberingStore, inner: Unreadable
) -> None:
    started = store.advance(*move(active(store), Event.END_STARTED))
    over = store.advance(*move(started, Event.END_CONFIRMED, unconfirmed_on=("dc2",)))
    store.open_elevations()
    inner.fail_with = GONE
    assert store.unconfirmed_elevations(PROVIDER.id) == [over]


def test_that_what_a_group_was_made_for_stays_known_when_nothing_can_be_read(
    store: RememberingStore, inner: Unreadable
) -> None:
    group = guid()
    over = ended(store, store.advance(*move(begun(store), Event.GRANTED, group_guid=group)))
    store.open_elevations()
    inner.fail_with = GONE
    assert store.elevations_of_groups(PROVIDER.id, [group, guid()]) == {group: over}
    assert store.elevations_of_groups(ProviderId("other"), [group]) == {}
    assert store.used_locations(PROVIDER.id) == {over.location.guid}


def test_that_what_a_group_was_made_for_is_what_could_not_be_written_yet(
    store: RememberingStore, inner: Unreadable
) -> None:
    group = guid()
    running = store.advance(*move(begun(store), Event.GRANTED, group_guid=group))
    inner.fail_writes_with = StoreLocked("In use.")
    started = store.advance(*move(running, Event.END_STARTED))
    assert store.elevations_of_groups(PROVIDER.id, [group]) == {group: started}


def test_that_nothing_is_made_up_where_nothing_was_ever_read(
    store: RememberingStore, inner: Unreadable
) -> None:
    inner.fail_with = GONE
    with pytest.raises(StoreError):
        store.providers()
    with pytest.raises(StoreError):
        store.provider(PROVIDER.id)
    with pytest.raises(StoreError):
        store.open_elevations()
    with pytest.raises(StoreError):
        store.elevations_of_groups(PROVIDER.id, [guid()])
    with pytest.raises(StoreError):
        store.used_locations(PROVIDER.id)
    with pytest.raises(StoreError):
        store.elevation(ElevationId("x"))


def test_that_providers_known_from_elsewhere_serve_where_nothing_was_ever_read(
    inner: Unreadable, clock: ManualClock
) -> None:
    inner.fail_with = GONE
    store = around(inner, clock, providers=[PROVIDER])
    assert store.providers() == [PROVIDER]
    assert store.open_elevations() == []
    with pytest.raises(UnknownItem):
        store.elevation(ElevationId("x"))


@pytest.mark.parametrize("is_readable", [True, False])
def test_that_what_is_known_from_elsewhere_to_have_been_used_counts_besides_what_the_store_says(
    inner: Unreadable, clock: ManualClock, is_readable: bool
) -> None:
    """The store may be gone, an older copy, or a new one."""
    place, target, other = guid(), guid(), ProviderId("another")
    known = {PROVIDER.id: Used((place,), (target,))}
    store = around(inner, clock, providers=[PROVIDER], used=lambda i: known.get(i, Used()))
    one = active(store)
    inner.fail_with = None if is_readable else GONE
    given = {p.group.guid for p in one.privileges}
    assert store.used_locations(PROVIDER.id) == {place, one.location.guid}
    assert store.used_targets(PROVIDER.id) == {target} | given
    assert store.used_locations(other) == store.used_targets(other) == frozenset()


def test_that_what_was_given_is_used_until_all_of_its_end_is_confirmed(store: RememberingStore) -> None:
    started = store.advance(*move(active(store), Event.END_STARTED))
    over = store.advance(*move(started, Event.END_CONFIRMED, unconfirmed_on=("dc2",)))
    given = {p.group.guid for p in over.privileges}
    assert given
    assert store.used_targets(PROVIDER.id) == given
    store.advance(*move(over, Event.CONFIRMED_LATER, unconfirmed_on=()))
    assert store.used_targets(PROVIDER.id) == frozenset()


def test_that_a_store_that_is_locked_for_reading_is_not_asked_again_at_once(
    store: RememberingStore, inner: Unreadable, clock: ManualClock
) -> None:
    active(store)
    store.open_elevations()
    inner.fail_with = StoreLocked("In use.")
    store.open_elevations()
    asked = inner.asked
    store.open_elevations()
    assert inner.asked == asked
    inner.fail_with = None
    clock.advance(REST_SECONDS)
    store.open_elevations()
    assert inner.asked > asked


# --- writing ----------------------------------------------------------------------------------------------


@_RECORDED
def test_that_what_can_not_be_written_is_known_here_and_said_to_be_unrecorded(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    over = ended(store, one)
    assert store.elevation(one.id) == over
    assert store.open_elevations() == []
    assert store.history() == [over]
    assert store.unrecorded() == [over]
    assert inner.kept[one.id] == one
    assert [t.event for t in store.transitions(one.id)][-2:] == [Event.END_STARTED, Event.END_CONFIRMED]


@_RECORDED
def test_that_what_waits_is_written_in_its_order_when_the_store_works_again(
    store: RememberingStore, inner: Unreadable
) -> None:
    one, two = active(store, 1), active(store, 2)
    inner.fail_writes_with = FULL
    ended(store, one)
    store.advance(*move(two, Event.END_STARTED, end_reason=EndReason.DEADLINE))
    store.add_step(StepReport(one.id, START, Step.CONFIRM_END, StepStatus.DONE, "It is gone."))
    store.add_audit(at=START, actor=ALICE, action="examined", subject="x", detail={})
    store.note_sights({two.id: Sight(START, Seen.AS_GRANTED)})
    store.keep_time(PROVIDER.id, KeptTime(START, 2.0))
    store.remember_controllers(PROVIDER.id, ["dc9"])
    store.remember_controllers(PROVIDER.id, ["dc9"], {"dc8": START})
    assert store.departed_controllers(PROVIDER.id) == {"dc8": START}
    assert not inner.kept_steps
    assert not inner.audited
    written = len(inner.moves)
    inner.fail_writes_with = None
    assert store.unrecorded() == []
    assert inner.kept[one.id].state is State.ENDED
    assert inner.kept[two.id].state is State.ENDING
    assert [t.event for t in inner.moves[written:]] == [
        Event.END_STARTED,
        Event.END_CONFIRMED,
        Event.END_STARTED,
    ]
    assert [s.message for s in inner.kept_steps] == ["It is gone."]
    assert inner.audited == ["examined"]
    assert inner.kept[two.id].sight == Sight(START, Seen.AS_GRANTED)
    assert inner.kept_times[PROVIDER.id] == KeptTime(START, 2.0)
    assert inner.kept_controllers[PROVIDER.id] == ("dc9",)
    assert inner.kept_departed[PROVIDER.id] == {"dc8": START}
    assert inner.kept[one.id].revision == store.elevation(one.id).revision


def test_that_after_the_first_write_that_was_refused_none_waits_for_a_lock(
    store: RememberingStore, inner: Unreadable
) -> None:
    one, two = active(store, 1), active(store, 2)
    inner.waited.clear()
    inner.fail_writes_with = StoreLocked("In use.")
    ended(store, one)
    ended(store, two)
    assert inner.waited[0] is True
    assert len(inner.waited) > 1
    assert not any(inner.waited[1:])


def test_that_closing_waits_for_the_lock_once_more(store: RememberingStore, inner: Unreadable) -> None:
    one = active(store)
    inner.fail_writes_with = StoreLocked("In use.")
    ended(store, one)
    inner.fail_writes_with = None
    inner.waited.clear()
    store.close()
    assert inner.kept[one.id].state is State.ENDED
    assert all(inner.waited)


@_RECORDED
@pytest.mark.expects_log("could not record 1 elevations")
def test_that_closing_says_what_was_never_recorded(store: RememberingStore, inner: Unreadable) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    ended(store, one)
    store.close()


@_RECORDED
def test_that_a_new_elevation_an_extension_and_settings_need_the_store(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    with pytest.raises(StoreFull):
        begun(store, 2)
    with pytest.raises(StoreFull):
        store.advance(*move(one, Event.EXTENDING, extending_to=START + timedelta(hours=2)))
    store.advance(*move(one, Event.END_STARTED))
    with pytest.raises(StoreFull):
        begun(store, 2)
    assert len(store.open_elevations()) == 1


@_RECORDED
def test_that_an_extension_of_what_waits_needs_the_store(store: RememberingStore, inner: Unreadable) -> None:
    granted = store.advance(*move(begun(store), Event.GRANTED))
    inner.fail_writes_with = FULL
    one = store.advance(*move(granted, Event.REPLICATED))
    with pytest.raises(StoreFull):
        store.advance(*move(one, Event.EXTENDING, extending_to=START + timedelta(hours=2)))


@_RECORDED
def test_that_the_lease_of_a_grant_needs_the_store_and_that_of_an_end_does_not(
    store: RememberingStore, inner: Unreadable
) -> None:
    granting = begun(store, 1)
    ending = store.advance(*move(active(store, 2), Event.END_STARTED))
    inner.fail_writes_with = FULL
    later = START + timedelta(minutes=1)
    with pytest.raises(StoreFull):
        store.renew_lease(granting, later)
    renewed = store.renew_lease(ending, later)
    assert (renewed.next_attempt_at, renewed.revision) == (later, ending.revision + 1)
    inner.fail_writes_with = None
    assert store.unrecorded() == []
    assert inner.kept[ending.id] == renewed


@_RECORDED
def test_that_one_that_was_found_in_the_directory_is_kept_here_and_written_later(
    inner: Unreadable, clock: ManualClock
) -> None:
    inner.fail_with = GONE
    store = around(inner, clock, providers=[PROVIDER])
    found = begun(store, adopted=True, state=State.ACTIVE)
    over = ended(store, found)
    assert store.open_elevations() == []
    assert store.unrecorded() == [over]
    inner.fail_with = None
    assert store.unrecorded() == []
    assert inner.kept[found.id] == over


@_RECORDED
def test_that_what_only_the_database_knows_of_it_is_kept_when_it_was_found_in_the_directory(
    store: RememberingStore, inner: Unreadable, clock: ManualClock
) -> None:
    known = replace(active(store), reason="Restore test", ticket="T-1")
    inner.kept[known.id] = known
    inner.fail_with = GONE
    other = around(inner, clock, providers=[PROVIDER])
    found = replace(known, reason="", ticket="", adopted=True, revision=0)
    ended(other, other.begin(found, Transition(found.id, START, Event.ADOPTED, None, found.state, ALICE)))
    inner.fail_with = None
    other.unrecorded()
    kept = inner.kept[known.id]
    assert (kept.state, kept.reason, kept.ticket, kept.adopted) == (
        State.ENDED,
        "Restore test",
        "T-1",
        False,
    )


@_RECORDED
def test_that_an_account_is_checked_out_by_what_the_database_does_not_know_yet(
    store: RememberingStore, inner: Unreadable
) -> None:
    inner.fail_writes_with = FULL
    found = begun(store, 1, adopted=True, state=State.ACTIVE)
    with pytest.raises(AccountCheckedOut):
        begun(store, 2, account=found.account)


# --- others -----------------------------------------------------------------------------------------------


@_RECORDED
def test_that_an_older_revision_is_refused_here_as_in_the_store(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    store.advance(*move(one, Event.END_STARTED))
    with pytest.raises(ConcurrentChange):
        store.advance(*move(one, Event.END_STARTED))


@_RECORDED
def test_that_what_another_copy_has_recorded_meanwhile_counts(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    store.advance(*move(one, Event.END_STARTED))
    theirs = replace(one, deadline=one.deadline + timedelta(hours=1), revision=one.revision + 1)
    inner.kept[one.id] = theirs
    inner.fail_writes_with = None
    assert store.unrecorded() == []
    assert store.elevation(one.id) == theirs == inner.kept[one.id]


@_RECORDED
def test_that_an_end_that_was_confirmed_counts_whatever_another_copy_has_recorded(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    ended(store, one)
    inner.kept[one.id] = replace(one, revision=one.revision + 1)
    inner.fail_writes_with = None
    assert store.unrecorded() == []
    assert inner.kept[one.id].state is State.ENDED


def test_that_what_another_copy_has_closed_is_open_no_more(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    store.open_elevations()
    inner.kept[one.id] = replace(one, state=State.ENDED, revision=one.revision + 2)
    assert store.open_elevations() == []


# --- replaced by an older copy ----------------------------------------------------------------------------


@pytest.mark.expects_log("holds an older state")
def test_that_what_has_ended_stays_ended_when_an_older_copy_says_that_it_runs(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    older = dict(inner.kept)
    over = ended(store, one)
    inner.kept = older
    assert store.open_elevations() == []
    assert inner.kept[one.id].state is State.ENDED
    assert store.elevation(one.id).state is over.state


@pytest.mark.expects_log("has lost the elevation")
def test_that_what_an_older_copy_does_not_have_stays_known_and_is_written_again(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    store.open_elevations()
    inner.kept = {}
    (still,) = store.open_elevations()
    assert (still.id, still.state) == (one.id, State.ACTIVE)
    assert inner.kept[one.id].state is State.ACTIVE
    assert store.unrecorded() == []
    over = ended(store, store.elevation(one.id))
    assert inner.kept[one.id].state is over.state is State.ENDED


def test_that_a_move_on_an_older_copy_is_written_over_its_older_row(
    store: RememberingStore, inner: Unreadable
) -> None:
    one = active(store)
    older = dict(inner.kept)
    started = store.advance(*move(one, Event.END_STARTED))
    inner.kept = older
    over = store.advance(*move(started, Event.END_CONFIRMED))
    assert over.state is State.ENDED
    assert inner.kept[one.id].state is State.ENDED


def test_that_a_move_of_what_an_older_copy_does_not_have_is_written(
    store: RememberingStore, inner: Unreadable
) -> None:
    started = store.advance(*move(active(store), Event.END_STARTED))
    inner.kept = {}
    store.advance(*move(started, Event.END_CONFIRMED))
    assert inner.kept[started.id].state is State.ENDED


def test_that_a_provider_with_something_open_stays_known_when_the_database_has_lost_it(
    store: RememberingStore, inner: Unreadable
) -> None:
    active(store)
    store.providers()
    inner.kept_providers = {}
    assert store.providers() == [PROVIDER]
    assert store.provider(PROVIDER.id) == PROVIDER


def test_that_a_provider_that_another_copy_has_deleted_is_known_no_more(
    store: RememberingStore, inner: Unreadable
) -> None:
    store.providers()
    inner.kept_providers = {}
    assert store.providers() == []
    with pytest.raises(UnknownItem):
        store.provider(PROVIDER.id)


# --- opened again -----------------------------------------------------------------------------------------


@_RECORDED
def test_that_a_store_that_can_be_opened_again_gets_what_waits(inner: Unreadable, clock: ManualClock) -> None:
    broken = Unreadable()
    broken.fail_with = StoreDamaged("It is no database.")
    better: list[MemoryStore] = []
    store = around(broken, clock, providers=[PROVIDER], reopen=lambda: better[0] if better else None)
    found = ended(store, begun(store, adopted=True, state=State.ACTIVE))
    clock.advance(REOPEN_SECONDS)
    assert store.unrecorded() == [found]
    better.append(inner)
    assert store.unrecorded() == [found], "it is not tried all the time"
    clock.advance(REOPEN_SECONDS)
    assert store.unrecorded() == []
    assert inner.kept[found.id] == found
    assert store.inner is inner


@pytest.mark.expects_log("fault of the program: what waited")
@_RECORDED
def test_that_what_the_store_refuses_for_what_it_is_keeps_nothing_else_back(
    store: RememberingStore, inner: Unreadable, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = active(store)
    inner.fail_writes_with = FULL
    store.add_step(StepReport(one.id, START, Step.CONFIRM_END, StepStatus.DONE, "x"))
    ended(store, one)
    inner.fail_writes_with = None

    def broken(*_: object, **__: object) -> None:
        raise ValueError("a rule of the tables")

    monkeypatch.setattr(inner, "add_steps", broken)
    store.add_audit(at=START, actor=ALICE, action="examined", subject="x", detail={})
    assert inner.audited == ["examined"]
    assert inner.kept[one.id].state is State.ENDED
    assert store.elevation(one.id).state is State.ENDED


@_RECORDED
def test_that_what_a_damaged_row_keeps_from_being_written_keeps_nothing_else_back(
    store: RememberingStore, inner: Unreadable, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = active(store, 1), active(store, 2)
    inner.fail_writes_with = FULL
    damaged, also = ended(store, one), ended(store, other)
    store.add_audit(at=START, actor=ALICE, action="examined", subject="x", detail={})
    inner.fail_writes_with = None
    read = inner.elevation

    def unreadable(elevation_id: ElevationId) -> Elevation:
        if elevation_id == one.id:
            raise DAMAGED
        return read(elevation_id)

    with monkeypatch.context() as patch:
        patch.setattr(inner, "elevation", unreadable)
        assert store.unrecorded() == [damaged]
        assert inner.kept[other.id].state is also.state
        assert inner.audited == ["examined"]
        assert store.trouble() is DAMAGED
    assert store.unrecorded() == []
    assert store.trouble() is None


def test_that_damage_stays_known_while_other_things_can_be_read(
    store: RememberingStore, inner: Unreadable, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = active(store)
    found = inner.open_elevations

    def unreadable(provider_id: ProviderId | None = None) -> list[Elevation]:
        raise DAMAGED

    with monkeypatch.context() as patch:
        patch.setattr(inner, "open_elevations", unreadable)
        store.open_elevations(PROVIDER.id)
        store.providers()
        assert store.elevation(one.id) == one
        assert store.trouble() is DAMAGED
    assert store.trouble() is DAMAGED, "nobody has asked again"
    assert list(store.open_elevations()) == list(found())
    assert store.trouble() is None


def test_that_damage_is_told_before_that_nothing_can_be_written(
    inner: Unreadable, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = around(inner, clock, problem=FULL)
    active(store)
    assert store.trouble() is FULL

    def unreadable(provider_id: ProviderId | None = None) -> list[Elevation]:
        raise DAMAGED

    monkeypatch.setattr(inner, "open_elevations", unreadable)
    store.open_elevations()
    assert store.trouble() is DAMAGED


@_RECORDED
def test_that_many_threads_lose_and_double_nothing(store: RememberingStore, inner: Unreadable) -> None:
    opened = [active(store, number) for number in range(40)]
    inner.fail_writes_with = FULL
    store.add_step(StepReport(opened[0].id, START, Step.CONFIRM_END, StepStatus.DONE, "first"))
    barrier = threading.Barrier(5)

    def work(part: int) -> None:
        barrier.wait()
        for e in opened[part::4]:
            ended(store, e)
            store.add_step(StepReport(e.id, START, Step.CONFIRM_END, StepStatus.DONE, e.id))
            store.open_elevations()

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    inner.fail_writes_with = None
    for thread in threads:
        thread.join()
    assert store.unrecorded() == []
    assert {e.state for e in inner.kept.values()} == {State.ENDED}
    assert sorted(s.message for s in inner.kept_steps) == sorted([*(e.id for e in opened), "first"])
    assert len([t for t in inner.moves if t.event is Event.END_CONFIRMED]) == 40


# --- the whole core on it ---------------------------------------------------------------------------------


@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_sweep_ends_what_is_due_and_says_that_it_could_not_be_recorded() -> None:
    world = World()
    world.service = world.another_copy(around(world.store, world.clock))
    elevation = world.check_out()
    world.store.fail_writes_with = FULL
    world.clock.advance(7200)
    report = world.service.sweep(elevation.provider_id, Recorder())
    assert world.nothing_left()
    assert [e.id for e in report.ending] == [e.id for e in report.unrecorded] == [elevation.id]
    assert not report.overdue
    assert not report.problem
    assert world.stored(elevation).state is State.ACTIVE
    world.store.fail_writes_with = None
    world.clock.advance(7)
    assert not world.service.sweep(elevation.provider_id, Recorder()).unrecorded
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_running_sweep_ends_what_is_due_when_the_store_is_gone() -> None:
    world = World()
    elevation = world.check_out()
    unreadable = Unreadable()
    unreadable.kept_providers, unreadable.kept = world.store.kept_providers, world.store.kept
    service = world.another_copy(around(unreadable, world.clock))
    service.sweep(elevation.provider_id, Recorder())
    unreadable.fail_with = GONE
    world.clock.advance(7200)
    report = service.sweep(elevation.provider_id, Recorder())
    assert world.nothing_left()
    assert [e.id for e in report.unrecorded] == [elevation.id]
    assert not report.overdue


def test_that_what_is_set_up_here_is_kept_in_the_inner_store_or_not_at_all(
    store: RememberingStore, inner: Unreadable
) -> None:
    store.note_set_up_here("sweep", is_there=True)
    assert inner.set_up == {"sweep"}
    assert store.set_up_here() == {"sweep"}
    inner.fail_writes_with = GONE
    with pytest.raises(type(GONE)):
        store.note_set_up_here("sweep", is_there=False)
    assert store.set_up_here() == {"sweep"}
