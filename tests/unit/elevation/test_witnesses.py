# SPDX-License-Identifier: MIT
"""No clock is believed alone; two that agree are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jit_desktop.elevation.witnesses import (
    TOLERANCE,
    Judgement,
    Reading,
    Witnesses,
    agree,
    deadline_of,
    difference_words,
    judge,
    lends_from,
)
from tests.unit.elevation.helpers import START

DC1, DC2, DC3 = "dc1.example.test", "dc2.example.test", "dc3.example.test"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ZERO = timedelta(0)


def said(
    main: timedelta,
    *others: timedelta,
    computer: timedelta = ZERO,
    carried: timedelta | None = None,
    corrected: timedelta | None = None,
    floor: timedelta | None = None,
) -> Judgement:
    """The judgement where the witnesses are so far from ``START``."""

    def at(offset: timedelta | None) -> datetime | None:
        return None if offset is None else START + offset

    return judge(
        Witnesses(
            main=Reading(DC1, START + main),
            computer=START + computer,
            others=[Reading(h, START + o) for h, o in zip((DC2, DC3), others, strict=False)],
            carried=at(carried),
            corrected=at(corrected),
            floor=at(floor),
        )
    )


def test_that_a_domain_controller_and_this_computer_that_agree_are_believed() -> None:
    time = START + timedelta(seconds=90)
    assert said(time - START) == Judgement(
        time, is_trusted=True, main_agrees=True, is_known_here=True, base=time
    )


@pytest.mark.parametrize("wrong", [DAY, -DAY, 6 * MINUTE, -6 * MINUTE])
def test_that_two_domain_controllers_outvote_what_this_computer_knows(wrong: timedelta) -> None:
    judged = said(wrong, wrong, carried=ZERO, corrected=ZERO)
    assert (judged.time, judged.is_trusted) == (START + wrong, True)
    assert bool(judged.doubt) == (wrong < ZERO), "outvoted, and not unheard where it knows a later time"


@pytest.mark.parametrize("wrong", [DAY, -DAY, 6 * MINUTE, -6 * MINUTE])
def test_that_one_domain_controller_changes_nothing_against_the_carried_time(wrong: timedelta) -> None:
    judged = said(wrong, carried=ZERO, corrected=ZERO, floor=ZERO)
    assert (judged.time, judged.is_trusted, judged.main_agrees) == (START, False, False)
    assert judged.doubt.endswith("this computer's, and nobody else could be asked which is right.")


def test_that_another_domain_controller_says_which_of_two_is_right() -> None:
    assert said(DAY, ZERO).time == START
    assert said(ZERO, DAY).time == START
    assert said(3 * HOUR, 3 * HOUR).time == START + 3 * HOUR


def test_that_a_wrong_computer_does_not_matter_beside_the_carried_time() -> None:
    judged = said(ZERO, computer=DAY, carried=ZERO, corrected=DAY)
    assert (judged.time, judged.is_trusted) == (START, True)


def test_that_a_carried_time_that_stood_still_in_a_sleep_does_not_matter_beside_the_computer() -> None:
    judged = said(8 * HOUR, computer=8 * HOUR, corrected=8 * HOUR, carried=ZERO, floor=ZERO)
    assert (judged.time, judged.is_trusted) == (START + 8 * HOUR, True)


def test_that_a_computer_whose_clock_was_mended_supports_it_as_it_stands() -> None:
    judged = said(ZERO, computer=ZERO, corrected=-3 * HOUR)
    assert (judged.time, judged.is_trusted) == (START, True)


def test_that_two_witnesses_below_the_floor_put_it_back_and_one_does_not() -> None:
    assert said(ZERO, ZERO, computer=ZERO, floor=DAY).lowers_floor
    assert said(ZERO, computer=ZERO, corrected=DAY, floor=DAY).lowers_floor
    alone = said(ZERO, computer=2 * HOUR, corrected=DAY, floor=DAY)
    assert (alone.time, alone.is_trusted, alone.lowers_floor) == (START + DAY, False, False)


def test_that_on_a_tie_the_floor_and_then_the_carried_time_decide() -> None:
    # dc1 and dc2 say yesterday, dc3 and this computer today.
    assert said(-DAY, -DAY, ZERO, floor=ZERO).time == START
    assert said(DAY, DAY, ZERO, computer=ZERO, carried=ZERO, floor=ZERO).time == START
    assert said(DAY, DAY, ZERO, computer=ZERO, floor=ZERO, corrected=ZERO).time == START


def test_that_a_computer_that_was_put_back_with_one_domain_controller_does_not_outweigh_the_floor() -> None:
    assert said(-DAY, ZERO, ZERO, computer=-DAY, floor=ZERO).time == START
    assert said(-DAY, ZERO, ZERO, computer=-DAY).time == START - DAY, "else nothing is shown by it"


def test_that_without_any_earlier_time_a_lone_domain_controller_is_counted_with_and_doubted() -> None:
    judged = said(-DAY)
    assert (judged.time, judged.is_trusted) == (START - DAY, False)
    assert judged.doubt == (
        f"{DC1}'s clock is 1 day behind this computer's, and nobody else could be asked which is right."
    )


def test_that_a_computer_below_the_floor_is_not_counted_with() -> None:
    judged = said(2 * HOUR, computer=-DAY, corrected=-DAY, floor=ZERO)
    assert (judged.time, judged.is_lost) == (START + 2 * HOUR, False)
    lost = said(-2 * DAY, computer=-DAY, corrected=-DAY, floor=ZERO)
    assert (lost.time, lost.is_lost) == (START, True)


@pytest.mark.parametrize("ahead", [6 * MINUTE, HOUR, DAY])
def test_that_this_computers_clock_alone_is_an_alarm_and_ends_nothing(ahead: timedelta) -> None:
    judged = said(ZERO, computer=ahead, corrected=ahead, floor=-HOUR)
    assert (judged.time, judged.latest, judged.is_trusted) == (START, START + ahead, False)
    against_the_floor = said(-DAY, computer=ahead, corrected=ahead, floor=-HOUR)
    assert (against_the_floor.time, against_the_floor.latest) == (START - HOUR, START + ahead)
    assert not against_the_floor.is_lost


def test_that_of_three_that_contradict_each_other_the_one_in_the_middle_counts() -> None:
    # This computer was paused, and its clock was set wrong when it went on.
    judged = said(8 * HOUR, computer=9 * HOUR, corrected=9 * HOUR, carried=ZERO, floor=ZERO)
    assert (judged.time, judged.latest) == (START + 8 * HOUR, START + 9 * HOUR)
    assert said(DAY, computer=-HOUR, corrected=-HOUR, carried=ZERO, floor=-DAY).time == START
    # What is carried on needs no other one against a clock that is proven wrong.
    assert said(-DAY, computer=-3 * DAY, corrected=-3 * DAY, carried=ZERO, floor=ZERO).time == START
    assert said(-DAY, computer=HOUR, corrected=HOUR, carried=ZERO, floor=ZERO).time == START


def test_that_two_domain_controllers_that_differ_shorten_nothing_against_both_clocks_here() -> None:
    judged = said(DAY, 3 * HOUR, corrected=ZERO, carried=ZERO, floor=ZERO)
    assert (judged.time, judged.latest) == (START, None)
    assert said(DAY, 3 * HOUR, corrected=ZERO).time == START + 3 * HOUR, "two of three call it over"


def test_that_words_name_the_clock_that_is_wrong_and_against_whom() -> None:
    assert said(DAY, ZERO).doubt == (f"{DC1}'s clock is 1 day ahead of {DC2}'s and of this computer's.")
    assert said(-HOUR, ZERO, ZERO, computer=DAY).doubt == (
        f"{DC1}'s clock is 1 hour behind {DC2}'s and {DC3}'s."
    )
    assert said(DAY, 3 * HOUR).doubt == (
        f"{DC1}'s clock is 21 hours ahead of {DC2}'s and 1 day ahead of this computer's, "
        "and no two of them agree."
    )


def test_that_of_those_that_agree_against_the_main_one_the_later_counts() -> None:
    assert said(-DAY, ZERO, MINUTE, computer=DAY).time == START + MINUTE
    assert said(-DAY, ZERO, MINUTE).time == START, "unless one has a second witness"


# --- two that went back together --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known",
    [
        {"carried": ZERO, "corrected": ZERO},
        {"floor": ZERO, "corrected": ZERO},
        {"floor": ZERO},
        {"floor": ZERO, "corrected": 30 * DAY, "computer": 30 * DAY},
        {"floor": ZERO, "computer": -DAY},
        {"floor": ZERO, "corrected": ZERO, "carried": -2 * HOUR, "computer": 3 * HOUR},
        {"floor": ZERO, "corrected": 4 * MINUTE - HOUR, "carried": 4 * MINUTE - HOUR},
    ],
    ids=" ".join,
)
def test_that_where_both_go_back_what_is_known_here_is_an_alarm_and_stays(
    known: dict[str, timedelta],
) -> None:
    judged = said(-HOUR, -HOUR, **known)
    latest = max(known.get("floor", ZERO), known.get("corrected", ZERO))
    assert (judged.time, judged.latest) == (START - HOUR, START + latest), "ended by one, told by the other"
    assert (judged.is_trusted, judged.went_back, judged.base) == (True, True, None)
    assert not judged.lowers_floor


def test_that_words_say_that_the_clocks_of_the_domain_went_back() -> None:
    assert said(-HOUR, -HOUR, floor=ZERO).doubt == (
        f"The clocks of the domain went back by 1 hour, as {DC1} and {DC2} show: "
        "what this computer knows of the time before says otherwise."
    )
    assert said(-DAY, -HOUR, -HOUR, floor=ZERO).doubt == (
        f"{DC1}'s clock is 23 hours behind {DC2}'s and {DC3}'s. "
        f"The clocks of the domain went back by 1 hour, as {DC2} and {DC3} show: "
        "what this computer knows of the time before says otherwise."
    )


@pytest.mark.parametrize(
    "known",
    [
        {"computer": ZERO, "corrected": HOUR, "carried": HOUR},
        {"computer": ZERO},
        {"computer": -3 * HOUR, "corrected": ZERO},
        {"computer": -3 * HOUR, "corrected": ZERO, "carried": ZERO},
    ],
    ids=" ".join,
)
def test_that_a_floor_that_was_fast_is_given_up_where_this_computer_says_so_too(
    known: dict[str, timedelta],
) -> None:
    judged = said(ZERO, ZERO, floor=HOUR, **known)
    assert (judged.went_back, judged.lowers_floor, judged.doubt) == (False, True, "")
    assert (judged.time, judged.base, judged.latest) == (START, START, None)


def test_that_this_computer_alone_against_the_domain_and_the_floor_is_not_heard() -> None:
    ahead = said(ZERO, ZERO, computer=HOUR, corrected=HOUR, floor=ZERO)
    assert (ahead.went_back, ahead.doubt) == (False, "")


def test_that_what_went_back_is_back_when_this_computer_and_the_domain_agree_and_not_before() -> None:
    def again(main: timedelta, computer: timedelta, corrected: timedelta) -> Judgement:
        at = Reading(DC1, START + main), Reading(DC2, START + main)
        here = START + computer, START + corrected
        return judge(Witnesses(at[0], here[0], at[1:], corrected=here[1], floor=START - DAY, went_back=True))

    behind = again(-HOUR, ZERO, ZERO)
    assert (behind.went_back, behind.latest, behind.base) == (True, START, None)
    assert not again(ZERO, ZERO, ZERO).went_back, "the domain was put right"
    assert not again(ZERO, -HOUR, ZERO).went_back, "what is known here agrees"
    assert not again(-HOUR, -HOUR, ZERO).went_back, "this computer's clock was put right"
    assert not again(HOUR, ZERO, ZERO).went_back


# --- within the tolerance ---------------------------------------------------------------------------------

FEW = 4 * timedelta(seconds=1)


@pytest.mark.parametrize("off", [-4 * MINUTE, 4 * MINUTE])
def test_that_another_domain_controller_decides_within_the_tolerance_too(off: timedelta) -> None:
    judged = said(off, ZERO, corrected=ZERO)
    assert (judged.time, judged.is_close, judged.latest, judged.doubt) == (START, True, None, "")
    assert judged.base == START
    outvoted = said(off, off + FEW, corrected=ZERO, carried=ZERO)
    assert (outvoted.time, outvoted.is_confirmed, outvoted.base) == (START + off, True, START + off)


@pytest.mark.parametrize("off", [-4 * MINUTE, 4 * MINUTE])
def test_that_one_domain_controller_moves_nothing_within_the_tolerance(off: timedelta) -> None:
    judged = said(off, computer=DAY, corrected=ZERO)
    assert (judged.base, judged.is_close, judged.is_trusted) == (None, False, True)
    assert judged.time == START + min(off, ZERO), "over is what both call over"
    assert judged.latest == (START + ZERO if off < ZERO else START + off), "an alarm what one of them does"
    assert said(off, carried=ZERO, corrected=ZERO).time == START, "both clocks here have gone on"


def test_that_one_domain_controller_chooses_between_the_clocks_here() -> None:
    slept = said(FEW, computer=DAY, carried=-3 * MINUTE, corrected=ZERO)
    assert (slept.time, slept.base) == (START + FEW, START)
    was_set = said(FEW, computer=3 * MINUTE, carried=ZERO, corrected=3 * MINUTE)
    assert (was_set.time, was_set.base) == (START + FEW, START)
    mended = said(FEW, computer=ZERO, corrected=3 * MINUTE)
    assert (mended.time, mended.base) == (START + FEW, START)


def test_that_of_two_witnesses_each_the_later_time_counts() -> None:
    assert said(ZERO, MINUTE, computer=ZERO, corrected=MINUTE).time == START + MINUTE


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(90, "1 minute 30 seconds ahead of"), (-3599, "1 hour behind"), (86_398, "1 day ahead of")],
)
def test_that_a_difference_is_told_in_words(seconds: int, words: str) -> None:
    assert difference_words(timedelta(seconds=seconds)) == words


# --- grants of a wrong clock ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("granted", "trusted", "left"),
    [
        (ZERO, True, MINUTE),
        (None, True, MINUTE),
        (TOLERANCE, True, TOLERANCE + MINUTE),
        (DAY, True, ZERO),
        (DAY, False, MINUTE),
        (-DAY, True, MINUTE - DAY),
    ],
)
def test_that_a_grant_from_the_future_never_lasts_longer_than_was_lent(
    granted: timedelta | None, trusted: bool, left: timedelta
) -> None:
    at = None if granted is None else START + granted
    deadline = (START if at is None else at) + MINUTE
    assert deadline_of(at, deadline, START, is_trusted=trusted) == START + left


def test_that_an_extension_counts_as_lent() -> None:
    granted = START + DAY
    extended = granted + 2 * HOUR
    assert deadline_of(granted, extended, START, is_trusted=False) == START + 2 * HOUR


# --- lending ----------------------------------------------------------------------------------------------


def lent_from(main: timedelta, *others: timedelta, confirmed: timedelta | None = None) -> timedelta | None:
    """From when after ``START`` dc1 lends."""
    readings = [Reading(h, START + o) for h, o in zip((DC2, DC3), others, strict=False)]
    carried = None if confirmed is None else START + confirmed
    time = lends_from(Reading(DC1, START + main), readings, carried)
    return None if time is None else time - START


def test_that_another_domain_controller_has_to_bear_out_the_one_that_lends() -> None:
    assert lent_from(ZERO) == ZERO, "there is no other one: this computer is the second witness"
    assert lent_from(HOUR, ZERO) is None
    assert lent_from(-HOUR, ZERO) is None
    assert lent_from(ZERO, HOUR, ZERO) == ZERO
    assert lent_from(ZERO, HOUR, confirmed=ZERO) == ZERO
    assert lent_from(HOUR, ZERO, confirmed=ZERO) is None


def test_that_nothing_is_lent_longer_by_a_clock_that_is_minutes_ahead() -> None:
    assert lent_from(4 * MINUTE, ZERO) == ZERO
    assert lent_from(4 * MINUTE, 9 * MINUTE, confirmed=3 * MINUTE) == 3 * MINUTE
    assert lent_from(ZERO, 4 * MINUTE) == ZERO
    assert lent_from(4 * MINUTE, ZERO, 4 * MINUTE) == 4 * MINUTE, "two say the same moment"


# --- whatever the clocks say ------------------------------------------------------------------------------

OFFSETS = st.timedeltas(-30 * DAY, 30 * DAY)
SMALL = st.timedeltas(-TOLERANCE / 2, TOLERANCE / 2)
MAYBE = st.none() | OFFSETS


@given(OFFSETS, st.lists(OFFSETS, max_size=2), OFFSETS, MAYBE, MAYBE, MAYBE)
@example(ZERO, [-DAY], -DAY, None, None, ZERO)
def test_that_a_trusted_time_has_two_witnesses_and_only_that_is_below_the_floor(
    main: timedelta,
    others: list[timedelta],
    computer: timedelta,
    carried: timedelta | None,
    corrected: timedelta | None,
    floor: timedelta | None,
) -> None:
    judged = said(main, *others, computer=computer, carried=carried, corrected=corrected, floor=floor)
    controllers = sum(abs(judged.time - START - t) <= 2 * TOLERANCE for t in (main, *others))
    local = any(
        abs(judged.time - START - t) <= 2 * TOLERANCE for t in (computer, carried, corrected) if t is not None
    )
    if judged.is_trusted:
        assert controllers + local >= 2
    elif floor is not None:
        assert not judged.lowers_floor
        assert judged.time >= START + floor - TOLERANCE
    is_tied = judged.doubt.endswith("as many clocks say the one as the other.")
    assert bool(judged.doubt) == (
        not judged.is_trusted or not judged.main_agrees or judged.went_back or is_tied
    )
    if is_tied:
        assert judged.latest is not None
        assert not judged.is_close
    if judged.went_back:
        assert judged.is_trusted
        assert judged.base is None, "what is known here stays"
        assert not judged.lowers_floor
        assert judged.latest is not None
        assert judged.latest - judged.time > TOLERANCE
        never_went_back = floor is not None and any(floor - t <= TOLERANCE for t in (main, *others))
        assert never_went_back or not agree(START + computer, judged.time), "else the floor was wrong"


@given(OFFSETS, SMALL, SMALL, SMALL, MAYBE)
def test_that_one_wrong_domain_controller_moves_nothing_where_the_rest_agree(
    wrong: timedelta, other: timedelta, carried: timedelta, corrected: timedelta, computer: timedelta | None
) -> None:
    known = {"carried": carried, "corrected": corrected, "floor": ZERO}
    judged = said(wrong, other, computer=computer or ZERO, **known)
    wide = 2 * TOLERANCE
    # A computer whose clock was set wrong just as far would be a second witness.
    if computer is None or not agree(START + wrong, START + computer):
        assert abs(judged.time - START) <= wide
    alone = said(wrong, **known)
    assert abs(alone.time - START) <= wide
