# SPDX-License-Identifier: MIT
"""Makes the real Samba look like a Windows forest that ends things by itself: a proxy, for the tests alone.

Samba refuses `entryTTL` and `<TTL=…>` values and deletes no dynamic object. The proxy stands in front of it,
keeps the times, and deletes in the real Samba as administrator when they are over, so that "the program is
dead and the directory ends it" is seen in a real directory: `tokenGroups` loses the right. Windows Server
itself was not at hand; what is imitated is what these public sources say, and no more:

- rootDSE offers the refresh operation in `supportedExtension` ([MS-ADTS] 3.1.1.3.4.2.3); the operation itself
  and its answer (RFC 2589 4).
- `entryTTL` in an add with objectClass dynamicObject is taken; less than the forest's minimum is raised to
  it, none is the forest's default; both stand in `msDS-Other-Settings` (Microsoft, *Configuration of TTL
  Limits*; [MS-ADTS] 3.1.1.3.4.7). Range 0 to 31,557,600 s ([MS-ADA1] 2.223). Without the class it is refused:
  its class alone has it ([MS-ADSC] 2.49).
- `entryTTL` is computed on reads that name it; a modify of it refreshes ([MS-ADTS] 3.1.1.3.2.5;
  Microsoft, *Refreshing a dynamic object*).
- Writing `entryTTL` of what is there needs the right to write that property ([MS-ADTS] 3.1.1.5.3.1); the
  account signs in with a password, by UPN or down-level name.
- The feature's object by its GUID, `msDS-EnabledFeatureBL` and `msDS-EnabledFeature` of CN=Partitions
  ([MS-ADTS] 3.1.1.9).
- `<TTL=n,DN>` in `member` of an add or a modify, with the feature on; else invalidDNSyntax. Reads with
  LDAP_SERVER_LINK_TTL_OID show `<TTL=n>,DN` ([MS-ADTS] 3.1.1.3.4.1.36; DSInternals, *How the Active
  Directory Expiring Links Feature Really Works*).
- A membership laid over one that is there is 68 entryAlreadyExists, taking out a stranger 53
  unwillingToPerform (as clients of Windows Server report them).

Not imitated, or not known: how late Windows deletes; that it keeps no tombstone; an LDAP control for
combining TTL and extended DNs; that a ticket lives no longer than the
membership; `whenCreated` by the shifted clock; filters on `entryTTL`; what is changed past the proxy.
That a delete and an add of the same member in one modify leaves no gap is RFC 4511 4.6, and was tried on
Samba, not on Windows.

Use (see also the fixture `windows_like` in `tests/samba/fixtures.py`):

    def test_that_the_directory_ends_it(samba_domain, arena, windows_like):
        windows_like.forest.ttl_links = True       # before connecting: the program asks once
        directory = connect(samba_domain.host, windows_like.port, …)
        made = directory.create_group(group_with_lifetime_seconds=3600)
        windows_like.clock.advance(3601)           # no sleep; the group is gone from the real Samba
        assert not arena.verifier.exists(made.dn)
"""

from tests.samba.windows_like.clock import MovedClock, ShiftedClock
from tests.samba.windows_like.forest import Forest
from tests.samba.windows_like.proxy import WindowsLikeProxy

__all__ = ["Forest", "MovedClock", "ShiftedClock", "WindowsLikeProxy"]
