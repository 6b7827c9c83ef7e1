# SPDX-License-Identifier: MIT
"""Shows other copies that a copy of ours prolonged an elevation.

Whoever may write the temporary group may write a later end into its record, and the account that was elevated
often may. So the copy that extends makes a *marker* besides: a group without members in the creation location
whose text says until when. It is believed only where the directory says that somebody trusted made it (its
owner) and that nobody has written the text since (version 1). To make one, an account needs the right to
create groups there, and is then its owner.

It is made last, when all the rest of the extension is written, and the latest one counts: two extensions at
two domain controllers can overwrite each other's record, and never each other's marker.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.errors import (
    Cancelled,
    DirectoryError,
    DirectoryUnavailable,
    NoSuchObject,
    StoreError,
)
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, ObjectRef, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.naming import group_name
from jit_desktop.elevation.ports import Directory, GroupScope, NewGroup, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)
_VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MAXIMUM_PERSON = 64
_BEGINNING = f'{{"jit":{_VERSION},"ext":'
"""How the text of every marker begins, which may have any name."""
_ELSEWHERE_SECONDS = 5
"""After so long no further domain controller is asked: what is due waits for it."""
_FRESH_SECONDS = 10
"""What was shown longer ago is asked for again."""
_Listed = Mapping[ObjectGuid, Sequence[TemporaryGroup]]
"""The markers of a list by the temporary groups that they name: each is decoded once, however many elevations
are looked up in it."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What stands in ``info`` of such a group. ``end`` is UTC, whole seconds."""

    elevation_id: ElevationId
    group: ObjectGuid
    """The temporary group: that it is one's own nobody can write into another one."""
    end: datetime
    by: str


