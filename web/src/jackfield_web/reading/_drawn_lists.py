"""Lists: each point in its place, with one sign before it."""

from __future__ import annotations

import re
from typing import Any, Final

from ._drawn import drawn

_SIGN: Final = re.compile(
    r"\s*(?:[\u2022\u25e6\u25aa\u25ab\u2023\u00b7\u2013\u2014*-]|(\d{1,9})[.)])(?:\s+|$)"
)


def restore_lists(soup: Any) -> None:
    """Put lists into the points that they are drawn in, and take the signs that a page wrote for its own."""
    for points in soup.select("ul > ul, ul > ol, ol > ul, ol > ol"):
        if (point := points.find_previous_sibling("li")) is not None:
            point.append(points)
    for points in soup.select("ul, ol"):
        _take_signs(points)


def _take_signs(points: Any) -> None:
    """Make the signs of a list that are text, where the browser draws none, those of its points."""
    found: list[tuple[Any, Any, re.Match[str]]] = []
    for point in points.find_all("li", recursive=False):
        text: Any = next(filter(str.strip, point.find_all(string=True)), "")
        sign = _SIGN.match(text)
        if sign is None or "unmarked" not in drawn(point) or point.get_text(strip=True) == sign[0].strip():
            return
        found.append((point, text, sign))
    numbers = [sign[1] for _, _, sign in found if sign[1] is not None]
    if not found or len(numbers) not in {0, len(found)}:
        return
    points.name = "ol" if numbers else "ul"
    for point, text, sign in found:
        if numbers:
            point["value"] = sign[1]
        text.replace_with(text[sign.end() :])
