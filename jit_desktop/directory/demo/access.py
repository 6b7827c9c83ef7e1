# SPDX-License-Identifier: MIT
"""What one account may see and write on one domain controller of the demo domain."""

from __future__ import annotations

from jit_desktop.directory.demo import rules
from jit_desktop.directory.demo.domain import DemoController, DemoDomain
from jit_desktop.directory.demo.faults import Operation
from jit_desktop.directory.demo.lookup import find, require
from jit_desktop.directory.demo.objects import DemoObject
from jit_desktop.directory.demo.restrictions import Restrictions
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid

_What = ObjectGuid | DistinguishedName


class Access:
    """Permissions (:mod:`~.rules`) and restrictions (:mod:`~.restrictions`) together, as the request found
    them that asks."""

    def __init__(self, domain: DemoDomain, controller: DemoController, power: rules.Power) -> None:
        self._domain = domain
        self._host = controller.host
        self.power = power

    # seeing

    def is_hidden(self, tree: Tree, thing: DemoObject) -> bool:
        """Whether ``thing`` is not shown."""
        return not self._sees_all and self._restrictions.hides(tree, thing, self._host)

    def can_list(self, folder: DemoObject) -> bool:
        """Whether what is in ``folder``, which is shown, is shown too."""
        return self._sees_all or not self._restrictions.hides_contents(folder.guid, self._host)

    @property
    def shows_deleted(self) -> bool:
        """Whether tombstones are kept and shown: to nobody, unless somebody said so."""
        return self._restrictions.shows_deleted

    def can_read_members(self, group: DemoObject) -> bool:
        """Whether the members of ``group``, which is shown, are shown too."""
        return self._sees_all or not self._restrictions.hides_members(group.guid, self._host)

    def members(self, group: DemoObject) -> tuple[ObjectGuid, ...]:
        """Those that are shown."""
        return group.members if self.can_read_members(group) else ()

    def can_read_memberships(self, group: DemoObject) -> bool:
        """Whether it is shown what ``group``, which is shown, is in."""
        return self._sees_all or not self._restrictions.hides_memberships(group.guid, self._host)

    def find(self, tree: Tree, what: _What) -> DemoObject | None:
        """The object that a GUID or a DN names, if it is there and shown."""
        thing = find(tree, what)
        return None if thing is None or self.is_hidden(tree, thing) else thing

    def require(self, tree: Tree, what: _What) -> DemoObject:
        """As :meth:`find`; ``NoSuchObject`` where nothing is shown."""
        thing = self.find(tree, what)
        if thing is None:
            raise rules.no_such_object(what)
        return thing

    def children(self, tree: Tree, parent: ObjectGuid | DistinguishedName) -> list[DemoObject]:
        """What is shown directly below: nothing, and no error, of a folder that may not be listed."""
        found = tree.children(require(tree, parent).guid)
        return [child for child in found if not self.is_hidden(tree, child)]

    # writing, which needs no right to see

    def may_write(self, tree: Tree, thing: DemoObject) -> bool:
        """Whether ``thing`` may be written at all."""
        return rules.may_write(tree, thing, self.power)

    def refuses(self, thing: DemoObject, write: Operation) -> bool:
        """Whether this kind of write is refused."""
        return not self._sees_all and self._restrictions.refuses(thing.guid, write, self._host)

    def require_write(self, tree: Tree, thing: DemoObject, write: Operation, doing: str) -> None:
        """Raise ``AccessDenied`` unless it may be done; ``doing`` completes "may not …"."""
        rules.require_write(tree, thing, self.power, doing)
        self.require_not_refused(tree, thing, write, doing)

    def require_not_refused(self, tree: Tree, thing: DemoObject, write: Operation, doing: str) -> None:
        """Raise ``AccessDenied`` where this kind of write is refused."""
        if self.refuses(thing, write):
            raise rules.denied(tree, thing, doing)

    def writable_group(
        self, tree: Tree, what: _What, write: Operation, doing: str = "change the members of"
    ) -> DemoObject:
        """The group that is to be written; raises where there is none or where it may not be."""
        group = require(tree, what)
        rules.require_group(tree, group)
        self.require_write(tree, group, write, doing)
        return group

    @property
    def _restrictions(self) -> Restrictions:
        return self._domain.last_read.restrictions

    @property
    def _sees_all(self) -> bool:
        return self.power is rules.Power.EVERYTHING
