# SPDX-License-Identifier: MIT
"""Walks through an elevation on throw-away groups, which give nobody anything, and measures it."""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jit_desktop.elevation import rehearsal_groups as groups
from jit_desktop.elevation.controllers import NOT_SHOWN, OTHERS, Controllers
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.domain_check import (
    Latency,
    RehearsalNews,
    RehearsalReport,
    RehearsalStep,
    Verdict,
)
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import (
    Cancelled,
    DirectoryError,
    JitError,
    NoSuchObject,
    PasswordNeeded,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import (
    CancelToken,
    Clock,
    Directory,
    GroupScope,
    NewGroup,
    NotVisible,
    TemporaryGroup,
)
from jit_desktop.elevation.prolonging import trusted_owners
from jit_desktop.elevation.reaching import GIVING_SECONDS, PASS_SECONDS, Reach
from jit_desktop.elevation.rehearsal_news import Teller
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)

MOST_SECONDS = 120
"""How long each of the two waits for replication lasts at most."""
_WALK_SECONDS = 2 * MOST_SECONDS + GIVING_SECONDS
"""How long all of it may take but for the removal of the groups, which takes as long as a pass at most."""
KEEP_SECONDS = 1800
"""When others may remove the groups: longer than a rehearsal takes, time-outs of requests included."""
_POLL_SECONDS = 0.5
_LIFETIME_SECONDS = 900
_LONGER_SECONDS = 300


def proposed_latency(latencies: Sequence[Latency], writer: str) -> int | None:
    """The *replication latency* to set after a measurement, in seconds.

    Twice the slowest time that any other domain controller took to show the groups or their end, rounded up
    to 5 seconds: replication is triggered at intervals, so that one measurement may have met a lucky moment.
    0 where ``writer`` is the only one; ``None`` where nothing was measured, or where one that could be asked
    did not show it in time, so that any number would be a guess.
    """
    others = [latency for latency in latencies if latency.host.casefold() != writer.casefold()]
    if not others:
        return 0
    asked = [latency for latency in others if not latency.problem]
    times = [seconds for a in asked for seconds in (a.appeared_seconds, a.gone_seconds)]
    known = [seconds for seconds in times if seconds is not None]
    if not known or len(known) < len(times):
        return None
    return max(5, 5 * math.ceil(2 * max(known) / 5))


class Rehearsal:
    """Walks through all that an elevation needs. No account and no group of the settings is touched."""

    def __init__(self, reach: Reach, clock: Clock) -> None:
        self._reach = reach
        self._clock = clock

    def run(
        self, provider: DomainProvider, listener: Callable[[RehearsalNews], None], cancel: CancelToken
    ) -> RehearsalReport:
        """Everything in the order of :class:`RehearsalStep`; the groups are removed whatever happens.

        News with a ``subject`` in a step of replication is about that domain controller alone. What goes
        wrong is in the report; only :class:`PasswordNeeded` is raised.
        """
        return _Walk(self._reach, self._clock, provider, Teller(listener, self._clock, cancel), cancel).run()


