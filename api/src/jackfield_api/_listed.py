"""What remotes list: models with their sizes, and vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from jackfield import MalformedResponse, Model, models_of

from ._options import ApiOptions
from ._usage import count_in


def sized_models(listed: Mapping[str, Any], options: ApiOptions, *, reads: str, writes: str) -> list[Model]:
    """Return the models that a remote lists, in its order.

    Args:
        listed: The remote's names of them, to what it tells of each.
        options: Whose mapping and default it goes by.
        reads: Where it tells how many tokens a model reads, its own among them; see `found_in`.
        writes: Where it tells how many a model writes at the most.
    """
    return [
        attrs.evolve(
            model,
            context_tokens=count_in(listed[model.id], reads),
            output_tokens=count_in(listed[model.id], writes),
        )
        for model in models_of(listed, mapping=options.model_mapping, default=options.default_model)
    ]


def vectors_in(listed: Sequence[Mapping[str, Any]], name: str, count: int) -> list[list[float]]:
    """Return the vectors that a remote lists for *count* texts, each in the field *name* of its object.

    Raises:
        MalformedResponse: There are more or fewer, or one is no list of numbers.
    """
    if len(listed) != count:
        raise MalformedResponse(f"{count} texts were sent, and {len(listed)} vectors came back")
    try:
        return [[float(number) for number in one[name]] for one in listed]
    except (KeyError, TypeError, ValueError):
        raise MalformedResponse("a vector of the answer is no list of numbers") from None
