# SPDX-License-Identifier: MIT
"""One domain controller whose clock is wrong decides nothing alone, and two that are wrong together do not
decide in silence.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.platform.clock import SystemClock
from tests.attacks.field import LATE_SECONDS, Broken, Copy, Field, Said
from tests.attacks.registry import attack
from tests.faults.liar import BUSY, Lies, LyingProxy

_KIND = "one clock is believed alone"
_DAY = 86_400
_FEW = 4
_LITTLE = "one clock is believed a little at a time"
_TOGETHER = "one clock is believed by two that depend on each other"
_HOUR = 3600
_STEP = 240
"""Seconds between two looks: less than what two clocks may be apart."""


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


# --- a little at a time: each reading is within the tolerance of the one before --------------------------


class Later(SystemClock):
    """The true clock of a computer on which more time has passed."""

    seconds = 0

    def utc_now(self) -> datetime:
        return super().utc_now() + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


class _Slowly:
    """A grant, and then a copy that did not make it and begins again at each look where it is ``fresh``."""

    def __init__(self, field: Field, seconds: int, *, fresh: bool) -> None:
        self.field, self.fresh = field, fresh
        self.one, self.two = field.lie()
        self.clock = Later()
        self.copy = self.granting = field.copy(clock=self.clock)
        self.elevation = self.granting.check_out(seconds)
        self.copy = self._again()
        self.copy.sweep()

    def _again(self) -> Copy:
        granting = self.granting
        return self.field.copy(
            folder=granting.folder, provider=granting.provider, new=False, clock=self.clock
        )

    @property
    def late(self) -> float:
        return (self.clock.utc_now() - self.elevation.deadline).total_seconds()

    def pass_over(self, *proxies: LyingProxy) -> None:
        """Time passes for this computer, and for these domain controllers."""
        self.clock.seconds += _STEP
        for proxy in proxies:
            proxy.lies.clock_seconds += _STEP

    def look(self) -> None:
        if self.fresh:
            self.copy = self._again()
        self.copy.tick()
        said = self.copy.sweep()
        if self.late > LATE_SECONDS:
            self.field.require_not_silent(said, f"{self.late:.0f} s late")


@attack(_LITTLE, "it stands still, and each sweep is a program of its own", short=True)
def stands_still_for_sweeps(field: Field) -> None:
    _stands_still(field, fresh=True)


@attack(_LITTLE, "it stands still, with a program that runs")
def stands_still_for_a_service(field: Field) -> None:
    _stands_still(field, fresh=False)


def _stands_still(field: Field, *, fresh: bool, is_alone: bool = False) -> None:
    slowly = _Slowly(field, 600, fresh=fresh)
    if is_alone:
        slowly.two.lies.refuses[b""] = BUSY
    for _ in range(5 if is_alone else 3):
        slowly.pass_over(slowly.two)
        slowly.look()
    field.require_gone(within=5)


@attack(_LITTLE, "it stands still, and the other one can't be asked")
def stands_still_alone(field: Field) -> None:
    _stands_still(field, fresh=True, is_alone=True)


@attack(_LITTLE, "it runs fast and ends nothing early")
def runs_fast(field: Field) -> None:
    slowly = _Slowly(field, 1200, fresh=True)
    for _ in range(6):
        slowly.one.lies.clock_seconds += _STEP
        slowly.look()
        field.require_held(f"one clock ended it {-slowly.late:.0f} s early")


@attack(_LITTLE, "it is put back twice and ends nothing early")
def put_back_twice(field: Field) -> None:
    slowly = _Slowly(field, 1200, fresh=True)
    for _ in range(2):
        slowly.one.lies.clock_seconds -= _STEP
        slowly.look()
        field.require_held(f"one clock ended it {-slowly.late:.0f} s early")


# --- both together: two that depend on each other --------------------------------------------------------


def _go_back_together(field: Field, *, fresh: bool) -> None:
    proxies = field.lie()
    clock = Later()
    granting = field.copy(clock=clock)
    elevation = granting.check_out(2 * _HOUR)
    copy = granting

    def look() -> Said:
        nonlocal copy
        if fresh or copy is granting:
            # Not the one that lent it: that counts by itself.
            copy = field.copy(folder=granting.folder, provider=granting.provider, new=False, clock=clock)
        copy.tick()
        return copy.sweep()

    def pass_over(seconds: int, jump: int = 0) -> Said:
        clock.seconds += seconds
        for proxy in proxies:
            proxy.lies.clock_seconds += seconds + jump
        return look()

    look()  # a good time is kept
    for seconds in (1800, 1800, 1800, 600):
        pass_over(seconds)
    said = pass_over(600, -_HOUR)
    if said.is_alarm:
        raise Broken("false_alarms", f"ten minutes before the deadline: {said}")
    for _ in range(6):
        said = pass_over(600)
        field.require_not_silent(said, "both domain controllers went back together")
        field.require_held("it ended by the time that was outvoted")
        if "The clocks of the domain went back by 1 hour" not in said.words:
            raise Broken("wrong", f"the alarm has no reason: {said.words}")
    said = pass_over(10, _HOUR)
    field.require_gone(within=5)
    if said.is_alarm or pass_over(10).is_alarm or copy.row(elevation).state is not State.ENDED:
        raise Broken("false_alarms", f"after both were put right: {said}")


@attack(_TOGETHER, "both go back an hour, and each sweep is a program of its own", short=True)
def back_together_for_sweeps(field: Field) -> None:
    _go_back_together(field, fresh=True)


@attack(_TOGETHER, "both go back an hour, with a program that runs")
def back_together_for_a_service(field: Field) -> None:
    _go_back_together(field, fresh=False)


@attack(_TOGETHER, "both were an hour fast and are put right, which is no alarm")
def fast_together_and_put_right(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    for seconds in (0, _HOUR, 0):
        for proxy in proxies:
            proxy.lies.clock_seconds = seconds
        copy = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = copy.sweep()
        if said.code:
            raise Broken("false_alarms", f"at {seconds} s: {said}")
    elevation = copy.check_out(_FEW)
    _require_right_deadline(elevation, _FEW)
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_TOGETHER, "dc1 goes back an hour and this computer follows it, and dc2 does not")
def followed_by_this_computer(field: Field) -> None:
    one, two = field.lie()
    clock = Later()
    copy = field.copy(clock=clock)
    copy.check_out(2 * _HOUR)

    def sweep() -> Said:
        return field.copy(folder=copy.folder, provider=copy.provider, new=False, clock=clock).sweep()

    sweep()  # a good time is kept
    clock.seconds = one.lies.clock_seconds = two.lies.clock_seconds = 2 * _HOUR - 600
    sweep()
    clock.seconds -= _HOUR
    one.lies.clock_seconds -= _HOUR
    said = sweep()
    for _ in range(3):
        for part in (clock, one.lies, two.lies):
            _pass(part, 600)
        said = sweep()
    field.require_not_silent(said, "dc1 and this computer went back together")


@attack(_TOGETHER, "dc1 and this computer are an hour ahead when it is granted, and dc2 is not")
def ahead_together_at_the_grant(field: Field) -> None:
    one, two = field.lie()
    clock = Later()
    clock.seconds = one.lies.clock_seconds = _HOUR
    copy = field.copy(clock=clock)
    elevation = _granted(copy)
    if elevation is None:
        field.require_gone(within=5)
        return
    # Both are put right, and what was lent is over.
    clock.seconds = one.lies.clock_seconds = two.lies.clock_seconds = 0
    for part in (clock, one.lies, two.lies):
        _pass(part, _FEW + 600)
    said = field.copy(folder=copy.folder, provider=copy.provider, new=False, clock=clock).sweep()
    field.require_not_silent(said, "dc1 and this computer were ahead together when it was lent")


@attack(_TOGETHER, "dc1 and this computer are four minutes ahead when it is granted, and dc2 is not")
def minutes_ahead_together_at_the_grant(field: Field) -> None:
    one, _ = field.lie()
    clock = Later()
    clock.seconds = one.lies.clock_seconds = _STEP
    elevation = field.copy(clock=clock).check_out(_HOUR)
    _require_right_deadline(elevation, _HOUR)


def _pass(what: Later | Lies, seconds: int) -> None:
    if isinstance(what, Later):
        what.seconds += seconds
    else:
        what.clock_seconds += seconds
