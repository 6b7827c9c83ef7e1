# SPDX-License-Identifier: MIT
"""Safeguards of what the program does with the system."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/platform/"
_UNIT = ("tests/unit/platform",)
_COMPUTER = "tests/unit/platform/test_computer.py"
_COPIES = "tests/unit/store/test_settings_copies.py"

PLATFORM = (
    Plant(
        "what another computer keeps is taken for this one's",
        "jit_desktop/app.py",
        "computer=computer_id())",
        'computer="")',
        (_COPIES,),
        ("attacks",),
    ),
    Plant(
        "a copy of the settings goes by its path alone",
        "jit_desktop/store/settings_copies.py",
        'hashlib.sha256(computer.encode("utf-8", "surrogateescape") + b"\\0" + path)',
        "hashlib.sha256(path)",
        (_COPIES,),
        ("attacks",),
    ),
    Plant(
        "a window on another computer keeps this one's from opening",
        _HERE + "single_instance.py",
        '    name = f"{computer_id()}\\0{',
        '    name = f"{',
        ("tests/unit/platform/test_single_instance.py",),
    ),
    Plant(
        "a computer is another one when it was renamed",
        _HERE + "computer.py",
        "        given = _given_by_the_system()\n",
        '        given = ""\n',
        (_COMPUTER,),
    ),
    Plant(
        "what many computers say of themselves is believed",
        _HERE + "computer.py",
        "        if _MACHINE_ID.fullmatch(text):\n",
        "        if True:\n",
        (_COMPUTER,),
    ),
    Plant(
        "a computer without an id of its own is every computer",
        _HERE + "computer.py",
        "    return (given or platform.node()).casefold()\n",
        "    return given.casefold()\n",
        (_COMPUTER,),
    ),
    Plant(
        "the copies of the settings lie where settings roam",
        _HERE + "paths.py",
        'platformdirs.user_state_dir("jit-desktop", appauthor=False)',
        'platformdirs.user_config_dir("jit-desktop", appauthor=False)',
        (_COMPUTER,),
    ),
    Plant(
        "the window needs to write in the data folder to start",
        _HERE + "single_instance.py",
        "    folder = runtime_dir()\n",
        "    folder = data_dir\n",
        ("tests/unit/platform/test_single_instance.py", "tests/faults/test_window_on_spoilt_folders.py"),
    ),
    Plant(
        "a window that can have no lock does not open",
        _HERE + "single_instance.py",
        "            return cls(lock)\n",
        "            raise\n",
        ("tests/unit/platform/test_single_instance.py",),
    ),
    Plant(
        "another user's folder is trusted with the lock of the window",
        _HERE + "single_instance.py",
        '(sys.platform != "win32" and found.st_uid != os.geteuid())',
        "False",
        ("tests/unit/platform/test_single_instance.py",),
    ),
    Plant(
        "a task that is started no more is called set up",
        _HERE + "schedule/windows_task.py",
        '"" if every else _NEVER\n',
        '""\n',
        ("tests/unit/platform/test_schedule.py",),
    ),
    Plant(
        "a schedule that runs something else is called set up",
        _HERE + "schedule/program.py",
        "        return OTHER_COMMAND\n",
        '        return ""\n',
        ("tests/unit/platform/test_schedule.py",),
    ),
    Plant(
        "a schedule whose program is gone is called set up",
        _HERE + "schedule/program.py",
        '    return "" if shutil.which(command[0]) is not None else GONE_PROGRAM\n',
        '    return ""\n',
        ("tests/unit/platform/test_schedule.py",),
    ),
    Plant(
        "the scheduled task asks for the highest rights",
        _HERE + "schedule/windows_task.py",
        '    _add(principal, "RunLevel", "LeastPrivilege")\n',
        '    _add(principal, "RunLevel", "HighestAvailable")\n',
        _UNIT,
    ),
    Plant(
        "the scheduled task does not run on batteries",
        _HERE + "schedule/windows_task.py",
        '        ("DisallowStartIfOnBatteries", "false"),\n',
        '        ("DisallowStartIfOnBatteries", "true"),\n',
        _UNIT,
    ),
    Plant(
        "a scheduled sweep that was missed is not made up for",
        _HERE + "schedule/windows_task.py",
        '        ("StartWhenAvailable", "true"),\n',
        '        ("StartWhenAvailable", "false"),\n',
        _UNIT,
    ),
    Plant(
        "the uninstaller asks shares of other computers",
        _HERE + "schedule/removing.py",
        '    if program.drive.startswith("\\\\\\\\"):\n',
        "    if False:\n",
        _UNIT,
    ),
    Plant(
        "another copy's schedule is removed too",
        _HERE + "schedule/removing.py",
        "        if not is_ours(command, folder):\n",
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "the log is made for everybody to read",
        _HERE + "logging_setup.py",
        'flags | getattr(os, "O_NONBLOCK", 0), 0o600)\n',
        'flags | getattr(os, "O_NONBLOCK", 0), 0o644)\n',
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "passwords are not struck out of the log",
        _HERE + "logging_setup.py",
        "        return self._redactor.clean(super().format(record))\n",
        "        return super().format(record)\n",
        _UNIT,
    ),
    Plant(
        "a batch file is started with names from the directory",
        _HERE + "sessions.py",
        '    if PureWindowsPath(program).suffix.lower() in (".bat", ".cmd"):\n',
        "    if False:\n",
        _UNIT,
    ),
    Plant(
        "a name that looks like an option is passed as one",
        _HERE + "sessions.py",
        '        if "\\0" in filled or (filled[:1] in ("-", "/") and filled[:1] != argument[:1]):\n',
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "a password that was forgotten is used until the program ends",
        _HERE + "secrets.py",
        "        with self._lock:\n            self._of_this_run.pop(provider_id, None)\n"
        "        if self._backend is None:\n            return\n        try:\n            if self._backend",
        "        if self._backend is None:\n            return\n        try:\n            if self._backend",
        _UNIT,
    ),
    Plant(
        "who reads a password waits for a credential store for ever",
        _HERE + "secrets.py",
        "            if left <= 0:\n                raise TimeoutError\n",
        "            left = max(left, 0.01)\n",
        ("tests/unit/platform/test_secrets.py",),
        ("attacks",),
    ),
    Plant(
        "each look asks a credential store again that does not answer",
        "jit_desktop/elevation/answers.py",
        "            if asked is None or asked.is_answered.is_set():\n",
        "            if True:\n",
        ("tests/unit/platform/test_secrets.py",),
    ),
    Plant(
        "where no home is found no command comes up",
        "jit_desktop/platform/paths.py",
        '        return Path(platformdirs.user_state_dir("jit-desktop", appauthor=False)) / "copies"\n'
        "    except RuntimeError:\n",
        '        return Path(platformdirs.user_state_dir("jit-desktop", appauthor=False)) / "copies"\n'
        "    except OSError:\n",
        ("tests/unit/platform/test_home_unknown.py",),
    ),
    Plant(
        "that no copy is kept outside is not said",
        "jit_desktop/app.py",
        "        if outside is None and not demo:\n",
        "        if False:\n",
        ("tests/unit/platform/test_home_unknown.py",),
    ),
    Plant(
        "a command without any folder dies with a trace",
        "jit_desktop/commands/run.py",
        "    except HomeUnknown as error:\n",
        "    except OSError as error:\n",
        ("tests/unit/platform/test_home_unknown.py",),
    ),
    Plant(
        "a start at sign-in is looked for where no home is found",
        "jit_desktop/platform/paths.py",
        '    return home / ".config" if home.is_absolute() else None\n',
        '    return home / ".config"\n',
        ("tests/unit/platform/test_home_unknown.py",),
    ),
)
