# SPDX-License-Identifier: MIT
"""A session is started with exactly the arguments that were set, whatever stands in a name."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.errors import InvalidSettings, Refused
from jit_desktop.platform.sessions import SessionNotStarted, SessionStarter, filled_in

_NASTY = ("a b", '"', "$(id)", "`id`", "; rm -rf .", "&&", "|", "%PATH%", "*", "\\", "'", "ä😀", "{domain}")


@pytest.mark.parametrize("name", _NASTY)
def test_that_a_name_stays_in_its_argument(name: str) -> None:
    assert filled_in(["run", "user={account}", "{domain}\\{account}"], account=name, domain="CORP") == [
        "run",
        f"user={name}",
        f"CORP\\{name}",
    ]


@given(st.lists(st.text()), st.text(), st.text())
def test_that_the_number_of_arguments_never_changes(arguments: list[str], account: str, domain: str) -> None:
    try:
        filled = filled_in(["run", *arguments], account=account, domain=domain)
    except Refused:
        return
    assert len(filled) == len(arguments) + 1
    assert filled[0] == "run"


@pytest.mark.parametrize("name", ["-o", "/v:evil", "--help", "a\0b"])
def test_that_a_name_that_looks_like_an_option_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="taken for an option"):
        filled_in(["mstsc", "{account}"], account=name, domain="CORP")


def test_that_options_of_the_settings_are_allowed() -> None:
    assert filled_in(["mstsc", "/v:{domain}", "-x"], account="a", domain="b") == ["mstsc", "/v:b", "-x"]


@pytest.mark.parametrize(
    "command",
    [[], [""], ["{account}"], ["C:\\Tools\\{domain}\\x.exe"], ["login.BAT", "{account}"], ["a.cmd"]],
)
def test_that_an_unsafe_command_is_refused(command: list[str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        filled_in(command, account="a", domain="b")
    assert set(caught.value.problems) == {"policy.session_command"}


@pytest.mark.parametrize("name", _NASTY)
def test_that_the_program_receives_the_name_as_it_is(
    tmp_path: Path, name: str, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    target = tmp_path / "received"
    code = "import sys, pathlib, os; p = pathlib.Path(sys.argv[1]); t = p.with_suffix('.part');"
    code += "t.write_text(sys.argv[2], encoding='utf-8'); os.replace(t, p)"
    starter = SessionStarter()
    starter.start([sys.executable, "-c", code, str(target), "x{account}"], account=name, domain="CORP")
    wait_until(target.exists)
    assert target.read_text(encoding="utf-8") == f"x{name}"
    wait_until(lambda: starter.running == 0)


def test_that_a_program_that_is_not_there_says_so() -> None:
    with pytest.raises(SessionNotStarted, match="could not be started") as caught:
        SessionStarter().start(["no-such-program-anywhere"], account="a", domain="b")
    assert caught.value.subject == "no-such-program-anywhere"
    assert "session command" in caught.value.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="sessions of processes are a matter of POSIX")
def test_that_a_session_does_not_end_with_the_program(
    tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    target = tmp_path / "session"
    code = "import os, sys, pathlib; p = pathlib.Path(sys.argv[1]); t = p.with_suffix('.part');"
    code += "t.write_text(str(os.getsid(0))); os.replace(t, p)"
    starter = SessionStarter()
    process = starter.start([sys.executable, "-c", code, str(target)], account="a", domain="b")
    wait_until(target.exists)
    assert int(target.read_text()) == process != os.getsid(0)
    wait_until(lambda: starter.running == 0)
