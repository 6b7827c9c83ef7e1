# SPDX-License-Identifier: MIT
"""Rolling back: what a grant that failed may have written is taken back, also where somebody else ended it
meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.ending import ConnectionLost, End, Removal
from jit_desktop.elevation.errors import Cancelled, ConcurrentChange, DirectoryError, JitError, StoreError
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.journal import Journal, Move
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import Store

_LOG = logging.getLogger(__name__)

_NOTHING = "Nothing is left granted."


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

    def run(self, elevation: Elevation, cause: BaseException) -> Elevation | None:
        """Take back what was written for ``elevation``, as it was last recorded, because of ``cause``.

        Returns it as it is stored then; ``None`` where another copy is ending it, or has.

        What could not be taken back is *overdue* afterwards, and every tick tries again.
        """
        reason = EndReason.CANCELLED if isinstance(cause, Cancelled) else EndReason.GRANT_FAILED
        why = str(cause) if isinstance(cause, JitError) else "A fault of the program; see its log."
        self._journal.step(elevation, Step.ROLL_BACK, StepStatus.RUNNING, "Taking back what was written.")
        started = self._start(elevation, reason, why)
        if started is None:
            self._remove_what_came_late(elevation)
            return None
        try:
            with self._connect(elevation.domain_controller) as controllers:
                move = self._end.concluded(started, controllers)
        except ConnectionLost as lost:
            move = self._end.failed(started, lost.cause)
        except DirectoryError as error:
            move = self._end.failed(started, error)
        try:
            ended = self._journal.advance(started, move.event, move.detail, **move.changes)
        except ConcurrentChange:
            _LOG.info("%s is being ended by another copy", elevation.id)
            return None
        self._say(ended, move)
        return ended

    def _say(self, ended: Elevation, move: Move) -> None:
        """That nothing is left is said only where every domain controller has shown it."""
        if ended.state is State.OVERDUE:
            status, text = StepStatus.FAILED, "Could not be confirmed yet; it is tried again until it is."
        elif ended.state is not State.FAILED:
            status = StepStatus.WARNING
            text = f"Taken back where it was written. {move.detail} It is looked at again until it is gone."
        elif move.detail:
            status, text = StepStatus.WARNING, f"Taken back. {move.detail}"
        else:
            status, text = StepStatus.DONE, _NOTHING
        self._journal.step(ended, Step.ROLL_BACK, status, text)

    def _start(self, elevation: Elevation, reason: EndReason, why: str) -> Elevation | None:
        """The beginning of the end, recorded; ``None`` where another copy is ending it or has done so."""
        if not elevation.is_open:
            return None
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
                removal = self._end.remove(elevation, controllers.main)
                truths = self._end.look_everywhere(elevation, controllers, removal)
        except DirectoryError as error:
            status, text = StepStatus.FAILED, f"What is left is removed by the next sweep: {error}"
        else:
            status, text = _in_words(truths, removal)
        self._journal.step(elevation, Step.ROLL_BACK, status, text)


def _in_words(truths: Sequence[ControllerTruth], removal: Removal) -> tuple[StepStatus, str]:
    said = list(removal.refusals)
    if shown := [t.host for t in truths if t.holds]:
        said.append(f"Still shown by {', '.join(shown)}.")
    said += [words for t in truths for words in t.unproven]
    if unasked := [t.host for t in truths if t.problem]:
        said.append(f"Could not be asked: {', '.join(unasked)}.")
    if not said:
        return StepStatus.DONE, _NOTHING
    return StepStatus.WARNING, " ".join(["Taken back where it was written.", *said])
