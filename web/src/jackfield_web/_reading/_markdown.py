"""From what a page shows back to the markdown that the remote wrote.

A page that carries its markdown is taken by its word. Otherwise its HTML is converted: formulas from the TeX
that KaTeX keeps beside them, code with its language and without its buttons, CodeMirror's lines as lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_NOT_TEXT: Final = "button, svg, style, script, template, [aria-hidden=true], .sr-only, .katex-html"
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_LANGUAGE: Final = re.compile(r"(?:language|lang|highlight-source)-([\w+#.-]+)")
_CLOSED_FENCE: Final = "\n```"


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
    return text.removesuffix(_CLOSED_FENCE) if growing and turns and "html" in turns[-1] else text


def html_to_markdown(html: str, elements: Mapping[str, str] | None = None) -> str:
    """Convert the HTML of one turn; *elements* is CSS of elements that stand for others, to their names."""
    if not html:
        return ""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for selector, name in (elements or {}).items():
        for element in soup.select(selector):
            element.name = name
    _restore_formulas(soup)
    _restore_editors(soup)
    for element in soup.select(_NOT_TEXT):
        element.decompose()
    _restore_code(soup)
    return _BLANK_LINES.sub("\n\n", _converter().convert_soup(soup)).strip()


def _restore_formulas(soup: Any) -> None:
    for element in soup.select(".katex-display, .katex"):
        annotation = element.select_one('annotation[encoding="application/x-tex"]')
        if annotation is not None and element.parent is not None:
            is_display = "katex-display" in element.get("class", [])
            literal = soup.new_tag("tex")
            tex = annotation.get_text()
            # Signs on lines of their own are what every dialect draws on a line of its own.
            literal.string = f"$$\n{tex.strip()}\n$$" if is_display else f"${tex}$"
            element.replace_with(literal)


def _restore_editors(soup: Any) -> None:
    """CodeMirror has an element per line and no line feeds."""
    for editor in soup.select(".cm-editor"):
        lines = "\n".join(line.get_text() for line in editor.select(".cm-line"))
        block, code = soup.new_tag("pre"), soup.new_tag("code")
        content = editor.select_one("[data-language]")
        if content is not None:
            code["class"] = [f"language-{content['data-language']}"]
        code.string = lines
        block.append(code)
        editor.replace_with(block)


def _restore_code(soup: Any) -> None:
    """Put code into `pre` where the page leaves it out, and drop the header that names its language."""
    for code in soup.select("code[class*=language-]"):
        if code.find_parent("pre") is None and "\n" in code.get_text():
            code.wrap(soup.new_tag("pre"))
    for block in soup.select("pre"):
        language = _language(block).lower()
        for header in _before(block):
            if language and header.get_text(strip=True).lower() == language:
                header.decompose()


def _before(block: Any) -> Iterator[Any]:
    """Yield what stands right before a block, or before what does nothing but hold it."""
    holder = block
    while holder is not None and holder.name != "[document]":
        if (header := holder.find_previous_sibling()) is not None:
            yield header
            return
        holder = holder.parent


def _language(block: Any) -> str:
    for element in (block, *block.select("[class]")):
        if found := _LANGUAGE.search(" ".join(element.get("class", []))):
            return found[1]
    return ""


def _converter() -> Any:
    from markdownify import ATX, MarkdownConverter

    class Converter(MarkdownConverter):
        def convert_tex(self, _: Any, text: str, **__: Any) -> str:
            return text

    return Converter(
        heading_style=ATX,
        bullets="-",
        code_language_callback=_language,
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )
