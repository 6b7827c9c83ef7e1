# SPDX-License-Identifier: MIT
"""This computer's clock is set, or falls back: alone it ends nothing, and time does not stand still by it.
Each look is a program of its own, in the same start of the computer or in another one.
"""

from __future__ import annotations

import io
from argparse import Namespace
from datetime import datetime, timedelta

from jit_desktop.commands.elevations import list_elevations
from jit_desktop.commands.output import Output
from jit_desktop.elevation.model import Elevation
from jit_desktop.platform.clock import SystemClock
from tests.attacks.field import Broken, Copy, Field, Said
from tests.attacks.registry import attack
from tests.faults.liar import LyingProxy

_KIND = "this computer's clock is believed alone"
_HOUR = 3600
_DAY = 86_400
_AN_ALARM = "it was to be an alarm"


class Own(SystemClock):
    """A computer whose clock on the wall can be set, on which time can pass, and that can be started anew."""

    set_seconds = 0
    """By how much its clock was set ahead."""
    passed_seconds = 0
    starts = 1

    def utc_now(self) -> datetime:
        return super().utc_now() + timedelta(seconds=self.passed_seconds + self.set_seconds)

    def monotonic(self) -> float:
        return super().monotonic() + self.passed_seconds

    def boot_id(self) -> str:
        return f"start {self.starts}"


class _Scene:
    """A grant whose time was kept, and looks at it by programs of their own."""

    def __init__(self, field: Field, seconds: int, *, is_new_start: bool) -> None:
        self.field, self.is_new_start = field, is_new_start
        self.one, self.two = field.lie()
        self.clock = Own()
        self.first = field.copy(clock=self.clock)
        self.elevation = self.first.check_out(seconds)
        self.again().sweep()

    def again(self) -> Copy:
        first = self.first
        return self.field.copy(folder=first.folder, provider=first.provider, new=False, clock=self.clock)

    def set_clock(self, seconds: int) -> None:
        self.clock.set_seconds = seconds
        self.clock.starts += self.is_new_start

    def sweep(self) -> Said:
        return self.again().sweep()

    def list(self) -> Said:
        """What `jit-desktop list` does."""
        results, messages = io.StringIO(), io.StringIO()
        arguments = Namespace(provider="", all=False, json=False, none_open=False)
        code = list_elevations(self.again().app, arguments, Output(results=results, messages=messages))
        return Said(int(code), results.getvalue() + messages.getvalue())

    def pass_over(self, seconds: int, *proxies: LyingProxy) -> None:
        self.clock.passed_seconds += seconds
        for proxy in proxies:
            proxy.lies.clock_seconds += seconds

    def require(self, said: Said, code: int, words: str = "") -> None:
        if said.code != code or words not in said.words:
            kind = "outlived_deadline" if code else "false_alarms"
            raise Broken(kind, f"not {code} “{words}”: {said.code} {' '.join(said.words.split())[-400:]}")

    @property
    def row(self) -> Elevation:
        return self.first.row(self.elevation)


def _ahead(field: Field, seconds: int, lent: int, *, is_new_start: bool) -> None:
    """dc1 alone can be asked; by the clock here, and by no other one, the deadline has passed."""
    scene = _Scene(field, lent, is_new_start=is_new_start)
    scene.two.refuse()
    scene.set_clock(seconds)
    for _ in range(2):
        said = scene.sweep()
        field.require_held("ended by this computer's clock alone")
        # What was carried on here since the start bears dc1 out.
        scene.require(said, 7 if is_new_start else 0)
    scene.pass_over(lent, scene.one)
    scene.sweep()
    field.require_gone(within=10)
    scene.two.mend()


@attack(_KIND, "an hour ahead, with one domain controller in reach", short=True)
def an_hour_ahead(field: Field) -> None:
    _ahead(field, _HOUR, 1800, is_new_start=False)


@attack(_KIND, "an hour ahead after a new start, with one domain controller in reach")
def an_hour_ahead_after_a_start(field: Field) -> None:
    _ahead(field, _HOUR, 1800, is_new_start=True)


@attack(_KIND, "seven minutes ahead, with one domain controller in reach")
def minutes_ahead(field: Field) -> None:
    _ahead(field, 420, 300, is_new_start=False)


@attack(_KIND, "seven minutes ahead after a new start, with one domain controller in reach")
def minutes_ahead_after_a_start(field: Field) -> None:
    _ahead(field, 420, 300, is_new_start=True)


@attack(_KIND, "three days back, and no domain controller answers")
def fallen_back(field: Field) -> None:
    """The battery of its clock is flat."""
    scene = _Scene(field, 600, is_new_start=False)
    for proxy in (scene.one, scene.two):
        proxy.hang()
    scene.set_clock(-3 * _DAY)
    scene.pass_over(300)
    scene.require(scene.list(), 0, "minutes")
    scene.require(scene.sweep(), 4)
    scene.pass_over(310)
    scene.require(scene.list(), 7, "past its deadline")
    scene.require(scene.sweep(), 7, "OVERDUE")
    field.require_held("nobody could end it")
    _answer_again(field, scene)


@attack(_KIND, "three days back after a new start, and no domain controller answers")
def fallen_back_after_a_start(field: Field) -> None:
    """Nobody knows how much time is left, and that is said from the first look on."""
    scene = _Scene(field, 600, is_new_start=True)
    for proxy in (scene.one, scene.two):
        proxy.hang()
    scene.set_clock(-3 * _DAY)
    for _ in range(2):
        scene.require(scene.list(), 7, "the time left is not known")
        scene.require(scene.sweep(), 7, "OVERDUE")
        scene.pass_over(310)
    _answer_again(field, scene)


def _answer_again(field: Field, scene: _Scene) -> None:
    for proxy in (scene.one, scene.two):
        proxy.lies.clock_seconds = scene.clock.passed_seconds
        proxy.mend()
    scene.sweep()
    field.require_gone(within=10)
    field.until_over(scene.again(), scene.elevation)
    scene.require(scene.sweep(), 0)


@attack(_KIND, "it is right, and the one domain controller in reach is a day behind")
def right_beside_one_behind(field: Field) -> None:
    scene = _Scene(field, 60, is_new_start=False)
    _behind(field, scene)
    field.require_gone(within=10)


@attack(_KIND, "it is right after a new start, and the one domain controller in reach is a day behind")
def right_beside_one_behind_after_a_start(field: Field) -> None:
    scene = _Scene(field, 60, is_new_start=True)
    scene.require(_behind(field, scene), 7)
    field.require_open(scene.first, scene.elevation, _AN_ALARM)


def _behind(field: Field, scene: _Scene) -> Said:
    scene.two.refuse()
    scene.set_clock(0)
    scene.pass_over(70)
    scene.one.lies.clock_seconds = -_DAY
    said = scene.sweep()
    field.require_not_silent(said, "one against this computer")
    return said
