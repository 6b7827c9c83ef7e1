# SPDX-License-Identifier: MIT
"""audit verify and audit export."""

from __future__ import annotations

import json
from argparse import Namespace

from jit_desktop.app import Application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.files import write_new_file
from jit_desktop.commands.output import Output
from jit_desktop.elevation.errors import StoreError
from jit_desktop.store import SqliteStore

_WHOLE = "The audit trail is whole: nothing in it was altered, removed or reordered."
_UNKNOWN_BEGINNING = (
    "Only the head of an earlier export (--known-head) tells whether another trail stands in its place."
)


def _database(app: Application) -> SqliteStore:
    if app.database is None:
        raise app.store_problem or StoreError("There is no database.")
    return app.database


def verify(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Say whether the audit trail is whole; its exit code is 6 where it is not."""
    problems = [(p.number, p.message) for p in _database(app).verify_audit(known_head=args.known_head)]
    if (unread := app.unread()) is not None:
        # A trail that began anew is whole by itself.
        problems.append((0, f"What was recorded before may be missing: {unread}"))
    output.result(
        {"whole": not problems, "problems": [{"number": n, "message": text} for n, text in problems]},
        [f"{number}: {text}" if number else text for number, text in problems]
        or [_WHOLE if args.known_head else f"{_WHOLE} {_UNKNOWN_BEGINNING}"],
    )
    return ExitCode.LOCAL if problems else ExitCode.DONE


def export(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Write the audit trail to a new file as one JSON document that can be verified by itself."""
    document = _database(app).export_audit()
    text = json.dumps(document, ensure_ascii=False, indent=2)
    write_new_file(args.file, f"{text}\n", replace=args.force)
    output.note(f"The audit trail was written to {args.file}.")
    return ExitCode.DONE if app.unread() is None else ExitCode.LOCAL
