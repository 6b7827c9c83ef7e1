# SPDX-License-Identifier: MIT
"""Temporary groups that could not be deleted. They gave nothing when their elevations ended, and may give
again, at any domain controller: by a way that was not open then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from jit_desktop.elevation import record
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, SecurityId
from jit_desktop.elevation.judging import token_of
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, TemporaryGroup
from jit_desktop.elevation.prolonging import trusted_owners
from jit_desktop.elevation.verdict import Others, is_authentic, is_elevation_of

_LOG = logging.getLogger(__name__)


def to_look_at(
    rows: Iterable[Elevation],
    controllers: Controllers,
    is_shown: Callable[[ObjectGuid | None, str], bool],
) -> frozenset[ElevationId]:
    """Which of ``rows`` have ended, and may give again what they gave: a domain controller does not show what
    is left over of them, and shows that the account has that, or not what the account has.

    ``is_shown``: whether a host shows a group, or that it is in a chosen one, so that it is judged by that.
    One token is read of each account and host. Raises :class:`DirectoryUnavailable` where the main domain
    controller does not answer; of another one that does not, nothing is known.
    """
    left = [row for row in rows if not row.is_open and row.leftover]
    found: set[ElevationId] = set()
    for host in controllers.hosts() if left else ():
        unseen = [row for row in left if row.id not in found and not is_shown(row.group_guid, host)]
        if not unseen:
            continue
        try:
            tokens = _Tokens(controllers.at(host, proof=False))
            found |= {row.id for row in unseen if tokens.may_have(row)}
        except DirectoryUnavailable as error:
            if controllers.is_main(host):
                raise
            _LOG.info("%s could not be asked what is left over: %s", host, error)
        except DirectoryError as error:
            _LOG.info("%s could not be asked what is left over: %s", host, error)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class AsShown(Others):
    """Other elevations, also those that are over: at a domain controller that has not heard of such an end,
    or has it to come, the account has something by that and not by what is left over. A group of one that is
    shown is judged for itself."""

    def lent_until(self, group: TemporaryGroup, account: ObjectGuid, directory: Directory) -> datetime | None:
        """Until when ``group`` was to be lent to ``account`` (UTC); ``None`` where it is no such group."""
        row = self.row_of(group.guid)
        if row is not None:
            return row.deadline if row.account.guid == account else None
        is_one = is_authentic(group, trusted_owners(directory)) and is_elevation_of(group, account)
        return record.decode(group.info).deadline if is_one else None


class _Tokens:
    """The tokens of accounts on one domain controller, each read once."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._held: dict[ObjectGuid, frozenset[SecurityId] | None] = {}

    def may_have(self, row: Elevation) -> bool:
        """Whether the account has what ``row`` gave, or that is not shown."""
        held = self._of(row.account.guid)
        return held is None or any(p.sid is None or p.sid in held for p in row.privileges)

    def _of(self, account: ObjectGuid) -> frozenset[SecurityId] | None:
        if account not in self._held:
            try:
                self._held[account] = token_of(account, self._directory)
            except DirectoryUnavailable:
                raise
            except DirectoryError:
                self._held[account] = None
        return self._held[account]
