# SPDX-License-Identifier: MIT
"""A rehearsal gives nobody anything, measures what it says, and leaves nothing behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation import rehearsal_groups
from jit_desktop.elevation.domain_check import Latency, RehearsalNews, RehearsalReport, RehearsalStep, Verdict
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import CancelToken, DomainController, GroupScope, NewGroup, TemporaryGroup
from jit_desktop.elevation.rehearsal_groups import Mark
from jit_desktop.elevation.rehearsing import KEEP_SECONDS, MOST_SECONDS, proposed_latency
from tests.unit.elevation.helpers import START, guid
from tests.unit.elevation.world import ALICE, World

DC1, DC2, RODC = (f"{h}.corp.example.test" for h in ("dc1", "dc2", "rodc1"))
USED = [
    Operation.CURRENT_TIME,
    Operation.DOMAIN_CONTROLLERS,
    Operation.READ,
    Operation.TEMPORARY_GROUPS,
    Operation.TEMPORARY_GROUP,
    Operation.CREATE_GROUP,
    Operation.ADD_MEMBER,
    Operation.IS_MEMBER_OF,
    Operation.WRITE_RECORD,
    Operation.EMPTY_GROUP,
    Operation.DELETE_GROUP,
]
"""All that a rehearsal asks of the demo domain."""


@dataclass
class Hearer:
    """Listens, and does something when a step begins."""

    world: World
    at: RehearsalStep | None = None
    do: object = None
    cancel: CancelToken = field(default_factory=CancelToken)
    heard: list[RehearsalNews] = field(default_factory=list)

    def __call__(self, news: RehearsalNews) -> None:
        self.heard.append(news)
        if news.step is self.at and news.verdict is None and callable(self.do):
            self.do()


def rehearse(world: World, hearer: Hearer | None = None) -> RehearsalReport:
    examiner = Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE)
    hearer = hearer or Hearer(world)
    return examiner.rehearse(world.provider.id, hearer, hearer.cancel)


def verdicts(report: RehearsalReport) -> dict[RehearsalStep, Verdict | None]:
    return {s.step: s.verdict for s in report.steps if not s.subject}


def place(world: World) -> DistinguishedName:
    location = world.provider.jit.location
    assert location is not None
    return location.dn


def test_that_a_rehearsal_goes_through_every_step_and_leaves_nothing() -> None:
    world = World()
    report = rehearse(world)
    assert list(verdicts(report)) == list(RehearsalStep)
    assert report.problem == ""
    assert report.leftovers == ()
    assert world.groups_there() == []
    assert set(verdicts(report).values()) == {Verdict.GOOD, Verdict.NOTE}
    assert world.store.audited == ["rehearsal.started", "rehearsal.finished"]


def test_that_it_measures_how_long_each_domain_controller_takes() -> None:
    report = rehearse(World())
    assert [(x.host, x.appeared_seconds, x.gone_seconds) for x in report.latencies] == [
        (DC1, 0.0, 0.0),
        (DC2, 3.0, 3.0),
        (RODC, 6.0, 6.0),
    ]
    assert report.proposed_latency_seconds == 15


def test_that_no_account_and_no_privilege_is_touched() -> None:
    world = World()
    seen: list[list[TemporaryGroup]] = []

    def look() -> None:
        with world.connector.connect(world.provider.connection) as directory:
            seen.append(list(directory.temporary_groups(place(world), "")))

    rehearse(world, Hearer(world, RehearsalStep.REPLICATE, look))
    (during,) = seen
    own = {g.guid for g in during}
    assert len(own) == 3
    assert all(set(g.members) | set(g.member_of) <= own for g in during)
    assert all(g.name.startswith("RDM_JIT_REHEARSAL_") for g in during)
    assert not world.holds()


@pytest.mark.parametrize("operation", USED)
@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.ACCESS_DENIED])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_that_nothing_is_left_whatever_fails(operation: Operation, fault: Fault, nth: int) -> None:
    world = World()
    world.faults.fail_next(fault, operation, nth=nth, controller=DC1)
    report = rehearse(world)
    assert report.leftovers == () or world.groups_there()
    world.faults.clear()
    world.clock.advance(KEEP_SECONDS + 400)
    rehearse(world)
    assert world.groups_there() == []


def test_that_a_failure_is_in_the_report_and_the_groups_are_gone() -> None:
    world = World()
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
    report = rehearse(world)
    assert "access denied" in report.problem
    assert verdicts(report)[RehearsalStep.CLEAN_UP] is Verdict.GOOD
    assert report.proposed_latency_seconds is None
    assert report.leftovers == ()
    assert world.groups_there() == []


def test_that_a_creation_that_was_never_answered_is_cleaned_up() -> None:
    world = World()
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.CREATE_GROUP, nth=2)
    report = rehearse(world)
    assert report.problem
    assert report.leftovers == ()
    assert world.groups_there() == []


@pytest.mark.parametrize("step", list(RehearsalStep)[1:-1])
def test_that_it_can_be_stopped_anywhere_and_leaves_nothing(step: RehearsalStep) -> None:
    world = World()
    hearer = Hearer(world, step)
    hearer.do = hearer.cancel.cancel
    report = rehearse(world, hearer)
    assert report.problem == "It was stopped before its end."
    assert report.leftovers == ()
    assert world.groups_there() == []


def test_that_a_domain_controller_that_does_not_hear_of_it_is_waited_for_no_longer_than_said() -> None:
    world = World()
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.TEMPORARY_GROUP, controller=RODC)
    report = rehearse(world)
    (rodc,) = [x for x in report.latencies if x.host == RODC]
    assert rodc.problem
    assert report.proposed_latency_seconds == 10
    assert verdicts(report)[RehearsalStep.REPLICATE] is Verdict.WARNING


def test_that_a_slow_domain_controller_ends_the_wait_and_no_latency_is_proposed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from jit_desktop.directory.demo import domain

    slow = tuple(replace(c, lag_seconds=10_000) if c.host == RODC else c for c in domain.CONTROLLERS)
    monkeypatch.setattr(domain, "CONTROLLERS", slow)
    monkeypatch.setattr("jit_desktop.directory.demo.connector.CONTROLLERS", slow)
    monkeypatch.setattr("jit_desktop.directory.demo.directory.CONTROLLERS", slow)
    world = World()
    before = world.clock.monotonic()
    report = rehearse(world)
    assert MOST_SECONDS <= world.clock.monotonic() - before <= 2 * MOST_SECONDS + 2
    assert report.problem == ""
    assert report.proposed_latency_seconds is None
    assert verdicts(report)[RehearsalStep.REPLICATE] is Verdict.WARNING
    (rodc,) = [x for x in report.latencies if x.host == RODC]
    assert rodc.appeared_seconds is None


def test_that_leftovers_are_named_and_removed_by_a_sweep_after_their_time() -> None:
    world = World()
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.DELETE_GROUP)
    report = rehearse(world)
    assert sorted(dn.partition("=")[2].partition(",")[0] for dn in report.leftovers) == world.groups_there()
    assert verdicts(report)[RehearsalStep.CLEAN_UP] is Verdict.WARNING
    world.faults.clear()
    swept = world.service.sweep(world.provider.id, world.recorder)
    assert len(world.groups_there()) == 3
    assert swept.foreign == ()
    world.clock.advance(KEEP_SECONDS + 400)
    world.service.sweep(world.provider.id, world.recorder)
    assert world.groups_there() == []


def test_that_one_domain_controller_needs_no_latency_and_a_gap_proposes_none() -> None:
    assert proposed_latency([Latency(DC1, 0.1, 0.1)], DC1.upper()) == 0
    assert proposed_latency([Latency(DC1, 0.1, 0.1), Latency(DC2, 0.0, 0.0)], DC1) == 5
    assert proposed_latency([Latency(DC1, 0.1, 0.1), Latency(DC2, 0.7, 0.2)], DC1) == 5
    assert proposed_latency([Latency(DC1, 0.1, 0.1), Latency(DC2, 3, 15)], DC1) == 30
    assert proposed_latency([Latency(DC1, 0.1, 0.1), Latency(DC2, 3, None)], DC1) is None
    assert proposed_latency([Latency(DC1, 0.1, 0.1), Latency(DC2, problem="down")], DC1) is None


def test_that_losing_the_writing_domain_controller_breaks_it_off() -> None:
    world = World()
    hearer = Hearer(world, RehearsalStep.REPLICATE)
    hearer.do = lambda: world.faults.fail_next(Fault.UNAVAILABLE, Operation.TEMPORARY_GROUP, controller=DC1)
    report = rehearse(world, hearer)
    assert report.problem
    assert RehearsalStep.END not in verdicts(report)
    assert world.groups_there() == []


def test_that_one_that_broke_off_proposes_nothing() -> None:
    world = World()
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.EMPTY_GROUP)
    report = rehearse(world)
    assert [x.appeared_seconds for x in report.latencies] == [0.0, 3.0, 6.0]
    assert report.proposed_latency_seconds is None


def test_that_the_record_that_was_written_last_is_waited_for() -> None:
    world = World()
    report = rehearse(world, Hearer(world, RehearsalStep.EXTEND, lambda: world.clock.advance(1.5)))
    assert [x.appeared_seconds for x in report.latencies] == [0.0, 3.0, 6.0]


def test_that_a_membership_that_the_directory_does_not_show_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    monkeypatch.setattr("jit_desktop.directory.demo.DemoDirectory.is_member_of", lambda *_: False)
    report = rehearse(world)
    assert "does not show the membership" in report.problem


# --- strangers --------------------------------------------------------------------------------------------

ID = "0123456789ab"


def thing(
    name: str = f"JIT_REHEARSAL_{ID}_GROUP",
    info: str | None = None,
    *,
    members: tuple[ObjectGuid, ...] = (),
    member_of: tuple[ObjectGuid, ...] = (),
) -> TemporaryGroup:
    mark = rehearsal_groups.encode(Mark(ID, START)) if info is None else info
    return TemporaryGroup(
        guid(), DistinguishedName(f"CN={name},OU=x"), name, mark, members=members, member_of=member_of
    )


def test_that_a_group_of_a_rehearsal_is_recognised() -> None:
    member = thing(f"JIT_REHEARSAL_{ID}_MEMBER")
    group = thing(members=(member.guid,))
    member = replace(member, member_of=(group.guid,))
    assert set(rehearsal_groups.recognised([group, member], START)) == {group.guid, member.guid}


@pytest.mark.parametrize(
    "forged",
    [
        thing("JIT_REHEARSAL_ffffffffffff_GROUP"),
        thing("Domain Admins"),
        thing(f"JIT_REHEARSAL_{ID}_GROUP2"),
        thing(info=""),
        thing(info="{}"),
        thing(info="["),
        thing(info="[" * 100_000),
        thing(info=json.dumps({"jit-rehearsal": 2, "id": ID, "end": "2020-01-01T00:00:00Z"})),
        thing(info=json.dumps({"jit-rehearsal": True, "id": ID, "end": "2020-01-01T00:00:00Z"})),
        thing(info=json.dumps({"jit-rehearsal": 1, "id": [ID], "end": "2020-01-01T00:00:00Z"})),
        thing(info=json.dumps({"jit-rehearsal": 1, "id": ID, "end": 5})),
        thing(info=json.dumps({"jit-rehearsal": 1, "id": ID, "end": "2020-01-01T00:00:00Z", "x": 1})),
        thing(info=rehearsal_groups.encode(Mark(ID, START + timedelta(days=2)))),
        thing(members=(guid(),)),
        thing(member_of=(guid(),)),
    ],
    ids=lambda g: f"{g.name[:30]} {g.info[:40]}",
)
def test_that_a_forged_group_is_not_taken_for_one_of_a_rehearsal(forged: TemporaryGroup) -> None:
    assert rehearsal_groups.recognised([forged], START) == {}


def test_that_one_strange_membership_unmasks_all_that_hang_on_it() -> None:
    inner = thing(f"JIT_REHEARSAL_{ID}_MEMBER")
    outer = thing(members=(inner.guid,), member_of=(guid(),))
    inner = replace(inner, member_of=(outer.guid,))
    assert rehearsal_groups.recognised([inner, outer], START) == {}


def test_that_groups_of_two_rehearsals_do_not_vouch_for_each_other() -> None:
    other = "ba9876543210"
    inner = thing(f"JIT_REHEARSAL_{other}_MEMBER", rehearsal_groups.encode(Mark(other, START)))
    outer = thing(members=(inner.guid,))
    inner = replace(inner, member_of=(outer.guid,))
    assert rehearsal_groups.recognised([inner, outer], START) == {}


def test_that_a_forged_group_that_gives_rights_is_shown_and_left_alone() -> None:
    world = World()
    name = f"RDM_JIT_REHEARSAL_{ID}_GROUP"
    with world.connector.connect(world.provider.connection) as directory:
        account = directory.read(world.account())
        mark = rehearsal_groups.encode(Mark(ID, START - timedelta(days=1)))
        forged = directory.create_group(
            NewGroup(name, place(world), GroupScope.GLOBAL, account.dn, mark, "mine")
        )
        directory.add_member(world.privilege(), forged.dn)
    swept = world.service.sweep(world.provider.id, world.recorder)
    rehearse(world)
    assert [g.name for g in swept.foreign] == [name]
    assert world.groups_there() == [name]


def test_that_where_the_list_is_not_shown_nobody_says_that_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        DemoDirectory,
        "domain_controllers",
        lambda self: (DomainController(self.info.controller, is_listed=False),),
    )
    report = rehearse(World())
    assert verdicts(report)[RehearsalStep.REPLICATE] is Verdict.WARNING
    assert not any("no other domain controller" in s.message for s in report.steps)


def test_that_what_others_have_marked_as_a_rehearsal_s_is_left_alone() -> None:
    world = World()
    assert world.provider.jit.location is not None
    place = world.provider.jit.location.dn
    group = world.console.create_group("X_REHEARSAL_0123456789ab_GROUP", place, GroupScope.GLOBAL)
    past = Mark("0123456789ab", datetime(2020, 1, 1, tzinfo=UTC))
    with world.connector.connect(world.provider.connection) as directory:
        directory.write_record(world.console.guid(group), rehearsal_groups.encode(past), "")
    rehearse(world)
    assert world.console.exists(group)
