# SPDX-License-Identifier: MIT
"""The second connection: reads and prepares the directory independently of the code under test."""

import ssl
import struct
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from ldap3 import BASE, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException, LDAPNoSuchObjectResult
from ldap3.utils.dn import escape_rdn

from tests.samba import rights
from tests.samba.names import ADMINISTRATOR, BASE_DN, DC1, DNS_DOMAIN, Credentials

Scope = Literal["global", "domain local", "universal"]

# [MS-ADTS] 2.2.12 group type flags, all with the bit of a security group.
GROUP_TYPES: Final[dict[Scope, int]] = {
    "global": -2147483646,
    "domain local": -2147483644,
    "universal": -2147483640,
}
# [MS-ADTS] 2.2.16 userAccountControl.
NORMAL_ACCOUNT: Final = 0x200
ACCOUNT_DISABLED: Final = 0x2
PASSWORD_NEVER_EXPIRES: Final = 0x10000

_TREE_DELETE: Final = ("1.2.840.113556.1.4.805", True, None)
_DELETED: Final = f"CN=Deleted Objects,{BASE_DN}"


def connect(
    address: str,
    ca_file: Path,
    credentials: Credentials = ADMINISTRATOR,
    *,
    port: int = 636,
    timeout_seconds: int = 20,
    host: str = DC1,
) -> Connection:
    """A verified LDAPS connection bound with this account; every refusal raises ldap3's exception for it."""
    tls = VerifyingTls(host, ca_certs_file=str(ca_file))
    server = Server(address, port=port, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=timeout_seconds)
    connection = Connection(
        server,
        credentials.upn,
        credentials.password,
        raise_exceptions=True,
        check_names=False,
        receive_timeout=timeout_seconds,
    )
    try:
        connection.bind()
    except LDAPException:
        connection.unbind()
        raise
    return connection


class VerifyingTls(Tls):
    """Lets OpenSSL check the host name; ldap3 does it by a function that Python 3.12 no longer has."""

    def __init__(self, host: str = DC1, *, ca_certs_file: str) -> None:
        super().__init__(ca_certs_file=ca_certs_file)
        self._host = host

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        try:
            connection.socket = context.wrap_socket(connection.socket, server_hostname=self._host)
        except OSError:
            connection.socket.close()
            raise


