"""Known remotes as data: `presets.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final

import attrs

from jackfield import Capability, ConfigError, near_names
from jackfield_api import ChatDialect


def _to_capabilities(names: Iterable[str]) -> frozenset[Capability]:
    return frozenset(map(Capability, names))


@attrs.frozen(kw_only=True)
class Preset:
    """A remote that speaks these wires.

    Attributes:
        title: Its name for people.
        base_url: Where it is; None where only the person who runs it knows.
        variables: The environment variables in which people have its key.
        needs_key: Whether it answers nobody without one.
        responses: Whether it speaks the Responses wire besides chat completions.
        batches: Whether it takes batches, as OpenAI does.
        source: Where these facts come from.
        lacks: What it cannot do of what the provider can.
        dialect: How it speaks chat completions.
    """

    title: str
    source: str
    base_url: str | None = None
    variables: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    needs_key: bool = False
    responses: bool = False
    batches: bool = False
    lacks: frozenset[Capability] = attrs.field(default=frozenset(), converter=_to_capabilities)
    dialect: ChatDialect = attrs.field(factory=ChatDialect)


def _preset(dialect: Mapping[str, Any] | None = None, **fields: Any) -> Preset:
    return Preset(dialect=ChatDialect(**(dialect or {})), **fields)


# Read when the plugin is loaded, which may block: options are built on the event loop.
_TEXT: Final = resources.files(__package__).joinpath("presets.toml").read_text("utf-8")
PRESETS: Final[Mapping[str, Preset]] = {
    name: _preset(**fields) for name, fields in tomllib.loads(_TEXT).items()
}
"""The known remotes by their names."""


def known_preset(_: Any, __: Any, name: str | None) -> None:
    """Refuse a name that no preset has; an attrs validator.

    Raises:
        ConfigError: It has none.
    """
    if name is not None and name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}. {near_names(name, PRESETS)}")
