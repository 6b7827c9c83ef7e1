# SPDX-License-Identifier: MIT
"""One value in the own database that nobody expects, by a fault or by whoever sits at the computer."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.attacks.doings import FEW
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.memory import start_command
from tests.attacks.registry import attack

_KIND = "one value in the own database"
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


@attack(_KIND, "its provider is none; scheduled sweeps", short=True)
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


@attack(_KIND, "a later end and another identifier; scheduled sweeps", short=True)
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


@attack(
    _KIND, "a later end, and another domain, of one that was extended before; scheduled sweeps", short=True
)
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
