# SPDX-License-Identifier: MIT
"""What *Check this domain* and its rehearsal found, as windows and commands show it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import DomainController, DomainInfo


class Verdict(enum.StrEnum):
    """How something stands."""

    GOOD = "good"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WARNING = "warning"
    BAD = "bad"
    """Elevations will fail, or can't be ended, until it is mended."""


class Topic(enum.StrEnum):
    """What a finding is about; findings are shown in groups in this order."""

    CONNECTION = "connection"
    CONTROLLERS = "controllers"
    ENDS_BY_ITSELF = "ends-by-itself"
    LOCATION = "location"
    PRIVILEGES = "privileges"
    ACCOUNTS = "accounts"
    RIGHTS = "rights"
    PROGRAM = "program"
    """Whether somebody keeps the promise when this program is closed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    topic: Topic
    verdict: Verdict
    message: str
    remedy: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class DomainCheck:
    """What the domain can do and what the bound account may do. ``at`` is UTC on the domain controller's
    clock."""

    provider_id: ProviderId
    at: datetime
    info: DomainInfo | None
    """``None`` where the domain could not be reached; the findings say why."""
    controllers: tuple[DomainController, ...] = ()
    findings: tuple[Finding, ...] = ()
    script: str = ""
    """PowerShell that an administrator runs to delegate exactly the rights that are missing; empty where none
    is."""
    whole_script: str = ""
    """The same for all rights that the settings need, missing or not."""

    @property
    def worst(self) -> Verdict:
        """The worst verdict of all findings."""
        order = list(Verdict)
        return max((f.verdict for f in self.findings), key=order.index, default=Verdict.GOOD)


class RehearsalStep(enum.StrEnum):
    """The steps of a rehearsal in their order."""

    CLEAN_UP_BEFORE = "clean-up-before"
    """What a rehearsal that was broken off left behind is removed."""
    CREATE = "create"
    NEST = "nest"
    ENDS_BY_ITSELF = "ends-by-itself"
    """The directory is given a TTL, and that is read back."""
    EXTEND = "extend"
    """Record and TTLs are written again."""
    REPLICATE = "replicate"
    END = "end"
    REPLICATE_END = "replicate-end"
    CLEAN_UP = "clean-up"


@dataclass(frozen=True, slots=True)
class RehearsalNews:
    """One step as it happens. ``seconds`` is how long it took, ``None`` while it runs."""

    step: RehearsalStep
    verdict: Verdict | None
    """``None`` while it runs."""
    message: str
    subject: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one domain controller took to show what was written on another; ``None``: not in time, or it
    could not be asked (``problem``). Seconds."""

    host: str
    appeared_seconds: float | None = None
    gone_seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What a rehearsal found."""

    provider_id: ProviderId
    at: datetime
    steps: tuple[RehearsalNews, ...] = ()
    latencies: tuple[Latency, ...] = ()
    proposed_latency_seconds: int | None = None
    """The *replication latency* to set, from what was measured; ``None`` where nothing could be."""
    leftovers: tuple[str, ...] = field(default=())
    """DNs of rehearsal groups that could not be removed; the next sweep or rehearsal removes them."""
    problem: str = ""
    """Why it was broken off; empty where it went through."""
