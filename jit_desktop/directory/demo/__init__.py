# SPDX-License-Identifier: MIT
"""The embedded demo domain: an Active Directory stand-in for whoever has no domain at hand, and for tests."""

from jit_desktop.directory.demo.connector import DemoConnector, demo_factory
from jit_desktop.directory.demo.console import DemoConsole
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.faults import EVERYTHING, READS, WRITES, Fault, FaultPlan, Operation
from jit_desktop.directory.demo.provider import DEMO_PROVIDER_ID, demo_provider

__all__ = [
    "DEMO_PROVIDER_ID",
    "EVERYTHING",
    "READS",
    "WRITES",
    "DemoConnector",
    "DemoConsole",
    "DemoDirectory",
    "Fault",
    "FaultPlan",
    "Operation",
    "demo_factory",
    "demo_provider",
]
