# SPDX-License-Identifier: MIT
"""The domain's time: a reading that another clock supports is carried by the monotonic one; one that nobody
supports changes nothing, and is doubted aloud.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import ClockDoubtful, StoreLocked
from jit_desktop.elevation.model import Elevation, TimeSource
from jit_desktop.elevation.ports import Directory, KeptTime
from jit_desktop.elevation.witnesses import NEAR, TOLERANCE, Reading
from tests.unit.elevation.helpers import START, ManualClock
from tests.unit.elevation.world import World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ZERO = timedelta(0)
DC1, DC2 = "dc1.example.test", "dc2.example.test"


class Controller:
    info = SimpleNamespace(controller=DC1)

    def __init__(self, now: datetime) -> None:
        self.now = now

    def current_time(self) -> datetime:
        return self.now


class Keeper:
    """What survives the process."""

    def __init__(self, kept: KeptTime | None = None) -> None:
        self.kept = kept
        self.saved = 0
        self.error: StoreLocked | None = None

    def load(self) -> KeptTime | None:
        if self.error:
            raise self.error
        return self.kept

    def save(self, kept: KeptTime) -> None:
        if self.error:
            raise self.error
        self.kept = kept
        self.saved += 1

    @property
    def known(self) -> KeptTime:
        """What is kept but for the start of the computer."""
        assert self.kept is not None
        return replace(self.kept, boot="", booted_at=None)


class Others:
    """Other domain controllers, and how often they were asked."""

    def __init__(self, *times: datetime) -> None:
        self.times = times
        self.asked = 0

    def __call__(self) -> list[Reading]:
        self.asked += 1
        return [Reading(f"dc{n}.example.test", time) for n, time in enumerate(self.times, 2)]


NOBODY = Others()


def read(clock: DomainClock, now: datetime, others: Others = NOBODY) -> datetime:
    return clock.read(cast("Directory", Controller(now)), others)


def trusted(pc: ManualClock, keeper: Keeper | None = None) -> DomainClock:
    """A clock that was believed a moment ago."""
    clock = DomainClock(pc, keeper)
    read(clock, START)
    assert not clock.doubt
    return clock


IN = ["in one process", "in new processes", "after new starts"]
"""How a clock goes on: as it is, in another process, or in one after the computer was started again."""


def gone_on(clock: DomainClock, how: str) -> DomainClock:
    """``clock`` a moment later."""
    if how == IN[0]:
        return clock
    pc = clock._clock
    assert isinstance(pc, ManualClock)
    if how == IN[2]:
        pc.reboot()
    return DomainClock(pc, clock._keeper)


def lent() -> Elevation:
    """One that was granted at the beginning, for a minute."""
    return replace(World().check_out(seconds=60), granted_at=START, deadline=START + MINUTE)


def test_that_before_the_first_reading_only_the_pcs_clock_is_there() -> None:
    clock = DomainClock(ManualClock())
    assert not clock.is_known
    assert clock.source is TimeSource.COMPUTER
    assert clock.now() == START
    assert clock.difference() is None
    assert clock.age_seconds() == float("inf")
    with pytest.raises(ClockDoubtful):
        clock.require_trusted()


@pytest.mark.parametrize("wrong", [DAY, -DAY, timedelta(seconds=-3)])
def test_that_a_wrong_pc_clock_does_not_matter_where_two_domain_controllers_agree(wrong: timedelta) -> None:
    pc = ManualClock(wall=START + wrong)
    clock = DomainClock(pc)
    read(clock, START, Others(START))
    pc.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.difference() == -wrong
    assert clock.source is TimeSource.DOMAIN
    clock.require_trusted()


@pytest.mark.parametrize("wrong", [DAY, -DAY])
def test_that_a_pc_clock_that_is_known_to_be_wrong_needs_nobody_else_in_the_next_run(
    wrong: timedelta,
) -> None:
    pc, keeper = ManualClock(wall=START + wrong), Keeper()
    read(DomainClock(pc, keeper), START, Others(START))
    pc.advance(HOUR.total_seconds())
    clock = DomainClock(pc, keeper)
    assert clock.now() == START + HOUR, "before anything was read"
    read(clock, START + HOUR)
    clock.require_trusted()


def test_that_a_pc_clock_that_jumps_while_running_does_not_matter() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(10)
    pc.set_wall(START - timedelta(days=300))
    assert clock.now() == START + timedelta(seconds=10)
    read(clock, START + timedelta(seconds=10))
    clock.require_trusted()
    assert clock.now() == START + timedelta(seconds=10)


def test_that_a_later_reading_replaces_an_earlier_one() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(100)
    assert clock.age_seconds() == 100
    read(clock, START + timedelta(seconds=104))
    assert clock.age_seconds() == 0
    assert clock.now() == START + timedelta(seconds=104)


@pytest.mark.parametrize("gap", [timedelta(hours=8), timedelta(hours=-1), timedelta(seconds=6)])
def test_that_a_reading_is_of_no_use_when_the_pcs_clocks_have_moved_apart(gap: timedelta) -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(10)
    assert clock.age_seconds() == 10
    pc.set_wall(pc.utc_now() + gap)
    assert clock.age_seconds() == float("inf")
    read(clock, START + timedelta(hours=8))
    assert clock.age_seconds() == 0


def test_that_clocks_that_drift_a_little_need_no_new_reading() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(10)
    pc.set_wall(pc.utc_now() + timedelta(seconds=4))
    assert clock.age_seconds() == 10


# --- one domain controller that is wrong ------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [DAY, -DAY, 6 * MINUTE, -6 * MINUTE])
def test_that_a_wrong_domain_controller_changes_nothing_in_a_running_process(wrong: timedelta) -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(60)
    assert read(clock, pc.utc_now() + wrong) == START + MINUTE
    pc.advance(60)
    assert clock.now() == START + 2 * MINUTE
    with pytest.raises(ClockDoubtful, match=DC1) as raised:
        clock.require_trusted()
    assert raised.value.message == clock.doubt
    read(clock, pc.utc_now())
    clock.require_trusted()


@pytest.mark.parametrize("wrong", [DAY, -DAY])
@pytest.mark.parametrize("how", IN[1:])
def test_that_a_wrong_domain_controller_changes_nothing_in_the_next_process(
    wrong: timedelta, how: str
) -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    pc.advance(120)
    clock = gone_on(clock, how)
    is_known = how == IN[1] or wrong > ZERO
    # After a new start this computer's clock is the only one that contradicts: an alarm, and no end.
    assert read(clock, pc.utc_now() + wrong) == START + (2 * MINUTE if is_known else ZERO)
    assert clock.source is TimeSource.COMPUTER
    assert clock.is_past(START + 2 * MINUTE) == is_known
    assert clock.may_be_past(START + 2 * MINUTE)
    assert clock.is_strange(replace(lent(), deadline=START + 2 * MINUTE))
    assert not clock.is_past(START + 3 * MINUTE)
    # But it is no secret that it may be.
    assert clock.may_be_past(START + 3 * MINUTE) == (wrong > timedelta(0))


@pytest.mark.parametrize("wrong", [DAY, -DAY])
def test_that_a_second_domain_controller_makes_it_the_time(wrong: timedelta) -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    assert read(clock, START + wrong, Others(START + wrong)) == START + wrong
    if wrong > ZERO:
        clock.require_trusted()
        assert keeper.known == KeptTime(START + wrong, wrong.total_seconds())
    else:
        assert keeper.known == KeptTime(START, 0.0, went_back=True), "what was known stays known"


@pytest.mark.parametrize("how", IN)
def test_that_what_is_over_by_what_was_known_is_an_alarm_while_the_domain_is_back(*, how: str) -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    elevation = replace(lent(), deadline=START + 2 * HOUR)
    for minutes in range(0, 240, 10):
        clock = gone_on(clock, how)
        is_back = 110 <= minutes < 230
        now = pc.utc_now() - (HOUR if is_back else ZERO)
        assert read(clock, now, Others(now)) == now
        assert clock.is_strange(elevation) == (is_back and minutes >= 120)
        assert elevation.is_due(clock.time_for(elevation)) == (now >= elevation.deadline), "not ended by it"
        assert bool(clock.doubt) == is_back
        if is_back:
            with pytest.raises(ClockDoubtful, match="The clocks of the domain went back by 1 hour"):
                clock.require_trusted()
        if minutes == 120:
            before = replace(lent(), granted_at=pc.utc_now() - MINUTE, deadline=pc.utc_now() + HOUR)
            assert not clock.is_strange(before), "it is not from the future by what was known"
        pc.advance(600)


@pytest.mark.parametrize("how", IN[1:])
def test_that_where_this_computer_goes_back_with_its_domain_controller_another_one_is_heard(how: str) -> None:
    """A computer of the domain takes its time from the one that it is signed in to."""
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    pc.advance(110 * 60)
    read(DomainClock(pc, keeper), pc.utc_now())
    elevation = replace(lent(), deadline=START + 2 * HOUR)
    true = pc.utc_now()
    pc.set_wall(true - HOUR)
    for _ in range(4):
        clock = gone_on(DomainClock(pc, keeper), how)
        others = Others(true)
        read(clock, pc.utc_now(), others)
        assert others.asked == 1
        is_due = elevation.is_due(clock.time_for(elevation))
        assert clock.is_strange(elevation) == (true >= elevation.deadline and not is_due)
        assert is_due == (true >= elevation.deadline and how == IN[1]), "two agree where it is carried on"
        with pytest.raises(ClockDoubtful):
            clock.require_trusted()
        pc.advance(600)
        true += timedelta(seconds=600)


@pytest.mark.parametrize("how", IN)
@pytest.mark.parametrize("ahead", [ZERO, DAY], ids=["computer right", "computer set back"])
def test_that_a_domain_that_was_fast_and_is_put_right_is_no_alarm_for_ever(
    ahead: timedelta, *, how: str
) -> None:
    pc, keeper = ManualClock(wall=START + ahead), Keeper()
    clock = DomainClock(pc, keeper)
    read(clock, START + DAY, Others(START + DAY))
    pc.advance(60)
    pc.set_wall(START + MINUTE)
    clock = gone_on(clock, how)
    read(clock, START + MINUTE, Others(START + MINUTE))
    clock.require_trusted()
    assert keeper.known == KeptTime(START + MINUTE, 0.0)
    assert not clock.is_strange(replace(lent(), deadline=START + HOUR))


def test_that_one_that_nobody_confirms_does_not_take_back_that_the_domain_went_back() -> None:
    pc, keeper = ManualClock(), Keeper(KeptTime(START - 2 * HOUR, 0.0, went_back=True))
    clock = DomainClock(pc, keeper)
    read(clock, START - HOUR)
    assert clock.now() == START - HOUR
    assert clock.is_strange(replace(lent(), granted_at=START - 3 * HOUR, deadline=START))
    read(clock, START - HOUR, Others(START - HOUR))
    assert clock.now() == START - HOUR
    assert clock.is_strange(replace(lent(), granted_at=START - 3 * HOUR, deadline=START))
    assert keeper.known == KeptTime(START - HOUR, 0.0, went_back=True)


def test_that_clocks_of_the_domain_that_run_slow_together_are_noticed_by_a_program_that_runs() -> None:
    pc, elevation = ManualClock(), replace(lent(), deadline=START + HOUR)
    clock = trusted(pc)
    for seconds in range(60, 5400, 60):
        pc.advance(60)
        now = START + timedelta(seconds=seconds / 2)
        read(clock, now, Others(now))
        late = pc.utc_now() - elevation.deadline
        assert late <= ZERO or clock.is_strange(elevation) or elevation.is_due(clock.time_for(elevation))


@pytest.mark.parametrize("wrong", [ZERO, 3 * HOUR], ids=["computer right", "computer wrong"])
@pytest.mark.parametrize("went_back", [True, False])
def test_that_a_kept_time_that_was_edited_is_given_up(wrong: timedelta, *, went_back: bool) -> None:
    pc = ManualClock(wall=START + wrong)
    keeper = Keeper(KeptTime(START + 1000 * DAY, -wrong.total_seconds(), went_back))
    clock = DomainClock(pc, keeper)
    assert read(clock, START, Others(START)) == START
    clock.require_trusted()
    assert keeper.known == KeptTime(START, -wrong.total_seconds())


def test_that_everybody_is_asked_before_what_is_known_here_is_given_up() -> None:
    clock = trusted(ManualClock())
    assert read(clock, START - DAY, Others(START - DAY, START)) == START


def test_that_nobody_else_is_asked_while_two_witnesses_agree() -> None:
    pc, others = ManualClock(), Others(START)
    clock = DomainClock(pc)
    read(clock, START + NEAR / 2, others)
    read(clock, START - NEAR / 2, others)
    assert others.asked == 0


def test_that_where_this_computer_is_wrong_another_one_is_asked_once_an_hour() -> None:
    pc, keeper = ManualClock(wall=START + 3 * MINUTE), Keeper()

    def asked(clock: DomainClock) -> int:
        others = Others(pc.utc_now() - 3 * MINUTE)
        read(clock, pc.utc_now() - 3 * MINUTE, others)
        pc.advance(60)
        return others.asked

    for _ in range(2):
        clock = DomainClock(pc, keeper)
        assert [asked(clock) for _ in range(3)] == [1, 0, 0]
        pc.advance(3600)
        assert asked(clock) == 1


def test_that_a_lone_domain_controller_without_any_history_is_counted_with_and_refused() -> None:
    pc = ManualClock()
    clock = DomainClock(pc)
    assert read(clock, START - DAY) == START - DAY
    assert clock.source is TimeSource.COMPUTER
    assert clock.may_be_past(START)
    with pytest.raises(ClockDoubtful, match="nobody else could be asked"):
        clock.require_trusted()
    # A guess is dropped as soon as something better is known, also backwards.
    assert read(clock, START - 2 * DAY, Others(START - 2 * DAY)) == START - 2 * DAY


@pytest.mark.parametrize("back", [timedelta(seconds=3), MINUTE, TOLERANCE])
def test_that_time_does_not_run_backwards_within_the_tolerance_and_slowly_catches_up(back: timedelta) -> None:
    pc = ManualClock()
    clock = trusted(pc)
    pc.advance(60)
    # Two domain controllers: a single one would change nothing.
    assert read(clock, START + MINUTE - back, Others(START + MINUTE - back)) == START + MINUTE
    pc.advance(3000)
    shown = clock.now()
    assert shown == max(
        START + MINUTE + timedelta(seconds=2970), START + MINUTE - back + timedelta(seconds=3000)
    )
    pc.advance(40_000)
    assert clock.now() == START + MINUTE - back + timedelta(seconds=43_000)


# --- one that is wrong a little at a time -----------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.99, 1.01, 1.5, 2.0], ids=lambda rate: f"at {rate} of its speed")
@pytest.mark.parametrize("how", IN)
@pytest.mark.parametrize("others", [True, False], ids=["with another one", "alone"])
@pytest.mark.parametrize("ahead", [ZERO, 3 * MINUTE], ids=["computer right", "computer wrong"])
def test_that_a_clock_that_goes_wrong_slowly_moves_nothing(
    rate: float, ahead: timedelta, *, how: str, others: bool
) -> None:
    pc, keeper, ordinary = ManualClock(wall=START - ahead), Keeper(), lent()
    clock = trusted(pc, keeper)
    hour = replace(ordinary, deadline=START + HOUR)
    for seconds in range(45, 5400, 45):
        pc.advance(45)
        clock = gone_on(clock, how)
        right = START + timedelta(seconds=seconds)
        read(clock, START + timedelta(seconds=seconds * rate), Others(right) if others else NOBODY)
        is_due = hour.is_due(clock.time_for(hour))
        # Alone it can pass by what this computer's clock shows as it stands: those are two then.
        until = hour.deadline + (NEAR if others else max(NEAR, ahead))
        if right < hour.deadline - NEAR:
            assert not is_due
        elif right > until:
            assert is_due or (clock.is_strange(hour) and not others)
        # Alone after a new start it is one against this computer's clock, which ends nothing alone.
        if right > hour.deadline + 2 * TOLERANCE and (others or how != IN[2]):
            assert is_due


def test_that_what_oscillators_differ_by_is_followed_and_nothing_faster() -> None:
    pc, keeper, ordinary = ManualClock(wall=START - 3 * MINUTE), Keeper(), lent()
    clock, now = trusted(pc, keeper), START
    for hours in range(1, 24 * 30):
        pc.advance(3600)
        if hours % 24 == 0:
            clock = DomainClock(pc, keeper)
        now = START + timedelta(hours=hours * (1 + 5e-5))
        assert abs(read(clock, now) - now) < timedelta(seconds=1)
        assert not clock.is_strange(replace(ordinary, deadline=now + MINUTE))
    for _ in range(24):
        pc.advance(3600)
        now += timedelta(hours=1 + 1e-3)
        read(clock, now)
    assert abs(clock.now() - now) > MINUTE
    assert clock.is_strange(replace(lent(), deadline=now - timedelta(seconds=1)))


def test_that_a_computer_that_is_minutes_wrong_is_learned_once_and_works_with_one_domain_controller() -> None:
    pc, keeper = ManualClock(wall=START - 4 * MINUTE), Keeper()
    for minutes in range(0, 120, 5):
        clock = DomainClock(pc, keeper)
        now = START + minutes * MINUTE
        read(clock, now)
        clock.require_trusted()
        assert keeper.known == KeptTime(now, 240.0)
        assert not clock.is_strange(replace(lent(), deadline=now + timedelta(seconds=1)))
        pc.advance(300)


@pytest.mark.parametrize("jump", [10 * MINUTE, -10 * MINUTE])
def test_that_a_clock_that_is_set_while_this_runs_is_learned_from_what_is_carried_on(jump: timedelta) -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    pc.set_wall(START + jump)
    pc.advance(60)
    read(clock, START + MINUTE)
    again = DomainClock(pc, keeper)
    read(again, START + MINUTE)
    again.require_trusted()
    assert again.now() == START + MINUTE
    assert not again.is_strange(replace(lent(), deadline=START + 2 * MINUTE))


def test_that_after_a_sleep_the_clock_on_the_wall_carries_on() -> None:
    pc = ManualClock(wall=START - HOUR)
    clock = DomainClock(pc)
    read(clock, START, Others(START))
    pc.set_wall(pc.utc_now() + 4 * MINUTE)
    assert read(clock, START + 4 * MINUTE) == START + 4 * MINUTE
    # The domain controller stands still from now on.
    for minutes in range(5, 12):
        pc.advance(60)
        assert read(clock, START + 4 * MINUTE) == START + minutes * MINUTE


# --- this computer's clock alone, and what counts since it was started ------------------------------------


@pytest.mark.parametrize("ahead", [7 * MINUTE, HOUR, DAY])
@pytest.mark.parametrize("how", IN)
def test_that_this_computers_clock_alone_ends_nothing_early(ahead: timedelta, how: str) -> None:
    """It was set ahead, and one domain controller can be asked."""
    pc, keeper, elevation = ManualClock(), Keeper(), replace(lent(), deadline=START + 3 * MINUTE)
    clock = trusted(pc, keeper)
    pc.set_wall(pc.utc_now() + ahead)
    for seconds in range(60, 300, 60):
        pc.advance(60)
        clock = gone_on(clock, how)
        assert read(clock, START + timedelta(seconds=seconds)) == START + timedelta(seconds=seconds)
        assert elevation.is_due(clock.time_for(elevation)) == (seconds >= 180)
        # Carried on here, the two are two.
        assert clock.is_strange(elevation) == (how == IN[2])
        assert bool(clock.doubt) == (how == IN[2])


@pytest.mark.parametrize("how", IN[1:])
def test_that_before_anything_was_read_what_is_over_by_this_computers_clock_is_an_alarm(how: str) -> None:
    pc, keeper, elevation = ManualClock(), Keeper(), replace(lent(), deadline=START + HOUR)
    clock = trusted(pc, keeper)
    pc.advance(60)
    pc.set_wall(pc.utc_now() + HOUR)
    clock = gone_on(clock, how)
    assert clock.is_strange(elevation) == (how == IN[1])
    assert clock.may_be_past(elevation.deadline)
    assert clock.is_past(elevation.deadline) == (how == IN[2]), "a guess, with which nothing is ended"
    assert clock.is_known == (how == IN[1])
    assert clock.source is (TimeSource.DOMAIN if how == IN[1] else TimeSource.COMPUTER)
    with pytest.raises(ClockDoubtful):
        clock.require_trusted()


def test_that_what_is_over_by_a_clock_that_was_set_is_an_alarm_until_a_domain_controller_is_asked() -> None:
    """By the clock on the wall after a sleep in which the monotonic one stood still, for one."""
    pc = ManualClock()
    clock, elevation = trusted(pc), replace(lent(), deadline=START + HOUR)
    pc.set_wall(START + HOUR)
    assert clock.is_strange(elevation)
    assert not elevation.is_due(clock.time_for(elevation))
    read(clock, START)
    assert not clock.is_strange(elevation)


def test_that_a_clock_that_was_set_back_makes_no_alarm_of_what_is_about_to_be_ended() -> None:
    pc = ManualClock()
    clock, elevation = trusted(pc), replace(lent(), deadline=START + HOUR)
    pc.advance(3600)
    pc.set_wall(START)
    assert clock.is_past(elevation.deadline)
    assert not clock.is_strange(elevation), "what an end takes is judged elsewhere"


@pytest.mark.parametrize("fallen", [3 * DAY, HOUR])
def test_that_time_does_not_stand_still_where_this_computers_clock_fell_back(fallen: timedelta) -> None:
    """Each look is a program of its own, and no domain controller can be asked."""
    pc, keeper, elevation = ManualClock(), Keeper(), lent()
    trusted(pc, keeper)
    pc.set_wall(pc.utc_now() - fallen)
    for seconds in range(10, 120, 10):
        pc.advance(10)
        clock = DomainClock(pc, keeper)
        assert clock.now() == START + timedelta(seconds=seconds)
        assert not clock.is_lost
        assert elevation.is_due(clock.time_for(elevation)) == (seconds >= 60)


def test_that_where_nobody_knows_the_time_everything_may_be_past_its_deadline() -> None:
    """As above, after a new start."""
    pc, keeper, elevation = ManualClock(), Keeper(), replace(lent(), deadline=START + HOUR)
    trusted(pc, keeper)
    pc.set_wall(pc.utc_now() - 3 * DAY)
    pc.reboot()
    for _ in range(3):
        pc.advance(10)
        clock = DomainClock(pc, keeper)
        assert clock.is_lost
        assert not clock.is_known
        assert clock.is_strange(elevation)
        assert clock.may_be_past(elevation.deadline)
        assert not elevation.is_due(clock.time_for(elevation)), "no reason to end"
        assert clock.doubt == (
            "This computer's clock is 3 days behind what it was in the domain before, "
            "so the time left is not known until a domain controller is asked."
        )
    # One that says an earlier time as well knows nothing.
    clock = DomainClock(pc, keeper)
    assert read(clock, START - DAY) == START
    assert (clock.is_lost, clock.is_strange(elevation)) == (True, True)
    assert read(clock, START + MINUTE) == START + MINUTE
    assert (clock.is_lost, clock.is_strange(elevation)) == (False, False)


def test_that_without_any_time_that_was_trusted_nothing_is_lost() -> None:
    clock = DomainClock(ManualClock())
    assert not clock.is_lost
    assert not clock.is_strange(lent())


def test_that_an_older_copy_of_the_store_knows_the_time_as_well() -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    old = keeper.kept
    pc.advance(3600)
    read(clock, START + HOUR)
    assert keeper.kept != old
    keeper.kept = old
    pc.set_wall(START - DAY)
    assert DomainClock(pc, keeper).now() == START + HOUR


@pytest.mark.parametrize(
    "garbage",
    [
        {"boot": ""},
        {"boot": "boot-2"},
        {"booted_at": None},
        {"booted_at": datetime.min.replace(tzinfo=UTC)},
        {"booted_at": datetime.max.replace(tzinfo=UTC)},
        {"booted_at": START + HOUR},
        {"booted_at": START - 2 * HOUR},
    ],
    ids=str,
)
def test_that_what_can_not_be_of_this_start_is_not_carried_on(garbage: dict[str, object]) -> None:
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    assert keeper.kept is not None
    assert keeper.kept.booted_at == START - timedelta(seconds=1000)
    keeper.kept = replace(keeper.kept, **garbage)  # type: ignore[arg-type]
    pc.advance(60)
    pc.set_wall(START - DAY)
    clock = DomainClock(pc, keeper)
    assert clock.now() == START, "the floor stays"
    assert clock.is_lost


def test_that_a_computer_that_does_not_tell_its_starts_carries_nothing_on() -> None:
    pc, keeper = ManualClock(boot=""), Keeper()
    trusted(pc, keeper)
    assert keeper.kept == KeptTime(START, 0.0)
    pc.set_wall(START - DAY)
    assert DomainClock(pc, keeper).is_lost


def test_that_a_clock_that_counts_too_little_is_outvoted_by_two() -> None:
    """A machine that was paused, whose clock on the wall was set right since."""
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    pc.set_wall(START + 8 * HOUR)
    clock = DomainClock(pc, keeper)
    assert clock.is_strange(replace(lent(), deadline=START + 8 * HOUR)), "before anybody was asked"
    assert read(clock, START + 8 * HOUR) == START + 8 * HOUR
    clock.require_trusted()
    assert DomainClock(pc, keeper).now() == START + 8 * HOUR, "and learns it"


def test_that_another_start_is_kept() -> None:
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    pc.reboot()
    pc.advance(5)
    read(DomainClock(pc, keeper), START + timedelta(seconds=5))
    assert keeper.kept is not None
    assert (keeper.kept.boot, keeper.kept.booted_at) == ("boot-2", START - timedelta(seconds=10))


def test_that_what_oscillators_differ_by_is_followed_by_programs_that_are_started_for_each_sweep() -> None:
    pc, keeper, ordinary = ManualClock(), Keeper(), lent()
    trusted(pc, keeper)
    for hours in range(1, 24 * 10):
        pc.advance(3600)
        now = START + timedelta(hours=hours * (1 + 5e-5))
        clock = DomainClock(pc, keeper)
        assert abs(read(clock, now) - now) < timedelta(seconds=1)
        assert not clock.is_strange(replace(ordinary, deadline=now + MINUTE))


# --- what is kept -----------------------------------------------------------------------------------------


def test_that_a_trusted_time_is_kept_at_first_and_then_once_a_minute() -> None:
    pc, keeper = ManualClock(), Keeper()
    clock = trusted(pc, keeper)
    assert keeper.known == KeptTime(START, 0.0)
    for _ in range(12):
        pc.advance(10)
        read(clock, pc.utc_now())
    assert keeper.saved == 3
    trusted(ManualClock(), keeper)
    assert keeper.saved == 4
    assert keeper.known == KeptTime(START + 2 * MINUTE, 0.0), "the highest"


def test_that_a_doubted_time_is_not_kept() -> None:
    keeper = Keeper()
    read(DomainClock(ManualClock(), keeper), START + DAY)
    assert keeper.kept is None


def test_that_a_store_that_fails_stops_nothing_and_is_asked_again() -> None:
    pc, keeper = ManualClock(), Keeper(KeptTime(START, 0.0))
    keeper.error = StoreLocked("It is locked.")
    clock = DomainClock(pc, keeper)
    assert clock.now() == START
    assert read(clock, START - DAY) == START - DAY
    keeper.error = None
    assert read(clock, START - DAY) == START


def test_that_the_highest_time_holds_also_where_the_pc_was_put_back() -> None:
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    pc.set_wall(START - DAY)
    pc.reboot()
    clock = DomainClock(pc, keeper)
    assert clock.now() == START
    # And one that is right is then alone against this computer: believed as far as it is not earlier.
    assert read(clock, START + HOUR) == START + HOUR


# --- what this process lent -------------------------------------------------------------------------------


def test_that_what_this_process_lent_is_over_after_its_own_time() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    elevation = lent()
    clock.note_deadline(elevation)
    # Two domain controllers go to yesterday together.
    read(clock, START - DAY, Others(START - DAY))
    pc.advance(59)
    assert not clock.has_run_out(elevation)
    assert not elevation.is_due(clock.time_for(elevation))
    pc.advance(1)
    assert clock.has_run_out(elevation)
    assert elevation.is_due(clock.time_for(elevation))
    assert elevation.is_alarm(clock.time_for(elevation))
    clock.forget_deadline(elevation.id)
    assert not clock.has_run_out(elevation)


def test_that_a_deadline_that_was_moved_by_another_copy_is_not_ended_by_the_earlier_one() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    elevation = lent()
    clock.note_deadline(elevation)
    pc.advance(60)
    extended = replace(elevation, deadline=START + HOUR)
    assert not clock.has_run_out(extended)
    clock.note_deadline(extended)
    pc.advance(3540)
    assert clock.has_run_out(extended)


def test_that_a_grant_from_the_future_is_due_by_a_trusted_clock_and_an_alarm_by_a_doubted_one() -> None:
    pc = ManualClock()
    clock = trusted(pc)
    strange = replace(lent(), granted_at=START + DAY, deadline=START + DAY + MINUTE)
    assert strange.is_due(clock.time_for(strange))
    read(clock, START - DAY)
    assert not strange.is_due(clock.time_for(strange))
    assert clock.is_strange(strange)
    ordinary = lent()
    assert not trusted(pc).is_strange(ordinary)
    assert not ordinary.is_due(trusted(pc).time_for(ordinary))


def test_that_what_ended_while_the_computer_slept_is_gone_with_the_first_tick() -> None:
    world = World()
    world.check_out(seconds=3600)
    world.tick()
    # A monotonic clock that stood still: the domain's went on.
    world.connector.domain._anchor += timedelta(hours=8)
    world.clock.set_wall(world.clock.utc_now() + timedelta(hours=8))
    world.tick()
    assert world.nothing_left()


def test_that_the_next_run_does_not_begin_earlier_than_the_last_one_was() -> None:
    pc, keeper = ManualClock(), Keeper()
    trusted(pc, keeper)
    clock = DomainClock(pc, keeper)
    assert read(clock, START - 2 * MINUTE) == START
    clock.require_trusted()


def test_that_a_deadline_that_is_over_by_one_clock_alone_is_an_alarm_where_nobody_knows_better() -> None:
    ordinary = lent()
    alone = DomainClock(ManualClock())
    read(alone, START + DAY)
    assert alone.is_strange(ordinary)
    clock = trusted(ManualClock())
    read(clock, START + DAY)
    assert not ordinary.is_due(clock.time_for(ordinary))
    assert not clock.is_strange(ordinary), "what was trusted before and this computer say otherwise"


def test_that_the_time_that_asking_takes_belongs_to_no_other_clock() -> None:
    pc = ManualClock()
    clock = trusted(pc)

    def slow() -> list[Reading]:
        pc.advance(240)
        return [Reading(DC2, START + DAY + 7 * MINUTE)]

    clock.read(cast("Directory", Controller(START + DAY)), slow)
    clock.require_trusted()
    assert clock.now() == START + DAY + 4 * MINUTE
