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
from ._exceptions import ContractBroken, Incompatible, NameTaken, PluginError
from ._provider import is_provider_name

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

Claims: TypeAlias = "Mapping[str, list[Claim]]"
"""What is installed in a group, by name; more than one of a name exclude each other."""

PROVIDERS: Final = "jackfield.providers"
MIDDLEWARE: Final = "jackfield.middleware"
_REQUIREMENT: Final = re.compile(
    r"jackfield\s*(?:\[[^\]]*\])?\s*\(?\s*([<>=!~][^;()@]*)\)?\s*", re.IGNORECASE
)
_CLAUSE: Final = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?")
_LONGEST_SHOWN: Final = 80
_HEAD: Final = re.compile(r"^(Name|Version|Requires-Dist):[ \t]*(\S.*)$", re.MULTILINE)


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


@attrs.frozen
class Claim:
    """An entry point, and what its distribution's metadata tell; they are not read again.

    Attributes:
        entry: The entry point. Loading it is the first thing that runs the plugin's code.
        distribution: The distribution's name.
        version: Its version.
        requires: Its lines of `Requires-Dist`.
        providers: The names of all providers that it brings.
    """

    entry: EntryPoint
    distribution: str
    version: str
    requires: tuple[str, ...]
    providers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def check(name: str, found: Sequence[Claim]) -> None:
    """Refuse what its metadata already tell to be unusable, before any of its code runs.

    Raises:
        ContractBroken: The name can be none.
        NameTaken: The name is claimed more than once.
        Incompatible: The distribution needs another core.
    """
    if found[0].entry.group == PROVIDERS and not is_provider_name(name):
        raise ContractBroken(
            f"{found[0]} calls a provider {_shown(name)}, which can be none: "
            "lower-case letters, digits, '_' and '-', at most 64",
            plugin=name,
            distribution=found[0].distribution,
        )
    if len(found) > 1:
        raise NameTaken(
            f"the name {name!r} is claimed by {' and '.join(sorted(map(str, found)))}",
            plugin=name,
            hint="Uninstall all but one of them.",
        )
    (claim,) = found
    requirement, installed = core_requirement(claim.requires), version()
    if requirement and not allows(requirement, installed):
        raise Incompatible(
            f"{claim} needs jackfield {requirement}, and {installed} is installed",
            plugin=name,
            distribution=claim.distribution,
            hint=_way_out(claim, requirement, installed),
        )


def _way_out(claim: Claim, requirement: str, installed: str) -> str:
    """Return what brings a distribution and the core together again: it is the older one that has to move."""
    if wants_newer(requirement, installed):
        return f"Upgrade both of them together: pip install --upgrade jackfield {claim.distribution}."
    major = ".".join(installed.split(".")[: 2 if installed.startswith("0.") else 1])
    return (
        f"Look for a newer one: pip install --upgrade {claim.distribution}. "
        f'If there is none, tell its author: "{claim} was written for jackfield {requirement}; '
        f"please try it with jackfield {major}, whose changes to the contract are in its changelog, "
        f'and release one that allows it."'
    )


def providers() -> Sequence[InstalledProvider]:
    """Return the providers that are installed, by name, from metadata alone. Imports nothing."""
    listed = []
    for name, found in providers_by_name().items():
        try:
            check(name, found)
        except PluginError as error:
            state, reason = PluginState.SET_ASIDE, str(error)
        else:
            state, reason = PluginState.AVAILABLE, ""
        listed += [
            InstalledProvider(
                name=name if is_provider_name(name) else _shown(name),
                distribution=claim.distribution,
                version=claim.version,
                state=state,
                reason=reason,
            )
            for claim in found
        ]
    return sorted(listed, key=lambda one: (one.name, one.distribution))


def _shown(name: str) -> str:
    """Return a name that somebody's metadata have as it may be shown; it may be of any length and letters."""
    return ascii(name)[:_LONGEST_SHOWN]


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
    found: dict[str, Claims] = {PROVIDERS: defaultdict(list), MIDDLEWARE: defaultdict(list)}
    for claim in _claims():
        found[claim.entry.group][claim.entry.name].append(claim)
    return {group: dict(claims) for group, claims in found.items()}


def _claims() -> Iterator[Claim]:
    """Yield what is installed in our groups. A distribution whose metadata are broken is passed over.

    Where a distribution is installed twice, the first on `sys.path` counts, as it does for an import.
    """
    import importlib_metadata

    seen = set()
    for distribution in importlib_metadata.distributions():
        try:
            found = _claims_of(distribution)
        except Exception as error:  # noqa: BLE001  one broken distribution must not hide the others
            place = ascii(str(getattr(distribution, "_path", "unknown")))
            _log.warning("plugin.metadata_broken", place=place, error=type(error).__name__)
            continue
        name = re.sub(r"[-_.]+", "-", found[0].distribution).lower() if found else ""
        if name not in seen:
            yield from found
        seen.add(name)


def _claims_of(distribution: Any) -> list[Claim]:
    """Return what a distribution has in our groups.

    `Distribution.metadata` would take the readme apart too, which is most of the file and of the time.

    Raises:
        ValueError: It has something there, and no name or no version.
    """
    entries = [entry for entry in _entry_points(distribution) if entry.group in {PROVIDERS, MIDDLEWARE}]
    if not entries:
        return []
    text = distribution.read_text("METADATA")
    fields = _HEAD.findall((text or distribution.read_text("PKG-INFO") or "").partition("\n\n")[0])
    head = dict(fields)
    if not {"Name", "Version"} <= head.keys():
        raise ValueError("a distribution has a name and a version")
    # What an old `.egg-info` requires stands in another file of its own form.
    lines = [value for field, value in fields if field == "Requires-Dist"] if text else distribution.requires
    providers = frozenset(entry.name for entry in entries if entry.group == PROVIDERS)
    return [Claim(entry, head["Name"], head["Version"], tuple(lines or ()), providers) for entry in entries]


def _entry_points(distribution: Any) -> Iterable[Any]:
    """Return a distribution's entry points, whatever one of them says: it is judged when it is used.

    From 8.7 to 9 the library refuses all of them for one that names no object. Then the file is read as the
    specification says that it can be: packaging.python.org/specifications/entry-points, "File format".
    """
    try:
        return distribution.entry_points  # type: ignore[no-any-return]
    except ValueError:
        from configparser import ConfigParser
        from importlib.metadata import EntryPoint

        parser = ConfigParser(delimiters=("=",), strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(distribution.read_text("entry_points.txt"))
        groups = (PROVIDERS, MIDDLEWARE)
        return [
            EntryPoint(name, value, group)
            for group in filter(parser.has_section, groups)
            for name, value in parser.items(group)
        ]


@functools.cache
def version() -> str:
    """Return the version of the installed core."""
    import importlib_metadata

    return importlib_metadata.version("jackfield")


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


def wants_newer(specifier: str, version: str) -> bool:
    """Whether it is something newer than *version* that *specifier*, which does not admit it, wants."""
    installed = _release(version)
    failed = [
        (operator, _release(text))
        for operator, text, wildcard in _CLAUSE.findall(specifier)
        if not _holds(operator, text, wildcard, installed)
    ]
    return any(operator in (">", ">=") or wanted > installed for operator, wanted in failed)


def _release(version: str) -> tuple[int, ...]:
    # A number of thousands of digits is none: reading it would cost much, or fail for all that is installed.
    match = re.match(r"[0-9]{1,18}(?:\.[0-9]{1,18})*(?![0-9])", version)
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
