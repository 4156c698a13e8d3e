"""From what a page shows back to the markdown that the remote wrote.

A page that carries its markdown is taken by its word. Otherwise its HTML is converted, after what the page
drew was made what was written: formulas, code, and text that it hides, repeats or adds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ._drawn import break_lines, level_tables, rename_as_drawn, set_apart
from ._drawn_code import restore_code
from ._drawn_lists import restore_lists
from ._drawn_marks import restore_marks
from ._drawn_text import restore_text
from ._formulas import restore_formulas

_BY_ROLE: Final[Mapping[str, str]] = {
    "div:is([role=table], [role=grid], [role=treegrid])": "table",
    "div[role=row]": "tr",
    ":is(div, span)[role=columnheader]": "th",
    ":is(div, span):is([role=cell], [role=gridcell], [role=rowheader])": "td",
    **{f"div[role=heading][aria-level='{level}']": f"h{level}" for level in range(1, 7)},
}
_KEPT: Final = "kept"
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_CLOSED_FENCE: Final = re.compile(r"\n`{3,}\Z")


def to_markdown(
    turns: Sequence[Mapping[str, str]],
    *,
    growing: bool = False,
    elements: Mapping[str, str] | None = None,
) -> str:
    """Return the markdown of an answer's turns.

    Args:
        turns: What the probe found: `{"markdown": …}` or `{"html": …}`.
        growing: Whether more may follow. A code block at the end is then left open, because closing it would
            have to be taken back with its next line.
        elements: CSS of elements that stand for others, to the names of those.
    """
    texts = [
        turn["markdown"] if "markdown" in turn else html_to_markdown(turn["html"], elements) for turn in turns
    ]
    text = "\n\n".join(filter(None, texts))
    return _CLOSED_FENCE.sub("", text) if growing and turns and "html" in turns[-1] else text


def html_to_markdown(html: str, elements: Mapping[str, str] | None = None) -> str:
    """Convert the HTML of one turn; *elements* is CSS of elements that stand for others, to their names."""
    if not html:
        return ""
    from bs4 import BeautifulSoup

    from ._converting import EMPTY, Converter

    # Of text in one line that is like a file's name the parser would warn; blanks between two elements may
    # indent a line, and it keeps those only in what keeps white space.
    kept = f"<{_KEPT}>{html.replace(EMPTY, '')}\n</{_KEPT}>"
    soup = BeautifulSoup(kept, "html.parser", preserve_whitespace_tags={_KEPT})
    for holder in soup.select(_KEPT):
        holder.unwrap()
    for selector, name in {**_BY_ROLE, **(elements or {})}.items():
        for element in soup.select(selector):
            element.name = name
    restore_formulas(soup)
    restore_code(soup)
    rename_as_drawn(soup)
    restore_lists(soup)
    level_tables(soup)
    restore_text(soup)
    restore_marks(soup)
    break_lines(soup)
    set_apart(soup)
    text = _BLANK_LINES.sub("\n\n", Converter().convert_soup(soup))
    return re.sub(f" *{EMPTY}", "", text).lstrip(" \t\r\n").rstrip()
