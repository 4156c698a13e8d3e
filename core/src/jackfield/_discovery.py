"""What is installed, told from metadata alone: nothing here runs a plugin's code."""

from __future__ import annotations

import enum
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from . import _log
from ._exceptions import Incompatible, NameTaken, PluginError
from ._provider import is_provider_name
from ._requirement import allows, core_requirement

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

PROVIDERS: Final = "jackfield.providers"
MIDDLEWARE: Final = "jackfield.middleware"


class PluginState(enum.Enum):
    """What became of an installed provider."""

    AVAILABLE = "available"
    """Installed; its code was not imported yet."""
    LOADED = "loaded"
    """Imported and registered."""
    SET_ASIDE = "set aside"
    """Not usable; the reason is told."""


@attrs.frozen(kw_only=True)
class InstalledProvider:
    """A provider that is installed, as its distribution's metadata tell it.

    Attributes:
        name: The provider's name.
        distribution: The distribution that brings it.
        version: The distribution's version.
        state: What became of it.
        reason: Why it was set aside, or empty.
    """

    name: str
    distribution: str
    version: str
    state: PluginState = PluginState.AVAILABLE
    reason: str = ""


def distribution_of(entry: EntryPoint) -> tuple[str, str]:
    """Return the name and version of the distribution that an entry point comes from."""
    return (entry.dist.name, entry.dist.version) if entry.dist else ("unknown", "0")


def check(name: str, found: Sequence[EntryPoint]) -> None:
    """Refuse what its metadata already tell to be unusable, before any of its code runs.

    Raises:
        NameTaken: The name is claimed more than once.
        Incompatible: The distribution needs another core.
    """
    claimants = sorted(" ".join(distribution_of(entry)) for entry in found)
    if len(claimants) > 1:
        raise NameTaken(
            f"the name {name!r} is claimed by {' and '.join(claimants)}",
            plugin=name,
            hint="Uninstall all but one of them.",
        )
    distribution, installed = found[0].dist, version()
    requirement = core_requirement((distribution.requires if distribution else None) or ())
    if requirement and not allows(requirement, installed):
        raise Incompatible(
            f"{claimants[0]} needs jackfield {requirement}, and {installed} is installed",
            plugin=name,
            distribution=distribution_of(found[0])[0],
            hint="Upgrade both of them together with pip install --upgrade.",
        )


def providers() -> Sequence[InstalledProvider]:
    """Return the providers that are installed, by name, from metadata alone. Imports nothing."""
    listed = []
    for name, found in providers_by_name().items():
        try:
            check(name, found)
        except PluginError as error:
            state, reason = PluginState.SET_ASIDE, error.message
        else:
            state, reason = PluginState.AVAILABLE, ""
        for distribution, installed in map(distribution_of, found):
            listed.append(
                InstalledProvider(
                    name=name, distribution=distribution, version=installed, state=state, reason=reason
                )
            )
    return sorted(listed, key=lambda one: (one.name, one.distribution))


def providers_by_name() -> dict[str, list[EntryPoint]]:
    """Return the entry points of the group `jackfield.providers`, by provider name."""
    found = defaultdict(list)
    for entry in entry_points(PROVIDERS):
        if is_provider_name(entry.name):
            found[entry.name].append(entry)
        else:
            _log.warning("plugin.name_refused", name=ascii(entry.name)[:80])
    return found


def entry_points(group: str) -> Iterator[EntryPoint]:
    """Yield the installed entry points of *group*. A distribution whose metadata are broken is passed over.

    Where a distribution is installed twice, the first on `sys.path` counts, as it does for an import.
    """
    import importlib_metadata

    seen = set()
    for distribution in importlib_metadata.distributions():
        try:
            if group not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name = re.sub(r"[-_.]+", "-", distribution.name).lower()
            found = tuple(distribution.entry_points.select(group=group)) if distribution.version else ()
        except Exception as error:  # noqa: BLE001  one broken distribution must not hide the others
            place = ascii(str(getattr(distribution, "_path", "unknown")))
            _log.warning("plugin.metadata_broken", place=place, error=type(error).__name__)
        else:
            yield from () if name in seen else found
            seen.add(name)


@functools.cache
def version() -> str:
    """Return the version of the installed core."""
    import importlib_metadata

    return importlib_metadata.version("jackfield")


def promised(distribution: Any) -> set[str]:
    """Return the names of the providers that a distribution's entry points promise."""
    return {entry.name for entry in distribution.entry_points.select(group=PROVIDERS)}
