# SPDX-License-Identifier: MIT
"""Lends Wine 8 what its Kerberos lacks for winkerberos, then runs a module on Python for Windows:

    python.exe -m tests.packaging.sspi RECORD MODULE [ARGUMENT …]

Wine's Kerberos is that of the system below (GSSAPI of MIT), so tickets, tokens and sealing are real. What
Wine does otherwise than Windows is put right in the import table of winkerberos, in this process alone:

InitializeSecurityContext  Wine does not allocate the token (ISC_REQ_ALLOCATE_MEMORY).
QueryContextAttributes     Wine has no SECPKG_ATTR_NAMES, and a trailer of 49 bytes, where AES takes 60.
EncryptMessage             Wine leaves the head of the packet in the data and puts the rest into the token.
DecryptMessage             Wine wants the packet cut as it cuts it, and knows no SECBUFFER_STREAM.

Wine drops channel bindings. RECORD is the file for what winkerberos asked for (:class:`Record` as JSON), so
that a test sees them.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import runpy
import sys
from ctypes import POINTER, byref, c_long, c_uint32, c_void_p, cast
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

_ALLOCATE_MEMORY: Final = 0x100
_DATA, _TOKEN, _PADDING, _STREAM, _CHANNEL_BINDINGS = 1, 2, 9, 10, 14
_SIZES, _NAMES = 0, 1
_OK, _INVALID_TOKEN = 0, 0x80090308 - (1 << 32)
_LONGEST_TOKEN: Final = 48_000
_AES_OVERHEAD: Final = 60
"""RFC 4121 4.2.4: header 16, confounder 16, header 16 once more; RFC 3962 6: checksum 12."""
_BINDINGS_HEAD: Final = 32
"""Of SEC_CHANNEL_BINDINGS; behind it is the application's data, since there are no addresses."""


class _Buffer(ctypes.Structure):
    _fields_ = (("size", c_uint32), ("kind", c_uint32), ("at", c_void_p))

    size: int
    kind: int
    at: int | None

    @property
    def content(self) -> bytes:
        return ctypes.string_at(self.at, self.size) if self.at and self.size else b""


class _Buffers(ctypes.Structure):
    _fields_ = (("version", c_uint32), ("count", c_uint32), ("first", POINTER(_Buffer)))

    count: int
    first: Any

    def of(self, kind: int) -> _Buffer | None:
        found = (self.first[index] for index in range(self.count))
        return next((buffer for buffer in found if buffer.kind == kind), None)


class _Sizes(ctypes.Structure):
    _fields_ = (("token", c_uint32), ("signature", c_uint32), ("block", c_uint32), ("trailer", c_uint32))

    trailer: int


@dataclass(slots=True)
class Record:
    """What winkerberos asked for.

    targets         the service of each context
    bindings        of each context what the application gives of the channel, hexadecimal
    sealed, signed  messages that were wrapped, encrypted and not
    opened          messages that were unwrapped
    """

    targets: list[str] = field(default_factory=list)
    bindings: list[str] = field(default_factory=list)
    sealed: int = 0
    signed: int = 0
    opened: int = 0


