# SPDX-License-Identifier: MIT
"""The example content of the demo domain: made anew in each process, the same every time."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from datetime import UTC, datetime

from jit_desktop.directory.demo import words
from jit_desktop.directory.demo.builder import Builder
from jit_desktop.directory.demo.builtin import add_builtin_objects
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import GroupScope

CONTENT_VERSION = 1
"""Counts the changes to the content; a state file made over another version is started anew."""

SERVICE_ACCOUNT = "svc-jit"
"""Whom the example provider binds as: may write where that was delegated."""
POWERLESS_ACCOUNT = "nobody01"
"""Reads everything and may write nothing."""


@functools.cache
def example_content() -> Tree:
    """The domain before anybody changed anything; shared by all, never changed."""
    build = Builder()
    add_builtin_objects(build)
    _domain_groups(build)
    _privileged_accounts(build)
    _service_accounts(build)
    _sites(build)
    _tier_zero(build)
    return Tree.of(build.objects())


def _domain_groups(build: Builder) -> None:
    top = build.ou("Domain Groups", description="Groups that give rights")
    vaults = build.ou("Vaults", top, description="Where temporary groups live")
    build.ou("Internal", vaults, description="Temporary groups of JIT elevations")
    build.ou("External", vaults, description="Managed by another team", delegated=False)
    _example_groups(build, build.ou("Groups", top))
    _applications(build, build.ou("Applications", top))
    shares = build.ou("File Shares", top, description="One group for each share and kind of access")
    for department, site, level in itertools.product(words.DEPARTMENTS, words.SITES, words.ACCESS_LEVELS):
        build.group(
            f"FS-{site[2]}-{department}-{level[0]}",
            shares,
            GroupScope.DOMAIN_LOCAL,
            description=f"{department} in {site[1]}: {level[1]}",
        )
    lists = build.ou("Distribution Lists", top, description="Mail only: these give no rights")
    for number, department in enumerate(words.DEPARTMENTS):
        for site, kind in itertools.product(words.SITES, words.LISTS_PER_DEPARTMENT[: 3 - number % 2]):
            name = f"DL {department} {site[2]} {kind}"
            build.group(name, lists, GroupScope.UNIVERSAL, security_enabled=False)
    roles = build.ou("Roles", top)
    for role, (region, _) in itertools.product(words.ROLES, itertools.groupby(words.SITES, lambda s: s[0])):
        build.group(f"{role} - {region}", roles, GroupScope.GLOBAL)
    strange = build.ou("Names, to + try #1", top, description="Names that break careless programs")
    for number, (name, logon) in enumerate(words.STRANGE_GROUPS):
        scope = tuple(GroupScope)[number % 3]
        build.group(name, strange, scope, logon_name=logon, description=f"Shows as it is: {name}")


def _example_groups(build: Builder, ou: ObjectGuid) -> None:
    admins = "Remote Desktop Manager Admins"
    build.group(admins, ou, GroupScope.GLOBAL, description="Administer Remote Desktop Manager")
    build.group(
        "Remote Desktop Manager Service Desk",
        ou,
        GroupScope.DOMAIN_LOCAL,
        description="Use Remote Desktop Manager at the service desk",
    )
    build.group(
        f"{admins} - Universal",
        ou,
        GroupScope.UNIVERSAL,
        description="Administer Remote Desktop Manager in the whole forest",
    )
    for name, scope in (
        ("Backup Console Users", GroupScope.DOMAIN_LOCAL),
        ("Hyper-V Console Operators", GroupScope.DOMAIN_LOCAL),
        ("Print Fleet Managers", GroupScope.GLOBAL),
        ("SQL Production Readers", GroupScope.GLOBAL),
        ("SQL Production Writers", GroupScope.DOMAIN_LOCAL),
        ("Web Farm Deployers", GroupScope.UNIVERSAL),
    ):
        build.group(name, ou, scope)


def _applications(build: Builder, top: ObjectGuid) -> None:
    for family, applications in words.APPLICATIONS.items():
        ou = build.ou(family, top)
        for application, role, stage in itertools.product(
            applications, words.APPLICATION_ROLES, words.STAGES
        ):
            build.group(
                f"{application} {role} - {stage}",
                ou,
                GroupScope.GLOBAL,
                description=f"{role} of {application} ({stage.lower()})",
            )


def _privileged_accounts(build: Builder) -> None:
    ou = build.ou("Privileged Accounts", description="Checked out for a time; nobody works as them all day")
    for prefix, count, purpose in words.PRIVILEGED:
        for number in range(1, count + 1):
            build.account(f"{prefix}{number:02}", ou, description=purpose)
    build.account("_disabled01", ou, description="Has been disabled", enabled=False)
    build.account(
        "_expired01", ou, description="Was for a project", expires=datetime(2024, 6, 30, tzinfo=UTC)
    )
    permanent = build.account("_permanent01", ou, description="Member of its group for good")
    build.add_member("Remote Desktop Manager Admins", permanent)


def _service_accounts(build: Builder) -> None:
    ou = build.ou("Service Accounts", delegated=False)
    build.account(SERVICE_ACCOUNT, ou, description="Makes and ends temporary groups")
    for name in ("svc-backup", "svc-monitoring", "svc-sccm", "svc-scan", "svc-sql"):
        build.account(name, ou)
    build.account(POWERLESS_ACCOUNT, build.folder("Users"), description="Reads everything, may write nothing")


def _sites(build: Builder) -> None:
    top = build.ou("Sites")
    regions: dict[str, ObjectGuid] = {}
    for position, (region, place, code) in enumerate(words.SITES):
        if region not in regions:
            regions[region] = build.ou(region, top)
        site = build.ou(place, regions[region], description=f"Site {code}")
        _people(build, build.ou("People", site), position)
        servers = build.ou("Servers", site)
        rooms = build.ou("Workstations", site)
        for kind, number in itertools.product(words.SERVER_KINDS, range(1, 6)):
            name = f"SRV-{code}-{kind}{number:02}-Admins"
            folder = servers
            if position < 2 and kind in ("SQL", "FILE"):
                folder = build.ou({"SQL": "Databases", "FILE": "File servers"}[kind], servers)
            build.group(name, folder, GroupScope.DOMAIN_LOCAL, description=f"Local administrators in {place}")
        for number in range(1, words.WORKSTATION_ROOMS + 1):
            build.group(f"WKS-{code}-Room{number:03}-Admins", rooms, GroupScope.DOMAIN_LOCAL)


def _people(build: Builder, ou: ObjectGuid, position: int) -> None:
    staff = build.group(f"Staff {words.SITES[position][2]}", ou, GroupScope.GLOBAL)
    given_names, surnames = words.GIVEN_NAMES, words.SURNAMES
    for number in range(position * 29, position * 29 + 29):
        given = given_names[number % len(given_names)]
        surname = surnames[(number * 7 + number // len(given_names)) % len(surnames)]
        logon = f"{_ascii(given)[:1]}{_ascii(surname)}".lower()[:14] + f"{number:03}"
        _person(build, ou, staff, given, surname, logon)
    if words.SITES[position][0] == "Asia Pacific":
        _person(build, ou, staff, *words.IDEOGRAPHIC_PEOPLE[position % 3])


def _person(build: Builder, ou: ObjectGuid, staff: ObjectGuid, given: str, surname: str, logon: str) -> None:
    person = build.account(
        f"{surname}, {given} ({logon})",
        ou,
        logon_name=logon,
        display_name=f"{given} {surname}",
        given_name=given,
        surname=surname,
    )
    build.add_member(staff, person)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ł", "L"))
    return "".join(char for char in plain if char.isascii() and char.isalpha())


def _tier_zero(build: Builder) -> None:
    top = build.ou("Tier 0", description="Nobody but its own administrators", delegated=False)
    groups = build.ou("Groups", top)
    for name in ("Tier 0 Admins", "PKI Admins", "Identity Sync Operators", "Domain Controller Operators"):
        build.group(name, groups, GroupScope.GLOBAL, protected=True)
    accounts = build.ou("Accounts", top)
    for name in ("t0-alpha", "t0-beta"):
        admin = build.account(name, accounts, protected=True)
        build.add_member("Domain Admins", admin)
