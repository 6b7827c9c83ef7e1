# SPDX-License-Identifier: MIT
"""Asks every domain controller of a provider, over one connection each for the length of one piece of
work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable, SignInFailed
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.ports import Clock, Directory, DomainController
from jit_desktop.elevation.unhurried import unhurried
from jit_desktop.elevation.witnesses import TOLERANCE, Reading

_LOG = logging.getLogger(__name__)
OTHERS = "the other domain controllers"
"""Those that may be there where the list of them was not shown."""
NOT_SHOWN = "Which there are is not shown to the account that signs in."
HAS_LEFT = "It left the list of domain controllers and does not answer: it was demoted, or is hidden."
FORGOTTEN_AFTER: Final = timedelta(days=180)
"""One that was away for longer than deleted objects are kept is not let in again (the default of
*tombstoneLifetime*, [MS-ADTS] 6.1.1.2.4.1.1): only then it is no domain controller any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one domain controller answered: ``has_it``, or why it could not be asked (``problem``)."""

    host: str
    has_it: bool = False
    problem: str = ""


class BeingRestored(DirectoryUnavailable):
    """A domain controller answers and has not heard of everything yet: that it does not show something proves
    nothing."""


class Controllers:
    """The domain controllers of one domain as seen from ``directory``.

    One that can't be reached is tried once and remembered as such: with many elevations to end, each one must
    not wait for its time-out again.
    """

    def __init__(
        self,
        directory: Directory,
        connect: Callable[[str], Directory],
        *,
        listed: Sequence[DomainController] | None = None,
        problems: Mapping[str, str] | None = None,
    ) -> None:
        """``listed``: the list of the domain where it was read already. ``problems``: why hosts (in lower
        case) could not be reached a moment ago."""
        self._is_telling = False
        self._main = self._unhurried(directory)
        self._connect = connect
        self._open: dict[str, Directory] = {}
        self._problems: dict[str, str] = {
            host: why for host, why in (problems or {}).items() if not self.is_main(host)
        }
        self._listed = listed
        self.departed: Mapping[str, datetime] = {}
        """Those that left the list, since when (UTC, the domain's time): whether one was demoted or hidden
        can't be told. They are asked, in this order; one that answers counts as any other."""
        self.just_left: Sequence[str] = ()
        """Those of them that nobody has asked since they left it."""
        self.lost_before = ""
        """At which one this work was begun before, and the connection was cut."""
        self._refusing: set[str] = set()
        """Who refused the password, in lower case: whoever does that is there."""
        self.between: Callable[[], None] = lambda: None
        """Ends what has become due meanwhile: called before another domain controller is talked to, and while
        :meth:`telling` before each request."""
        self._refusal = ""
        """Why nobody else is offered the password in this piece of work: each refusal counts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for directory in self._open.values():
            directory.close()
        self._open.clear()

    @property
    def main(self) -> Directory:
        """The connection that this began with."""
        return self._main

    @contextmanager
    def telling(self) -> Iterator[None]:
        """For what is only told: in this block :attr:`between` comes before each request, over whichever of
        the connections."""
        self._is_telling = True
        try:
            yield
        finally:
            self._is_telling = False

    def _unhurried(self, directory: Directory) -> Directory:
        return unhurried(directory, lambda: self._due_first() if self._is_telling else None)

    def _due_first(self) -> None:
        was_telling, self._is_telling = self._is_telling, False  # what is due waits for nothing
        try:
            self.between()
        finally:
            self._is_telling = was_telling

    @property
    def is_cut(self) -> bool:
        """Whether one of the connections is of no use any more."""
        return not all(directory.is_usable for directory in (self._main, *self._open.values()))

    @property
    def lost_at(self) -> str:
        """The main domain controller where its connection is of no use any more, else empty."""
        return "" if self._main.is_usable else self._main.info.controller

    def is_main(self, host: str) -> bool:
        """Whether ``host`` is the domain controller that the main connection goes to."""
        return host.casefold() == self._main.info.controller.casefold()

    def listed(self) -> Sequence[DomainController]:
        """The domain controllers as the domain lists them."""
        if self._listed is None:
            self._listed = self._main.domain_controllers()
        return self._listed

    @property
    def is_whole(self) -> bool:
        """Whether the list is one: there may be others that it does not name where it was not shown."""
        return all(controller.is_listed for controller in self.listed())

    def let_go(self, host: str) -> None:
        """Ask ``host``, which is not the main one, over another connection from now on."""
        if (directory := self._open.pop(host.casefold(), None)) is not None:
            directory.close()

    def hosts(self) -> tuple[str, ...]:
        """All domain controllers, the main one first, and last those that left the list and answer."""
        return (*self.hosts_at_once(), *(h for h in self.departed if self._is_back(h)))

    def hosts_at_once(self) -> tuple[str, ...]:
        """Those of the list, the main one first, without waiting for an answer of one that left it: for what
        comes before the first write of an end."""
        others = [c.host for c in self.listed() if not self.is_main(c.host)]
        return (self._main.info.controller, *others)

    def in_turn(self, hosts: Iterable[str]) -> list[str]:
        """``hosts`` in the order in which all are asked: there may be no time to ask each of them."""
        turns = {host.casefold(): at for at, host in enumerate((*self.hosts_at_once(), *self.departed))}
        return sorted(hosts, key=lambda host: turns.get(host.casefold(), len(turns)))

    def ask_who_just_left(self) -> None:
        """Find out who of those answers: what is granted after that need not wait for one that did not, and
        one that did is asked as any other before an end."""
        for host in self.just_left:
            self._is_back(host)

    def _is_back(self, host: str) -> bool:
        """Whether one that left the list answers."""
        if self.is_main(host):
            return False  # it is named as that
        try:
            self.at(host, proof=False)
        except DirectoryError:
            return host.casefold() in self._refusing
        return True

    @property
    def silent(self) -> tuple[str, ...]:
        """Those that left the list and do not answer: what they gave, they may still give."""
        return tuple(host for host in self.departed if not self.is_main(host) and not self._is_back(host))

    def silent_since(self, moment: datetime) -> tuple[str, ...]:
        """Those of :attr:`silent` that left the list after ``moment``: what was there then, they may still
        have."""
        return tuple(host for host in self.silent if self.departed[host] >= moment - TOLERANCE)

    def has(self, host: str) -> bool:
        """Whether ``host`` is a domain controller of the domain, or may be one."""
        return not self.is_whole or host.casefold() in map(str.casefold, self.hosts())

    def is_writable(self, host: str) -> bool:
        """False for a read-only domain controller, which takes no write."""
        return all(c.writable for c in self.listed() if c.host.casefold() == host.casefold())

    def require_writable(self) -> None:
        """:class:`DirectoryUnavailable` if only a read-only domain controller was to be had."""
        host = self._main.info.controller
        if not self.is_writable(host):
            raise DirectoryUnavailable(
                f"Only {host} answers, which is a read-only domain controller.",
                subject=host,
                remedy="Check whether a writable domain controller can be reached from here.",
            )

    def at(self, host: str, *, proof: bool = True) -> Directory:
        """A connection to ``host``; :class:`DirectoryError` if it can't be had (at once, the second time), or
        if what it shows proves nothing. ``proof`` is false where nothing follows from what it does not
        show: to take back there, to look for what there is to take back, to read its clock."""
        if self.is_main(host):
            return self._main
        self._due_first()
        key = host.casefold()
        if key in self._problems:
            raise DirectoryUnavailable(self._problems[key], subject=host)
        if key not in self._open:
            if self._refusal:
                raise DirectoryUnavailable(f"{host} was not asked, since {self._refusal}", subject=host)
            try:
                self._open[key] = self._unhurried(self._connect(host))
            except DirectoryError as error:
                if isinstance(error, SignInFailed):
                    self._refusing.add(key)
                    self._refusal = f"another one refused: {error.message}"
                self._problems[key] = error.message
                raise
        if proof:
            require_synchronized(self._open[key])
        return self._open[key]

    def other_times(self, clock: Clock, give_up_at: float) -> Iterator[Reading]:
        """The clocks of the others, one by one, each as it is when it is taken.

        Those that can't be asked are left out, and after ``give_up_at`` (monotonic) no further one is asked.
        """
        try:
            hosts = self.hosts_at_once()[1:]
        except DirectoryError as error:
            _LOG.info("Nobody else was asked for the time: %s", error)
            return
        for host in hosts:
            if clock.monotonic() > give_up_at:
                return
            try:
                yield Reading(host, self.at(host, proof=False).current_time())
            except DirectoryError as error:
                self._remember(host, error)
                _LOG.info("%s could not be asked for the time: %s", host, error)

    def look(
        self,
        question: Callable[[Directory, str], ControllerTruth],
        *,
        main_too: bool = True,
        since: datetime | None = None,
    ) -> Iterator[ControllerTruth]:
        """Put a look to every domain controller, the main one first; one that can't be asked, or whose answer
        proves nothing because it is being promoted or restored, is given with its ``problem``, and so
        are those of whom nobody knows, and those that left the list after ``since``. One that answers and
        does not show all of it is none of these: what it shows is ``unproven``. Raises nothing of theirs."""
        for host in self.hosts():
            if self.is_main(host) and not main_too:
                continue
            try:
                directory = self.at(host)
                require_synchronized(directory)
            except DirectoryError as error:
                yield self._unasked(host, error)
                continue
            try:
                yield question(directory, host)
            except DirectoryUnavailable as error:
                yield self._unasked(host, error)
            except DirectoryError as error:
                yield ControllerTruth(host, unproven=(f"{host} does not show all of it: {error.message}",))
        for host in self.silent_since(since) if since is not None else ():
            yield ControllerTruth(host, problem=HAS_LEFT)
        if not self.is_whole:
            yield ControllerTruth(OTHERS, problem=NOT_SHOWN)

    def _unasked(self, host: str, error: DirectoryError) -> ControllerTruth:
        if isinstance(error, DirectoryUnavailable):
            self._remember(host, error)
        return ControllerTruth(host, problem=error.message)

    def ask(self, question: Callable[[Directory], bool], *, main_too: bool = True) -> Iterator[Answer]:
        """Put a question to every domain controller and yield each one's answer; raises nothing of theirs."""
        for host in self.hosts():
            if self.is_main(host) and not main_too:
                continue
            try:
                yield Answer(host, question(self.at(host)))
            except DirectoryError as error:
                self._remember(host, error)
                yield Answer(host, problem=error.message)
        if not self.is_whole:
            yield Answer(OTHERS, problem=NOT_SHOWN)

    def _remember(self, host: str, error: DirectoryError) -> None:
        """Why ``host`` is not asked again; one that is restored is still written to, to take back there."""
        if not isinstance(error, BeingRestored):
            self._problems.setdefault(host.casefold(), error.message)


def is_lost(directory: Directory, error: DirectoryError) -> bool:
    """Whether ``error`` means that nothing more can be asked over ``directory``. One that is busy, or can't
    answer one question, answers the others."""
    return isinstance(error, DirectoryUnavailable) and not directory.is_usable


def require_synchronized(directory: Directory) -> None:
    """:class:`BeingRestored` where what ``directory`` shows proves nothing."""
    if not directory.info.synchronized:
        host = directory.info.controller
        raise BeingRestored(f"{host} is being promoted or restored.", subject=host)
