# SPDX-License-Identifier: MIT
"""What is kept of a look at an elevation, and how its end is told."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.commands.output import elevation_line
from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation.inspection import Advice, AdviceKind, ControllerTruth, Inspection, TargetTruth
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, RemainingRight, Seen, Sight
from jit_desktop.elevation.outcome import still_has, was_found_ended
from jit_desktop.elevation.rolling_back import RollBack
from jit_desktop.elevation.sighting import last_sight, sight_of
from tests.unit.elevation.world import World
from tests.unit.store import values

ACTIVE = values.elevation(state=State.ACTIVE, deadline=values.NOW + timedelta(hours=1))
NOW = values.NOW
NOT_GRANTED = Advice(AdviceKind.NOT_GRANTED, "dc1 does not show all of it.", is_alarm=True)


NOT_AS_MADE = Advice(AdviceKind.NOT_AS_MADE, "dc1 shows members that it was not made with.", is_alarm=True)


def truth(host: str = "dc1", *, there: bool = True, problem: str = "") -> ControllerTruth:
    targets = tuple(TargetTruth(p, there, None, there) for p in ACTIVE.privileges)
    return ControllerTruth(host, problem, there, None, there, targets)


@pytest.mark.parametrize(
    ("truths", "advice", "seen"),
    [
        ((truth(), truth("dc2")), (), Seen.AS_GRANTED),
        ((truth(), truth("dc2")), (NOT_GRANTED,), Seen.CHANGED),
        # Another domain controller that has not heard of it yet is no change.
        ((truth(), truth("dc2", there=False)), (), Seen.AS_GRANTED),
        ((truth(there=False),), (NOT_GRANTED,), Seen.NOT_VISIBLE),
        ((truth(), truth("dc2")), (NOT_AS_MADE,), Seen.CHANGED),
        # Who could not be asked has said nothing.
        ((truth(there=False, problem="silent"), truth("dc2")), (), Seen.AS_GRANTED),
    ],
)
def test_that_a_check_is_a_look(
    truths: tuple[ControllerTruth, ...], advice: tuple[Advice, ...], seen: Seen
) -> None:
    sight = sight_of(Inspection(ACTIVE, NOW, truths, advice))
    assert sight is not None
    assert (sight.at, sight.seen) == (NOW, seen)
    if seen is Seen.CHANGED:
        assert sight.words == advice[0].text


def test_that_a_check_that_reached_nobody_is_no_look() -> None:
    assert sight_of(Inspection(ACTIVE, NOW, (truth(problem="silent"),))) is None


def test_that_the_last_look_is_the_later_one_of_grant_and_sight() -> None:
    granted = replace(ACTIVE, granted_at=NOW, ready_at=NOW, sight=None, adopted=False)
    assert last_sight(granted) == Sight(NOW, Seen.AS_GRANTED)
    later = Sight(NOW + timedelta(minutes=5), Seen.CHANGED, "somebody")
    assert last_sight(replace(granted, sight=later)) == later
    assert last_sight(replace(granted, granted_at=None)) is None
    assert last_sight(replace(granted, adopted=True)) is None, "its grant was not read back by us"


class Died(BaseException):
    """The program ends here."""


@pytest.mark.parametrize("died_at", ["create_group", "add_member", None])
def test_that_a_grant_that_was_not_read_back_is_no_look(
    monkeypatch: pytest.MonkeyPatch, died_at: str | None
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise Died

    world = World()
    if died_at is not None:
        monkeypatch.setattr(DemoDirectory, died_at, dies)
        monkeypatch.setattr(RollBack, "run", dies)
    with nullcontext() if died_at is None else pytest.raises(Died):
        world.check_out()
    left = world.only()
    assert left.granted_at is not None
    assert (last_sight(left) is None) == (died_at is not None)
    shown = elevation_line(left, left.granted_at)
    assert ("not looked at yet" in shown) == (died_at is not None)


def with_rest(*rights: tuple[str, bool | None]) -> Elevation:
    group = ACTIVE.privileges[0].group.guid
    remains = tuple(RemainingRight(group, name, ("a direct membership",), since) for name, since in rights)
    return replace(ACTIVE, state=State.ENDED, remains=remains)


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ((), ""),
        ((("T", False),), "still has T permanently, since during this elevation"),
        ((("T", True),), "still has T permanently, as before this elevation"),
        ((("T", None),), "still has T permanently"),
        (
            (("A", True), ("B", False), ("C", False)),
            (
                "still has B and C permanently, since during this elevation; "
                "still has A permanently, as before this elevation"
            ),
        ),
    ],
)
def test_that_what_remains_is_said_with_its_beginning(
    rights: tuple[tuple[str, bool | None], ...], words: str
) -> None:
    assert still_has(with_rest(*rights)) == words


def test_that_what_another_elevation_gives_is_not_called_permanent() -> None:
    lent = RemainingRight(ACTIVE.privileges[0].group.guid, "B", ("X until then",), by_elevation=True)
    ended = with_rest(("A", False))
    assert still_has(replace(ended, remains=(*ended.remains, lent))) == (
        "still has A permanently, since during this elevation; still has B by another elevation"
    )


def test_that_only_an_end_by_somebody_else_was_found() -> None:
    found = {reason for reason in EndReason if was_found_ended(replace(ACTIVE, end_reason=reason))}
    assert found == {EndReason.REMOVED_ELSEWHERE, EndReason.DIRECTORY}
