# SPDX-License-Identifier: MIT
"""Finds out how one elevation really stands on each domain controller, and what follows from that."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.advising import Facts, advice_for, in_words
from jit_desktop.elevation.comparing import differences
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import domain_dn, same_dn
from jit_desktop.elevation.errors import DirectoryError, StoreError, UnknownItem
from jit_desktop.elevation.extending import written_later
from jit_desktop.elevation.inspection import ControllerTruth, Inspection
from jit_desktop.elevation.journal import deletion_was_answered
from jit_desktop.elevation.judging import Judge
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Clock, Directory, GroupScope, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.reaching import PASS_SECONDS, Reach
from jit_desktop.elevation.remaining import find_group, look
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.tracing import is_gone
from jit_desktop.elevation.verdict import Others

_LOG = logging.getLogger(__name__)
_EXTENSION_TAKES_SECONDS = 3
"""An extension of another copy has made its marker so long after it wrote the record, as a rule."""


class Inspector:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach, store: Store, clock: Clock) -> None:
        self._reach = reach
        self._store = store
        self._clock = clock

    def inspect(self, provider: DomainProvider, elevation: Elevation) -> Inspection:
        """How ``elevation`` stands, whether it is open or has ended.

        A domain controller that can't be asked is named in the answer; :class:`DirectoryError` is raised only
        where none can be reached at all.
        """
        with self._reach.controllers(
            provider, elevation.domain_controller, within_seconds=PASS_SECONDS, anew=True
        ) as controllers:
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
            if elevation.is_granted:
                truths = self._judged(provider, elevation, controllers, truths)
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

    def _judged(
        self,
        provider: DomainProvider,
        elevation: Elevation,
        controllers: Controllers,
        truths: Sequence[ControllerTruth],
    ) -> tuple[ControllerTruth, ...]:
        """``truths`` with what the sweep would find wrong with the group, on each domain controller."""
        hosts = [truth.host for truth in truths if truth.group_there]
        words = self._wrong_on(provider, elevation, controllers, hosts)
        if any(is_later for _, is_later in words.values()):
            # The record is written before the marker that proves it: another copy may just be extending it.
            self._clock.sleep(_EXTENSION_TAKES_SECONDS)
            words |= self._wrong_on(provider, elevation, controllers, hosts)
        return tuple(replace(t, differences=words[t.host][0]) if t.host in words else t for t in truths)

    def _wrong_on(
        self,
        provider: DomainProvider,
        elevation: Elevation,
        controllers: Controllers,
        hosts: Sequence[str],
    ) -> dict[str, tuple[str, bool]]:
        """What is wrong with the group by the host that shows it, and whether its record names a later end
        than is proven; those that are not shown any more are left out."""
        shown: dict[str, TemporaryGroup] = {}
        for host in hosts:
            try:
                group = find_group(elevation, controllers.at(host))
            except DirectoryError as error:
                _LOG.info("%s could not be read again: %s", elevation.group_name, error)
                continue
            if not isinstance(group, NotVisible):
                shown[host] = group
        try:
            # Read after the groups: an extension is recorded before anything of it is written.
            known = self._store.elevation(elevation.id)
            if not known.is_granted:
                return {}
            clock = self._reach.domain_clock(provider.id)
            judge = Judge(provider, controllers.main, provider.jit.location_dn, clock.now)
            markers: Sequence[TemporaryGroup] = ()
            if any(written_later(known, group) is not None for group in shown.values()):
                elsewhere = prolonging.Elsewhere(controllers, clock.monotonic, provider, self._store)
                markers = elsewhere.everywhere(known)
            judge.note_markers(markers)
            known = _as_proven(provider, known, controllers.main, markers)
            return {
                host: (judge.wrong_with(known, group), _is_written_later(known, group))
                for host, group in shown.items()
            }
        except (DirectoryError, StoreError, UnknownItem) as error:
            _LOG.info("%s could not be judged: %s", elevation.group_name, error)
            return {host: (differences(elevation, group), False) for host, group in shown.items()}


def _as_proven(
    provider: DomainProvider, known: Elevation, directory: Directory, markers: Sequence[TemporaryGroup]
) -> Elevation:
    """``known`` with the later deadline that another copy has given it, which the next tick catches up with:
    by whoever made its marker."""
    longest = (known.granted_at or known.requested_at) + timedelta(seconds=provider.policy.maximum_seconds)
    until = prolonging.believed_until(known, longest, directory, markers)
    return known if until is None or until <= known.deadline else replace(known, deadline=until)


def _is_written_later(known: Elevation, group: TemporaryGroup) -> bool:
    return known.extending_to is None and written_later(known, group) is not None


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
