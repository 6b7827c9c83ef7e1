# SPDX-License-Identifier: MIT
"""The demo domain as one domain controller has it: the objects and the indexes over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from jit_desktop.directory.demo.objects import BASE_DN, ROOT_GUID, DemoObject
from jit_desktop.elevation.dn import child_dn, normalised
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid

_Rdn = tuple[ObjectGuid, str, str]
_Key = TypeVar("_Key")


class Tree:
    """Objects by GUID, by place, by ``sAMAccountName`` and by membership.

    A copy costs a few hundred microseconds: objects are immutable and the sets inside the indexes are
    replaced, never changed.
    """

    __slots__ = ("_by_logon", "_by_rdn", "_children", "_deleted", "_mortal", "_objects", "_parents_of_member")

    def __init__(self) -> None:
        self._objects: dict[ObjectGuid, DemoObject] = {}
        self._by_rdn: dict[_Rdn, ObjectGuid] = {}
        self._by_logon: dict[str, ObjectGuid] = {}
        self._children: dict[ObjectGuid, frozenset[ObjectGuid]] = {}
        self._parents_of_member: dict[ObjectGuid, frozenset[ObjectGuid]] = {}
        self._mortal: set[ObjectGuid] = set()
        self._deleted: set[ObjectGuid] = set()

    @classmethod
    def of(cls, objects: Iterable[DemoObject]) -> Tree:
        """A tree of many objects at once."""
        tree = cls()
        children: dict[ObjectGuid, set[ObjectGuid]] = {}
        parents: dict[ObjectGuid, set[ObjectGuid]] = {}
        for thing in objects:
            tree._objects[thing.guid] = thing
            tree._by_rdn[_rdn_key(thing)] = thing.guid
            if thing.logon_name:
                tree._by_logon[thing.logon_name.casefold()] = thing.guid
            children.setdefault(thing.parent, set()).add(thing.guid)
            for member in thing.members:
                parents.setdefault(member, set()).add(thing.guid)
            if thing.is_mortal:
                tree._mortal.add(thing.guid)
        tree._children = {guid: frozenset(found) for guid, found in children.items()}
        tree._parents_of_member = {guid: frozenset(found) for guid, found in parents.items()}
        return tree

    def copy(self) -> Tree:
        """A tree of the same objects that can be changed without changing this one."""
        other = Tree()
        other._objects = self._objects.copy()
        other._by_rdn = self._by_rdn.copy()
        other._by_logon = self._by_logon.copy()
        other._children = self._children.copy()
        other._parents_of_member = self._parents_of_member.copy()
        other._mortal = self._mortal.copy()
        other._deleted = self._deleted.copy()
        return other

    # looking

    def __iter__(self) -> Iterator[DemoObject]:
        return iter(self._objects.values())

    def __contains__(self, guid: object) -> bool:
        return guid in self._objects

    def was_deleted(self, guid: ObjectGuid) -> bool:
        """Whether an object with this GUID was there, and is not any more."""
        return guid in self._deleted and guid not in self._objects

    def get(self, guid: ObjectGuid) -> DemoObject | None:
        """The object with this GUID."""
        return self._objects.get(guid)

    def find_dn(self, dn: DistinguishedName | str) -> DemoObject | None:
        """The object at ``dn``; raises ``ValueError`` where that is no distinguished name."""
        parts = normalised(dn)
        base = normalised(BASE_DN)
        if parts[-len(base) :] != base:
            return None
        guid: ObjectGuid | None = ROOT_GUID
        for kind, value in reversed(parts[: -len(base)]):
            guid = self._by_rdn.get((guid, kind, value)) if guid is not None else None
        return self._objects.get(guid) if guid is not None else None

    def find_logon(self, name: str) -> DemoObject | None:
        """The account or group with this ``sAMAccountName``."""
        guid = self._by_logon.get(name.casefold())
        return self._objects[guid] if guid is not None else None

    def sibling(self, parent: ObjectGuid, rdn: tuple[str, str]) -> DemoObject | None:
        """The child of ``parent`` with this relative name."""
        guid = self._by_rdn.get((parent, rdn[0].casefold(), rdn[1].casefold()))
        return self._objects[guid] if guid is not None else None

    def children(self, parent: ObjectGuid) -> list[DemoObject]:
        """What lies directly below ``parent``, in no order."""
        return [self._objects[guid] for guid in self._children.get(parent, ())]

    def has_children(self, guid: ObjectGuid) -> bool:
        """Whether anything lies below."""
        return bool(self._children.get(guid))

    def groups_of(self, guid: ObjectGuid) -> frozenset[ObjectGuid]:
        """The groups that name it as a member (``memberOf``; the primary group does not)."""
        return self._parents_of_member.get(guid, frozenset())

    def dn(self, thing: DemoObject) -> DistinguishedName:
        """Where ``thing`` stands."""
        if thing.guid == ROOT_GUID:
            return BASE_DN
        return child_dn(*thing.rdn, self.dn(self._objects[thing.parent]))

    def delegated(self, thing: DemoObject) -> bool:
        """Whether a delegated account may write ``thing``: the nearest word on it counts."""
        place: DemoObject | None = thing
        while place is not None:
            if place.delegated is not None:
                return place.delegated
            place = self._objects.get(place.parent)
        return False

    def all_groups_of(self, thing: DemoObject) -> list[DemoObject]:
        """Every group that ``thing`` is in, directly, through others, or as its primary group."""
        found: dict[ObjectGuid, DemoObject] = {}
        waiting = [*self.groups_of(thing.guid), thing.primary_group]
        while waiting:
            group = self._objects.get(waiting.pop())
            if group is not None and group.guid not in found:
                found[group.guid] = group
                waiting.extend(self.groups_of(group.guid))
        return list(found.values())

    def mortals(self) -> list[DemoObject]:
        """What time alone changes: dynamic objects and groups with memberships that end."""
        return [self._objects[guid] for guid in self._mortal]

    # changing

    def put(self, thing: DemoObject) -> None:
        """Insert ``thing`` or replace what has its GUID."""
        old = self._objects.get(thing.guid)
        if old is not None:
            self._unindex(old)
        self._objects[thing.guid] = thing
        self._by_rdn[_rdn_key(thing)] = thing.guid
        if thing.logon_name:
            self._by_logon[thing.logon_name.casefold()] = thing.guid
        self._children[thing.parent] = self._children.get(thing.parent, frozenset()) | {thing.guid}
        for member in thing.members:
            self._parents_of_member[member] = self.groups_of(member) | {thing.guid}
        if thing.is_mortal:
            self._mortal.add(thing.guid)

    def discard(self, guid: ObjectGuid, *, leaves_tombstone: bool = True) -> None:
        """Remove the object with this GUID, if there is one; the links to it stay the caller's business."""
        old = self._objects.pop(guid, None)
        if leaves_tombstone:
            self._deleted.add(guid)
        if old is not None:
            self._unindex(old)

    def _unindex(self, old: DemoObject) -> None:
        # Its names may be another object's by now, while several renames are carried out one by one.
        self._mortal.discard(old.guid)
        _forget(self._by_rdn, _rdn_key(old), old.guid)
        _forget(self._by_logon, old.logon_name.casefold(), old.guid)
        self._children[old.parent] = self._children[old.parent] - {old.guid}
        for member in old.members:
            self._parents_of_member[member] = self.groups_of(member) - {old.guid}


def _rdn_key(thing: DemoObject) -> _Rdn:
    kind, name = thing.rdn
    return thing.parent, kind.casefold(), name.casefold()


def _forget(index: dict[_Key, ObjectGuid], key: _Key, guid: ObjectGuid) -> None:
    if index.get(key) == guid:
        del index[key]
