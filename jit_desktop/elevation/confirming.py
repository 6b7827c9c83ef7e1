# SPDX-License-Identifier: MIT
"""Confirming later: domain controllers that were away when an elevation ended are asked when back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from jit_desktop.elevation.controllers import (
    FORGOTTEN_AFTER,
    OTHERS,
    Controllers,
    is_lost,
    require_synchronized,
)
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ending import ConnectionLost, End
from jit_desktop.elevation.errors import (
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    NoSuchObject,
    StoreError,
    fault,
)
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.journal import Journal, account_was_deleted, deletion_was_answered
from jit_desktop.elevation.left_over import AsShown
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import (
    Elevation,
    RemainingRight,
    Step,
    StepReport,
    StepStatus,
    SuspectGroup,
)
from jit_desktop.elevation.ports import Clock, Directory, Store
from jit_desktop.elevation.remaining import look, remains, remains_in_words, require_home, with_more
from jit_desktop.elevation.tracing import is_gone
from jit_desktop.elevation.verdict import Others

_LOG = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600


class Pauses:
    """When each provider's domain controllers are asked again; kept in memory alone.

    A new run asks at once. While nothing changes the pauses grow from 30 s to an hour.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[ProviderId, float] = {}
        self._length: dict[ProviderId, int] = {}

    def is_over(self, provider_id: ProviderId) -> bool:
        """Whether it is time to ask (again)."""
        return self._clock.monotonic() >= self._next.get(provider_id, 0.0)

    def end(self, provider_id: ProviderId) -> None:
        """Ask at once: there is something to ask for."""
        self._next.pop(provider_id, None)

    def shorten(self, provider_id: ProviderId) -> None:
        """Something has changed: begin with the short pauses again."""
        self._length.pop(provider_id, None)
        self._next[provider_id] = self._clock.monotonic() + FIRST_PAUSE_SECONDS

    def wait(self, provider_id: ProviderId) -> None:
        """Nothing has changed: wait, longer than the last time."""
        seconds = self._length.get(provider_id, FIRST_PAUSE_SECONDS)
        self._next[provider_id] = self._clock.monotonic() + seconds
        self._length[provider_id] = min(2 * seconds, LONGEST_PAUSE_SECONDS)


