"""How an element is drawn where its name does not say it: by the probe's note, else by its own style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

DRAWN: Final = "data-drawn"
"""The attribute of the probe's copies; words of `block`, `inline`, `kept`, `lines`, `uncopied`, `unseen`,
`icon`."""

_BLOCKS: Final = frozenset(
    {"div", "p", "li", "ul", "ol", "tr", "table", "tbody", "section", "article", "pre"}
)
_BOXES: Final = frozenset({"div", "section", "article", "p"})
_STYLES: Final[Mapping[str, re.Pattern[str]]] = {
    "block": re.compile(r"(?:^|;)\s*display:\s*(?:block|flex|grid|table|list-item|flow-root)\b"),
    "inline": re.compile(r"(?:^|;)\s*display:\s*inline"),
    "kept": re.compile(r"(?:^|;)\s*white-space:\s*(?:pre|pre-wrap|break-spaces)\s*(?:;|$)"),
    "lines": re.compile(r"(?:^|;)\s*white-space:\s*pre-line\b"),
    "uncopied": re.compile(r"(?:^|;)\s*(?:-webkit-)?user-select:\s*none"),
    "unseen": re.compile(r"(?:^|;)\s*visibility:\s*hidden"),
}


def drawn(element: Any) -> list[str]:
    """Return what the probe noted of an element, or what its style says."""
    if (noted := element.get(DRAWN)) is not None:
        return str(noted).split()
    style = element.get("style", "")
    return [word for word, pattern in _STYLES.items() if pattern.search(style)] if style else []


def is_block(element: Any) -> bool:
    """Tell whether an element begins a line of its own."""
    noted = drawn(element)
    return "block" in noted or (element.name in _BLOCKS and "inline" not in noted)


def rename_as_drawn(soup: Any) -> None:
    """Give what is drawn as a block a block's name, and the other way round."""
    for element in soup.select(f"[{DRAWN}], [style]"):
        noted = drawn(element)
        if "block" in noted and (element.name == "span" or "-" in element.name):
            element.name = "div"
        elif "inline" in noted and element.name in _BOXES:
            element.name = "span"
