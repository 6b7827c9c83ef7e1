# SPDX-License-Identifier: MIT
"""A corner of the test domain for one test alone: its own unit, targets and account, removed again."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from tests.samba.names import PRIVILEGED_PASSWORD, SERVICE
from tests.samba.server import SambaDomain
from tests.samba.verifier import Scope, Verifier


@dataclass(frozen=True, slots=True)
class Arena:
    """Distinguished names of what belongs to the test, where the service account has its least rights.

    tag               a short random word that is part of every name, to keep parallel tests apart
    ou                the unit that holds all of it
    creation_ou       where `service` may make temporary groups
    global_target, domain_local_target, universal_target
                      one group of each scope whose members `service` may write
    foreign_target    a group whose members `service` may not write
    account           an enabled account that is a member of none of them; its password is `account_password`
    account_name      its sAMAccountName
    """

    tag: str
    ou: str
    creation_ou: str
    global_target: str
    domain_local_target: str
    universal_target: str
    foreign_target: str
    account: str
    account_name: str
    account_password: str
    verifier: Verifier

    @property
    def targets(self) -> tuple[str, str, str]:
        return self.global_target, self.domain_local_target, self.universal_target

    def add_target(self, name: str, scope: Scope = "global") -> str:
        """Another group whose members `service` may write; any characters may stand in the name."""
        dn = self.verifier.create_group(name, self.ou, scope)
        self.verifier.delegate_membership(dn, SERVICE.dn)
        return dn

    def add_account(self, name: str, *, sam_account_name: str | None = None, enabled: bool = True) -> str:
        """Another account; without `sam_account_name` a unique one is made up."""
        sam = sam_account_name or f"a-{secrets.token_hex(6)}"
        return self.verifier.create_user(
            name, self.ou, PRIVILEGED_PASSWORD, sam_account_name=sam, enabled=enabled
        )

    def add_creation_ou(self, name: str) -> str:
        """Another unit in which `service` may make temporary groups."""
        dn = self.verifier.create_ou(name, self.ou)
        self.verifier.delegate_creation(dn, SERVICE.dn)
        return dn

    def temporary_groups(self) -> frozenset[str]:
        """Every group that is in `creation_ou` now."""
        return self.verifier.groups_in(self.creation_ou)


@contextlib.contextmanager
def arena(domain: SambaDomain) -> Iterator[Arena]:
    """Make an arena, and remove it with all that is in it when the context ends.

    The removal uses a new connection: the test may have taken the domain controller away and brought it back.
    """
    tag = secrets.token_hex(4)
    with domain.verifier() as verifier:
        ou = verifier.create_ou(f"arena-{tag}")
        try:
            yield _furnish(verifier, tag, ou)
        finally:
            with domain.verifier() as remover:
                if remover.exists(ou):
                    remover.delete_tree(ou)


def _furnish(verifier: Verifier, tag: str, ou: str) -> Arena:
    creation_ou = verifier.create_ou("Temporary Groups", ou)
    verifier.delegate_creation(creation_ou, SERVICE.dn)

    def target(scope: Scope) -> str:
        name = f"{scope.title()} Target {tag}"
        return verifier.create_group(name, ou, scope, attributes={"sAMAccountName": name})

    scopes: tuple[Scope, ...] = ("global", "domain local", "universal")
    delegated = {scope: target(scope) for scope in scopes}
    for dn in delegated.values():
        verifier.delegate_membership(dn, SERVICE.dn)
    account_name = f"_op-{tag}"
    return Arena(
        tag=tag,
        ou=ou,
        creation_ou=creation_ou,
        global_target=delegated["global"],
        domain_local_target=delegated["domain local"],
        universal_target=delegated["universal"],
        foreign_target=verifier.create_group(f"Foreign Target {tag}", ou),
        account=verifier.create_user(account_name, ou, PRIVILEGED_PASSWORD),
        account_name=account_name,
        account_password=PRIVILEGED_PASSWORD,
        verifier=verifier,
    )
