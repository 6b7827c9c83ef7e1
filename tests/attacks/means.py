# SPDX-License-Identifier: MIT
"""The group can't be emptied, deleted or found any more: the end has other means."""

from __future__ import annotations

import time

from jit_desktop.elevation.lifecycle import EndReason
from jit_desktop.elevation.model import Elevation
from tests.attacks.doings import ARRIVED
from tests.attacks.field import Broken, Copy, Field
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


@attack(
    "“gone” is believed of one domain controller", "what has ended comes back on both, and dc2 stays behind"
)
def came_back_on_both(field: Field) -> None:
    """As by a restore from a file: what is removed again at dc1 goes on giving at dc2."""
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    group = field.group(elevation)
    texts = {name: field.admin.text(group, name) for name in ("info", "description")}
    field.wait_past(elevation)
    field.until_over(copy, elevation, at_most=60)
    names = {"sAMAccountName": elevation.group_name, **texts}
    restored = field.admin.create_group(elevation.group_name, field.arena.creation_ou, attributes=names)
    field.admin.add_members(restored, [field.arena.account])
    for target in field.arena.targets:
        field.admin.add_members(target, [restored])
    field.until_held()
    with field.no_replication_to_dc2():
        said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            field.require_open(copy, elevation, f"removed again at one, and held {field.held()}")


@attack("“gone” is believed of one domain controller", "dc1 goes back to a snapshot from before the grant")
def back_before_the_grant(field: Field) -> None:
    """Nobody has ended it; the sweeps are programs of their own."""
    copy, elevation = _forgotten_by_dc1(field, 3600)
    again = copy
    for _ in range(4):
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        again.tick()
        said = again.sweep()
        _require_kept(field, again, elevation)
        if said.is_alarm:
            raise Broken("false_alarms", " ".join(said.words.split()))
        time.sleep(ARRIVED)
    again.app.service.check_in(elevation.id, again.recorder)
    field.until_over(again, elevation, at_most=120)


@attack("“gone” is believed of one domain controller", "dc1 goes back to before a grant that runs out")
def back_before_the_end(field: Field) -> None:
    copy, elevation = _forgotten_by_dc1(field, 60)
    copy.tick()
    _require_kept(field, copy, elevation)
    field.wait_past(elevation)
    field.until_over(copy, elevation, at_most=120)
    if (reason := copy.row(elevation).end_reason) is not EndReason.DEADLINE:
        raise Broken("wrong", f"ended: {reason}")


@attack("“gone” is believed of one domain controller", "dc1 goes back to a snapshot while dc2 is away")
def back_while_the_other_is_away(field: Field) -> None:
    copy, elevation = _forgotten_by_dc1(field, 3600)
    field.pair.stop(field.pair.dc2)
    copy.tick()
    copy.sweep()
    field.pair.start(field.pair.dc2)
    field.look_afresh()
    again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
    for _ in range(2):
        again.sweep()
        _require_kept(field, again, elevation)
        time.sleep(ARRIVED)


def _forgotten_by_dc1(field: Field, seconds: int) -> tuple[Copy, Elevation]:
    """It would hear of its own grant again from dc2, sooner or later."""
    field.let_hear(field.pair.dc1, False)
    snapshot = field.keep()
    copy = field.copy()
    elevation = copy.check_out(seconds)
    field.go_back(snapshot, field.pair.dc1)
    if field.held() != {field.pair.dc1.host: 0, field.pair.dc2.host: 3}:
        raise RuntimeError(f"It was to be forgotten by dc1 alone: {field.held()}")
    return copy, elevation


def _require_kept(field: Field, copy: Copy, elevation: Elevation) -> None:
    row, held = copy.row(elevation), field.held()[field.pair.dc2.host]
    if not row.is_granted or held != 3:
        raise Broken("wrong", f"{row.state.value} {row.end_reason}, held by dc2: {held}")
