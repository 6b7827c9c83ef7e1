# SPDX-License-Identifier: MIT
"""The demo domain fails as a network and a directory fail, when it is told to."""

import threading
import time
from dataclasses import replace

import pytest

from jit_desktop.directory.demo import (
    READS,
    WRITES,
    DemoConnector,
    DemoConsole,
    DemoDirectory,
    Fault,
    FaultPlan,
    Operation,
    demo_factory,
    demo_provider,
)
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    Cancelled,
    DirectoryUnavailable,
    JitError,
    OutcomeUnknown,
)
from jit_desktop.elevation.ports import Directory
from tests.unit.demo.helpers import ACCOUNT, ADMINS, INTERNAL, SERVICE_DESK, new_group
from tests.unit.elevation.helpers import ManualClock


def test_that_every_operation_of_the_protocol_can_be_made_to_fail() -> None:
    own = {"info", "is_usable", "close", "cancel", "work_until"}
    methods = {name for name in vars(Directory) if not name.startswith("_")} - own
    assert {str(operation) for operation in READS | WRITES} == methods


def test_that_the_nth_write_is_refused_and_the_others_are_not(
    directory: DemoDirectory, console: DemoConsole, faults: FaultPlan
) -> None:
    faults.fail_next(Fault.ACCESS_DENIED, *WRITES, nth=2)
    made = directory.create_group(new_group())
    with pytest.raises(AccessDenied):
        directory.add_member(ADMINS, made.dn)
    directory.add_member(SERVICE_DESK, made.dn)
    assert made.dn not in console.members(ADMINS)
    assert made.dn in console.members(SERVICE_DESK)


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (Fault.UNAVAILABLE, DirectoryUnavailable, False),
        (Fault.LOST_REQUEST, OutcomeUnknown, False),
        (Fault.LOST_ANSWER, OutcomeUnknown, True),
    ],
)
def test_that_a_write_fails_before_or_after_it_was_done(
    connector: DemoConnector,
    directory: DemoDirectory,
    faults: FaultPlan,
    fault: Fault,
    error: type[JitError],
    done: bool,
) -> None:
    faults.fail_next(fault, Operation.CREATE_GROUP)
    with pytest.raises(DirectoryUnavailable) as raised:
        directory.create_group(new_group())
    assert type(raised.value) is error
    with connector.connect(demo_provider().connection) as again:
        assert bool(again.temporary_groups(INTERNAL, "RDM_JIT_1")) is done


def test_that_a_lost_answer_to_a_read_is_just_no_answer(directory: DemoDirectory, faults: FaultPlan) -> None:
    faults.fail_next(Fault.LOST_ANSWER, Operation.READ)
    with pytest.raises(DirectoryUnavailable) as raised:
        directory.read(ACCOUNT)
    assert type(raised.value) is DirectoryUnavailable


def test_that_a_broken_connection_stays_broken(directory: DemoDirectory, faults: FaultPlan) -> None:
    faults.fail_next(Fault.UNAVAILABLE, Operation.READ)
    for _ in range(2):
        with pytest.raises(DirectoryUnavailable):
            directory.read(ACCOUNT)


def test_that_a_refusal_does_not_break_the_connection(directory: DemoDirectory, faults: FaultPlan) -> None:
    faults.fail_next(Fault.ACCESS_DENIED, Operation.READ)
    with pytest.raises(AccessDenied):
        directory.read(ACCOUNT)
    assert directory.read(ACCOUNT).dn == ACCOUNT


def test_that_one_controller_can_be_taken_away_and_brought_back(
    connector: DemoConnector, faults: FaultPlan
) -> None:
    settings = demo_provider().connection
    faults.fail_always(Fault.UNAVAILABLE, controller="dc2.corp.example.test")
    for _ in range(2):
        with pytest.raises(DirectoryUnavailable):
            connector.connect(settings, server="dc2")
    connector.connect(settings, server="dc1").current_time()
    faults.clear()
    connector.connect(settings, server="dc2").current_time()


def test_that_a_plan_that_is_used_up_does_no_more_harm(directory: DemoDirectory, faults: FaultPlan) -> None:
    faults.fail_next(Fault.ACCESS_DENIED)
    with pytest.raises(AccessDenied):
        directory.read(ACCOUNT)
    assert directory.read(ACCOUNT).dn == ACCOUNT


def _cancel_soon(directory: DemoDirectory) -> threading.Timer:
    timer = threading.Timer(0.02, directory.cancel)
    timer.start()
    return timer


def test_that_a_hanging_read_can_be_cancelled(directory: DemoDirectory, faults: FaultPlan) -> None:
    faults.fail_next(Fault.HANG, Operation.READ)
    timer = _cancel_soon(directory)
    with pytest.raises(Cancelled):
        directory.read(ACCOUNT)
    timer.join()
    with pytest.raises(Cancelled):
        directory.read(ACCOUNT)


def test_that_nobody_knows_what_became_of_a_hanging_write(
    directory: DemoDirectory, faults: FaultPlan
) -> None:
    faults.fail_next(Fault.HANG, Operation.CREATE_GROUP)
    timer = _cancel_soon(directory)
    with pytest.raises(OutcomeUnknown):
        directory.create_group(new_group())
    timer.join()


def test_that_a_hanging_request_ends_at_its_time_out(connector: DemoConnector, faults: FaultPlan) -> None:
    settings = replace(demo_provider().connection, request_timeout_seconds=0)
    faults.fail_next(Fault.HANG, Operation.READ)
    with connector.connect(settings) as directory, pytest.raises(DirectoryUnavailable, match="0 seconds"):
        directory.read(ACCOUNT)


def test_that_a_hanging_request_ends_when_the_time_for_the_work_is_over(
    directory: DemoDirectory, faults: FaultPlan
) -> None:
    faults.fail_next(Fault.HANG, Operation.READ)
    directory.work_until(time.monotonic() + 0.05)
    with pytest.raises(DirectoryUnavailable):
        directory.read(ACCOUNT)


def test_that_a_hanging_sign_in_ends_at_once_with_words(connector: DemoConnector, faults: FaultPlan) -> None:
    faults.fail_next(Fault.HANG, Operation.CONNECT)
    with pytest.raises(DirectoryUnavailable, match="did not answer"):
        connector.connect(demo_provider().connection)


def test_that_requests_take_their_time_where_they_are_told_to() -> None:
    directory = demo_factory(None, ManualClock(), latency_seconds=0.05).connect(demo_provider().connection)
    begin = time.monotonic()
    directory.read(ACCOUNT)
    # A sleep may end a tick of the clock early: on Windows that is 16 milliseconds.
    assert time.monotonic() - begin >= 0.05 - time.get_clock_info("monotonic").resolution


def test_that_a_slow_write_that_is_cancelled_is_not_done() -> None:
    connector = demo_factory(None, ManualClock(), latency_seconds=30)
    directory = connector.connect(demo_provider().connection)
    timer = _cancel_soon(directory)
    with pytest.raises(Cancelled):
        directory.create_group(new_group())
    timer.join()
    assert not DemoConsole(connector.domain).exists(child_dn("CN", "RDM_JIT_1", INTERNAL))
