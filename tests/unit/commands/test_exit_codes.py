"""The exit code of one sweep: an alarm, what is not recorded, what could not be swept."""

from __future__ import annotations

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import SuspectGroup, SweepReport
from tests.unit.elevation.helpers import START
from tests.unit.elevation.test_memory import elevation


def report(**what: object) -> SweepReport:
    return SweepReport(ProviderId("p"), START, **what)  # type: ignore[arg-type]


def test_that_an_alarm_comes_before_what_is_not_recorded_and_that_before_what_was_not_swept() -> None:
    fine = report()
    unswept = report(problem="No answer.", error=DirectoryUnavailable("No answer."))
    fault = report(problem="A fault.")
    unrecorded = report(unrecorded=(elevation(),))
    overdue = report(overdue=(elevation(),))
    suspect = report(suspects=(SuspectGroup("g", "CN=g", "was altered", is_alarm=True),))
    harmless = report(suspects=(SuspectGroup("g", "CN=g", "was altered"),))
    assert sweep_exit_code([]) == sweep_exit_code([fine, harmless]) == ExitCode.DONE
    assert sweep_exit_code([fine, fault]) == ExitCode.FAULT
    assert sweep_exit_code([unswept, fine]) == ExitCode.DIRECTORY
    assert sweep_exit_code([unrecorded, unswept]) == ExitCode.LOCAL
    assert sweep_exit_code([overdue, unrecorded]) == ExitCode.NOT_ENDED
    assert sweep_exit_code([suspect, unrecorded]) == ExitCode.NOT_ENDED
