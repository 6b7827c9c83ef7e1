# SPDX-License-Identifier: MIT
"""Tells whoever listens how a rehearsal goes, and keeps it for the report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jit_desktop.elevation.domain_check import RehearsalNews, RehearsalStep, Verdict
from jit_desktop.elevation.errors import Cancelled, JitError
from jit_desktop.elevation.ports import CancelToken, Clock

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Done:
    """How a step ended; filled while it runs."""

    verdict: Verdict = Verdict.GOOD
    message: str = ""


@dataclass(slots=True)
class Teller:
    """Keeps what has a verdict in ``steps`` and tells everything to ``listener``."""

    listener: Callable[[RehearsalNews], None]
    clock: Clock
    cancel: CancelToken
    steps: list[RehearsalNews] = field(default_factory=list)

    def tell(
        self,
        step: RehearsalStep,
        verdict: Verdict | None,
        message: str,
        subject: str = "",
        seconds: float | None = None,
    ) -> None:
        """Say one thing; a listener that fails stops nothing."""
        news = RehearsalNews(step, verdict, message, subject, seconds)
        if verdict is not None:
            self.steps.append(news)
        try:
            self.listener(news)
        except Exception:  # noqa: BLE001 - logged whole; the groups have to be removed all the same
            _LOG.exception("A listener failed")

    @contextmanager
    def step(self, step: RehearsalStep, doing: str) -> Iterator[Done]:
        """Say that a step runs, and then what the block has put down, or why it failed."""
        self.cancel.raise_if_cancelled()
        self.tell(step, None, doing)
        started = self.clock.monotonic()
        done = Done()
        try:
            yield done
        except Cancelled:
            raise
        except JitError as error:
            self.tell(step, Verdict.BAD, str(error), error.subject, self.clock.monotonic() - started)
            raise
        self.tell(step, done.verdict, done.message, "", self.clock.monotonic() - started)
