"""What is true of this machine and its person, for an identity that does not lie."""

from __future__ import annotations

import functools
import os
import platform
import re
import subprocess
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import attrs

_LOCALE: Final = re.compile(r"([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@].*)?")
_VERSION: Final = re.compile(r"\d+(?:\.\d+){3}")
_VERSION_SECONDS: Final = 20
_LOCALTIME: Final = Path("/etc/localtime")
_GIGABYTE: Final = 1 << 30


@attrs.frozen(kw_only=True)
class Machine:
    """A machine, as a browser on it tells it.

    Attributes:
        operating_system: `Linux`, `Darwin` or `Windows`.
        cores: How many processors it has.
        memory: Its memory in whole gigabytes; None where that is not known.
    """

    operating_system: str
    cores: int
    memory: int | None

    @classmethod
    def this(cls) -> Self:
        """Return the machine that this program runs on."""
        return cls(operating_system=platform.system(), cores=os.cpu_count() or 1, memory=_memory())


def _memory() -> int | None:
    # Windows has no sysconf, and Python no other door to this.
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return max(1, round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIGABYTE))


def system_timezone(environment: Mapping[str, str], localtime: Path = _LOCALTIME) -> str | None:
    """Return the system's time zone by its name; None where the system does not tell."""
    named = environment.get("TZ", "").removeprefix(":")
    if not named:
        _, _, named = os.path.realpath(localtime).partition("zoneinfo/")
    return named if named in zoneinfo.available_timezones() else None


def system_languages(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the languages that the system's settings name, in order; empty where they name none."""
    said = [*environment.get("LANGUAGE", "").split(":")]
    said += [environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    found: dict[str, None] = {}
    for one in said:
        if match := _LOCALE.fullmatch(one):
            language, region = match.groups()
            found |= dict.fromkeys([f"{language}-{region}", language] if region else [language])
    return tuple(found)


@functools.cache
def said_version(browser: Path) -> str:
    """Return what the *browser*'s binary says of its version, with its name; empty when it says nothing.

    Windows' browsers open a window instead of telling; there it is not asked.
    """
    if platform.system() == "Windows":
        return ""
    try:
        done = subprocess.run(  # noqa: S603  the browser that will be started anyway
            [browser, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip()


def browser_version(browser: Path) -> str | None:
    """Return the version of *browser*, such as `156.0.8078.79`; None if its binary tells none."""
    found = _VERSION.search(said_version(browser))
    return found[0] if found else None
