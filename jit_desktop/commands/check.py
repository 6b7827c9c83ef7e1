# SPDX-License-Identifier: MIT
"""check: what a domain can do, a rehearsal in it, and the truth about one elevation."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jit_desktop.app import Application
from jit_desktop.commands.choosing import choose_any_elevation, choose_provider
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.files import write_new_file
from jit_desktop.commands.output import Output
from jit_desktop.commands.passwords import use_password
from jit_desktop.elevation.domain_check import (
    DomainCheck,
    Finding,
    RehearsalNews,
    RehearsalReport,
    Verdict,
)
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.inspection import ControllerTruth, Inspection
from jit_desktop.elevation.scheduling import in_words
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)
_MARKS = {Verdict.GOOD: "✓", Verdict.NOTE: "·", Verdict.WARNING: "!", Verdict.BAD: "✗", None: "…"}


def check(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Check one elevation, or a domain and what is set for it."""
    if args.elevation:
        return _elevation(app, args, output)
    provider = choose_provider(app.store, args.provider)
    use_password(app, provider, args)
    found = app.examiner.check_domain(provider.id)
    rehearsal = None
    if args.rehearse and found.info is not None:
        rehearsal = app.examiner.rehearse(provider.id, lambda news: _tell(output, news))
    lines = [*_check_lines(found, provider), *(_rehearsal_lines(rehearsal) if rehearsal else ())]
    lines += (removed := _removed_schedule(app))
    script = found.script or found.whole_script
    if args.script == "-" and not output.as_json:
        for line in lines:
            output.note(line)
        output.result(None, script.splitlines())
    else:
        if args.script not in ("", "-") and script:
            write_new_file(Path(args.script), script, replace=args.force)
            output.note(f"The script is in {args.script}.")
        document = _check_document(found, provider, rehearsal)
        output.result({**document, "schedule_was_removed": bool(removed)}, lines)
    bad = found.worst is Verdict.BAD or (rehearsal is not None and _went_wrong(rehearsal))
    return ExitCode.REFUSED if bad else ExitCode.DONE


def _removed_schedule(app: Application) -> list[str]:
    """That somebody has removed the sweep of this computer; nothing where that can't be asked."""
    try:
        state = app.schedule.state()
        if state.was_removed:
            return [f"  ! {in_words(state)}", "      jit-desktop schedule install sets it up again."]
    except JitError as error:
        _LOG.info("How the sweep is set up can't be asked: %s", error)
    return []


def _went_wrong(rehearsal: RehearsalReport) -> bool:
    return bool(rehearsal.problem or rehearsal.leftovers) or any(
        step.verdict is Verdict.BAD for step in rehearsal.steps
    )


def _tell(output: Output, news: RehearsalNews) -> None:
    output.note(f"{_MARKS[news.verdict]} {news.message}{_seconds(news.seconds)}")


def _seconds(seconds: float | None) -> str:
    return f" ({seconds:.1f} s)" if seconds is not None else ""


# --- a domain ---------------------------------------------------------------------------------------------


def _check_lines(found: DomainCheck, provider: DomainProvider) -> Iterator[str]:
    yield f"{provider.name}:"
    for finding in found.findings:
        yield f"  {_MARKS[finding.verdict]} {finding.message}"
        if finding.remedy and finding.verdict is not Verdict.GOOD:
            yield f"      {finding.remedy}"
    if found.script:
        yield "  Rights are missing: --script FILE writes what an administrator runs to delegate just these."


def _rehearsal_lines(report: RehearsalReport) -> Iterator[str]:
    yield "Rehearsal:"
    for latency in report.latencies:
        if latency.problem:
            yield f"  {latency.host}: could not be asked: {latency.problem}"
        else:
            shown, gone = (_time(s) for s in (latency.appeared_seconds, latency.gone_seconds))
            yield f"  {latency.host}: showed it after {shown}, its end after {gone}"
    if report.proposed_latency_seconds is not None:
        yield f"  Replication latency to set: {report.proposed_latency_seconds} s"
    for dn in report.leftovers:
        yield f"  left behind: {dn}"
    yield f"  broken off: {report.problem}" if report.problem else "  went through"


def _time(seconds: float | None) -> str:
    return f"{seconds:.1f} s" if seconds is not None else "more than it was waited for"


