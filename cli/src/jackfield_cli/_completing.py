"""Values that a shell completes, as far as this machine knows them: nothing is opened and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jackfield import Config, ConnectionConfig

from ._auth import STORED_TYPES
from ._journal import kept
from ._options_help import found_spec, options_of


def models(config: Config, asked: str | None) -> list[str]:
    """Return the models of a connection: those that its options name, and those that it was asked for."""
    default = config.default
    targets = next((one.targets for one in config.choices if one.name == asked), ())
    if asked is None and default is not None:
        targets = default.targets
    names = [target.connection for target in targets] or [asked or ""]
    if asked is None and not targets and len(config.connections) == 1:
        names = [config.connections[0].name]
    found = [model for entry in config.connections if entry.name in names for model in _named(entry)]
    for journal in kept():
        lines = journal.read()
        found += [str(line["model"]) for line in lines if line["connection"] in names and line.get("model")]
    return list(dict.fromkeys(found))


def _named(entry: ConnectionConfig) -> Iterable[str]:
    mapping, default = entry.options.get("model_mapping"), entry.options.get("default_model")
    return [*(mapping if isinstance(mapping, Mapping) else ()), *([str(default)] if default else [])]


def auth_types(config: Config, name: str | None) -> list[str]:
    """Return the kinds of credentials that a connection's provider takes."""
    provider = next((entry.provider for entry in config.connections if entry.name == name), name)
    spec = found_spec(provider)
    return [kind for kind in STORED_TYPES if spec is not None and kind in spec.auth_types]


def keys(config: Config) -> list[str]:
    """Return the keys that `config set` takes: whom to ask, and the options of the connections there are."""
    found = ["default"]
    for entry in config.connections:
        spec = found_spec(entry.provider)
        known = [one.name for one in options_of(spec)] if spec is not None else entry.options
        found += [f"connections.{entry.name}.{name}" for name in ("provider", *known)]
    return found


def options(provider: str | None, given: Iterable[str], incomplete: str) -> list[str]:
    """Return `KEY=` for the options that were not *given* yet, or `KEY=VALUE` once the key is there."""
    spec = found_spec(provider)
    known = options_of(spec) if spec is not None else []
    key, equals, _ = incomplete.partition("=")
    if equals:
        return [f"{key}={value}" for one in known if one.name == key for value in one.choices]
    taken = {text.partition("=")[0] for text in given}
    return [f"{one.name}=" for one in known if one.name not in taken]
