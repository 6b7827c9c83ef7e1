# SPDX-License-Identifier: MIT
"""Records that name somebody or something else, and groups of ours without any text of ours."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import PrivilegedAccount, ProviderPrivilege
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.attacks.doings import FEW, add_guest, guid_hex, put_between, retell, swept, then
from tests.attacks.field import Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, TEXTS, Access

_RECORD = "a record that names somebody or something else"
_TRACES = "a group of ours without any text of ours"


def wipe(field: Field, group: str) -> str:
    field.admin.set_attribute(group, "info")
    field.admin.set_attribute(group, "description")
    return field.admin.rename(group, f"Printers {field.arena.tag}")


def _sql(copy: Copy, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as database:
        database.execute(statement, values)
        database.commit()


@attack(_RECORD, "another account and another group; an empty copy sweeps again and again", short=True)
def another_account_and_group(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    foreign = [guid_hex(field, field.arena.foreign_target)]
    retell(field, field.group(elevation), acc=guid_hex(field, add_guest(field)), tgt=foreign)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_RECORD, "fewer groups, and the account comes in through another one; an empty copy sweeps")
def fewer_groups(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    put_between(field, field.group(elevation))
    retell(field, field.group(elevation), tgt=[guid_hex(field, field.arena.global_target)])
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_RECORD, "the id of an elevation of somebody else that the other copy has ended")
def id_of_an_old_one(field: Field) -> None:
    provider = field.provider()
    guest = PrivilegedAccount(field.ref(add_guest(field)))
    provider = replace(provider, accounts=(*provider.accounts, guest))
    bob = field.copy("CORP\\bob", provider=provider)
    request = replace(
        bob.request(600),
        account=guest.account.guid,
        privileges=(provider.jit.privileges[0].group.guid,),
    )
    old = bob.app.service.check_out(request, bob.recorder)
    bob.app.service.check_in(old.id, bob.recorder)
    field.pair.await_replication()
    bob.sweep()
    elevation = field.copy(provider=provider).check_out(FEW)
    retell(field, field.group(elevation), id=str(old.id))
    then(field, elevation)
    swept(field, bob)


@attack(_RECORD, "a later end within the policy; an empty copy sweeps")
def later_end_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    end = datetime.now(UTC) + timedelta(hours=1)
    retell(field, field.group(elevation), end=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_RECORD, "a later end in the row of its own copy, while the directory has the right one")
def later_end_in_the_row(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    end = elevation.deadline + timedelta(hours=1)
    _sql(copy, "update elevation set deadline = ?", f"{end:%Y-%m-%dT%H:%M:%S.%fZ}")
    then(field, elevation)
    swept(field, copy, 2)


@attack(_RECORD, "the provider's row is gone while its elevation is open, and another provider is swept")
def provider_gone(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    provider = copy.provider
    second = replace(
        provider,
        id=ProviderId(str(uuid.uuid4())),
        name="second",
        jit=replace(provider.jit, privileges=(ProviderPrivilege(field.ref(field.arena.foreign_target)),)),
        accounts=(PrivilegedAccount(field.ref(add_guest(field))),),
    )
    _sql(copy, "delete from provider where id = ?", str(provider.id))
    again = field.copy(folder=copy.folder, provider=second)
    then(field, elevation)
    swept(field, again, 2)


@attack(_TRACES, "renamed, record and description removed; an empty copy sweeps")
def wiped(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    wipe(field, field.group(elevation))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_TRACES, "renamed, record and description removed, and moved; an empty copy sweeps")
def wiped_and_moved(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    field.admin.move(wipe(field, field.group(elevation)), field.arena.ou)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_TRACES, "renamed and moved to where nothing may be seen; an empty copy sweeps")
def moved_into_the_dark(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    dark = field.admin.create_ou(f"Dark {field.arena.tag}", field.arena.ou)
    field.admin.deny(dark, SERVICE.dn, Access.SEE, below_too=True)
    group = field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    field.admin.deny(field.admin.move(group, dark), SERVICE.dn, Access.SEE)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


def _killed(field: Field) -> tuple[Copy, Elevation]:
    """A grant that gave everything and was killed before its row says which group gives it."""
    copy = field.copy()
    program = Path(__file__).with_name("killed_grant.py")
    subprocess.run(
        [sys.executable, str(program), str(copy.folder), SERVICE.password, "8"],
        env=dict(copy.environment),
        check=False,
    )
    field.until_held()
    (row,) = copy.rows()
    return copy, row


@attack(_TRACES, "of a grant that was killed: renamed, texts removed; its own copy sweeps")
def killed_and_wiped(field: Field) -> None:
    copy, elevation = _killed(field)
    wipe(field, field.group(elevation))
    then(field, elevation)
    swept(field, copy)
    if field.is_held():
        field.require_open(copy, elevation, f"held {field.held()}")


# --- hidden, not wiped --------------------------------------------------------------------------------------


def hide(field: Field, group: str, *texts: str) -> None:
    for text in texts:
        what = TEXTS.get(text) or ATTRIBUTES[text]
        field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=what)


@attack(_TRACES, "renamed, record and description hidden; an empty copy sweeps")
def hidden_texts(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    hide(field, group, "info", "description")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_TRACES, "renamed, texts and the number of their writes hidden, and moved; an empty copy sweeps")
def hidden_and_moved(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    group = field.admin.move(group, field.arena.ou)
    hide(field, group, "info", "description", "name", "replPropertyMetaData")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_TRACES, "not renamed: record, description and name hidden; an empty copy sweeps")
def hidden_name(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    hide(field, field.group(elevation), "info", "description", "name")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


# --- what is not offered here -------------------------------------------------------------------------------


def _offers_another(field: Field, *, lends_to_guest: bool = False) -> Copy:
    """A copy with the same location, and another chosen group."""
    provider = field.provider()
    other = ProviderPrivilege(field.ref(field.arena.add_target(f"Other {field.arena.tag}")))
    provider = replace(provider, jit=replace(provider.jit, privileges=(other,)))
    if lends_to_guest:
        provider = replace(provider, accounts=(PrivilegedAccount(field.ref(add_guest(field))),))
    return field.copy("CORP\\bob", provider=provider)


@attack(_TRACES, "record removed; an empty copy that offers something else sweeps")
def no_record_and_not_offered(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    field.admin.set_attribute(field.group(elevation), "info")
    then(field, elevation)
    swept(field, _offers_another(field))


@attack(_TRACES, "renamed, record and description removed; an empty copy that offers something else sweeps")
def wiped_and_not_offered(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    wipe(field, field.group(elevation))
    then(field, elevation)
    swept(field, _offers_another(field))


@attack(_TRACES, "all texts hidden; an empty copy that offers something else to somebody else sweeps")
def hidden_and_not_offered(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    hide(field, field.group(elevation), "info", "description", "name")
    then(field, elevation)
    swept(field, _offers_another(field, lends_to_guest=True))


@attack(_RECORD, "none of its groups; an empty copy that offers something else sweeps")
def record_of_nothing_and_not_offered(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    foreign = [guid_hex(field, field.arena.foreign_target)]
    retell(field, field.group(elevation), tgt=foreign)
    then(field, elevation)
    swept(field, _offers_another(field))
