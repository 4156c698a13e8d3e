"""HTML that says what was written, into markdown. Imports markdownify: only where a page is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import markdownify

from ._drawn import CELLS, WORDS, drawn, emoji_of, span, stands_in_line
from ._drawn_code import language_of

_TICKS: Final = re.compile("`+")
_BEFORE_PIPE: Final = re.compile(r"\\+(?=\|)")
_NO_ESCAPES: Final = frozenset({"_noformat", "tex"})
_SIGN_LINE: Final = re.compile(r"(?<!.)\$\$\n|\n\$\$(?!.)")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
_ALIGNED: Final = re.compile(r"(?:^|;)\s*text-align:\s*(left|center|right)\b")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_COLUMNS: Final[Mapping[str, str]] = {"left": ":---", "center": ":---:", "right": "---:"}

EMPTY: Final = "\ufdd0"
"""Stands in a line that must stay empty while the lines between blocks are counted; no character at all."""


def _kept(text: str) -> str:
    """Return a text whose empty lines stay."""
    return "\n".join(line or EMPTY for line in text.split("\n"))


def _most_ticks(code: str) -> int:
    return max((len(run) for run in _TICKS.findall(code)), default=0)


def _ticked(line: str) -> str:
    """Return a line of code between more ticks than it has."""
    ticks = "`" * (_most_ticks(line) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{room}{line}{room}{ticks}"


def _label(text: str) -> str:
    """Return the words of a link or a picture as its brackets hold them."""
    return text if _are_paired(text) else re.sub(r"([\[\]])", r"\\\1", text)


def _are_paired(text: str) -> bool:
    depth = 0
    for bracket in re.findall(r"[\[\]]", text):
        depth += 1 if bracket == "[" else -1
        if depth < 0:
            return False
    return depth == 0


def _target(address: str) -> str:
    """Return an address as a link holds it."""
    is_plain = not re.search(r"\s", address) and address.count("(") == address.count(")")
    return address if is_plain else f"<{address}>"


def _source(picture: Any) -> str:
    """Return the address of a picture, not of what stands in its place until it is loaded."""
    addresses = [picture.get("src"), picture.get("data-src"), *picture.get("srcset", "").split()[:1]]
    told = [each for each in addresses if each]
    return str(next((each for each in told if not each.startswith("data:")), (*told, "")[0]))


def _is_in_cell(parent_tags: set[str]) -> bool:
    return not parent_tags.isdisjoint(CELLS)


def _column(cell: Any) -> str:
    """Return what stands below a head for a column whose words stand as this cell's."""
    found = _ALIGNED.search(cell.get("style", ""))
    return _COLUMNS.get(found[1] if found else cell.get("align", ""), "---")


def _below(columns: list[str]) -> str:
    return f"| {' | '.join(columns)} |\n"


def _mark(point: Any) -> str:
    """Return what stands before a point: another sign than before those of the list right above."""
    is_other = _is_other(point.parent)
    if point.parent.name != "ol":
        return "*" if is_other else "-"
    return f"{max(0, _number(point))}{')' if is_other else '.'}"


def _number(point: Any) -> int:
    """Return the number that is drawn before a point."""
    step = -1 if point.parent.has_attr("reversed") else 1
    points = [point, *point.find_previous_siblings("li")]
    for steps, each in enumerate(points):
        if _NUMBER.fullmatch(value := each.get("value", "")):
            return int(value) + steps * step
    start = point.parent.get("start", "")
    first = 1 if step > 0 else len(point.parent.find_all("li", recursive=False))
    return (int(start) if _NUMBER.fullmatch(start) else first) + (len(points) - 1) * step


def _is_other(points: Any) -> bool:
    if "data-other" not in points.attrs:
        above = _list_above(points)
        points["data-other"] = above is not None and _is_other(above) == _goes_on(above, points)
    return bool(points["data-other"])


def _list_above(points: Any) -> Any:
    """Return the list that would become one with a list in markdown, as nothing stands between them."""
    for each in points.previous_siblings:
        if not isinstance(each, str):
            return each if each.name == points.name and each.name in {"ul", "ol"} else None
        if each.strip():
            return None
    return None


def _after(element: Any) -> Any:
    """Return what stands after an element in its block, whatever wraps it in the line; None for nothing."""
    for each in element.next_siblings:
        if not isinstance(each, str) or each.strip():
            return each
    holder = element.parent
    return _after(holder) if holder.name in WORDS or "-" in holder.name else None


def _goes_on(above: Any, points: Any) -> bool:
    """Tell whether two lists are drawn as one: the second counts on."""
    if points.name != "ol":
        return False
    ends = [*above.find_all("li", recursive=False)[-1:], *points.find_all("li", recursive=False)[:1]]
    return len(ends) == 2 and _number(ends[0]) + 1 == _number(ends[1])  # noqa: PLR2004


_Base: Any = markdownify.MarkdownConverter  # its types leave out what is meant to be overridden


