# SPDX-License-Identifier: MIT
"""What an administrator does to the demo domain with other tools: rename, move, delete, disable, enrol."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from jit_desktop.directory.demo import changes, rules
from jit_desktop.directory.demo.domain import CONTROLLERS, DemoController, DemoDomain
from jit_desktop.directory.demo.faults import WRITES, Operation
from jit_desktop.directory.demo.lookup import find, require
from jit_desktop.directory.demo.objects import DNS_NAME, DOMAIN_SID, DemoObject, guid_for
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.errors import AlreadyExists
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import EntryKind, GroupScope

_What = ObjectGuid | DistinguishedName
_DOMAIN_USERS = guid_for(f"{DNS_NAME}/Users/Domain Users")


class DemoConsole:
    """Changes the domain behind the program's back, and looks at it through no connection of the program.

    Rights do not matter here, the rules of the directory do: the errors are those of ``Directory``. What it
    writes, it writes on the first domain controller.
    """

    def __init__(self, domain: DemoDomain, controller: DemoController = CONTROLLERS[0]) -> None:
        self._domain = domain
        self._controller = controller

    # looking

    def exists(self, what: _What) -> bool:
        """Whether the object is there."""
        return find(self._view(), what) is not None

    def dn(self, what: _What) -> DistinguishedName:
        """Where it stands now."""
        tree = self._view()
        return tree.dn(require(tree, what))

    def guid(self, what: _What) -> ObjectGuid:
        """Its ``objectGUID``."""
        return require(self._view(), what).guid

    def members(self, group: _What) -> set[DistinguishedName]:
        """The direct members of a group."""
        tree = self._view()
        found = (tree.get(guid) for guid in require(tree, group).members)
        return {tree.dn(member) for member in found if member is not None}

    def texts(self, what: _What) -> tuple[str, str]:
        """``info`` and ``description``."""
        thing = require(self._view(), what)
        return thing.info, thing.description

    # changing

    def create_ou(self, name: str, parent: _What) -> DistinguishedName:
        """Make an organisational unit."""
        return self._create(DemoObject(_new_guid(), ObjectGuid(""), name, EntryKind.OU), parent)

    def create_group(
        self, name: str, parent: _What, scope: GroupScope, *, logon_name: str = "", security: bool = True
    ) -> DistinguishedName:
        """Make a security group, or a distribution group; ``logon_name`` where it can't be the name."""
        kind = EntryKind.GROUP
        thing = DemoObject(_new_guid(), ObjectGuid(""), name, kind, scope=scope, security_enabled=security)
        return self._create(thing.with_fields({"logon_name": logon_name or name}), parent)

    def create_account(
        self, name: str, parent: _What, *, logon_name: str = "", enabled: bool = True
    ) -> DistinguishedName:
        """Make a user account; ``logon_name`` where it can't be the name."""
        thing = DemoObject(
            _new_guid(), ObjectGuid(""), name, EntryKind.ACCOUNT, enabled=enabled, primary_group=_DOMAIN_USERS
        )
        return self._create(thing.with_fields({"logon_name": logon_name or name}), parent)

    def add_member(self, group: _What, member: _What) -> None:
        """Make ``member`` a permanent member of ``group``."""

        def decide(tree: Tree) -> Sequence[changes.Change]:
            target, joining = require(tree, group), require(tree, member)
            rules.require_nestable(tree, target, joining)
            return [changes.member_added(target.guid, joining.guid)]

        self._domain.write(self._controller, decide)

    def remove_member(self, group: _What, member: _What) -> None:
        """Take ``member`` out of ``group``."""

        def decide(tree: Tree) -> Sequence[changes.Change]:
            target, leaving = require(tree, group), require(tree, member)
            if leaving.guid not in target.members:
                raise rules.not_a_member(tree, target, tree.dn(leaving))
            return [changes.member_removed(target.guid, leaving.guid)]

        self._domain.write(self._controller, decide)

    def make_primary(self, group: _What, account: _What) -> None:
        """Let an account that is in a group have it for the primary group: it is no ``member`` then any more,
        and becomes one of its primary group until now ([MS-SAMR] 3.1.1.8.2)."""

        def decide(tree: Tree) -> Sequence[changes.Change]:
            target, who = require(tree, group), require(tree, account)
            if who.guid not in target.members:
                raise rules.not_a_member(tree, target, tree.dn(who))
            return [
                changes.member_removed(target.guid, who.guid),
                changes.fields_set(who.guid, primary_group=target.guid),
                changes.member_added(who.primary_group, who.guid),
            ]

        self._domain.write(self._controller, decide)

    def rename(self, what: _What, name: str) -> DistinguishedName:
        """Give it another name in the same place."""
        return self._place(what, name=name)

    def move(self, what: _What, parent: _What) -> DistinguishedName:
        """Put it below another parent."""
        return self._place(what, parent=parent)

    def set_enabled(self, account: _What, *, enabled: bool) -> None:
        """Enable or disable an account."""
        self._domain.write(
            self._controller, lambda tree: [changes.fields_set(require(tree, account).guid, enabled=enabled)]
        )

    def set_delegated(self, what: _What, *, delegated: bool) -> None:
        """Give or take the bound account's rights on an object and what lies below it."""
        self._domain.write(
            self._controller, lambda tree: [changes.fields_set(require(tree, what).guid, delegated=delegated)]
        )

    # what is kept from who signs in (from all but Administrator), and domain controllers that are not well

    def hide(self, what: _What, controller: str = "") -> None:
        """Do not show an object, nor what is below it, on one domain controller (``dc2``) or on all.

        It goes on giving rights: ``token_groups`` counts it, and groups go on naming it as a member.
        """
        self._hide(what, controller, contents_only=False)

    def hide_contents(self, folder: _What, controller: str = "") -> None:
        """Do not show what is in a folder, while the folder is shown: the right to list it is missing."""
        self._hide(folder, controller, contents_only=True)

    def hide_members(self, group: _What, controller: str = "") -> None:
        """Do not show who is in a group, which is shown: the right to read ``member`` is missing."""
        guid, host = self.guid(group), _host(controller)
        self._domain.restrict(lambda now: now.hiding_members(guid, host))

    def hide_memberships(self, group: _What, controller: str = "") -> None:
        """Do not show what a group is in, while the group is shown: the right to read ``memberOf`` is
        missing. Those that it is in go on naming it as a member."""
        guid, host = self.guid(group), _host(controller)
        self._domain.restrict(lambda now: now.hiding_memberships(guid, host))

    def show(self, what: _What) -> None:
        """Show it again, everywhere."""
        guid = self.guid(what)
        self._domain.restrict(lambda now: now.without_hiding(guid))

    def show_deleted(self) -> None:
        """Let everybody read what is deleted from now on; a domain shows that to administrators only."""
        self._domain.restrict(lambda now: now.showing_deleted())

    def deny(self, what: _What, *writes: Operation, controller: str = "") -> None:
        """Refuse such writes to an object (none named: all), on one domain controller or on all."""
        guid, host = self.guid(what), _host(controller)
        self._domain.restrict(lambda now: now.refusing(guid, writes or WRITES, host))

    def allow(self, what: _What) -> None:
        """Refuse no write to the object any more."""
        guid = self.guid(what)
        self._domain.restrict(lambda now: now.without_refusing(guid))

    def set_clock(self, controller: str, ahead_seconds: float) -> None:
        """Put the clock of one domain controller so far ahead of the domain's (back, if negative)."""
        host = _host(controller)
        self._domain.restrict(lambda now: now.with_clock(host, ahead_seconds))

    def set_synchronized(self, controller: str, *, synchronized: bool) -> None:
        """Let a domain controller say whether it has everything, in connections that are made from now on."""
        host = _host(controller)
        self._domain.restrict(lambda now: now.with_synchronized(host, synchronized=synchronized))

    def _hide(self, what: _What, controller: str, *, contents_only: bool) -> None:
        guid, host = self.guid(what), _host(controller)
        self._domain.restrict(lambda now: now.hiding(guid, host, contents_only=contents_only))

    def delete(self, what: _What) -> None:
        """Delete it with everything below it."""

        def decide(tree: Tree) -> Sequence[changes.Change]:
            thing = require(tree, what)
            doomed, waiting = [], [thing]
            while waiting:
                doomed.append(waiting.pop())
                waiting.extend(tree.children(doomed[-1].guid))
            return [changes.deleted(each.guid) for each in reversed(doomed)]

        self._domain.write(self._controller, decide)

    def _view(self) -> Tree:
        return self._domain.view(self._controller)

    def _create(self, thing: DemoObject, parent: _What) -> DistinguishedName:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            folder = require(tree, parent)
            values = {"parent": folder.guid, "created": self._domain.now().replace(microsecond=0).isoformat()}
            if thing.logon_name:
                values["sid"] = SecurityId(f"{DOMAIN_SID}-{self._domain.next_rid(self._controller)}")
            made = thing.with_fields(values)
            _require_unused(tree, tree.sibling(folder.guid, made.rdn) or tree.find_logon(made.logon_name))
            return [changes.created(made)]

        tree = self._domain.write(self._controller, decide)
        return tree.dn(require(tree, thing.guid))

    def _place(self, what: _What, *, name: str = "", parent: _What | None = None) -> DistinguishedName:
        guid = self.guid(what)

        def decide(tree: Tree) -> Sequence[changes.Change]:
            thing = require(tree, guid)
            folder = thing.parent if parent is None else require(tree, parent).guid
            values = {"name": name or thing.name, "parent": folder}
            _require_unused(tree, tree.sibling(folder, thing.with_fields(values).rdn))
            return [changes.fields_set(guid, **values)]

        tree = self._domain.write(self._controller, decide)
        return tree.dn(require(tree, guid))


def _host(controller: str) -> str:
    return f"{controller}.{DNS_NAME}" if controller and "." not in controller else controller


def _new_guid() -> ObjectGuid:
    return ObjectGuid(str(uuid.uuid4()))


def _require_unused(tree: Tree, taken: DemoObject | None) -> None:
    if taken is not None:
        raise AlreadyExists(f"{tree.dn(taken)} is there already.", subject=tree.dn(taken))
