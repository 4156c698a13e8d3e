"""Models: which there are, and what callers call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from ._exceptions import ModelNotFound
from ._names import near_names
from ._values import to_texts


@attrs.frozen(kw_only=True)
class Model:
    """A model that a provider offers.

    Attributes:
        id: The provider's own name for it.
        aliases: The names that the connection's `model_mapping` leads to it.
        default: Whether it is used when a request names none.
        context_tokens: How many tokens it reads at most; None where the remote does not tell.
        output_tokens: How many it writes at most; None where the remote does not tell.
    """

    id: str
    aliases: tuple[str, ...] = attrs.field(default=(), converter=to_texts)
    default: bool = False
    context_tokens: int | None = None
    output_tokens: int | None = None


def resolve_model(
    requested: str | None, *, mapping: Mapping[str, str], default: str | None, provider: str
) -> str | None:
    """Translate a model's name by a provider's *mapping*.

    A name on either side of the mapping is known; None becomes *default*, which is translated too.

    Raises:
        ModelNotFound: The name is on neither side; the error names the nearest known ones.
    """
    name = requested or default
    if name is None or name in mapping:
        return mapping[name] if name else None
    known = {*mapping, *mapping.values(), *([default] if default else [])}
    if name in known:
        return name
    raise ModelNotFound(
        f"{provider} knows no model {name!r}",
        hint=f"{near_names(name, known)} Or add it to model_mapping: {{{name!r}: {name!r}}}.",
        provider=provider,
    )


def models_of(names: Iterable[str], *, mapping: Mapping[str, str], default: str | None) -> list[Model]:
    """Return the models that a provider calls *names*, with the names that *mapping* leads to each.

    Args:
        names: The provider's own names, in its order; one that is there twice counts once.
        mapping: Model names as callers know them, to the provider's.
        default: The model of requests that name none, by either name; None when nobody knows it.
    """
    default = mapping.get(default, default) if default else None
    return [
        Model(
            id=name,
            aliases=tuple(alias for alias, leads_to in mapping.items() if leads_to == name),
            default=name == default,
        )
        for name in dict.fromkeys(names)
    ]
