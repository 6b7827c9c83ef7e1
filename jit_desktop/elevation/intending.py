# SPDX-License-Identifier: MIT
"""What a request comes to, before anything is checked in the directory."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from jit_desktop.elevation.errors import Refused
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.lease import GRANT_LEASE_SECONDS
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, GrantedPrivilege
from jit_desktop.elevation.naming import group_name
from jit_desktop.elevation.rules import deadline_for
from jit_desktop.elevation.settings import DomainProvider


def intended(
    provider: DomainProvider,
    request: CheckoutRequest,
    now: datetime,
    controller: str,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> Elevation:
    """The elevation that a request asks for at ``now`` (UTC, the domain's clock), as it is recorded before
    anything else happens. Raises :class:`Refused` where it can't be."""
    location = provider.jit.location
    if location is None:
        raise Refused("No creation location is set.", remedy="Choose one in the settings of the provider.")
    account = next(a for a in provider.accounts if a.account.guid == request.account)
    offered = {p.group.guid: p for p in provider.privileges_for(request.account)}
    elevation_id = ElevationId(new_id())
    return Elevation(
        id=elevation_id,
        provider_id=provider.id,
        account=account.account,
        privileges=tuple(
            GrantedPrivilege(offered[g].group, offered[g].display_name) for g in request.privileges
        ),
        group_name=group_name(provider.jit.group_prefix, elevation_id),
        location=location,
        requested_by=request.requested_by,
        requested_at=now,
        duration_seconds=request.duration_seconds,
        deadline=deadline_for(provider, request, now),
        state=State.GRANTING,
        reason=request.reason.strip(),
        ticket=request.ticket.strip(),
        domain_controller=controller,
        next_attempt_at=now + timedelta(seconds=GRANT_LEASE_SECONDS),
    )
