# SPDX-License-Identifier: MIT
"""What a person should know or do about an elevation, from what the domain controllers say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jit_desktop.elevation.inspection import Advice, AdviceKind, ControllerTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.elevation.ports import GroupScope
from jit_desktop.elevation.remaining import remains, remains_in_words


@dataclass(frozen=True, slots=True)
class Facts:
    """What the advice depends on besides the domain controllers' answers."""

    scope: GroupScope
    """Of the temporary group, as it is or was."""
    account_protected: bool
    """Whether AdminSDHolder has marked the account."""


def should_hold(elevation: Elevation, now: datetime) -> bool:
    """Whether the account is to have the rights at ``now`` (UTC)."""
    return elevation.is_granted and now < elevation.deadline


def should_be_over(elevation: Elevation, now: datetime) -> bool:
    """Whether nothing of it is to be left at ``now``; neither is true while it is being granted."""
    return not should_hold(elevation, now) and elevation.state is not State.GRANTING


def advice_for(
    elevation: Elevation, truths: Sequence[ControllerTruth], facts: Facts, now: datetime
) -> tuple[Advice, ...]:
    """All there is to say, the alarms first."""
    asked = [t for t in truths if not t.no_answer]
    advice: list[Advice] = []
    if should_hold(elevation, now):
        advice += _while_it_lasts(elevation, asked, facts, now)
    elif should_be_over(elevation, now):
        # Past the deadline what hides a part may hide the right.
        advice += _afterwards(elevation, [t for t in truths if not t.problem], facts, now)
    advice += _permanent(elevation, asked)
    if facts.account_protected:
        advice.append(_admin_count(elevation, now))
    advice += [
        Advice(
            AdviceKind.UNREACHABLE,
            f"{t.host} could not be asked: {t.problem}" if t.problem else t.no_answer,
        )
        for t in truths
        if t.no_answer
    ]
    return tuple(sorted(advice, key=lambda a: not a.is_alarm))


def in_words(elevation: Elevation, truths: Sequence[ControllerTruth], now: datetime) -> str:
    """What it comes to, in one sentence."""
    asked = [t for t in truths if not t.no_answer]
    who, what = elevation.account.name, elevation.label
    if not asked:
        return "No domain controller could say how it stands."
    everywhere = "every domain controller" if len(asked) == len(truths) else "every one that could be asked"
    holding = [t.host for t in asked if t.gives]
    if should_hold(elevation, now):
        lacking = [t.host for t in asked if not _is_complete(t)]
        if not lacking:
            until = f"{who} has {what} by {everywhere}, until {elevation.deadline:%Y-%m-%d %H:%M:%S} UTC"
            altered = _altered(asked)
            return f"{until}, but not as it was granted: {altered[0].differences}" if altered else f"{until}."
        return f"{who} should have {what} now; {in_a_row(lacking)} {_does(lacking)} not show all of it."
    if not should_be_over(elevation, now):
        return f"{what} is being granted to {who} right now."
    if holding:
        return f"{who} should not have {what} any more; {in_a_row(holding)} still {_shows(holding)} it."
    if unproven := next((t.unproven[0] for t in asked if t.unproven), ""):
        return f"That {who} has lost {what} is not proven: {unproven}"
    if any(t.group_there for t in asked):
        gone = f"{who} has nothing of {what} by this any more; the temporary group is still there"
    else:
        gone = f"Nothing of it is left by {everywhere}"
    if kept := remains_in_words(remains(asked)):
        return f"{gone}, but {who} {kept}."
    return f"{gone}."


def _while_it_lasts(
    elevation: Elevation, asked: Sequence[ControllerTruth], facts: Facts, now: datetime
) -> list[Advice]:
    lacking = [t.host for t in asked if not _is_complete(t)]
    complete = [t.host for t in asked if _is_complete(t)]
    advice = []
    # The one that took the writes has shown them to us once, so that it has nothing to hear of.
    may_come = elevation.state is State.PROPAGATING or bool(complete)
    if lacking and may_come and not _has_written(elevation, lacking):
        until = (
            f" The replication latency is over at {elevation.ready_at:%H:%M:%S} UTC."
            if elevation.ready_at is not None and now < elevation.ready_at
            else " A logon there does not have the right yet; check again in a while."
        )
        text = f"{in_a_row(lacking)} {_has(lacking)} not heard of all of it yet.{until}"
        advice.append(Advice(AdviceKind.WAIT_FOR_REPLICATION, text))
    elif lacking:
        advice.append(
            Advice(
                AdviceKind.NOT_GRANTED,
                f"{in_a_row(lacking)} {_does(lacking)} not show all of {elevation.label}, although it was "
                "granted: somebody has changed the group or its memberships. Check it in, and out again.",
                is_alarm=True,
            )
        )
    advice += [
        Advice(
            AdviceKind.NOT_AS_MADE,
            f"By {t.host} it is not as it was granted: {t.differences} Check it in, and out again.",
            is_alarm=True,
        )
        for t in _altered(asked)
    ]
    if complete:
        advice.append(_how_to_get_it(facts.scope))
    return advice


