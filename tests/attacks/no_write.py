# SPDX-License-Identifier: MIT
"""A domain controller that answers each question and does no write: what it was seen to give it goes on
giving, and the others do not wait for it.
"""

from __future__ import annotations

import time
from typing import Literal

from tests.attacks.doings import ARRIVED, FEW
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field, Said
from tests.attacks.registry import attack
from tests.faults.liar import BUSY

_KIND = "a domain controller answers and does no write"


def _swept_anew(field: Field, copy: Copy, times: int = 3) -> Said:
    """By a program of its own each time."""
    said = NOTHING_SAID
    for number in range(times):
        if number:
            time.sleep(ARRIVED)
        said = field.copy(folder=copy.folder, provider=copy.provider, new=False).sweep()
    return said


def _back(field: Field, writes: int | Literal["nothing"]) -> None:
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        two.refuse()
        field.wait_past(elevation)
        _swept_anew(field, copy, 1)
        two.mend()
        two.lies.writes = writes
        field.require_not_silent(_swept_anew(field, copy))


@attack(_KIND, "dc2 was away at the end and is back; no answer comes")
def back_and_no_answer(field: Field) -> None:
    _back(field, "nothing")


@attack(_KIND, "dc2 was away at the end and is back; it is busy for each", short=True)
def back_and_busy(field: Field) -> None:
    _back(field, BUSY)


def _main(field: Field, writes: int | Literal["nothing"]) -> None:
    one, _ = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW)
    field.pair.await_replication()
    with field.no_replication_to_dc2():
        one.lies.writes = writes
        field.wait_past(elevation)
        said = _swept_anew(field, copy)
        held = field.held()
        if held["dc2.corp.example.test"]:
            raise Broken("outlived_deadline", f"dc2, which writes, still gives it: {held}")
        field.require_not_silent(said)


@attack(_KIND, "dc1, which took the grant, is busy for each; dc2 writes")
def main_is_busy(field: Field) -> None:
    _main(field, BUSY)


@attack(_KIND, "dc1, which took the grant, answers none; dc2 writes")
def main_answers_none(field: Field) -> None:
    _main(field, "nothing")
