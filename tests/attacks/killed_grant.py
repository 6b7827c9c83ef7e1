# SPDX-License-Identifier: MIT
"""A checkout that is killed when all is nested and nothing of that is recorded: folder, password, seconds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jit_desktop.app import application
from jit_desktop.elevation.model import CheckoutRequest, Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.secret import Secret


class _Killer:
    def on_step(self, report: StepReport) -> None:
        if report.step is Step.READ_BACK and report.status is StepStatus.RUNNING:
            os._exit(9)

    def on_elevation(self, elevation: Elevation) -> None:
        """Nobody looks."""


def main(folder: str, password: str, seconds: str) -> None:
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
        app.service.check_out(request, _Killer())


if __name__ == "__main__":
    main(*sys.argv[1:])
