# SPDX-License-Identifier: MIT
"""The trial on a Windows: what it runs, and that it notices what goes wrong. Scripts play the programs."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bundle import trial
from tools.bundle.trial import WentWrong, try_bundle, try_setup

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script can't be an .exe there")

_PROGRAM = """#!{python}
import os, pathlib, sys
if sys.argv[1] == "tour":
    out = pathlib.Path(sys.argv[-1])
    out.mkdir(parents=True)
    (out / "01-window.png").write_bytes(b"")
sys.exit(int(os.environ.get("CODE", "0")))
"""
_UNINSTALL = """#!{python}
import pathlib, shutil
shutil.rmtree(pathlib.Path(__file__).parent)
"""
_SETUP = """#!{python}
import os, pathlib, shutil, sys
assert sys.argv[2:] == ["/S"]
place = {{
    "/CurrentUser": pathlib.Path(os.environ["LOCALAPPDATA"], "Programs"),
    "/AllUsers": pathlib.Path(os.environ["PROGRAMFILES"]),
}}[sys.argv[1]]
bundle = pathlib.Path(__file__).parent / "JIT Desktop"
shutil.copytree(bundle, place / "JIT Desktop", dirs_exist_ok=True)
"""


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.format(python=sys.executable), encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "JIT Desktop"
    for name in trial.EXECUTABLES:
        script(folder / name, _PROGRAM)
    return folder


@pytest.fixture
def setup(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path / "programs"))
    (tmp_path / "programs").mkdir()
    script(bundle / "uninstall.exe", _UNINSTALL)
    return script(tmp_path / "setup.exe", _SETUP)


def test_that_both_executables_are_tried_and_take_pictures(bundle: Path, tmp_path: Path) -> None:
    try_bundle(bundle, tmp_path / "pictures")
    taken = {file.parent.name for file in (tmp_path / "pictures").rglob("*.png")}
    assert taken == {"JIT Desktop", "jit-desktop"}


def test_that_a_program_that_fails_is_noticed(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE", "1")
    with pytest.raises(WentWrong, match="left exit code 1"):
        try_bundle(bundle, tmp_path / "pictures")


def test_that_a_tour_without_pictures_is_noticed(bundle: Path, tmp_path: Path) -> None:
    script(bundle / "JIT Desktop.exe", "#!{python}\n")
    with pytest.raises(WentWrong, match="took no picture"):
        try_bundle(bundle, tmp_path / "pictures")


def test_that_setup_is_tried_for_one_user_and_for_the_machine(
    setup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try_setup(setup)
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("==>")] == [
        f"==> {program}"
        for mode in ("/CurrentUser", "/AllUsers")
        for program in (
            f"setup.exe {mode} /S",
            f"setup.exe {mode} /S",
            "jit-desktop.exe self-test",
            "JIT Desktop.exe self-test",
            f"uninstall.exe {mode} /S",
        )
    ]
    assert not list(tmp_path.glob("*/**/JIT Desktop/jit-desktop.exe"))


def test_that_something_left_behind_is_noticed(
    setup: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(bundle / "uninstall.exe", "#!{python}\n")
    monkeypatch.setattr(trial, "_UNINSTALL_SECONDS", 0)
    with pytest.raises(WentWrong, match="is still there"):
        try_setup(setup)


def test_that_it_needs_nothing_but_the_standard_library() -> None:
    """It runs beside what signs, where no package of anybody else is installed."""
    modules = ("trial", "signing", "wrap", "notes")
    lines = "; ".join(f"import tools.bundle.{module}" for module in modules)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); {lines}"],
        check=True,
        env=environment,
    )
