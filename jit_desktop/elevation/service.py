# SPDX-License-Identifier: MIT
"""The one facade of the core: windows and commands check out, check in, extend, tick and sweep through it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jit_desktop.elevation.confirming import Confirmation, Pauses
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.ending import ConnectionLost, End, reason_for
from jit_desktop.elevation.errors import (
    Cancelled,
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    StoreError,
    UnknownItem,
    WrongState,
    fault,
)
from jit_desktop.elevation.extending import Extension, put_off
from jit_desktop.elevation.granting import Grant
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.intending import intended
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import (
    ON_ITS_WAY,
    CheckoutRequest,
    Elevation,
    Step,
    StepStatus,
    SuspectGroup,
    SweepReport,
)
from jit_desktop.elevation.ports import CancelToken, Clock, Connector, Directory, Listener, Secrets, Store
from jit_desktop.elevation.reaching import GIVING_SECONDS, PASS_SECONDS, Reach
from jit_desktop.elevation.rolling_back import RollBack
from jit_desktop.elevation.rules import extra_within, require_allowed
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode
from jit_desktop.elevation.sweeping import Found, Sweeper

_LOG = logging.getLogger(__name__)

_LATER_SECONDS = 15
"""How long domain controllers that were away are asked at a time."""
LOOK_SECONDS = 12
"""While elevations are open, a tick looks at what others have done to them when the last look is that old."""
CLOCK_READING_SECONDS = 300
"""A reading of the domain controller's clock that is older is renewed while elevations are open."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick over all providers did. ``problems`` says why a provider could not be worked on."""

    at: datetime
    changed: tuple[Elevation, ...] = ()
    overdue: tuple[Elevation, ...] = ()
    problems: dict[ProviderId, JitError] = field(default_factory=dict)


