# SPDX-License-Identifier: MIT
"""One value in the own database that nobody expects, by a fault or by whoever sits at the computer."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from jit_desktop.app import application
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import PrivilegedAccount, ProviderPrivilege
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.attacks.claimed_clocks import Later
from tests.attacks.doings import FEW, add_guest, pass_on, protect, retell
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.memory import start_command
from tests.attacks.registry import attack
from tests.attacks.tokens import put_middle
from tests.samba.names import SERVICE
from tests.samba.rights import Access

_KIND = "one value in the own database"
_STORE = "ending depends on the store"
_YEAR = timedelta(days=365)


def _sql(copy: Copy, statement: str, *values: object) -> None:
    copy.app.store.close()
    with contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as database:
        database.execute("PRAGMA foreign_keys = off")
        database.execute("PRAGMA ignore_check_constraints = on")
        database.execute(statement, values)
        database.commit()


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def set_in_row(copy: Copy, assignments: str, *values: object) -> None:
    """Change the row of the only elevation; times are written as the store writes them."""
    written = [_text(value) if isinstance(value, datetime) else value for value in values]
    _sql(copy, f"UPDATE elevation SET {assignments}", *written)


def name_a_later_end(copy: Copy, elevation: Elevation) -> None:
    """Let the row of ``elevation`` end a year later."""
    _sql(copy, "UPDATE elevation SET deadline = ?", _text(elevation.deadline + _YEAR))


def _swept(
    field: Field, copy: Copy, elevation: Elevation, times: int = 3, words: tuple[str, ...] = ("sweep",)
) -> None:
    """As it is scheduled, in processes of their own."""
    field.wait_past(elevation)
    said = NOTHING_SAID
    for _ in range(times):
        said = copy.command(*words)
        if not field.is_held():
            return
        time.sleep(4)
    raise Broken("outlived_deadline", f"held {field.held()}, exit code {said.code}: {said.words[-200:]}")


@attack(_KIND, "its provider is none; scheduled sweeps")
def no_provider(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation SET provider_id = ?", str(uuid.uuid4()))
    _swept(field, copy, elevation)


@attack(_KIND, "its provider is none; a service")
def no_provider_and_a_service(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation SET provider_id = ?", str(uuid.uuid4()))
    process = start_command(copy, "sweep", "--every", "2s")
    try:
        field.wait_past(elevation, 20)
        held = field.held()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    if any(held.values()):
        raise Broken("outlived_deadline", f"held {held}, the service left with {process.returncode}")


@attack(_KIND, "a later end, of one that was extended before; scheduled sweeps")
def later_after_an_extension(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    elevation = copy.app.service.extend(elevation.id, 3, copy.recorder)
    name_a_later_end(copy, elevation)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end and another identifier; scheduled sweeps")
def later_and_another_id(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET id = ?, deadline = ?", str(uuid.uuid4()), later)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end, and it is closed; scheduled sweeps")
def later_and_closed(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    ends = _text(elevation.deadline)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET closed_at = ?, deadline = ?", ends, later)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end, and another domain; scheduled sweeps")
def later_and_another_domain(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET location_dn = 'OU=x,DC=other,DC=test', deadline = ?", later)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end, and another domain, of one that was extended before; scheduled sweeps")
def later_and_another_domain_after_an_extension(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    elevation = copy.app.service.extend(elevation.id, 4, copy.recorder)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET location_dn = 'OU=x,DC=other,DC=test', deadline = ?", later)
    _swept(field, copy, elevation, times=6)


@attack(_KIND, "a later end, and the domain of another SID; scheduled sweeps")
def later_and_another_sid(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation_privilege SET sid = 'S-1-5-21-1-2-3-1105'")
    name_a_later_end(copy, elevation)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end, and another provider that there is; sweeps of its own one")
def later_and_another_provider(field: Field) -> None:
    _to_another_provider(field, extra_seconds=0)


@attack(_KIND, "a later end, and another provider, of one that was extended before; sweeps of its own one")
def later_and_another_provider_after_an_extension(field: Field) -> None:
    _to_another_provider(field, extra_seconds=4)


def _to_another_provider(field: Field, extra_seconds: int) -> None:
    copy = field.copy()
    away = replace(copy.provider.connection, server="127.0.0.99")
    lab = replace(copy.provider, id=ProviderId(str(uuid.uuid4())), name="zz lab", connection=away)
    copy.app.store.save_provider(lab, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    elevation = copy.check_out(FEW)
    if extra_seconds:
        elevation = copy.app.service.extend(elevation.id, extra_seconds, copy.recorder)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET provider_id = ?, deadline = ?", lab.id, later)
    _swept(field, copy, elevation, times=6, words=("sweep", "--provider", copy.provider.name))


@attack(_KIND, "its end was begun, and waits for nine minutes; scheduled sweeps")
def a_long_pause(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    waits = (
        "UPDATE elevation SET state = 'ending', end_reason = 'check-in', attempts = 1, next_attempt_at = ?"
    )
    _sql(copy, waits, _text(elevation.deadline + timedelta(minutes=9)))
    _swept(field, copy, elevation, times=8)


@attack(_KIND, "a later end, and a move that says so; scheduled sweeps")
def later_and_a_forged_move(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation SET deadline = ?", _text(elevation.deadline + _YEAR))
    columns = "elevation_id, at, event, from_state, to_state, actor, detail, clock"
    _sql(
        copy,
        f"INSERT INTO \"transition\" ({columns}) SELECT elevation_id, at, 'extended', to_state, to_state, "
        "actor, '', clock FROM \"transition\" ORDER BY id DESC LIMIT 1",
    )
    _swept(field, copy, elevation)


@attack(_KIND, "a time before the year 1; scheduled sweeps")
def beyond_the_calendar(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation SET ready_at = ?", "0001-01-01T00:00:00+01:00")
    _swept(field, copy, elevation)


@attack(_KIND, "what remains is nested too deeply to be read; scheduled sweeps")
def too_deep(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    _sql(copy, "UPDATE elevation SET remains = ?", "[" * 200_000)
    _swept(field, copy, elevation)


@attack(_KIND, "a later end, another domain, and an extension that hangs; scheduled sweeps")
def a_hanging_extension(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    later = elevation.deadline + _YEAR
    hangs = (
        "UPDATE elevation SET location_dn = 'OU=x,DC=other,DC=test', deadline = ?, extending_to = ?, "
        "next_attempt_at = NULL"
    )
    _sql(copy, hangs, _text(later), _text(later + _YEAR))
    _swept(field, copy, elevation)


# --- which group it is -------------------------------------------------------------------------------------


def _require_left_alone(field: Field, copy: Copy, elevation: Elevation, group: str, member: str) -> None:
    """``group``, which is permanent, keeps ``member``; and what was lent is taken back all the same."""
    _swept(field, copy, elevation, times=4)
    if not field.admin.exists(group) or member not in field.admin.members(group):
        raise Broken("took_permanent", f"{group} is not what it was")


@attack(_KIND, "a chosen group in the place of its own; scheduled sweeps", short=True)
def names_a_chosen_group(field: Field) -> None:
    copy = field.copy()
    staff = add_guest(field, "staff")
    field.admin.add_members(field.arena.global_target, [staff])
    elevation = copy.check_out(FEW)
    set_in_row(copy, "group_guid = ?", field.ref(field.arena.global_target).guid)
    _require_left_alone(field, copy, elevation, field.arena.global_target, staff)


@attack(_KIND, "a permanent group in the place of its own; scheduled sweeps")
def names_a_permanent_group(field: Field) -> None:
    copy = field.copy()
    staff = add_guest(field, "staff")
    group = field.admin.create_group(f"Staff {field.arena.tag}", field.arena.creation_ou)
    field.admin.add_members(group, [staff])
    field.admin.add_members(field.arena.global_target, [group])
    elevation = copy.check_out(FEW)
    set_in_row(copy, "group_guid = ?", field.ref(group).guid)
    _require_left_alone(field, copy, elevation, group, staff)


@attack(_KIND, "the group of another elevation in the place of its own; scheduled sweeps")
def names_the_group_of_another(field: Field) -> None:
    copy = field.copy()
    guest = add_guest(field, "second")
    copy.provider = replace(
        copy.provider, accounts=(*copy.provider.accounts, PrivilegedAccount(field.ref(guest)))
    )
    copy.app.store.save_provider(copy.provider, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    elevation = copy.check_out(FEW + 4)
    request = replace(copy.request(3000), account=field.ref(guest).guid)
    second = copy.app.service.check_out(request, copy.recorder)
    _sql(copy, "UPDATE elevation SET group_guid = ? WHERE id = ?", second.group_guid, elevation.id)
    _swept(field, copy, elevation, times=4)
    if set(field.held(guest).values()) != {len(field.arena.targets)}:
        raise Broken("ended_early", f"what the other one has: {field.held(guest)}")


# --- what can't be counted with -----------------------------------------------------------------------------


def _without_an_alarm_that_stays(field: Field, copy: Copy, elevation: Elevation) -> None:
    _swept(field, copy, elevation, times=4)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.command("sweep")
        if not said.is_alarm:
            return
        time.sleep(4)
    raise Broken("false_alarms", f"nothing is held, and still: {said.words[-300:]}")


def _require_told(field: Field, copy: Copy, elevation: Elevation) -> None:
    field.wait_past(elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.command("sweep")
        time.sleep(4)
    field.require_not_silent(said)


@attack(_KIND, "the largest revision, of a grant that broke off; scheduled sweeps")
def largest_revision(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    set_in_row(copy, "revision = 9223372036854775807, state = 'granting'")
    _without_an_alarm_that_stays(field, copy, elevation)


@attack(_KIND, "the directory ends it before the calendar begins; scheduled sweeps")
def ends_before_the_calendar(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    set_in_row(copy, "directory_ends_at = '0001-01-01T00:00:00.000000Z'")
    field.admin.delete(field.group(elevation))
    field.pair.await_replication()
    _without_an_alarm_that_stays(field, copy, elevation)


@attack(_KIND, "no calendar has the longest duration; an elevation of another copy that was rewritten")
def longest_duration(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = bob.check_out(FEW)
    retell(field, field.group(elevation), by="x")
    field.pair.await_replication()
    bob.app.store.close()
    _sql(alice, "UPDATE policy SET maximum_seconds = ?", 10**15)
    _require_told(field, alice, elevation)


@attack(_KIND, "the head of the audit trail; delegations taken away; an elevation of another copy")
def head_of_the_audit_trail(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(FEW)
    alice.app.store.close()
    for dn in (field.arena.creation_ou, *field.arena.targets):
        field.admin.deny(dn, SERVICE.dn, Access.CHANGE, below_too=True)
    field.pair.await_replication()
    _sql(bob, "DROP TRIGGER audit_head_only_grows")
    _sql(bob, "UPDATE audit_head SET count = count - 1")
    _require_told(field, bob, elevation)


@attack(_KIND, "a time of another row can't be read; the group is hidden and gives through another one")
def another_row_can_not_be_read(field: Field) -> None:
    copy = field.copy()
    guest = add_guest(field, "second")
    copy.provider = replace(
        copy.provider, accounts=(*copy.provider.accounts, PrivilegedAccount(field.ref(guest)))
    )
    copy.app.store.save_provider(copy.provider, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    elevation = copy.check_out(FEW + 8)
    second = copy.app.service.check_out(
        replace(copy.request(3000), account=field.ref(guest).guid), copy.recorder
    )
    put_middle(field, field.group(elevation))
    field.admin.deny(field.group(elevation), SERVICE.dn, Access.SEE)
    field.pair.await_replication()
    _sql(copy, "UPDATE elevation SET ready_at = 'x' WHERE id = ?", second.id)
    _require_told(field, copy, elevation)


@attack(_KIND, "the directory has ended it by itself; dc1, which took it, is away, and dc2 has not heard")
def ended_by_itself(field: Field) -> None:
    one, _ = field.lie()
    copy = field.copy()
    with field.no_replication_to_dc2():
        elevation = copy.app.service.check_out(copy.request(FEW), copy.recorder)
        set_in_row(copy, "directory_ends_at = deadline")
        field.wait_past(elevation)
        one.refuse()
        again, said = copy, NOTHING_SAID
        for _ in range(3):
            again = field.copy(folder=copy.folder, new=False, provider=copy.provider)
            said = again.sweep()
            time.sleep(2)
        held, state = field.held(), again.row(elevation).state
        one.mend()
    if any(held.values()) and not said.is_alarm:
        raise Broken("outlived_deadline", f"called {state}, held {held}: {said.words[-200:]}")


def _until_taken_or_told(
    field: Field,
    copy: Copy,
    clock: Later,
    minutes: int,
    before_each: Callable[[], None] = lambda: None,
) -> None:
    """Sweeps that are programs of their own, two minutes apart."""
    said = NOTHING_SAID
    for _ in range(0, minutes, 2):
        before_each()
        with application(copy.folder, actor="x", clock=clock, for_ending=True) as app:
            app.secrets.remember(copy.provider.id, Secret(SERVICE.password), keep=False)
            said = Copy(field, copy.folder, copy.provider, app).sweep()
        if said.is_alarm or not field.is_held():
            return
        pass_on(120, clock, field.proxies or ())
    raise Broken("outlived_deadline", f"held {field.held()}, exit code {said.code}: {said.words[-200:]}")


@attack(_KIND, "as many attempts as a million less than none; it can't be deleted, and dc2 has not heard")
def fewer_attempts_than_none(field: Field) -> None:
    field.lie()
    clock = Later()
    copy = field.copy(clock=clock)
    elevation = copy.check_out(FEW)
    protect(field, field.group(elevation))
    field.pair.await_replication()
    set_in_row(copy, "attempts = -1000000")
    with field.no_replication_to_dc2():
        field.wait_past(elevation, 2)
        _until_taken_or_told(field, copy, clock, 40)


@attack(_STORE, "it is put back as it was before each sweep, and dc2 has not heard")
def put_back_before_each_sweep(field: Field) -> None:
    field.lie()
    clock = Later()
    copy = field.copy(clock=clock)
    elevation = copy.check_out(FEW)
    copy.app.store.close()
    kept = field.folder / "kept"
    shutil.copytree(copy.folder, kept)

    def put_back() -> None:
        shutil.rmtree(copy.folder)
        shutil.copytree(kept, copy.folder)

    with field.no_replication_to_dc2():
        field.wait_past(elevation, 2)
        _until_taken_or_told(field, copy, clock, 20, before_each=put_back)


@attack(_STORE, "an older one comes back, and its provider is deleted and set up again with other groups")
def older_and_set_up_again(field: Field) -> None:
    copy = field.copy()
    copy.app.store.close()
    older = field.folder / "older.db"
    shutil.copy(copy.folder / FILE_NAME, older)
    copy = field.copy(folder=copy.folder, new=False, provider=copy.provider)
    elevation = copy.check_out(FEW + 6)
    copy.app.store.close()
    for file in copy.folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    shutil.copy(older, copy.folder / FILE_NAME)
    target = field.ref(field.arena.add_target(f"New Target {field.arena.tag}"))
    place = field.ref(field.arena.add_creation_ou(f"New Place {field.arena.tag}"))
    with application(copy.folder, actor="x", for_ending=True) as app:
        app.store.delete_provider(copy.provider.id, at=app.clock.utc_now(), actor="x")
        jit = replace(copy.provider.jit, location=place, privileges=(ProviderPrivilege(target),))
        again = replace(copy.provider, id=ProviderId(str(uuid.uuid4())), name="again", jit=jit)
        app.store.save_provider(again, at=app.clock.utc_now(), actor="x")
    copy.provider = again
    _swept(field, copy, elevation, times=4)
