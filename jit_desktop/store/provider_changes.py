# SPDX-License-Identifier: MIT
"""What a change of settings changed, field by field, for the audit trail."""

from __future__ import annotations

from dataclasses import fields

from jit_desktop.elevation.identity import ObjectRef
from jit_desktop.elevation.settings import DomainProvider


def settings_changes(old: DomainProvider | None, new: DomainProvider | None) -> dict[str, object]:
    """Each field that differs, by its path, as ``{"old": …, "new": …}``; ``None`` stands for its absence.

    Items of a list are named by what identifies them, so that adding one does not show all that follow it
    as changed. Settings hold no secret, so neither does this.
    """
    before, after = _flat(old), _flat(new)
    return {
        path: {"old": before.get(path), "new": after.get(path)}
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }


def _object(ref: ObjectRef | None) -> str | None:
    return None if ref is None else f"{ref.dn} ({ref.guid})"


def _flat(provider: DomainProvider | None) -> dict[str, object]:
    if provider is None:
        return {}
    flat: dict[str, object] = {"name": provider.name}
    for part, value in (("connection", provider.connection), ("policy", provider.policy)):
        for each in fields(value):
            content = getattr(value, each.name)
            flat[f"{part}.{each.name}"] = list(content) if isinstance(content, tuple) else content
    jit = provider.jit
    flat["jit.group_prefix"] = jit.group_prefix
    flat["jit.location"] = _object(jit.location)
    flat["jit.replication_latency_seconds"] = jit.replication_latency_seconds
    flat["jit.replication_mode"] = jit.replication_mode.value
    flat["jit.privilege_sets_enabled"] = jit.privilege_sets_enabled
    flat["jit.privileges"] = [p.group.guid for p in jit.privileges]
    flat["accounts"] = [a.account.guid for a in provider.accounts]
    for p in jit.privileges:
        flat[f"jit.privileges.{p.group.guid}"] = {"group": p.group.dn, "display_name": p.display_name}
    for a in provider.accounts:
        flat[f"accounts.{a.account.guid}"] = {"account": a.account.dn, "display_name": a.display_name}
    for s in jit.privilege_sets:
        flat[f"jit.privilege_sets.{s.id}"] = {
            "name": s.name,
            "privileges": sorted(s.privileges),
            "accounts": sorted(s.accounts),
        }
    return flat
