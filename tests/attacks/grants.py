# SPDX-License-Identifier: MIT
"""A grant that comes too late, or twice."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from tests.attacks.field import LATE_SECONDS, Broken, Copy, Field, Said
from tests.attacks.registry import attack
from tests.samba.pair import seconds_until
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

_LATE = "a right is given after its deadline"
_TWICE = "one account, twice"
_FEW = 3


class _Sleeper(Recorder):
    """Stops the grant at a step until its deadline is long past."""

    def __init__(self, step: Step, nth: int = 1) -> None:
        super().__init__()
        self._step, self._left = step, nth

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (self._step, StepStatus.RUNNING):
            self._left -= 1
            if self._left == 0:
                time.sleep(_FEW + 3)


def _slept(step: Step, nth: int, *, short: bool = False) -> None:
    def play(field: Field) -> None:
        copy = field.copy()
        watch = _Watch(field)
        with watch, suppress(JitError):
            copy.app.service.check_out(copy.request(_FEW), _Sleeper(step, nth))
        field.require_gone(within=5)
        rows = copy.rows()
        if watch.given_late(rows[0].deadline):
            raise Broken("outlived_deadline", "something was given after the deadline")
        field.require_not_silent(copy.sweep())

    attack(_LATE, f"a grant sleeps at “{step.value}”, the {nth}. of it", short=short)(play)


class _Watch:
    """Looks all the time at how much is held at dc1; a connection of its own, in a thread of its own."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._seen: list[tuple[datetime, int]] = []

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _look(self) -> None:
        from tests.samba.verifier import sid_text

        with self._field.pair.dc1.verifier() as verifier:
            sids = [sid_text(verifier.sid(dn)) for dn in self._field.arena.targets]
            while not self._stop.wait(0.02):
                tokens = verifier.token_groups(self._field.arena.account)
                self._seen.append((datetime.now(UTC), sum(s in tokens for s in sids)))

    def given_late(self, deadline: datetime) -> bool:
        """Whether more was held after the deadline (and a second) than at a moment before."""
        late = [n for at, n in self._seen if (at - deadline).total_seconds() > 1]
        return any(after > before for before, after in pairwise(late))


for _step, _nth in (
    (Step.CREATE_GROUP, 1),
    (Step.NEST_GROUP, 1),
    (Step.NEST_GROUP, 2),
    (Step.NEST_GROUP, 3),
    (Step.READ_BACK, 1),
):
    _slept(_step, _nth, short=(_step, _nth) == (Step.NEST_GROUP, 2))


@attack(_LATE, "another copy checks it in while the grant sleeps")
def checked_in_meanwhile(field: Field) -> None:
    copy, other = field.copy(), None

    class Colleague(Recorder):
        def on_step(self, report: StepReport) -> None:
            nonlocal other
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.RUNNING) and other is None:
                other = field.copy(folder=copy.folder, provider=copy.provider, new=False)
                other.app.service.check_in(report.elevation_id, Recorder())

    with suppress(JitError):
        copy.app.service.check_out(copy.request(600), Colleague())
    field.require_gone(within=5)
    (row,) = copy.rows()
    if row.is_open and not field.is_held():
        copy.sweep()


def _race(copies: list[Copy], seconds: int) -> list[Any]:
    """All check out at the same moment; what came of each: an elevation or an error."""
    together = threading.Barrier(len(copies))
    came: list[Any] = [None] * len(copies)

    def run(number: int) -> None:
        together.wait()
        try:
            came[number] = copies[number].app.service.check_out(copies[number].request(seconds), Recorder())
        except JitError as error:
            came[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return came


def raced(field: Field, rounds: int, *, apart: bool) -> None:
    """Two copies and one account, again and again, at one domain controller or at one each."""
    servers: tuple[SambaDomain, ...] = field.pair.domains if apart else (field.pair.dc1, field.pair.dc1)
    copies = [
        field.copy(f"CORP\\person{n}", provider=field.provider(at=server)) for n, server in enumerate(servers)
    ]
    doubles = none = 0
    for _ in range(rounds):
        came = _race(copies, 600)
        field.pair.await_replication()
        granted = [one for one in came if not isinstance(one, JitError)]
        groups = field.admin.groups_in(field.arena.creation_ou)
        doubles += len(granted) > 1 or len(groups) > 1
        none += not granted
        for copy in copies:
            for row in copy.app.store.open_elevations():
                copy.app.service.check_in(row.id, copy.recorder)
        field.pair.await_replication()
        for copy in copies:
            copy.sweep()
    if doubles:
        raise Broken("doubled", f"{doubles} of {rounds} times both were granted")
    if none == rounds:
        raise Broken("wrong", "nobody was ever granted anything")
    field.require_gone(within=10)


@attack(_TWICE, "two copies at two domain controllers at the same moment", short=True)
def twice_at_two(field: Field) -> None:
    raced(field, 3, apart=True)


@attack(_TWICE, "two copies at one domain controller at the same moment, 20 times")
def twice_at_one(field: Field) -> None:
    raced(field, 20, apart=False)


@attack(_TWICE, "two copies at two domain controllers at the same moment, 20 times")
def often_at_two(field: Field) -> None:
    raced(field, 20, apart=True)


_UNTIL_SECONDS = 60


def _asked_until(field: Field, copy: Copy, until: datetime) -> Said:
    groups = [w for p in copy.provider.jit.privileges for w in ("--privilege", p.group.guid)]
    account = copy.provider.accounts[0].account.guid
    return copy.command("checkout", account, *groups, "--until", until.isoformat(), "--no-wait", seconds=150)


@attack(_LATE, "a moment is named for the end, and each answer takes half a second")
def until_over_a_slow_line(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    for proxy in proxies:
        proxy.slow(0.5)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_UNTIL_SECONDS)
    said = _asked_until(field, copy, until)
    for proxy in proxies:
        proxy.mend()
    late = [e for e in copy.rows() if e.deadline > until]
    if late:
        raise Broken("outlived_deadline", f"{late[0].deadline} instead of {until}: {said.words}")
    if said.code == ExitCode.DONE:
        field.require_held("asked for in good time")
    seconds_until(lambda: datetime.now(UTC) >= until + timedelta(seconds=LATE_SECONDS), at_most=150)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_LATE, "the moment that was named for the end comes while the checks are made")
def until_comes_during_the_checks(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    for proxy in proxies:
        proxy.slow(0.5)
    said = _asked_until(field, copy, datetime.now(UTC) + timedelta(seconds=15))
    for proxy in proxies:
        proxy.mend()
    if field.is_held() or any(field.memberships().values()):
        raise Broken("outlived_deadline", f"granted after the moment, exit code {said.code}: {said.words}")
    if said.code != ExitCode.REFUSED:
        raise Broken("wrong", f"exit code {said.code}: {said.words}")
    if any(e.is_open for e in copy.rows()):
        raise Broken("wrong", f"still open: {copy.rows()}")
