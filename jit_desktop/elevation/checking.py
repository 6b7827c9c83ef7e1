# SPDX-License-Identifier: MIT
"""Finds out what a domain can do, what the bound account may do there, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jit_desktop.elevation import delegation
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.delegation import Delegation, Place, Trustee
from jit_desktop.elevation.dn import domain_dn, domain_name, same_dn
from jit_desktop.elevation.domain_check import DomainCheck, Finding, Topic, Verdict
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import CannotNest, JitError, NoSuchObject, PasswordNeeded
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.nesting import require_suitable
from jit_desktop.elevation.ports import (
    Abilities,
    Directory,
    DirectoryEntry,
    DomainController,
    EntryKind,
    ScheduleState,
)
from jit_desktop.elevation.reaching import PASS_SECONDS, Reach
from jit_desktop.elevation.settings import DomainProvider, PrivilegedAccount
from jit_desktop.elevation.ways import permanent_through
from jit_desktop.elevation.witnesses import TOLERANCE, difference_words

_CERTIFICATE_DAYS = 30
_SMALL_DIFFERENCE = timedelta(seconds=5)
_COMPUTER_DIFFERENCE = timedelta(minutes=1)
"""From here on people take a wrong end for a right one when they read this computer's clock."""


class DomainChecker:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach, schedule: ScheduleState | None = None) -> None:
        self._reach = reach
        self._schedule = schedule

    def check(self, provider: DomainProvider) -> DomainCheck:
        """All findings about the domain of ``provider``.

        Raises :class:`~jit_desktop.elevation.errors.PasswordNeeded`; everything else is a finding.
        """
        clock = self._reach.domain_clock(provider.id)
        try:
            with self._reach.controllers(provider, within_seconds=PASS_SECONDS) as controllers:
                look = _Look(provider, controllers, clock, self._schedule)
                look.everything()
                return look.result()
        except PasswordNeeded:
            raise
        except JitError as error:
            found = Finding(Topic.CONNECTION, Verdict.BAD, error.message, error.remedy, error.subject)
            return DomainCheck(provider.id, clock.now(), None, findings=(found,))


