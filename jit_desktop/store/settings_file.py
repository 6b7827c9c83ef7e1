# SPDX-License-Identifier: MIT
"""Reads and writes settings files, and says of a file that is wrong in which place and why."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jit_desktop.elevation.draft import ProviderDraft, draft_of
from jit_desktop.elevation.errors import SettingsFileInvalid
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.settings_document import (
    FORMAT,
    VERSION,
    SettingsDocument,
    draft_from,
    part_from,
)

MAXIMUM_BYTES = 5 * 1024 * 1024
_SHOWN_ERRORS = 10
_PASSWORD_WORDS = ("password", "passwd", "pwd", "secret", "passphrase")


def parse_settings(content: bytes, *, name: str = "") -> tuple[ProviderDraft, ...]:
    """The providers that a settings file describes; ``name`` is the file's, for the message.

    Raises :class:`SettingsFileInvalid` naming each place that is wrong.
    """
    if len(content) > MAXIMUM_BYTES:
        raise _invalid(
            f"The file has {len(content):,} bytes; a settings file has at most {MAXIMUM_BYTES:,}.", name
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"The file is not UTF-8 text (byte {error.start}).", name) from None
    _check_head(_json(text, name), name)
    try:
        # Read once more: only from JSON does pydantic take a text for an enumeration in strict mode.
        document = SettingsDocument.model_validate_json(text)
    except ValidationError as error:
        # Not "from error": it holds the whole file.
        raise _invalid(_in_words(error), name) from None
    drafts = tuple(draft_from(part) for part in document.providers)
    _check_identities(drafts, name)
    return drafts


def read_settings_file(file: Path) -> tuple[ProviderDraft, ...]:
    """:func:`parse_settings` of a file; :class:`SettingsFileInvalid` also where it can't be read."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise _invalid(f"{file} can't be read: {error.strerror or error}.", str(file)) from error
    return parse_settings(content, name=str(file))


def settings_text(providers: Sequence[DomainProvider]) -> str:
    """A settings file from which ``providers`` can be set up again. It holds no secret: nothing here knows
    one."""
    document = SettingsDocument(
        format=FORMAT,
        version=VERSION,
        providers=tuple(part_from(draft_of(provider)) for provider in providers),
    )
    return (
        json.dumps(document.model_dump(mode="json", exclude_none=True), indent=2, ensure_ascii=False) + "\n"
    )


def write_settings_file(file: Path, providers: Sequence[DomainProvider]) -> None:
    """Write :func:`settings_text` to ``file``, all of it or nothing. Raises :class:`OSError`."""
    write_whole(file, settings_text(providers))


def write_whole(file: Path, text: str) -> None:
    """Write ``text`` to ``file``, its owner's alone, all of it or nothing. Raises :class:`OSError`."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(unfinished).replace(file)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


# --- what is wrong ----------------------------------------------------------------------------------------


def _invalid(message: str, name: str) -> SettingsFileInvalid:
    return SettingsFileInvalid(message, subject=name, remedy="")


class _Twice(ValueError):
    """A key stands twice in an object."""


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if twice:
        raise _Twice(twice[0])
    return dict(pairs)


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        raw = json.loads(text, object_pairs_hook=_without_duplicates)
    except _Twice as error:
        raise _invalid(
            f"“{error}” stands twice in the same place; only one of them can be meant.", name
        ) from None
    except json.JSONDecodeError as error:
        raise _invalid(
            f"The file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.", name
        ) from None
    except RecursionError:
        raise _invalid("The file is nested too deeply.", name) from None
    if not isinstance(raw, dict):
        raise _invalid("The file is not a settings file of JIT Desktop.", name)
    return raw


def _check_head(raw: dict[str, Any], name: str) -> None:
    if raw.get("format") != FORMAT:
        raise _invalid(f"The file is not a settings file of JIT Desktop (“format” must be “{FORMAT}”).", name)
    version = raw.get("version")
    if isinstance(version, int) and version > VERSION:
        raise SettingsFileInvalid(
            f"The file was written by a newer version of JIT Desktop (format version {version}).",
            subject=name,
            remedy="Update JIT Desktop.",
        )


def _check_identities(drafts: Sequence[ProviderDraft], name: str) -> None:
    for what, values in (
        ("name", [draft.name.casefold() for draft in drafts]),
        ("id", [draft.id for draft in drafts if draft.id]),
    ):
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            raise _invalid(f"providers: two of them have the {what} “{twice[0]}”.", name)


def _in_words(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=True, include_input=False)
    lines = [f"{_place(detail['loc'])}: {_reason(detail)}." for detail in details[:_SHOWN_ERRORS]]
    if len(details) > _SHOWN_ERRORS:
        lines.append(f"… and {len(details) - _SHOWN_ERRORS} more.")
    return "\n".join(lines)


def _place(location: Sequence[str | int]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


_REASONS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be an object in braces",
    "dataclass_type": "must be an object in braces",
}


def _reason(detail: Any) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_field(str(detail["loc"][-1]))
    if kind in ("enum", "literal_error"):
        return f"must be {detail['ctx']['expected']}"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return _REASONS.get(kind) or str(detail["msg"])


def _unknown_field(field: str) -> str:
    if any(word in field.lower() for word in _PASSWORD_WORDS):
        return "passwords have no place in a settings file; the program asks for them"
    close = difflib.get_close_matches(field, _known_fields(), n=1)
    return f"there is no such setting (“{close[0]}” is one)" if close else "there is no such setting"


def _known_fields() -> list[str]:
    definitions = SettingsDocument.model_json_schema()["$defs"].values()
    return sorted({field for definition in definitions for field in definition.get("properties", {})})
