# SPDX-License-Identifier: MIT
"""Rolling back: what a grant that failed may have written is taken back, also where somebody else ended it
meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.ending import ConnectionLost, End
from jit_desktop.elevation.errors import Cancelled, ConcurrentChange, DirectoryError, JitError, StoreError
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import Store

_LOG = logging.getLogger(__name__)


class RollBack:
    """Takes one grant back over fresh connections, because the one that it was made on may be cut."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        end: End,
        connect: Callable[[str], AbstractContextManager[Controllers]],
    ) -> None:
        """``connect`` gives connections for one piece of work, if possible to the host that it is given."""
        self._store = store
        self._journal = journal
        self._end = end
        self._connect = connect

    def run(self, elevation: Elevation, cause: BaseException) -> None:
        """Take back what was written for ``elevation``, as it was last recorded, because of ``cause``.

        What could not be taken back is *overdue* afterwards, and every tick tries again.
        """
        reason = EndReason.CANCELLED if isinstance(cause, Cancelled) else EndReason.GRANT_FAILED
        why = str(cause) if isinstance(cause, JitError) else "A fault of the program; see its log."
        self._journal.step(elevation, Step.ROLL_BACK, StepStatus.RUNNING, "Taking back what was written.")
        started = self._start(elevation, reason, why)
        if started is None:
            self._remove_what_came_late(elevation)
            return
        try:
            with self._connect(elevation.domain_controller) as controllers:
                ended = self._end.finish(started, controllers)
        except ConnectionLost as lost:
            ended = self._end.unconfirmed(started, lost.cause)
        except DirectoryError as error:
            ended = self._end.unconfirmed(started, error)
        except ConcurrentChange:
            _LOG.info("%s is being ended by another copy", elevation.id)
            return
        if ended.state is State.OVERDUE:
            status, text = StepStatus.FAILED, "Could not be confirmed yet; it is tried again until it is."
        else:
            status, text = StepStatus.DONE, "Nothing is left granted."
        self._journal.step(ended, Step.ROLL_BACK, status, text)

    def _start(self, elevation: Elevation, reason: EndReason, why: str) -> Elevation | None:
        """The beginning of the end, recorded; ``None`` where another copy is ending it or has done so."""
        try:
            return self._end.start(elevation, reason, why)
        except ConcurrentChange:
            _LOG.info("%s is not any more what the grant had recorded last", elevation.id)
        try:
            current = self._store.elevation(elevation.id)
            if current.state in (State.GRANTING, State.PROPAGATING, State.ACTIVE):
                # Recorded as granted, and stopped before the grant was told so.
                return self._end.start(current, reason, why)
        except StoreError as error:
            _LOG.warning("The rollback of %s could not be recorded: %s", elevation.id, error)
        return None

    def _remove_what_came_late(self, elevation: Elevation) -> None:
        """Whoever ended it meanwhile may have looked before the group was there, and does not look again."""
        try:
            with self._connect(elevation.domain_controller) as controllers:
                self._end.remove(elevation, controllers.main)
        except DirectoryError as error:
            status, text = StepStatus.FAILED, f"What is left is removed by the next sweep: {error}"
        else:
            status, text = StepStatus.DONE, "Nothing is left granted."
        self._journal.step(elevation, Step.ROLL_BACK, status, text)