class Confirmation:
    """Asks about elevations of one provider that have ended, on one set of connections.

    ``latency_seconds``: how long the provider's settings say that replication takes.
    """

    def __init__(
        self,
        controllers: Controllers,
        store: Store,
        clock: DomainClock,
        journal: Journal,
        *,
        latency_seconds: int = 0,
    ) -> None:
        self._controllers = controllers
        self._store = store
        self._clock = clock
        self._journal = journal
        self._end = End(clock, journal, latency_seconds=latency_seconds)
        self.problem: JitError | None = None
        """What a domain controller that answers refused last: somebody has to mend it. Or a fault of ours."""
        self.alarms: list[SuspectGroup] = []
        """What domain controllers that answer go on giving: each is an alarm."""
        self.kept: list[Elevation] = []
        """Whose account has more of it by other ways than was known when it ended."""
        self._remains: list[RemainingRight] = []
        """What the account of the elevation that is asked about still has, by those asked so far."""
        self.unanswered: set[tuple[str, str]] = set()
        """Of which temporary groups, by name, who did not answer: it may go on giving them."""

    def run(self, elevations: Iterable[Elevation]) -> list[Elevation]:
        """Ask for each of ``elevations``; returns those of which something new is known.

        What a domain controller still shows is removed there. Nothing is recorded while nothing changes.
        """
        changed: list[Elevation] = []
        for elevation in elevations:
            try:
                known = self._one(elevation)
            except (JitError, ConnectionLost):
                raise
            except Exception:  # noqa: BLE001 - logged whole; the others are asked for all the same
                self.problem = fault(f"the elevation of {elevation.account.name}")
            else:
                changed += [known] if known is not None else []
        return changed

    def _one(self, elevation: Elevation) -> Elevation | None:
        asked = self._unasked(elevation)
        self._remains = []
        is_settled = {host: self._is_settled(elevation, host) for host in self._controllers.in_turn(asked)}
        left = tuple(host for host in asked if not is_settled[host])
        leftover = self._left_over(elevation) if elevation.leftover else ""
        kept = with_more(elevation.remains, self._remains)
        is_more = kept != elevation.remains
        if left == elevation.unconfirmed_on and leftover == elevation.leftover and not is_more:
            return None
        settled = [host for host in asked if host not in left]
        if leftover != elevation.leftover:
            settled.append("the temporary group, which is gone")
        told = [f"Confirmed for {', '.join(settled)}." if settled else f"To be asked: {', '.join(left)}."]
        if is_more:
            told.append(f"{elevation.account.name} {remains_in_words(kept)}.")
        changes = {"unconfirmed_on": left, "leftover": leftover, "remains": kept}
        try:
            changed = self._journal.advance(elevation, Event.CONFIRMED_LATER, " ".join(told), **changes)
            self.kept += [changed] if is_more else []
            return changed
        except ConcurrentChange:
            _LOG.info("%s was confirmed by another copy meanwhile", elevation.id)
        except StoreError as error:
            _LOG.warning("What was confirmed for %s could not be recorded: %s", elevation.id, error)
        return None

    def _unasked(self, elevation: Elevation) -> Sequence[str]:
        """Who has to be asked: where the list was not shown then and is now, all that it names, and who left
        it since."""
        hosts = elevation.unconfirmed_on
        try:
            if OTHERS not in hosts or not self._controllers.is_whole:
                return hosts
            silent = self._controllers.silent_since(elevation.known_from)
            named = [*(host for host in hosts if host != OTHERS), *self._controllers.hosts(), *silent]
        except DirectoryError as error:
            _LOG.info("The domain controllers could not be listed: %s", error)
            return hosts
        return tuple({host.casefold(): host for host in named}.values())

    def _left_over(self, elevation: Elevation) -> str:
        """What is still there of a temporary group that could not be deleted, after another try."""
        main, account_deleted = self._controllers.main, False
        try:
            account_deleted = self._may_be_deleted(elevation)
            removal = self._end.remove(elevation, main)
            require_synchronized(main)
            # Not shown, and yet a write to it was refused: it is there.
            is_over = removal.deleted or (not removal.is_kept and is_gone(elevation, main))
        except DirectoryError as error:
            _LOG.info("What is left of %s could not be looked at: %s", elevation.id, error)
            if is_lost(main, error):
                return elevation.leftover
            is_over = False
        asked = (*self._controllers.hosts(), *self._controllers.silent)
        others = [host for host in asked if not self._controllers.is_main(host)]
        hosts = others if is_over else [main.info.controller, *others]
        # One that could not be asked about the end is asked about that (:meth:`_is_settled`).
        away = {host.casefold() for host in elevation.unconfirmed_on}
        is_quiet = [
            self._is_quiet(elevation, host, account_deleted=account_deleted)
            for host in hosts
            if host.casefold() not in away
        ]
        return "" if is_over and all(is_quiet) else elevation.leftover

    def _is_quiet(self, elevation: Elevation, host: str, *, account_deleted: bool) -> bool:
        """Whether what is left over gives nothing at ``host``, or that can't be asked. It gave nothing when
        the elevation ended; it may give something again, by a way that was not open then. What does not show
        any more that it gives nothing is an alarm as it was while that ended."""
        try:
            directory = self._controllers.at(host)
            require_synchronized(directory)
            truth = self._left_at(elevation, directory, host, account_deleted=account_deleted)
        except DirectoryUnavailable as error:
            _LOG.info("What is left of %s could not be asked of %s: %s", elevation.id, host, error)
            self.unanswered.add((elevation.group_name, host))
            if self._was_alarm(elevation, host):
                self.alarms.append(self._as_last_seen(elevation, host))
            return True
        except DirectoryError as error:
            _LOG.info("What is left of %s is not to be looked for at %s: %s", elevation.id, host, error)
            return True
        if truth.is_over:
            if self._was_alarm(elevation, host):
                self._say(elevation, StepStatus.DONE, f"{host} shows again that it gives nothing.", host)
            return True
        if not self._controllers.is_writable(host):
            # What was taken back a moment ago at those that can be written, it may not have heard of.
            if self._shown_since(elevation, host) is None:
                self._say(elevation, StepStatus.RUNNING, f"{host} shows the right again.", host)
            if not self._is_alarm(elevation, truth):
                return False
        shows = "shows the right again"
        if not (truth.gives or any(target.is_unexplained for target in truth.targets)):
            shows = f"does not show any more that it is gone: {' '.join(truth.unproven)}"
        self._say(elevation, StepStatus.FAILED, f"{host} {shows}", host)
        self.alarms.append(self._alarm(elevation, truth, f"{host} {shows}"))
        return False

    def _left_at(
        self, elevation: Elevation, directory: Directory, host: str, *, account_deleted: bool
    ) -> ControllerTruth:
        """What is left over as ``host`` shows it, after what gives something was taken back there too."""
        require_home(elevation, directory)
        once_deleted = deletion_was_answered(self._store, elevation)
        account_once_deleted = account_was_deleted(self._store, elevation)
        others = AsShown(self._store, elevation.provider_id, self._clock.now())

        def look_at(*, deleted: bool = False) -> ControllerTruth:
            try:
                return look(
                    elevation,
                    directory,
                    host,
                    deleted=deleted,
                    once_deleted=once_deleted or deleted,
                    account_deleted=account_deleted,
                    account_once_deleted=account_once_deleted,
                    others=others,
                )
            except DirectoryUnavailable:
                raise
            except DirectoryError as error:
                return ControllerTruth(host, unproven=(f"{host} does not show all of it: {error.message}",))

        truth = look_at()
        if truth.is_over or self._controllers.is_main(host) or not self._controllers.is_writable(host):
            return truth
        try:
            removal = self._end.remove(elevation, directory)
            after = look_at(deleted=removal.deleted)
        except DirectoryUnavailable as error:
            # It was asked, and showed this: that it does not answer now takes nothing back.
            _LOG.info("What is left of %s could not be taken back at %s: %s", elevation.id, host, error)
            return truth
        if after.is_over:
            self._audit(elevation, host)
        return after

    def _is_settled(self, elevation: Elevation, host: str) -> bool:
        """Whether nothing is left of it on ``host``, after removing there what can be removed."""
        is_alarm = False
        try:
            require_home(elevation, self._controllers.main)
            if not self._controllers.has(host) and self._is_out_of_the_list(elevation, host):
                return True
            if host == OTHERS:
                return self._is_forgotten(elevation)  # nobody knows which these are
            directory = self._controllers.at(host, proof=False)
            require_home(elevation, directory)
            truth, refusals = self._taken_back(elevation, directory, host)
            is_alarm = not truth.is_over and self._is_alarm(elevation, truth)
            if is_alarm:
                self.alarms.append(self._alarm(elevation, truth, self._how_it_is_back(truth)))
            if not self._controllers.is_writable(host) and (truth.group_there or not truth.is_over):
                if is_alarm:
                    self._say(elevation, StepStatus.FAILED, f"{host} still shows the right.", host)
                return False
            require_synchronized(directory)
            if not truth.is_over or (truth.group_there and refusals):
                what = " ".join([*truth.unproven, *refusals]) or f"{host} still shows the right."
                raise DirectoryError(what, subject=elevation.group_name)
        except DirectoryUnavailable as error:
            _LOG.debug("%s still can't be asked: %s", host, error)
            self.unanswered.add((elevation.group_name, host))
            if self._was_alarm(elevation, host):
                self.alarms.append(self._as_last_seen(elevation, host))
            return False
        except DirectoryError as error:
            self.problem = error
            self._say(elevation, StepStatus.FAILED if is_alarm else StepStatus.WARNING, str(error), host)
            return False
        text = f"{host} is back and shows that it has ended."
        status = StepStatus.DONE
        if rights := remains([truth]):
            self._remains += rights
            status, text = StepStatus.WARNING, f"{text} {elevation.account.name} {remains_in_words(rights)}."
        self._say(elevation, status, text, host)
        return True

    def _is_out_of_the_list(self, elevation: Elevation, host: str) -> bool:
        """Whether ``host`` has been away for so long that it can't come back. That it left the list and does
        not answer is no proof that it gives nothing: it may be hidden, or switched on again."""
        if self._is_forgotten(elevation):
            self._say(elevation, StepStatus.DONE, f"{host} is no domain controller any more.", host)
            return True
        if not self._was_alarm(elevation, host):
            left = f"{host} left the list of domain controllers before it could be asked"
            text = f"{left}; once it answers, it is."
            self._say(elevation, StepStatus.WARNING, text, host)
        return False

    def _is_forgotten(self, elevation: Elevation) -> bool:
        return self._clock.now() - (elevation.ended_at or elevation.deadline) >= FORGOTTEN_AFTER

    def _taken_back(
        self, elevation: Elevation, directory: Directory, host: str
    ) -> tuple[ControllerTruth, Sequence[str]]:
        """What ``host`` shows after removing there what can be removed, and what it refused of that."""
        once_deleted = deletion_was_answered(self._store, elevation)
        is_deleted = self._may_be_deleted(elevation)
        is_writable = self._controllers.is_writable(host)
        look_at = partial(
            look, elevation, directory, host, account_deleted=is_deleted, others=self._others(elevation)
        )
        try:
            truth = look_at(once_deleted=once_deleted)
        except DirectoryUnavailable:
            raise
        except DirectoryError:
            # That a question is answered with an error says nothing of a write.
            if is_writable:
                self._end.remove(elevation, directory)
            raise
        if truth.is_over and not truth.group_there:
            return truth, ()
        if self._shown_since(elevation, host) is None:
            text = "is back and still shows it." if is_writable else "still shows the temporary group."
            self._say(elevation, StepStatus.RUNNING, f"{host} {text}", host)
        if not is_writable:
            return truth, ()
        try:
            removal = self._end.remove(elevation, directory)
            if removal.had_something:
                self._audit(elevation, host)
            after = look_at(deleted=removal.deleted, once_deleted=once_deleted or removal.deleted)
        except DirectoryUnavailable as error:
            if truth.is_over:
                raise
            # It was asked, and showed this: that it answers no write, or not any more, takes nothing back.
            return truth, (str(error),)
        return after, removal.refusals

    def _others(self, elevation: Elevation) -> Others:
        return Others(self._store, elevation.provider_id, self._clock.now())

    def _may_be_deleted(self, elevation: Elevation) -> bool:
        """Whether the account may have been deleted: not while the main domain controller shows it. One that
        is not shown at another one is hidden there."""
        try:
            self._controllers.main.read(elevation.account.guid)
        except NoSuchObject:
            return True
        except DirectoryUnavailable:
            raise
        except DirectoryError:
            return False
        return False

    def _told_of(self, elevation: Elevation, host: str) -> Sequence[StepReport]:
        """What was told of ``host`` since it ended elsewhere, as far as that is recorded; oldest first."""
        ended_at = elevation.ended_at or elevation.deadline
        try:
            told = self._store.steps(elevation.id)
        except StoreError:
            return ()
        return [s for s in told if (s.step, s.subject) == (Step.CONFIRM_END, host) and s.at >= ended_at]

    def _shown_since(self, elevation: Elevation, host: str) -> datetime | None:
        """Since when ``host`` answers and shows it, as far as that is recorded."""
        told = self._told_of(elevation, host)
        return next((s.at for s in told if s.status is StepStatus.RUNNING), None)

    def _was_alarm(self, elevation: Elevation, host: str) -> bool:
        """Whether ``host`` gave it when it answered last, whichever process asked: that it does not answer
        now says nothing of it."""
        told = self._told_of(elevation, host)
        return bool(told) and told[-1].status is StepStatus.FAILED

    def _is_alarm(self, elevation: Elevation, truth: ControllerTruth) -> bool:
        """Whether it should not be shown there any more: at once where the removal was refused, else when
        replication has had its time. Where nothing can be recorded, nobody knows for how long."""
        if truth.gives and self._controllers.is_writable(truth.host):
            return True
        since = self._shown_since(elevation, truth.host)
        patience = self._end.patience_with(elevation)
        return since is None or (self._clock.now() - since).total_seconds() >= patience

    def _how_it_is_back(self, truth: ControllerTruth) -> str:
        is_writable = self._controllers.is_writable(truth.host)
        which = truth.host if is_writable else f"{truth.host}, a read-only domain controller,"
        what = "still shows the right" if truth.gives else "does not show that the right is gone"
        return f"{which} is back and {what}"

    def _as_last_seen(self, elevation: Elevation, host: str) -> SuspectGroup:
        gives = tuple(privilege.label for privilege in elevation.privileges)
        how = f"{host} still showed the right when it answered last"
        return self._alarm_of(elevation, host, gives, how)

    def _alarm(self, elevation: Elevation, truth: ControllerTruth, how: str) -> SuspectGroup:
        gives = tuple(dict.fromkeys([*truth.given, *truth.to_others]))
        return self._alarm_of(elevation, truth.host, gives, how)

    def _alarm_of(self, elevation: Elevation, host: str, gives: tuple[str, ...], how: str) -> SuspectGroup:
        ended_at = elevation.ended_at or elevation.deadline
        return SuspectGroup(
            elevation.group_name,
            child_dn("CN", elevation.group_name, elevation.location.dn),
            f"the elevation of {elevation.account.name} ended at {ended_at:%Y-%m-%d %H:%M:%S} UTC, but {how}",
            gives,
            is_alarm=True,
            host=host,
        )

    def _say(self, elevation: Elevation, status: StepStatus, text: str, host: str) -> None:
        self._journal.step_if_news(elevation, Step.CONFIRM_END, status, text, host)

    def _audit(self, elevation: Elevation, host: str) -> None:
        try:
            self._store.add_audit(
                at=self._clock.now(),
                actor=self._journal.actor,
                action="elevation.removed-again",
                subject=elevation.account.name,
                detail={
                    "elevation": elevation.id,
                    "group": elevation.group_name,
                    "domain_controller": host,
                    "clock": self._clock.source.value,
                },
            )
        except StoreError as error:
            _LOG.warning("That %s was removed again could not be audited: %s", elevation.id, error)
