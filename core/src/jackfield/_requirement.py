"""Whether a plugin fits this core: its `Requires-Dist` on `jackfield`, read without importing the plugin.

Only release numbers are compared (PEP 440's release segment); what is not understood does not exclude.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_REQUIREMENT: Final = re.compile(
    r"jackfield\s*(?:\[[^\]]*\])?\s*\(?\s*([<>=!~][^;()@]*)\)?\s*", re.IGNORECASE
)
_CLAUSE: Final = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?")


def core_requirement(requires: Iterable[str]) -> str:
    """Return the version specifier that the lines of *requires* state for the core; empty when none does.

    A line with a marker (`; extra == "x"`) is one that may not hold here, and is passed over.
    """
    matches = (_REQUIREMENT.fullmatch(line.strip()) for line in requires)
    return ",".join(match[1].strip() for match in matches if match)


def allows(specifier: str, version: str) -> bool:
    """Whether *specifier* (for example `>=0.1,<0.2`) admits *version*."""
    installed = _release(version)
    return all(
        _holds(operator, text, wildcard, installed) for operator, text, wildcard in _CLAUSE.findall(specifier)
    )


def _release(version: str) -> tuple[int, ...]:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()


def _padded(release: tuple[int, ...], length: int) -> tuple[int, ...]:
    return release + (0,) * (length - len(release))


def _holds(operator: str, text: str, wildcard: str, installed: tuple[int, ...]) -> bool:
    wanted = _release(text)
    length = max(len(wanted), len(installed))
    have, want = _padded(installed, length), _padded(wanted, length)
    same = have[: len(wanted)] == wanted if wildcard else have == want
    return {
        "==": same,
        "!=": not same,
        "~=": have >= want and have[: len(wanted) - 1] == wanted[:-1],
        "<=": have <= want,
        ">=": have >= want,
        "<": have < want,
        ">": have > want,
    }[operator]
