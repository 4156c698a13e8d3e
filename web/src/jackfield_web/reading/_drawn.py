"""How an element is drawn where its name does not say it: by the probe's note, else by its own style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

DRAWN: Final = "data-drawn"
"""The attribute of the probe's copies; words of `block`, `beside`, `gap-before`, `gap-after`, `inline`,
`kept`, `lines`, `uncopied`, `unseen`, `heard`, `shown`, `icon`, `strong`, `slanted`, `struck`, `unmarked`."""

_COMMANDS: Final = """
copy, copied, copied!, copy code, copy link, copy message, copy response, copy to clipboard, edit, run,
download, retry, try again, regenerate, regenerate response, good response, bad response, read aloud, share,
expand, collapse, show more, show less,
复制, 复制代码, 已复制, 编辑, 运行, 下载, 分享, 展开, 收起, 重试, 重新生成
"""
COMMANDS: Final = frozenset(word.strip() for word in _COMMANDS.split(","))
"""What a page's own buttons say, in small letters."""

_CALLED_UNSEEN: Final = (
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "cdk-visually-hidden",
)
FOR_READERS: Final = (
    f":is({', '.join(f'.{name}' for name in _CALLED_UNSEEN)}):not([{DRAWN}~=shown]), [{DRAWN}~=heard]"
)
"""What is not for the eye: for those who hear the page, or for it to copy from."""

HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELLS: Final = frozenset({"td", "th"})
_BOXES: Final = frozenset({"div", "section", "article", "p"})
_BLOCKS: Final = _BOXES | {"li", "ul", "ol", "tr", "table", "tbody", "pre"}
LAID_OUT: Final = (
    _BLOCKS | CELLS | {"dl", "dt", "dd", "thead", "tfoot", "caption", "figcaption", "blockquote", "note"}
)
"""What begins a line of its own in markdown, too."""
_IN_ONE_LINE: Final = frozenset({"a", "b", "strong", "em", "i", "del", "s", "sub", "sup"})
WORDS: Final = _IN_ONE_LINE | {"span", "code", "kbd", "mark", "u", "small"}
_SHOWN: Final = ("img", "hr", "br", "input", "audio", "video", "object", "iframe", "tex")
_OPENS: Final = re.compile(r"[(\[{<\u00ab\u201c\u2018]\Z|^\Z")
_CLOSES: Final = re.compile(r"[)\]}>\u00bb\u201d\u2019.,;:!?%\u2026]|\Z")
_AS_WRITTEN: Final = frozenset({"pre", "code", "select"})
_PARTS: Final[Mapping[str, int]] = {"thead": 0, "tfoot": 2}
_LETTER: Final = re.compile(r"\w")
_BY_STYLE: Final = {"strong": "strong", "slanted": "em", "struck": "del"}
_STYLES: Final[Mapping[str, re.Pattern[str]]] = {
    "block": re.compile(
        r"(?:^|;)\s*display:\s*(?:block|flex|grid|table(?:-row)?|list-item|flow-root)(?![\w-])"
    ),
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


def is_button(element: Any) -> bool:
    """Tell whether an element is there to be pressed, by its name or its role."""
    return bool(element.name == "button" or element.get("role") == "button")


def stands_in_line(blanks: Any) -> bool:
    """Tell whether blanks stand between words, not between the blocks of a page's own source."""
    beside = [each for each in (blanks.previous_sibling, blanks.next_sibling) if each is not None]
    return all(isinstance(each, str) or each.name in WORDS for each in beside or [blanks.parent])


def emoji_of(picture: Any) -> str:
    """Return the sign that a picture is drawn for; none where it says words."""
    told = str(picture.get("alt", ""))
    return "" if _LETTER.search(told) else told


def is_for_readers(element: Any) -> bool:
    """Tell whether an element is not for the eye."""
    noted = drawn(element)
    is_called_so = "shown" not in noted and any(name in _CALLED_UNSEEN for name in element.get("class", []))
    return is_called_so or "heard" in noted


def rename_as_drawn(soup: Any) -> None:
    """Give what is drawn as a block a block's name, and the other way round."""
    for element in soup.select(f"[{DRAWN}], [style]"):
        noted = drawn(element)
        if "block" in noted and (element.name == "span" or "-" in element.name):
            element.name = "div"
        elif "inline" in noted and element.name in _BOXES:
            element.name = "span"
        for word, name in _BY_STYLE.items():
            if word in noted and element.name == "span":
                element.wrap(soup.new_tag(name))


def break_lines(soup: Any) -> None:
    """Break a line where a block stands in it that says nothing: what follows it begins the next one."""
    for element in soup.find_all(_BOXES):
        between = (element.previous_siblings, element.next_siblings)
        if not _says(element) and all(map(_is_in_line, between)) and not element.find_parent(_AS_WRITTEN):
            element.replace_with(soup.new_tag("br"))


def _is_in_line(siblings: Any) -> bool:
    """Tell whether the nearest of some siblings that says something is words of a line."""
    nearest = next(filter(_says, siblings), None)
    return nearest is not None and (isinstance(nearest, str) or nearest.name in WORDS)


def _says(node: Any) -> bool:
    if isinstance(node, str):
        return bool(node.strip())
    return bool(node.get_text(strip=True)) or node.name in _SHOWN or node.find(_SHOWN) is not None


def set_apart(soup: Any) -> None:
    """Part what is drawn on lines of its own, in a row or with a gap from what stands beside it."""
    for element in soup.select(f"[{DRAWN}], [style]"):
        noted = drawn(element)
        if element.name in LAID_OUT or not _says(element) or element.find_parent(_AS_WRITTEN) is not None:
            continue
        if "block" in noted and element.find_parent(_IN_ONE_LINE) is None:
            element.wrap(soup.new_tag("div"))
            continue
        is_apart = "block" in noted or "beside" in noted
        before, after = element.previous_sibling, element.next_sibling
        if (is_apart and _is_glued(before, element)) or (
            "gap-before" in noted and _are_words(before, element)
        ):
            element.insert_before(" ")
        if (is_apart and _is_glued(element, after)) or ("gap-after" in noted and _are_words(element, after)):
            element.insert_after(" ")


def _is_glued(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    return not (one.get_text()[-1:].isspace() or other.get_text()[:1].isspace())


def _are_words(one: Any, other: Any) -> bool:
    """Tell whether a gap between two is a blank: none stands there, and no sign that needs none."""
    is_sign = one is None or other is None or _OPENS.search(one.get_text()) or _CLOSES.match(other.get_text())
    return not is_sign and _is_glued(one, other)


def level_tables(soup: Any) -> None:
    """Give a table one body from its head to its foot, with a cell wherever one is drawn."""
    for table in soup.select("table table"):
        _lay_out(table)
    for table in soup.select("table"):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        rows.sort(key=lambda row: _PARTS.get(row.parent.name, 1))
        for cell in cells_of(rows[0]) if rows and _is_head(rows[0]) else ():
            cell.name = "th"
        body = soup.new_tag("tbody")
        table.append(body)
        body.extend(rows)
        for part in table.find_all(["thead", "tfoot", "tbody"], recursive=False):
            if part is not body:
                part.unwrap()
        _fill(soup, rows)
        _widen(soup, rows)
        for row in rows:
            if not cells_of(row):
                row.decompose()


def _lay_out(table: Any) -> None:
    """Make lines of a table in a cell: markdown has none there."""
    for cell in table.find_all(CELLS):
        cell.name = "span"
        cell.append(" ")
    for part in [table, *table.find_all(["caption", "thead", "tbody", "tfoot", "tr"])]:
        part.name = "div"


def cells_of(row: Any) -> list[Any]:
    """Return the cells of a row of a table."""
    return list(row.find_all(CELLS, recursive=False))


def _is_head(row: Any) -> bool:
    """Tell whether a row is its table's head: it stands there, or has heads, and cells that say nothing."""
    others = [cell for cell in cells_of(row) if cell.name == "td"]
    return row.parent.name == "thead" or (
        len(others) < len(cells_of(row)) and not any(cell.get_text(strip=True) for cell in others)
    )


def _fill(soup: Any, rows: list[Any]) -> None:
    """Put empty cells where cells of rows above reach down."""
    reaching: dict[int, int] = {}
    for row in rows:
        column = 0
        for cell in [*cells_of(row), None]:
            while reaching.get(column, 0) > 0:
                empty = soup.new_tag("td")
                row.append(empty) if cell is None else cell.insert_before(empty)
                reaching[column] -= 1
                column += 1
            for _ in range(span(cell, "colspan") if cell is not None else 0):
                reaching[column] = span(cell, "rowspan") - 1
                column += 1


def _widen(soup: Any, rows: list[Any]) -> None:
    """Give the first row as many columns as the widest has: markdown draws no others."""
    columns = [sum(span(cell, "colspan") for cell in cells_of(row)) for row in rows]
    first = cells_of(rows[0]) if rows else []
    for _ in range(max(columns) - columns[0] if first else 0):
        rows[0].append(soup.new_tag(first[-1].name))


def span(cell: Any, name: str) -> int:
    """Return how many columns or rows a cell takes, by the attribute that says so."""
    told = cell.get(name, "")
    return max(1, min(1000, int(told))) if told.isdecimal() else 1
