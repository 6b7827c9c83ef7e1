# SPDX-License-Identifier: MIT
"""The command line."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from jit_desktop import __version__
from jit_desktop.elevation.durations import parse_duration

_EPILOG = """exit codes:
  0 done   1 a fault of the program   2 wrong command line   3 refused by the rules, nothing was changed
  4 Active Directory unreachable or refusing   5 name, password or certificate not accepted
  6 database, settings file or credential store can't be used
  7 alarm: something should have ended and that could not be confirmed   130 stopped by the user"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; without a command the window opens."""
    parser = argparse.ArgumentParser(
        prog="jit-desktop",
        description="Lends Active Directory rights for a limited time and takes them back at the deadline.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"JIT Desktop {__version__}")
    parser.add_argument("--data-dir", type=Path, help="folder for database, log and backups")
    parser.add_argument("--demo", action="store_true", help="work on the embedded demo domain")
    parser.add_argument(
        "--background", action="store_true", help="open the window in the notification area only"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    tour = commands.add_parser("tour", help="drive the windows through the whole job and save pictures")
    tour.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    tour.add_argument("--scheme", choices=("light", "dark", "both"), default="both", help="colour scheme")

    self_test = commands.add_parser("self-test", help="check that this installation works")
    self_test.add_argument("--json", action="store_true", help="print one JSON document")

    _add_settings(commands)
    _add_elevations(commands)
    _add_check(commands)

    audit = commands.add_parser("audit", help="verify or export the audit trail")
    audit_commands = audit.add_subparsers(dest="audit_command", metavar="COMMAND", required=True)
    verify = audit_commands.add_parser("verify", help="find any change to the audit trail")
    verify.add_argument("--json", action="store_true", help="print one JSON document")
    verify.add_argument(
        "--known-head",
        default="",
        metavar="HASH",
        help="“head” of an earlier export, which must still be there: tells an end that was cut off",
    )
    export = audit_commands.add_parser("export", help="write the audit trail to a file, as one JSON document")
    export.add_argument("file", type=Path)
    export.add_argument("--force", action="store_true", help="replace the file if it exists")
    return parser


def _add_settings(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    settings = commands.add_parser("settings", help="import or export the settings as a JSON file")
    settings_commands = settings.add_subparsers(dest="settings_command", metavar="COMMAND", required=True)
    load = settings_commands.add_parser("import", help="set up providers from a settings file")
    load.add_argument("file", type=Path)
    load.add_argument("--keep-password", action="store_true", help="keep it in the credential store")
    _add_common(load, provider=False)
    save = settings_commands.add_parser("export", help="write the settings to a file; no secret is in it")
    save.add_argument("file", type=Path)
    save.add_argument("--provider", default="", help="only this provider")
    save.add_argument("--force", action="store_true", help="replace the file if it exists")
    settings_commands.add_parser(
        "forget-passwords", help="remove the passwords of all providers from the credential store"
    )


def _add_elevations(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("list", help="show elevations")
    listing.add_argument("--all", action="store_true", help="ended ones too")
    listing.add_argument("--none-open", action="store_true", help="exit code 3 where an elevation is open")
    listing.add_argument("--provider", default="", help="only this provider")
    listing.add_argument("--json", action="store_true", help="print one JSON document")

    checkout = commands.add_parser("checkout", help="elevate an account for a time")
    checkout.add_argument("account", help="logon name, display name, GUID or DN of a privileged account")
    checkout.add_argument(
        "--privilege",
        action="append",
        default=[],
        help="display name, name, GUID or DN of a group; repeatable",
    )
    checkout.add_argument("--set", action="append", default=[], help="name of a privilege set; repeatable")
    time = checkout.add_mutually_exclusive_group()
    time.add_argument("--for", dest="seconds", type=_duration, help="how long: 2h, 90m, 1h30m, 7200s")
    time.add_argument(
        "--until", type=_moment, help="until when: 2026-11-23T18:00 (local) or with a UTC offset"
    )
    checkout.add_argument("--reason", default="")
    checkout.add_argument("--ticket", default="", help="ticket number")
    checkout.add_argument("--no-wait", action="store_true", help="do not wait for the replication latency")
    _add_common(checkout)

    checkin = commands.add_parser("checkin", help="end an elevation now")
    checkin.add_argument("elevation", help="id (or its beginning) or account")
    checkin.add_argument(
        "--wait", type=_duration, default=60, help="how long to wait for the other domain controllers (60s)"
    )
    _add_common(checkin, provider=False)

    extend = commands.add_parser("extend", help="move the deadline of an elevation")
    extend.add_argument("elevation", help="id (or its beginning) or account")
    extend.add_argument("--for", dest="seconds", type=_duration, required=True, help="by how long: 30m, 1h")
    _add_common(extend, provider=False)

    sweep = commands.add_parser("sweep", help="end everything that is due, made by whatever copy")
    sweep.add_argument(
        "--every", type=_interval, metavar="TIME", help="go on as a service, with a sweep so often: 60s, 5m"
    )
    _add_common(sweep)

    schedule = commands.add_parser("schedule", help="have the operating system sweep, or stop that")
    schedule_commands = schedule.add_subparsers(dest="schedule_command", metavar="COMMAND", required=True)
    show = schedule_commands.add_parser("show", help="say whether it does")
    install = schedule_commands.add_parser("install", help="set it up for you and this folder")
    install.add_argument(
        "--every", type=_interval, default=60, metavar="TIME", help="how often: 60s, 5m (60s)"
    )
    remove = schedule_commands.add_parser("remove", help="take it away")
    remove.add_argument(
        "--all", action="store_true", help="of every data folder, before the program is uninstalled"
    )
    for parser in (show, install, remove):
        parser.add_argument("--json", action="store_true", help="print one JSON document")


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser("check", help="what a domain can do, which rights are missing, how it stands")
    check.add_argument(
        "--elevation", default="", metavar="ID", help="ask every domain controller about this one elevation"
    )
    check.add_argument(
        "--rehearse", action="store_true", help="walk through an elevation on throw-away groups, and measure"
    )
    check.add_argument(
        "--script",
        default="",
        metavar="FILE",
        help="write PowerShell that delegates the missing rights, or all where none is missing; - prints it",
    )
    check.add_argument("--force", action="store_true", help="replace the script file if it exists")
    _add_common(check)


def _add_common(parser: argparse.ArgumentParser, *, provider: bool = True) -> None:
    if provider:
        parser.add_argument(
            "--provider", default="", help="name or id of the provider; needed if there are several"
        )
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the bind password from standard input"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _interval(text: str) -> int:
    seconds = _duration(text)
    if seconds < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is too short")
    return seconds


def _moment(text: str) -> datetime:
    try:
        # In the hour that comes twice in autumn the first one is meant: an elevation is rather too short.
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write it like 2026-11-23T18:00") from None
