# SPDX-License-Identifier: MIT
"""*Test connection*: what can be learnt about a domain without writing anything, step by step, in words."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.ports import Clock, Directory
from jit_desktop.elevation.settings import DomainProvider, creation_location_path
from jit_desktop.ui.widgets import StepState, format_duration

CLOCK_TOLERANCE_SECONDS = 300
"""Kerberos refuses a logon beyond five minutes ([MS-KILE] 3.1.5, the default of the domain policy)."""


class TestStep(enum.StrEnum):
    """What is tried, in this order."""

    __test__ = False
    CONNECT = "connect"
    DOMAIN = "domain"
    CLOCK = "clock"
    RIGHTS = "rights"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went."""

    step: TestStep
    state: StepState
    words: str = ""


Report = Callable[[StepResult], None]


def step_titles() -> list[tuple[str, str]]:
    """The steps with the words for them."""
    return [
        (TestStep.CONNECT.value, _tr("Connect and sign in")),
        (TestStep.DOMAIN.value, _tr("Read the domain")),
        (TestStep.CLOCK.value, _tr("Compare the clocks")),
        (TestStep.RIGHTS.value, _tr("Check what the account may do")),
    ]


def probe(directory: Directory, provider: DomainProvider, clock: Clock, report: Report) -> bool:
    """Look at everything over a connection that stands and report each step; whether all of it is well.

    Blocks. A step that the directory refuses is reported as failed and ends it; nothing of that is raised.
    """
    report(StepResult(TestStep.CONNECT, StepState.DONE, _connection_words(directory)))
    is_well = True
    for step, look in _LOOKS.items():
        report(StepResult(step, StepState.RUNNING))
        try:
            result = look(directory, provider, clock)
        except DirectoryError as error:
            report(StepResult(step, StepState.FAILED, str(error)))
            return False
        report(result)
        is_well = is_well and result.state is not StepState.WARNING
    return is_well


def _connection_words(directory: Directory) -> str:
    info = directory.info
    words = _tr("{0} on {1} · {2}").format(info.identity, info.controller, info.encryption)
    if info.certificate_expires is None:
        return words
    return words + " · " + _tr("certificate valid until {:%Y-%m-%d}").format(info.certificate_expires)


def _look_at_domain(directory: Directory, _provider: DomainProvider, _clock: Clock) -> StepResult:
    info = directory.info
    found = directory.domain_controllers()
    count = str(len(found)) if all(c.is_listed for c in found) else "?"
    words = _tr("{0} ({1}), domain controllers: {2}").format(info.dns_name, info.netbios_name, count)
    if info.abilities.ends_by_itself:
        words += " · " + _tr("Active Directory can end elevations by itself")
    else:
        words += " · " + _tr("elevations end only while this program or a sweep runs")
    return StepResult(TestStep.DOMAIN, StepState.DONE, words)


def _look_at_clock(directory: Directory, _provider: DomainProvider, clock: Clock) -> StepResult:
    seconds = round((directory.current_time() - clock.utc_now()).total_seconds())
    if abs(seconds) < 2:
        return StepResult(TestStep.CLOCK, StepState.DONE, _tr("The clocks agree"))
    far = format_duration(abs(seconds))
    words = (
        _tr("The domain controller is {} ahead") if seconds > 0 else _tr("The domain controller is {} behind")
    )
    state = StepState.DONE if abs(seconds) <= CLOCK_TOLERANCE_SECONDS else StepState.WARNING
    if state is StepState.WARNING:
        words += ". " + _tr("Deadlines follow its clock; set this computer's clock right.")
    return StepResult(TestStep.CLOCK, state, words.format(far))


def _look_at_rights(directory: Directory, provider: DomainProvider, _clock: Clock) -> StepResult:
    location = provider.jit.location
    if location is None:
        words = _tr("Choose the creation location and the groups first")
        return StepResult(TestStep.RIGHTS, StepState.SKIPPED, words)
    place = directory.read(location.guid)
    rights = directory.rights(place.dn, [p.group.guid for p in provider.jit.privileges])
    missing = []
    if not rights.can_create_groups:
        missing.append(_tr("it may not create groups in {}").format(creation_location_path(place.dn)))
    closed = [p.label for p in provider.jit.privileges if not rights.can_write_members.get(p.group.guid)]
    if closed:
        missing.append(_tr("it may not change the members of {}").format(", ".join(closed)))
    if missing:
        return StepResult(TestStep.RIGHTS, StepState.WARNING, "; ".join(missing))
    return StepResult(TestStep.RIGHTS, StepState.DONE, _tr("All rights that a checkout needs are there"))


_LOOKS: dict[TestStep, Callable[[Directory, DomainProvider, Clock], StepResult]] = {
    TestStep.DOMAIN: _look_at_domain,
    TestStep.CLOCK: _look_at_clock,
    TestStep.RIGHTS: _look_at_rights,
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("ConnectionTest", text)
