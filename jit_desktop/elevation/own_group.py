# SPDX-License-Identifier: MIT
"""Which group is the temporary group of an elevation. A row names it by GUID, and is believed no further than
the directory: the GUID of a permanent group would have that emptied and deleted.
"""

from __future__ import annotations

from collections.abc import Collection

from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.prolonging import trusted_owners
from jit_desktop.elevation.verdict import CLOCKS_DIFFER, claim_in


class NamesAnother(NotVisible):
    """The group that the row names by its GUID is shown, and is not that of the elevation."""


def by_name(elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
    """The group with the name of that of ``elevation``, which is unique, in the location, wherever that was
    moved."""
    try:
        location = directory.read(elevation.location.guid).dn
    except NoSuchObject as error:
        return NotVisible(error.message)
    return directory.temporary_group(child_dn("CN", elevation.group_name, location))


def by_guid(elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
    """The group that the row names by its GUID, which is known, as :func:`as_shown` has it."""
    assert elevation.group_guid is not None
    shown = directory.temporary_group(elevation.group_guid)
    return shown if isinstance(shown, NotVisible) else as_shown(elevation, shown, directory)


def is_group_of(elevation: Elevation, group: TemporaryGroup) -> bool:
    """Whether ``group``, wherever it was found, is that of ``elevation``: its name or its record says so, it
    is lent to no other account, and it is not older than the grant.
    """
    claim = claim_in(group.info)
    if not _is_named(elevation, group) and (claim.id, claim.account) != (
        elevation.id,
        elevation.account.guid,
    ):
        return False
    if claim.account not in (None, elevation.account.guid) and elevation.account.guid not in group.members:
        return False
    # A permanent group that was given our name or our record is not ours to take away.
    return not _is_older(elevation, group)


def as_shown(
    elevation: Elevation, shown: TemporaryGroup, directory: Directory
) -> TemporaryGroup | NotVisible:
    """``shown``, which the row of ``elevation`` names by its GUID, or in its place that which has the name;
    :class:`NamesAnother` where it is not that of the elevation and nothing else is.

    Name and texts may have been taken off our own group. It is another one where it is itself a chosen group,
    where somebody else made it before the grant, and where one that the account that signs in made stands
    where ours was made, with our name and record.
    """
    is_chosen = shown.guid in {p.group.guid for p in elevation.privileges}
    if not is_chosen and (_is_named(elevation, shown) or claim_in(shown.info).id == elevation.id):
        return shown
    trusted = trusted_owners(directory)
    named = _named_ours(elevation, trusted, directory)
    if named is not None and named.guid != shown.guid:
        return named
    is_of_others = shown.owner is not None and shown.owner not in trusted
    if is_chosen or (is_of_others and _is_older(elevation, shown)):
        return NamesAnother(f"{shown.name} is not the temporary group of the elevation.")
    return shown


def _named_ours(
    elevation: Elevation, trusted: Collection[SecurityId], directory: Directory
) -> TemporaryGroup | None:
    try:
        named = by_name(elevation, directory)
    except DirectoryUnavailable:
        raise
    except DirectoryError:
        return None  # the row is not contradicted then
    if isinstance(named, NotVisible) or named.owner not in trusted or not is_group_of(elevation, named):
        return None
    return named


def _is_named(elevation: Elevation, group: TemporaryGroup) -> bool:
    return group.name.casefold() == elevation.group_name.casefold()


def _is_older(elevation: Elevation, group: TemporaryGroup) -> bool:
    begun = elevation.granted_at or elevation.requested_at
    return group.created_at is not None and group.created_at < begun - CLOCKS_DIFFER
