# SPDX-License-Identifier: MIT
"""Finds what a command line names: a provider, an account, privileges, an elevation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from jit_desktop.app import Application
from jit_desktop.commands.wording import listed
from jit_desktop.elevation.dn import is_dn, same_dn
from jit_desktop.elevation.errors import AmbiguousName, StoreDamaged, StoreError, UnknownItem
from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Store
from jit_desktop.elevation.settings import DomainProvider, PrivilegedAccount, ProviderPrivilege

_Item = TypeVar("_Item")


def choose_provider(store: Store, name: str) -> DomainProvider:
    """The provider called ``name`` (name or id); without a name the only one there is.

    One that only a copy of the settings knows is meant where nothing else has that name, or where there is no
    other: it makes nothing ambiguous that is set up.
    """
    providers = store.providers()
    missing = store.missing_providers()
    if not providers:
        raise UnknownItem(
            "No provider is set up.", remedy="Import a settings file, or add one in the settings window."
        )
    if not name:
        providers = [p for p in providers if p.id not in missing] or providers
        if len(providers) > 1:
            raise AmbiguousName(
                f"There are {len(providers)} providers.",
                remedy=f"Name one with --provider: {listed(p.name for p in providers)}.",
            )
        return providers[0]
    found = [p for p in providers if name in (p.id, p.name) or name.casefold() == p.name.casefold()]
    found = [p for p in found if p.id not in missing] or found
    return _only(found, "provider", name, [p.name for p in providers])


def choose_account(provider: DomainProvider, name: str) -> PrivilegedAccount:
    """The privileged account called ``name``: logon name, display name, GUID or DN."""
    found = [a for a in provider.accounts if _is_named(a.account, a.display_name, name)]
    return _only(found, "privileged account", name, [a.label for a in provider.accounts])


def choose_privileges(
    provider: DomainProvider, account: ObjectGuid, names: Sequence[str], sets: Sequence[str]
) -> tuple[ObjectGuid, ...]:
    """The groups that ``names`` (display name, name, GUID, DN) and the privilege sets called ``sets`` mean.

    Only what ``account`` may have is offered.
    """
    offered = provider.privileges_for(account)
    chosen: list[ObjectGuid] = []
    for name in names:
        found = [p for p in offered if _is_named(p.group, p.display_name, name)]
        privilege: ProviderPrivilege = _only(found, "privilege", name, [p.label for p in offered])
        chosen.append(privilege.group.guid)
    bundles = provider.sets_for(account)
    for name in sets:
        bundle = _only(
            [b for b in bundles if b.name.casefold() == name.casefold()],
            "privilege set",
            name,
            [b.name for b in bundles],
        )
        chosen += [p.group.guid for p in offered if p.group.guid in bundle.privileges]
    return tuple(dict.fromkeys(chosen))


def choose_elevation(app: Application, name: str) -> Elevation:
    """The open elevation that ``name`` means: its id, the beginning of its id, or its account.

    Raises :class:`StoreDamaged` where there is none among those that can be read, and others can't be.
    """
    elevations = app.store.open_elevations()
    unread = app.unread()
    found = [e for e in elevations if e.id == name or _is_named(e.account, "", name)]
    if not found and len(name) >= 4:
        found = [e for e in elevations if e.id.startswith(name.lower())]
    return _only(found, "open elevation", name, [e.account.name for e in elevations], unread)


def choose_any_elevation(app: Application, name: str) -> Elevation:
    """As :func:`choose_elevation`, or an ended one by its id or the beginning of that."""
    try:
        return choose_elevation(app, name)
    except (UnknownItem, StoreDamaged):
        ended = app.store.history(limit=10_000) if len(name) >= 4 else []
        found = [e for e in ended if e.id.startswith(name.lower())]
        return _only(found, "elevation", name, [], app.unread())


def _is_named(ref: ObjectRef, display_name: str, name: str) -> bool:
    if name.lower() == ref.guid or name.casefold() in (ref.name.casefold(), display_name.casefold()):
        return bool(name)
    return is_dn(name) and is_dn(ref.dn) and same_dn(name, ref.dn)


def _only(
    found: Sequence[_Item],
    what: str,
    name: str,
    offered: Sequence[str],
    unread: StoreError | None = None,
) -> _Item:
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousName(
            f"{name!r} fits {len(found)} of them ({what}).", subject=name, remedy="Name it by its GUID or id."
        )
    if unread is not None:
        raise StoreDamaged(
            f"There is no {what} {name!r} among those that can be read. {unread.message}",
            subject=name,
            remedy=unread.remedy,
        )
    remedy = f"There is: {listed(offered)}." if offered else "There is none."
    raise UnknownItem(f"There is no {what} {name!r}.", subject=name, remedy=remedy)
