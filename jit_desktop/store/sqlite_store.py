# SPDX-License-Identifier: MIT
"""The store: settings, elevations with their story, and the audit trail, in one SQLite file."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self

from peewee import SqliteDatabase

from jit_desktop.elevation.errors import (
    AccountCheckedOut,
    ConcurrentChange,
    Refused,
    StoreError,
    UnknownItem,
)
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.model import (
    AuditEntry,
    Elevation,
    Sight,
    StepReport,
    TimeSource,
    Transition,
    by_group,
)
from jit_desktop.elevation.ports import NOBODY, KeptTime, Used
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store import audit_trail, elevation_rows, failures, provider_rows, story
from jit_desktop.store.database import BUSY_SECONDS, DatabaseFile
from jit_desktop.store.fields import UNREADABLE, utc_or_none, utc_text
from jit_desktop.store.provider_changes import settings_changes
from jit_desktop.store.reading_only import ReadOnlyFile
from jit_desktop.store.settings_copies import SettingsCopies
from jit_desktop.store.tables import AuditRow, KeptTimeRow, SetUpHereRow

_LOG = logging.getLogger(__name__)
_BY_COMPUTER = {"clock": TimeSource.COMPUTER.value}
"""No domain controller is asked when settings are changed."""

FILE_NAME = "jit-desktop.db"


class SqliteStore:
    """Keeps everything in ``jit-desktop.db``; may be called from any thread.

    See :class:`~jit_desktop.elevation.ports.Store` for what each call does. Nothing here knows a password,
    so none can end up in the file.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        busy_seconds: float = BUSY_SECONDS,
        opening_seconds: float | None = None,
        copies: SettingsCopies | None = None,
        unwritable: StoreError | None = None,
    ) -> None:
        """Open the store in ``data_dir`` (made where it is missing) and bring its tables up to date.

        Another program is waited for ``busy_seconds``, and while it is opened ``opening_seconds`` where that
        is given. ``copies`` follow the settings from then on. ``unwritable``: see :meth:`for_reading`.
        """
        self.file = data_dir / FILE_NAME
        self._copies = copies
        self._database: DatabaseFile | ReadOnlyFile
        if unwritable is not None:
            self._database = ReadOnlyFile(self.file, unwritable)
            return
        self._database = DatabaseFile(self.file, busy_seconds=busy_seconds, opening_seconds=opening_seconds)
        self._copy_settings()

    @classmethod
    def for_reading(cls, data_dir: Path, problem: StoreError) -> Self:
        """The store in ``data_dir`` as it is, where it can't be written because of ``problem``: each write
        raises that. Raises :class:`StoreError` where it can't be read either, or has older tables."""
        return cls(data_dir, unwritable=problem)

    @property
    def is_writable(self) -> bool:
        """Whether it was not opened for reading alone."""
        return isinstance(self._database, DatabaseFile)

    @property
    def read_in_part(self) -> StoreError | None:
        """Why not all that is kept can be read, where it was opened for reading alone; ``None`` where all
        can."""
        return self._database.read_in_part if isinstance(self._database, ReadOnlyFile) else None

    def _copy_settings(self) -> None:
        if self._copies is None:
            return
        providers = self.providers()
        # A database that was just made, where another one was lost, has nothing to say.
        if providers or self._had_providers():
            lost = self.lost_providers(self._copies)
            kept = _told_apart([*providers, *lost])
            used = {provider.id: self._used(provider.id) for provider in kept}
            self._copies.keep(kept, used, lost=[p.id for p in lost])

    def _used(self, provider_id: ProviderId) -> Used:
        """What the elevations of a provider hang on; nothing where that can't be read, which has to keep
        nobody from working."""
        try:
            return Used(
                tuple(sorted(self.used_locations(provider_id))), tuple(sorted(self.used_targets(provider_id)))
            )
        except StoreError as error:
            _LOG.info("What elevations of %s used can't be read: %s", provider_id, error)
            return Used()

    def _had_providers(self) -> bool:
        """Whether any provider was ever set up in this database."""
        with self._reading() as database:
            told = AuditRow.select().where(AuditRow.action.startswith("provider."))
            return bool(told.bind(database).exists())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Put the file in order; calls after this one fail."""
        self._database.close()

    # --- providers -----------------------------------------------------------------------------------

    def providers(self) -> Sequence[DomainProvider]:
        """All providers by name."""
        with self._reading() as database:
            return provider_rows.read_all(database)

    def readable_providers(self) -> Sequence[DomainProvider]:
        """Those that can be read while :meth:`providers` can't."""
        with self._reading() as database:
            return provider_rows.read_readable(database)

    def has_provider(self, provider_id: ProviderId) -> bool:
        """Whether there is such a provider, also where its settings can't be read."""
        with self._reading() as database:
            return provider_rows.is_there(database, provider_id)

    def missing_providers(self) -> Collection[ProviderId]:
        """None: those that it lacks it does not give."""
        return ()

    def lost_providers(self, copies: SettingsCopies) -> Sequence[DomainProvider]:
        """Those of the copies that are gone from here although nobody has deleted them: the database was made
        anew, is older than the copies, or was damaged. Something of them may be lent that it knows nothing
        of."""
        copied = copies.read()
        with self._reading() as database:
            missing = [p for p in copied if not provider_rows.is_there(database, p.id)]
            deleted = audit_trail.deleted_providers(database) if missing else frozenset[str]()
        return [provider for provider in missing if provider.id not in deleted]

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """One provider; ``UnknownItem`` where there is none."""
        with self._reading() as database:
            found = provider_rows.read_one(database, provider_id)
        if found is None:
            raise _unknown_provider(provider_id)
        return found

    def save_provider(self, provider: DomainProvider, *, at: datetime, actor: str) -> None:
        """Insert or replace a provider whole; without any change nothing is written."""
        with self._writing() as database:
            old = provider_rows.read_one(database, provider.id)
            if old == provider:
                return
            provider_rows.replace(database, provider)
            audit_trail.append(
                database,
                at=at,
                actor=actor,
                action="provider.added" if old is None else "provider.changed",
                subject=provider.name,
                detail={"provider": provider.id, "changes": settings_changes(old, provider), **_BY_COMPUTER},
            )
        self._copy_settings()

    def delete_provider(self, provider_id: ProviderId, *, at: datetime, actor: str) -> None:
        """Remove a provider, also one that only a copy has yet; ``Refused`` while it has open elevations, or
        ended ones that a domain controller has not confirmed. Its history stays."""
        lost = self.lost_providers(self._copies) if self._copies is not None else ()
        with self._writing() as database:
            found = provider_rows.read_one(database, provider_id)
            old = found or next((p for p in lost if p.id == provider_id), None)
            if old is None:
                raise _unknown_provider(provider_id)
            still_open = elevation_rows.read(database, elevation_rows.open_of(provider_id))
            if still_open:
                raise Refused(
                    f"{old.name} has elevations that have not ended: "
                    f"{', '.join(sorted({e.account.name for e in still_open}))}.",
                    subject=old.name,
                    remedy="Check them in first: without the provider nothing could end them.",
                )
            unconfirmed = [
                e
                for e in elevation_rows.read(database, elevation_rows.unconfirmed_of(provider_id))
                if e.unconfirmed_on
            ]
            if unconfirmed:
                names = ", ".join(sorted({e.account.name for e in unconfirmed}))
                hosts = ", ".join(sorted({host for e in unconfirmed for host in e.unconfirmed_on}))
                raise Refused(
                    f"What {names} had of {old.name} has ended, but {hosts} could not be asked yet.",
                    subject=old.name,
                    remedy="Sweep when it answers again, or when the domain has it no more: without the "
                    "provider nobody would ask it.",
                )
            provider_rows.remove(database, provider_id)
            audit_trail.append(
                database,
                at=at,
                actor=actor,
                action=audit_trail.PROVIDER_DELETED,
                subject=old.name,
                detail={"provider": provider_id, "changes": settings_changes(old, None), **_BY_COMPUTER},
            )
        self._copy_settings()

    # --- elevations ----------------------------------------------------------------------------------

    def begin(self, elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        """Insert a new elevation; ``AccountCheckedOut`` if the account has an open one.

        One that was found in the directory (``adopted``) is kept in any case, even beside another one and
        even if it had ended here (a restored domain controller brings groups back) or its provider is gone:
        it exists, and what is not kept is not ended.
        """
        _check_that_they_belong_together(elevation, transition)
        with self._writing(wait=wait) as database:
            known = elevation_rows.read_one(database, elevation.id)
            if known is not None and not (elevation.adopted and _may_be_adopted(database, known)):
                raise ConcurrentChange(
                    "This elevation is known already.", subject=elevation.id, remedy="Refresh the list."
                )
            if not elevation.adopted:
                query = elevation_rows.open_for_account(elevation.provider_id, elevation.account.guid)
                for other in elevation_rows.read(database, query):
                    raise AccountCheckedOut(elevation.account.name, other.requested_by, other.deadline)
            new = replace(elevation, revision=known.revision + 1 if known else 1)
            stored, told = story.move_in_order(database, new, transition)
            elevation_rows.put(database, stored, _closed_at(stored, told))
            self._record(database, stored, told, transition)
        return stored

    def advance(self, elevation: Elevation, transition: Transition) -> Elevation:
        """Store ``elevation`` after ``transition``; ``ConcurrentChange`` if somebody else was first."""
        _check_that_they_belong_together(elevation, transition)
        with self._writing() as database:
            stored = self._advanced(database, elevation, transition)
            if isinstance(stored, ConcurrentChange):
                if elevation_rows.read_one(database, elevation.id) is None:
                    raise _unknown_elevation(elevation.id)
                raise stored
        return stored

    def advance_all(
        self, moves: Sequence[tuple[Elevation, Transition]], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        """As :meth:`advance` for many, in one transaction."""
        for elevation, transition in moves:
            _check_that_they_belong_together(elevation, transition)
        with self._writing(wait=wait) as database:
            return [self._advanced(database, elevation, transition) for elevation, transition in moves]

    def _advanced(
        self, database: SqliteDatabase, elevation: Elevation, transition: Transition
    ) -> Elevation | ConcurrentChange:
        moved = replace(elevation, revision=elevation.revision + 1)
        looked_at = elevation_rows.with_last_look(database, moved)
        stored, told = story.move_in_order(database, looked_at, transition)
        closed_at = _closed_at(stored, told)
        if elevation_rows.update(database, stored, closed_at, expected_revision=elevation.revision):
            self._record(database, stored, told, transition)
            return stored
        return _changed_meanwhile(elevation)

    def renew_lease(self, elevation: Elevation, until: datetime, *, wait: bool = True) -> Elevation:
        """Move ``next_attempt_at`` without a transition; ``ConcurrentChange`` if somebody else was first."""
        with self._writing(wait=wait) as database:
            if not elevation_rows.renew_lease(database, elevation, until):
                raise _changed_meanwhile(elevation)
        return replace(elevation, next_attempt_at=until, revision=elevation.revision + 1)

    def note_sights(self, sights: Mapping[ElevationId, Sight]) -> None:
        """Keep the last look at each of these; revisions stay."""
        if not sights:
            return
        with self._writing(wait=False) as database:
            for elevation_id, sight in sights.items():
                elevation_rows.note_sight(database, elevation_id, sight)

    def kept_time(self, provider_id: ProviderId) -> KeptTime | None:
        """The highest time of a provider's domain that was ever trusted."""
        with self._reading() as database:
            query = KeptTimeRow.select().where(KeptTimeRow.provider_id == provider_id)
            for row in query.bind(database):
                return KeptTime(
                    row.domain_time,
                    row.ahead_of_computer_seconds,
                    row.went_back,
                    row.boot,
                    utc_or_none(row.booted_at),
                )
        return None

    def keep_time(self, provider_id: ProviderId, kept: KeptTime) -> None:
        """Keep what :meth:`kept_time` gives."""
        values = {
            "domain_time": kept.domain_time,
            "ahead_of_computer_seconds": kept.ahead_of_computer_seconds,
            "went_back": kept.went_back,
            "boot": kept.boot,
            "booted_at": None if kept.booted_at is None else utc_text(kept.booted_at),
        }
        with self._writing(wait=False) as database:
            if not provider_rows.is_there(database, provider_id):
                raise _unknown_provider(provider_id)
            KeptTimeRow.insert(provider_id=provider_id, **values).on_conflict(
                conflict_target=[KeptTimeRow.provider_id], update=values
            ).execute(database)

    def set_up_here(self) -> Collection[str]:
        """Names of what was set up on this computer when that was looked at last."""
        with self._reading() as database:
            return frozenset(row.name for row in SetUpHereRow.select().bind(database))

    def note_set_up_here(self, name: str, *, is_there: bool) -> None:
        """Keep what :meth:`set_up_here` gives."""
        with self._writing(wait=False) as database:
            if is_there:
                SetUpHereRow.insert(name=name).on_conflict_ignore().execute(database)
            else:
                SetUpHereRow.delete().where(SetUpHereRow.name == name).execute(database)

    def elevation(self, elevation_id: ElevationId) -> Elevation:
        """One elevation; ``UnknownItem`` where there is none."""
        with self._reading() as database:
            found = elevation_rows.read_one(database, elevation_id)
        if found is None:
            raise _unknown_elevation(elevation_id)
        return found

    def open_elevations(self, provider_id: ProviderId | None = None) -> Sequence[Elevation]:
        """Those that may have something left in the directory, by deadline."""
        query = elevation_rows.all_open() if provider_id is None else elevation_rows.open_of(provider_id)
        with self._reading() as database:
            return elevation_rows.read(database, query)

    def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> Sequence[Elevation]:
        """Ended and failed ones, latest first; every word of ``text`` occurs in what is found."""
        with self._reading() as database:
            return elevation_rows.read(database, elevation_rows.closed(limit=limit, offset=offset, text=text))

    def unrecorded(self) -> Sequence[Elevation]:
        """None: what can't be written is raised."""
        return ()

    def trouble(self) -> StoreError | None:
        """None: it is raised."""
        return None

    def unconfirmed_elevations(self, provider_id: ProviderId) -> Sequence[Elevation]:
        """Those that are over while a domain controller could not be asked, latest first."""
        with self._reading() as database:
            return elevation_rows.read(database, elevation_rows.unconfirmed_of(provider_id))

    def elevations_of_groups(
        self, provider_id: ProviderId, groups: Collection[ObjectGuid]
    ) -> Mapping[ObjectGuid, Elevation]:
        """What these temporary groups were made for, those that have ended included."""
        with self._reading() as database:
            return by_group(elevation_rows.read_of_groups(database, provider_id, groups))

    def used_locations(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The creation locations that elevations of a provider were ever made in."""
        with self._reading() as database:
            rows = elevation_rows.locations_of(provider_id).bind(database)
            return frozenset(ObjectGuid(row.location_guid) for row in rows)

    def used_targets(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The groups that elevations of a provider may still give."""
        with self._reading() as database:
            rows = (row for query in elevation_rows.targets_of(provider_id) for row in query.bind(database))
            return frozenset(ObjectGuid(row.guid) for row in rows)

    def known_controllers(self, provider_id: ProviderId) -> Sequence[str]:
        """The domain controllers of a provider as they were last seen, the preferred ones first."""
        with self._reading() as database:
            return provider_rows.known_controllers(database, provider_id)

    def departed_controllers(self, provider_id: ProviderId) -> Mapping[str, datetime]:
        """Those that left the list and did not answer, since when (UTC, the domain's time)."""
        with self._reading() as database:
            return provider_rows.departed_controllers(database, provider_id)

    def remember_controllers(
        self,
        provider_id: ProviderId,
        hosts: Sequence[str],
        departed: Mapping[str, datetime] = NOBODY,
        *,
        wait: bool = True,
    ) -> None:
        """Keep what ``known_controllers`` and ``departed_controllers`` give; without any change nothing is
        written."""
        is_known = list(self.known_controllers(provider_id)) == list(hosts)
        if is_known and self.departed_controllers(provider_id) == departed:
            return
        with self._writing(wait=wait) as database:
            if not provider_rows.is_there(database, provider_id):
                raise _unknown_provider(provider_id)
            provider_rows.remember_controllers(database, provider_id, hosts, departed)

    def transitions(self, elevation_id: ElevationId) -> Sequence[Transition]:
        """All moves of one elevation in order."""
        with self._reading() as database:
            return elevation_rows.transitions(database, elevation_id)

    def add_step(self, report: StepReport) -> None:
        """Keep one step report."""
        with self._writing() as database:
            elevation_rows.add_step(database, story.step_in_order(database, report))

    def add_steps(self, reports: Sequence[StepReport], *, wait: bool = True) -> None:
        """Keep many step reports in one transaction."""
        with self._writing(wait=wait) as database:
            for report in reports:
                elevation_rows.add_step(database, story.step_in_order(database, report))

    def steps(self, elevation_id: ElevationId) -> Sequence[StepReport]:
        """The step reports of one elevation in order."""
        with self._reading() as database:
            return elevation_rows.steps(database, elevation_id)

    # --- audit ---------------------------------------------------------------------------------------

    def add_audit(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        detail: dict[str, object],
        wait: bool = True,
    ) -> None:
        """Append to the audit trail."""
        with self._writing(wait=wait) as database:
            at, told = story.entry_in_order(database, at, detail)
            audit_trail.append(database, at=at, actor=actor, action=action, subject=subject, detail=told)

    def audit(self, *, limit: int = 200, offset: int = 0) -> Sequence[AuditEntry]:
        """Entries of the audit trail, latest first."""
        with self._reading() as database:
            query = AuditRow.select().order_by(AuditRow.number.desc()).limit(limit).offset(offset)
            return [audit_trail.entry_from_row(row) for row in query.bind(database)]

    def export_audit(self) -> dict[str, object]:
        """The whole audit trail as one JSON document that proves itself (see ``audit_trail``)."""
        with self._reading() as database:
            return audit_trail.export(database)

    def verify_audit(self, *, known_head: str = "") -> list[audit_trail.AuditProblem]:
        """Everything that does not hold in the audit trail; empty where nobody touched it.

        ``known_head`` is the head of an earlier export, which must still be in it.
        """
        return audit_trail.problems(self.export_audit(), known_head=known_head)

    # --- within --------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[SqliteDatabase]:
        with self._database.reading() as database:
            try:
                yield database
            except UNREADABLE as error:
                # A state, a time or a JSON text that no version of this program wrote.
                raise failures.unreadable(self.file, error) from error

    def _writing(self, *, wait: bool = True) -> AbstractContextManager[SqliteDatabase]:
        return self._database.writing(wait=wait)

    def _record(
        self, database: SqliteDatabase, elevation: Elevation, transition: Transition, given: Transition
    ) -> None:
        """Keep a move and tell it, as :mod:`.story` has put it; ``given`` is the same with what the clock
        said."""
        elevation_rows.add_transition(database, transition)
        at, clock_told = story.move_told(database, given, transition)
        audit_trail.append(
            database,
            at=at,
            actor=transition.actor,
            action=f"elevation.{transition.event.value}",
            subject=elevation.account.name,
            detail={
                "elevation": elevation.id,
                "provider": elevation.provider_id,
                "account": elevation.account.guid,
                "privileges": {p.group.guid: p.label for p in elevation.privileges},
                "group": elevation.group_name,
                "domain_controller": elevation.domain_controller,
                "from": transition.from_state.value if transition.from_state else None,
                "to": transition.to_state.value,
                "deadline": elevation.deadline.isoformat(),
                "requested_by": elevation.requested_by,
                "reason": elevation.reason,
                "ticket": elevation.ticket,
                "end_reason": elevation.end_reason.value if elevation.end_reason else None,
                "failure": elevation.failure,
                "guarantee": elevation.guarantee.value,
                "mechanism": elevation.mechanism.value,
                "directory_ends_at": (
                    elevation.directory_ends_at.isoformat() if elevation.directory_ends_at else None
                ),
                "unconfirmed_on": list(elevation.unconfirmed_on),
                "remains": elevation_rows.remains_listed(elevation),
                "leftover": elevation.leftover,
                "suspicion": elevation.suspicion,
                **clock_told,
                "detail": transition.detail,
            },
        )


def _told_apart(providers: Iterable[DomainProvider]) -> list[DomainProvider]:
    """``providers`` with another name for each whose name one before it has got since: a settings file with
    two of one name can't be read."""
    names, apart = set[str](), list[DomainProvider]()
    for provider in providers:
        name, number = provider.name, 2
        while name.casefold() in names:
            name, number = f"{provider.name} ({number})", number + 1
        names.add(name.casefold())
        apart.append(replace(provider, name=name))
    return apart


def _may_be_adopted(database: SqliteDatabase, known: Elevation) -> bool:
    """Whether nothing here ends ``known`` any more: it has ended, or nobody sweeps its provider."""
    return not known.is_open or not provider_rows.is_there(database, known.provider_id)


def _closed_at(elevation: Elevation, transition: Transition) -> datetime | None:
    return None if elevation.is_open else transition.at


def _check_that_they_belong_together(elevation: Elevation, transition: Transition) -> None:
    if transition.elevation_id != elevation.id or transition.to_state is not elevation.state:
        raise ValueError(f"{transition} is not the move that led to {elevation.state} of {elevation.id}")


def _changed_meanwhile(elevation: Elevation) -> ConcurrentChange:
    return ConcurrentChange(
        f"The elevation of {elevation.account.name} was changed by another copy of the program.",
        subject=elevation.id,
        remedy="Look at it again, then decide.",
    )


def _unknown_provider(provider_id: ProviderId) -> UnknownItem:
    return UnknownItem(
        "There is no such domain provider (any more).", subject=provider_id, remedy="Refresh the list."
    )


def _unknown_elevation(elevation_id: ElevationId) -> UnknownItem:
    return UnknownItem("There is no such elevation.", subject=elevation_id, remedy="Refresh the list.")
