# SPDX-License-Identifier: MIT
"""What an examiner may find, with everything in it that a window has to show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from jit_desktop.elevation.domain_check import (
    DomainCheck,
    Finding,
    Latency,
    RehearsalNews,
    RehearsalReport,
    RehearsalStep,
    Topic,
    Verdict,
)
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.inspection import (
    Advice,
    AdviceKind,
    ControllerTruth,
    Inspection,
    TargetTruth,
)
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import CancelToken

DC1, DC2, DC3 = (f"dc{n}.corp.example.test" for n in (1, 2, 3))
SCRIPT = "$account = 'CORP\\svc-jit'\n" + "".join(
    f"dsacls 'OU=Internal,DC=corp,DC=example,DC=test' /G \"${{account}}:CCDC;group\" # right {n}\n"
    for n in range(14)
)


def with_everything(elevation: Elevation, at: datetime) -> Inspection:
    """An elevation that is granted on one controller, missing on the next, and the third is silent."""
    targets = tuple(TargetTruth(p, True, 5400, True) for p in elevation.privileges)
    lost = (TargetTruth(elevation.privileges[0], permanent_through=("Old <b>Admins</b>",)), *targets[1:])
    return Inspection(
        elevation,
        at,
        (
            ControllerTruth(DC1, "", True, 6400, True, targets),
            ControllerTruth(DC2, "", False, None, False, lost, group_gone=True),
            ControllerTruth(DC3, "dc3.corp.example.test did not answer in time."),
        ),
        (
            Advice(
                AdviceKind.NOT_GRANTED,
                "dc2.corp.example.test does not show all of it, although it was granted. Check it in.",
                is_alarm=True,
            ),
            Advice(
                AdviceKind.NEW_LOGON,
                "To get it, sign out and in again: what global groups give is fixed at logon.",
            ),
            Advice(
                AdviceKind.PERMANENT_MEMBERSHIP,
                "The account has it without any elevation too, through Old Admins.",
            ),
            Advice(
                AdviceKind.UNREACHABLE, "dc3.corp.example.test could not be asked: it did not answer in time."
            ),
        ),
        f"{elevation.account.name} should have {elevation.label} now; dc2 does not show all of it.",
    )


class PlayedExaminer:
    """Finds what it was told to; a rehearsal waits at ``gate`` before its end."""

    def __init__(self, provider_id: ProviderId, at: datetime) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.error: JitError | None = None
        self.asked: list[str] = []
        self.was_cancelled = False
        self.inspection: Inspection | None = None
        self.check = DomainCheck(
            provider_id,
            at,
            None,
            findings=(
                Finding(
                    Topic.RIGHTS,
                    Verdict.BAD,
                    "It may not create groups.",
                    "Run the script below.",
                    "OU=Internal",
                ),
                Finding(Topic.CONNECTION, Verdict.GOOD, "Signed in as CORP\\svc-jit, TLSv1.3."),
                Finding(
                    Topic.ENDS_BY_ITSELF, Verdict.GOOD, "Dynamic objects: at least 15 min, default 1 day."
                ),
                Finding(
                    Topic.ENDS_BY_ITSELF,
                    Verdict.NOTE,
                    "The PAM optional feature is not enabled: memberships can have no time to live.",
                ),
                Finding(
                    Topic.ACCOUNTS,
                    Verdict.WARNING,
                    "The account is disabled.",
                    "Enable it in Active Directory, or take it from the list.",
                    "_helpdesk04",
                ),
            ),
            script=SCRIPT,
            whole_script=SCRIPT + "# and all the rest\n",
        )
        news = [
            RehearsalNews(RehearsalStep.CLEAN_UP_BEFORE, Verdict.GOOD, "Nothing was left.", seconds=0.1),
            RehearsalNews(RehearsalStep.CREATE, Verdict.GOOD, "Two groups were made.", seconds=0.2),
            RehearsalNews(RehearsalStep.NEST, Verdict.GOOD, "One is in the other.", seconds=0.1),
            RehearsalNews(
                RehearsalStep.ENDS_BY_ITSELF, Verdict.NOTE, "1,200 s asked, 1,200 s read.", seconds=0.1
            ),
            RehearsalNews(
                RehearsalStep.REPLICATE, Verdict.WARNING, "dc3 did not hear of it in time.", seconds=60.0
            ),
            RehearsalNews(RehearsalStep.CLEAN_UP, Verdict.GOOD, "Everything is removed.", seconds=0.3),
        ]
        self.report = RehearsalReport(
            provider_id,
            at,
            tuple(news),
            (Latency(DC1, 0.0, 0.0), Latency(DC2, 2.34, 1.9), Latency(DC3, None, None, "did not answer")),
            proposed_latency_seconds=7,
        )

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error

    def check_now(self, elevation_id: ElevationId) -> Inspection:
        self._answer(f"check_now {elevation_id}")
        assert self.inspection is not None
        return self.inspection

    def check_domain(self, provider_id: ProviderId) -> DomainCheck:
        self._answer(f"check_domain {provider_id}")
        return replace(self.check, provider_id=provider_id)

    def rehearse(
        self,
        provider_id: ProviderId,
        listener: Callable[[RehearsalNews], None],
        cancel: CancelToken | None,
    ) -> RehearsalReport:
        assert cancel is not None
        cancel.on_cancel(self.gate.set)
        for news in self.report.steps[:2]:
            listener(replace(news, verdict=None, seconds=None))
            listener(news)
        self._answer(f"rehearse {provider_id}")
        self.was_cancelled = cancel.is_cancelled
        if self.was_cancelled:
            return replace(
                self.report, steps=self.report.steps[:2], proposed_latency_seconds=None, problem="Cancelled."
            )
        return self.report
