# SPDX-License-Identifier: MIT
"""A checkout that is killed: folder, password, seconds; at which step and status, else when all is nested and
nothing of that is recorded.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jit_desktop.app import application
from jit_desktop.elevation.model import CheckoutRequest, Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.secret import Secret


class _Killer:
    def __init__(self, step: str, status: str) -> None:
        self._at = (Step(step), StepStatus(status))

    def on_step(self, report: StepReport) -> None:
        if (report.step, report.status) == self._at:
            os._exit(9)

    def on_elevation(self, elevation: Elevation) -> None:
        """Nobody looks."""


def main(folder: str, password: str, seconds: str, step: str = "read-back", status: str = "running") -> None:
    with application(Path(folder), actor="CORP\\alice") as app:
        (provider,) = app.store.providers()
        app.secrets.remember(provider.id, Secret(password), keep=False)
        request = CheckoutRequest(
            provider_id=provider.id,
            account=provider.accounts[0].account.guid,
            privileges=tuple(p.group.guid for p in provider.jit.privileges),
            duration_seconds=int(seconds),
            requested_by=app.actor,
        )
        app.service.check_out(request, _Killer(step, status))


if __name__ == "__main__":
    main(*sys.argv[1:])
