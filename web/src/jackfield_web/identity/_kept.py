"""The identity of a profile, kept in the profile's folder. Law: made once, and never another.

An account whose browser is somebody else every day is more conspicuous than one that never changed anything.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import cattrs

from jackfield import ConfigError

from ..accounts import private_directory, read_private, write_private
from ..errors import SessionCorrupt
from ._identity import Identity
from ._machine import Machine

NAME: Final = "identity.json"
_MOST_BYTES: Final = 16_384
_STORED: Final = cattrs.Converter(forbid_extra_keys=True)


def profile_identity(
    profile: Path, wanted: Identity | None, version: str | None, machine: Machine | None = None
) -> Identity:
    """Return the identity of *profile*; a new profile gets one, which is kept.

    Args:
        profile: The profile's directory.
        wanted: The identity that was asked for; None for whichever the profile has.
        version: The browser's version. It is the one thing that changes: browsers are updated.
        machine: The machine; this one by default.

    Raises:
        ConfigError: The profile is somebody else than *wanted*, or cannot be on this machine.
        SessionCorrupt: The file makes no sense.
        SessionStoreError: Another account could read or write it.
    """
    machine = machine or Machine.this()
    file = private_directory(profile) / NAME
    kept = _read(file)
    if kept is None:
        found = wanted or Identity.create(machine, seed=secrets.randbits(32))
        found.require(machine)
    else:
        _refuse_another(kept, wanted, file)
        found = kept
        found.require_home(machine)
    found = attrs.evolve(found, browser_version=version or found.browser_version)
    if found != kept:
        write_private(file, json.dumps(attrs.asdict(found), indent=2).encode())
    return found


def moved(profile: Path, machine: Machine | None = None) -> list[str]:
    """Return how this machine differs from the one that *profile* was made on, each in words.

    Raises:
        ConfigError: The identity contradicts itself.
        SessionCorrupt: The file makes no sense.
        SessionStoreError: Another account could read or write it.
    """
    kept = _read(profile / NAME)
    return kept.differences(machine or Machine.this()) if kept is not None else []


def _read(file: Path) -> Identity | None:
    content = read_private(file, most=_MOST_BYTES)
    if content is None:
        return None
    try:
        return _STORED.structure(json.loads(content), Identity)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error
    except Exception as error:
        raise SessionCorrupt(
            f"{file} is no identity of ours",
            hint="Put a copy back. Without the file the profile becomes somebody new.",
        ) from error


def _refuse_another(kept: Identity, wanted: Identity | None, file: Path) -> None:
    if wanted is None:
        return
    said, known = (attrs.asdict(attrs.evolve(one, browser_version=None)) for one in (wanted, kept))
    if other := [f"{name} {said[name]!r}, not {known[name]!r}" for name in said if said[name] != known[name]]:
        raise ConfigError(
            f"the profile already has an identity, and another was asked for: {'; '.join(other)}",
            hint=f"A browser stays who it is, as {file} says. Leave the identity out, or use a new profile.",
        )


def write_preferences(profile: Path, wanted: Mapping[str, Any]) -> None:
    """Put *wanted* into the profile's preferences, beside what the browser keeps there."""
    if not wanted:
        return
    file = private_directory(profile / "Default") / "Preferences"
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        kept = {}
    changed = {name: {**kept.get(name, {}), **value} for name, value in wanted.items()}
    if changed.items() <= kept.items():
        return
    write_private(file, json.dumps({**kept, **changed}).encode())
