# SPDX-License-Identifier: MIT
"""Extending: the later deadline is meant and recorded, written into the directory, and only then true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from jit_desktop.elevation import assurance, prolonging, record
from jit_desktop.elevation.assurance import Assurance
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.ending import PATIENCE_SECONDS, pause_seconds
from jit_desktop.elevation.errors import (
    ConcurrentChange,
    DeadlinePassed,
    DirectoryError,
    DirectoryUnavailable,
    DurationNotAllowed,
    NoSuchObject,
    NotAllowed,
    StoreError,
    TooLateToExtend,
    WrongState,
)
from jit_desktop.elevation.gate import Gate
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import Elevation, Mechanism, Step, StepStatus
from jit_desktop.elevation.ports import Directory, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.remaining import find_group, require_home
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.verdict import is_authentic

_LOG = logging.getLogger(__name__)

EXTENSION_LEASE_SECONDS = 60
"""How long nobody else looks what became of an extension that is under way."""
_ROUNDING = timedelta(seconds=2)
"""Records, markers and times to live count whole seconds."""
SLOWEST_REPLICATION_SECONDS = 60
"""How long a write may take to arrive at every domain controller; longer where the settings say so."""
UNKNOWN_REPLICATION_SECONDS = PATIENCE_SECONDS
"""The same where the settings say nothing, and nobody knows it: as an end reckons."""
_AFTERWARDS = "Check the account out again when it has ended."
_MEASURED = "Set the replication latency where it is shorter (jit-desktop check --rehearse measures it)."


class Extension:
    """Moves deadlines of one provider's elevations.

    Before anything is written ``extending_to`` says what is meant, and a marker keeps the earlier deadline
    proven, since only a record that was never written again proves one. The record in the temporary group is
    written first: this copy, when it finds an extension that hangs, finishes it where the record shows the
    later deadline, and drops it where it does not. What gives rights is prolonged after that, so nothing
    lives longer than the record says, and every end that is renewed is there all the time. The marker comes
    last (:mod:`.prolonging`): from then on it is true, for every copy, whatever others write into the record.
    """

    def __init__(self, provider: DomainProvider, clock: DomainClock, journal: Journal, store: Store) -> None:
        self._provider = provider
        self._clock = clock
        self._journal = journal
        self._store = store
        self._gate = Gate(clock, journal)

    def run(
        self,
        elevation: Elevation,
        extra_seconds: int,
        controllers: Controllers,
        reconnect: Callable[[str], AbstractContextManager[Controllers]],
    ) -> Elevation:
        """Extend by ``extra_seconds``; returns the elevation with its later deadline.

        ``reconnect`` gives fresh connections, if possible to the host that it is given. Raises why it could
        not be extended; where even that could not be found out, ``extending_to`` stays and
        :meth:`settle` finds out later.
        """
        self._gate.require_time(elevation)
        self.refuse(elevation, extra_seconds)
        if elevation.extending_to is not None:
            raise WrongState(
                "An extension of it is under way already.", remedy="Wait a minute and look at it again."
            )
        if elevation.group_guid is None:
            raise WrongState("The temporary group is not known.")
        controllers.require_writable()
        self._refuse_late(elevation, controllers)
        # Seen here first: only then does it prove something later that this one does not show it.
        self._group(elevation, controllers.main)
        deadline = elevation.deadline + timedelta(seconds=extra_seconds)
        ends_at = elevation.directory_ends_at
        elevation = self._journal.advance(
            elevation,
            Event.EXTENDING,
            f"Until {deadline:%Y-%m-%d %H:%M:%S} UTC.",
            extending_to=deadline,
            next_attempt_at=self._clock.now() + timedelta(seconds=EXTENSION_LEASE_SECONDS),
            # Which takes the writes from here on; the one before may hear of them late.
            domain_controller=controllers.main.info.controller,
            # Until it is read again the directory may end it as late as that.
            directory_ends_at=None if ends_at is None else max(ends_at, deadline),
        )
        try:
            with self._journal.running(
                elevation,
                Step.EXTEND,
                "Writing the new deadline.",
                f"Ends {duration_words(extra_seconds)} later.",
            ):
                found = self._write(elevation, deadline, controllers.main)
        except DirectoryUnavailable as error:
            extended = self._settle_afresh(elevation, deadline, reconnect, error)
        except (DirectoryError, DeadlinePassed) as error:
            self._give_up(elevation, controllers.main, error)
            raise
        else:
            extended = self._extended(elevation, deadline, found)
        # Nobody is told of a later deadline that is over by now.
        self._gate.require_time(extended)
        return extended

    def settle(self, elevation: Elevation, controllers: Controllers) -> Elevation:
        """Find out what became of an extension that hangs, and finish or drop it.

        Returns the elevation with the later deadline, or with the earlier one and no ``extending_to``.
        Raises :class:`DirectoryError` where it could not be found out.
        """
        directory = self._where_written(elevation, controllers)
        require_home(elevation, directory)
        markers = prolonging.find(elevation, directory)
        if (proven := self._marked_until(elevation, markers, directory)) is not None:
            settled = self._caught_up(elevation, proven, directory, "Finished after an interruption.")
            return settled or self._failed(elevation, directory, "The later deadline has passed too.")
        group = find_group(elevation, directory)
        later = None if isinstance(group, NotVisible) else self.later_deadline(elevation, group)
        if later is not None and elevation.extending_to is not None:
            # Whatever else stands there, this copy meant no more than that.
            later = min(later, elevation.extending_to)
        if later is None:
            return self._failed(elevation, directory, "The directory has the earlier deadline.")
        try:
            self._renew(elevation, later, directory)
            found = self._shown(elevation, directory)
            self._prove(elevation, later, directory, until=later)
        except DirectoryUnavailable:
            raise
        except (DirectoryError, DeadlinePassed) as error:
            return self._give_up(elevation, directory, error)
        self._journal.step(elevation, Step.EXTEND, StepStatus.DONE, f"Ends at {later:%Y-%m-%d %H:%M:%S} UTC.")
        return self._extended(elevation, later, found, "Finished after an interruption.")

    def catch_up(
        self,
        elevation: Elevation,
        group: TemporaryGroup | NotVisible,
        directory: Directory,
        markers: Sequence[TemporaryGroup],
    ) -> Elevation | None:
        """The elevation with the later deadline that another copy has given it, as ``markers`` of it show,
        wherever they are shown; ``None`` where none has, or where nothing proves that it was a copy of the
        program. Raises what :func:`require_home` raises.
        """
        require_home(elevation, directory)
        later = self._proven(elevation, group, directory, markers)
        if later is None:
            return None
        return self._caught_up(elevation, later, directory, "Extended by another copy.")

    def write_again(
        self,
        elevation: Elevation,
        group: TemporaryGroup,
        directory: Directory,
        markers: Sequence[TemporaryGroup],
    ) -> Elevation | None:
        """Write the deadline into record and times to live again where an earlier one has replaced it, which
        the directory would end it at: another copy extended it for less, or gave an extension up, where it
        had not heard of this one. Only what ``markers`` prove: a row may say anything.

        The elevation as it is stored afterwards, where the directory ends it at another time than was known.
        """
        if not _is_overwritten(elevation, group):
            return None
        proven = prolonging.believed_until(elevation, self._longest(elevation), directory, markers)
        if proven is None or proven < elevation.deadline - _ROUNDING:
            return None
        try:
            self._gate.record(
                elevation,
                directory,
                group.guid,
                _texts(elevation, elevation.deadline),
                lifetime_seconds=self._group_seconds(elevation, elevation.deadline, directory, group),
                until=elevation.deadline,
            )
            self._renew(elevation, elevation.deadline, directory)
        except DeadlinePassed:
            return None
        except DirectoryUnavailable:
            raise
        except DirectoryError as error:
            text = f"Another copy has written an earlier end, which could not be replaced: {error}"
            self._journal.step_if_news(elevation, Step.EXTEND, StepStatus.WARNING, text, elevation.group_name)
        found = self._shown(elevation, directory)
        if not _ends_otherwise(elevation, found):
            return None
        return self._extended(
            elevation, elevation.deadline, found, "Another copy has written an earlier end."
        )

    def _caught_up(
        self, elevation: Elevation, later: datetime, directory: Directory, detail: str
    ) -> Elevation | None:
        found = Assurance(elevation.mechanism, elevation.directory_ends_at)
        try:
            self._renew(elevation, later, directory)
        except DeadlinePassed:
            return None  # that one is over too by now
        except DirectoryError as error:
            self._journal.step(
                elevation, Step.EXTEND, StepStatus.WARNING, f"Not all of it could be prolonged: {error}"
            )
        try:
            found = self._shown(elevation, directory)
        except DirectoryError as error:
            _LOG.info("What ends %s could not be read: %s", elevation.id, error)
        return self._extended(elevation, later, found, detail)

    def _proven(
        self,
        elevation: Elevation,
        group: TemporaryGroup | NotVisible,
        directory: Directory,
        markers: Sequence[TemporaryGroup],
    ) -> datetime | None:
        """The latest deadline that is proven to come from a copy of the program, where it is later than ours.
        A record is no proof by itself: whoever was elevated may often write there too."""
        written = None if isinstance(group, NotVisible) else written_later(elevation, group)
        until = self._marked_until(elevation, markers, directory)
        if (
            written is not None
            and not isinstance(group, NotVisible)
            and is_authentic(group, prolonging.trusted_owners(directory))
        ):
            until = max(written, until or written)
        if until is None or until <= elevation.deadline:
            # Before the deadline the marker may be about to be made.
            if written is not None and self._clock.time_for(elevation) >= elevation.deadline:
                self._tell_unproven(elevation, written)
            return None
        if until > self._clock.now():
            return until
        text = f"Another copy had extended it until {until:%Y-%m-%d %H:%M:%S} UTC, which has passed too."
        self._journal.step_if_news(elevation, Step.EXTEND, StepStatus.SKIPPED, text, elevation.group_name)
        return None

    def _marked_until(
        self, elevation: Elevation, markers: Sequence[TemporaryGroup], directory: Directory
    ) -> datetime | None:
        """The latest end that ``markers`` prove, where it is later than ours."""
        until = prolonging.believed_until(elevation, self._longest(elevation), directory, markers)
        return until if until is not None and until > elevation.deadline else None

    def _tell_unproven(self, elevation: Elevation, written: datetime) -> None:
        text = (
            f"Its record was changed to end at {written:%Y-%m-%d %H:%M:%S} UTC, and nothing shows that a "
            f"copy of the program did so: it ends at {elevation.deadline:%Y-%m-%d %H:%M:%S} UTC."
        )
        try:
            if any(step.message == text for step in self._store.steps(elevation.id)):
                return
            self._journal.step(elevation, Step.EXTEND, StepStatus.WARNING, text, elevation.group_name)
            self._store.add_audit(
                at=self._clock.now(),
                actor=self._journal.actor,
                action="elevation.record-prolonged",
                subject=elevation.account.name,
                detail={
                    "elevation": elevation.id,
                    "written": written.isoformat(),
                    "clock": self._clock.source.value,
                },
            )
        except StoreError as error:
            _LOG.warning("That the record of %s was prolonged could not be kept: %s", elevation.id, error)

    def later_deadline(self, elevation: Elevation, group: TemporaryGroup) -> datetime | None:
        """The deadline in the record of ``group`` if it is later than ours, still to come, and within what
        the policy allows; else ``None``.
        """
        written = written_later(elevation, group)
        if written is None or not self._provider.policy.extension_allowed:
            return None
        return written if self._clock.now() < written <= self._longest(elevation) else None

    def _longest(self, elevation: Elevation) -> datetime:
        """The latest deadline that the policy allows."""
        granted = elevation.granted_at or elevation.requested_at
        return granted + timedelta(seconds=self._provider.policy.maximum_seconds)

    def refuse(self, elevation: Elevation, extra_seconds: int) -> None:
        """Raise what speaks against it: its state, the policy, the longest duration."""
        if not elevation.is_granted:
            raise WrongState(f"An elevation that is {elevation.state.value} can't be extended.")
        if not self._provider.policy.extension_allowed:
            raise NotAllowed("The checkout policy does not allow extensions.", subject=self._provider.name)
        if extra_seconds <= 0:
            raise DurationNotAllowed("An extension is longer than nothing.")
        granted = elevation.granted_at or elevation.requested_at
        total = int((elevation.deadline - granted).total_seconds()) + extra_seconds
        if total > self._provider.policy.maximum_seconds:
            left = self._provider.policy.maximum_seconds - (total - extra_seconds)
            raise DurationNotAllowed(
                f"The checkout policy allows {duration_words(self._provider.policy.maximum_seconds)} in all.",
                remedy=f"Extend by at most {duration_words(max(left, 0))}." if left > 0 else "",
            )

    # --- the directory ------------------------------------------------------------------------------------

    def _write(self, elevation: Elevation, deadline: datetime, directory: Directory) -> Assurance:
        group = self._group(elevation, directory)
        self._keep_proof(elevation, group, directory)
        self._gate.require_open(elevation)
        # Until it stands in the record the earlier deadline is the one that counts.
        self._gate.record(
            elevation,
            directory,
            group.guid,
            _texts(elevation, deadline),
            lifetime_seconds=self._group_seconds(elevation, deadline, directory, group),
            until=elevation.deadline,
        )
        self._renew(elevation, deadline, directory)
        found = self._shown(elevation, directory)
        self._prove(elevation, deadline, directory, until=elevation.deadline)
        return found

    def _keep_proof(self, elevation: Elevation, group: TemporaryGroup, directory: Directory) -> None:
        """Let a marker prove the earlier deadline before the record, which proves it, is written again:
        whatever becomes of the extension, other copies know until when it may give its rights."""
        if group.record_version != 1:
            markers = prolonging.find(elevation, directory)
            proven = prolonging.proven(markers, prolonging.trusted_owners(directory)).get(group.guid)
            if proven is not None and proven > elevation.deadline - _ROUNDING:
                return
        self._gate.require_open(elevation)
        prolonging.create(elevation, elevation.deadline, self._journal.actor, directory)

    def _prove(
        self, elevation: Elevation, deadline: datetime, directory: Directory, *, until: datetime
    ) -> None:
        """Make the marker, last: what was refused before it was never true for anybody. Of one that was
        taken over away from home, another one at home comes before it."""
        home, made = prolonging.home_of(elevation, self._provider), list[ObjectGuid]()
        places = (elevation.location,) if home is None else (home, elevation.location)
        try:
            for place in places:
                self._gate.require_open(elevation, until)
                placed = replace(elevation, location=place)
                marker = prolonging.create(placed, deadline, self._journal.actor, directory)
                made.append(marker.guid)
                self._require_in_time(elevation, deadline, directory, marker.created_at, until=until)
        except DirectoryUnavailable:
            raise
        except (DirectoryError, DeadlinePassed):
            for guid in made:
                prolonging.take_back(guid, directory)
            raise

    def _require_in_time(
        self,
        elevation: Elevation,
        deadline: datetime,
        directory: Directory,
        made_at: datetime | None,
        *,
        until: datetime,
    ) -> None:
        """:class:`DeadlinePassed` where the marker came too late; it was made at ``made_at`` by the domain
        controller's clock (UTC, whole seconds)."""
        is_late = self._clock.time_for(elevation) >= until
        if is_late and made_at is not None and made_at >= until:
            # Between the question and the write a computer may sleep: what came too late is taken back.
            self._gate.require_time(elevation, until)
        if is_late and elevation.account.guid not in self._group(elevation, directory).members:
            self._gate.require_time(elevation, until)  # whoever ended it then had not heard of it
        self._gate.require_time(elevation, deadline)

    def _refuse_late(self, elevation: Elevation, controllers: Controllers) -> None:
        """:class:`TooLateToExtend` where another domain controller may end it before it hears that it is to
        live longer: each one ends what has a time to live by what it has heard (RFC 2589, [MS-ADTS] 6.1.7).
        """
        ends_at = elevation.directory_ends_at
        if ends_at is None or not _has_others(controllers):
            return
        latency = self._provider.jit.replication_latency_seconds
        needed = max(latency, SLOWEST_REPLICATION_SECONDS) if latency else UNKNOWN_REPLICATION_SECONDS
        left = (ends_at - self._clock.now()).total_seconds()
        if left < needed:
            raise TooLateToExtend(
                f"Active Directory ends it by itself in {duration_words(max(int(left), 0))}, and another "
                f"domain controller may hear of a later end only after {duration_words(needed)}.",
                subject=elevation.account.name,
                remedy=_AFTERWARDS if latency else f"{_MEASURED} {_AFTERWARDS}",
            )

    def _group_seconds(
        self, elevation: Elevation, deadline: datetime, directory: Directory, group: TemporaryGroup
    ) -> int | None:
        if group.ends_in_seconds is None:
            return None
        links = elevation.mechanism is Mechanism.TTL_LINKS
        return assurance.group_seconds(deadline, self._clock.now(), directory.info.abilities, links=links)

    def _renew(
        self, elevation: Elevation, deadline: datetime, directory: Directory, *, shorten: bool = False
    ) -> None:
        """Let what ends before ``deadline`` (with ``shorten``: or after it) end then: the group, the
        account's membership, those in the targets. A membership without a TTL stays as it is.
        """
        current = self._group(elevation, directory)
        seconds = self._group_seconds(elevation, deadline, directory, current)
        if seconds is not None and _differs(current.ends_in_seconds or 0, seconds, shorten=shorten):
            texts = (current.info, current.description)
            if shorten:
                self._gate.take_back_record(directory, current.guid, texts, lifetime_seconds=seconds)
            else:
                self._gate.record(
                    elevation, directory, current.guid, texts, lifetime_seconds=seconds, until=deadline
                )
        if not directory.info.abilities.ttl_links:
            return
        account = directory.read(elevation.account.guid)
        links = [(current.guid, account.guid, account.dn)]
        links += [(p.group.guid, current.guid, current.dn) for p in elevation.privileges]
        for link in links:
            self._renew_link(elevation, deadline, directory, link, shorten=shorten)

    def _renew_link(
        self,
        elevation: Elevation,
        deadline: datetime,
        directory: Directory,
        link: tuple[ObjectGuid, ObjectGuid, DistinguishedName],
        *,
        shorten: bool,
    ) -> None:
        group, member, dn = link
        there = directory.membership(group, member)
        if there is None:
            raise NoSuchObject(
                f"{dn} is not a member any more.",
                subject=group,
                remedy="Check the account in and out again.",
            )
        seconds = assurance.link_seconds(deadline, self._clock.now())
        if there.ends_in_seconds is None or not _differs(there.ends_in_seconds, seconds, shorten=shorten):
            return
        if shorten:
            self._gate.shorten(directory, group, dn, seconds)
        else:
            self._gate.renew(elevation, directory, group, dn, seconds, until=deadline)

    def _group(self, elevation: Elevation, directory: Directory) -> TemporaryGroup:
        group = find_group(elevation, directory)
        if isinstance(group, NotVisible):
            raise NoSuchObject(
                "The temporary group is no longer there, or can't be seen.",
                subject=elevation.group_name,
                remedy="Check the account out again.",
            )
        return group

    def _shown(self, elevation: Elevation, directory: Directory) -> Assurance:
        group = self._group(elevation, directory)
        return assurance.shown_for(directory, self._clock.now(), group, elevation)

    def _where_written(self, elevation: Elevation, controllers: Controllers) -> Directory:
        """The domain controller that took the write: another one may not have heard of it yet.

        Where that can't be reached the main one decides. What it misses is seen at the earlier deadline.
        """
        host = elevation.domain_controller
        if not host or controllers.is_main(host) or not controllers.has(host):
            return controllers.main
        try:
            return controllers.at(host)
        except DirectoryError:
            return controllers.main

    # --- what came of it ----------------------------------------------------------------------------------

    def _settle_afresh(
        self,
        elevation: Elevation,
        deadline: datetime,
        reconnect: Callable[[str], AbstractContextManager[Controllers]],
        error: DirectoryUnavailable,
    ) -> Elevation:
        """After a write that was not answered: read what came of it over fresh connections."""
        try:
            with reconnect(elevation.domain_controller) as controllers:
                settled = self.settle(elevation, controllers)
        except DirectoryError as again:
            _LOG.warning("What became of the extension of %s is found out later: %s", elevation.id, again)
            raise error from again
        if settled.deadline < deadline:
            raise error
        return settled

    def _give_up(
        self, elevation: Elevation, directory: Directory, error: DirectoryError | DeadlinePassed
    ) -> Elevation:
        """The directory refused a part of it: the record says the earlier deadline again."""
        try:
            group = find_group(elevation, directory)
            if not isinstance(group, NotVisible) and self.later_deadline(elevation, group) is not None:
                self._gate.take_back_record(
                    directory,
                    group.guid,
                    _texts(elevation, elevation.deadline),
                    lifetime_seconds=self._group_seconds(elevation, elevation.deadline, directory, group),
                )
                self._renew(elevation, elevation.deadline, directory, shorten=True)
        except DirectoryError as again:
            # The later deadline stands in the record; whoever settles this at the earlier one tries again.
            self._journal.step(
                elevation, Step.EXTEND, StepStatus.WARNING, f"Could not be taken back: {again}"
            )
            if self._clock.now() < elevation.deadline:
                return elevation
        return self._failed(elevation, directory, str(error))

    def _failed(self, elevation: Elevation, directory: Directory, why: str) -> Elevation:
        found = Assurance(elevation.mechanism, elevation.directory_ends_at)
        try:
            group = find_group(elevation, directory)
            # Another one than that which was written to may not have heard of it yet.
            if not isinstance(group, NotVisible) and _is_at(elevation, directory):
                found = assurance.shown_for(directory, self._clock.now(), group, elevation)
        except DirectoryError as error:
            _LOG.info("What ends %s could not be read: %s", elevation.id, error)
        return self._journal.advance(
            elevation,
            Event.EXTENSION_FAILED,
            why,
            extending_to=None,
            next_attempt_at=None,
            attempts=0,
            mechanism=found.mechanism,
            directory_ends_at=found.ends_at,
        )

    def _extended(
        self, elevation: Elevation, deadline: datetime, found: Assurance, detail: str = ""
    ) -> Elevation:
        try:
            return self._advance_to(elevation, deadline, found, detail)
        except ConcurrentChange:
            current = self._store.elevation(elevation.id)
            if not current.is_granted:
                raise
            if current.deadline >= deadline:
                self._clock.note_deadline(current)
                return current  # another copy has seen it in the record and was quicker
            if current.extending_to != deadline:
                raise
        # It became active meanwhile.
        return self._advance_to(current, deadline, found, detail)

    def _advance_to(
        self, elevation: Elevation, deadline: datetime, found: Assurance, detail: str
    ) -> Elevation:
        extended = self._journal.advance(
            elevation,
            Event.EXTENDED,
            detail,
            deadline=deadline,
            mechanism=found.mechanism,
            directory_ends_at=found.ends_at,
            extending_to=None,
            next_attempt_at=None,
            attempts=0,
        )
        self._clock.note_deadline(extended)
        assurance.report(self._journal, extended, found, deadline)
        return extended


