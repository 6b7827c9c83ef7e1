# SPDX-License-Identifier: MIT
"""One domain controller whose clock is wrong decides nothing alone."""

from __future__ import annotations

from datetime import UTC, datetime

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Elevation
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack

_KIND = "one clock is believed alone"
_DAY = 86_400
_FEW = 4


def _require_right_deadline(elevation: Elevation, seconds: int) -> None:
    """By this machine's clock, which is that of the true domain controller."""
    left = (elevation.deadline - datetime.now(UTC)).total_seconds()
    if left > seconds + 10:
        raise Broken("outlived_deadline", f"lent for {seconds} s, and the deadline is in {left:.0f} s")


@attack(_KIND, "a day behind after the grant, with a program that runs", short=True)
def behind_after_the_grant(field: Field) -> None:
    _behind(field, -_DAY, again=False)


@attack(_KIND, "a day behind after the grant, with a program that is started again")
def behind_after_a_restart(field: Field) -> None:
    _behind(field, -_DAY, again=True)


@attack(_KIND, "six minutes behind after the grant")
def a_little_behind(field: Field) -> None:
    _behind(field, -360, again=True)


def _behind(field: Field, seconds: int, *, again: bool) -> None:
    one, _ = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    copy.tick()
    one.lies.clock_seconds = seconds
    if again:
        copy = field.copy(folder=copy.folder, provider=copy.provider, new=False)
    field.wait_past(elevation)
    copy.tick()
    said = copy.sweep()
    field.require_not_silent(said)
    field.require_gone(within=5)


@attack(_KIND, "a day ahead when it is granted", short=True)
def ahead_at_the_grant(field: Field) -> None:
    _ahead(field, _DAY)


@attack(_KIND, "six minutes ahead when it is granted")
def a_little_ahead(field: Field) -> None:
    _ahead(field, 360)


def _ahead(field: Field, seconds: int) -> None:
    one, _ = field.lie()
    copy = field.copy()
    one.lies.clock_seconds = seconds
    elevation = _granted(copy)
    one.lies.clock_seconds = 0
    if elevation is None:
        field.require_gone(within=5)
        return
    _require_right_deadline(copy.row(elevation), _FEW)
    field.wait_past(copy.row(elevation))
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


def _granted(copy: Copy) -> Elevation | None:
    try:
        return copy.app.service.check_out(copy.request(_FEW), copy.recorder)
    except JitError:
        return None


@attack(_KIND, "a day behind when it is granted")
def behind_at_the_grant(field: Field) -> None:
    one, _ = field.lie()
    copy = field.copy()
    one.lies.clock_seconds = -_DAY
    elevation = _granted(copy)
    one.lies.clock_seconds = 0
    if elevation is not None:
        row = copy.row(elevation)
        if row.deadline < datetime.now(UTC) and field.is_held():
            raise Broken("outlived_deadline", "lent with a deadline that had passed")
        field.wait_past(row)
        copy.sweep()
    field.require_gone(within=5)


@attack(_KIND, "a day ahead after the grant ends nothing early")
def ahead_after_the_grant(field: Field) -> None:
    one, _ = field.lie()
    copy = field.copy()
    copy.check_out(3600)
    one.lies.clock_seconds = _DAY
    copy.tick()
    copy.sweep()
    field.require_held("one clock ended it an hour early")


@attack(_KIND, "a day ahead, and another copy with an empty database ends nothing early")
def ahead_for_another_copy(field: Field) -> None:
    one, _ = field.lie()
    copy, other = field.copy(), field.copy("CORP\\bob")
    copy.check_out(3600)
    one.lies.clock_seconds = _DAY
    other.sweep()
    field.require_held("one clock ended it an hour early")
