# SPDX-License-Identifier: MIT
"""Which group is the temporary group of an elevation. A row names it by GUID, and is believed no further than
the directory: the GUID of a permanent group would have that emptied and deleted.
"""

from __future__ import annotations

from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.prolonging import trusted_owners
from jit_desktop.elevation.verdict import CLOCKS_DIFFER, claim_in


class NamesAnother(NotVisible):
    """The group that the row names by its GUID is shown, and is not that of the elevation."""


def by_name(elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
    """The group with the name of that of ``elevation``, which is unique, in the location, wherever that was
    moved; :class:`NamesAnother` where it is not that of the elevation.
    """
    try:
        location = directory.read(elevation.location.guid).dn
    except NoSuchObject as error:
        return NotVisible(error.message)
    shown = directory.temporary_group(child_dn("CN", elevation.group_name, location))
    if isinstance(shown, NotVisible):
        return shown
    return shown if is_group_of(elevation, shown, directory) else _another(shown)


def by_guid(elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
    """The group that the row names by its GUID, which is known, as :func:`as_shown` has it."""
    assert elevation.group_guid is not None
    shown = directory.temporary_group(elevation.group_guid)
    return shown if isinstance(shown, NotVisible) else as_shown(elevation, shown, directory)


def is_group_of(elevation: Elevation, group: TemporaryGroup, directory: Directory) -> bool:
    """Whether ``group``, wherever it was found, is that of ``elevation``: its name or its record says so, it
    is lent to no other account, and it is not older than the grant. Anybody who may rename groups can give
    the name to a permanent one: besides, the account that signs in made it, or it was made with our record.
    """
    if _is_chosen(elevation, group):
        return False
    claim = claim_in(group.info)
    if not _is_named(elevation, group) and (claim.id, claim.account) != (
        elevation.id,
        elevation.account.guid,
    ):
        return False
    if claim.account not in (None, elevation.account.guid) and elevation.account.guid not in group.members:
        return False
    is_made_with_it = group.record_version == 1 and claim.id == elevation.id
    is_made_by_us = is_made_with_it or group.owner in trusted_owners(directory)
    return is_made_by_us and not _is_older(elevation, group)


def as_shown(
    elevation: Elevation, shown: TemporaryGroup, directory: Directory
) -> TemporaryGroup | NotVisible:
    """``shown``, which the row of ``elevation`` names by its GUID, or in its place that which has the name;
    :class:`NamesAnother` where it is not that of the elevation and nothing else is.

    Name and texts may have been taken off our own group. It is another one where it is itself a chosen group,
    where somebody else made it before the grant, and where one that the account that signs in made stands
    where ours was made, with our name, and was made nearer to the grant: names and texts can be changed, that
    can't.
    """
    is_chosen = _is_chosen(elevation, shown)
    # Who signs in takes a request, before the first write of an end: it is asked only where it matters.
    is_another = is_chosen or (_is_older(elevation, shown) and _is_of_others(shown, directory))
    is_told = _is_named(elevation, shown) or claim_in(shown.info).id == elevation.id
    if is_told and not is_another:
        return shown
    named = _named_ours(elevation, directory)
    if named is not None and named.guid != shown.guid and (is_another or _is_nearer(elevation, named, shown)):
        return named
    return _another(shown) if is_another else shown


def _named_ours(elevation: Elevation, directory: Directory) -> TemporaryGroup | None:
    try:
        named = by_name(elevation, directory)
    except DirectoryUnavailable:
        raise
    except DirectoryError:
        return None  # the row is not contradicted then
    return None if isinstance(named, NotVisible) or named.owner not in trusted_owners(directory) else named


def _is_of_others(group: TemporaryGroup, directory: Directory) -> bool:
    return group.owner is not None and group.owner not in trusted_owners(directory)


def _another(shown: TemporaryGroup) -> NamesAnother:
    return NamesAnother(f"{shown.name} is not the temporary group of the elevation.")


def _is_chosen(elevation: Elevation, group: TemporaryGroup) -> bool:
    return group.guid in {p.group.guid for p in elevation.privileges}


def _is_named(elevation: Elevation, group: TemporaryGroup) -> bool:
    return group.name.casefold() == elevation.group_name.casefold()


def _is_older(elevation: Elevation, group: TemporaryGroup) -> bool:
    return group.created_at is not None and group.created_at < elevation.known_from - CLOCKS_DIFFER


def _is_nearer(elevation: Elevation, group: TemporaryGroup, other: TemporaryGroup) -> bool:
    """Whether ``group`` was made nearer to the grant than ``other``; so it is where that can't be told."""
    if group.created_at is None or other.created_at is None:
        return True
    begun = elevation.granted_at or elevation.requested_at
    return abs(group.created_at - begun) < abs(other.created_at - begun)
