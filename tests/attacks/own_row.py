# SPDX-License-Identifier: MIT
"""One value in the own database that nobody expects, by a fault or by whoever sits at the computer."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
import uuid
from datetime import datetime, timedelta

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


def _swept(field: Field, copy: Copy, elevation: Elevation, times: int = 3) -> None:
    """As it is scheduled, in processes of their own."""
    field.wait_past(elevation)
    said = NOTHING_SAID
    for _ in range(times):
        said = copy.command("sweep")
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
    _sql(copy, "UPDATE elevation SET deadline = ?", _text(elevation.deadline + _YEAR))
    _swept(field, copy, elevation)


@attack(_KIND, "a later end and another identifier; scheduled sweeps", short=True)
def later_and_another_id(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    later = _text(elevation.deadline + _YEAR)
    _sql(copy, "UPDATE elevation SET id = ?, deadline = ?", str(uuid.uuid4()), later)
    _swept(field, copy, elevation)


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