def written_later(elevation: Elevation, group: TemporaryGroup) -> datetime | None:
    """The deadline in the record of ``group`` where it is later than ours, whoever wrote it."""
    entry = record.read(group.info)
    if entry is None or entry.id != elevation.id or entry.deadline <= elevation.deadline:
        return None
    return entry.deadline


def _is_overwritten(elevation: Elevation, group: TemporaryGroup) -> bool:
    """Whether the record of ``group`` says an earlier deadline than ours."""
    entry = record.read(group.info)
    return entry is not None and entry.id == elevation.id and entry.deadline < elevation.deadline - _ROUNDING


def _ends_otherwise(elevation: Elevation, found: Assurance) -> bool:
    """Whether the directory ends it in another way, or at another time, than was known."""
    known, shown = elevation.directory_ends_at, found.ends_at
    if known is None or shown is None:
        return known is not shown
    return found.mechanism is not elevation.mechanism or abs(shown - known) > _ROUNDING


def put_off(elevation: Elevation, clock: DomainClock, journal: Journal) -> Elevation:
    """Record that what became of an extension that hangs can't be found out yet.

    It is looked at again after a pause, which grows as that of an end does, and at the earlier deadline.
    """
    return journal.advance(
        elevation,
        Event.EXTENDING,
        "What became of it can't be found out yet.",
        attempts=elevation.attempts + 1,
        next_attempt_at=clock.now() + timedelta(seconds=pause_seconds(elevation.attempts)),
    )


def _texts(elevation: Elevation, deadline: datetime) -> tuple[str, str]:
    """Record and sentence with this deadline."""
    granted = elevation.granted_at or elevation.requested_at
    return record.encode(record.record_of(elevation, granted, deadline)), record.sentence(elevation, deadline)


def _has_others(controllers: Controllers) -> bool:
    """Whether there may be more than one domain controller: also where that can't be read."""
    try:
        return len(controllers.hosts()) > 1 or not controllers.is_whole
    except DirectoryUnavailable:
        raise
    except DirectoryError:
        return True


def _is_at(elevation: Elevation, directory: Directory) -> bool:
    return directory.info.controller.casefold() == elevation.domain_controller.casefold()


def _differs(seconds: int, wanted: int, *, shorten: bool) -> bool:
    """Whether a time to live has to be written again; a second is lost between writing and reading."""
    return seconds < wanted - 1 or (shorten and seconds > wanted + 1)
