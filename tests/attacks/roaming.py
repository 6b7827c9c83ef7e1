# SPDX-License-Identifier: MIT
"""Copies of the settings that are not this computer's, or not those of what is set up now."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.platform.computer import COMPUTER_VARIABLE
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.attacks.field import Broken, Copy, Field, Said
from tests.attacks.memory import change_rows
from tests.attacks.registry import attack

_KIND = "ending depends on the store"
_FEW = 5


def _set_up_by_hand(field: Field) -> DomainProvider:
    """As the program sets it up for a second time: of the same name, with another id."""
    return replace(field.provider(), id=ProviderId(str(uuid.uuid4())))


@contextmanager
def _at(field: Field, computer: str) -> Iterator[Path]:
    """On a computer with a data folder of its own, at the same path as on every other one. The folder of the
    copies is one for all."""
    here, kept = field.folder / "data", field.folder / computer
    if kept.exists():
        kept.rename(here)
    os.environ[COMPUTER_VARIABLE] = computer
    try:
        yield here
    finally:
        del os.environ[COMPUTER_VARIABLE]
        if here.exists():
            here.rename(kept)


def _require(said: Said, code: ExitCode, why: str) -> None:
    if said.code != code:
        raise Broken("wrong", f"{why}: {said.code}: {' '.join(said.words.split())[:300]}")


@attack(_KIND, "the copies of the settings roam between two computers, and the data folders do not")
def copies_roam(field: Field) -> None:
    with _at(field, "second") as folder:
        field.copy(folder=folder, provider=_set_up_by_hand(field)).app.store.close()
    with _at(field, "first") as folder:
        copy = field.copy(folder=folder)
        elevation = copy.check_out(_FEW * 3)
        copy.app.store.close()
        _require(copy.command("sweep"), ExitCode.DONE, "before the deadline")
    for computer in ("second", "third"):
        with _at(field, computer):
            _require(_listed(copy), ExitCode.DONE, f"nothing is lost on the {computer} one")
    with _at(field, "second"):
        _require(copy.command("sweep"), ExitCode.DONE, "on the second one")
    with _at(field, "first"):
        field.wait_past(elevation)
        said = copy.command("sweep")
        field.require_not_silent(said)
        field.require_gone(within=5)
        _require(said, ExitCode.DONE, "after the deadline")


def _listed(copy: Copy) -> Said:
    words = [word for word in copy.words("list") if word != "--password-stdin"]
    done = subprocess.run(words, capture_output=True, text=True, env=copy.environment, check=False)
    return Said(done.returncode, done.stdout + done.stderr)


def _end_with_one_password(field: Field, copy: Copy) -> None:
    """It is set up anew, in the place of what is lost, and the sweep has the password of one."""
    field.copy(folder=copy.folder, provider=_set_up_by_hand(field)).app.store.close()
    said = copy.command("sweep")
    field.require_not_silent(said)
    field.require_gone(within=5)
    # A row of the one that has no password may have been an alarm until the other one took it over.
    again = copy.command("sweep")
    _require(again, ExitCode.LOCAL, "what only the copy knows is told, and refuses nothing")


@attack(_KIND, "the domain was set up anew by hand after the database was lost, and a sweep has one password")
def set_up_anew(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    copy.app.store.close()
    for file in copy.folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    field.wait_past(elevation)
    _end_with_one_password(field, copy)


@attack(
    _KIND, "the domain was set up anew by hand beside a row of lost settings, and a sweep has one password"
)
def set_up_anew_beside_the_row(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    copy.app.store.close()
    change_rows(copy, "delete from provider")
    field.wait_past(elevation)
    _end_with_one_password(field, copy)
