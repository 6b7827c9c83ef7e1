"""The data folder is full, read-only, locked, damaged, gone or older than it was: what is due ends."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jit_desktop.app import application
from jit_desktop.directory.demo.objects import BASE_DN
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import (
    Refused,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreReadOnly,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectRef, ProviderId
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.model import Elevation, SweepReport, Transition
from jit_desktop.elevation.patience import Patience, is_anything_left_behind
from jit_desktop.elevation.ports import GroupScope
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import ConnectionMethod, DomainProvider, ProviderPrivilege, SignIn
from jit_desktop.platform.computer import computer_id
from jit_desktop.store import FILE_NAME, Opened, SettingsCopies, SqliteStore, open_for_ending
from jit_desktop.store import database as database_module
from jit_desktop.store.settings_copies import COPY_NAME, USED_NAME
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.world import ALICE, NoSecrets, World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts and locks of Linux")
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts file systems"
)
_LONG = 7200


class Place:
    """The demo domain in memory, as a domain that is none of the demo, and a data folder on a real disk."""

    def __init__(self, folder: Path, outside: Path) -> None:
        self.world = World()
        self.folder = folder
        self.copies = SettingsCopies(folder, outside, computer=computer_id())
        made = self.world.provider
        connection = replace(
            made.connection,
            method=ConnectionMethod.LDAPS,
            sign_in=SignIn.KERBEROS,
            server="dc1.corp.example.test",
        )
        self.provider: DomainProvider = replace(made, connection=connection)
        self.world.change(self.provider)

    def lend(self) -> Elevation:
        """Two hours, by a program that has ended since."""
        with SqliteStore(self.folder, copies=self.copies) as store:
            store.save_provider(self.provider, at=self.world.clock.utc_now(), actor=ALICE)
            given = self._service(store).check_out(self.world.request(), Recorder())
        assert self.world.holds()
        return given

    def _service(self, store: object) -> ElevationService:
        return ElevationService(
            store=store,  # type: ignore[arg-type]
            connector=self.world.connector,
            secrets=NoSecrets(),
            clock=self.world.clock,
            actor=ALICE,
        )

    @contextmanager
    def running(self) -> Iterator[tuple[ElevationService, RememberingStore, Opened]]:
        """The program on whatever can be opened, as it wires it itself."""
        disk = Patience()
        opened = open_for_ending(self.folder, self.copies, disk)
        clock = self.world.clock
        store = RememberingStore(
            opened.store,
            now=clock.utc_now,
            monotonic=clock.monotonic,
            actor=ALICE,
            reopen=opened.reopen,
            problem=opened.problem,
            providers=opened.providers,
            missing=opened.missing,
            used=self.copies.used,
            patience=disk,
        )
        with closing(store):
            yield self._service(store), store, opened

    def swept(self, service: ElevationService) -> SweepReport:
        """The reports of sweeps until every domain controller has heard of the end; the last one."""
        for _ in range(3):
            service.sweep(self.provider.id, Recorder())
            self.world.clock.advance(10)
        return service.sweep(self.provider.id, Recorder())

    def sweep_after_the_deadline(self) -> tuple[SweepReport, Opened]:
        """A one-shot sweep that starts after the deadline."""
        self.world.clock.advance(_LONG)
        with self.running() as (service, _, opened):
            return self.swept(service), opened

    def assert_ended_and_not_recorded(self, report: SweepReport) -> None:
        assert self.world.nothing_left()
        assert not report.overdue
        assert [e.state for e in report.unrecorded] == [State.ENDED]

    def stored(self) -> Elevation:
        with SqliteStore(self.folder) as store:
            assert not store.open_elevations()
            (elevation,) = store.history()
        return elevation


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(
        database_module.DatabaseFile.__init__,
        "__kwdefaults__",
        {**(database_module.DatabaseFile.__init__.__kwdefaults__ or {}), "busy_seconds": 0.2},
    )
    monkeypatch.setattr(
        SqliteStore.__init__,
        "__kwdefaults__",
        {**(SqliteStore.__init__.__kwdefaults__ or {}), "busy_seconds": 0.2},
    )
    return Place(tmp_path / "data", tmp_path / "copies")


@contextmanager
def mounted(*words: str, at: Path) -> Iterator[None]:
    subprocess.run(["mount", *words, str(at)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], check=False, stderr=subprocess.DEVNULL)
    return filler


@needs_root
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_full_disk_keeps_no_right_alive(place: Place) -> None:
    place.folder.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", at=place.folder):
        place.lend()
        filler = fill(place.folder)
        report, opened = place.sweep_after_the_deadline()
        place.assert_ended_and_not_recorded(report)
        assert opened.problem is not None
        assert "disk" in opened.problem.message
        filler.unlink()
        with place.running() as (service, _, _opened):
            assert not place.swept(service).unrecorded
        assert place.stored().state is State.ENDED


@needs_root
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_file_system_that_is_read_only_keeps_no_right_alive(place: Place) -> None:
    place.lend()
    with mounted("--bind", str(place.folder), at=place.folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place.folder)], check=True)
        report, opened = place.sweep_after_the_deadline()
        place.assert_ended_and_not_recorded(report)
        assert isinstance(opened.problem, StoreReadOnly)
        assert opened.database is not None, "it can be read"


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
@pytest.mark.expects_log("The program ends and could not record")
def test_that_a_lock_of_another_program_keeps_no_right_alive(place: Place, how: str) -> None:
    place.lend()
    with closing(sqlite3.connect(place.folder / FILE_NAME, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        report, opened = place.sweep_after_the_deadline()
        place.assert_ended_and_not_recorded(report)
        assert isinstance(opened.problem, StoreLocked)


def test_that_what_a_lock_kept_from_being_recorded_is_recorded_afterwards(place: Place) -> None:
    place.lend()
    place.world.clock.advance(_LONG)
    with (
        closing(sqlite3.connect(place.folder / FILE_NAME, isolation_level=None)) as other,
        place.running() as (service, store, _),
    ):
        other.execute("BEGIN IMMEDIATE")
        place.assert_ended_and_not_recorded(place.swept(service))
        other.execute("ROLLBACK")
        assert not store.unrecorded()
    assert place.stored().state is State.ENDED


@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_garbage_in_the_place_of_the_database_keeps_no_right_alive(place: Place) -> None:
    place.lend()
    (place.folder / FILE_NAME).write_bytes(os.urandom(20_000))
    report, opened = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)
    assert isinstance(opened.problem, StoreDamaged)
    assert opened.database is None


@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_folder_that_is_gone_before_the_start_is_swept_and_not_made_anew(place: Place) -> None:
    place.lend()
    shutil.move(place.folder, place.folder.with_name("elsewhere"))
    report, _ = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)
    assert not place.folder.exists()


@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_folder_that_goes_after_the_start_keeps_no_right_alive(place: Place) -> None:
    place.lend()
    with place.running() as (service, store, _):
        service.sweep(place.provider.id, Recorder())
        away = shutil.move(place.folder, place.folder.with_name("elsewhere"))
        place.world.clock.advance(_LONG)
        place.assert_ended_and_not_recorded(place.swept(service))
        shutil.move(away, place.folder)
        assert not store.unrecorded()
    assert place.stored().state is State.ENDED


@pytest.mark.parametrize("with_log", [False, True])
@pytest.mark.expects_log(
    "holds an older state|has lost the elevation|damaged|can't be recorded|Nothing can be recorded"
)
def test_that_an_older_copy_under_a_running_program_keeps_no_right_alive(
    place: Place, with_log: bool
) -> None:
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(place.provider, at=place.world.clock.utc_now(), actor=ALICE)
    older = shutil.copytree(place.folder, place.folder.with_name("older"))
    place.lend()
    with place.running() as (service, store, _):
        service.sweep(place.provider.id, Recorder())
        for name in (f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
            if not with_log:
                (place.folder / name).unlink(missing_ok=True)
        shutil.copy(older / FILE_NAME, place.folder / f"{FILE_NAME}.new")
        (place.folder / f"{FILE_NAME}.new").replace(place.folder / FILE_NAME)
        place.world.clock.advance(_LONG)
        report = place.swept(service)
        assert place.world.nothing_left()
        assert not report.overdue


_BROKEN = ("delete from policy", "update provider set method = 'foo'", "update policy set reason = 'foo'")


def change(place: Place, statement: str) -> None:
    with closing(sqlite3.connect(place.folder / FILE_NAME)) as database:
        database.execute("pragma foreign_keys = off")
        database.execute("pragma ignore_check_constraints = on")
        database.execute(statement)
        database.commit()


@pytest.mark.parametrize("statement", _BROKEN)
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
@pytest.mark.expects_log("The settings in the database can't be read")
def test_that_a_setting_that_can_not_be_read_keeps_no_right_alive(place: Place, statement: str) -> None:
    place.lend()
    change(place, statement)
    report, opened = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)
    assert isinstance(opened.problem, StoreDamaged)
    assert opened.database is not None, "what is open can be read"
    assert place.copies.read() == [place.provider]


@pytest.mark.expects_log("The settings in the database can't be read")
def test_that_of_several_providers_those_are_taken_that_can_be_read(place: Place) -> None:
    place.lend()
    other = replace(place.provider, id=ProviderId(str(uuid.uuid4())), name="other")
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(other, at=place.world.clock.utc_now(), actor=ALICE)
    change(place, f"delete from policy where provider_id = '{place.provider.id}'")
    with place.running() as (_, store, _opened):
        assert {p.id for p in store.providers()} == {place.provider.id, other.id}
    for file in place.copies.files:
        file.unlink()
    with place.running() as (_, store, _opened):
        assert [p.id for p in store.providers()] == [other.id]


@pytest.mark.expects_log("The settings in the database can't be read")
def test_that_a_setting_that_can_not_be_read_is_raised_where_there_is_no_copy(place: Place) -> None:
    place.lend()
    change(place, "delete from policy")
    for file in place.copies.files:
        file.unlink()
    with pytest.raises(StoreDamaged, match="has no policy"), place.running():
        pass


@pytest.mark.parametrize("statement", _BROKEN)
def test_that_a_setting_that_breaks_under_a_running_program_keeps_no_right_alive(
    place: Place, statement: str
) -> None:
    place.lend()
    with place.running() as (service, store, _):
        service.sweep(place.provider.id, Recorder())
        store.open_elevations()
        change(place, statement)
        place.world.clock.advance(_LONG)
        report = place.swept(service)
        assert place.world.nothing_left()
        assert not report.overdue
        assert not report.unrecorded
        assert [p.id for p in store.providers()] == [place.provider.id]
        assert isinstance(store.trouble(), StoreDamaged)


_NO_TEXT = "CAST(x'41ff' AS TEXT)"
_HEADLESS = "delete from audit_head"


def spoil(place: Place, statement: str) -> None:
    with closing(sqlite3.connect(place.folder / FILE_NAME)) as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f"drop trigger {name}")
        database.commit()
    change(place, statement)


@pytest.mark.parametrize(
    "statement",
    [
        f"update elevation set ticket = {_NO_TEXT}",
        pytest.param(
            _HEADLESS,
            marks=[
                pytest.mark.expects_log("Nothing can be recorded"),
                pytest.mark.expects_log("The program ends and could not record"),
            ],
        ),
    ],
)
def test_that_damage_under_a_running_program_keeps_no_right_alive(place: Place, statement: str) -> None:
    place.lend()
    with place.running() as (service, store, _):
        (elevation,) = store.open_elevations()
        spoil(place, statement)
        place.world.clock.advance(_LONG)
        assert [e.id for e in service.alarms()] == [elevation.id], "nobody has begun to end it"
        assert isinstance(store.trouble(), StoreDamaged) is (statement != _HEADLESS)
        assert not service.tick(Recorder()).problems
        assert not place.swept(service).overdue
        assert place.world.nothing_left()
        assert not service.alarms()
        # A row is written whole; the head of the trail is in no row that is.
        assert isinstance(store.trouble(), StoreDamaged) is (statement == _HEADLESS)


@pytest.mark.expects_log("Nothing can be recorded")
@pytest.mark.expects_log("The program ends and could not record")
def test_that_a_trail_without_its_head_is_not_recorded_and_not_overdue(place: Place) -> None:
    place.lend()
    spoil(place, _HEADLESS)
    report, _ = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)
    assert not report.is_alarm


def test_that_a_provider_that_is_gone_from_the_database_keeps_no_right_alive(place: Place) -> None:
    place.lend()
    change(place, "delete from provider")
    place.world.clock.advance(_LONG)
    with place.running() as (service, store, opened):
        assert opened.problem is not None
        assert "The settings of" in opened.problem.message
        assert place.copies.read() == [place.provider]
        assert list(store.providers()) == [place.provider]
        assert not place.swept(service).unrecorded
        assert place.world.nothing_left()
    assert place.stored().state is State.ENDED


def _of_another_domain(place: Place) -> DomainProvider:
    return replace(
        place.provider, id=ProviderId("0e0b0a3c-9a5b-4a9e-8f57-111111111111"), name="Another domain"
    )


@pytest.mark.parametrize("is_whole_folder", [False, True])
def test_that_a_provider_that_an_older_database_lacks_keeps_no_right_alive(
    place: Place, *, is_whole_folder: bool
) -> None:
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(_of_another_domain(place), at=place.world.clock.utc_now(), actor=ALICE)
    older = shutil.copytree(place.folder, place.folder.with_name("older"))
    place.lend()
    if is_whole_folder:
        shutil.rmtree(place.folder)
        shutil.copytree(older, place.folder)
    else:
        shutil.copy(older / FILE_NAME, place.folder / FILE_NAME)
    report, opened = place.sweep_after_the_deadline()
    assert opened.problem is not None
    assert place.provider.name in opened.problem.message
    assert place.world.nothing_left()
    assert not report.overdue
    assert place.provider in place.copies.read()


@pytest.mark.parametrize("is_there", [False, True])
def test_that_a_database_that_was_made_anew_keeps_no_right_alive(place: Place, *, is_there: bool) -> None:
    """By a file of no length, or by a command that makes one where there is none."""
    place.lend()
    if is_there:
        (place.folder / FILE_NAME).write_bytes(b"")
    else:
        (place.folder / FILE_NAME).unlink()
        SqliteStore(place.folder, copies=place.copies).close()
    report, opened = place.sweep_after_the_deadline()
    assert opened.problem is not None
    assert place.world.nothing_left()
    assert not report.overdue


_SPOILT = [FILE_NAME, f"{FILE_NAME}-journal", f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"]


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("name", [*_SPOILT, COPY_NAME, USED_NAME])
@pytest.mark.expects_log("Nothing can be recorded|can't be recorded|could not record")
def test_that_a_pipe_in_the_place_of_a_file_keeps_no_right_alive(
    place: Place, name: str, *, is_running: bool
) -> None:
    place.lend()

    def spoil() -> None:
        place.world.clock.advance(_LONG)
        (place.folder / name).unlink(missing_ok=True)
        os.mkfifo(place.folder / name)
        if name in (COPY_NAME, USED_NAME):
            (place.folder / FILE_NAME).unlink()

    def sweep() -> None:
        if not is_running:
            spoil()
        with place.running() as (service, _, _):
            if is_running:
                service.sweep(place.provider.id, Recorder())
                spoil()
            place.swept(service)

    thread = threading.Thread(target=sweep, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert place.world.nothing_left()
    assert not is_anything_left_behind(), "nobody has to wait for it, not even within a limit"


def test_that_a_lost_provider_and_one_that_has_got_its_name_are_both_kept(place: Place) -> None:
    place.lend()
    (place.folder / FILE_NAME).unlink()
    again = replace(_of_another_domain(place), name=place.provider.name.upper())
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(again, at=place.world.clock.utc_now(), actor=ALICE)
    assert {p.id for p in place.copies.read()} == {again.id, place.provider.id}


def test_that_a_lost_provider_can_be_deleted(place: Place) -> None:
    at = place.world.clock.utc_now()
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(place.provider, at=at, actor=ALICE)
    change(place, "delete from provider")
    with place.running() as (_, store, opened):
        assert opened.problem is not None
        store.delete_provider(place.provider.id, at=at, actor=ALICE)
        assert not store.providers()
    assert not place.copies.read()
    with place.running() as (_, store, opened):
        assert opened.problem is None


def test_that_a_provider_that_was_deleted_is_not_missed_for_what_can_not_be_deleted(place: Place) -> None:
    given = place.lend()
    at = place.world.clock.utc_now()
    with SqliteStore(place.folder, copies=place.copies) as store:
        started = given.after(Event.END_STARTED)
        moved = Transition(given.id, at, Event.END_STARTED, given.state, started.state, ALICE)
        started = store.advance(started, moved)
        over = started.after(Event.END_CONFIRMED, leftover="It is there and gives nothing.", ended_at=at)
        store.advance(over, Transition(given.id, at, Event.END_CONFIRMED, started.state, over.state, ALICE))
        store.delete_provider(place.provider.id, at=at, actor=ALICE)
    with place.running() as (_, store, opened):
        assert opened.problem is None
        assert not store.providers()
    assert not place.copies.read()


def test_that_the_copies_follow_the_settings_and_are_the_owners_alone(place: Place) -> None:
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(place.provider, at=place.world.clock.utc_now(), actor=ALICE)
        for file in place.copies.files:
            assert file.stat().st_mode & 0o077 == 0
            assert b"password" not in file.read_bytes().lower()
        assert place.copies.read() == [place.provider]
        changed = replace(place.provider, name="Another name")
        store.save_provider(changed, at=place.world.clock.utc_now(), actor=ALICE)
        assert place.copies.read() == [changed]
        place.copies.files[0].unlink()
        assert place.copies.read() == [changed]
    with SqliteStore(place.folder, copies=place.copies) as store:
        assert place.copies.files[0].is_file()
        store.delete_provider(changed.id, at=place.world.clock.utc_now(), actor=ALICE)
    assert not any(file.exists() for file in place.copies.files)


def test_that_a_database_made_anew_does_not_empty_the_copies(place: Place) -> None:
    place.lend()
    shutil.rmtree(place.folder)
    SqliteStore(place.folder, copies=place.copies).close()
    assert place.copies.read() == [place.provider]


@pytest.mark.expects_log("Nothing can be recorded")
def test_that_nothing_is_given_and_no_setting_changed_without_the_database(place: Place) -> None:
    place.lend()
    shutil.rmtree(place.folder)
    with place.running() as (service, store, _):
        other = place.world.request(account=place.provider.accounts[1].account.name)
        with pytest.raises(StoreError):
            service.check_out(other, Recorder())
        with pytest.raises(StoreError):
            store.save_provider(place.provider, at=place.world.clock.utc_now(), actor=ALICE)


def test_that_a_provider_stays_while_a_domain_controller_has_not_confirmed_an_end(place: Place) -> None:
    given = place.lend()
    with SqliteStore(place.folder) as store:
        at = place.world.clock.utc_now()
        started = given.after(Event.END_STARTED)
        started = store.advance(
            started, Transition(given.id, at, Event.END_STARTED, given.state, started.state, ALICE)
        )
        over = started.after(Event.END_CONFIRMED, unconfirmed_on=("dc2.corp.example.test",), ended_at=at)
        over = store.advance(
            over, Transition(given.id, at, Event.END_CONFIRMED, started.state, over.state, ALICE)
        )
        with pytest.raises(Refused, match=r"dc2\.corp\.example\.test could not be asked"):
            store.delete_provider(place.provider.id, at=at, actor=ALICE)
        known = over.after(Event.CONFIRMED_LATER, unconfirmed_on=())
        store.advance(known, Transition(given.id, at, Event.CONFIRMED_LATER, over.state, known.state, ALICE))
        store.delete_provider(place.provider.id, at=at, actor=ALICE)


# --- after the settings were changed ----------------------------------------------------------------------


def _ref(place: Place, dn: DistinguishedName) -> ObjectRef:
    with place.world.connector.connect(place.world.provider.connection) as directory:
        entry = directory.read(dn)
    return ObjectRef(entry.guid, entry.dn, entry.name)


_CHANGES = ("another location", "other groups", "both")


def other_settings(place: Place, what: str) -> DomainProvider:
    """The provider with another creation location, with other chosen groups, or both."""
    console, jit = place.world.console, place.provider.jit
    assert jit.location is not None
    parent = parent_dn(jit.location.dn)
    if what != "other groups":
        jit = replace(jit, location=_ref(place, console.create_ou("New Place", parent)))
    if what != "another location":
        target = console.create_group("New Target", parent, GroupScope.GLOBAL)
        jit = replace(jit, privileges=(ProviderPrivilege(_ref(place, target)),))
    return replace(place.provider, jit=jit)


def save(place: Place, provider: DomainProvider) -> None:
    with SqliteStore(place.folder, copies=place.copies) as store:
        store.save_provider(provider, at=place.world.clock.utc_now(), actor=ALICE)
    assert provider in place.copies.read()


def move_away(place: Place, given: Elevation, what: str) -> None:
    """Where other groups are chosen, only the former ones lead to a group that was moved."""
    if what != "another location":
        assert given.group_guid is not None
        place.world.console.move(given.group_guid, place.world.console.create_ou("Elsewhere", BASE_DN))


def lose_the_database(place: Place) -> None:
    for file in place.folder.glob(f"{FILE_NAME}*"):
        file.unlink()


def lent_by_other_settings(place: Place, what: str) -> None:
    given = place.lend()
    save(place, other_settings(place, what))
    move_away(place, given, what)


@pytest.mark.parametrize("what", _CHANGES)
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_what_was_lent_by_other_settings_ends_when_the_database_is_lost(place: Place, what: str) -> None:
    lent_by_other_settings(place, what)
    lose_the_database(place)
    report, opened = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)
    assert opened.database is None


@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_former_location_leads_to_what_former_groups_do_not_show(place: Place) -> None:
    place.lend()
    save(place, other_settings(place, "both"))
    for privilege in place.provider.jit.privileges:
        place.world.console.hide_members(privilege.group.guid)
    lose_the_database(place)
    report, _ = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)


@pytest.mark.parametrize("what", _CHANGES)
@pytest.mark.parametrize("text", ["", "note of the auditor"])
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_what_was_lent_by_other_settings_is_known_without_its_record(
    place: Place, what: str, text: str
) -> None:
    given = place.lend()
    save(place, other_settings(place, what))
    move_away(place, given, what)
    assert given.group_guid is not None
    with place.world.connector.connect(place.world.provider.connection) as directory:
        directory.write_record(given.group_guid, text, "")
    lose_the_database(place)
    place.world.clock.advance(_LONG)
    with place.running() as (service, _, _opened):
        assert service.sweep(place.provider.id, Recorder()).is_alarm
        place.assert_ended_and_not_recorded(place.swept(service))


@pytest.mark.parametrize("what", ["another location", "both"])
@pytest.mark.parametrize("is_inside", [True, False])
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_one_in_a_former_location_without_name_and_texts_is_an_alarm_while_it_gives_an_account_anything(
    place: Place, what: str, *, is_inside: bool
) -> None:
    given, console = place.lend(), place.world.console
    save(place, other_settings(place, what))
    assert given.group_guid is not None
    with place.world.connector.connect(place.world.provider.connection) as directory:
        directory.write_record(given.group_guid, "", "")
    console.rename(given.group_guid, "Printers of Leeds")
    if not is_inside:
        guest = console.create_account("_guest", BASE_DN)
        console.remove_member(given.group_guid, place.world.account())
        console.add_member(given.group_guid, guest)
    lose_the_database(place)
    with place.running() as (service, _, _opened):
        report = service.sweep(place.provider.id, Recorder())
        told = [s.name for s in report.suspects if s.is_alarm]
        assert told == (["Printers of Leeds"] if is_inside else [])


@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_what_stands_in_a_former_location_is_not_called_moved(place: Place) -> None:
    lent_by_other_settings(place, "another location")
    lose_the_database(place)
    with place.running() as (service, _, _opened):
        report = service.sweep(place.provider.id, Recorder())
        assert [e.suspicion for e in report.adopted] == [""]
        assert not report.suspects
        place.world.clock.advance(_LONG)
        place.assert_ended_and_not_recorded(place.swept(service))


@pytest.mark.parametrize("what", _CHANGES)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_one_of_the_two_files_that_say_what_was_used_is_enough(
    place: Place, what: str, which: int
) -> None:
    lent_by_other_settings(place, what)
    lose_the_database(place)
    place.copies.used_files[which].write_bytes(b"{no JSON" * 1000)
    report, _ = place.sweep_after_the_deadline()
    place.assert_ended_and_not_recorded(report)


@pytest.mark.parametrize("what", _CHANGES)
def test_that_what_was_lent_by_other_settings_ends_when_the_database_is_a_new_one(
    place: Place, what: str
) -> None:
    lent_by_other_settings(place, what)
    lose_the_database(place)
    SqliteStore(place.folder, copies=place.copies).close()
    report, opened = place.sweep_after_the_deadline()
    assert place.world.nothing_left()
    assert not report.overdue
    assert opened.problem is not None
    assert "The settings of" in opened.problem.message
    assert place.stored().state is State.ENDED
    SqliteStore(place.folder, copies=place.copies).close()
    assert [p.id for p in place.copies.read()] == [place.provider.id], "until somebody sets them up again"


@pytest.mark.parametrize("what", _CHANGES)
@pytest.mark.parametrize("is_same", [True, False], ids=["imported", "set up by hand"])
def test_that_what_was_lent_by_other_settings_ends_when_they_are_set_up_again(
    place: Place, what: str, is_same: bool
) -> None:
    given = place.lend()
    other = other_settings(place, what)
    save(place, other)
    lose_the_database(place)
    again = other if is_same else replace(other, id=ProviderId(str(uuid.uuid4())))
    save(place, again)
    move_away(place, given, what)
    place.world.clock.advance(_LONG)
    with place.running() as (service, _, opened):
        # The one that is lost is missed until somebody deletes it.
        assert (opened.problem is None) is is_same
        for _ in range(4):
            for provider_id in {place.provider.id, again.id}:
                service.sweep(provider_id, Recorder())
            place.world.clock.advance(10)
    assert place.world.nothing_left()
    assert place.stored().state is State.ENDED


@pytest.mark.parametrize("what", _CHANGES)
def test_that_what_was_lent_by_other_settings_ends_when_the_database_is_an_older_one(
    place: Place, what: str
) -> None:
    save(place, other_settings(place, what))
    older = shutil.copytree(place.folder, place.folder.with_name("older"))
    given = place.lend()
    move_away(place, given, what)
    lose_the_database(place)
    for file in older.glob(f"{FILE_NAME}*"):
        shutil.copy(file, place.folder)
    report, opened = place.sweep_after_the_deadline()
    assert opened.problem is None
    assert place.world.nothing_left()
    assert not report.overdue


def test_that_what_was_used_is_known_of_a_database_from_before_it_was_written_down(place: Place) -> None:
    lent_by_other_settings(place, "both")
    for file in place.copies.used_files:
        file.unlink()
    SqliteStore(place.folder, copies=place.copies).close()
    assert place.provider.jit.location is not None
    used = place.copies.used(place.provider.id)
    assert place.provider.jit.location.guid in used.locations
    assert place.world.privilege() in used.targets


def test_that_what_was_used_is_the_owners_alone_and_outlives_the_provider(place: Place) -> None:
    lent_by_other_settings(place, "both")
    (beside, outside) = place.copies.used_files
    assert beside.read_bytes() == outside.read_bytes()
    for file in (beside, outside):
        assert file.stat().st_mode & 0o077 == 0
    save(place, place.provider)
    second = replace(place.provider, id=ProviderId(str(uuid.uuid4())), name="other")
    with SqliteStore(place.folder, copies=place.copies) as store:
        now = place.world.clock.utc_now()
        store.save_provider(second, at=now, actor=ALICE)
        assert len(place.copies.used(place.provider.id).locations) == 2
        assert len(place.copies.used(second.id).locations) == 1
        store.delete_provider(second.id, at=now, actor=ALICE)
        assert second.id.encode() not in beside.read_bytes()
        assert len(place.copies.used(place.provider.id).locations) == 2
    place.world.clock.advance(_LONG)
    with place.running() as (service, store, _):
        place.swept(service)
        store.delete_provider(place.provider.id, at=place.world.clock.utc_now(), actor=ALICE)
    # The database in which it was deleted may have been an older copy.
    assert len(place.copies.used(place.provider.id).locations) == 2
    assert not any(file.exists() for file in place.copies.files)


@pytest.mark.parametrize("is_listed", [True, False])
def test_that_who_is_in_a_former_chosen_group_for_good_is_nobodys_business(
    place: Place, is_listed: bool
) -> None:
    """Neither one that may not be seen, nor an account of a group that shows nobody, is an alarm."""
    save(place, place.provider)
    save(place, other_settings(place, "other groups"))
    console, former = place.world.console, place.world.privilege()
    if is_listed:
        guest = console.create_account("stranger", BASE_DN)
        console.add_member(former, guest)
        console.hide(guest)
    else:
        console.add_member(former, place.world.account())
        console.hide_members(former)
    with place.running() as (service, _, _opened):
        report = service.sweep(place.provider.id, Recorder())
        assert not report.suspects
        assert not report.problem
        save(place, place.provider)
        assert service.sweep(place.provider.id, Recorder()).is_alarm, "of a chosen group it is"


@pytest.mark.expects_log("The program ends and could not record")
@pytest.mark.expects_log("Nothing can be recorded")
def test_that_a_former_chosen_group_that_was_deleted_is_no_trouble(place: Place) -> None:
    given = place.lend()
    doomed = place.world.console.create_group("Doomed", BASE_DN, GroupScope.GLOBAL)
    jit = replace(place.provider.jit, privileges=(ProviderPrivilege(_ref(place, doomed)),))
    save(place, replace(place.provider, jit=jit))
    save(place, other_settings(place, "another location"))
    place.world.console.delete(doomed)
    lose_the_database(place)
    with place.running() as (service, _, _opened):
        report = service.sweep(place.provider.id, Recorder())
        assert [e.group_guid for e in report.adopted] == [given.group_guid]
        assert not report.suspects
        assert not report.unsearched
        assert not report.problem
        place.world.clock.advance(_LONG)
        place.assert_ended_and_not_recorded(place.swept(service))


def test_that_a_new_database_forgets_nothing_that_was_used_where_no_copy_can_be_read(place: Place) -> None:
    lent_by_other_settings(place, "both")
    lose_the_database(place)
    used = place.copies.used(place.provider.id)
    for file in place.copies.files:
        file.write_bytes(b"damaged")
    SqliteStore(place.folder, copies=place.copies).close()
    assert place.copies.used(place.provider.id) == used


def test_that_the_program_asks_what_was_used_before(place: Place, tmp_path: Path) -> None:
    lent_by_other_settings(place, "both")
    lose_the_database(place)
    assert place.provider.jit.location is not None
    with application(place.folder, for_ending=True, copies_dir=tmp_path / "copies", actor=ALICE) as app:
        assert place.provider.jit.location.guid in app.store.used_locations(place.provider.id)
        assert place.world.privilege() in app.store.used_targets(place.provider.id)
