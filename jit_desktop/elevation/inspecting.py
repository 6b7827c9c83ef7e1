# SPDX-License-Identifier: MIT
"""Finds out how one elevation really stands on each domain controller, and what follows from that."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from jit_desktop.elevation import record
from jit_desktop.elevation.advising import Facts, advice_for, in_words
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import domain_dn, same_dn
from jit_desktop.elevation.ending import find_group
from jit_desktop.elevation.errors import DirectoryError, NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.inspection import ControllerTruth, Inspection, TargetTruth
from jit_desktop.elevation.model import Elevation, GrantedPrivilege
from jit_desktop.elevation.ports import Directory, DirectoryEntry, GroupScope, NotVisible, TemporaryGroup
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)


class Inspector:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def inspect(self, provider: DomainProvider, elevation: Elevation) -> Inspection:
        """How ``elevation`` stands, whether it is open or has ended.

        A domain controller that can't be asked is named in the answer; :class:`DirectoryError` is raised only
        where none can be reached at all.
        """
        with self._reach.controllers(provider, elevation.domain_controller) as controllers:
            truths = tuple(_look(elevation, controllers, host) for host in controllers.hosts())
            # Afterwards: what was seen is then never older than the time that stands beside it.
            now = self._reach.domain_clock(provider.id).now()
            facts = _facts(elevation, controllers)
        return Inspection(
            elevation=elevation,
            at=now,
            controllers=truths,
            advice=advice_for(elevation, truths, facts, now),
            in_words=in_words(elevation, truths, now),
        )


def _look(elevation: Elevation, controllers: Controllers, host: str) -> ControllerTruth:
    try:
        return _truth(elevation, controllers.at(host), host)
    except DirectoryError as error:
        _LOG.info("%s could not be asked about %s: %s", host, elevation.id, error)
        return ControllerTruth(host, problem=error.message)


def _truth(elevation: Elevation, directory: Directory, host: str) -> ControllerTruth:
    group = find_group(elevation, directory)
    account = elevation.account.guid
    try:
        token = directory.token_groups(account)
        direct = [g for g in directory.groups_of(account) if group is None or g.guid != group.guid]
    except NoSuchObject:
        token, direct = frozenset[SecurityId](), []
    return ControllerTruth(
        host=host,
        group_there=group is not None,
        group_ends_in_seconds=group.ends_in_seconds if group else None,
        account_in_group=group is not None and account in group.members,
        targets=tuple(
            _target_truth(p, group, account, token, direct, directory) for p in elevation.privileges
        ),
    )


def _target_truth(
    privilege: GrantedPrivilege,
    group: TemporaryGroup | None,
    account: ObjectGuid,
    token: frozenset[SecurityId],
    direct: list[DirectoryEntry],
    directory: Directory,
) -> TargetTruth:
    try:
        target = directory.read(privilege.group.guid)
    except NoSuchObject:
        return TargetTruth(privilege)
    nesting = directory.membership(target.guid, group.guid) if group is not None else None
    through = permanent_through(directory, account, target.guid, direct)
    return TargetTruth(
        privilege=privilege,
        nested=nesting is not None,
        ends_in_seconds=nesting.ends_in_seconds if nesting is not None else None,
        in_token=target.sid is not None and target.sid in token,
        permanent_through=through,
    )


def permanent_through(
    directory: Directory, account: ObjectGuid, target: ObjectGuid, direct: Sequence[DirectoryEntry]
) -> tuple[str, ...]:
    """Names of those groups in ``direct``, the groups that ``account`` is a direct member of, that make it a
    member of ``target``; temporary groups of elevations do not count."""
    return tuple(
        g.name
        for g in direct
        if (g.guid == target or directory.is_member_of(g.guid, target))
        and not _is_another_elevation(g.guid, account, directory)
    )


def _is_another_elevation(group: ObjectGuid, account: ObjectGuid, directory: Directory) -> bool:
    """Whether a group is the temporary one of another elevation of the account: that is not permanent."""
    shown = directory.temporary_group(group)
    if isinstance(shown, NotVisible) or not shown.info:
        return False
    try:
        entry = record.decode(shown.info)
    except record.RecordInvalid:
        return False
    return entry.account == account and not record.contradiction(entry, shown)


def _facts(elevation: Elevation, controllers: Controllers) -> Facts:
    """What the advice depends on besides; what can't be read is taken for the ordinary case."""
    directory = controllers.main
    try:
        group = find_group(elevation, directory)
        protected = directory.read(elevation.account.guid).protected
    except DirectoryError as error:
        _LOG.info("Advice for %s without the account: %s", elevation.id, error)
        group, protected = None, False
    if group is not None and group.scope is not None:
        return Facts(group.scope, protected)
    return Facts(_scope_that_it_had(elevation, directory), protected)


def _scope_that_it_had(elevation: Elevation, directory: Directory) -> GroupScope:
    """As :func:`~jit_desktop.elevation.nesting.scope_for` chose it."""
    home = domain_dn(elevation.location.dn)
    try:
        targets = [directory.read(p.group.guid) for p in elevation.privileges]
    except DirectoryError:
        return GroupScope.GLOBAL
    local = all(t.scope is GroupScope.DOMAIN_LOCAL and same_dn(domain_dn(t.dn), home) for t in targets)
    return GroupScope.DOMAIN_LOCAL if local and targets else GroupScope.GLOBAL
