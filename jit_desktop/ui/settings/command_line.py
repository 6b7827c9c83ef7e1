# SPDX-License-Identifier: MIT
"""A command as one line of text and as program and arguments, by one simple rule and no shell's.

Words are parted by blanks; double quotation marks hold a word together; two of them inside stand for one. A
backslash is a backslash, as Windows paths and ``DOMAIN\\user`` have it.
"""

from __future__ import annotations

from collections.abc import Iterable


def split_command(text: str) -> tuple[str, ...] | None:
    """The words of `text`; None where a quotation mark is not closed."""
    words: list[str] = []
    word: list[str] = []
    is_quoted = has_word = False
    position = 0
    while position < len(text):
        char = text[position]
        if char == '"' and is_quoted and text[position + 1 : position + 2] == '"':
            word.append('"')
            position += 1
        elif char == '"':
            is_quoted = not is_quoted
            has_word = True
        elif char.isspace() and not is_quoted:
            if has_word:
                words.append("".join(word))
            word, has_word = [], False
        else:
            word.append(char)
            has_word = True
        position += 1
    if is_quoted:
        return None
    if has_word:
        words.append("".join(word))
    return tuple(words)


def join_command(words: Iterable[str]) -> str:
    """The reverse of `split_command`."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if word and '"' not in word and not any(char.isspace() for char in word):
        return word
    return '"' + word.replace('"', '""') + '"'
