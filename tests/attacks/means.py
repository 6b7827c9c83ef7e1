# SPDX-License-Identifier: MIT
"""The group can't be emptied, deleted or found any more: the end has other means."""

from __future__ import annotations

from tests.attacks.field import Broken, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.samba.pair import seconds_until
from tests.samba.rights import Access

_KIND = "the end has one means only"
_FEW = 4


@attack(_KIND, "the location's delegation is taken away", short=True)
def location_denied(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the location's delegation is taken away before a check-in")
def location_denied_at_check_in(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(600)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    field.pair.await_replication()
    copy.app.service.check_in(elevation.id, copy.recorder)
    field.require_gone(within=5)


@attack(_KIND, "the group is protected from deletion")
def protected_from_deletion(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.admin.deny(field.group(elevation), SERVICE.dn, Access.DELETE | Access.DELETE_TREE)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.DELETE_CHILD)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the group is moved away", short=True)
def moved_away(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.admin.move(field.group(elevation), field.arena.ou)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the delegation on one chosen group is taken away")
def target_denied(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.admin.deny(field.arena.domain_local_target, SERVICE.dn, Access.WRITE_PROPERTY)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the delegations on the location and on one chosen group are taken away")
def nearly_all_denied(field: Field) -> None:
    """One right can't be taken back by anybody: that is an alarm, and the other two are taken back."""
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    field.admin.deny(field.arena.domain_local_target, SERVICE.dn, Access.WRITE_PROPERTY)
    field.pair.await_replication()
    field.wait_past(elevation)
    said = copy.sweep()
    field._wait(lambda: set(field.held().values()) == {1}, 5)
    if set(field.held().values()) != {1}:
        raise Broken("outlived_deadline", f"of two that could be taken back: {field.held()}")
    field.require_not_silent(said)


@attack("“gone” is believed of one domain controller", "the group is deleted at dc1 alone", short=True)
def deleted_at_one(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(600)
    with field.no_replication_to_dc2():
        field.admin.delete(field.group(elevation))
        copy.sweep()
        copy.sweep()
        if field.is_held():
            field.require_open(copy, elevation, f"held {field.held()}")
    field.until_over(copy, elevation, at_most=60)


@attack(
    "“gone” is believed of one domain controller", "the group is deleted at dc1 alone, and dc2 stays behind"
)
def deleted_at_one_for_long(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    with field.no_replication_to_dc2():
        field.admin.delete(field.group(elevation))

        def gone() -> bool:
            said = copy.sweep()
            if field.is_held() and not said.is_alarm:
                field.require_open(copy, elevation, f"held {field.held()}")
            return not field.is_held()

        try:
            seconds_until(gone, at_most=90)
        except TimeoutError:
            raise Broken("outlived_deadline", f"held {field.held()} after 90 s") from None


@attack(
    "“gone” is believed of one domain controller", "its settings' server forgets a group that dc2 still has"
)
def forgotten_by_one(field: Field) -> None:
    """As after a restore of dc1 from before the grant; the copy knows nothing of it."""
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    proxies[0].lies.hides.append(elevation.group_name.encode())
    field.wait_past(elevation)
    other = field.copy("CORP\\bob", provider=copy.provider)
    field.require_not_silent(other.sweep(), "a copy that could ask dc2:")
