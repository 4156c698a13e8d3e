"""Markdown that renderers draw comes back as markdown that draws the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mistune
import pytest
from bs4 import BeautifulSoup
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from jackfield_web.reading import html_to_markdown

MARKDOWN_IT = MarkdownIt("gfm-like", {"linkify": False}).use(footnote_plugin).use(tasklists_plugin)
MISTUNE = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "task_lists", "footnotes"])

WORDS = st.lists(st.from_regex(r"[b-z]{2,6}", fullmatch=True), min_size=1, max_size=4).map(" ".join)
CODE = st.from_regex(r"[a-z|`<&]{0,3}[a-z][a-z|`<&]{0,3}", fullmatch=True)
LINES = st.lists(st.text("ab `~|#-<&*", max_size=8).map(str.rstrip), min_size=1, max_size=6)


def longer(text: str, least: int) -> str:
    return "`" * max(least, *(len(run) + 1 for run in re.findall("`+", text)), 0)


def span(code: str) -> str:
    ticks = longer(code, 1)
    return f"{ticks} {code} {ticks}"


def fence(language: str, lines: list[str]) -> str:
    code = "\n".join([*lines, "x"])
    ticks = longer(code, 3)
    return f"{ticks}{language}\n{code}\n{ticks}"


def indent(text: str, first: str, rest: str) -> str:
    return "\n".join((first if not at else rest) + line for at, line in enumerate(text.split("\n")))


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(rows: list[list[str]]) -> str:
    return "\n".join([row(rows[0]), "| --- | --- |", *map(row, rows[1:])])


INLINE = st.one_of(
    WORDS,
    WORDS.map("**{}**".format),
    WORDS.map("*{}*".format),
    WORDS.map("~~{}~~".format),
    WORDS.map("[{}](https://a.example/b_c?d=e)".format),
    WORDS.map("![{}](https://a.example/b.png)".format),
    WORDS.map("a<sup>{}</sup>".format),
    CODE.map(span),
)
LINE = st.tuples(WORDS, st.lists(INLINE, max_size=3)).map(lambda each: " ".join([each[0], *each[1]]))
BLOCK = st.one_of(
    LINE,
    st.tuples(st.integers(1, 6), WORDS).map(lambda each: f"{'#' * each[0]} {each[1]}"),
    st.builds(fence, st.sampled_from(["", "python", "c++"]), LINES),
    st.lists(st.tuples(LINE, LINE).map(list), min_size=2, max_size=3).map(table),
)


def holders(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    points = st.lists(st.tuples(LINE, inner).map("\n\n".join), min_size=1, max_size=3)
    return st.one_of(
        points.map(lambda each: "\n\n".join(indent(point, "- ", "  ") for point in each)),
        points.map(lambda each: "\n\n".join(indent(point, "1. ", "   ") for point in each)),
        inner.map(lambda text: indent(text, "> ", "> ")),
    )


DOCUMENTS = st.lists(st.recursive(BLOCK, holders, max_leaves=4), min_size=1, max_size=4).map(
    "\n\n---\n\n".join
)


def drawing(html: str) -> str:
    """Return what is drawn: without the white space and the holders that make no difference."""
    soup = BeautifulSoup(html, "html.parser")
    for paragraph in soup.select("li > p"):
        paragraph.unwrap()
    for text in soup.find_all(string=True):
        if text.find_parent("pre") is None:
            text.replace_with(re.sub(r"\s+", " ", text))
    for block in soup.find_all("pre"):
        block.string = f"{block.code.get('class', '')} {block.get_text()}"
    return re.sub(r"\s*(</?(?!a|em|strong|s|del|code|sup|img)\w+[^>]*>)\s*", r"\1", str(soup))


def in_divs(html: str) -> str:
    """Draw code as some do: a `div` for each line, a frame with the language's name, a button."""
    soup = BeautifulSoup(html, "html.parser")
    for code in soup.select("pre > code"):
        language = "".join(code.get("class", [])).removeprefix("language-")
        lines = code.get_text().removesuffix("\n").split("\n")
        code.clear()
        for line in lines:
            code.append(soup.new_tag("div", string=line))
        frame = code.parent.wrap(soup.new_tag("div"))
        frame.insert(0, soup.new_tag("div", string=language))
        frame.div.append(soup.new_tag("button", string="Copy"))
    return str(soup)


def in_spans(html: str) -> str:
    """Draw code as highlighters do: numbered lines in spans, with line feeds between them."""
    soup = BeautifulSoup(html, "html.parser")
    for code in soup.select("pre > code"):
        lines = code.get_text().removesuffix("\n").split("\n")
        code.clear()
        for number, line in enumerate(lines):
            span = soup.new_tag("span", attrs={"class": "line"})
            span.append(soup.new_tag("span", attrs={"class": "line-number"}, string=str(number)))
            span.append(line)
            code.extend([span, "\n"])
    return str(soup)


@pytest.mark.parametrize("dress", [str, in_divs, in_spans])
@pytest.mark.parametrize("render", [MARKDOWN_IT.render, MISTUNE])
@settings(deadline=None, max_examples=25)
@given(document=DOCUMENTS)
def test_what_is_drawn_comes_back(
    render: Callable[[str], Any], dress: Callable[[str], str], document: str
) -> None:
    """Whatever is written and however its code is drawn, the markdown that is read draws the same."""
    # mistune draws the sign that escapes a pipe in a cell's code, and takes a row with two of them for none.
    assume(render is not MISTUNE or "\\|" not in document)
    html = render(document)

    assert drawing(render(html_to_markdown(dress(html)))) == drawing(html)


@pytest.mark.parametrize("render", [MARKDOWN_IT.render, MISTUNE])
@given(tasks=st.lists(st.tuples(st.booleans(), WORDS), min_size=1, max_size=4), note=WORDS)
@settings(deadline=None, max_examples=15)
def test_tasks_and_notes_come_back(
    render: Callable[[str], Any], tasks: list[tuple[bool, str]], note: str
) -> None:
    """What is done, and what stands below."""
    points = [f"- [{'x' if is_done else ' '}] {text}" for is_done, text in tasks]
    document = "\n".join([*points, "", "So it is[^1].", "", f"[^1]: {note}"])

    assert html_to_markdown(render(document)) == document


@given(
    code=st.from_regex(r"a[\\|a]{1,5}a", fullmatch=True), text=st.from_regex(r"a\\{0,3}\|a", fullmatch=True)
)
@settings(deadline=None, max_examples=50)
def test_signs_before_a_pipe_come_back(code: str, text: str) -> None:
    """What searches for one of two words is full of them; a cell's pipe is escaped as GFM has it."""
    cells = f"<tr><td><code>{code}</code></td><td>{text}</td></tr>"
    html = f"<table><thead><tr><th>b</th><th>c</th></tr></thead><tbody>{cells}</tbody></table>"

    assert drawing(MARKDOWN_IT.render(html_to_markdown(html))).strip() == html
