"""What is in a remote's JSON by where it is, and token counts from a table of such places."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from jackfield import MalformedResponse, Usage

UsageNames: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Fields of `Usage` to where a remote has them; see `usage_of`."""


def found_in(told: Any, place: str) -> Any:
    """Return what is at *place* in decoded JSON; None where nothing is.

    Args:
        told: What was decoded.
        place: Names with dots between them, `usage.details.cached_tokens`; `|` stands between places of
            which the first that holds something counts.
    """
    for names in _ways(place):
        value = told
        for name in names:
            # Asked for in every event of a stream: `dict` first, which `Mapping` takes long to recognise.
            value = value.get(name) if isinstance(value, (dict, Mapping)) else None
            if value is None:
                break
        else:
            return value
    return None


@cache
def _ways(place: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(way.split(".")) for way in place.split("|"))


def words_in(told: Any, place: str) -> str:
    """Return the text at *place*, as for `found_in`; empty where there is none."""
    found = found_in(told, place)
    return found if isinstance(found, str) else ""


def objects_in(told: Any, place: str) -> list[Mapping[str, Any]]:
    """Return the objects in the list at *place*, as for `found_in`; none where there is no list."""
    found = found_in(told, place)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text_at(told: Mapping[str, Any], name: str) -> str:
    """Return the text in the field *name*; empty where there is none.

    Raises:
        MalformedResponse: Something else is in it: a wire that is read strictly takes no other for nothing.
    """
    text = told.get(name)
    if text is None or isinstance(text, str):
        return text or ""
    raise MalformedResponse(f"{name!r} of the answer is no text")


def object_at(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object in the field *name*; an empty one where there is none.

    Raises:
        MalformedResponse: Something else is in it.
    """
    found = told.get(name)
    if found is None or isinstance(found, dict):
        return found or {}
    raise MalformedResponse(f"{name!r} of the answer is no object")


def count_in(told: Any, *places: str) -> int | None:
    """Return the sum of the whole numbers at *places*, each as for `found_in`; None where there is none."""
    counts = [found for place in places if type(found := found_in(told, place)) is int]
    return sum(counts) if counts else None


def usage_of(told: Any, names: UsageNames) -> Usage | None:
    """Return the token counts that a remote tells, its own object among them; None where it tells none.

    ```python
    usage_of(told, {"input_tokens": ("input_tokens", "cache_read_tokens"), "output_tokens": "written"})
    ```

    Args:
        told: The remote's object.
        names: Fields of `Usage` to where the remote has them. Several places are added up: of a remote that
            leaves cached tokens out of what was read, or reasoning out of what was written.
    """
    if not isinstance(told, Mapping):
        return None
    counts = {
        field: count
        for field, places in names.items()
        if (count := count_in(told, *([places] if isinstance(places, str) else places))) is not None
    }
    if not counts:
        return None
    return Usage(
        **counts,
        input_source="reported" if "input_tokens" in counts else None,
        output_source="reported" if "output_tokens" in counts else None,
        raw=told,
    )
