# SPDX-License-Identifier: MIT
"""Whoever may write the texts of a temporary group writes all of them again; a copy that does not know the
elevation sweeps, and the one that granted it is dead."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest import mock

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.settings import PrivilegedAccount
from tests.attacks.doings import FEW, add_guest, retell, swept, then
from tests.attacks.field import Field
from tests.attacks.registry import attack

_TEXTS = "all texts of a temporary group are written again"
_LATER = timedelta(hours=7)
_AWAY = "a domain controller that was away at the end"
_TRACE = "what is left of a temporary group gives nothing, and its account has the right"


class _Dies(BaseException):
    """The process is gone."""


def _written_again(field: Field, *, info: bool, sentence: bool) -> None:
    """The end that is named by the texts which stay is later; a text that does not stay is removed."""
    alice = field.copy()
    elevation = alice.check_out(FEW)
    alice.app.store.close()
    group = field.group(elevation)
    later = replace(elevation, deadline=elevation.deadline + _LATER)
    if info:
        retell(field, group, end=f"{datetime.now(UTC) + _LATER:%Y-%m-%dT%H:%M:%SZ}")
    else:
        field.admin.set_attribute(group, "info")
    if sentence:
        field.admin.set_attribute(group, "description", record.sentence(later, later.deadline))
    else:
        field.admin.set_attribute(group, "description")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_TEXTS, "both name a later end", short=True)
def both_later(field: Field) -> None:
    _written_again(field, info=True, sentence=True)


@attack(_TEXTS, "the record names a later end, the sentence is removed")
def sentence_removed(field: Field) -> None:
    _written_again(field, info=True, sentence=False)


@attack(_TEXTS, "the record is removed, the sentence names a later end")
def record_removed(field: Field) -> None:
    _written_again(field, info=False, sentence=True)


@attack(_TEXTS, "by a copy that dies in the middle of an extension")
def killed_extension(field: Field) -> None:
    alice = field.copy()
    elevation = alice.check_out(4 * FEW)
    create = prolonging.create

    def dying(*arguments: object) -> object:
        if arguments[1] != elevation.deadline:
            raise _Dies
        return create(*arguments)  # type: ignore[arg-type]

    with mock.patch.object(prolonging, "create", dying), contextlib.suppress(_Dies):
        alice.app.service.extend(elevation.id, int(_LATER.total_seconds()), alice.recorder)
    alice.app.store.close()
    field.pair.await_replication()
    bob = field.copy("CORP\\bob")
    bob.sweep()
    field.require_held("an extension that broke off took it before its end")
    then(field, elevation)
    swept(field, bob)


def _permanent_now(field: Field, *, emptied: bool) -> None:
    alice = field.copy()
    elevation = alice.check_out(FEW)
    alice.app.store.close()
    group = field.group(elevation)
    for target in field.arena.targets:
        field.admin.add_members(target, [field.arena.account])
        if not emptied:
            field.admin.remove_members(target, [group])
    if emptied:
        field.admin.remove_members(group, [field.arena.account])
    then(field, elevation)
    said = field.copy("CORP\\bob").sweep()
    assert "still has" in said.words, said.words


@attack(_TRACE, "directly, the group was taken out of the chosen groups; an empty copy")
def permanent_and_unnested(field: Field) -> None:
    _permanent_now(field, emptied=False)


@attack(_TRACE, "directly, the account was taken out of the group; an empty copy")
def permanent_and_emptied(field: Field) -> None:
    _permanent_now(field, emptied=True)


@attack(_TRACE, "by the group of a guest's elevation; an empty copy")
def moved_into_the_group_of_a_guest(field: Field) -> None:
    provider = field.provider()
    guest = PrivilegedAccount(field.ref(add_guest(field)))
    provider = replace(provider, accounts=(*provider.accounts, guest))
    copy = field.copy(provider=provider)
    other = copy.app.service.check_out(replace(copy.request(3600), account=guest.account.guid), copy.recorder)
    elevation = copy.check_out(FEW)
    copy.app.store.close()
    field.admin.add_members(field.group(other), [field.arena.account])
    for target in field.arena.targets:
        field.admin.remove_members(target, [field.group(elevation)])
    then(field, elevation)
    swept(field, field.copy("CORP\\bob", provider=provider))


@attack(_AWAY, "the account was put into the chosen groups there; it is back")
def put_in_for_good_where_it_was_away(field: Field) -> None:
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    field.pair.await_replication()
    for domain in field.pair.domains:
        field.let_hear(domain, False)
    two.refuse()
    for target in field.arena.targets:
        field.verifiers[field.pair.dc2.host].add_members(target, [field.arena.account])
    field.wait_past(elevation)
    copy.sweep()
    two.mend()
    for domain in field.pair.domains:
        field.let_hear(domain, True)
    field.pair.await_replication()
    said = copy.command("sweep")  # a program that has not been refused by dc2 a moment ago
    assert "still has" in said.words, said.words
