# SPDX-License-Identifier: MIT
"""No false alarm, and no word that is not true."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from tests.attacks.doings import FEW
from tests.attacks.field import Broken, Field
from tests.attacks.many import due_at_once, held_by_any
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.samba.pair import seconds_until
from tests.unit.elevation.helpers import Recorder

_KIND = "a false alarm"


def _cut(field: Field, how_many: int, nth: int, *, every: bool) -> None:
    one, _ = field.lie()
    copy = field.copy()
    elevations = due_at_once(field, copy, how_many)
    field.wait_past(elevations[0], 1)
    one.strike("cut before", nth)
    if every:
        for further in range(2, 5):
            one.strike("cut before", nth * further)
    copy.tick()
    field.require_no_alarm(copy, *elevations)
    one.mend()
    if held_by_any(field, copy):
        copy.tick()
    if held_by_any(field, copy):
        raise Broken("outlived_deadline", f"{held_by_any(field, copy)} of {how_many} after two ticks")
    copy.sweep()
    field.require_no_alarm(copy, *elevations)


@attack(_KIND, "one connection is cut while eight are ended", short=True)
def one_cut(field: Field) -> None:
    _cut(field, 8, 20, every=False)


@attack(_KIND, "one connection is cut early while twelve are ended")
def one_early_cut(field: Field) -> None:
    _cut(field, 12, 8, every=False)


@attack("words that are not true", "a rollback whose writes dc2 still shows")
def rolled_back_and_shown(field: Field) -> None:
    """“Nothing is left granted” is said only when it is so on both."""

    class Refusing(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.nested = 0

        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
                self.nested += 1
                if self.nested == 2:
                    field.pair.await_replication()
                    stopped.__enter__()
                    field.admin.delete(field.arena.universal_target)

    copy, stopped = field.copy(), field.no_replication_to_dc2()
    listener = Refusing()
    with suppress(JitError):
        copy.app.service.check_out(copy.request(600), listener)
    try:
        sids = field._sids[:2]
        tokens = field.verifiers[field.pair.dc2.host].token_groups(field.arena.account)
        held = [sid for sid in sids if sid in tokens]
        said = " ".join(s.message for s in listener.steps if s.step is Step.ROLL_BACK)
        if held and "Nothing is left granted" in said:
            raise Broken("wrong", "“Nothing is left granted” was said while dc2 showed rights")
        if held and not copy.rows()[0].is_open:
            raise Broken("outlived_deadline", "called over while dc2 showed rights")
    finally:
        stopped.__exit__(None, None, None)
    copy.sweep()


@attack("words that are not true", "“ended” is said only of what ended on both")
def ended_is_ended(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(600)
    with field.no_replication_to_dc2():
        copy.app.service.check_in(elevation.id, copy.recorder)
        if field.is_held() and copy.row(elevation).state is State.ENDED:
            raise Broken("outlived_deadline", f"called ended while held: {field.held()}")
    field.until_over(copy, elevation, at_most=60)
    field.require_no_alarm(copy, elevation)


def _tidied_up(field: Field, deleted: Sequence[str]) -> None:
    """Somebody deletes in mid-elevation what it is about; each sweep is a program of its own."""
    copy = field.copy()
    elevation = copy.check_out(FEW)
    field.until_held()
    for dn in deleted:
        field.admin.delete(dn)
    field.pair.await_replication()
    field.wait_past(elevation)

    def is_over() -> bool:
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = again.sweep()
        if said.is_alarm:
            raise Broken("false_alarms", said.words)
        return again.row(elevation).state is State.ENDED

    try:
        seconds_until(is_over, at_most=60)
    except TimeoutError:
        raise Broken("wrong", f"all of it is gone, and it is {copy.row(elevation).state}") from None


@attack(_KIND, "the account and a chosen group are deleted")
def account_and_chosen_group_deleted(field: Field) -> None:
    _tidied_up(field, [field.arena.account, field.arena.global_target])


@attack(_KIND, "the account and all chosen groups are deleted")
def account_and_chosen_groups_deleted(field: Field) -> None:
    _tidied_up(field, [field.arena.account, *field.arena.targets])


@attack(_KIND, "all of it is deleted, and what was deleted may be read afterwards")
def dismantled(field: Field) -> None:
    """A lab is taken down. What was deleted can't be told from what was moved to where nothing is shown: it
    is an alarm that says what to do, and over when that is done."""
    copy = field.copy()
    elevation = copy.check_out(FEW)
    field.until_held()
    for dn in (field.group(elevation), field.arena.account, *field.arena.targets):
        field.admin.delete(dn)
    field.pair.await_replication()
    field.wait_past(elevation)
    words = copy.sweep().words
    if "all of it was deleted, or moved to where nothing is shown" not in words:
        raise Broken("wrong", f"nobody is told what to do: {words}")
    for admin in field.verifiers.values():
        field.stack.callback(admin.show_no_deleted, admin.show_deleted(SERVICE.dn))
    field.pair.await_replication()
    again = field.copy(folder=copy.folder, provider=copy.provider, new=False)

    def is_over() -> bool:
        again.sweep()
        return again.row(elevation).state is State.ENDED

    try:
        seconds_until(is_over, at_most=60)
    except TimeoutError:
        raise Broken("false_alarms", again.row(elevation).failure) from None