class ElevationService:
    """Lends and takes back. Every method blocks and belongs on a worker thread, unless it says otherwise.

    ``actor`` is the person at this copy of the program, as the audit trail shall name them.
    """

    def __init__(
        self, *, store: Store, connector: Connector, secrets: Secrets, clock: Clock, actor: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._actor = actor
        self._reach = Reach(store=store, connector=connector, secrets=secrets, clock=clock)
        self._last_known: dict[ElevationId, Elevation] = {}
        self._looked_at: dict[ProviderId, float] = {}
        self._cut: dict[ProviderId, set[ElevationId]] = {}
        """At which elevations of a provider connections were cut since a pass came to its end."""
        self._pauses = Pauses(clock)
        self._still_given: dict[ProviderId, tuple[SuspectGroup, ...]] = {}
        """What domain controllers that were away gave when they were asked last: an alarm between the pauses
        too."""
        self._seen_giving: dict[ProviderId, tuple[SuspectGroup, ...]] = {}
        """What was an alarm where it was looked for last."""

    # --- time and connections -----------------------------------------------------------------------------

    @property
    def reach(self) -> Reach:
        """The way to the domain controllers, for whatever else works on them."""
        return self._reach

    def domain_now(self, provider_id: ProviderId) -> datetime:
        """UTC on the domain controller's clock as far as it is known; never blocks."""
        return self._reach.domain_clock(provider_id).now()

    def clock_difference(self, provider_id: ProviderId) -> timedelta | None:
        """Domain controller's clock minus the PC's; ``None`` before it was read. Never blocks."""
        return self._reach.domain_clock(provider_id).difference()

    def time_for(self, elevation: Elevation) -> datetime:
        """The time by which an elevation is judged, UTC (see :meth:`DomainClock.time_for`); never blocks."""
        return self._reach.domain_clock(elevation.provider_id).time_for(elevation)

    def is_alarm(self, elevation: Elevation, at: datetime | None = None) -> bool:
        """Whether an elevation should have ended (``at``, UTC, or now) and that is not confirmed, or may have
        to have ended by a clock that is not believed alone. Never blocks."""
        clock = self._reach.domain_clock(elevation.provider_id)
        by = clock.time_for(elevation) if at is None else at
        return elevation.is_alarm(by) or (elevation.is_open and clock.is_strange(elevation))

    def is_lasting_alarm(self, elevation: Elevation) -> bool:
        """The same for whoever looks every second: an end takes a moment, and that moment is no alarm. Never
        blocks."""
        return self.is_alarm(elevation, self._a_moment_ago(elevation))

    def is_unconfirmed(self, elevation: Elevation) -> bool:
        """Whether it is past its deadline and its end is not confirmed, whatever the reason: all of
        :meth:`is_lasting_alarm`, and ends that another domain controller has not heard of yet. Never
        blocks."""
        at = self._a_moment_ago(elevation)
        return elevation.ends_late(at) or self.is_alarm(elevation, at)

    def _a_moment_ago(self, elevation: Elevation) -> datetime:
        """The time by which it is judged, without the moment that every end takes."""
        return self._reach.domain_clock(elevation.provider_id).time_for(elevation, ago=ON_ITS_WAY)

    def left_out(self, swept: Collection[ProviderId]) -> Sequence[Elevation]:
        """Those of :meth:`alarms` that are of other providers than those that are ``swept``, also of such
        that are gone: each is an alarm whosever it is."""
        return [e for e in self.alarms() if e.provider_id not in swept]

    def alarms(self) -> Sequence[Elevation]:
        """What should have ended, of all providers; none where the store can't be read."""
        try:
            return [e for e in self._store.open_elevations() if self.is_alarm(e)]
        except StoreError:
            return ()

    def alarms_of(self, account: ObjectGuid) -> Sequence[Elevation]:
        """Those of :meth:`alarms` by which an account may hold something still."""
        return [e for e in self.alarms() if e.account.guid == account]

    def not_confirmed(self, provider_id: ProviderId) -> tuple[Elevation, ...]:
        """What is over while a domain controller could not be asked about it yet; none where the store can't
        be read."""
        try:
            return tuple(e for e in self._store.unconfirmed_elevations(provider_id) if e.unconfirmed_on)
        except StoreError:
            return ()

    def open_directory(self, provider: DomainProvider, *, server: str = "") -> Directory:
        """A connection of the caller's own, signed in as the provider says.

        Raises :class:`PasswordNeeded` where a password has to be asked for first, or another
        :class:`DirectoryError`.
        """
        return self._reach.open_directory(provider, server=server)

    def _journal(self, provider_id: ProviderId, listener: Listener) -> Journal:
        clock = self._reach.domain_clock(provider_id)
        return Journal(self._store, listener, self._actor, clock.now, lambda: clock.source)

    # --- check out ----------------------------------------------------------------------------------------

    def check_out(
        self, request: CheckoutRequest, listener: Listener, cancel: CancelToken | None = None
    ) -> Elevation:
        """Grant what is asked for. Returns the elevation *propagating*, or *active* with no latency set.

        Raises a :class:`JitError` that says why not; then nothing is left granted, or where that could not be
        confirmed the elevation is *overdue* and every tick tries to remove it.
        """
        cancel = cancel or CancelToken()
        provider = self._reach.provider(request.provider_id)
        require_allowed(provider, request)
        clock = self._reach.domain_clock(provider.id)
        journal = self._journal(provider.id, listener)
        with self._reach.controllers(provider, within_seconds=GIVING_SECONDS) as controllers:
            controllers.require_writable()
            clock.require_trusted()
            elevation = intended(provider, request, clock.now(), controllers.main.info.controller)
            elevation = journal.begin(elevation, Event.REQUESTED, request.reason.strip())
            journal.step(elevation, Step.RECORD_INTENT, StepStatus.DONE, "The request is recorded.")
            grant = Grant(provider, controllers, clock, journal, cancel, self._clock, elevation, request)
            try:
                # By the settings as they are now that the intent is recorded and keeps the provider from
                # being removed.
                require_allowed(self._store.provider(provider.id), request)
                plan = grant.check()
                now = grant.read_time()
            except JitError as error:
                self._refused(journal, grant.latest, error)
                raise
            try:
                grant.write(plan, now)
                grant.note(self._begin_propagation(provider, grant.latest, journal))
                # Nobody leaves a right behind that should have ended while it was recorded.
                grant.require_time()
            except BaseException as error:
                taken_back = self._roll_back(provider, journal).run(grant.latest, error)
                self._note_over([taken_back] if taken_back is not None else [])
                raise
        self._looked_at.setdefault(provider.id, self._clock.monotonic())
        return grant.latest

    def _refused(self, journal: Journal, elevation: Elevation, error: JitError) -> None:
        reason = EndReason.CANCELLED if isinstance(error, Cancelled) else EndReason.GRANT_FAILED
        try:
            journal.advance(
                elevation,
                Event.REFUSED,
                error.code,
                failure=str(error),
                end_reason=reason,
                ended_at=self._reach.domain_clock(elevation.provider_id).now(),
                next_attempt_at=None,
            )
        except ConcurrentChange:
            _LOG.info("%s was ended by another copy before anything was written", elevation.id)

    def _roll_back(self, provider: DomainProvider, journal: Journal) -> RollBack:
        latency = provider.jit.replication_latency_seconds
        end = End(self._reach.domain_clock(provider.id), journal, latency_seconds=latency)
        return RollBack(
            self._store,
            journal,
            end,
            lambda host: self._reach.controllers(provider, host, within_seconds=PASS_SECONDS),
        )

    def _begin_propagation(
        self, provider: DomainProvider, elevation: Elevation, journal: Journal
    ) -> Elevation:
        seconds = provider.jit.replication_latency_seconds
        if seconds == 0:
            journal.step(elevation, Step.REPLICATION, StepStatus.SKIPPED, "No replication latency is set.")
            try:
                return journal.advance(elevation, Event.REPLICATED)
            except ConcurrentChange:
                # A tick was quicker, which makes it no less granted.
                return self._store.elevation(elevation.id)
            except StoreError as error:
                _LOG.warning("The next tick makes %s active; the store failed: %s", elevation.id, error)
                return elevation
        confirmed = provider.jit.replication_mode is ReplicationMode.CONFIRMED
        text = (
            f"Waiting until every domain controller has it, at most {duration_words(seconds)}."
            if confirmed
            else f"Waiting {duration_words(seconds)} for replication."
        )
        journal.step(elevation, Step.REPLICATION, StepStatus.RUNNING, text)
        return elevation

    # --- check in and extend ------------------------------------------------------------------------------

    def check_in(self, elevation_id: ElevationId, listener: Listener) -> Elevation:
        """End an elevation now. Returns it *ended*, *ending* (another domain controller still shows it) or
        *overdue* (an alarm; every tick tries again).
        """
        elevation = self._store.elevation(elevation_id)
        if not elevation.is_open:
            raise WrongState(f"The elevation of {elevation.account.name} has ended already.")
        provider = self._store.provider(elevation.provider_id)
        journal = self._journal(provider.id, listener)
        latency = provider.jit.replication_latency_seconds
        end = End(self._reach.domain_clock(provider.id), journal, latency_seconds=latency)
        try:
            started = end.start(elevation, EndReason.CHECK_IN, wait=False)
        except ConcurrentChange:
            elevation = self._store.elevation(elevation_id)
            if not elevation.is_open or elevation.state in (State.ENDING, State.OVERDUE):
                return elevation  # another copy is ending it, or has
            started = end.start(elevation, EndReason.CHECK_IN, wait=False)
        try:
            ended = self._finish(provider, started, end, journal)
        except DirectoryError as error:
            ended = end.unconfirmed(started, error)
        except ConcurrentChange:
            return self._store.elevation(elevation_id)
        self._note_over([ended])
        return ended

    def _finish(self, provider: DomainProvider, started: Elevation, end: End, journal: Journal) -> Elevation:
        """Once more, at another domain controller if there is one, where it is cut."""
        lost_at = ""
        for is_last in (False, True):
            try:
                with (
                    self._reach.controllers(
                        provider, started.domain_controller, within_seconds=PASS_SECONDS, lost_at=lost_at
                    ) as controllers,
                    journal.collected(),
                ):
                    try:
                        return end.finish(started, controllers)
                    finally:
                        lost_at = controllers.lost_at
            except ConnectionLost as lost:
                if is_last:
                    raise lost.cause from lost
        raise AssertionError("the second time returns or raises")

    def extend(
        self,
        elevation_id: ElevationId,
        extra_seconds: int,
        listener: Listener,
        *,
        until: datetime | None = None,
    ) -> Elevation:
        """Move the deadline of an elevation by ``extra_seconds``, within the longest duration of the policy,
        and not past ``until`` (UTC) where that is given, whatever another copy has added meanwhile.

        What is meant is recorded before the directory is written: what dies in between is settled by the next
        tick or sweep after a minute, by what the directory shows.
        """
        elevation = self._store.elevation(elevation_id)
        provider = self._store.provider(elevation.provider_id)
        journal = self._journal(provider.id, listener)
        clock = self._reach.domain_clock(provider.id)
        extension = Extension(provider, clock, journal, self._store)
        extension.refuse(elevation, extra_seconds)
        try:
            with self._reach.controllers(
                provider, elevation.domain_controller, within_seconds=GIVING_SECONDS
            ) as controllers:
                clock.require_trusted()
                # Counted from what another copy may have written, which would be undone otherwise.
                if clock.time_for(elevation) < elevation.deadline:
                    elevation = self._sweeper(provider, controllers, listener).caught_up(elevation)
                return extension.run(
                    elevation,
                    extra_within(elevation, extra_seconds, until),
                    controllers,
                    lambda host: self._reach.controllers(provider, host, within_seconds=PASS_SECONDS),
                )
        except JitError:
            # Where it was over meanwhile nobody leaves it behind for a tick that may not come.
            if any(e.id == elevation_id and e.is_due(clock.time_for(e)) for e in self._open_now(provider.id)):
                self.tick(listener, provider.id)
            raise

    # --- ending on time -----------------------------------------------------------------------------------

    def tick(self, listener: Listener, provider_id: ProviderId | None = None) -> TickReport:
        """Everything that is due now, in one provider or in all of them one after the other; and a look at
        what others have done to those that are not due.

        A provider that can't be worked on, be it by a fault of ours, is named in the report and keeps no
        other back. Where the store can't be read, what this run knows of it is ended all the same.
        """
        changed: list[Elevation] = []
        problems: dict[ProviderId, JitError] = {}
        began: dict[ProviderId, datetime] = {}
        for one, elevations, problem in self._open_by_provider(provider_id):
            began[one] = self.domain_now(one)
            if problem is not None:
                problems[one] = problem
            if not elevations or not self._has_work(one, elevations):
                continue
            found = Found()
            try:
                provider = self._reach.provider(one)
                self._reach.raise_refusal_again(provider)
                self._work(provider, listener, found)
            except JitError as error:
                problems[one] = error
                changed += self._alarm(one, self._open_now(one), error, listener)
            except Exception:  # noqa: BLE001 - logged whole; the other providers' elevations are due too
                problems[one] = fault("a provider")
            changed += found.changed
            if found.problem is not None:
                problems[one] = found.problem
        self._note_over(changed)
        changed += self._confirm_later(listener, problems, provider_id)
        overdue = [
            e
            for one, elevations, _ in self._open_by_provider(provider_id)
            for e in elevations
            # What became due after that is for the next tick, and no alarm.
            if (e.state is State.OVERDUE or self._knows_what_is_late(one))
            and self.is_alarm(e, min(began.get(one, self.domain_now(one)), self.domain_now(one)))
        ]
        return TickReport(self._clock.utc_now(), tuple(changed), tuple(overdue), problems)

    def sweep(self, provider_id: ProviderId, listener: Listener) -> SweepReport:
        """A tick over one provider whether or not anything is due, and a look at what gives its privileges.

        Elevations of other copies found there are taken over and ended when their time has come. Raises
        :class:`UnknownItem` for a provider that does not exist; everything else is in the report.
        """
        provider = self._reach.provider(provider_id)
        found = Found()
        problem = ""
        failed: JitError | None = None
        try:
            self._reach.raise_refusal_again(provider)
            self._pass(provider, "", listener, found, self._sweep_over)
        except JitError as error:
            problem, failed = str(error), error
            if not found.is_passed:  # else what is due was tried, and was said
                self._alarm(provider_id, self._open_now(provider_id), error, listener)
        except Exception:  # noqa: BLE001 - logged whole, and said in the report
            problem = str(fault(provider.name))
        if found.problem is not None:
            problem, failed = str(found.problem), found.problem
        self._note_over(found.ended)
        now = self.domain_now(provider_id)
        still_open = self._open_now(provider_id)
        # What became due after the pass is for the next one, and no alarm.
        alarm_at = now if found.passed_at is None else found.passed_at
        return SweepReport(
            provider_id=provider_id,
            at=now,
            ended=tuple(found.ended),
            overdue=tuple(e for e in still_open if e.id in found.unconfirmed or self.is_alarm(e, alarm_at)),
            ending=tuple(e for e in still_open if e.state is State.ENDING),
            unconfirmed=self.not_confirmed(provider_id),
            adopted=tuple({e.id: e for e in found.adopted}.values()),
            foreign=tuple(found.foreign),
            suspects=(*self._suspects(provider_id, found), *self._still_given.get(provider_id, ())),
            unrecorded=self._unrecorded(provider_id, found),
            unsearched=tuple(found.unsearched.items()),
            problem=problem,
            error=failed,
            clock=self._reach.domain_clock(provider_id).source,
            doubt=self._reach.domain_clock(provider_id).doubt,
            is_time_lost=self.is_time_lost(provider_id),
        )

    def _knows_what_is_late(self, provider_id: ProviderId) -> bool:
        """Whether more than this computer's clock says what is late, or that clock is proven to be wrong."""
        clock = self._reach.domain_clock(provider_id)
        return clock.is_known or clock.is_lost

    def is_time_lost(self, provider_id: ProviderId) -> bool:
        """Whether nobody knows how much time is left (:attr:`DomainClock.is_lost`)."""
        return self._reach.domain_clock(provider_id).is_lost

    def _suspects(self, provider_id: ProviderId, found: Found) -> tuple[SuspectGroup, ...]:
        """What was found, and what was an alarm before where nobody could look now: that it is not seen says
        nothing of it."""
        names = {suspect.dn for suspect in found.suspects}
        unsearched = {host.casefold() for host in (*found.unsearched, *found.silent)}
        unseen = [
            suspect
            for suspect in self._seen_giving.get(provider_id, ())
            if suspect.dn not in names and (not found.is_looked or suspect.host.casefold() in unsearched)
        ]
        giving = [s for s in found.suspects if s.is_alarm and s.elevation is None]
        self._seen_giving[provider_id] = (*giving, *unseen)
        as_it_was = [replace(s, reason=f"{s.reason} (as last seen at {s.host})") for s in unseen]
        return (*found.suspects, *as_it_was)

    def _unrecorded(self, provider_id: ProviderId, found: Found) -> tuple[Elevation, ...]:
        waiting = [*found.unrecorded, *self._store.unrecorded()]
        return tuple({e.id: e for e in waiting if e.provider_id == provider_id}.values())

    def _sweep_over(
        self, sweeper: Sweeper, controllers: Controllers, listener: Listener, found: Found
    ) -> None:
        found.passed_at = self.domain_now(sweeper.provider.id)
        sweeper.pass_over(self._open_now(sweeper.provider.id), found)
        found.is_passed = True
        sweeper.look_over(self._open_now(sweeper.provider.id), found)
        found.begin_to_look()
        sweeper.look_in_location(found)
        sweeper.pass_over([*found.adopted, *found.resumed], found)
        if found.back:
            self._pauses.end(sweeper.provider.id)
        self._confirm(sweeper.provider, controllers, listener, found)

    def _tick_over(self, sweeper: Sweeper, controllers: Controllers, _: Listener, found: Found) -> None:
        sweeper.pass_over(self._open_now(sweeper.provider.id), found)
        sweeper.look_over(self._open_now(sweeper.provider.id), found)
        controllers.ask_who_just_left()

    def _pass(
        self,
        provider: DomainProvider,
        preferred: str,
        listener: Listener,
        found: Found,
        work: Callable[[Sweeper, Controllers, Listener, Found], None],
    ) -> None:
        """One pass over one provider. Where its connection is cut it is begun again once, at another domain
        controller if there is one: only what was itself tried on a connection that lived can be overdue."""
        tried = self._cut.setdefault(provider.id, set())
        lost_at = ""
        for is_last in (False, True):
            try:
                with self._reach.controllers(
                    provider, preferred, within_seconds=PASS_SECONDS, lost_at=lost_at
                ) as controllers:
                    sweeper = self._sweeper(provider, controllers, listener)
                    sweeper.last = frozenset(tried)
                    controllers.between = lambda s=sweeper: s.take_newly_due(found)  # type: ignore[misc]
                    try:
                        work(sweeper, controllers, listener, found)
                    except (DirectoryUnavailable, Cancelled) as error:
                        if is_last or not controllers.is_cut:
                            raise
                        # In the middle of no elevation, which is no less a pass that did not come to its end.
                        _LOG.info("A connection was cut in the middle of a pass: %s", error)
                        continue
                    finally:
                        lost_at = controllers.lost_at
            except ConnectionLost as lost:
                _LOG.info("The connection was cut while %s was ended: %s", lost.elevation.id, lost.cause)
                if lost.elevation.id in tried:
                    self._not_confirmed(lost, listener, found)
                if is_last:
                    found.problem = lost.cause
                tried.add(lost.elevation.id)
            else:
                tried.clear()
                return

    def _not_confirmed(self, lost: ConnectionLost, listener: Listener, found: Found) -> None:
        """Twice tried on a connection that lived, and twice it was cut: that is an alarm."""
        try:
            current = self._store.elevation(lost.elevation.id)
            provider_id = current.provider_id
            clock = self._reach.domain_clock(provider_id)
            end = End(clock, self._journal(provider_id, listener))
            # One that still has time was only looked at.
            if current.is_open and (not current.is_granted or current.is_due(clock.time_for(current))):
                started = end.start(current, reason_for(current))
                found.note(end.unconfirmed(started, lost.cause))
        except (StoreError, UnknownItem) as error:
            _LOG.error("The alarm for %s could not be recorded: %s", lost.elevation.id, error)

    def _open_now(self, provider_id: ProviderId) -> Sequence[Elevation]:
        """The open ones of a provider as the store has them, or as they were when it could still be read."""
        return next((es for _, es, _ in self._open_by_provider(provider_id)), ())

    def _open_by_provider(
        self, wanted: ProviderId | None = None
    ) -> Iterator[tuple[ProviderId, Sequence[Elevation], JitError | None]]:
        problem: JitError | None = None
        try:
            elevations = list(self._store.open_elevations())
            self._last_known = {e.id: e for e in elevations}
        except StoreError as error:
            problem = error
            elevations = sorted(self._last_known.values(), key=lambda e: e.deadline)
        for provider_id in dict.fromkeys(e.provider_id for e in elevations):
            if wanted in (None, provider_id):
                yield provider_id, [e for e in elevations if e.provider_id == provider_id], problem

    def _has_work(self, provider_id: ProviderId, elevations: Sequence[Elevation]) -> bool:
        clock = self._reach.domain_clock(provider_id)
        looked_at = self._looked_at.get(provider_id)
        runs = any(e.is_granted and e.extending_to is None for e in elevations)
        if runs and (looked_at is None or self._clock.monotonic() - looked_at >= LOOK_SECONDS):
            return True
        return clock.age_seconds() > CLOCK_READING_SECONDS or any(
            e.is_due(clock.time_for(e))
            or e.extension_hangs(clock.time_for(e))
            or e.state is State.PROPAGATING
            for e in elevations
        )

    def _work(self, provider: DomainProvider, listener: Listener, found: Found) -> None:
        self._looked_at[provider.id] = self._clock.monotonic()
        preferred = next((e.domain_controller for e in self._open_now(provider.id)), "")
        self._pass(provider, preferred, listener, found, self._tick_over)

    def _note_over(self, changed: Iterable[Elevation]) -> None:
        for elevation in changed:
            if elevation.is_open:
                continue
            self._reach.domain_clock(elevation.provider_id).forget_deadline(elevation.id)
            if elevation.unconfirmed_on:
                self._pauses.shorten(elevation.provider_id)

    def _confirm_later(
        self,
        listener: Listener,
        problems: dict[ProviderId, JitError],
        wanted: ProviderId | None = None,
    ) -> list[Elevation]:
        """Ask domain controllers that were away when something ended, in all providers where it is time to.

        Nothing more has to be ended for it, so that a domain that can't be reached is no problem to report.
        """
        found = Found()
        try:
            waiting = [
                p for p in self._store.providers() if wanted in (None, p.id) and self._pauses.is_over(p.id)
            ]
        except StoreError:
            return []  # the tick has said so
        for provider in waiting:
            try:
                if not self._store.unconfirmed_elevations(provider.id):
                    self._still_given.pop(provider.id, None)
                    self._pauses.wait(provider.id)
                    continue
                self._reach.raise_refusal_again(provider)
                with self._reach.controllers(provider, within_seconds=_LATER_SECONDS) as controllers:
                    sweeper = self._sweeper(provider, controllers, listener)
                    controllers.between = lambda s=sweeper: s.take_newly_due(found)  # type: ignore[misc]
                    self._confirm(provider, controllers, listener, found)
            except (JitError, ConnectionLost) as error:
                self._pauses.wait(provider.id)
                _LOG.info("What has ended in %s could not be confirmed yet: %s", provider.name, error)
            except Exception:  # noqa: BLE001 - logged whole; the other providers are asked all the same
                self._pauses.wait(provider.id)
                problems.setdefault(provider.id, fault(provider.name))
            if found.problem is not None:
                problems.setdefault(provider.id, found.problem)
                found.problem = None
        return found.changed

    def _confirm(
        self, provider: DomainProvider, controllers: Controllers, listener: Listener, found: Found
    ) -> None:
        is_time, given = self._pauses.is_over(provider.id), self._still_given.get(provider.id, ())
        if not (is_time or found.doubtful or given):
            return
        # What was seen to be back goes first: there may be no time for all of them.
        first = found.back | found.doubtful
        waiting = sorted(self._store.unconfirmed_elevations(provider.id), key=lambda e: e.id not in first)
        if not is_time:  # these alone: the others are many
            names = {alarm.name for alarm in given}
            waiting = [e for e in waiting if e.id in found.doubtful or e.group_name in names]
        confirmation = Confirmation(
            controllers,
            self._store,
            self._reach.domain_clock(provider.id),
            self._journal(provider.id, listener),
            latency_seconds=provider.jit.replication_latency_seconds,
        )
        with controllers.telling():
            changed = confirmation.run(waiting)
        alarms = {(alarm.name, alarm.host): alarm for alarm in confirmation.alarms}
        unseen = [
            alarm for alarm in given if (alarm.name, alarm.host) in confirmation.unanswered - alarms.keys()
        ]
        self._still_given[provider.id] = (*confirmation.alarms, *unseen)
        found.changed += changed
        found.ended += confirmation.kept
        found.problem = found.problem or confirmation.problem
        if not is_time:
            return
        if changed or confirmation.alarms:
            self._pauses.shorten(provider.id)
        else:
            self._pauses.wait(provider.id)

    def _sweeper(self, provider: DomainProvider, controllers: Controllers, listener: Listener) -> Sweeper:
        journal = self._journal(provider.id, listener)
        return Sweeper(provider, controllers, self._store, self._reach.domain_clock(provider.id), journal)

    def _alarm(
        self, provider_id: ProviderId, elevations: Sequence[Elevation], error: JitError, listener: Listener
    ) -> list[Elevation]:
        """The directory can't be reached: what is due by a clock that was read in this run is overdue now.

        Without such a reading nothing was tried, and nothing is recorded: a pause would keep the next program
        from ending it, and one that is being ended is not looked at for an extension of another copy. It is
        an alarm all the same (:meth:`is_alarm`).
        """
        clock = self._reach.domain_clock(provider_id)
        if not clock.was_read or not isinstance(error, DirectoryError):
            return []
        journal = self._journal(provider_id, listener)
        end = End(clock, journal)
        alarmed = []
        for elevation in elevations:
            due = elevation.is_due(clock.time_for(elevation))
            if not due and not elevation.extension_hangs(clock.time_for(elevation)):
                continue
            try:
                if due:
                    alarmed.append(end.unconfirmed(end.start(elevation, reason_for(elevation)), error))
                else:
                    alarmed.append(put_off(elevation, clock, journal))
            except ConcurrentChange:
                _LOG.info("%s is being ended by another copy", elevation.id)
            except StoreError as problem:
                _LOG.error("The alarm for %s could not be recorded: %s", elevation.id, problem)
        return alarmed
