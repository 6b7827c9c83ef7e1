# SPDX-License-Identifier: MIT
"""An elevation as rows, and the questions that are asked of all of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peewee import SQL, SqliteDatabase, fn

from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId, SecurityId
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import (
    Elevation,
    GrantedPrivilege,
    Mechanism,
    RemainingRight,
    Seen,
    Sight,
    Step,
    StepReport,
    StepStatus,
    TimeSource,
    Transition,
)
from jit_desktop.store.fields import LARGEST_NUMBER, UNREADABLE, UnreadableRow, one_by_one
from jit_desktop.store.provider_rows import object_ref
from jit_desktop.store.tables import (
    ElevationRow,
    GrantedPrivilegeRow,
    StepRow,
    TransitionRow,
    UnconfirmedRow,
)

if TYPE_CHECKING:
    from peewee import ModelSelect


_TIMES = (
    "requested_at",
    "deadline",
    "directory_ends_at",
    "granted_at",
    "ready_at",
    "ended_at",
    "next_attempt_at",
    "extending_to",
    "seen_at",
)
_FIRST_YEAR, _LAST_YEAR = 1601, 9000
"""What is added to a time, or taken from it, must not lead beyond the calendar. The directory's times begin
in 1601, those of a computer without a clock in 1970."""
CLOSING_EVENTS = (Event.REFUSED, Event.END_CONFIRMED, Event.ROLLBACK_CONFIRMED)
"""The moves by which an elevation is over."""
_CLOCKS = frozenset(clock.value for clock in TimeSource)
_READ_AT_ONCE = 500
"""SQLite allows 999 variables in a statement in its oldest builds."""


def put(database: SqliteDatabase, elevation: Elevation, closed_at: datetime | None) -> None:
    """Add an elevation with its privileges, in the place of what is there under its identifier."""
    values = _values(elevation, closed_at)
    ElevationRow.insert(**values).on_conflict(conflict_target=[ElevationRow.id], update=values).execute(
        database
    )
    _put_privileges(database, elevation)
    _put_unconfirmed(database, elevation)


def update(
    database: SqliteDatabase, elevation: Elevation, closed_at: datetime | None, *, expected_revision: int
) -> bool:
    """Replace an elevation if it is still at ``expected_revision``; whether it was."""
    query = ElevationRow.update(**_values(elevation, closed_at)).where(
        ElevationRow.id == elevation.id, ElevationRow.revision == expected_revision
    )
    if not query.execute(database):
        return False
    if tuple(_privileges(database, [elevation.id]).get(elevation.id, ())) != elevation.privileges:
        _put_privileges(database, elevation)
    _put_unconfirmed(database, elevation)
    return True


def with_last_look(database: SqliteDatabase, elevation: Elevation) -> Elevation:
    """``elevation`` with the later of the look that it brings and the one that is kept: looks are not counted
    by revisions, so that it may have been read before the last one."""
    row = (
        ElevationRow.select(ElevationRow.seen_at, ElevationRow.seen, ElevationRow.seen_words)
        .where(ElevationRow.id == elevation.id)
        .first(database)
    )
    kept = _sight(row) if row is not None else None
    if kept is None or (elevation.sight is not None and elevation.sight.at >= kept.at):
        return elevation
    return replace(elevation, sight=kept)


def renew_lease(database: SqliteDatabase, elevation: Elevation, until: datetime) -> bool:
    """Move ``next_attempt_at`` of an elevation if it is still at its revision; whether it was."""
    query = ElevationRow.update(next_attempt_at=until, revision=elevation.revision + 1).where(
        ElevationRow.id == elevation.id, ElevationRow.revision == elevation.revision
    )
    return bool(query.execute(database))


def note_sight(database: SqliteDatabase, elevation_id: ElevationId, sight: Sight) -> None:
    """Keep the last look at an elevation; its revision stays."""
    ElevationRow.update(seen_at=sight.at, seen=sight.seen.value, seen_words=sight.words).where(
        ElevationRow.id == elevation_id
    ).execute(database)


def read_one(database: SqliteDatabase, elevation_id: ElevationId) -> Elevation | None:
    """One elevation, ``None`` where there is none."""
    found = _assembled(database, ElevationRow.select().where(ElevationRow.id == elevation_id))
    return found[0] if found else None


def all_open() -> ModelSelect[ElevationRow]:
    """Those that may have something left in the directory, by deadline."""
    return (
        ElevationRow.select()
        .where(ElevationRow.closed_at.is_null())
        .order_by(ElevationRow.deadline, ElevationRow.id)
    )


def open_of(provider_id: ProviderId) -> ModelSelect[ElevationRow]:
    """The open ones of one provider, by deadline."""
    return all_open().where(ElevationRow.provider_id == provider_id)


def open_for_account(provider_id: ProviderId, account: ObjectGuid) -> ModelSelect[ElevationRow]:
    """The open ones of one account."""
    return open_of(provider_id).where(ElevationRow.account_guid == account)


def closed(*, limit: int, offset: int, text: str) -> ModelSelect[ElevationRow]:
    """Ended and failed ones, latest first; ``text`` is looked for without regard to case."""
    query = (
        ElevationRow.select()
        .where(ElevationRow.closed_at.is_null(is_null=False))
        .order_by(ElevationRow.closed_at.desc(), ElevationRow.id)
        .limit(limit)
        .offset(offset)
    )
    for word in text.casefold().split():
        query = query.where(fn.INSTR(ElevationRow.search_text, word) > 0)
    return query


def unconfirmed_of(provider_id: ProviderId) -> ModelSelect[ElevationRow]:
    """Those of one provider that are over while a domain controller could not be asked, or while something of
    them is still there, latest first."""
    waiting = UnconfirmedRow.select(UnconfirmedRow.elevation_id)
    left_over = ElevationRow.select(ElevationRow.id).where(
        # In the words of its index: a parameter in their place has every row read.
        SQL("leftover <> ''"),
        ElevationRow.provider_id == provider_id,
    )
    return (
        ElevationRow.select()
        .where(
            # One list of few: two of them joined by OR have every row read.
            ElevationRow.id.in_(waiting.union(left_over)),
            ElevationRow.provider_id == provider_id,
            ElevationRow.closed_at.is_null(is_null=False),
        )
        .order_by(ElevationRow.closed_at.desc(), ElevationRow.id)
    )


def of_groups(provider_id: ProviderId, groups: Sequence[ObjectGuid]) -> ModelSelect[ElevationRow]:
    """Those of one provider that these temporary groups were made for, ``_READ_AT_ONCE`` at most."""
    return ElevationRow.select().where(
        ElevationRow.group_guid.in_(groups), ElevationRow.provider_id == provider_id
    )


def read_of_groups(
    database: SqliteDatabase, provider_id: ProviderId, groups: Collection[ObjectGuid]
) -> list[Elevation]:
    """Those of one provider that these temporary groups were made for, however many groups."""
    guids, found = list(groups), list[Elevation]()
    for start in range(0, len(guids), _READ_AT_ONCE):
        found += read(database, of_groups(provider_id, guids[start : start + _READ_AT_ONCE]))
    return found


def locations_of(provider_id: ProviderId) -> ModelSelect[ElevationRow]:
    """The creation locations that elevations of one provider were ever made in, each once."""
    return (
        ElevationRow.select(ElevationRow.location_guid)
        .where(ElevationRow.provider_id == provider_id)
        .distinct()
    )


def targets_of(provider_id: ProviderId) -> tuple[ModelSelect[GrantedPrivilegeRow], ...]:
    """The groups that elevations of one provider may still give, in questions with an index each."""
    chosen = ElevationRow.select(ElevationRow.id).where(ElevationRow.provider_id == provider_id)
    unconfirmed = UnconfirmedRow.select(UnconfirmedRow.elevation_id)
    needed = (
        chosen.where(ElevationRow.closed_at.is_null()),
        chosen.where(ElevationRow.id.in_(unconfirmed)),
        chosen.where(SQL("leftover <> ''")),
    )
    given = GrantedPrivilegeRow.select(GrantedPrivilegeRow.guid).distinct()
    return tuple(given.where(GrantedPrivilegeRow.elevation_id.in_(ids)) for ids in needed)


def read(database: SqliteDatabase, query: ModelSelect[ElevationRow]) -> list[Elevation]:
    """The elevations that one of the questions above finds."""
    return _assembled(database, query)


def add_transition(database: SqliteDatabase, transition: Transition) -> None:
    """Keep one move."""
    TransitionRow.insert(
        elevation_id=transition.elevation_id,
        at=transition.at,
        event=transition.event.value,
        from_state=transition.from_state.value if transition.from_state else None,
        to_state=transition.to_state.value,
        actor=transition.actor,
        detail=transition.detail,
        clock=transition.clock.value,
    ).execute(database)


def last_moved_at(database: SqliteDatabase, elevation_id: ElevationId) -> datetime | None:
    """When an elevation was moved last; ``None`` where it never was."""
    return _last_at(TransitionRow, database, elevation_id)


def last_step_at(database: SqliteDatabase, elevation_id: ElevationId) -> datetime | None:
    """The time of the step of an elevation that was kept last; ``None`` where there is none."""
    return _last_at(StepRow, database, elevation_id)


def _last_at(
    kind: type[TransitionRow | StepRow], database: SqliteDatabase, elevation_id: ElevationId
) -> datetime | None:
    row = (
        kind.select(kind.at).where(kind.elevation_id == elevation_id).order_by(kind.id.desc()).first(database)
    )
    return None if row is None else row.at


def transitions(database: SqliteDatabase, elevation_id: ElevationId) -> list[Transition]:
    """All moves in order."""
    rows = (
        TransitionRow.select()
        .where(TransitionRow.elevation_id == elevation_id)
        .order_by(TransitionRow.id)
        .bind(database)
    )
    return [
        Transition(
            elevation_id=ElevationId(row.elevation_id),
            at=row.at,
            event=Event(row.event),
            from_state=State(row.from_state) if row.from_state is not None else None,
            to_state=State(row.to_state),
            actor=row.actor,
            detail=row.detail,
            clock=TimeSource(row.clock),
        )
        for row in rows
    ]


def add_step(database: SqliteDatabase, report: StepReport) -> None:
    """Keep one step report."""
    StepRow.insert(
        elevation_id=report.elevation_id,
        at=report.at,
        step=report.step.value,
        status=report.status.value,
        message=report.message,
        subject=report.subject,
        clock=report.clock.value,
    ).execute(database)


def steps(database: SqliteDatabase, elevation_id: ElevationId) -> list[StepReport]:
    """All step reports in order."""
    rows = StepRow.select().where(StepRow.elevation_id == elevation_id).order_by(StepRow.id).bind(database)
    return [
        StepReport(
            elevation_id=ElevationId(row.elevation_id),
            at=row.at,
            step=Step(row.step),
            status=StepStatus(row.status),
            message=row.message,
            subject=row.subject,
            clock=TimeSource(row.clock),
        )
        for row in rows
    ]


def _search_text(elevation: Elevation) -> str:
    """What the history is searched in; folded here because SQLite folds ASCII only."""
    words = [elevation.account.name, elevation.requested_by, elevation.reason, elevation.ticket]
    for privilege in elevation.privileges:
        words += [privilege.group.name, privilege.display_name]
    return "\n".join(words).casefold()


def _values(elevation: Elevation, closed_at: datetime | None) -> dict[str, Any]:
    return {
        "id": elevation.id,
        "provider_id": elevation.provider_id,
        "account_guid": elevation.account.guid,
        "account_dn": elevation.account.dn,
        "account_name": elevation.account.name,
        "group_name": elevation.group_name,
        "location_guid": elevation.location.guid,
        "location_dn": elevation.location.dn,
        "location_name": elevation.location.name,
        "requested_by": elevation.requested_by,
        "requested_at": elevation.requested_at,
        "duration_seconds": elevation.duration_seconds,
        "deadline": elevation.deadline,
        "state": elevation.state.value,
        "reason": elevation.reason,
        "ticket": elevation.ticket,
        "mechanism": elevation.mechanism.value,
        "directory_ends_at": elevation.directory_ends_at,
        "domain_controller": elevation.domain_controller,
        "group_guid": elevation.group_guid,
        "granted_at": elevation.granted_at,
        "ready_at": elevation.ready_at,
        "ended_at": elevation.ended_at,
        "end_reason": elevation.end_reason.value if elevation.end_reason else None,
        "failure": elevation.failure,
        "attempts": elevation.attempts,
        "next_attempt_at": elevation.next_attempt_at,
        "adopted": elevation.adopted,
        "extending_to": elevation.extending_to,
        "remains": _remains_text(elevation),
        "leftover": elevation.leftover,
        "suspicion": elevation.suspicion,
        "seen_at": elevation.sight.at if elevation.sight else None,
        "seen": elevation.sight.seen.value if elevation.sight else None,
        "seen_words": elevation.sight.words if elevation.sight else "",
        "revision": elevation.revision,
        "closed_at": closed_at,
        "search_text": _search_text(elevation),
    }


def _sight(row: ElevationRow) -> Sight | None:
    if row.seen is None or row.seen_at is None:
        return None
    return Sight(row.seen_at, Seen(row.seen), row.seen_words)


def remains_listed(elevation: Elevation) -> list[dict[str, object]]:
    """What the account still has, as it is kept in the row and in the audit trail."""
    return [
        {
            "group": r.group,
            "label": r.label,
            "ways": list(r.ways),
            "since_before": r.since_before,
            "by_elevation": r.by_elevation,
        }
        for r in elevation.remains
    ]


def _remains_text(elevation: Elevation) -> str:
    return json.dumps(
        remains_listed(elevation),
        ensure_ascii=False,
    )


def _remains(text: str) -> tuple[RemainingRight, ...]:
    return tuple(
        RemainingRight(
            ObjectGuid(r["group"]),
            r["label"],
            tuple(r["ways"]),
            r["since_before"],
            r.get("by_elevation", False),
        )
        for r in json.loads(text)
    )


def _put_privileges(database: SqliteDatabase, elevation: Elevation) -> None:
    GrantedPrivilegeRow.delete().where(GrantedPrivilegeRow.elevation_id == elevation.id).execute(database)
    for position, privilege in enumerate(elevation.privileges):
        GrantedPrivilegeRow.insert(
            elevation_id=elevation.id,
            position=position,
            guid=privilege.group.guid,
            dn=privilege.group.dn,
            name=privilege.group.name,
            display_name=privilege.display_name,
            sid=privilege.sid,
            held_before=privilege.held_before,
        ).execute(database)


def _put_unconfirmed(database: SqliteDatabase, elevation: Elevation) -> None:
    UnconfirmedRow.delete().where(UnconfirmedRow.elevation_id == elevation.id).execute(database)
    for position, host in enumerate(elevation.unconfirmed_on):
        UnconfirmedRow.insert(elevation_id=elevation.id, position=position, host=host).execute(database)


def _unconfirmed(database: SqliteDatabase, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), _READ_AT_ONCE):
        rows = (
            UnconfirmedRow.select()
            .where(UnconfirmedRow.elevation_id.in_(ids[start : start + _READ_AT_ONCE]))
            .order_by(UnconfirmedRow.elevation_id, UnconfirmedRow.position)
            .bind(database)
        )
        for row in rows:
            found.setdefault(row.elevation_id, []).append(row.host)
    return found


def _privileges(database: SqliteDatabase, ids: list[str]) -> dict[str, list[GrantedPrivilege]]:
    found: dict[str, list[GrantedPrivilege]] = {}
    for start in range(0, len(ids), _READ_AT_ONCE):
        rows = (
            GrantedPrivilegeRow.select()
            .where(GrantedPrivilegeRow.elevation_id.in_(ids[start : start + _READ_AT_ONCE]))
            .order_by(GrantedPrivilegeRow.elevation_id, GrantedPrivilegeRow.position)
            .bind(database)
        )
        for row in rows:
            privilege = GrantedPrivilege(
                object_ref(row.guid, row.dn, row.name),
                row.display_name,
                SecurityId(row.sid) if row.sid is not None else None,
                row.held_before,
            )
            found.setdefault(row.elevation_id, []).append(privilege)
    return found


def _ended_clocks(database: SqliteDatabase, ids: list[str]) -> dict[str, TimeSource]:
    """Whose clock the ends of these are of: that of the move by which each was over."""
    found: dict[str, TimeSource] = {}
    for start in range(0, len(ids), _READ_AT_ONCE):
        rows = (
            TransitionRow.select(TransitionRow.elevation_id, TransitionRow.clock)
            .where(
                TransitionRow.elevation_id.in_(ids[start : start + _READ_AT_ONCE]),
                TransitionRow.event.in_([event.value for event in CLOSING_EVENTS]),
            )
            .order_by(TransitionRow.id)
            .bind(database)
        )
        found |= {row.elevation_id: TimeSource(row.clock) for row in rows if row.clock in _CLOCKS}
    return found


def _assembled(database: SqliteDatabase, query: ModelSelect[ElevationRow]) -> list[Elevation]:
    try:
        return _with_parts(database, list(query.bind(database)))
    except UNREADABLE as error:
        # One by one: what the others say counts.
        found, damage = list[Elevation](), [str(error)]
        for one in one_by_one(database, query, ElevationRow.id):
            try:
                found += _with_parts(database, list(one.bind(database)))
            except UNREADABLE as why:
                damage.append(str(why))
        raise UnreadableRow("; ".join(dict.fromkeys(damage)), found) from error


def _with_parts(database: SqliteDatabase, rows: Sequence[ElevationRow]) -> list[Elevation]:
    ids = [row.id for row in rows]
    privileges, unconfirmed = _privileges(database, ids), _unconfirmed(database, ids)
    clocks = _ended_clocks(database, [row.id for row in rows if row.ended_at is not None])
    found = []
    for row in rows:
        _require_possible(row)
        of_row = tuple(privileges.get(row.id, ())), tuple(unconfirmed.get(row.id, ()))
        found.append(replace(_elevation(row, *of_row), ended_clock=clocks.get(row.id)))
    return found


def _require_possible(row: ElevationRow) -> None:
    """:class:`UnreadableRow` for a value that can be read, and not be counted with."""
    for name in _TIMES:
        moment: datetime | None = getattr(row, name)
        if moment is not None and not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise UnreadableRow(f"{name}: {moment}")
    for name in ("duration_seconds", "attempts", "revision"):
        if not 0 <= getattr(row, name) < LARGEST_NUMBER:
            raise UnreadableRow(f"{name}: {getattr(row, name)}")


def _elevation(
    row: ElevationRow, privileges: tuple[GrantedPrivilege, ...], unconfirmed_on: tuple[str, ...]
) -> Elevation:
    return Elevation(
        id=ElevationId(row.id),
        provider_id=ProviderId(row.provider_id),
        account=object_ref(row.account_guid, row.account_dn, row.account_name),
        privileges=privileges,
        group_name=row.group_name,
        location=object_ref(row.location_guid, row.location_dn, row.location_name),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        duration_seconds=row.duration_seconds,
        deadline=row.deadline,
        state=State(row.state),
        reason=row.reason,
        ticket=row.ticket,
        mechanism=Mechanism(row.mechanism),
        directory_ends_at=row.directory_ends_at,
        domain_controller=row.domain_controller,
        group_guid=ObjectGuid(row.group_guid) if row.group_guid is not None else None,
        granted_at=row.granted_at,
        ready_at=row.ready_at,
        ended_at=row.ended_at,
        end_reason=EndReason(row.end_reason) if row.end_reason is not None else None,
        failure=row.failure,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        adopted=row.adopted,
        extending_to=row.extending_to,
        unconfirmed_on=unconfirmed_on,
        remains=_remains(row.remains),
        leftover=row.leftover,
        suspicion=row.suspicion,
        sight=_sight(row),
        revision=row.revision,
    )