class Converter(_Base):  # type: ignore[misc]
    """Converts one turn."""

    class Options:
        """The dialect: what pages are written in, with no sign escaped that was not."""

        bullets = "-"
        escape_asterisks = False
        escape_underscores = False
        heading_style = markdownify.ATX
        sub_symbol = "<sub>"
        sup_symbol = "<sup>"

    def process_text(self, el: Any, parent_tags: set[str]) -> str:
        """Keep the white space that the page keeps."""
        text = self._spaced(el, parent_tags)
        if not _is_in_cell(parent_tags) or not _NO_ESCAPES.isdisjoint(parent_tags):
            return text
        return _BEFORE_PIPE.sub(lambda run: run[0] * 2, text)  # else the pipe's own sign would be drawn

    def _spaced(self, el: Any, parent_tags: set[str]) -> str:
        noted = drawn(el.parent)
        is_drawn = "kept" in noted or "lines" in noted
        if "pre" in parent_tags or not is_drawn or not (el.strip() or stands_in_line(el)):
            return str(super().process_text(el, parent_tags=parent_tags))
        text = str(el).replace("\r\n", "\n")
        return _kept(text if "kept" in noted else re.sub(r"[ \t]+", " ", text))

    def convert_tex(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A formula, on lines of its own where it was."""
        is_alone = el.has_attr("display") and "_inline" not in parent_tags
        return f"\n{text}\n" if is_alone else _SIGN_LINE.sub("$$", text).replace("\n", " ")

    def convert_pre(self, el: Any, _: str, parent_tags: set[str]) -> str:
        """A block of code, in a fence that is longer than those it holds."""
        code = el.get_text()
        if _is_in_cell(parent_tags):
            return "<br>".join(_ticked(line) for line in code.split("\n") if line.strip())
        fence = "`" * max(3, _most_ticks(code) + 1)
        return f"\n\n{fence}{language_of(el)}\n{_kept(code)}\n{fence}\n\n"

    def convert_note(self, el: Any, text: str, **_: Any) -> str:
        """A footnote."""
        lines = text.strip().replace("\n", "\n    ")
        return f"\n\n[^{el['data-label']}]: {lines}\n\n"

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A link, on one line."""
        if el.get("href", "").startswith("javascript:"):
            return text  # nothing that was written leads there
        label = _label(re.sub(r"\s*\n\s*", " ", text))
        if el.get("href"):
            if label == el["href"] and not _SCHEME.match(label):
                return f"[{label}]({_target(label)})"  # between signs of less and more it would be an element
            el["href"] = _target(el["href"])
        return str(super().convert_a(el, label, parent_tags))

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802 - its name there
        """A heading; in a link its words, in a cell a line."""
        if _is_in_cell(parent_tags) or not text.strip():
            return f"\n{text.strip()}\n"
        return f" {text} " if "a" in parent_tags else str(super().convert_hN(n, el, text, parent_tags))

    def convert_img(self, el: Any, _: str, **__: Any) -> str:
        """A picture, or the emoji that it draws."""
        alt, source = el.get("alt", ""), _source(el)
        if not source or emoji_of(el):
            return str(alt)
        title = ' "{}"'.format(el["title"].replace('"', r"\"")) if el.get("title") else ""
        return f"![{_label(alt)}]({_target(source)}{title})"

    def convert_object(self, el: Any, text: str, **_: Any) -> str:
        """What is shown, by its address; where it is not, the words for want of it."""
        address = el.get("data", "")
        if text.strip() or not address or address.startswith("data:"):
            return text
        return f"[{el.get('title', '')}]({_target(address)})"

    def convert_p(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A paragraph; in a cell a line."""
        if _is_in_cell(parent_tags):
            return f"\n{text.strip()}\n"
        return str(super().convert_p(el, text, parent_tags))

    def convert_div(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A block, with its indentation by spaces that stay; in a cell a line."""
        if _is_in_cell(parent_tags):
            return f"\n{text.strip()}\n"
        if "_inline" in parent_tags or not text.strip():
            return str(super().convert_div(el, text, parent_tags))
        return "\n\n{}\n\n".format(text.strip(" \t\r\n"))

    def convert_li(self, el: Any, text: str, **_: Any) -> str:
        """A point of a list."""
        first, *others = text.strip().split("\n")
        if not first:
            return "\n"
        mark = f"{_mark(el)} "
        return "\n".join([mark + first, *(line and " " * len(mark) + line for line in others), ""])

    def convert_list(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A list; what follows it, in what wraps it too, is no part of its last point."""
        after = _after(el)
        end = "" if after is None or after.name in {"ul", "ol"} else "\n\n"
        return str(super().convert_list(el, text, parent_tags)) + end

    convert_ul = convert_list
    convert_ol = convert_list
    convert_audio = _Base.convert_video

    def convert_option(self, el: Any, text: str, **_: Any) -> str:
        """A choice, apart from the next."""
        return text.strip() + " " * (el.find_next_sibling("option") is not None)

    def convert_br(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A line break; in a cell it must not end the row."""
        return "<br>" if _is_in_cell(parent_tags) else str(super().convert_br(el, text, parent_tags))

    def convert_tr(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A row; the line below a head says on which side its columns' words stand."""
        row = str(super().convert_tr(el, text, parent_tags))
        columns = [_column(cell) for cell in el.find_all(CELLS) for _ in range(span(cell, "colspan"))]
        return row.replace(_below(["---"] * len(columns)), _below(columns), 1)

    def convert_td(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A cell: its signs and lines do not end it."""
        text = text.strip().replace("|", r"\|")
        return str(super().convert_td(el, re.sub(r"\s*\n\s*", "<br>", text), parent_tags))

    convert_th = convert_td
