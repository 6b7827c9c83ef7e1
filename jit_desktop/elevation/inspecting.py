# SPDX-License-Identifier: MIT
"""Finds out how one elevation really stands on each domain controller, and what follows from that."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from jit_desktop.elevation.advising import Facts, advice_for, in_words
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import domain_dn, same_dn
from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.inspection import ControllerTruth, Inspection
from jit_desktop.elevation.journal import deletion_was_answered
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, GroupScope, NotVisible, Store
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.remaining import find_group, look
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.tracing import is_gone
from jit_desktop.elevation.verdict import Others

_LOG = logging.getLogger(__name__)


class Inspector:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach, store: Store) -> None:
        self._reach = reach
        self._store = store

    def inspect(self, provider: DomainProvider, elevation: Elevation) -> Inspection:
        """How ``elevation`` stands, whether it is open or has ended.

        A domain controller that can't be asked is named in the answer; :class:`DirectoryError` is raised only
        where none can be reached at all.
        """
        with self._reach.controllers(provider, elevation.domain_controller, anew=True) as controllers:
            others = Others(self._store, provider.id, self._reach.domain_clock(provider.id).now())
            # What has ended was proven then; an account that is gone since is no alarm.
            look_at = partial(
                look,
                elevation,
                once_deleted=deletion_was_answered(self._store, elevation),
                account_deleted=not elevation.is_open,
                others=others,
            )
            truths = tuple(
                controllers.look(
                    lambda d, host: _with_group_gone(elevation, d, look_at(d, host)),
                    since=elevation.known_from,
                )
            )
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


def _with_group_gone(elevation: Elevation, directory: Directory, truth: ControllerTruth) -> ControllerTruth:
    """The look that confirms ends, and whether a group that is not shown is gone."""
    return replace(truth, group_gone=not truth.group_there and is_gone(elevation, directory))


def _facts(elevation: Elevation, controllers: Controllers) -> Facts:
    """What the advice depends on besides; what can't be read is taken for the ordinary case."""
    directory = controllers.main
    try:
        group = find_group(elevation, directory)
        protected = directory.read(elevation.account.guid).protected
    except DirectoryError as error:
        _LOG.info("Advice for %s without the account: %s", elevation.id, error)
        group, protected = NotVisible(error.message), False
    if not isinstance(group, NotVisible) and group.scope is not None:
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
