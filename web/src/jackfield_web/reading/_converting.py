"""HTML that says what was written, into markdown. Imports markdownify: only where a page is read."""

from __future__ import annotations

import re
from typing import Any, Final

import markdownify

from ._drawn import drawn
from ._drawn_code import language_of

_TICKS: Final = re.compile(r"`{3,}")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_LETTER: Final = re.compile(r"\w")

EMPTY: Final = "\ufdd0"
"""Stands in a line that must stay empty while the lines between blocks are counted; no character at all."""


def _kept(text: str) -> str:
    """Return a text whose empty lines stay."""
    return "\n".join(line or EMPTY for line in text.split("\n"))


def _target(address: str) -> str:
    """Return an address as a link holds it."""
    is_plain = not re.search(r"\s", address) and address.count("(") == address.count(")")
    return address if is_plain else f"<{address}>"


def _is_in_cell(parent_tags: set[str]) -> bool:
    return not parent_tags.isdisjoint({"td", "th"})


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
        noted = drawn(el.parent)
        if "pre" in parent_tags or noted.count("kept") + noted.count("lines") == 0 or not el.strip():
            return str(super().process_text(el, parent_tags=parent_tags))
        text = str(el).replace("\r\n", "\n")
        return _kept(text if "kept" in noted else re.sub(r"[ \t]+", " ", text))

    def convert_tex(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A formula, on lines of its own where it was."""
        is_alone = el.has_attr("display") and "_inline" not in parent_tags
        return f"\n{text}\n" if is_alone else text.replace("\n", "")

    def convert_pre(self, el: Any, _: str, parent_tags: set[str]) -> str:
        """A block of code, in a fence that is longer than those it holds."""
        code = el.get_text()
        if _is_in_cell(parent_tags):
            return "<br>".join(f"`{line}`" for line in code.split("\n") if line.strip())
        ticks = max((len(run) for run in _TICKS.findall(code)), default=2)
        fence = "`" * max(3, ticks + 1)
        return f"\n\n{fence}{language_of(el)}\n{_kept(code)}\n{fence}\n\n"

    def convert_note(self, el: Any, text: str, **_: Any) -> str:
        """A footnote."""
        lines = text.strip().replace("\n", "\n    ")
        return f"\n\n[^{el['data-label']}]: {lines}\n\n"

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A link, on one line."""
        if el.get("href"):
            el["href"] = _target(el["href"])
        return str(super().convert_a(el, re.sub(r"\s*\n\s*", " ", text), parent_tags))

    def convert_img(self, el: Any, _: str, **__: Any) -> str:
        """A picture, or the emoji that it draws."""
        alt, source = el.get("alt", ""), el.get("src") or el.get("data-src") or ""
        if not source or (alt and not _LETTER.search(alt)):
            return str(alt)  # an emoji, drawn as a picture
        title = f' "{el["title"]}"' if el.get("title") else ""
        return f"![{alt}]({_target(source)}{title})"

    def convert_p(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A paragraph; in a cell a line."""
        if _is_in_cell(parent_tags):
            return f"\n{text.strip()}\n"
        return str(super().convert_p(el, text, parent_tags))

    def convert_div(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A block; in a cell a line."""
        if _is_in_cell(parent_tags):
            return f"\n{text.strip()}\n"
        return str(super().convert_div(el, text, parent_tags))

    def convert_br(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A line break; in a cell it must not end the row."""
        return "<br>" if _is_in_cell(parent_tags) else str(super().convert_br(el, text, parent_tags))

    def convert_td(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A cell: its signs and lines do not end it."""
        text = _PIPE.sub(r"\\|", text.strip())
        return str(super().convert_td(el, re.sub(r"\s*\n\s*", "<br>", text), parent_tags))

    convert_th = convert_td