def _check_document(
    found: DomainCheck, provider: DomainProvider, rehearsal: RehearsalReport | None
) -> dict[str, Any]:
    info = found.info
    return {
        "provider": {"id": provider.id, "name": provider.name},
        "at": found.at.isoformat(),
        "worst": found.worst.value,
        "domain": None
        if info is None
        else {
            "dns_name": info.dns_name,
            "controller": info.controller,
            "identity": info.identity,
            "encryption": info.encryption,
            "functional_level": info.functional_level,
            "abilities": asdict(info.abilities),
        },
        "controllers": [asdict(controller) for controller in found.controllers],
        "findings": [_finding(finding) for finding in found.findings],
        "script": found.script,
        "whole_script": found.whole_script,
        "rehearsal": None if rehearsal is None else _rehearsal_document(rehearsal),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "topic": finding.topic.value,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "subject": finding.subject,
    }


def _rehearsal_document(report: RehearsalReport) -> dict[str, Any]:
    return {
        "at": report.at.isoformat(),
        "problem": report.problem,
        "steps": [
            {
                "step": step.step.value,
                "verdict": step.verdict.value if step.verdict else None,
                "message": step.message,
                "subject": step.subject,
                "seconds": step.seconds,
            }
            for step in report.steps
        ],
        "latencies": [asdict(latency) for latency in report.latencies],
        "proposed_latency_seconds": report.proposed_latency_seconds,
        "leftovers": list(report.leftovers),
    }


# --- an elevation -----------------------------------------------------------------------------------------


def _elevation(app: Application, args: Namespace, output: Output) -> ExitCode:
    elevation = choose_any_elevation(app, args.elevation)
    use_password(app, app.store.provider(elevation.provider_id), args)
    found = app.examiner.check_now(elevation.id)
    output.result(_inspection_document(found), _inspection_lines(found))
    if found.is_not_ended:
        return ExitCode.NOT_ENDED
    return ExitCode.REFUSED if any(advice.is_alarm for advice in found.advice) else ExitCode.DONE


def _inspection_lines(found: Inspection) -> Iterator[str]:
    yield found.in_words
    for truth in found.controllers:
        yield f"  {truth.host}: {_truth_in_words(truth)}"
    for advice in found.advice:
        yield f"{'✗' if advice.is_alarm else '·'} {advice.text}"


def _truth_in_words(truth: ControllerTruth) -> str:
    if truth.problem:
        return f"could not be asked: {truth.problem}"
    if truth.hides_a_part:
        return truth.no_answer.removeprefix(truth.host).lstrip()
    is_known = truth.group_there or truth.group_gone
    if truth.group_there:
        words = ["temporary group there, account " + ("in it" if truth.account_in_group else "not in it")]
    else:
        words = ["no temporary group" if is_known else "temporary group not shown"]
    tokens = {True: "in tokenGroups", False: "not in tokenGroups", None: "tokenGroups can't be read"}
    for target in truth.targets:
        nested = "nested" if target.nested else "not nested" if is_known else "not known whether nested"
        token = tokens[target.in_token]
        words.append(f"{target.privilege.label}: {nested}, {token}")
    return "; ".join(words)


def _inspection_document(found: Inspection) -> dict[str, Any]:
    return {
        "elevation": found.elevation.id,
        "account": found.elevation.account.name,
        "state": found.elevation.state.value,
        "at": found.at.isoformat(),
        "in_words": found.in_words,
        "controllers": [
            {
                "host": truth.host,
                "problem": truth.problem,
                "group_there": truth.group_there,
                "group_gone": truth.group_gone,
                "group_ends_in_seconds": truth.group_ends_in_seconds,
                "account_in_group": truth.account_in_group,
                "holds": truth.holds,
                "extra": list(truth.extra),
                "to_others": list(truth.to_others),
                "foreign_to_others": list(truth.foreign_to_others),
                "differences": truth.differences,
                "unproven": list(truth.unproven),
                "targets": [
                    {
                        "group": target.privilege.group.guid,
                        "name": target.privilege.label,
                        "nested": target.nested,
                        "ends_in_seconds": target.ends_in_seconds,
                        "in_token": target.in_token,
                        "permanent_through": list(target.permanent_through),
                        "other_elevations": list(target.other_elevations),
                        "by_elevation": target.by_elevation,
                    }
                    for target in truth.targets
                ],
            }
            for truth in found.controllers
        ],
        "advice": [
            {"kind": advice.kind.value, "text": advice.text, "is_alarm": advice.is_alarm}
            for advice in found.advice
        ],
    }
