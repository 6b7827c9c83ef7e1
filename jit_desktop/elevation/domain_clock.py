# SPDX-License-Identifier: MIT
"""The time of one domain: witnessed by more than one clock, and carried on by the PC's monotonic one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from jit_desktop.elevation.errors import ClockDoubtful, StoreError
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.known_time import Carried, Known, carried_on, moved, since_reading
from jit_desktop.elevation.model import Elevation, TimeSource
from jit_desktop.elevation.ports import Clock, Directory, KeptTime
from jit_desktop.elevation.since_boot import booted_at, carried_over
from jit_desktop.elevation.witnesses import (
    NEAR,
    TOLERANCE,
    Judgement,
    Reading,
    Witnesses,
    deadline_of,
    is_below_floor,
    is_from_the_future,
    is_near,
    judge,
    lends_from,
    lone_words,
    lost_words,
)

_LOG = logging.getLogger(__name__)

GAP_SECONDS = 5
"""If the PC's two clocks have moved that much apart since a reading, one of them lies: the wall clock was
set, or the monotonic one stood still while the computer slept."""

KEEPING_SECONDS = 60
"""A trusted time is kept in the store no more often, unless something about it has changed."""

_SET_IT_RIGHT = "Set the clock right that is wrong, then try again."

CONFIRMED_SECONDS = 3600
"""So long another domain controller need not be asked again where this computer's clock is known to be
wrong."""


class TimeKeeper(Protocol):
    """Where trusted times are kept for the runs that come after."""

    def load(self) -> KeptTime | None:
        """The highest time that was ever trusted."""

    def save(self, kept: KeptTime) -> None:
        """Keep it in the place of what was there."""


class DomainClock:
    """Tells the time of one domain.

    No clock is believed alone (:func:`~jit_desktop.elevation.witnesses.judge`). Once a time is trusted it is
    carried by the monotonic clock, also from one run to the next until the computer is started again, and
    never runs backwards in this run unless two witnesses say that it was wrong. Where the domain went back
    against what is known here, it is counted with, lends nothing, and what is over by what is known here is
    an alarm. :attr:`doubt` says in words what is not believed.
    """

    def __init__(self, clock: Clock, keeper: TimeKeeper | None = None) -> None:
        self._clock = clock
        self._keeper = keeper
        self._state = Known()
        self._reading = Lock()
        self._kept_monotonic: float | None = None
        self._kept: KeptTime | None = None
        self._own: dict[ElevationId, tuple[datetime, float]] = {}

    # --- what is known; never blocks but for the first look into the store --------------------------------

    @property
    def is_known(self) -> bool:
        """Whether the time is not this computer's clock's alone: a domain controller's was read in this run,
        or what an earlier one read is carried on."""
        return self._state.counting is not None or self._loaded().established is not None

    @property
    def was_read(self) -> bool:
        """Whether a domain controller's clock was read in this run."""
        return self._state.counting is not None

    @property
    def is_lost(self) -> bool:
        """Whether nobody knows how late it is: all clocks that there are say an earlier time than was trusted
        before. Then each deadline may have passed."""
        state = self._loaded()
        if state.counting is not None:
            return state.is_lost
        return state.established is None and is_below_floor(self._corrected(state), state.floor)

    @property
    def is_trusted(self) -> bool:
        """Whether the time is witnessed by two, or carried from one that was."""
        return self._state.trusted is not None

    @property
    def source(self) -> TimeSource:
        """Whose clock :meth:`now` is of: the domain's where a trusted time was had in this run, or nothing
        was read yet and that of an earlier one is carried on."""
        state = self._loaded()
        is_domain = state.trusted is not None or state.is_carried_over
        return TimeSource.DOMAIN if is_domain else TimeSource.COMPUTER

    @property
    def doubt(self) -> str:
        """Which clock was not believed at the last reading, in a sentence; empty where all is well."""
        state = self._loaded()
        if state.doubt or not self.is_lost or state.floor is None:
            return state.doubt
        return lost_words(self._corrected(state), state.floor)

    def now(self) -> datetime:
        """UTC in the domain, as far as known."""
        state = self._loaded()
        monotonic = self._clock.monotonic()
        if state.counting is not None:
            return state.counting.at(monotonic)
        # Before the first reading: what an earlier run knew, carried on. Else this computer's clock,
        # corrected by what was known last; and it is not earlier than it has been.
        floor, computer = carried_on(state.floor, state, monotonic), self._corrected(state)
        if floor is None:
            return computer
        return floor if state.is_carried_over else max(computer, floor)

    def is_past(self, moment: datetime) -> bool:
        """Whether ``moment`` is over: what is due then has to be ended."""
        return self.now() >= moment

    def may_be_past(self, moment: datetime) -> bool:
        """Whether any clock says that ``moment`` is over, also one that is not believed alone: an alarm, and
        no reason to end."""
        state, monotonic = self._loaded(), self._clock.monotonic()
        said = [self.now()]
        if state.later is not None:
            said.append(since_reading(state.later, state, monotonic))
        if state.doubt and state.latest is not None:
            said.append(since_reading(state.latest.time, state, monotonic))
        if self._is_to_be_asked(state):
            said.append(self._corrected(state))
        if state.counting is not None and state.trusted is None:
            said.append(self._clock.utc_now())
        return self.is_lost or max(said) >= moment

    def age_seconds(self) -> float:
        """Seconds since the last reading; infinite before the first one, and where nobody can say because
        the PC's clocks have moved apart: then it has to be read again."""
        state = self._state
        if state.read_wall is None:
            return float("inf")
        passed = self._clock.monotonic() - state.read_monotonic
        by_wall = (self._clock.utc_now() - state.read_wall).total_seconds()
        return float("inf") if abs(by_wall - passed) > GAP_SECONDS else passed

    def difference(self) -> timedelta | None:
        """The domain's clock minus the PC's at this moment; ``None`` before the first reading."""
        return None if self._state.counting is None else self.now() - self._clock.utc_now()

    # --- asking -------------------------------------------------------------------------------------------

    def monotonic(self) -> float:
        """Seconds of the PC's monotonic clock, for how long something may take."""
        return self._clock.monotonic()

    def read(self, directory: Directory, others: Callable[[], Iterable[Reading]] = tuple) -> datetime:
        """Ask ``directory`` for its time and carry on from what is to be believed; returns :meth:`now`.

        ``others`` asks other domain controllers one by one, and leaves out those that can't be asked; it is
        called only where a clock of this computer contradicts ``directory`` by more than seconds (its clock
        as it stands may, for an hour after another one has confirmed it). Raises what ``directory`` raises.
        """
        self._read(directory, others)
        return self.now()

    def read_to_lend(self, directory: Directory, others: Callable[[], Iterable[Reading]]) -> datetime:
        """:meth:`read`, and the time from which ``directory`` lends: of the others one is always asked, until
        one bears it out. :class:`ClockDoubtful` where none does that could be asked, and where
        :meth:`require_trusted` says so."""
        main, asked = self._read(directory, others, is_to_lend=True)
        self.require_trusted()
        state, confirmed = self._state, self._state.confirmed
        if confirmed is not None:
            confirmed += timedelta(seconds=state.read_monotonic - state.confirmed_monotonic)
        time = lends_from(main, asked, confirmed)
        if time is None:
            raise ClockDoubtful(lone_words(main, asked), subject=main.host, remedy=_SET_IT_RIGHT)
        return min(self.now(), time)

    def _read(
        self, directory: Directory, others: Callable[[], Iterable[Reading]], *, is_to_lend: bool = False
    ) -> tuple[Reading, Sequence[Reading]]:
        """What ``directory`` said and those of the others that were asked, all at the same moment."""
        # Taken before the question: the time on the way counts as passed, so a deadline is never seen late.
        monotonic, wall = self._clock.monotonic(), self._clock.utc_now()
        main = Reading(directory.info.controller, directory.current_time())
        self._loaded(again=True)
        asked: list[Reading] = []
        judgement = judge(self._witnesses(main, asked, monotonic, wall))
        if is_to_lend or self._asks_others(
            judgement, self._witnesses(main, asked, monotonic, wall), monotonic
        ):
            for other in others():
                # What passed since belongs to the other one's answer only.
                passed = timedelta(seconds=self._clock.monotonic() - monotonic)
                asked.append(Reading(other.host, other.time - passed))
                judgement = judge(self._witnesses(main, asked, monotonic, wall))
                is_borne_out = not is_to_lend or is_near(asked[-1].time, main.time)
                # Against what is known here everybody is asked that can be.
                if judgement.is_close and judgement.is_known_here and is_borne_out:
                    break
        with self._reading:
            self._believe(main, judgement, monotonic, wall)
        return main, asked

    def require_trusted(self) -> None:
        """:class:`ClockDoubtful` where the domain controller that was read last is not believed: what it
        would grant would end at another time. Before anything was read, too."""
        state = self._state
        if state.doubt or state.trusted is None:
            raise ClockDoubtful(
                self.doubt or "The clock of the domain has not been read yet.",
                subject=state.latest.host if state.latest else "",
                remedy=_SET_IT_RIGHT,
            )

    # --- deadlines ----------------------------------------------------------------------------------------

    def note_deadline(self, elevation: Elevation) -> None:
        """This process has just lent or extended it: it is over when so much time has passed here, whatever
        any clock of a domain says then. Call it again when the deadline was moved."""
        left = elevation.remaining(self.now()).total_seconds()
        self._own[elevation.id] = (elevation.deadline, self._clock.monotonic() + left)

    def forget_deadline(self, elevation_id: ElevationId) -> None:
        """It has ended."""
        self._own.pop(elevation_id, None)

    def has_run_out(self, elevation: Elevation) -> bool:
        """Whether the time is over that this process lent; false where it did not, or where the deadline was
        moved since by somebody else."""
        left = self._own_seconds_left(elevation)
        return left is not None and left <= 0

    def _own_seconds_left(self, elevation: Elevation) -> float | None:
        noted = self._own.get(elevation.id)
        if noted is None or noted[0] != elevation.deadline:
            return None
        return noted[1] - self._clock.monotonic()

    def time_for(self, elevation: Elevation, *, ago: timedelta = timedelta(0)) -> datetime:
        """The time by which ``elevation`` has to be judged: now, or its deadline where that has come by
        another witness (the time that this process lent is over; its grant is from the future by a well
        witnessed clock). For ``Elevation.is_due``, ``extension_hangs`` and ``is_alarm``. ``ago``: as it was
        so long ago."""
        now = self.now() - ago
        left = self._own_seconds_left(elevation)
        if left is not None:
            left += ago.total_seconds()
            # What was lent here is no grant of an unknown clock, wherever the domain's went since.
            return max(now, elevation.deadline) if left <= 0 else now
        is_trusted = self.is_trusted and not self.doubt
        end = deadline_of(elevation.granted_at, elevation.deadline, now, is_trusted=is_trusted)
        return max(now, elevation.deadline) if end <= now else now

    def is_strange(self, elevation: Elevation) -> bool:
        """Whether its grant is from the future, or its deadline is over by a clock that is not believed
        alone, or nobody knows the time: an alarm until it is known which clock is wrong."""
        state, now = self._loaded(), self.now()
        if state.went_back and state.later is not None:
            # What was granted before that is not from the future.
            now = max(now, since_reading(state.later, state, self._clock.monotonic()))
        if elevation.granted_at is not None and is_from_the_future(elevation.granted_at, now):
            return True
        # One clock that two others contradict is no reason to alarm anybody.
        is_open = state.later is not None or (bool(state.doubt) and state.trusted is None)
        return (is_open or self.is_lost or self._is_ahead(state)) and self.may_be_past(elevation.deadline)

    # --- inside -------------------------------------------------------------------------------------------

    def _loaded(self, *, again: bool = False) -> Known:
        """The state, with what the store kept; ``again``: also where it could not say so before."""
        if self._state.is_loaded and not (again and self._kept is None):
            return self._state
        kept = None
        if self._keeper is not None:
            try:
                kept = self._keeper.load()
            except StoreError as error:
                _LOG.info("The time that was trusted last could not be read: %s", error)
        with self._reading:
            if kept is not None and self._kept is None and self._state.floor is None:
                carried = carried_over(kept, self._clock)
                self._kept = kept
                self._state = replace(
                    self._state,
                    established=carried,
                    moved_at=kept.domain_time,
                    floor=max(kept.domain_time, carried or kept.domain_time),
                    at_monotonic=self._clock.monotonic(),
                    ahead=timedelta(seconds=kept.ahead_of_computer_seconds),
                    went_back=kept.went_back,
                )
            self._state = replace(self._state, is_loaded=True)
        return self._state

    def _corrected(self, state: Known) -> datetime:
        """This computer's clock, corrected by what was established last."""
        return self._clock.utc_now() + (state.ahead or timedelta(0))

    def _is_to_be_asked(self, state: Known) -> bool:
        """Whether nobody was asked yet what it is by this computer's clock: nothing was read, or the PC's
        clocks have moved apart since."""
        return state.counting is None or self.age_seconds() == float("inf")

    def _is_ahead(self, state: Known) -> bool:
        """Whether this computer's clock, of which nobody was asked, is ahead of what is counted with."""
        if state.counting is None and not state.is_carried_over:
            return False  # it is what is counted with
        return self._is_to_be_asked(state) and self._corrected(state) - self.now() > NEAR

    def _witnesses(self, main: Reading, asked: list[Reading], monotonic: float, wall: datetime) -> Witnesses:
        state = self._state
        return Witnesses(
            main=main,
            computer=wall,
            others=tuple(asked),
            carried=carried_on(state.established, state, monotonic),
            corrected=None if state.ahead is None else wall + state.ahead,
            floor=carried_on(state.floor, state, monotonic),
            went_back=state.went_back,
        )

    def _asks_others(self, judgement: Judgement, witnesses: Witnesses, monotonic: float) -> bool:
        main = witnesses.main.time
        if is_below_floor(main, witnesses.floor):
            return True  # this computer's clock may have gone back with it
        known = [t for t in (witnesses.carried, witnesses.corrected) if t is not None]
        if not judgement.is_close or not all(is_near(main, t) for t in known):
            return True
        is_confirmed = monotonic - self._state.confirmed_monotonic < CONFIRMED_SECONDS
        return not is_near(main, witnesses.computer) and not is_confirmed

    def _believe(self, main: Reading, judgement: Judgement, monotonic: float, wall: datetime) -> None:
        state = self._state
        time = judgement.time
        floor = carried_on(state.floor, state, monotonic)
        # What was counted with so far may have been a guess, which a trusted time replaces.
        last = state.trusted if judgement.is_trusted else state.counting
        before = (floor or time) if last is None else last.at(monotonic)
        if judgement.lowers_floor:
            _LOG.info("The time of the domain goes back from %s to %s: two witnesses say so.", floor, time)
            floor = time
        if before - time > TOLERANCE and (judgement.is_trusted or last is None):
            before = time
        carried = Carried(time, wall, monotonic, max(before, time))
        if judgement.doubt and judgement.doubt != state.doubt:
            _LOG.info("%s", judgement.doubt)
        trusted, ahead = state.trusted, state.ahead
        established = carried_on(state.established, state, monotonic)
        if judgement.base is not None:
            established = moved(judgement.base, time, state.moved_at)
            ahead = established - wall
        if judgement.is_trusted:
            trusted = carried
            floor = time if floor is None else max(floor, time)
        self._state = Known(
            counting=carried,
            trusted=trusted,
            established=established,
            moved_at=state.moved_at if judgement.base is None else floor,
            floor=floor,
            at_monotonic=monotonic,
            ahead=ahead,
            confirmed=time if judgement.is_confirmed else state.confirmed,
            confirmed_monotonic=monotonic if judgement.is_confirmed else state.confirmed_monotonic,
            later=judgement.latest,
            latest=main,
            read_wall=wall,
            read_monotonic=monotonic,
            doubt=judgement.doubt,
            # Only who is trusted can have gone back, or be back.
            went_back=judgement.went_back if judgement.is_trusted else state.went_back,
            is_lost=judgement.is_lost,
            is_loaded=True,
        )
        if judgement.is_trusted and floor is not None and ahead is not None:
            boot = self._clock.boot_id()
            start = booted_at(established, monotonic) if boot and established else None
            kept = KeptTime(
                floor, ahead.total_seconds(), judgement.went_back, "" if start is None else boot, start
            )
            self._keep(kept, monotonic, at_once=judgement.lowers_floor)

    def _keep(self, kept: KeptTime, monotonic: float, *, at_once: bool) -> None:
        if self._keeper is None:
            return
        last, at = self._kept, self._kept_monotonic
        has_moved = (
            last is None
            or last.went_back is not kept.went_back
            or abs(last.ahead_of_computer_seconds - kept.ahead_of_computer_seconds) > GAP_SECONDS
        )
        if not (at_once or has_moved or at is None or monotonic - at >= KEEPING_SECONDS):
            return
        try:
            self._keeper.save(kept)
        except StoreError as error:
            _LOG.info("The time of the domain could not be kept: %s", error)
            return
        self._kept, self._kept_monotonic = kept, monotonic
