"""What is installed, told from metadata alone: nothing here runs a plugin's code."""

from __future__ import annotations

import enum
import functools
import importlib
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from . import _log
from ._exceptions import Incompatible, NameTaken, PluginError
from ._provider import is_provider_name

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

Claims: TypeAlias = "Mapping[str, list[EntryPoint]]"
"""The entry points of a group by name; more than one of a name are claims that exclude each other."""

PROVIDERS: Final = "jackfield.providers"
MIDDLEWARE: Final = "jackfield.middleware"
_REQUIREMENT: Final = re.compile(
    r"jackfield\s*(?:\[[^\]]*\])?\s*\(?\s*([<>=!~][^;()@]*)\)?\s*", re.IGNORECASE
)
_CLAUSE: Final = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?")
_HEAD: Final = re.compile(r"^(Name|Version):[ \t]*(\S.*)$", re.MULTILINE)


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


def providers_by_name() -> Claims:
    """Return the entry points of the group `jackfield.providers` as they are now, by provider name."""
    return _read()[PROVIDERS]


@attrs.define(eq=False, repr=False)
class Installed:
    """The installed entry points of our groups: read once and kept, and read again for a name not among them.

    Reading blocks, for some hundred milliseconds where thousands of distributions are installed: do it in a
    worker thread. Several threads may ask at once; one of them reads, and all have it.

    Attributes:
        reads: How often the metadata were read; the last time may not be over.
    """

    reads: int = attrs.field(default=0, init=False)
    _found: dict[str, Claims] = attrs.field(factory=lambda: {PROVIDERS: {}, MIDDLEWARE: {}}, init=False)
    _reading: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def claims(self, group: str, name: str, reads: int) -> Claims:
        """Return the entry points of *group* by name, read again if *name* is not among them.

        Args:
            group: The entry points' group.
            name: The name that is asked for.
            reads: What `reads` was when it was asked for. What was read since is new enough, so that a
                hundred who ask for one unknown name at once do not read a hundred times.
        """
        with self._reading:
            if name not in self._found[group] and self.reads <= reads:
                if self.reads:
                    importlib.invalidate_caches()
                self.reads += 1
                self._found = _read()
            return self._found[group]


def _read() -> dict[str, Claims]:
    found: dict[str, Claims] = {group: defaultdict(list) for group in (PROVIDERS, MIDDLEWARE)}
    for entry in _entry_points(found):
        if entry.group == MIDDLEWARE or is_provider_name(entry.name):
            found[entry.group][entry.name].append(entry)
        else:
            _log.warning("plugin.name_refused", name=ascii(entry.name)[:80])
    return {group: dict(claims) for group, claims in found.items()}


def _entry_points(groups: Iterable[str]) -> Iterator[EntryPoint]:
    """Yield the installed entry points of *groups*. A distribution whose metadata are broken is passed over.

    Where a distribution is installed twice, the first on `sys.path` counts, as it does for an import.
    """
    import importlib_metadata

    seen = set()
    for distribution in importlib_metadata.distributions():
        try:
            found = [entry for entry in distribution.entry_points if entry.group in groups]
            name = _usual_name(distribution) if found else ""
        except Exception as error:  # noqa: BLE001  one broken distribution must not hide the others
            place = ascii(str(getattr(distribution, "_path", "unknown")))
            _log.warning("plugin.metadata_broken", place=place, error=type(error).__name__)
        else:
            if found and name not in seen:
                yield from found
            seen.add(name)


def _usual_name(distribution: Any) -> str:
    """Return a distribution's name as PEP 503 writes it.

    `Distribution.metadata` would take the readme apart too, which is most of the file and of the time.

    Raises:
        ValueError: It has no name or no version.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    head = dict(_HEAD.findall(text.partition("\n\n")[0]))
    if not {"Name", "Version"} <= head.keys():
        raise ValueError("a distribution has a name and a version")
    return re.sub(r"[-_.]+", "-", head["Name"]).lower()


@functools.cache
def version() -> str:
    """Return the version of the installed core."""
    import importlib_metadata

    return importlib_metadata.version("jackfield")


def names_of(distribution: Any) -> set[str]:
    """Return the names of the providers that a distribution's entry points promise."""
    return {entry.name for entry in distribution.entry_points.select(group=PROVIDERS)}


def core_requirement(requires: Iterable[str]) -> str:
    """Return the version specifier that the lines of *requires* state for the core; empty when none does.

    A line with a marker (`; extra == "x"`) is one that may not hold here, and is passed over.
    """
    matches = (_REQUIREMENT.fullmatch(line.strip()) for line in requires)
    return ",".join(match[1].strip() for match in matches if match)


def allows(specifier: str, version: str) -> bool:
    """Whether *specifier* (for example `>=0.1,<0.2`) admits *version*.

    Only release numbers are compared (PEP 440's release segment); what is not understood does not exclude.
    """
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
