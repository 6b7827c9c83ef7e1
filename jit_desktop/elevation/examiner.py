# SPDX-License-Identifier: MIT
"""The facade for looking: *Check now* on one elevation, *Check this domain*, and its rehearsal."""

from __future__ import annotations

import logging
from collections.abc import Callable

from jit_desktop.elevation.checking import DomainChecker
from jit_desktop.elevation.domain_check import DomainCheck, RehearsalNews, RehearsalReport
from jit_desktop.elevation.errors import JitError, StoreError
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.inspecting import Inspector
from jit_desktop.elevation.inspection import Inspection
from jit_desktop.elevation.ports import CancelToken, Clock, ScheduleState, Store, SweepSchedule
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.rehearsing import Rehearsal
from jit_desktop.elevation.sighting import sight_of

_LOG = logging.getLogger(__name__)


class Examiner:
    """Every method blocks and belongs on a worker thread. Nothing here moves an elevation or gives a right.

    ``actor`` is the person at this copy of the program, as the audit trail shall name them.
    """

    def __init__(
        self,
        *,
        store: Store,
        reach: Reach,
        clock: Clock,
        actor: str,
        schedule: SweepSchedule | None = None,
    ) -> None:
        self._store = store
        self._reach = reach
        self._clock = clock
        self._actor = actor
        self._schedule = schedule

    def check_now(self, elevation_id: ElevationId) -> Inspection:
        """The truth about one elevation, open or ended, on each domain controller; audited.

        Raises :class:`~jit_desktop.elevation.errors.UnknownItem` for one that is not known, and a
        :class:`~jit_desktop.elevation.errors.DirectoryError` where no domain controller can be reached.
        """
        elevation = self._store.elevation(elevation_id)
        provider = self._reach.provider(elevation.provider_id)
        inspection = Inspector(self._reach, self._store, self._clock).inspect(provider, elevation)
        self._store.add_audit(
            at=inspection.at,
            actor=self._actor,
            # “elevation.checked” is what a grant says when its checks are done.
            action="elevation.inspected",
            subject=elevation.account.name,
            detail={
                "elevation": elevation.id,
                "holding": [c.host for c in inspection.controllers if c.holds],
                "unreachable": [c.host for c in inspection.controllers if c.problem],
                "advice": [a.kind.value for a in inspection.advice],
                "clock": self._reach.domain_clock(elevation.provider_id).source.value,
            },
        )
        if (sight := sight_of(inspection)) is not None:
            try:
                self._store.note_sights({elevation.id: sight})
            except StoreError as error:
                _LOG.info("What was seen of %s could not be recorded: %s", elevation.id, error)
        return inspection

    def check_domain(self, provider_id: ProviderId) -> DomainCheck:
        """What the domain can do and what the bound account may do; writes nothing anywhere.

        Raises :class:`~jit_desktop.elevation.errors.UnknownItem`, or
        :class:`~jit_desktop.elevation.errors.PasswordNeeded` where a password has to be asked for first;
        everything else that goes wrong is a finding.
        """
        provider = self._reach.provider(provider_id)
        return DomainChecker(self._reach, self._schedule_state()).check(provider)

    def rehearse(
        self,
        provider_id: ProviderId,
        listener: Callable[[RehearsalNews], None] = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> RehearsalReport:
        """Walk through an elevation on throw-away groups that give nobody anything; audited.

        ``listener`` hears each step as it begins and ends, on this thread. What goes wrong is in the report;
        it raises :class:`~jit_desktop.elevation.errors.UnknownItem` and
        :class:`~jit_desktop.elevation.errors.PasswordNeeded` only.
        """
        provider = self._reach.provider(provider_id)
        self._audit_rehearsal(provider_id, provider.name, "rehearsal.started", {})
        report = Rehearsal(self._reach, self._clock).run(provider, listener, cancel or CancelToken())
        self._audit_rehearsal(
            provider_id,
            provider.name,
            "rehearsal.finished",
            {
                "problem": report.problem,
                "leftovers": list(report.leftovers),
                "proposed_latency_seconds": report.proposed_latency_seconds,
            },
        )
        return report

    def _audit_rehearsal(
        self, provider_id: ProviderId, name: str, action: str, detail: dict[str, object]
    ) -> None:
        self._store.add_audit(
            at=self._reach.domain_clock(provider_id).now(),
            actor=self._actor,
            action=action,
            subject=name,
            detail={
                "provider": provider_id,
                "clock": self._reach.domain_clock(provider_id).source.value,
                **detail,
            },
        )

    def _schedule_state(self) -> ScheduleState | None:
        if self._schedule is None:
            return None
        try:
            return self._schedule.state()
        except JitError as error:
            return ScheduleState(kind="", note=str(error))
