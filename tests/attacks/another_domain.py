# SPDX-License-Identifier: MIT
"""The settings lead to another domain of the same name: a lab, a copy for tests, one that was built anew."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef
from jit_desktop.elevation.settings import (
    CertificateTrust,
    DomainProvider,
    PrivilegedAccount,
    ProviderPrivilege,
)
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba import hostnames
from tests.samba import server as samba_server
from tests.samba.names import BASE_DN, PRIVILEGED_PASSWORD, SERVICE
from tests.samba.server import SambaDomain, SambaServer
from tests.samba.verifier import Verifier, sid_text

_KIND = "the settings lead to another domain of the name"
_SECONDS = 8


@contextmanager
def _lab(field: Field, *, is_anew: bool) -> Iterator[tuple[SambaDomain, Verifier]]:
    """A domain with the same names in the place of the other one: built anew, with a SID of its own, or the
    template of the pair, a copy from before the objects of the attack were made."""
    with ExitStack() as stack:
        with mock.patch.object(samba_server, "CACHE", field.folder if is_anew else samba_server.CACHE):
            server = stack.enter_context(SambaServer())
        lab = server.start()
        admin = stack.enter_context(lab.verifier())
        stack.enter_context(hostnames.resolved_here(lab.hosts, lab.environment))
        if is_anew is (sid_text(admin.sid(BASE_DN)) == sid_text(field.admin.sid(BASE_DN))):
            raise Broken("wrong", "its SID is not what it should be")
        yield lab, admin


def _leads_there(provider: DomainProvider, lab: SambaDomain) -> DomainProvider:
    trust = replace(provider.connection, trust=CertificateTrust.CA_FILE, ca_file=str(lab.ca_file))
    return replace(provider, connection=trust)


def _folders(field: Field, admin: Verifier) -> tuple[str, str]:
    """Those of the other domain: the one of the objects, and the creation location in it."""
    ou = admin.create_ou(field.arena.ou.split(",")[0].removeprefix("OU="))
    location = admin.create_ou("Temporary Groups", ou)
    admin.delegate_creation(location, SERVICE.dn)
    return ou, location


def _chosen_there(provider: DomainProvider, field: Field, admin: Verifier) -> DomainProvider:
    """As ``settings import`` does it: each object is looked up again by its name."""
    ou, location = _folders(field, admin)

    def ref(dn: str) -> ObjectRef:
        name = admin.text(dn, "sAMAccountName") or admin.text(dn, "name") or ""
        return ObjectRef(ObjectGuid(str(uuid.UUID(bytes_le=admin.guid(dn)))), DistinguishedName(dn), name)

    groups = [admin.create_group(dn.split(",")[0].removeprefix("CN="), ou) for dn in field.arena.targets]
    account = admin.create_user(field.arena.account_name, ou, PRIVILEGED_PASSWORD)
    privileges = tuple(ProviderPrivilege(ref(dn)) for dn in groups)
    return replace(
        provider,
        jit=replace(provider.jit, privileges=privileges, location=ref(location)),
        accounts=(PrivilegedAccount(ref(account)),),
    )


def _save(copy: Copy, provider: DomainProvider) -> None:
    copy.app.store.save_provider(provider, at=datetime.now(UTC), actor=copy.app.actor)


def _require_alarm_and_end(field: Field, *, is_imported: bool, is_anew: bool) -> None:
    copy = field.copy()
    elevation = copy.check_out(_SECONDS)
    with _lab(field, is_anew=is_anew) as (lab, admin):
        there = _leads_there(copy.provider, lab)
        if is_imported:
            there = _chosen_there(there, field, admin)
        else:
            _folders(field, admin)
        _save(copy, there)
        field.wait_past(elevation)
        for _ in range(2):
            field.require_not_silent(copy.sweep())
            field.require_open(copy, elevation, "what another domain shows")
    _save(copy, copy.provider)
    field.until_over(copy, elevation)


@attack(_KIND, "a copy from before, with folders of the same names")
def older_copy_with_folders(field: Field) -> None:
    _require_alarm_and_end(field, is_imported=False, is_anew=False)


@attack(_KIND, "a copy from before, and all that is chosen was chosen again there")
def older_copy_imported(field: Field) -> None:
    _require_alarm_and_end(field, is_imported=True, is_anew=False)


@attack(_KIND, "one that was built anew, and all that is chosen was chosen again there")
def built_anew(field: Field) -> None:
    _require_alarm_and_end(field, is_imported=True, is_anew=True)
