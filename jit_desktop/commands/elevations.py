# SPDX-License-Identifier: MIT
"""list, checkout, checkin, extend."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from jit_desktop.app import Application
from jit_desktop.commands.choosing import (
    choose_account,
    choose_elevation,
    choose_privileges,
    choose_provider,
)
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.leaving import Result, carry_out
from jit_desktop.commands.output import Output, elevation_document, elevation_line
from jit_desktop.commands.passwords import use_password
from jit_desktop.commands.sweep_words import unconfirmed_lines
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, TimeSource
from jit_desktop.elevation.reaching import PASS_SECONDS
from jit_desktop.elevation.settings import DomainProvider

_POLL_SECONDS = 1.0
_NONE = "None known here; the directory was not read. A sweep does."
_UNKNOWN = "What is open is not known here, and the directory was not read. A sweep does."


def list_elevations(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Print the open elevations, with ``--all`` the ended ones too, latest first."""
    names = {p.id: p.name for p in app.store.providers()}
    wanted = choose_provider(app.store, args.provider).id if args.provider else None
    found, unrecorded = _as_done(app, list(app.store.open_elevations(wanted)))
    if args.all:
        found += [e for e in app.store.history(limit=100_000) if wanted in (None, e.provider_id)]
    # Those of which a domain controller could not be asked are over, and none of them may be.
    unconfirmed = [] if args.all else [e for key in names for e in app.service.not_confirmed(key)]
    unconfirmed = [e for e in unconfirmed if wanted in (None, e.provider_id)]
    unread = app.unread()
    documents = [{**_document(app, e, names), "recorded": e.id not in unrecorded} for e in found]
    lines = [_line(app, e) + unrecorded.get(e.id, "") for e in found]
    # Only what is kept here is printed: others may have lent and taken back since.
    output.result(
        {
            "elevations": documents,
            "unconfirmed": [_document(app, e, names) for e in unconfirmed],
            "directory_read": False,
            "incomplete": unread is not None,
        },
        [*(lines or [_NONE if unread is None else _UNKNOWN]), *unconfirmed_lines(unconfirmed)],
    )
    code = _alarm(app, found)
    if code is ExitCode.NOT_ENDED and all(e.state is not State.OVERDUE for e in found):
        # No domain controller was asked for its time, and this clock may be wrong.
        alarms = [e for e in found if app.service.is_alarm(e)]
        past = [e for e in alarms if app.service.domain_now(e.provider_id) >= e.deadline]
        lost = next((e.provider_id for e in alarms if app.service.is_time_lost(e.provider_id)), None)
        if past:
            whose = (
                "this computer's clock" if _is_a_guess(app, past) else "the domain's clock, carried on here"
            )
            output.note(f"! Past its deadline by {whose}; a sweep goes by the domain controller's.")
        elif lost is not None:
            output.note(f"! It may be past its deadline. {app.service.reach.domain_clock(lost).doubt}")
        else:
            output.note(
                "! It may be past its deadline: the clocks do not agree. A sweep asks the domain controllers."
            )
    elif _is_a_guess(app, found):
        output.note("· The time left is a guess by this computer's clock: no domain controller was asked.")
    if unread is not None:
        output.note(f"! More may be open than is listed: {unread}")
        code = max(code, ExitCode.LOCAL)
    if unrecorded:
        output.note("! What was done could not be recorded yet; the next sweep looks again, and records it.")
        code = max(code, ExitCode.LOCAL)
    if args.none_open and any(e.is_open or e.id in unrecorded for e in found):
        return ExitCode.REFUSED
    return code


def _as_done(
    app: Application, rows: Sequence[Elevation]
) -> tuple[list[Elevation], Mapping[ElevationId, str]]:
    """The open ones as they stand by what some program did and could not record, and what is said besides of
    those of which that is so. Only these words go by it: a sweep looks at the directory."""
    kept = app.unrecorded.read()
    shown, words = [], {}
    for row in rows:
        one = kept.get(row.id)
        # An end that is under way may stand anywhere by now.
        is_told = one is not None and (not one.state.is_open or one.state is State.OVERDUE)
        if one is None or not is_told or one.revision <= row.revision:
            shown.append(row)
            continue
        ended_at = row.ended_at if one.state.is_open else one.ended_at or one.at
        shown.append(replace(row, state=one.state, ended_at=ended_at, unconfirmed_on=one.unconfirmed_on))
        words[row.id] = (
            f"\n    ! Not recorded: the database could not be written (kept {one.at:%Y-%m-%d %H:%M:%S} UTC)."
        )
    return shown, words


