# SPDX-License-Identifier: MIT
"""Which scope the temporary group must have so that it can be a member of every chosen group."""

from __future__ import annotations

from collections.abc import Sequence

from jit_desktop.elevation.dn import domain_dn, domain_name, same_dn
from jit_desktop.elevation.errors import CannotNest
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind, GroupScope


def scope_for(
    targets: Sequence[DirectoryEntry], account: DirectoryEntry, location: DistinguishedName
) -> GroupScope:
    """The scope of a temporary group in ``location`` that holds ``account`` and is nested into ``targets``.

    Domain local where every target is a domain local group of the same domain: such a membership is looked
    up anew for each service ticket ([MS-KILE] 3.3.5.7.3), so that it begins *and ends* without a new logon.
    Otherwise global, which fits global, universal and domain local groups. Raises
    :class:`~jit_desktop.elevation.errors.CannotNest` with the reason (rules: Microsoft, *Nesting in native
    mode*).
    """
    home = domain_dn(location)
    if not targets:
        raise CannotNest("No privilege was chosen.", remedy="Choose at least one.")
    if not same_dn(domain_dn(account.dn), home):
        raise CannotNest(
            f"{account.name} belongs to the domain {domain_name(account.dn)}, but temporary groups are made "
            f"in {domain_name(home)}.",
            subject=account.dn,
            remedy="Use an account of the same domain, or a provider for that domain.",
        )
    for target in targets:
        require_suitable(target, home)
    local = all(
        target.scope is GroupScope.DOMAIN_LOCAL and same_dn(domain_dn(target.dn), home) for target in targets
    )
    return GroupScope.DOMAIN_LOCAL if local else GroupScope.GLOBAL


def require_suitable(target: DirectoryEntry, home: DistinguishedName) -> None:
    """Raise :class:`CannotNest` unless a temporary group of the domain ``home`` fits into ``target``."""
    if target.kind is not EntryKind.GROUP or target.scope is None:
        raise CannotNest(
            f"{target.name} is not a group.",
            subject=target.dn,
            remedy="Remove it from the provider privileges.",
        )
    if not target.security_enabled:
        raise CannotNest(
            f"{target.name} is a distribution group and gives no rights.",
            subject=target.dn,
            remedy="Choose a security group.",
        )
    if target.scope is GroupScope.GLOBAL and not same_dn(domain_dn(target.dn), home):
        raise CannotNest(
            f"{target.name} is a global group of {domain_name(target.dn)}; it takes members of its own "
            "domain only.",
            subject=target.dn,
            remedy="Use a provider for that domain.",
        )
