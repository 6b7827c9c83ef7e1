# SPDX-License-Identifier: MIT
"""A property test over the life of elevations, with clocks that jump, a computer that sleeps, copies without
a database and a program that dies: no run in which something outlives its deadline.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jit_desktop.directory.demo import DemoConnector, Fault, FaultPlan
from jit_desktop.directory.demo.faults import EVERYTHING
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.record import RecordInvalid, decode
from tests.reliability.children import Child
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Alarm, Model
from tests.reliability.outcome import Finding, Kind, Outcome
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

_PAUSES = (1, 30, 70, 130, 400, 3600, 7300)
_WALL_JUMPS = (-86_400 * 3, -86_400, -3600, -90, 3, 3600, 86_400)
_HOUR = 3600


class Dead(BaseException):
    """The process is gone: nothing of it runs any more."""


class _DyingStore(MemoryStore):
    """Dies at the n-th write, before it or after it."""

    dies_in: int | None = None
    after = False

    def _check_write(self) -> None:
        super()._check_write()
        if self.dies_in is None:
            return
        self.dies_in -= 1
        if self.dies_in < 0:
            raise Dead


@dataclass
class Counts:
    """How many runs and steps there were."""

    runs: int = 0
    steps: int = 0
    checkouts: int = 0
    quiet_moments: int = 0
    alarms: int = 0


COUNTS = Counts()


class Lifecycle(RuleBasedStateMachine):
    """One domain, one PC with the program, and now and then a copy of it elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        COUNTS.runs += 1
        self.world = World(store=_DyingStore())
        self.store: _DyingStore = self.world.store  # type: ignore[assignment]
        self.reachable = True
        self.asked_to_end: set[str] = set()
        self.onlooker = DemoConnector(self.world.connector.domain, faults=FaultPlan(), latency_seconds=0)

    # --- what is there ------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.world.connector.domain.now()

    def _start(self) -> None:
        self.world.service = self.world.another_copy(self.store)

    def _run(self, work: object) -> None:
        """Something that may fail, or die in the middle."""
        COUNTS.steps += 1
        try:
            with suppress(JitError):
                work()  # type: ignore[operator]
        except Dead:
            self._start()
        finally:
            self.store.dies_in = None

    def _records(self) -> list[tuple[str, datetime]]:
        """Names and deadlines of the groups that are there."""
        location = self.world.provider.jit.location
        assert location is not None
        with self.onlooker.connect(self.world.provider.connection) as directory:
            found = []
            for group in directory.temporary_groups(location.dn, ""):
                with suppress(RecordInvalid):
                    found.append((group.name, decode(group.info).deadline))
            return found

    # --- what happens -------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((60, 900, _HOUR, 2 * _HOUR)), dies=st.none() | st.integers(0, 6))
    def check_out(self, seconds: int, dies: int | None) -> None:
        self.store.dies_in = dies
        COUNTS.checkouts += 1
        self._run(lambda: self.world.check_out(seconds=seconds))

    @rule(seconds=st.sampled_from((600, _HOUR)), dies=st.none() | st.integers(0, 3))
    def extend(self, seconds: int, dies: int | None) -> None:
        for elevation in self.store.open_elevations():
            self.store.dies_in = dies
            self._run(lambda e=elevation: self.world.service.extend(e.id, seconds, Recorder()))

    @rule(dies=st.none() | st.integers(0, 3))
    def check_in(self, dies: int | None) -> None:
        for elevation in self.store.open_elevations():
            self.asked_to_end.add(elevation.group_name)
            self.store.dies_in = dies
            self._run(lambda e=elevation: self.world.service.check_in(e.id, Recorder()))

    @rule(dies=st.none() | st.integers(0, 3))
    def tick(self, dies: int | None) -> None:
        self.store.dies_in = dies
        self._run(self.world.tick)

    @rule()
    def sweep(self) -> None:
        self._run(lambda: self.world.service.sweep(self.world.provider.id, Recorder()))

    @rule(is_new_start=st.booleans())
    def restart(self, is_new_start: bool) -> None:
        """The program is started again, or the computer."""
        if is_new_start:
            self.world.clock.boot += "+"
        self._start()

    @rule()
    def another_copy_sweeps(self) -> None:
        copy = self.world.another_copy(MemoryStore(), "CORP\\bob")
        self._run(lambda: copy.sweep(self.world.provider.id, Recorder()))

    # --- time ---------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(_PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(seconds=st.sampled_from(_WALL_JUMPS))
    def the_wall_clock_jumps(self, seconds: int) -> None:
        self.world.clock.set_wall(self.world.clock.utc_now() + timedelta(seconds=seconds))

    @rule(seconds=st.sampled_from((600, 8 * _HOUR)), counted=st.booleans())
    def the_computer_sleeps(self, seconds: int, counted: bool) -> None:
        """Its wall clock and the domain go on; the monotonic clock may stand still."""
        self.world.clock.set_wall(self.world.clock.utc_now() + timedelta(seconds=seconds))
        if counted:
            self.world.clock.ticks += seconds
        else:
            self.world.connector.domain._anchor += timedelta(seconds=seconds)

    # --- faults -------------------------------------------------------------------------------------------

    @rule(
        fault=st.sampled_from((Fault.UNAVAILABLE, Fault.LOST_ANSWER, Fault.LOST_REQUEST)),
        nth=st.integers(1, 25),
    )
    def a_request_will_fail(self, fault: Fault, nth: int) -> None:
        self.world.faults.fail_next(fault, nth=nth)

    @precondition(lambda self: self.reachable)
    @rule()
    def the_directory_goes(self) -> None:
        self.world.faults.clear()
        self.world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
        self.reachable = False

    @precondition(lambda self: not self.reachable)
    @rule()
    def the_directory_is_back(self) -> None:
        self.world.faults.clear()
        self.reachable = True

    @precondition(lambda self: self.reachable)
    @rule(seconds=st.sampled_from((63, 7400)))
    def it_is_away_past_the_deadline(self, seconds: int) -> None:
        """The directory is read and goes away: what is there past its deadline is an alarm, and what has not
        come to it is none."""
        self.world.faults.clear()
        self._run(lambda: self.world.service.sweep(self.world.provider.id, Recorder()))
        self.world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
        self.reachable = False
        self.world.clock.advance(seconds)
        overdue = {e.id for e in self.world.service.tick(Recorder()).overdue}
        COUNTS.alarms += len(overdue)
        there = {name for name, _ in self._records()}
        for row in self.store.open_elevations():
            model = Model(row.deadline, reachable=False, asked_to_end=row.end_reason is not None)
            held = row.group_name in there
            if model.alarm(self.now - TAKEN_OVER, held=held) is Alarm.MUST:
                is_told = row.id in overdue and row.state is State.OVERDUE
                assert is_told, f"no alarm {self.now - row.deadline} after its deadline"
            if model.alarm(self.now + AT_ONCE, held=held) is Alarm.MUST_NOT:
                assert row.id not in overdue, f"a false alarm {row.deadline - self.now} before its deadline"

    # --- what holds ---------------------------------------------------------------------------------------

    @rule()
    def one_tick_is_enough(self) -> None:
        """With the directory in reach, for what nobody is at."""
        self.world.faults.clear()
        self.reachable = True
        self.world.clock.advance(7)  # what one domain controller has, all have
        at_it = {
            e.group_name
            for e in self.store.open_elevations()
            if e.next_attempt_at is not None or e.state is State.ENDING
        }
        mine = {e.group_name for e in self.store.open_elevations()} - at_it
        now = self.now
        self.world.tick()
        for name, deadline in self._records():
            assert name not in mine or deadline > now, f"{name} outlived {deadline} at {now}"

    @rule(fresh=st.booleans())
    def all_is_well_for_a_while(self, fresh: bool) -> None:
        """Whatever was: with the directory in reach and leases over, ticks bring it to where it should be."""
        COUNTS.quiet_moments += 1
        self.world.faults.clear()
        self.reachable = True
        if fresh:
            self._start()
        before = {n: d for n, d in self._records() if d > self.now}
        running = [
            e
            for e in self.store.open_elevations()
            if e.state in (State.ACTIVE, State.PROPAGATING) and e.group_name in before
        ]
        for _ in range(4):
            self.world.clock.advance(100)
            self.world.tick()
        self.world.service.sweep(self.world.provider.id, Recorder())
        self.world.clock.advance(7)  # what one domain controller has, all have
        self.world.tick()
        there = dict(self._records())
        for name, deadline in there.items():
            assert deadline > self.now - timedelta(seconds=8), f"{name} outlived {deadline} at {self.now}"
        for elevation in running:
            if before[elevation.group_name] > self.now and elevation.group_name not in self.asked_to_end:
                assert elevation.group_name in there, "it ended before its deadline"
        rows = self.store.open_elevations()
        for elevation in rows:
            assert elevation.state is not State.OVERDUE or elevation.group_name in there, "a false alarm"
            assert elevation.state is State.ENDING or elevation.group_name in there, "nothing of it is there"
        known = {e.group_name for e in rows}
        assert set(there) <= known, "a group that no elevation knows"

    def teardown(self) -> None:
        """However a run went: when every deadline has passed, nothing is left and nothing is open."""
        COUNTS.quiet_moments += 1
        self.world.faults.clear()
        self.world.clock.advance(self.world.provider.policy.maximum_seconds + _HOUR)
        for _ in range(4):
            self.world.clock.advance(400)  # longer than any lease and any pause
            self.world.tick()
        self.world.service.sweep(self.world.provider.id, Recorder())
        self.world.clock.advance(7)  # what one domain controller has, all have
        self.world.tick()
        assert not self._records(), f"{self._records()} outlived all deadlines at {self.now}"
        still_open = [e.state.value for e in self.store.open_elevations()]
        assert not still_open, f"still {', '.join(still_open)} although nothing is there"

    @invariant()
    def never_two_groups_of_one(self) -> None:
        elevations = [name.rpartition("_")[2] for name, _ in self._records()]
        assert len(elevations) == len(set(elevations)), "doubled"


_WORDS: dict[str, Kind] = {
    "outlived": "outlived_deadline",
    "no elevation knows": "lost",
    "doubled": "doubled",
    "false alarm": "false_alarms",
}


def _explored(runs: int, steps: int) -> dict[str, object]:
    findings: list[Finding] = []
    settings = hypothesis.settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        run_state_machine_as_test(Lifecycle, settings=settings)
    except AssertionError as error:
        text = str(error) + " | " + "\n".join(getattr(error, "__notes__", []))
        kind: Kind = next((kind for words, kind in _WORDS.items() if words in text), "wrong")
        findings.append((kind, text))
    return {"findings": findings, "counts": asdict(COUNTS)}


def clock_series(*, runs: int = 2000, steps: int = 40) -> Outcome:
    """So many runs of so many steps each."""
    outcome = Outcome("clocks")
    explored = Child(lambda: _explored(runs, steps), seconds=2400).result()
    outcome.add("a run", explored["findings"])
    outcome.cases = explored["counts"]["runs"]
    outcome.figures = explored["counts"]
    return outcome.done()