@dataclass(slots=True)
class _Look:
    provider: DomainProvider
    controllers: Controllers
    clock: DomainClock
    schedule: ScheduleState | None
    findings: list[Finding] = field(default_factory=list)
    controllers_found: Sequence[DomainController] = ()
    location: DirectoryEntry | None = None
    targets: dict[ObjectGuid, DirectoryEntry] = field(default_factory=dict)
    missing: tuple[Delegation, ...] = ()

    @property
    def _directory(self) -> Directory:
        return self.controllers.main

    def everything(self) -> None:
        for topic, work in (
            (Topic.CONNECTION, self._connection),
            (Topic.CONTROLLERS, self._controllers),
            (Topic.ENDS_BY_ITSELF, self._ends_by_itself),
            (Topic.LOCATION, self._location),
            (Topic.PRIVILEGES, self._privileges),
            (Topic.ACCOUNTS, self._accounts),
            (Topic.RIGHTS, self._rights),
            (Topic.PROGRAM, self._program),
        ):
            self._guarded(topic, work)

    def result(self) -> DomainCheck:
        return DomainCheck(
            provider_id=self.provider.id,
            at=self.clock.now(),
            info=self._directory.info,
            controllers=tuple(self.controllers_found),
            findings=tuple(self.findings),
            script=self._script(self.missing),
            whole_script=self._script(self._all_needed()),
        )

    def _script(self, delegations: Sequence[Delegation]) -> str:
        info = self._directory.info
        return delegation.powershell(delegations, self._trustee(), info.dns_name, info.base_dn)

    def _all_needed(self) -> tuple[Delegation, ...]:
        """What the settings need, on the objects that exist."""
        closed = [guid for guid, target in self.targets.items() if target.protected]
        there = {*self.targets, *((self.location.guid,) if self.location else ())}
        return tuple(d for d in delegation.needed(self.provider, closed) if d.on.guid in there)

    def _note(
        self, topic: Topic, verdict: Verdict, message: str, remedy: str = "", subject: str = ""
    ) -> None:
        self.findings.append(Finding(topic, verdict, message, remedy, subject))

    def _guarded(self, topic: Topic, work: Callable[[], None]) -> None:
        try:
            work()
        except JitError as error:
            self._note(topic, Verdict.BAD, error.message, error.remedy, error.subject)

    # --- the domain -----------------------------------------------------------------------------------------

    def _connection(self) -> None:
        info = self._directory.info
        self._note(
            Topic.CONNECTION,
            Verdict.GOOD,
            f"{info.controller} of {info.dns_name}, signed in as {info.identity}. {info.encryption}.",
            subject=info.controller,
        )
        if info.certificate_expires is not None:
            self._certificate(info.certificate_expires)

    def _certificate(self, expires: datetime) -> None:
        left = expires - self.clock.now()
        if left < timedelta(days=_CERTIFICATE_DAYS):
            self._note(
                Topic.CONNECTION,
                Verdict.WARNING,
                f"The certificate of {self._directory.info.controller} expires on {expires:%Y-%m-%d}.",
                "Have it renewed in time: without it nobody can connect, and nothing can be ended.",
                self._directory.info.controller,
            )

    def _controllers(self) -> None:
        self.controllers_found = self._directory.domain_controllers()
        for controller in self.controllers_found:
            words = ", ".join(w for w in (controller.site, "" if controller.writable else "read-only") if w)
            shown = f"{controller.host} ({words})" if words else controller.host
            try:
                time = self.controllers.at(controller.host).current_time()
            except JitError as error:
                self._note(
                    Topic.CONTROLLERS,
                    Verdict.WARNING,
                    f"{shown} could not be asked: {error.message}",
                    "Until it can be, nobody knows whether an elevation has ended there.",
                    controller.host,
                )
                continue
            self._clock_of(controller.host, shown, time - self.clock.now())
        if not all(c.is_listed for c in self.controllers_found):
            self._note(
                Topic.CONTROLLERS,
                Verdict.WARNING,
                "Which domain controllers there are is not shown to the account that signs in.",
                "Let it read CN=Sites in the configuration partition, as every account may by default: else "
                "nobody knows whether an elevation has ended there.",
            )
        self._clock_here()

    def _clock_of(self, host: str, shown: str, difference: timedelta) -> None:
        off = abs(difference)
        seconds = f"{off.total_seconds():.0f} s {'ahead' if difference > timedelta(0) else 'behind'}"
        if off < _SMALL_DIFFERENCE:
            self._note(
                Topic.CONTROLLERS,
                Verdict.GOOD,
                f"{shown} answers; its clock agrees with the others.",
                subject=host,
            )
        elif off < TOLERANCE:
            self._note(
                Topic.CONTROLLERS, Verdict.NOTE, f"{shown} answers; its clock is {seconds}.", subject=host
            )
        else:
            self._note(
                Topic.CONTROLLERS,
                Verdict.WARNING,
                f"{shown} answers, but its clock is {seconds}.",
                "Mend its time service: what ends by itself ends at another time there, and Kerberos fails.",
                host,
            )

    def _clock_here(self) -> None:
        """This computer's clock, and whether the domain's is believed at all."""
        if self.clock.doubt:
            self._note(
                Topic.CONTROLLERS,
                Verdict.BAD,
                self.clock.doubt,
                "Set right the one that is wrong: a clock that is not believed lends nothing.",
                self._directory.info.controller,
            )
            return
        difference = self.clock.difference()
        if difference is None or abs(difference) < _COMPUTER_DIFFERENCE:
            return
        now = self.clock.now()
        here = now - difference
        self._note(
            Topic.CONTROLLERS,
            Verdict.WARNING,
            f"This computer's clock is {difference_words(-difference)} the domain's: here it is "
            f"{here:%Y-%m-%d %H:%M:%S} UTC, in the domain {now:%Y-%m-%d %H:%M:%S} UTC.",
            "Set this computer's clock right: people read deadlines by it.",
        )

    def _ends_by_itself(self) -> None:
        abilities = self._directory.info.abilities
        for verdict, text in _abilities_in_words(abilities):
            self._note(Topic.ENDS_BY_ITSELF, verdict, text)

    # --- the settings ---------------------------------------------------------------------------------------

    def _location(self) -> None:
        reference = self.provider.jit.location
        if reference is None:
            self._note(
                Topic.LOCATION, Verdict.BAD, "No creation location is set.", "Choose one in the settings."
            )
            return
        place = self._directory.read(reference.guid)
        if place.kind not in (EntryKind.OU, EntryKind.CONTAINER, EntryKind.DOMAIN):
            self._note(Topic.LOCATION, Verdict.BAD, f"{place.name} is no OU or container.", subject=place.dn)
            return
        self.location = place
        self._note(
            Topic.LOCATION, Verdict.GOOD, f"Temporary groups are made in {place.dn}.", subject=place.dn
        )

    def _privileges(self) -> None:
        if not self.provider.jit.privileges:
            self._note(
                Topic.PRIVILEGES, Verdict.BAD, "No privilege is set.", "Select at least one in the settings."
            )
        for privilege in self.provider.jit.privileges:
            try:
                target = self._directory.read(privilege.group.guid)
            except NoSuchObject:
                self._note(
                    Topic.PRIVILEGES,
                    Verdict.BAD,
                    f"The group {privilege.group.name} does not exist any more.",
                    "Remove it from the provider privileges.",
                    privilege.group.dn,
                )
                continue
            self.targets[target.guid] = target
            self._privilege(target)

    def _privilege(self, target: DirectoryEntry) -> None:
        try:
            require_suitable(target, domain_dn(self._directory.info.base_dn))
        except CannotNest as error:
            self._note(Topic.PRIVILEGES, Verdict.BAD, error.message, error.remedy, target.dn)
            return
        if target.protected:
            self._note(
                Topic.PRIVILEGES,
                Verdict.WARNING,
                f"{target.name} is protected by AdminSDHolder: every 60 minutes its access control list is "
                "replaced, and an account that was in it keeps adminCount=1 and a closed list afterwards.",
                "Rather grant a group of your own that has the rights; else see the end of the script.",
                target.dn,
            )
            return
        scope = target.scope.value.replace("-", " ") if target.scope else ""
        self._note(Topic.PRIVILEGES, Verdict.GOOD, f"{target.name}, a {scope} group.", subject=target.dn)

    def _accounts(self) -> None:
        if not self.provider.accounts:
            self._note(
                Topic.ACCOUNTS, Verdict.BAD, "No privileged account is set.", "Add one in the settings."
            )
        for privileged in self.provider.accounts:
            self._guarded(Topic.ACCOUNTS, lambda p=privileged: self._account(p))  # type: ignore[misc]

    def _account(self, privileged: PrivilegedAccount) -> None:
        account = self._directory.read(privileged.account.guid)
        problem = _account_problem(account, self._directory)
        if problem:
            self._note(Topic.ACCOUNTS, Verdict.BAD, problem, "Remove it from the accounts.", account.dn)
            return
        if not account.enabled or account.expired:
            # Somebody may want it so; a checkout of it is refused before anything is written.
            state = "is disabled" if not account.enabled else "has expired"
            text = f"{account.name} {state} and can't be checked out."
            self._note(Topic.ACCOUNTS, Verdict.WARNING, text, "Mend that in Active Directory.", account.dn)
            return
        token = self._directory.token_groups(account.guid)
        direct = self._directory.groups_of(account.guid)
        offered = (self.targets.get(p.group.guid) for p in self.provider.privileges_for(account.guid))
        held = [t for t in offered if t is not None and t.sid in token]
        permanent = [
            t.name for t in held if permanent_through(self._directory, account.guid, t.guid, direct, token)
        ]
        if permanent:
            self._note(
                Topic.ACCOUNTS,
                Verdict.WARNING,
                f"{account.name} is a permanent member of {', '.join(permanent)}: no elevation ends that.",
                "Take it out of there in Active Directory.",
                account.dn,
            )
            return
        self._note(Topic.ACCOUNTS, Verdict.GOOD, f"{account.name} can be elevated.", subject=account.dn)

    def _rights(self) -> None:
        if self.location is None:
            return
        who = self._directory.info.identity
        rights = self._directory.rights(self.location.dn, list(self.targets))
        lacking = {
            t.guid: t for t in self.targets.values() if not rights.can_write_members.get(t.guid, False)
        }
        remedy = "Have an administrator of the domain run the script."
        if not rights.can_create_groups:
            self._note(
                Topic.RIGHTS,
                Verdict.BAD,
                f"{who} may not create groups in {self.location.name}.",
                remedy,
                self.location.dn,
            )
        for target in lacking.values():
            text = f"{who} may not write the members of {target.name}."
            self._note(Topic.RIGHTS, Verdict.BAD, text, remedy, target.dn)
        self.missing = tuple(
            d
            for d in self._all_needed()
            if (d.place is Place.LOCATION and not rights.can_create_groups) or d.on.guid in lacking
        )
        if not self.missing:
            self._note(
                Topic.RIGHTS,
                Verdict.GOOD,
                f"{who} may create groups in {self.location.name} and write the members of every privilege. "
                "Whether it may also write record and TTL of what it made, a rehearsal shows.",
                subject=who,
            )

    def _program(self) -> None:
        by_itself = self._directory.info.abilities.ends_by_itself
        schedule = self.schedule
        if schedule is not None and schedule.installed:
            every = duration_words(schedule.every_seconds)
            text = f"A {schedule.kind} sweeps every {every}, also while the program is closed."
            self._note(Topic.PROGRAM, Verdict.GOOD, text, schedule.note)
            return
        if by_itself:
            text = "While the program is closed, only Active Directory ends elevations, at its own time."
        else:
            text = "While the program is closed, nothing ends elevations, unless a sweep runs elsewhere."
        remedy = "Have a sweep run regularly: Settings, “Keep the promise when the program is closed”."
        if schedule is not None and schedule.note:
            remedy = schedule.note
        self._note(Topic.PROGRAM, Verdict.NOTE if by_itself else Verdict.WARNING, text, remedy)

    def _trustee(self) -> Trustee:
        name = self._directory.info.identity
        try:
            return Trustee(name, self._directory.find_account(name).sid)
        except JitError:
            return Trustee(name)


def _abilities_in_words(abilities: Abilities) -> Iterable[tuple[Verdict, str]]:
    if abilities.ttl_links:
        yield Verdict.GOOD, "Active Directory ends a membership by itself at its time (PAM optional feature)."
    if abilities.dynamic_objects:
        shortest = duration_words(abilities.minimum_ttl_seconds)
        text = (
            f"Active Directory deletes a temporary group by itself (dynamic object), after {shortest} at the "
            "earliest; this program or a sweep ends a shorter elevation on time."
        )
        yield Verdict.GOOD, text
    if not abilities.ends_by_itself:
        text = "Active Directory ends nothing by itself here: only this program or a sweep ends an elevation."
        yield Verdict.WARNING, text


def _account_problem(account: DirectoryEntry, directory: Directory) -> str:
    home = directory.info.base_dn
    if account.kind is not EntryKind.ACCOUNT:
        return f"{account.name} is not a user account."
    if not same_dn(domain_dn(account.dn), home):
        return f"{account.name} belongs to the domain {domain_name(account.dn)}, not to {domain_name(home)}."
    return ""
