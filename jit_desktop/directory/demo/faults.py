# SPDX-License-Identifier: MIT
"""Failures on demand: the seam by which tests make the demo domain behave like a network and a directory
that fail."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass

from jit_desktop.elevation.errors import AccessDenied, DirectoryError, DirectoryUnavailable, OutcomeUnknown


class Operation(enum.StrEnum):
    """What a connection can be asked for, by the names of the methods of ``Directory``; and connecting."""

    CONNECT = "connect"
    CURRENT_TIME = "current_time"
    OWN_SID = "own_sid"
    DOMAIN_CONTROLLERS = "domain_controllers"
    CHILDREN = "children"
    SEARCH = "search"
    READ = "read"
    FIND_ACCOUNT = "find_account"
    MEMBERS = "members"
    MEMBER_LINKS = "member_links"
    GROUPS_IN = "groups_in"
    TOKEN_GROUPS = "token_groups"  # noqa: S105 - the name of an attribute
    RIGHTS = "rights"
    CAN_LIST = "can_list"
    UNSEEN = "unseen"
    HAS_MEMBERS = "has_members"
    SHOWS_MEMBERS = "shows_members"
    WAS_DELETED = "was_deleted"
    HAS_LEFT = "has_left"
    TEMPORARY_GROUPS = "temporary_groups"
    TEMPORARY_GROUP = "temporary_group"
    CREATE_GROUP = "create_group"
    MEMBERSHIP = "membership"
    IS_MEMBER_OF = "is_member_of"
    GROUPS_OF = "groups_of"
    ADD_MEMBER = "add_member"
    RENEW_MEMBER = "renew_member"
    REMOVE_MEMBER = "remove_member"
    TAKE_OUT = "take_out"
    EMPTY_GROUP = "empty_group"
    DELETE_GROUP = "delete_group"
    WRITE_RECORD = "write_record"


WRITES = frozenset({
    Operation.CREATE_GROUP,
    Operation.ADD_MEMBER,
    Operation.RENEW_MEMBER,
    Operation.REMOVE_MEMBER,
    Operation.TAKE_OUT,
    Operation.EMPTY_GROUP,
    Operation.DELETE_GROUP,
    Operation.WRITE_RECORD,
})  # fmt: skip
READS = frozenset(Operation) - WRITES - {Operation.CONNECT}
EVERYTHING = frozenset(Operation)


class Fault(enum.Enum):
    """What goes wrong."""

    UNAVAILABLE = enum.auto()
    """No answer, and nothing was done: ``DirectoryUnavailable``."""
    ACCESS_DENIED = enum.auto()
    """Refused, and nothing was done: ``AccessDenied``."""
    BUSY = enum.auto()
    """Not now, and nothing was done: ``DirectoryUnavailable``, over a connection that answers the next
    request."""
    LOST_ANSWER = enum.auto()
    """Done, and the answer was lost: ``OutcomeUnknown`` (for a read: ``DirectoryUnavailable``)."""
    LOST_REQUEST = enum.auto()
    """Not done, but the sender can't know: ``OutcomeUnknown`` (for a read: ``DirectoryUnavailable``)."""
    HANG = enum.auto()
    """No answer until the time-out or until ``Directory.cancel`` is called."""

    @property
    def breaks_the_connection(self) -> bool:
        """Whether the connection is of no more use afterwards."""
        return self not in (Fault.ACCESS_DENIED, Fault.BUSY)

    @property
    def is_after(self) -> bool:
        """Whether the operation is carried out all the same."""
        return self is Fault.LOST_ANSWER


@dataclass(slots=True)
class _Rule:
    fault: Fault
    operations: frozenset[Operation]
    skip: int
    times: int | None
    controller: str

    def strikes(self, operation: Operation, controller: str) -> bool:
        if operation not in self.operations or self.controller not in ("", controller):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class FaultPlan:
    """Says which of the coming operations fail, and how. Given to the demo domain when it is made.

    ``plan.fail_next(Fault.LOST_ANSWER, Operation.CREATE_GROUP)`` loses the answer of the next creation;
    ``plan.fail_next(Fault.ACCESS_DENIED, *WRITES, nth=3)`` refuses the third write from now on;
    ``plan.fail_always(Fault.UNAVAILABLE, controller="dc2.corp.example.test")`` takes a domain controller away
    until :meth:`clear`. Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def fail_next(self, fault: Fault, *operations: Operation, nth: int = 1, controller: str = "") -> None:
        """Let the ``nth`` coming one of ``operations`` (none named: of all) fail, on
        ``controller`` or on any."""
        self._add(_Rule(fault, frozenset(operations) or EVERYTHING, nth - 1, 1, controller))

    def fail_always(self, fault: Fault, *operations: Operation, controller: str = "") -> None:
        """Let all coming ``operations`` (none named: everything) fail until :meth:`clear`."""
        self._add(_Rule(fault, frozenset(operations) or EVERYTHING, 0, None, controller))

    def clear(self) -> None:
        """Let nothing fail any more."""
        with self._lock:
            self._rules.clear()

    def next_fault(self, operation: Operation, controller: str) -> Fault | None:
        """What goes wrong with this operation, which counts as one by being asked about."""
        with self._lock:
            struck = [rule for rule in self._rules if rule.strikes(operation, controller)]
            self._rules = [rule for rule in self._rules if rule.times is None or rule.times > 0]
        return struck[0].fault if struck else None

    def _add(self, rule: _Rule) -> None:
        with self._lock:
            self._rules.append(rule)


def error_for(fault: Fault, operation: Operation, controller: str) -> DirectoryError:
    """The error that a caller sees."""
    if fault is Fault.ACCESS_DENIED:
        return AccessDenied(
            f"{controller} refused the request: access denied.",
            subject=controller,
            remedy="Ask an administrator of the domain for the missing right.",
        )
    if fault is Fault.BUSY:
        return DirectoryUnavailable(f"{controller} is busy.", subject=controller, remedy="Try again later.")
    if fault in (Fault.LOST_ANSWER, Fault.LOST_REQUEST) and operation in WRITES:
        return OutcomeUnknown(
            f"The connection to {controller} broke before it answered; the write may have been carried out.",
            subject=controller,
            remedy="Nothing is repeated blindly: what became of it is read first.",
        )
    return DirectoryUnavailable(
        f"{controller} does not answer.",
        subject=controller,
        remedy="Check that the domain controller runs and can be reached.",
    )
