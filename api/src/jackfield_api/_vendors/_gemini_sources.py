"""What the text of an answer rests on, as Google's `generateContent` tells it: by bytes of the whole text.

Source: the vendor's reference of `GroundingMetadata` and `CitationMetadata` (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from jackfield import Citation

from .._usage import count_in, found_in, objects_in, words_in

Place: TypeAlias = tuple[int, int] | None
"""Where in the whole text something stands, in bytes; None for nowhere in particular."""

_KINDS: Final = "web|retrievedContext|maps|image"


def citations_of(texts: Sequence[str], candidate: Mapping[str, Any]) -> list[list[Citation]]:
    """Return, for each of the answer's *texts*, what in it rests on what.

    Args:
        texts: The texts of the answer's parts.
        candidate: The answer, with all that was told of its sources.
    """
    found: list[list[Citation]] = [[] for _ in texts]
    ends = [len("".join(texts[: number + 1]).encode()) for number in range(len(texts))]
    for source, place in _told(candidate, "".join(texts).encode()):
        last = len(texts) - 1
        number = last if place is None else next((n for n, end in enumerate(ends) if place[0] < end), last)
        if number >= 0:
            before = ends[number - 1] if number else 0
            found[number].append(_citation(source, place, texts[number], before))
    return found


def _told(candidate: Mapping[str, Any], whole: bytes) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Yield each source with where it counts."""
    chunks = objects_in(candidate, "groundingMetadata.groundingChunks")
    rest = set(range(len(chunks)))
    for support in objects_in(candidate, "groundingMetadata.groundingSupports"):
        place = _place(found_in(support, "segment"), whole)
        numbers = found_in(support, "groundingChunkIndices")
        for number in numbers if isinstance(numbers, list) else ():
            if type(number) is int and 0 <= number < len(chunks):
                rest.discard(number)
                yield found_in(chunks[number], _KINDS) or {}, place
    for number in sorted(rest):
        yield found_in(chunks[number], _KINDS) or {}, None
    for source in objects_in(candidate, "citationMetadata.citationSources|citationMetadata.citations"):
        yield source, _place(source, whole)


def _place(segment: Any, whole: bytes) -> Place:
    """Return where a segment is. Some answers count from elsewhere: then its text tells."""
    start, end = count_in(segment, "startIndex") or 0, count_in(segment, "endIndex")
    text = words_in(segment, "text").encode()
    if end is None or not 0 <= start < end <= len(whole) or (text and whole[start:end] != text):
        start = whole.find(text) if text else -1
        return (start, start + len(text)) if start >= 0 else None
    return start, end


def _citation(source: Mapping[str, Any], place: Place, text: str, before: int) -> Citation:
    """Return a citation of a part whose text has *before* bytes of others ahead of it."""
    start = end = None
    if place is not None:
        raw = text.encode()
        start, end = (len(raw[: max(0, at - before)].decode(errors="ignore")) for at in place)
    return Citation(
        url=words_in(source, "uri|sourceUri") or None,
        title=words_in(source, "title") or None,
        quote=words_in(source, "text") or None,
        start=start,
        end=end,
    )
