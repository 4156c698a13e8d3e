"""Cookies as a browser's developer tools copy them: in a command, in a script, or as rows of a table.

Law: of what surrounds them nothing is taken for a cookie, however much it looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_PAIR: Final = re.compile(r"[^\s=;'\"(]+=")
"""What the text of a header begins with, and neither a command nor a script does."""
_COMMAND: Final = re.compile(
    r"(?:curl|wget|https?|fetch|invoke-\w+)[\s(]|(?:import|const|let|var)\s|\w+\s+=\s*[\[{]", re.IGNORECASE
)
_WORD: Final = re.compile(
    r"(?P<dollar>\$?)(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)|[^\s'\"$]+|\$",
    re.DOTALL,
)
_HEADER: Final = re.compile(r"cookie\s*:\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_OPTIONS: Final = frozenset({"-b", "--cookie"})
_IN_OPTION: Final = re.compile(r"-b([^\s=]+=.+)")
_ESCAPED: Final = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<itself>.))", re.DOTALL)
_CARET: Final = re.compile(r"\^(.)")
_OF_POWERSHELL: Final = re.compile(r"Net\.Cookie\({0}, {0}, {0}, {0}\)".format(r'"((?:`.|[^"`])*)"'))
_BACKTICK: Final = re.compile(r"`(.)")
_COLUMNS: Final = (
    *("name", "value", "domain", "path", "expires", "size", "httpOnly", "secure", "sameSite"),
    *("partitionKey", "_crHasCrossSiteAncestor"),
)


def is_command(text: str) -> bool:
    """Whether *text* is a command or the beginning of a script that asks a remote for something."""
    return _COMMAND.match(text) is not None and _PAIR.match(text) is None


def copied_header(text: str) -> str:
    """Return the text of the `Cookie` headers in a command or a script; empty where there is none."""
    return "" if _PAIR.match(text) else "; ".join(_headers(text))


def _headers(text: str) -> Iterator[str]:
    # In the shell of Windows every character may have a caret before it, and quotes have.
    text = _CARET.sub(r"\1", text) if '^"' in text else text
    before = ""
    for found in _WORD.finditer(text):
        word = _unescaped(found)
        if header := _HEADER.fullmatch(word):
            yield header[1]
        elif "=" in word.strip("=:") and (before in _OPTIONS or (before == "cookie" and found["quote"])):
            yield word
        elif glued := _IN_OPTION.fullmatch(found[0]):
            yield glued[1]
        # A sign between a name and its value is no name.
        before = word.lower().strip(":=[]") or before


def _unescaped(word: re.Match[str]) -> str:
    if word["quote"] is None:
        return word[0]
    # Within single quotes a shell takes everything as it is written, unless a dollar sign is before them.
    if word["quote"] == "'" and not word["dollar"]:
        return word["quoted"]
    return _ESCAPED.sub(
        lambda said: chr(int(said["code"], 16)) if said["code"] else said["itself"], word["quoted"]
    )


def powershell_cookies(text: str) -> list[dict[str, str]]:
    """Return the cookies that a script for PowerShell makes; none where it makes none."""
    found = ([_BACKTICK.sub(r"\1", said) for said in one.groups()] for one in _OF_POWERSHELL.finditer(text))
    return [dict(zip(("name", "value", "path", "domain"), said, strict=True)) for said in found]


def row_of_table(fields: Sequence[str]) -> dict[str, str] | None:
    """Return the cookie of a row of the tools' table, whose *fields* they are; None for another row."""
    return dict(zip(_COLUMNS, fields, strict=False)) if fields[3:] and fields[3].startswith("/") else None
