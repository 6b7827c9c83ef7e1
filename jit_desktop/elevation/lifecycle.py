# SPDX-License-Identifier: MIT
"""The life of an elevation as one table: from which state, on which event, to which state. Nothing else
moves it."""

from __future__ import annotations

import enum

from jit_desktop.elevation.errors import WrongState


class State(enum.StrEnum):
    """Where an elevation stands."""

    GRANTING = "granting"
    """The intent is recorded; the directory is being written, or was when the program died."""
    PROPAGATING = "propagating"
    """Granted on the writing domain controller; the replication latency runs."""
    ACTIVE = "active"
    """The account holds the privileges."""
    ENDING = "ending"
    """The end is recorded as meant; the directory is being written."""
    ENDED = "ended"
    """Every domain controller that was asked shows that the account has nothing of it any more, or has it by
    a way that was read and is not ours."""
    FAILED = "failed"
    """The grant did not come about and the directory says that nothing of it is left."""
    OVERDUE = "overdue"
    """The end was tried and could not be confirmed: an alarm, retried until it is."""

    @property
    def is_open(self) -> bool:
        """Whether something may be left in the directory that has to be ended."""
        return self not in (State.ENDED, State.FAILED)


class Event(enum.StrEnum):
    """What happened to an elevation."""

    REQUESTED = "requested"
    ADOPTED = "adopted"
    """Found in the directory by its record; another copy made it."""
    CHECKED = "checked"
    """Nothing speaks against it; the deadline is fixed and the directory is written next."""
    CREATED = "created"
    """Its temporary group is there, and gives nothing yet."""
    GRANTED = "granted"
    REFUSED = "refused"
    """The checks refused it; nothing was written."""
    REPLICATED = "replicated"
    EXTENDING = "extending"
    EXTENDED = "extended"
    EXTENSION_FAILED = "extension-failed"
    """The directory does not have the later deadline; the earlier one stands."""
    END_STARTED = "end-started"
    ROLLBACK_STARTED = "rollback-started"
    END_CONFIRMED = "end-confirmed"
    ROLLBACK_CONFIRMED = "rollback-confirmed"
    END_REPLICATING = "end-replicating"
    """Gone where it was written; another domain controller still shows it."""
    END_UNCONFIRMED = "end-unconfirmed"
    GONE = "gone"
    """The account does not have the rights any more although we did not end it; that is confirmed next."""
    CONFIRMED_LATER = "confirmed-later"
    """A domain controller that could not be asked when it ended says so too, or is none any more."""


class EndReason(enum.StrEnum):
    """Why an elevation ended, or is to end."""

    DEADLINE = "deadline"
    CHECK_IN = "check-in"
    CANCELLED = "cancelled"
    GRANT_FAILED = "grant-failed"
    INTERRUPTED = "interrupted"
    """The program died in the middle of the grant."""
    REMOVED_ELSEWHERE = "removed-elsewhere"
    """Another copy or a person removed the temporary group."""
    DIRECTORY = "ended-by-directory"
    """Its time was over, and the directory had ended it by itself before we came."""


_S, _E = State, Event

TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.GRANTING, _E.CHECKED): _S.GRANTING,
    (_S.GRANTING, _E.CREATED): _S.GRANTING,
    (_S.GRANTING, _E.GRANTED): _S.PROPAGATING,
    (_S.GRANTING, _E.REFUSED): _S.FAILED,
    (_S.GRANTING, _E.ROLLBACK_STARTED): _S.ENDING,
    (_S.GRANTING, _E.END_STARTED): _S.ENDING,
    (_S.PROPAGATING, _E.REPLICATED): _S.ACTIVE,
    (_S.PROPAGATING, _E.END_STARTED): _S.ENDING,
    (_S.PROPAGATING, _E.ROLLBACK_STARTED): _S.ENDING,
    (_S.PROPAGATING, _E.GONE): _S.ENDING,
    (_S.PROPAGATING, _E.EXTENDING): _S.PROPAGATING,
    (_S.PROPAGATING, _E.EXTENDED): _S.PROPAGATING,
    (_S.PROPAGATING, _E.EXTENSION_FAILED): _S.PROPAGATING,
    (_S.ACTIVE, _E.EXTENDING): _S.ACTIVE,
    (_S.ACTIVE, _E.EXTENDED): _S.ACTIVE,
    (_S.ACTIVE, _E.EXTENSION_FAILED): _S.ACTIVE,
    (_S.ACTIVE, _E.END_STARTED): _S.ENDING,
    (_S.ACTIVE, _E.ROLLBACK_STARTED): _S.ENDING,
    (_S.ACTIVE, _E.GONE): _S.ENDING,
    (_S.ENDING, _E.END_STARTED): _S.ENDING,
    (_S.ENDING, _E.ROLLBACK_STARTED): _S.ENDING,
    (_S.ENDING, _E.END_REPLICATING): _S.ENDING,
    (_S.ENDING, _E.END_CONFIRMED): _S.ENDED,
    (_S.ENDING, _E.ROLLBACK_CONFIRMED): _S.FAILED,
    (_S.ENDING, _E.END_UNCONFIRMED): _S.OVERDUE,
    (_S.OVERDUE, _E.END_STARTED): _S.OVERDUE,
    (_S.OVERDUE, _E.ROLLBACK_STARTED): _S.OVERDUE,
    (_S.OVERDUE, _E.END_REPLICATING): _S.ENDING,
    (_S.OVERDUE, _E.END_UNCONFIRMED): _S.OVERDUE,
    (_S.OVERDUE, _E.END_CONFIRMED): _S.ENDED,
    (_S.OVERDUE, _E.ROLLBACK_CONFIRMED): _S.FAILED,
    (_S.ENDED, _E.CONFIRMED_LATER): _S.ENDED,
    (_S.FAILED, _E.CONFIRMED_LATER): _S.FAILED,
}


def next_state(state: State, event: Event) -> State:
    """The state that ``event`` leads to; :class:`WrongState` where the table has no such way."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise WrongState(
            f"An elevation that is {state.value} can't take “{event.value}”.",
            remedy="Refresh the list: it may have changed meanwhile.",
        ) from None
