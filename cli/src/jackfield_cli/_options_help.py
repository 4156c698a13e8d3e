"""What options a provider has, in words: out of its options class, where its author wrote them down."""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Iterator
from typing import Any, Final

import attrs

from jackfield import JackfieldError, ProviderOptions, ProviderSpec, provider_spec

_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*)$")
_CHOICES: Final = re.compile(r"Literal\[(.*?)\]")


@attrs.frozen
class OptionHelp:
    """One option.

    Attributes:
        name: Its name.
        kind: Its type, as its class has it.
        told: What it is for.
        is_everywhere: Whether every connection has it, whatever its provider.
    """

    name: str
    kind: str
    told: str
    is_everywhere: bool

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that it can have, where those are few."""
        if self.kind in {"bool", "bool | None"}:
            return ("true", "false")
        found = _CHOICES.search(self.kind)
        return tuple(word.strip(" \"'") for word in found[1].split(",")) if found else ()


def found_spec(provider: str | None) -> ProviderSpec | None:
    """Return an installed provider's specification; None where it cannot be used, which others tell."""
    try:
        return provider_spec(provider) if provider else None
    except JackfieldError:
        return None


def options_of(spec: ProviderSpec) -> list[OptionHelp]:
    """Return the options of a provider, its own first."""
    told = _told(spec.options)
    everywhere = attrs.fields_dict(ProviderOptions)
    found = [
        OptionHelp(
            field.name,
            _kind(_named(spec.options, field)),
            told.get(field.name, "") + _default(field.default),
            field.name in everywhere,
        )
        for field in attrs.fields(spec.options)
        if field.init
    ]
    inherited = {field.name for field in attrs.fields(spec.options) if field.inherited}
    return sorted(found, key=lambda one: (one.is_everywhere, one.name in inherited))


def _named(options: type, field: attrs.Attribute[Any]) -> Any:
    """Return the type of *field*; where its class only names it, what that module means by the name."""
    kind: Any = field.type
    if not isinstance(kind, str):
        return kind
    home = next((one for one in options.__mro__ if field.name in inspect.get_annotations(one)), options)
    return getattr(sys.modules[home.__module__], kind, kind)


def _kind(found: Any) -> str:
    """Return a type as its class has it, whether or not somebody resolved its annotations before."""
    if isinstance(found, str):
        return found
    plain = isinstance(found, type) and not typing.get_args(found)
    return str(found.__name__) if plain else str(found).replace("typing.", "")


def _default(default: Any) -> str:
    # None and what is made anew are told by the text, which says what they stand for.
    is_plain = isinstance(default, str | int | float) and default != ""
    return f" [{str(default).lower() if isinstance(default, bool) else default}]" if is_plain else ""


def _told(options: type) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of their attributes; the class's own count."""
    told: dict[str, str] = {}
    for kind in reversed(options.__mro__):
        told |= dict(_attributes(inspect.cleandoc(kind.__doc__ or "")))
    return told


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    name = ""
    words: list[str] = []
    for line in text.partition("Attributes:\n")[2].splitlines():
        if line and not line.startswith("    "):
            break
        if found := _ATTRIBUTE.match(line):
            yield name, " ".join(words)
            name, words = found[1], [found[2]]
        else:
            words.append(line.strip())
    yield name, " ".join(words)