def encode(marker: Marker) -> str:
    """The marker as it stands in ``info``. It is no record of an elevation."""
    return json.dumps(
        {
            "jit": _VERSION,
            "ext": marker.elevation_id,
            "grp": marker.group,
            "end": marker.end.astimezone(UTC).strftime(_TIME),
            "by": marker.by,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode(text: str) -> Marker | None:
    """The marker in ``text``; ``None`` where there is none that we understand."""
    try:
        raw = json.loads(text)
        if (
            not isinstance(raw, dict)
            or set(raw) != {"jit", "ext", "grp", "end", "by"}
            or raw["jit"] != _VERSION
        ):
            return None
        end = datetime.strptime(raw["end"], _TIME).replace(tzinfo=UTC)
        named, group = (str(uuid.UUID(raw[key])) for key in ("ext", "grp"))
        return Marker(ElevationId(named), ObjectGuid(group), end, str(raw["by"]))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def proven(
    groups: Iterable[TemporaryGroup], trusted_owners: Collection[SecurityId]
) -> dict[ObjectGuid, datetime]:
    """The latest ends (UTC) that markers among ``groups`` prove, by the temporary groups that they name."""
    made = {group: proven_of(ends, trusted_owners) for group, ends in by_maker(groups).items()}
    return {group: end for group, end in made.items() if end is not None}


def proven_of(ends: Mapping[SecurityId, datetime], trusted_owners: Collection[SecurityId]) -> datetime | None:
    """The latest of the ``ends`` of one temporary group's markers (:func:`by_maker`) that one of
    ``trusted_owners`` made; ``None`` where none is by them."""
    return max((end for maker, end in ends.items() if maker in trusted_owners), default=None)


def by_maker(groups: Iterable[TemporaryGroup]) -> dict[ObjectGuid, dict[SecurityId, datetime]]:
    """The latest ends (UTC) that markers among ``groups`` name, by the temporary groups that they name and by
    who made them."""
    found: dict[ObjectGuid, dict[SecurityId, datetime]] = {}
    for group in groups:
        marker = decode(group.info) if group.record_version == 1 else None
        if marker is not None and group.owner is not None:
            ends = found.setdefault(marker.group, {})
            ends[group.owner] = max(marker.end, ends.get(group.owner, marker.end))
    return found


def home_of(elevation: Elevation, provider: DomainProvider) -> ObjectRef | None:
    """The creation location of ``provider``, where ``elevation`` was taken over away from it: its temporary
    group may have been moved from there, and its own copy looks there. ``None`` where it is at home, or a
    grant of one's own."""
    home = provider.jit.location
    is_away = elevation.adopted and home is not None and home.guid != elevation.location.guid
    return home if is_away else None


def trusted_owners(directory: Directory) -> frozenset[SecurityId]:
    """Whose groups are proven to be made by a copy of ours: the account that signs in; empty where its SID is
    not shown. Raises :class:`DirectoryError`."""
    own = directory.own_sid()
    return frozenset() if own is None else frozenset({own})


def is_marker(group: TemporaryGroup) -> bool:
    """Whether a group was made as a marker and is nothing else: in nothing, and nobody in it. Anybody may
    write that into another group and hide what it gives: to be asked of one with all that it gives
    (:func:`.judging.with_all_that_it_gives`), never of one as it shows itself."""
    is_made_so = decode(group.info) is not None and group.record_version == 1
    return is_made_so and not group.members and not group.member_of


def believed_until(
    elevation: Elevation, longest: datetime, directory: Directory, markers: Iterable[TemporaryGroup]
) -> datetime | None:
    """Until when other copies have shown by ``markers``, those of ``elevation``, that they prolonged it;
    ``None`` where none has.

    A marker that the account that signs in made counts in full; one that somebody else who may create groups
    there made, but for the elevated account itself and the groups that it is in, counts to ``longest``.
    """
    own_group = elevation.group_guid
    ends = {} if own_group is None else by_maker(markers).get(own_group, {})
    if not ends:
        return None
    mine = sids_of(elevation.account.guid, directory)
    if mine:
        # What it was lent it may have put down again since.
        mine |= {p.sid for p in elevation.privileges if p.sid is not None}
    return believed_of(ends, own=trusted_owners(directory), hands=mine, longest=longest)


def believed_of(
    ends: Mapping[SecurityId, datetime],
    *,
    own: Collection[SecurityId],
    hands: Collection[SecurityId],
    longest: datetime | None,
) -> datetime | None:
    """Until when markers are believed that name ``ends``, by who made them; ``None`` where none is. One
    answer for a row and for what an empty copy finds.

    ``own``: the account that signs in, which counts in full. ``hands``: the elevated account and the groups
    that it is in, which count for nothing; where they are not known, nobody else counts. ``longest``: as far
    as others count; ``None`` where that can't be told, and then they don't.
    """
    full = [end for maker, end in ends.items() if maker in own]
    is_known = longest is not None and bool(hands)
    others = [end for maker, end in ends.items() if is_known and maker not in hands and maker not in own]
    partly = [min(end, longest) for end in others if longest is not None]
    return max((*full, *partly), default=None)


def sids_of(account: ObjectGuid, directory: Directory) -> frozenset[SecurityId]:
    """The account's SID and those of all groups that it is in; empty where they can't be read."""
    try:
        held, own = directory.token_groups(account), directory.read(account).sid
    except DirectoryUnavailable:
        raise
    except DirectoryError:
        return frozenset()
    return frozenset() if own is None or not held else held | {own}


def create(elevation: Elevation, deadline: datetime, actor: str, directory: Directory) -> TemporaryGroup:
    """Make the marker that ``elevation``, whose group is known, is prolonged to ``deadline`` by ``actor``."""
    assert elevation.group_guid is not None
    location = directory.read(elevation.location.guid).dn
    return directory.create_group(
        NewGroup(
            name=group_name(_prefix(elevation) or "JIT", ElevationId(str(uuid.uuid4()))),
            location=location,
            scope=GroupScope.DOMAIN_LOCAL,
            member=DistinguishedName(""),
            info=encode(
                Marker(elevation.id, elevation.group_guid, deadline.replace(microsecond=0), _person(actor))
            ),
            description=(
                f"JIT Desktop prolonged the elevation with the group {elevation.group_name} until "
                f"{deadline:%Y-%m-%d %H:%M:%S} UTC. It gives nothing and is removed with it."
            ),
        )
    )


def find(elevation: Elevation, directory: Directory) -> tuple[TemporaryGroup, ...]:
    """The markers of ``elevation``, whoever made them."""
    return _of(elevation, _listed(elevation.location.guid, directory))


class Elsewhere:
    """The markers that the domain controllers of one pass show; each is asked once for all of a location.

    What is due waits for the answers. So one that can't be asked at once, or whose turn comes too late, is
    left out: an end that comes early by that is better than one that does not come.
    """

    def __init__(
        self,
        controllers: Controllers,
        monotonic: Callable[[], float],
        provider: DomainProvider,
        store: Store,
    ) -> None:
        self._controllers = controllers
        self._monotonic = monotonic
        self._provider = provider
        self._store = store
        self._used: tuple[ObjectGuid, ...] | None = None
        self._main: dict[ObjectGuid, _Listed] = {}
        self._others: dict[ObjectGuid, tuple[_Listed, ...]] = {}
        self._asked_at: dict[ObjectGuid, float] = {}
        self._lacking: set[ObjectGuid] = set()
        self.is_asking = False
        """Whether it waits for an answer now: nobody else decides meanwhile by half of them."""

    def here(self, elevation: Elevation) -> tuple[TemporaryGroup, ...]:
        """Those of ``elevation`` that the main domain controller shows."""
        lists = (self._of_main(location) for location in self._places(elevation))
        return tuple(group for listed in lists for group in _of(elevation, listed))

    def _places(self, elevation: Elevation) -> tuple[ObjectGuid, ...]:
        """Where its markers may be, the likeliest place first. Of one that was taken over away from home,
        its own copy marks where it was made: in one of the creation locations."""
        location, home = elevation.location.guid, home_of(elevation, self._provider)
        if home is None:
            return (location,)
        if self._used is None:
            try:
                self._used = tuple(self._store.used_locations(self._provider.id))
            except StoreError as error:
                _LOG.info("Markers are looked for in no location of before: %s", error)
                self._used = ()
        return tuple(dict.fromkeys((location, home.guid, *self._used)))

    def _of_main(self, location: ObjectGuid) -> _Listed:
        if location not in self._main:
            self._main[location] = self._shown(location, self._controllers.main.info.controller)
        return self._main[location]

    def everywhere(self, elevation: Elevation, *, since: float | None = None) -> tuple[TemporaryGroup, ...]:
        """Those of ``elevation`` that any domain controller shows that can be asked at once. What was listed
        before ``since``, by the monotonic clock, does not count."""
        give_up_at = self._monotonic() + _ELSEWHERE_SECONDS
        places = self._places(elevation)
        for location in places:
            if location != places[0] and self._monotonic() >= give_up_at:
                self._main.setdefault(location, {})
                self._lacking.add(location)
                continue
            self._ask(location, since, give_up_at)
            self._of_main(location)
        lists = (listed for location in places for listed in self._others.get(location, ()))
        elsewhere = (group for listed in lists for group in _of(elevation, listed))
        return (*self.here(elevation), *elsewhere)

    def all_in(self, location: ObjectGuid) -> tuple[TemporaryGroup, ...]:
        """All markers of a location that any domain controller shows that can be asked at once, as they are
        now."""
        now = self._monotonic()
        self._ask(location, now, now + _ELSEWHERE_SECONDS)
        lists = (self._of_main(location), *self._others.get(location, ()))
        return tuple(group for listed in lists for groups in listed.values() for group in groups)

    def _ask(self, location: ObjectGuid, since: float | None, give_up_at: float) -> None:
        now = self._monotonic()
        asked_at = self._asked_at.get(location)
        is_fresh = asked_at is not None and now - asked_at < _FRESH_SECONDS
        if asked_at is None or not is_fresh or (since is not None and asked_at < since):
            self._asked_at[location] = now
            self._main.pop(location, None)
            self.is_asking = True
            self._lacking.discard(location)
            try:
                self._others[location] = tuple(self._of_others(location, give_up_at))
            finally:
                self.is_asking = False

    def is_whole(self, elevation: Elevation) -> bool:
        """Whether all domain controllers that take writes have answered when they were asked last."""
        return self._lacking.isdisjoint(self._places(elevation))

    def _of_others(self, location: ObjectGuid, give_up_at: float) -> Iterator[_Listed]:
        try:
            hosts = self._controllers.hosts_at_once()[1:]
        except DirectoryError as error:
            _LOG.info("No other domain controller was asked for markers: %s", error)
            self._lacking.add(location)
            return
        for host in hosts:
            # Nothing is extended at one that can't be written.
            if not self._controllers.is_writable(host):
                continue
            if self._monotonic() < give_up_at:
                yield self._shown(location, host)
            else:
                self._lacking.add(location)

    def _shown(self, location: ObjectGuid, host: str) -> _Listed:
        try:
            return _listed(location, self._controllers.at(host, proof=False))
        except (DirectoryError, Cancelled) as error:
            _LOG.info("The markers at %s could not be listed: %s", host, error)
            self._lacking.add(location)
            return {}


def was_extended(elevation: Elevation) -> bool:
    """Whether there may be markers of it, as far as its times tell."""
    if elevation.granted_at is None:
        return False
    lasted = (elevation.deadline - elevation.granted_at).total_seconds()
    return elevation.adopted or elevation.extending_to is not None or lasted > elevation.duration_seconds + 1


class Markers:
    """The markers that the ends of one pass delete: listed once, since each list is of a whole location."""

    def __init__(self) -> None:
        self._listed: dict[ObjectGuid, _Listed] = {}

    def delete_of(self, elevation: Elevation, directory: Directory) -> None:
        """Delete the markers of ``elevation``, as far as that can be done; what is left, or was made since
        they were listed, a sweep removes."""
        try:
            delete(_of(elevation, self._in_location(elevation, directory)), directory)
        except DirectoryUnavailable as error:
            _LOG.info("The markers of %s are removed later: %s", elevation.id, error)
        except DirectoryError as error:
            _LOG.warning("The markers of %s could not be removed: %s", elevation.id, error)

    def _in_location(self, elevation: Elevation, directory: Directory) -> _Listed:
        location = elevation.location.guid
        if location not in self._listed:
            self._listed[location] = {}  # one that can't be listed is not tried for each
            self._listed[location] = _listed(location, directory)
        return self._listed[location]


def take_back(marker: ObjectGuid, directory: Directory) -> None:
    """Delete the marker of an extension that is given up, and no other one: the same person may have extended
    it to the same second in another copy."""
    shown = directory.temporary_group(marker)
    if not isinstance(shown, NotVisible):
        delete([shown], directory)


def delete(markers: Iterable[TemporaryGroup], directory: Directory) -> tuple[str, ...]:
    """Delete those of these markers that are proven to be made by the account that signs in, and to have
    nobody in them: anybody may write that into a group, also a permanent one. The names of those deleted.
    """
    deleted, own = list[str](), trusted_owners(directory)
    for group in markers:
        is_made_so = is_marker(group) and group.owner in own
        if not is_made_so or directory.has_members(group.guid) is not False:
            _LOG.info("%s is not proven to be a marker of ours, and nothing else", group.name)
            continue
        try:
            directory.delete_group(group.guid)
        except NoSuchObject:
            continue  # somebody else was faster
        deleted.append(group.name)
    return tuple(deleted)


def _listed(location: ObjectGuid, directory: Directory) -> _Listed:
    """All markers in a creation location."""
    return _by_group(directory.temporary_groups(location, "", info=_BEGINNING))


def _by_group(groups: Iterable[TemporaryGroup]) -> _Listed:
    """The markers among ``groups``."""
    named: dict[ObjectGuid, list[TemporaryGroup]] = {}
    for group in groups:
        if (marker := decode(group.info)) is not None:
            named.setdefault(marker.group, []).append(group)
    return named


def _of(elevation: Elevation, listed: _Listed) -> tuple[TemporaryGroup, ...]:
    return () if elevation.group_guid is None else tuple(listed.get(elevation.group_guid, ()))


def _person(actor: str) -> str:
    return "".join(char for char in actor if char.isprintable())[:_MAXIMUM_PERSON]


def _prefix(elevation: Elevation) -> str:
    return elevation.group_name.rpartition("_")[0]
