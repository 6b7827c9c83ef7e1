# SPDX-License-Identifier: MIT
"""The program used by its commands alone, each a process of its own, as the least-rights account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jit_desktop.commands.exit_codes import ExitCode
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.settings_file import settings_document


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Starts the program with a command, and gives it the password on standard input where it asks.

    When the block is left, no temporary group is.
    """

    def __init__(self, domain: SambaDomain, data_dir: Path) -> None:
        self.domain = domain
        self.data_dir = data_dir

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.domain.verifier() as verifier:
            for dn in verifier.groups_in(names.OU_INTERNAL):
                verifier.delete(dn)

    def run(self, *words: str, password: str | None = None) -> Answer:
        """Run a command; ``password`` goes to its standard input."""
        given = "" if password is None else f"{password}\n"
        return self.start(("--data-dir", self.called(self.data_dir), *words), given, self.domain.environment)

    def json(self, *words: str, asks: bool = True, code: int = ExitCode.DONE) -> Any:
        """The document that a command prints; it has to end with ``code``, and never to show the password."""
        extra = ("--password-stdin", "--json") if asks else ("--json",)
        done = self.run(*words, *extra, password=self.domain.service.password if asks else None)
        assert done.returncode == code, done.stderr
        assert self.domain.service.password not in done.stdout + done.stderr
        return json.loads(done.stdout)

    def import_settings(self, file: Path) -> Any:
        """Set the example up, by a settings file at ``file``; the document that the command prints."""
        write_settings(self.domain, file, ca_file=self.called(self.domain.ca_file))
        return self.json("settings", "import", self.called(file))

    # What differs where the program is another one than that of this tree

    def start(self, words: tuple[str, ...], given: str, environment: Mapping[str, str]) -> Answer:
        """Run the program with ``words``, and with ``given`` on its standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "jit_desktop", *words],
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            env={**os.environ, **environment, "PYTHONUTF8": "1"},
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def called(self, file: Path) -> str:
        """What the program calls this file."""
        return str(file)


def write_settings(domain: SambaDomain, file: Path, *, ca_file: str = "") -> Path:
    """The settings file of the example at ``file``."""
    file.write_text(json.dumps(settings_document(domain, ca_file=ca_file)), encoding="utf-8")
    return file
