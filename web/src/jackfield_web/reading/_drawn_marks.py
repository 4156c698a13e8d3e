"""Marks: words that are bold, slanted, struck out or a link, each within a block, as markdown has them.

Pages put a mark round whole blocks, and draw as one what are many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from ._drawn import HEADINGS, LAID_OUT, drawn

_OLD_NAMES: Final = {"strike": "s", "tt": "code"}
_JOINED: Final = (["b", "strong"], ["em", "i"], ["del", "s"], ["code", "kbd", "samp"])
_SPREAD: Final = ("b", "strong", "em", "i", "del", "s")
_BLOCKS: Final = LAID_OUT | HEADINGS | {"hr"}
_WHOLE: Final = frozenset({"pre", "table", "hr", "br"})
_KEPT: Final = ("href", "title")
_NO_LINE: Final = ("ul", "ol", "li", "pre", "table")
"""What a link cannot hold in markdown: its text is one line."""


def restore_marks(soup: Any) -> None:
    """Put marks round words, and not round blocks, and make one of what is drawn as one."""
    for element in soup.find_all(list(_OLD_NAMES)):
        element.name = _OLD_NAMES[element.name]
    _spread(soup, [mark for mark in soup.find_all(_SPREAD) if mark.find(_ends_line) is not None])
    _spread(soup, [link for link in soup.find_all("a", href=True) if link.find(_NO_LINE) is not None])
    for names in _JOINED:
        _join(soup, names)


def _spread(soup: Any, marks: list[Any]) -> None:
    """Put each mark round the words in each of the blocks that it holds: it would end with the first."""
    left = deque(marks)
    while left:
        mark = left.popleft()
        parts = list(_parts_marked(soup, mark))
        left.extend(part for part in parts if part.find(_ends_line) is not None)
        if mark.name == "a" and not parts:
            mark.insert_after(soup.new_tag("a", href=mark["href"], string=mark["href"]))
        mark.unwrap()


def _parts_marked(soup: Any, mark: Any) -> Iterator[Any]:
    """Yield the marks that take the place of one, in what it holds."""
    # A heading is drawn bold by itself.
    whole = _WHOLE if mark.name == "a" else _WHOLE | HEADINGS
    for is_apart, parts in groupby(list(mark.children), _is_apart):
        run = list(parts)
        if is_apart:
            yield from (_mark_within(soup, mark, block) for block in run if block.name not in whole)
        elif any(map(_has_words, run)):
            run[0].insert_before(inner := _like(soup, mark))
            inner.extend(run)
            yield inner


def _mark_within(soup: Any, mark: Any, block: Any) -> Any:
    inner = _like(soup, mark)
    inner.extend(list(block.children))
    block.append(inner)
    return inner


def _like(soup: Any, mark: Any) -> Any:
    return soup.new_tag(mark.name, attrs={key: mark[key] for key in _KEPT if mark.has_attr(key)})


def _has_words(node: Any) -> bool:
    return bool(node.get_text(strip=True)) or (node.name is not None and node.find("img") is not None)


def _is_apart(node: Any) -> bool:
    return node.name is not None and (_ends_line(node) or node.find(_ends_line) is not None)


def _ends_line(element: Any) -> bool:
    """Tell whether an element ends a paragraph: a block, or a line break beside another."""
    if element.name != "br":
        return element.name in _BLOCKS
    beside = (element.previous_siblings, element.next_siblings)
    nearest = (next((each for each in one if each.name or each.strip()), None) for one in beside)
    return any(each is not None and each.name == "br" for each in nearest)


def _join(soup: Any, names: list[str]) -> None:
    """Make one of marks that are drawn as one: nothing would tell where the first ends."""
    for element in soup.find_all(names):
        if element.find_parent(names) is not None and not drawn(element):
            element.unwrap()
    for element in soup.find_all(names):
        while _is_mark(following := element.next_sibling, names) and not drawn(element):
            element.extend(list(following.children))
            following.extract()


def _is_mark(node: Any, names: list[str]) -> bool:
    return node is not None and node.name in names and not drawn(node)
