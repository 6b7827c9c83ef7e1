# SPDX-License-Identifier: MIT
"""Each domain controller's answer as a row of its own, for the details pane and the checkout window."""

from __future__ import annotations

from collections.abc import Sequence

from jit_desktop.ui.models.step_summary import ControllerAnswer
from jit_desktop.ui.widgets import StepList, StepState


def show_answers(steps: StepList, answers: Sequence[ControllerAnswer]) -> None:
    """Show what each domain controller said last; rows keep their place."""
    hosts = [answer.host for answer in answers]
    if steps.keys() != hosts[: len(steps.keys())]:
        steps.set_steps(())
    known = set(steps.keys())
    for answer in answers:
        if answer.host not in known:
            steps.add_step(answer.host, answer.host)
        elapsed = None if answer.state is StepState.RUNNING else 0.0
        steps.update_step(answer.host, answer.state, answer.words, elapsed)
