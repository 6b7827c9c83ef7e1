# SPDX-License-Identifier: MIT
"""What commands print can be read on every console and in every pipe."""

from __future__ import annotations

import io
import json

import pytest

from jit_desktop.commands.output import Output

NAMES = {"name": "Jürgen 東京 😀 \x9b31m"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp437", "ascii"])
def test_that_a_document_is_json_in_whatever_encoding_the_pipe_has(encoding: str) -> None:
    raw = io.BytesIO()
    output = Output(as_json=True, results=io.TextIOWrapper(raw, encoding=encoding))
    output.result(NAMES, [])
    output.event(NAMES, "")
    written = raw.getvalue()
    document, end = json.JSONDecoder().raw_decode(written.decode(encoding))
    assert document == NAMES
    assert json.loads(written.decode(encoding)[end:]) == NAMES


def test_that_names_can_be_read_where_the_pipe_can_carry_them() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    Output(as_json=True, results=stream).result({"name": "Jürgen"}, [])
    assert "Jürgen" in raw.getvalue().decode()


def test_that_a_line_comes_out_where_the_console_lacks_a_character() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp437", newline="\n")
    Output(results=stream).result({}, ["東京"])
    assert raw.getvalue() == b"\\u6771\\u4eac\n"
