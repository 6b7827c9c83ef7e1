# SPDX-License-Identifier: MIT
"""Safeguards of the two shells: commands and windows."""

from __future__ import annotations

from tests.mutation.plant import Plant

_COMMANDS = "jit_desktop/commands/"
_UI = "jit_desktop/ui/"

SHELLS = (
    Plant(
        "a sweep that leaves something overdue ends with success",
        _COMMANDS + "exit_codes.py",
        "    if any(report.is_alarm for report in told):\n",
        "    if False:\n",
        ("tests/unit/commands",),
        ("attacks",),
    ),
    Plant(
        "a sweep that could not be done ends with success",
        _COMMANDS + "exit_codes.py",
        "        if report.problem\n",
        "        if report is None\n",
        ("tests/unit/commands",),
    ),
    Plant(
        "a sweep that watches nothing says nothing",
        _COMMANDS + "sweeping.py",
        "    if not providers:\n",
        "    if False:\n",
        ("tests/unit/commands",),
    ),
    Plant(
        "an alarm of the list is no exit code",
        _COMMANDS + "elevations.py",
        "    return ExitCode.NOT_ENDED if alarm else ExitCode.DONE\n",
        "    return ExitCode.DONE\n",
        ("tests/unit/commands",),
    ),
    Plant(
        "control characters of names reach the terminal",
        _COMMANDS + "output.py",
        '    text = _COMMANDS_TO_TERMINALS.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text)\n',
        "",
        ("tests/unit/commands",),
    ),
    Plant(
        "an import leaves the password of the old server with the new one",
        _COMMANDS + "settings.py",
        "        _forget_if_unused(app, provider)\n",
        "",
        ("tests/unit/commands",),
    ),
    Plant(
        "an import looks objects up at another server with the password that was kept",
        _COMMANDS + "settings.py",
        "    if password is None and existing is not None and "
        "draft.connection.has_target_of(existing.connection):\n",
        "    if password is None and existing is not None:\n",
        ("tests/unit/commands",),
    ),
    Plant(
        "exports are made for everybody to read",
        _COMMANDS + "files.py",
        "os.open(path, flags, 0o600)",
        "os.open(path, flags, 0o666)",
        ("tests/unit/commands",),
    ),
    Plant(
        "the window leaves the password of the old server with the new one",
        _UI + "settings/drafts.py",
        "            if not draft.keeps_password:\n",
        "            if False:\n",
        ("tests/ui/settings",),
    ),
    Plant(
        "a disabled account is not named in the checkout form",
        _UI + "checkout/form.py",
        "        elif row.availability is Availability.DISABLED:\n",
        "        elif False:\n",
        ("tests/ui/checkout",),
    ),
    Plant(
        "rows of the history that moved down come twice",
        _UI + "models/history_table.py",
        "            fresh = [e for e in page if e.id not in self._ids]\n",
        "            fresh = list(page)\n",
        ("tests/ui/main_window",),
    ),
    Plant(
        "a page of the history that failed is asked for again and again",
        _UI + "models/history_table.py",
        "        self._is_exhausted = True  # or the view would ask again and again\n",
        "",
        ("tests/ui/main_window",),
    ),
)
