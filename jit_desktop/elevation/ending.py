# SPDX-License-Identifier: MIT
"""Ending: empty and delete the temporary group, then believe only what the domain controllers say
afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import child_dn, domain_dn, domain_name, same_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import (
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    NoSuchObject,
    StoreError,
)
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup

_LOG = logging.getLogger(__name__)

END_LEASE_SECONDS = 60
"""How long nobody else repeats an end that is under way."""
_FIRST_PAUSE_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 300
_FIRST_LOOKS_SECONDS = 3
_FIRST_LOOKS = 4
"""So many looks at who has not heard of an end yet, that far apart, before the pauses grow."""
_OWN_HANDS_SECONDS = 50
"""How long replication may take before an end is written where it has not arrived. Inside a site it does so
within seconds (Microsoft: notified after 15 s, and 3 s more for each partner)."""
PATIENCE_SECONDS = 900
"""How long a domain controller that answers may go on showing what was ended before that is an alarm, unless
the settings know of a longer replication latency. Between sites 15 minutes is the shortest interval."""


def pause_seconds(attempts: int) -> int:
    """How long to wait after ``attempts`` ends that were not confirmed.

    5 s, doubled each time up to 5 minutes.
    """
    return int(min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(attempts, 10)))


def look_pause_seconds(looks: int) -> int:
    """How long to wait after the ``looks``-th look at who has not heard of an end yet.

    3 s four times, then doubled up to 5 minutes.
    """
    return int(min(_LONGEST_PAUSE_SECONDS, _FIRST_LOOKS_SECONDS * 2 ** min(max(looks - _FIRST_LOOKS, 0), 10)))


def waited_seconds(looks: int) -> int:
    """How long was waited at least when the ``looks``-th look is taken."""
    return sum(look_pause_seconds(number) for number in range(1, looks))


class End:
    """Ends elevations of one provider; safe to repeat and to do from two places at once.

    ``latency_seconds``: how long the provider's settings say that replication takes.
    """

    def __init__(self, clock: DomainClock, journal: Journal, *, latency_seconds: int = 0) -> None:
        self._clock = clock
        self._journal = journal
        self._patience_seconds = max(PATIENCE_SECONDS, latency_seconds)

    def start(self, elevation: Elevation, reason: EndReason, failure: str = "") -> Elevation:
        """Record that it is to end, and who is at it, before the directory is touched.

        An end that was begun keeps its first reason. Where the store can't take it the end goes on all the
        same: rights that stay are worse than a row that is missing. ``ConcurrentChange`` does stop it:
        somebody else has moved the elevation, perhaps extended it.
        """
        reason = elevation.end_reason or reason
        event = Event.ROLLBACK_STARTED if _is_rollback(reason) else Event.END_STARTED
        changes: dict[str, Any] = {
            "end_reason": reason,
            "failure": failure or elevation.failure or _why_interrupted(reason),
            "next_attempt_at": self._clock.now() + timedelta(seconds=END_LEASE_SECONDS),
            "extending_to": None,
        }
        if elevation.extending_to is not None:
            changes["attempts"] = 0  # those were looks at the extension
        try:
            return self._journal.advance(elevation, event, failure, **changes)
        except ConcurrentChange:
            raise
        except StoreError as error:
            _LOG.error("The end of %s goes on although the store refused it: %s", elevation.id, error)
            return elevation.after(event, **changes)

    def finish(self, elevation: Elevation, controllers: Controllers) -> Elevation:
        """Remove it from the directory and read back; returns it ended, still ending, or overdue.

        Domain controllers that could not be asked are named in ``unconfirmed_on``, to be asked later.
        """
        try:
            controllers.require_writable()
            removed = self.remove(elevation, controllers.main)
            if not removed:
                self._remove_where_written(elevation, controllers)
            # Counted anew from when it was removed; what was tried before was another trouble.
            looks = 1 if removed else elevation.attempts + 1
            if waited_seconds(looks) >= _OWN_HANDS_SECONDS:
                self._remove_wherever_shown(elevation, controllers)
            waiting, unasked = self._still_shown(elevation, controllers)
            self._refuse_half_a_rollback(elevation, unasked)
            if waiting and waited_seconds(looks) >= self._patience_seconds:
                raise _still_there(waiting)
        except DirectoryError as error:
            return self.unconfirmed(elevation, error)
        if waiting:
            return self._journal.advance(
                elevation,
                Event.END_REPLICATING,
                f"Still shown by {', '.join(waiting)}.",
                attempts=looks,
                next_attempt_at=self._clock.now() + timedelta(seconds=look_pause_seconds(looks)),
                failure=(
                    # Why a grant failed is worth more than how far taking it back has come.
                    elevation.failure
                    if _is_rollback(elevation.end_reason) and elevation.failure
                    else f"Removed; {', '.join(waiting)} has not heard of it yet."
                ),
                unconfirmed_on=unasked,
            )
        event = Event.ROLLBACK_CONFIRMED if _is_rollback(elevation.end_reason) else Event.END_CONFIRMED
        return self._journal.advance(
            elevation,
            event,
            f"Could not be asked: {', '.join(unasked)}." if unasked else "",
            unconfirmed_on=unasked,
            ended_at=self._clock.now(),
            next_attempt_at=None,
            failure=elevation.failure if _is_rollback(elevation.end_reason) else "",
        )

    def unconfirmed(self, elevation: Elevation, error: DirectoryError) -> Elevation:
        """Record that the end could not be confirmed because of ``error``.

        An alarm, tried again after a pause.
        """
        failure = (
            elevation.failure if _is_rollback(elevation.end_reason) and elevation.failure else str(error)
        )
        return self._journal.advance(
            elevation,
            Event.END_UNCONFIRMED,
            str(error),
            failure=failure,
            attempts=elevation.attempts + 1,
            next_attempt_at=self._clock.now() + timedelta(seconds=pause_seconds(elevation.attempts)),
        )

    def remove(self, elevation: Elevation, directory: Directory) -> bool:
        """Empty and delete the temporary group on one domain controller; whether it was there at all."""
        group = find_group(elevation, directory)
        if group is None:
            return False
        self._journal.step(
            elevation,
            Step.EMPTY_GROUP,
            StepStatus.RUNNING,
            f"Taking the members out of {group.name}.",
            group.dn,
        )
        try:
            directory.empty_group(group.guid)
        except NoSuchObject:
            self._journal.step(
                elevation, Step.EMPTY_GROUP, StepStatus.DONE, "The group is gone already.", group.dn
            )
            return True
        except DirectoryUnavailable as error:
            self._journal.step(elevation, Step.EMPTY_GROUP, StepStatus.FAILED, str(error), group.dn)
            raise
        except DirectoryError as error:
            # Deleting needs DELETE_CHILD on the OU only and may work although writing members does not.
            self._journal.step(elevation, Step.EMPTY_GROUP, StepStatus.WARNING, str(error), group.dn)
        else:
            self._journal.step(
                elevation, Step.EMPTY_GROUP, StepStatus.DONE, "It has no members any more.", group.dn
            )
        with self._journal.running(
            elevation,
            Step.DELETE_GROUP,
            f"Deleting {group.name}.",
            "The temporary group is deleted.",
            group.dn,
        ):
            try:
                directory.delete_group(group.guid)
            except NoSuchObject:
                _LOG.info("%s was deleted by somebody else at the same time", group.name)
        return True

    def _remove_where_written(self, elevation: Elevation, controllers: Controllers) -> None:
        """Where another domain controller took the grant, the main one may not have heard of it yet.

        So that the main one does not show it proves nothing, and that one has to be asked: if it can't be,
        the end is not confirmed, but what the others show of it is removed meanwhile. One that is no domain
        controller any more is not waited for, nor one that could not be asked when we removed it elsewhere,
        nor one that ends it by itself when that time has come.
        """
        host = elevation.domain_controller
        if not host or controllers.is_main(host) or not controllers.has(host):
            return
        try:
            directory = controllers.at(host)
        except DirectoryError as error:
            away = error
        else:
            try:
                self.remove(elevation, directory)
            except DirectoryUnavailable as error:
                away = error
            else:
                return
        if _names(elevation.unconfirmed_on, host):
            return
        self._remove_wherever_shown(elevation, controllers)
        if elevation.directory_ends_at is None or self._clock.now() < elevation.directory_ends_at:
            raise away

    def _remove_wherever_shown(self, elevation: Elevation, controllers: Controllers) -> None:
        for host in controllers.hosts():
            if controllers.is_main(host) or not controllers.is_writable(host):
                continue
            try:
                self.remove(elevation, controllers.at(host))
            except DirectoryError as error:
                _LOG.info("%s could not be asked for %s: %s", host, elevation.group_name, error)

    def _refuse_half_a_rollback(self, elevation: Elevation, unasked: tuple[str, ...]) -> None:
        """A grant that broke off may have written what never left the domain controller that took it, and
        the removal elsewhere need not reach that one either."""
        host = elevation.domain_controller
        if _is_rollback(elevation.end_reason) and host and _names(unasked, host):
            raise DirectoryUnavailable(
                f"{host} took the grant and can't be asked what is left of it.",
                subject=host,
                remedy="Bring it back, or remove it from the domain.",
            )

    def _still_shown(
        self, elevation: Elevation, controllers: Controllers
    ) -> tuple[list[str], tuple[str, ...]]:
        """Ask every domain controller; returns those that still show the group, and those that could not be
        asked.
        """
        waiting, unasked = [], []
        for answer in controllers.ask(lambda d: find_group(elevation, d) is not None):
            if answer.problem and controllers.is_main(answer.host):
                raise DirectoryUnavailable(answer.problem, subject=answer.host)
            if answer.problem:
                status, text = StepStatus.WARNING, f"{answer.host} could not be asked: {answer.problem}"
                unasked.append(answer.host)
            elif answer.has_it:
                status, text = StepStatus.RUNNING, f"{answer.host} still shows the temporary group."
                waiting.append(answer.host)
            else:
                status, text = StepStatus.DONE, f"{answer.host} shows that it has ended."
            self._journal.step_if_news(elevation, Step.CONFIRM_END, status, text, answer.host)
        return waiting, tuple(unasked)


def find_group(elevation: Elevation, directory: Directory) -> TemporaryGroup | None:
    """The temporary group of an elevation as ``directory`` shows it; ``None`` where it shows none.

    By GUID where that is known; else by its name, which is unique, in the location, wherever that was moved.
    Raises :class:`DirectoryError` where ``directory`` is another domain: what that does not show proves
    nothing.
    """
    home = domain_dn(elevation.location.dn)
    if not same_dn(home, directory.info.base_dn):
        raise DirectoryError(
            f"The elevation was granted in {domain_name(home)}, but the provider's settings lead to "
            f"{directory.info.dns_name} now.",
            subject=elevation.group_name,
            remedy=f"Let the provider lead to {domain_name(home)} again until the elevation has ended.",
        )
    if elevation.group_guid is not None:
        return _shown(directory.temporary_group(elevation.group_guid))
    try:
        location = directory.read(elevation.location.guid).dn
    except NoSuchObject:
        return None  # an OU can't be deleted before what is in it
    return _shown(directory.temporary_group(child_dn("CN", elevation.group_name, location)))


def _shown(found: TemporaryGroup | NotVisible) -> TemporaryGroup | None:
    return None if isinstance(found, NotVisible) else found


def _still_there(hosts: list[str]) -> DirectoryError:
    verb = "shows" if len(hosts) == 1 else "show"
    return DirectoryError(
        f"Removed, but {', '.join(hosts)} still {verb} the temporary group.",
        subject=hosts[0],
        remedy="Check the replication to it: until it hears of the end, a logon there has the rights.",
    )


def _names(hosts: Iterable[str], host: str) -> bool:
    return host.casefold() in map(str.casefold, hosts)


def _is_rollback(reason: EndReason | None) -> bool:
    return reason in (EndReason.GRANT_FAILED, EndReason.CANCELLED, EndReason.INTERRUPTED)


def _why_interrupted(reason: EndReason) -> str:
    return "The program stopped in the middle of the grant." if reason is EndReason.INTERRUPTED else ""


def reason_for(elevation: Elevation) -> EndReason:
    """Why an elevation that is due has to end."""
    if elevation.end_reason is not None:
        return elevation.end_reason
    return EndReason.INTERRUPTED if elevation.state is State.GRANTING else EndReason.DEADLINE
