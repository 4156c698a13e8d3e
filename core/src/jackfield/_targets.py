"""Names for whom to ask: a connection, a connection and a model, or several in an order. No I/O.

Law: a name is a connection's or a choice's, never both, and every choice comes down to connections.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from ._exceptions import ConfigError, JackfieldError
from ._names import near_names
from ._provider import is_provider_name
from ._values import describe


@attrs.frozen
class Target:
    """One to be asked: a connection, and the model that it is asked for.

    Attributes:
        connection: The connection's name.
        model: The model; None for the request's own, or else the connection's default.
    """

    connection: str
    model: str | None = None

    def __str__(self) -> str:
        return self.connection if self.model is None else f"{self.connection}:{self.model}"


@attrs.frozen
class ChoiceConfig:
    """A name for one target or for several, as the file describes it; an alias is a choice of one.

    Attributes:
        name: The name.
        targets: Whom it stands for, in the order in which they are asked.
    """

    name: str
    targets: tuple[Target, ...]


def in_words(targets: Iterable[Target]) -> str:
    """Return targets as a person would say them."""
    return ", then ".join(map(str, targets))


def check_name(name: str, taken: Mapping[str, str]) -> None:
    """Refuse a name that cannot be a choice's.

    Args:
        name: The name.
        taken: What has a name already, by name: `connection`, `alias` …

    Raises:
        ConfigError: It is not of the form of a name, or is taken.
    """
    if not is_provider_name(name):
        raise ConfigError(
            f"{name!r} cannot be the name of an alias or a choice",
            hint="Use lower-case letters, digits, '_' and '-', at most 64.",
        )
    if name in taken:
        raise ConfigError(
            f"the name {name!r} is taken: there is such {taken[name]}",
            hint="A name means one thing: give this one another.",
        )


def resolve(
    name: str,
    written: Mapping[str, Sequence[str]],
    connections: Collection[str],
    *,
    unknown: type[JackfieldError] = ConfigError,
    path: tuple[str, ...] = (),
) -> tuple[Target, ...]:
    """Return the connections that *name* comes down to, in their order.

    Args:
        name: A connection's or a choice's name.
        written: The choices' names, to what they ask: `NAME` or `NAME:MODEL` each.
        connections: The names of the connections.
        unknown: The class of the error for a name that nobody has.
        path: The names that led here.

    Raises:
        ConfigError: A choice comes to itself or to one target twice, or names a model that nobody can take.
        JackfieldError: Nobody has a name: of the class *unknown*.
    """
    if name in connections:
        return (Target(name),)
    if name in path:
        raise ConfigError(
            f"{path[0]!r} leads to itself: {' → '.join([*path, name])}",
            hint="It must come down to connections.",
        )
    if name not in written:
        told = f"{_quoted(path[-1])} asks {name!r}, and there is no connection of that name" if path else ""
        raise unknown(
            told or f"there is no connection {name!r}", hint=near_names(name, {*connections, *written} - {""})
        )
    found: list[Target] = []
    for text in _texts(name, written[name]):
        said, model = _split(name, text)
        led_to = resolve(said, written, connections, unknown=unknown, path=(*path, name))
        found += led_to if model is None else [_with_model(name, text, led_to, model)]
    return _each_once(name, found)


def _quoted(name: str) -> str:
    return repr(name) if name else "first_of"


def _texts(name: str, texts: Sequence[str]) -> Sequence[str]:
    if not texts:
        raise ConfigError(f"{_quoted(name)} asks nobody", hint="Name one connection at least.")
    for text in texts:
        if not isinstance(text, str):
            raise ConfigError(
                f"{_quoted(name)} asks {describe(text)}",
                hint="Whom to ask is told by name, each as a text: CONNECTION or CONNECTION:MODEL.",
            )
    return texts


def _split(name: str, text: str) -> tuple[str, str | None]:
    # At the first colon: a connection's name has none, and a model's may (`llama3:8b`).
    said, colon, model = text.partition(":")
    if not said or (colon and not model.strip()):
        raise ConfigError(f"{_quoted(name)} asks {text!r}", hint="Expected CONNECTION or CONNECTION:MODEL.")
    return said, model if colon else None


def _with_model(name: str, text: str, led_to: Sequence[Target], model: str) -> Target:
    if len(led_to) > 1 or led_to[0].model is not None:
        raise ConfigError(
            f"{_quoted(name)} asks {text!r}, which names a model for {in_words(led_to)}",
            hint="A model goes with one connection, and is named once.",
        )
    return attrs.evolve(led_to[0], model=model)


def _each_once(name: str, found: Sequence[Target]) -> tuple[Target, ...]:
    for target in found:
        if found.count(target) > 1:
            raise ConfigError(
                f"{_quoted(name)} comes to '{target}' more than once",
                hint="Whom it passed over is not asked again.",
            )
    return tuple(found)