def _has_written(elevation: Elevation, hosts: Iterable[str]) -> bool:
    """Whether the domain controller that took the writes is among ``hosts``."""
    return elevation.domain_controller.casefold() in map(str.casefold, hosts)


def _how_to_get_it(scope: GroupScope) -> Advice:
    # Global and universal groups are put into the ticket-granting ticket at logon, domain local ones of the
    # server's domain into each service ticket ([MS-KILE] 3.3.5.7.3).
    if scope is GroupScope.DOMAIN_LOCAL:
        return Advice(
            AdviceKind.PURGE_TICKETS,
            "To get it in a session that is open already, purge its Kerberos tickets: klist purge. A new "
            "logon has it by itself.",
        )
    return Advice(
        AdviceKind.NEW_LOGON,
        "To get it, sign out and in again: what global and universal groups give is fixed at logon.",
    )


def _afterwards(
    elevation: Elevation, asked: Sequence[ControllerTruth], facts: Facts, now: datetime
) -> list[Advice]:
    holding = [t.host for t in asked if t.gives]
    shells = [t.host for t in asked if t.group_there and not (t.gives or t.foreign_to_others)]
    who = "the account still has" if any(t.holds for t in asked) else "others still have, or may have,"
    advice = []
    if holding and elevation.state is State.ENDING and not elevation.is_alarm(now):
        text = f"{in_a_row(holding)} {_has(holding)} not heard of the end yet; it is asked again."
        advice.append(Advice(AdviceKind.WAIT_FOR_REPLICATION, text))
    elif holding:
        advice.append(
            Advice(
                AdviceKind.STILL_GRANTED,
                f"By {in_a_row(holding)} {who} {elevation.label} through the temporary group "
                f"{elevation.group_name}, which should be gone. Remove it now: jit-desktop sweep; or delete "
                "the group in Active Directory.",
                is_alarm=True,
            )
        )
    advice += [
        Advice(
            AdviceKind.NOT_VISIBLE,
            f"{' '.join(t.unproven)} What gives the right may be hidden from the account that signs in: look "
            "at the members of the group in Active Directory.",
            is_alarm=True,
        )
        for t in asked
        if t.unproven
    ]
    if shells:
        advice.append(
            Advice(
                AdviceKind.STILL_GRANTED,
                f"The temporary group is still there by {in_a_row(shells)} but gives nothing. "
                "jit-desktop sweep removes it.",
            )
        )
    if not holding and elevation.granted_at is not None:
        advice.append(_how_to_lose_it(facts.scope))
    return advice


def _how_to_lose_it(scope: GroupScope) -> Advice:
    # 10 hours: the default of both ticket lifetimes (Microsoft, security policy settings, Kerberos policy).
    if scope is GroupScope.DOMAIN_LOCAL:
        return Advice(
            AdviceKind.PURGE_TICKETS,
            "To lose it at once, a session that was open before the end purges its Kerberos tickets: klist "
            "purge. Else they are good for up to 10 hours, and sessions on servers until they are closed.",
        )
    return Advice(
        AdviceKind.NEW_LOGON,
        "To lose it at once, a session that was open before the end has to be signed out: it keeps the right "
        "until then, and its Kerberos tickets are good for up to 10 hours.",
    )


def _permanent(elevation: Elevation, asked: Sequence[ControllerTruth]) -> list[Advice]:
    through: dict[str, list[str]] = {}
    for truth in asked:
        for target in truth.targets:
            names = through.setdefault(target.privilege.label, [])
            own = target.privilege.group.name
            names += ["a direct membership" if n == own else n for n in target.permanent_through]
    return [
        Advice(
            AdviceKind.PERMANENT_MEMBERSHIP,
            f"{elevation.account.name} has {label} without any elevation too, through "
            f"{in_a_row(list(dict.fromkeys(names)))}. That does not end; take it away in Active Directory "
            "if it is not meant to stay.",
        )
        for label, names in through.items()
        if names
    ]


def _admin_count(elevation: Elevation, now: datetime) -> Advice:
    # [MS-ADTS] 3.1.1.6.1.
    if should_be_over(elevation, now):
        text = (
            f"{elevation.account.name} keeps adminCount=1 and an access control list without inheritance: "
            "Active Directory does not undo that. If the account is in no protected group any more, clear "
            "adminCount and enable inheritance in the advanced security settings of the account."
        )
    else:
        text = (
            f"AdminSDHolder has marked {elevation.account.name} with adminCount=1 and closed its access "
            "control list. Both stay after the end and have to be put back by hand then."
        )
    return Advice(AdviceKind.ADMIN_COUNT, text)


def _is_complete(truth: ControllerTruth) -> bool:
    return truth.account_in_group and all(t.nested and t.in_token for t in truth.targets)


def _altered(asked: Sequence[ControllerTruth]) -> list[ControllerTruth]:
    """Those that show all that was granted, and more or something else besides."""
    return [t for t in asked if t.differences and _is_complete(t)]


def _does(names: Sequence[str]) -> str:
    return "does" if len(names) == 1 else "do"


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _shows(names: Sequence[str]) -> str:
    return "shows" if len(names) == 1 else "show"