def check_out(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Elevate an account and, unless told otherwise, wait until the elevation is active."""
    provider = choose_provider(app.store, args.provider)
    account = choose_account(provider, args.account)
    privileges = choose_privileges(provider, account.account.guid, args.privilege, args.set)

    def work() -> ExitCode:
        return _check_out(app, args, output, provider, account.account.guid, privileges)

    return _carried_out(app, output, account.account.guid, work)


def _check_out(
    app: Application,
    args: Namespace,
    output: Output,
    provider: DomainProvider,
    account: ObjectGuid,
    privileges: tuple[ObjectGuid, ...],
) -> ExitCode:
    use_password(app, provider, args)
    request = CheckoutRequest(
        provider_id=provider.id,
        account=account,
        privileges=privileges,
        duration_seconds=_seconds(app, provider, args),
        requested_by=app.actor,
        reason=args.reason,
        ticket=args.ticket,
        until=None if args.until is None else args.until.astimezone(UTC),
    )
    elevation = app.service.check_out(request, output)
    try:
        while elevation.state is State.PROPAGATING and not args.no_wait:
            app.clock.sleep(_POLL_SECONDS)
            report = app.service.tick(output, provider.id)
            elevation = app.store.elevation(elevation.id)
            if provider.id in report.problems:
                output.note(f"! {report.problems[provider.id]}")
    except KeyboardInterrupt:
        output.note(f"It is granted all the same; give it back with: jit-desktop checkin {elevation.id}")
        raise
    if app.service.is_alarm(elevation):
        # Stopped for longer than it lasts: no process leaves behind what should have ended.
        app.service.tick(output, provider.id)
        elevation = app.store.elevation(elevation.id)
    code = _print(app, elevation, output)
    # Who asked for it has not got it: a script must not go on as if the account were elevated.
    is_lent = elevation.is_granted
    return ExitCode.REFUSED if code is ExitCode.DONE and not is_lent else code


def check_in(app: Application, args: Namespace, output: Output) -> ExitCode:
    """End an elevation now and wait until every domain controller that can be asked says so."""
    elevation = choose_elevation(app, args.elevation)
    return _carried_out(app, output, elevation.account.guid, lambda: _check_in(app, args, output, elevation))


def _check_in(app: Application, args: Namespace, output: Output, elevation: Elevation) -> ExitCode:
    use_password(app, app.store.provider(elevation.provider_id), args)
    elevation = app.service.check_in(elevation.id, output)
    end = app.clock.monotonic() + args.wait
    while elevation.is_open and app.clock.monotonic() < end:
        app.clock.sleep(_POLL_SECONDS)
        app.service.tick(output, elevation.provider_id)
        elevation = app.store.elevation(elevation.id)
    code = _print(app, elevation, output)
    if elevation.is_open:
        return ExitCode.NOT_ENDED
    if any(one.id == elevation.id for one in app.store.unrecorded()):
        output.note("What was done could not be recorded; the next sweep finds it done.")
        return max(code, ExitCode.LOCAL)
    return code


def extend(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Move the deadline of an elevation."""
    elevation = choose_elevation(app, args.elevation)

    def work() -> ExitCode:
        use_password(app, app.store.provider(elevation.provider_id), args)
        return _print(app, app.service.extend(elevation.id, args.seconds, output), output)

    return _carried_out(app, output, elevation.account.guid, work)


def _carried_out(
    app: Application, output: Output, account: ObjectGuid, work: Callable[[], ExitCode]
) -> ExitCode:
    """Do ``work``; where it breaks off, what ``account`` may hold still is listed, and is the exit code."""

    def in_words(left: Sequence[Elevation]) -> Result:
        output.note("! What should have ended may still be held; every sweep tries again:")
        document = {"elevations": [_document(app, e, {}) for e in left]}
        return document, [_line(app, e) for e in left]

    return carry_out(work, output, alarms=lambda: app.service.alarms_of(account), in_words=in_words)


def _seconds(app: Application, provider: DomainProvider, args: Namespace) -> int:
    if args.until is not None:
        # On the domain controller's clock, which is where the deadline will stand.
        with app.service.reach.controllers(provider, within_seconds=PASS_SECONDS):
            clock = app.service.reach.domain_clock(provider.id)
            clock.require_trusted()
            return int((args.until - clock.now()).total_seconds())
    return provider.policy.default_seconds if args.seconds is None else int(args.seconds)


def _document(app: Application, elevation: Elevation, names: Mapping[ProviderId, str]) -> dict[str, Any]:
    now, name = app.service.domain_now(elevation.provider_id), names.get(elevation.provider_id, "")
    is_lost = app.service.is_time_lost(elevation.provider_id)
    return elevation_document(elevation, now, name, _source(app, elevation), is_time_lost=is_lost)


def _line(app: Application, elevation: Elevation) -> str:
    key = elevation.provider_id
    now, is_lost = app.service.domain_now(key), app.service.is_time_lost(key)
    return elevation_line(elevation, now, is_time_lost=is_lost)


def _source(app: Application, elevation: Elevation) -> TimeSource:
    return app.service.reach.domain_clock(elevation.provider_id).source


def _is_a_guess(app: Application, elevations: list[Elevation]) -> bool:
    """Whether the time left of any is this computer's clock's alone."""
    return any(e.is_open and _source(app, e) is TimeSource.COMPUTER for e in elevations)


def _print(app: Application, elevation: Elevation, output: Output) -> ExitCode:
    name = app.store.provider(elevation.provider_id).name
    now = app.service.domain_now(elevation.provider_id)
    if elevation.state is State.PROPAGATING and elevation.ready_at is not None:
        left = max(0, int((elevation.ready_at - now).total_seconds()))
        output.note(f"It can be used in {duration_words(left)}.")
    document = elevation_document(elevation, now, name, _source(app, elevation))
    output.result(document, [elevation_line(elevation, now)])
    return _alarm(app, [elevation])


def _alarm(app: Application, elevations: list[Elevation]) -> ExitCode:
    # Also what can't be reached: it must not look as if all were well.
    alarm = any(app.service.is_alarm(e) for e in elevations)
    return ExitCode.NOT_ENDED if alarm else ExitCode.DONE
