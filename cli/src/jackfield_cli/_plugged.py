"""Commands that other distributions add: entry points of the group `jackfield.commands`.

An entry point's name is the command's, its object a click command. Law: names come from metadata alone; a
command's code is imported when the command is called, and what is broken there loses nobody else's command.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, Final, NamedTuple

import click

from ._safe import one_line

GROUP: Final = "jackfield.commands"

BROUGHT_BY: Final[Mapping[str, str]] = {
    "serve": "jackfield-gateway",
    "site": "jackfield-web",
    "stealth": "jackfield-stealth",
}
"""The distributions that bring commands which a person may look for before they are there."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Origin(NamedTuple):
    """Where a command comes from."""

    entry: EntryPoint
    distribution: str

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            ImportFailed: It cannot be imported.
            ContractBroken: It is no click command.
        """
        from jackfield import ContractBroken, ImportFailed, is_plugins_fault, redact

        whose = {"plugin": self.entry.name, "distribution": self.distribution.partition(" ")[0]}
        named = f"the command {self.entry.name!r} of {self.distribution}"
        try:
            found = self.entry.load()
        except BaseException as error:
            if not is_plugins_fault(error):
                raise
            told = redact(f"{type(error).__name__}: {error}")
            raise ImportFailed(
                f"{named} cannot be imported: {told}",
                hint=f"Reinstall it: pip install --force-reinstall {whose['distribution']}.",
                **whose,
            ) from error
        if not isinstance(found, click.Command):
            raise ContractBroken(f"{named} is {type(found).__name__}, not a click command", **whose)
        return found


class Plugged(click.Command):
    """Stands for a command whose code is not imported yet."""

    def __init__(self, name: str, origins: Sequence[Origin]) -> None:
        self.origins = origins
        super().__init__(name, short_help=f"from {' and '.join(one.distribution for one in origins)}")

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            NameTaken: Several distributions bring one of that name.
            PluginError: It cannot be used.
        """
        from jackfield import NameTaken

        if len(self.origins) > 1:
            raise NameTaken(
                f"the command {self.name!r} comes {self.short_help}",
                plugin=str(self.name),
                hint="Uninstall all but one of them.",
            )
        return self.origins[0].load()

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context of the command itself: what click does with a command begins here."""
        try:
            command = self.load()
        except Exception:
            if not extra.get("resilient_parsing"):
                raise
            return super().make_context(info_name, [], parent, **extra)
        return command.make_context(info_name, args, parent, **extra)


def plugged_commands() -> dict[str, Plugged]:
    """Return the commands that are installed, by name, from metadata alone. Imports none."""
    found = defaultdict(list)
    for distribution in _first_of_each_name(distributions()):
        for entry, told in _commands_of(distribution):
            found[entry.name].append(Origin(entry, told))
    return {name: Plugged(name, found[name]) for name in sorted(found) if _NAME.fullmatch(name)}


def missing(name: str) -> str:
    """Return who brings a command that is not installed, in a sentence; empty where that is not known."""
    brings = BROUGHT_BY.get(name)
    if brings is None:
        return ""
    from ._installed import install_command

    return f"The command {name!r} comes with {brings}: {install_command(brings)}"


def _first_of_each_name(found: Iterable[Distribution]) -> Iterable[Distribution]:
    """Yield what has commands. Where a distribution is there twice, the first counts, as for an import."""
    seen = set()
    for distribution in found:
        try:
            if GROUP not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name = re.sub(r"[-_.]+", "-", distribution.name).lower()
        except Exception:  # noqa: BLE001, S112  one broken distribution must not hide the others
            continue
        if name not in seen:
            yield distribution
        seen.add(name)


def _commands_of(distribution: Distribution) -> list[tuple[EntryPoint, str]]:
    try:
        told = one_line(f"{distribution.name} {distribution.version}")
        return [(entry, told) for entry in distribution.entry_points.select(group=GROUP)]
    except Exception:  # noqa: BLE001  as above
        return []