@dataclass(slots=True)
class _Walk:
    reach: Reach
    clock: Clock
    provider: DomainProvider
    news: Teller
    cancel: CancelToken
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    writer: str = ""
    place: DistinguishedName = field(default_factory=lambda: DistinguishedName(""))
    attempted: dict[str, DistinguishedName] = field(default_factory=dict)
    """Names of the groups that may exist, from before each is made."""
    appeared: dict[str, float | None] = field(default_factory=dict)
    gone: dict[str, float | None] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    marked_end: datetime | None = None

    def run(self) -> RehearsalReport:
        problem = ""
        leftovers: tuple[str, ...] = ()
        try:
            try:
                with self.reach.controllers(self.provider, within_seconds=_WALK_SECONDS) as controllers:
                    self._walk(controllers)
            finally:
                leftovers = self._clean_up()
        except PasswordNeeded:
            raise
        except Cancelled:
            problem = "It was stopped before its end."
        except JitError as error:
            problem = str(error)
        latencies = tuple(
            Latency(h, seconds, self.gone.get(h), self.problems.get(h, ""))
            for h, seconds in self.appeared.items()
        )
        return RehearsalReport(
            provider_id=self.provider.id,
            at=self.reach.domain_clock(self.provider.id).now(),
            steps=tuple(self.news.steps),
            latencies=latencies,
            proposed_latency_seconds=None if problem else proposed_latency(latencies, self.writer),
            leftovers=leftovers,
            problem=problem,
        )

    # --- the way --------------------------------------------------------------------------------------------

    def _walk(self, controllers: Controllers) -> None:
        directory = controllers.main
        self.writer = directory.info.controller
        location = self.provider.jit.location
        if location is None:
            raise NoSuchObject("No creation location is set.", remedy="Choose one in the settings.")
        self.place = directory.read(location.guid).dn
        self._clean_up_before(directory)
        group, target, member = self._create(directory)
        # Connections are made before the stop watch runs.
        self.appeared = dict.fromkeys(controllers.hosts())
        for host in controllers.hosts():
            with self._problem_noted(controllers, host):
                controllers.at(host)
        if not controllers.is_whole:
            self.problems[OTHERS] = NOT_SHOWN
        started = self._nest(directory, group, target, member)
        self._ends_by_itself(directory, group, target)
        started = self._extend(directory, group, target) or started
        self._replicate(
            RehearsalStep.REPLICATE,
            controllers,
            lambda d: self._shows(d, group, target, member),
            started,
            self.appeared,
        )
        started = self._end(directory, group)
        self._replicate(
            RehearsalStep.REPLICATE_END,
            controllers,
            lambda d: isinstance(d.temporary_group(group.guid), NotVisible),
            started,
            self.gone,
        )

    def _clean_up_before(self, directory: Directory) -> None:
        with self.news.step(
            RehearsalStep.CLEAN_UP_BEFORE, "Looking for what earlier rehearsals left behind."
        ) as done:
            there = directory.temporary_groups(self.place, "")
            now = self.reach.domain_clock(self.provider.id).now()
            own = [group for group in there if group.owner in trusted_owners(directory)]
            removed = groups.remove_expired(directory, own, groups.recognised(there, now), now)
            done.message = (
                f"Removed what an earlier rehearsal left behind: {', '.join(removed)}."
                if removed
                else "Nothing is left of earlier rehearsals."
            )

    def _create(self, directory: Directory) -> tuple[TemporaryGroup, TemporaryGroup, TemporaryGroup]:
        with self.news.step(RehearsalStep.CREATE, "Creating three throw-away groups.") as done:
            member = self._make(directory, groups.Role.MEMBER, DistinguishedName(""))
            target = self._make(directory, groups.Role.TARGET, DistinguishedName(""))
            group = self._make(directory, groups.Role.GROUP, member.dn)
            done.message = f"Created {group.name} and two that stand for the account and the privilege."
        return group, target, member

    def _make(self, directory: Directory, role: groups.Role, member: DistinguishedName) -> TemporaryGroup:
        self.cancel.raise_if_cancelled()
        name = groups.name_start(self.provider.jit.group_prefix, self.id) + role
        self.attempted[name] = child_dn("CN", name, self.place)
        return directory.create_group(
            NewGroup(
                name=name,
                location=self.place,
                scope=GroupScope.GLOBAL,
                member=member,
                info=self._mark(),
                description="Throw-away group of a rehearsal of JIT Desktop. It gives nobody anything.",
                lifetime_seconds=self._lifetime(directory)
                if directory.info.abilities.dynamic_objects
                else None,
            )
        )

    def _nest(
        self, directory: Directory, group: TemporaryGroup, target: TemporaryGroup, member: TemporaryGroup
    ) -> float:
        with self.news.step(RehearsalStep.NEST, "Nesting the temporary group.") as done:
            started = self.clock.monotonic()
            lifetime = self._lifetime(directory) if directory.info.abilities.ttl_links else None
            directory.add_member(target.guid, group.dn, lifetime_seconds=lifetime)
            if not directory.is_member_of(member.guid, target.guid):
                raise RejectedByDirectory(
                    f"{self.writer} does not show the membership.",
                    subject=target.dn,
                    remedy="Look for a program that removes members there.",
                )
            done.message = f"{self.writer} shows the membership through the temporary group."
        return started

    def _ends_by_itself(self, directory: Directory, group: TemporaryGroup, target: TemporaryGroup) -> None:
        with self.news.step(RehearsalStep.ENDS_BY_ITSELF, "Reading back what ends by itself.") as done:
            abilities = directory.info.abilities
            if not abilities.ends_by_itself:
                done.verdict = Verdict.NOTE
                done.message = (
                    "Active Directory ends nothing by itself here: an elevation ends only while this program "
                    "or a sweep runs."
                )
                return
            shown = directory.temporary_group(group.guid)
            link = directory.membership(target.guid, group.guid)
            found, lacking = [], []
            for offered, what, seconds in (
                (
                    abilities.dynamic_objects,
                    "the temporary group",
                    None if isinstance(shown, NotVisible) else shown.ends_in_seconds,
                ),
                (abilities.ttl_links, "its membership", link.ends_in_seconds if link else None),
            ):
                if offered and seconds is not None:
                    found.append(f"{what} in {duration_words(seconds)}")
                elif offered:
                    lacking.append(what)
            if lacking:
                done.verdict = Verdict.BAD
                done.message = (
                    f"The directory offers to end {' and '.join(lacking)} by itself, but shows no time for "
                    "that."
                )
            else:
                done.message = f"Active Directory itself would end {' and '.join(found)}."

    def _extend(self, directory: Directory, group: TemporaryGroup, target: TemporaryGroup) -> float | None:
        with self.news.step(RehearsalStep.EXTEND, "Writing record and times again.") as done:
            abilities = directory.info.abilities
            longer = self._lifetime(directory) + _LONGER_SECONDS
            started = self.clock.monotonic()
            text = self._mark(_LONGER_SECONDS)
            directory.write_record(
                group.guid,
                text,
                group.description,
                lifetime_seconds=longer if directory.info.abilities.dynamic_objects else None,
            )
            if abilities.ttl_links:
                directory.renew_member(target.guid, group.dn, longer)
            shown = directory.temporary_group(group.guid)
            if isinstance(shown, NotVisible) or shown.info != text:
                raise RejectedByDirectory(
                    f"{self.writer} does not show the record that was written.", subject=group.dn
                )
            before = self._lifetime(directory)
            if directory.info.abilities.dynamic_objects and (shown.ends_in_seconds or 0) <= before:
                done.verdict = Verdict.BAD
                done.message = (
                    "The record could be written again, but the directory did not take the later end."
                )
            else:
                done.message = "Record and times can be written again, as an extension does."
        return started

    def _end(self, directory: Directory, group: TemporaryGroup) -> float:
        with self.news.step(RehearsalStep.END, "Emptying and deleting the temporary group.") as done:
            started = self.clock.monotonic()
            directory.empty_group(group.guid)
            directory.delete_group(group.guid)
            if not isinstance(directory.temporary_group(group.guid), NotVisible):
                raise RejectedByDirectory(f"{self.writer} still shows the group.", subject=group.dn)
            done.message = f"{self.writer} shows that it is gone."
        return started

    def _shows(
        self, directory: Directory, group: TemporaryGroup, target: TemporaryGroup, member: TemporaryGroup
    ) -> bool:
        shown = directory.temporary_group(group.guid)
        return (
            not isinstance(shown, NotVisible)
            and shown.info == self._mark(_LONGER_SECONDS)
            and member.guid in shown.members
            and target.guid in shown.member_of
        )

    def _replicate(
        self,
        step: RehearsalStep,
        controllers: Controllers,
        shows: Callable[[Directory], bool],
        started: float,
        times: dict[str, float | None],
    ) -> None:
        """Ask everybody until all show it; ``times`` is filled with seconds since ``started``."""
        word = "shows it" if step is RehearsalStep.REPLICATE else "shows that it is gone"
        with self.news.step(step, "Asking every domain controller.") as done:
            waiting = [h for h in controllers.hosts() if h not in self.problems]
            while waiting:
                for host in list(waiting):
                    with self._problem_noted(controllers, host):
                        if shows(controllers.at(host)):
                            times[host] = self.clock.monotonic() - started
                            self.news.tell(step, Verdict.GOOD, f"{host} {word}.", host, times[host])
                    if host in self.problems or times.get(host) is not None:
                        waiting.remove(host)
                if not waiting or self.clock.monotonic() - started >= MOST_SECONDS:
                    break
                self.cancel.raise_if_cancelled()
                self.clock.sleep(_POLL_SECONDS)
            for host in waiting:
                self.news.tell(step, Verdict.WARNING, f"{host} does not yet, after {MOST_SECONDS} s.", host)
            for host, problem in self.problems.items():
                self.news.tell(step, Verdict.WARNING, f"{host} could not be asked: {problem}", host)
            known = [seconds for seconds in times.values() if seconds is not None]
            done.verdict = Verdict.WARNING if waiting or self.problems else Verdict.GOOD
            if len(controllers.hosts()) == 1 and controllers.is_whole:
                done.message = "There is no other domain controller."
            elif waiting:
                done.message = f"Not everywhere after {MOST_SECONDS} s: {', '.join(waiting)}."
            else:
                done.message = f"Everywhere that could be asked after {max(known, default=0):.1f} s."

    @contextmanager
    def _problem_noted(self, controllers: Controllers, host: str) -> Iterator[None]:
        """One that can't be asked is named; only without the one that is written to nothing goes on."""
        try:
            yield
        except DirectoryError as error:
            if controllers.is_main(host):
                raise
            self.problems.setdefault(host, error.message)

    def _clean_up(self) -> tuple[str, ...]:
        """Remove all groups over a connection of its own; returns the DNs of those that may be left."""
        if not self.attempted:
            return ()
        left = dict(self.attempted)
        problem = ""
        self.news.tell(RehearsalStep.CLEAN_UP, None, "Removing the throw-away groups.")
        started = self.clock.monotonic()
        for server in (self.writer, ""):
            try:
                until = time.monotonic() + PASS_SECONDS
                with self.reach.open_directory(
                    self.provider, server=server, within_seconds=PASS_SECONDS
                ) as directory:
                    directory.work_until(until)
                    self._remove(directory, left)
            except JitError as error:
                _LOG.info("Groups of a rehearsal are left: %s", error)
                problem = problem or str(error)
            if not left:
                break
        seconds = self.clock.monotonic() - started
        if left:
            text = (
                f"{', '.join(left)} could not be removed; the next sweep or rehearsal after its time does it."
            )
            self.news.tell(RehearsalStep.CLEAN_UP, Verdict.WARNING, f"{text} {problem}".strip(), "", seconds)
        else:
            self.news.tell(
                RehearsalStep.CLEAN_UP, Verdict.GOOD, f"Nothing is left of it on {self.writer}.", "", seconds
            )
        return tuple(left.values())

    def _remove(self, directory: Directory, left: dict[str, DistinguishedName]) -> None:
        # By name: a creation that was never answered has no GUID.
        start = groups.name_start(self.provider.jit.group_prefix, self.id)
        for group in directory.temporary_groups(self.place, start):
            try:
                directory.delete_group(group.guid)
            except NoSuchObject:
                _LOG.info("%s was removed by somebody else", group.name)
            left.pop(group.name, None)
        if directory.info.controller.casefold() == self.writer.casefold():
            left.clear()  # any that it does not list was never made

    def _lifetime(self, directory: Directory) -> int:
        return max(_LIFETIME_SECONDS, directory.info.abilities.minimum_ttl_seconds)

    def _mark(self, later_seconds: int = 0) -> str:
        if self.marked_end is None:
            now = self.reach.domain_clock(self.provider.id).now().replace(microsecond=0)
            self.marked_end = now + timedelta(seconds=KEEP_SECONDS)
        return groups.encode(groups.Mark(self.id, self.marked_end + timedelta(seconds=later_seconds)))
