# SPDX-License-Identifier: MIT
"""Finds the temporary group of a grant that died before the GUID of its group was recorded, and whose group
somebody has moved or renamed since: by what is in the chosen groups. Proves that one is gone.
"""

from __future__ import annotations

from dataclasses import replace

from jit_desktop.elevation import record
from jit_desktop.elevation.dn import split_dn
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.model import Elevation, GrantedPrivilege
from jit_desktop.elevation.own_group import is_group_of
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.remaining import find_group, links_of

_OUT_OF_PLACE = "it was moved out of the creation location"


def traced(elevation: Elevation, directory: Directory) -> Elevation:
    """``elevation`` with the GUID of its temporary group, where that was not recorded and can be found.

    One that is not where it was made is suspect: what took it away may have changed more of it, and its name
    and its record prove less than a GUID. Raises what :func:`find_group` raises, and
    :class:`DirectoryUnavailable` where the domain controller does not answer.
    """
    if elevation.group_guid is not None:
        return elevation
    group = find_group(elevation, directory)
    if not isinstance(group, NotVisible):
        return replace(elevation, group_guid=group.guid)
    for privilege in elevation.privileges:
        try:
            found = _in_target(elevation, privilege.group.guid, directory)
        except DirectoryUnavailable:
            raise
        except DirectoryError:
            continue  # whether the right is still there is for the look afterwards to say
        if found is not None:
            return found
    return elevation


def is_gone(elevation: Elevation, directory: Directory) -> bool:
    """Whether it is proven that the temporary group of ``elevation`` is not there any more, and not only that
    it is not shown: its location may be listed, and each chosen group shows that it has no such member.
    """
    try:
        if not isinstance(find_group(elevation, directory), NotVisible):
            return False
        if not directory.can_list(directory.read(elevation.location.guid).dn):
            return False
        return not still_in(elevation, directory)
    except DirectoryUnavailable:
        raise
    except DirectoryError:
        return False


def still_in(elevation: Elevation, directory: Directory) -> tuple[str, ...]:
    """The chosen groups that have the temporary group as a member by their own lists, also where that is not
    shown itself, or may have it: a list that can't be read looks like one of nobody."""
    return tuple(p.label for p in elevation.privileges if not _is_without(elevation, p, directory))


def _is_without(elevation: Elevation, privilege: GrantedPrivilege, directory: Directory) -> bool:
    own = elevation.group_guid
    links = links_of(privilege, directory, lambda: own is not None and directory.was_deleted(own))
    return links is not None and own not in links


def _in_target(elevation: Elevation, target: ObjectGuid, directory: Directory) -> Elevation | None:
    for link in directory.member_links(target):
        parts = split_dn(link.dn)
        if not parts or parts[0][1].casefold() != elevation.group_name.casefold():
            continue
        shown = directory.temporary_group(link.guid)
        if isinstance(shown, NotVisible):
            return replace(elevation, group_guid=link.guid, suspicion=elevation.suspicion or _OUT_OF_PLACE)
        if is_group_of(elevation, shown, directory):
            return _out_of_place(elevation, shown)
    there = directory.groups_in(target)
    return next((_out_of_place(elevation, g) for g in there if is_group_of(elevation, g, directory)), None)


def _out_of_place(elevation: Elevation, group: TemporaryGroup) -> Elevation:
    why = elevation.suspicion or _contradiction(group) or _OUT_OF_PLACE
    return replace(elevation, group_guid=group.guid, suspicion=why)


def _contradiction(group: TemporaryGroup) -> str:
    try:
        return record.contradiction(record.decode(group.info), group)
    except record.RecordInvalid as error:
        return str(error)
