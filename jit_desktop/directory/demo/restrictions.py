# SPDX-License-Identifier: MIT
"""What of the demo domain is kept from who signs in, and which of its domain controllers are not well.

They hold for every account but *Administrator*, at once and on each domain controller that is named: unlike
permissions they need no replication, so that a test can say what a single domain controller shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jit_desktop.directory.demo.faults import WRITES, Operation
from jit_desktop.directory.demo.objects import DemoObject
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import ObjectGuid

_OBJECT = "object"
_CONTENTS = "contents"
_MEMBERS = "members"
_MEMBERSHIPS = "memberships"


@dataclass(frozen=True, slots=True)
class Restriction:
    """One thing that is not shown, or one kind of write that is refused."""

    guid: ObjectGuid
    what: str
    """``object`` (with all below it), ``contents`` (what is below it alone), ``members`` (who is in it),
    ``memberships`` (what it is in) or the name of a write."""
    controller: str = ""
    """On which domain controller; empty: on all."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All of them together; never changed, only replaced."""

    rules: frozenset[Restriction] = frozenset()
    clocks: Mapping[str, float] = field(default_factory=dict)
    """Seconds by which the clock of a domain controller is ahead of the domain's."""
    unsynchronized: frozenset[str] = frozenset()
    """Domain controllers that are being promoted or restored."""
    shows_deleted: bool = False
    """Whether everybody may read what was deleted."""

    # what they say

    def hides(self, tree: Tree, thing: DemoObject, controller: str) -> bool:
        """Whether ``controller`` does not show ``thing``."""
        if not self.rules:
            return False
        if self._holds(thing.guid, _OBJECT, controller):
            return True
        folder = tree.get(thing.parent)
        while folder is not None:
            if self.hides_contents(folder.guid, controller):
                return True
            folder = tree.get(folder.parent)
        return False

    def hides_contents(self, folder: ObjectGuid, controller: str) -> bool:
        """Whether ``controller`` shows nothing of what is in ``folder``."""
        return any(self._holds(folder, what, controller) for what in (_OBJECT, _CONTENTS))

    def hides_members(self, group: ObjectGuid, controller: str) -> bool:
        """Whether ``controller`` does not show who is in ``group``."""
        return self._holds(group, _MEMBERS, controller)

    def hides_memberships(self, group: ObjectGuid, controller: str) -> bool:
        """Whether ``controller`` does not show what ``group`` is in."""
        return self._holds(group, _MEMBERSHIPS, controller)

    def refuses(self, guid: ObjectGuid, write: Operation, controller: str) -> bool:
        """Whether ``controller`` refuses this kind of write to this object."""
        return self._holds(guid, write, controller)

    def _holds(self, guid: ObjectGuid, what: str, controller: str) -> bool:
        return any(Restriction(guid, what, where) in self.rules for where in ("", controller))

    # others like them

    def hiding(self, guid: ObjectGuid, controller: str, *, contents_only: bool) -> Restrictions:
        """These, and the object is not shown."""
        rule = Restriction(guid, _CONTENTS if contents_only else _OBJECT, controller)
        return replace(self, rules=self.rules | {rule})

    def hiding_members(self, guid: ObjectGuid, controller: str) -> Restrictions:
        """These, and it is not shown who is in the group."""
        return replace(self, rules=self.rules | {Restriction(guid, _MEMBERS, controller)})

    def hiding_memberships(self, guid: ObjectGuid, controller: str) -> Restrictions:
        """These, and the group does not show what it is in."""
        return replace(self, rules=self.rules | {Restriction(guid, _MEMBERSHIPS, controller)})

    def refusing(self, guid: ObjectGuid, writes: Iterable[Operation], controller: str) -> Restrictions:
        """These, and such writes to the object are refused."""
        rules = {Restriction(guid, str(write), controller) for write in writes}
        return replace(self, rules=self.rules | rules)

    def without_hiding(self, guid: ObjectGuid) -> Restrictions:
        """These, and the object is shown everywhere."""
        return replace(self, rules=self._but(guid, {_OBJECT, _CONTENTS, _MEMBERS, _MEMBERSHIPS}))

    def without_refusing(self, guid: ObjectGuid) -> Restrictions:
        """These, and no write to the object is refused."""
        return replace(self, rules=self._but(guid, {str(write) for write in WRITES}))

    def with_clock(self, controller: str, ahead_seconds: float) -> Restrictions:
        """These, and the clock of ``controller`` is so far ahead."""
        return replace(self, clocks={**self.clocks, controller: ahead_seconds})

    def with_synchronized(self, controller: str, *, synchronized: bool) -> Restrictions:
        """These, and ``controller`` says of itself whether it has everything."""
        others = self.unsynchronized - {controller}
        return replace(self, unsynchronized=others if synchronized else others | {controller})

    def showing_deleted(self) -> Restrictions:
        """These, and everybody may read what was deleted."""
        return replace(self, shows_deleted=True)

    def _but(self, guid: ObjectGuid, whats: set[str]) -> frozenset[Restriction]:
        return frozenset(rule for rule in self.rules if not (rule.guid == guid and rule.what in whats))


def restrictions_to_record(restrictions: Restrictions) -> dict[str, Any]:
    """``restrictions`` as JSON can hold them."""
    return {
        "rules": sorted([rule.guid, rule.what, rule.controller] for rule in restrictions.rules),
        "clocks": dict(restrictions.clocks),
        "unsynchronized": sorted(restrictions.unsynchronized),
        "shows_deleted": restrictions.shows_deleted,
    }


def restrictions_from_record(record: Mapping[str, Any]) -> Restrictions:
    """The reverse of :func:`restrictions_to_record`."""
    return Restrictions(
        rules=frozenset(
            Restriction(ObjectGuid(guid), str(what), str(host)) for guid, what, host in record["rules"]
        ),
        clocks={str(host): float(ahead) for host, ahead in record["clocks"].items()},
        unsynchronized=frozenset(map(str, record["unsynchronized"])),
        shows_deleted=bool(record.get("shows_deleted")),
    )