class Verifier:
    """What is really in the directory, and the means to bring it into a state; bound as Administrator.

    All names that come in or go out are distinguished names, unless a parameter is called otherwise. A
    missing object raises `LDAPNoSuchObjectResult`.
    """

    def __init__(self, address: str, ca_file: Path, host: str = DC1) -> None:
        self.host = host
        self.connection = connect(address, ca_file, host=host)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.unbind()

    # -- looking ------------------------------------------------------------------------------------------

    def read(self, dn: str, *attributes: str) -> dict[str, list[bytes]]:
        """The raw values of these attributes; an attribute without value is an empty list."""
        raw: Mapping[str, list[bytes]] = self._entry(dn, *attributes)["raw_attributes"]
        return {name: list(values) for name, values in raw.items()}

    def text(self, dn: str, attribute: str) -> str | None:
        """The first value of one attribute as text."""
        values = self.read(dn, attribute).get(attribute, [])
        return values[0].decode() if values else None

    def exists(self, dn: str) -> bool:
        try:
            self.read(dn, "objectGUID")
        except LDAPNoSuchObjectResult:
            return False
        return True

    def guid(self, dn: str) -> bytes:
        """objectGUID as the directory stores it (`uuid.UUID(bytes_le=…)`)."""
        return self.read(dn, "objectGUID")["objectGUID"][0]

    def sid(self, dn: str) -> bytes:
        return self.read(dn, "objectSid")["objectSid"][0]

    def members(self, group_dn: str) -> frozenset[str]:
        """The direct members, spelled as the directory spells them."""
        return frozenset(value.decode() for value in self.read(group_dn, "member").get("member", []))

    def is_member(self, member_dn: str, group_dn: str) -> bool:
        """Whether it is a direct member, however its name is spelled here."""
        return self._entry(member_dn, "objectGUID")["dn"] in self.members(group_dn)

    def token_groups(self, account_dn: str) -> frozenset[str]:
        """The SIDs of all security groups the account would have after a logon ([MS-ADTS] 3.1.1.4.5.19)."""
        return frozenset(sid_text(raw) for raw in self.read(account_dn, "tokenGroups").get("tokenGroups", []))

    def is_effective_member(self, account_dn: str, group_dn: str) -> bool:
        """Whether a new logon of the account would carry the group, through however many groups between."""
        return sid_text(self.sid(group_dn)) in self.token_groups(account_dn)

    def groups_in(self, ou_dn: str) -> frozenset[str]:
        """Every group below the OU."""
        self.connection.search(ou_dn, "(objectClass=group)", SUBTREE, attributes=["cn"])
        response: Any = self.connection.response
        return frozenset(row["dn"] for row in response if row["type"] == "searchResEntry")

    def _entry(self, dn: str, *attributes: str) -> dict[str, Any]:
        self.connection.search(dn, "(objectClass=*)", BASE, attributes=list(attributes or ("*",)))
        response: Any = self.connection.response
        entry: dict[str, Any] = response[0]
        return entry

    # -- preparing ----------------------------------------------------------------------------------------

    def create_ou(self, name: str, parent_dn: str = BASE_DN) -> str:
        dn = f"OU={escape_rdn(name)},{parent_dn}"
        self.connection.add(dn, "organizationalUnit")
        return dn

    def create_group(
        self,
        name: str,
        parent_dn: str,
        scope: Scope = "global",
        *,
        attributes: Mapping[str, Any] | None = None,
    ) -> str:
        """A security group; without `sAMAccountName` among the attributes the directory makes one up."""
        dn = f"CN={escape_rdn(name)},{parent_dn}"
        self.connection.add(dn, "group", {"groupType": GROUP_TYPES[scope], **(attributes or {})})
        return dn

    def create_user(
        self,
        name: str,
        parent_dn: str,
        password: str,
        *,
        sam_account_name: str | None = None,
        enabled: bool = True,
    ) -> str:
        """A user whose password never expires and who may log on at once."""
        sam = sam_account_name or name
        dn = f"CN={escape_rdn(name)},{parent_dn}"
        control = NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES | (0 if enabled else ACCOUNT_DISABLED)
        self.connection.add(
            dn,
            "user",
            {
                "sAMAccountName": sam,
                "userPrincipalName": f"{sam}@{DNS_DOMAIN}",
                "unicodePwd": f'"{password}"'.encode("utf-16-le"),
                "userAccountControl": control,
            },
        )
        return dn

    def set_attribute(self, dn: str, attribute: str, *values: object) -> None:
        """Replace all values of the attribute; with none it is removed."""
        self.connection.modify(dn, {attribute: [(MODIFY_REPLACE, list(values))]})

    def set_enabled(self, account_dn: str, *, enabled: bool) -> None:
        control = NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES | (0 if enabled else ACCOUNT_DISABLED)
        self.set_attribute(account_dn, "userAccountControl", control)

    def add_members(self, group_dn: str, members: Iterable[str]) -> None:
        self.connection.modify(group_dn, {"member": [(MODIFY_ADD, list(members))]})

    def remove_members(self, group_dn: str, members: Iterable[str]) -> None:
        self.connection.modify(group_dn, {"member": [(MODIFY_DELETE, list(members))]})

    def rename(self, dn: str, name: str) -> str:
        """Give the object another common (or OU) name; returns the new distinguished name."""
        kind, parent = dn[:2], _parent(dn)
        rdn = f"{kind}={escape_rdn(name)}"
        self.connection.modify_dn(dn, rdn)
        return f"{rdn},{parent}"

    def move(self, dn: str, new_parent_dn: str) -> str:
        rdn = dn[: len(dn) - len(_parent(dn)) - 1]
        self.connection.modify_dn(dn, rdn, new_superior=new_parent_dn)
        return f"{rdn},{new_parent_dn}"

    def delete(self, dn: str) -> None:
        self.connection.delete(dn)

    def delete_tree(self, dn: str) -> None:
        """Delete the object and all below it in one request (LDAP_SERVER_TREE_DELETE_OID)."""
        self.connection.delete(dn, controls=[_TREE_DELETE])

    def delegate_creation(self, ou_dn: str, account_dn: str) -> None:
        """Let the account make temporary groups in the OU."""
        rights.delegate_creation(self.connection, ou_dn, self.sid(account_dn))

    def delegate_membership(self, group_dn: str, account_dn: str) -> None:
        """Let the account write the members of the group."""
        rights.delegate_membership(self.connection, group_dn, self.sid(account_dn))

    def deny(
        self,
        dn: str,
        account_dn: str,
        access: rights.Access,
        *,
        below_too: bool = False,
        what: uuid.UUID | None = None,
    ) -> bytes:
        """Take rights away from the account (`below_too`: on everything below as well; `what`: of this
        attribute only); returns what `allow_again` needs."""
        sid = self.sid(account_dn)
        return rights.deny(self.connection, dn, access, sid, below_too=below_too, what=what)

    def show_deleted(self, account_dn: str) -> bytes:
        """Let the account list and read what was deleted; returns what `show_no_deleted` needs."""
        return rights.allow_deleted(self.connection, _DELETED, self.sid(account_dn))

    def show_no_deleted(self, descriptor: bytes) -> None:
        """Undo `show_deleted`."""
        rights.put_back(self.connection, _DELETED, descriptor, deleted=True)

    def allow_again(self, dn: str, descriptor: bytes) -> None:
        """Undo `deny`."""
        rights.put_back(self.connection, dn, descriptor)


def sid_text(raw: bytes) -> str:
    """`S-1-5-…` from the binary form ([MS-DTYP] 2.4.2.2)."""
    authority = int.from_bytes(raw[2:8], "big")
    parts = struct.unpack(f"<{raw[1]}I", raw[8:])
    return "-".join(["S", str(raw[0]), str(authority), *map(str, parts)])


def _parent(dn: str) -> str:
    position = 0
    while True:
        position = dn.index(",", position)
        if not _is_escaped(dn, position):
            return dn[position + 1 :]
        position += 1


def _is_escaped(dn: str, position: int) -> bool:
    before = dn[:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
