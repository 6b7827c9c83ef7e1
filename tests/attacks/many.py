# SPDX-License-Identifier: MIT
"""Many elevations of many accounts that are due at the same second."""

from __future__ import annotations

from dataclasses import replace

from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.settings import PrivilegedAccount
from tests.attacks.field import Copy, Field
from tests.samba.verifier import sid_text


def due_at_once(field: Field, copy: Copy, how_many: int, *, seconds: int = 12) -> list[Elevation]:
    """So many, of an account each, granted one after the other; the last one has ``seconds``.

    The field looks at the first of the accounts as ever; `held_by_any` looks at all.
    """
    accounts = [field.ref(field.arena.account)]
    accounts += [field.ref(field.arena.add_account(f"{field.arena.tag}-{n}")) for n in range(1, how_many)]
    provider = replace(copy.provider, accounts=tuple(map(PrivilegedAccount, accounts)))
    copy.app.store.save_provider(provider, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    copy.provider = provider
    made = []
    for number, account in enumerate(accounts):
        request = CheckoutRequest(
            provider_id=provider.id,
            account=account.guid,
            privileges=(provider.jit.privileges[0].group.guid,),
            duration_seconds=seconds + (how_many - number) // 2,
            requested_by=copy.app.actor,
        )
        made.append(copy.app.service.check_out(request, copy.recorder))
    return sorted(made, key=lambda e: e.deadline, reverse=True)


def held_by_any(field: Field, copy: Copy) -> int:
    """How many accounts still have the first group, at dc1."""
    sid = sid_text(field.admin.sid(field.arena.global_target))
    accounts = [a.account.dn for a in copy.provider.accounts]
    return sum(sid in field.admin.token_groups(dn) for dn in accounts)
