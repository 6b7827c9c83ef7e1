# SPDX-License-Identifier: MIT
"""Started without a console the program has no standard streams: it must not stumble, and all that it says is
its exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jit_desktop import __main__ as entry
from jit_desktop.__main__ import main
from jit_desktop.commands.exit_codes import ExitCode


def lose_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """To be called in the test itself: pytest sets the streams anew after the fixtures."""
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["checkout", "--help"], 0),
        (["no-such-command"], 2),
        (["tour"], 2),
    ],
)
def test_that_the_command_line_is_read(monkeypatch: pytest.MonkeyPatch, words: list[str], code: int) -> None:
    lose_console(monkeypatch)
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["list"], ExitCode.DONE),
        (["list", "--json"], ExitCode.DONE),
        (["sweep"], ExitCode.DONE),
        (["checkout", "nobody", "--for", "1h"], ExitCode.REFUSED),
        (["sweep", "--password-stdin"], ExitCode.SIGN_IN),
        (["audit", "verify"], ExitCode.DONE),
    ],
)
def test_that_a_command_does_its_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], code: ExitCode
) -> None:
    lose_console(monkeypatch)
    assert main(["--data-dir", str(tmp_path), "--demo", *words]) == code


@pytest.mark.expects_log("fault of the program")
def test_that_a_fault_ends_in_an_exit_code_and_not_in_a_message_box(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(args: object) -> int:
        raise RuntimeError("a fault")

    monkeypatch.setattr(entry, "_run", fail)
    lose_console(monkeypatch)
    assert main(["list"]) == ExitCode.FAULT == entry.FAULT


def without_console(*words: str) -> int:
    code = (
        "import sys; sys.stdin = sys.stdout = sys.stderr = None; "
        f"from jit_desktop.__main__ import main; sys.exit(main({list(words)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=110, check=False)
    assert (done.stdout, done.stderr) == (b"", b"")
    return done.returncode


@pytest.mark.ui
def test_that_the_self_test_passes() -> None:
    assert without_console("self-test") == ExitCode.DONE