class Lent:
    """The functions that stand before those of Wine."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._secur32 = ctypes.CDLL("secur32")
        self._kernel32 = ctypes.CDLL("kernel32")
        self._kernel32.GetProcessHeap.restype = c_void_p
        self._kernel32.HeapAlloc.restype = c_void_p
        self._kernel32.HeapAlloc.argtypes = (c_void_p, c_uint32, ctypes.c_size_t)
        buffers, status = POINTER(_Buffers), c_long
        begin = ctypes.CFUNCTYPE(
            status, c_void_p, c_void_p, c_void_p, c_uint32, c_uint32, c_uint32, buffers, c_uint32, c_void_p,
            buffers, c_void_p, c_void_p,
        )  # fmt: skip
        query = ctypes.CFUNCTYPE(status, c_void_p, c_uint32, c_void_p)
        encrypt = ctypes.CFUNCTYPE(status, c_void_p, c_uint32, buffers, c_uint32)
        decrypt = ctypes.CFUNCTYPE(status, c_void_p, buffers, c_uint32, c_void_p)
        self._begin = begin(("InitializeSecurityContextW", self._secur32))
        self._query = query(("QueryContextAttributesW", self._secur32))
        self._encrypt = encrypt(("EncryptMessage", self._secur32))
        self._decrypt = decrypt(("DecryptMessage", self._secur32))
        self.functions: Final = {
            b"InitializeSecurityContextW": begin(self.begin),
            b"QueryContextAttributesW": query(self.query),
            b"QueryContextAttributesA": query(self.query),
            b"EncryptMessage": encrypt(self.encrypt),
            b"DecryptMessage": decrypt(self.decrypt),
        }

    def allocate(self, size: int) -> int:
        """Memory that FreeContextBuffer gives back."""
        return int(self._kernel32.HeapAlloc(self._kernel32.GetProcessHeap(), 0, size))

    def begin(
        self, credential: int, context: int | None, target: int, wanted: int, zero: int, form: int,
        given: Any, nothing: int, new_context: int, made: Any, attributes: int, expiry: int | None,
    ) -> int:  # fmt: skip
        """InitializeSecurityContextW."""
        if context is None:
            self._record.targets.append(ctypes.wstring_at(target))
            bound = given.contents.of(_CHANNEL_BINDINGS) if given else None
            self._record.bindings.append(bound.content[_BINDINGS_HEAD:].hex() if bound else "")
        token = made.contents.of(_TOKEN)
        if wanted & _ALLOCATE_MEMORY:
            token.at, token.size = self.allocate(_LONGEST_TOKEN), _LONGEST_TOKEN
        return int(
            self._begin(
                credential, context, target, wanted & ~_ALLOCATE_MEMORY, zero, form, given,
                nothing, new_context, made, attributes, expiry,
            )
        )  # fmt: skip

    def query(self, context: int, attribute: int, answer: int) -> int:
        """QueryContextAttributesW, and A: nothing that is asked for by it has another form in A."""
        if attribute == _NAMES:
            # Asked for after each logon, and not used by anybody.
            name = ctypes.create_unicode_buffer("somebody@EXAMPLE.TEST")
            place = self.allocate(ctypes.sizeof(name))
            ctypes.memmove(place, name, ctypes.sizeof(name))
            c_void_p.from_address(answer).value = place
            return _OK
        status = int(self._query(context, attribute, answer))
        if attribute == _SIZES and status == _OK:
            _Sizes.from_address(answer).trailer = _AES_OVERHEAD
        return status

    def encrypt(self, context: int, quality: int, message: Any, number: int) -> int:
        """EncryptMessage."""
        status = int(self._encrypt(context, quality, message, number))
        if status != _OK:
            return status
        token, data, padding = (message.contents.of(kind) for kind in (_TOKEN, _DATA, _PADDING))
        whole = data.content + token.content
        ctypes.memmove(token.at, whole[: token.size], token.size)
        ctypes.memmove(data.at, whole[token.size :], data.size)
        padding.size = 0
        if quality:
            self._record.signed += 1
        else:
            self._record.sealed += 1
        return status

    def decrypt(self, context: int, message: Any, number: int, quality: int) -> int:
        """DecryptMessage."""
        stream, found = (message.contents.of(kind) for kind in (_STREAM, _DATA))
        rest = stream.size - _overhead(stream.content)
        if rest < 0:
            return _INVALID_TOKEN
        parts = (_Buffer * 2)(
            _Buffer(rest, _DATA, stream.at), _Buffer(stream.size - rest, _TOKEN, stream.at + rest)
        )
        apart = _Buffers(0, 2, cast(parts, POINTER(_Buffer)))
        status = int(self._decrypt(context, byref(apart), number, quality))
        if status == _OK:
            found.at, found.size = stream.at, rest
            self._record.opened += 1
        return status


def _overhead(token: bytes) -> int:
    """How much longer a token of RFC 4121 4.2.6.2 is than what is in it."""
    is_encrypted = token[2] & 2
    extra = int.from_bytes(token[4:6], "big")
    return _AES_OVERHEAD + extra if is_encrypted else 16 + extra


def replace_imports(module: str, functions: dict[bytes, Any]) -> None:
    """Let the loaded ``module`` call ``functions`` instead of those that it imports by these names."""
    kernel32 = ctypes.CDLL("kernel32")
    kernel32.GetModuleHandleW.restype = c_void_p
    base = kernel32.GetModuleHandleW(module)

    def number(at: int, kind: Any = c_uint32) -> int:
        return int(kind.from_address(base + at).value)

    # The second data directory of a PE32+ file; then a descriptor for each DLL, two parallel tables in each.
    descriptor = number(number(0x3C) + 24 + 112 + 8)
    left = set(functions)
    while number(descriptor):
        names, addresses = number(descriptor), number(descriptor + 16)
        while by_name := number(names, ctypes.c_uint64):
            name = ctypes.string_at(base + by_name + 2) if by_name < 1 << 63 else b""
            if name in functions:
                protection = c_uint32()
                place = c_void_p(base + addresses)
                kernel32.VirtualProtect(place, ctypes.c_size_t(8), c_uint32(4), byref(protection))
                c_void_p.from_address(base + addresses).value = cast(functions[name], c_void_p).value
                left.discard(name)
            names, addresses = names + 8, addresses + 8
        descriptor += 20
    assert not left, left


def main(record_file: str, module: str, *words: str) -> None:
    """Run ``module`` with ``words``."""
    import winkerberos

    record = Record()
    lent = Lent(record)
    replace_imports(winkerberos.__file__, lent.functions)
    atexit.register(lambda: Path(record_file).write_text(json.dumps(asdict(record)), encoding="utf-8"))
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
