"""What pages draw in ways of their own keeps its words, its order and its marks."""

from __future__ import annotations

import pytest

from jackfield_web.reading import html_to_markdown

LINE = "<span class='code-line line-number'>{}\n</span>"
DIFF = "<tr><td class=ln>{}</td><td class=ln>{}</td><td class=mark>{}</td><td class=code>{}</td></tr>"
INDENTED = "<div>\n <i>-</i>\n <b>a</b>\n</div>"
BAR = "<div class=head><span>{}</span><span>复制代码</span></div>"
UNMARKED = "data-drawn=unmarked"


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        (f"<pre><code>{''.join(map(LINE.format, ('a', '', '42', 'b')))}</code></pre>", "a\n\n42\nb"),
        ("<pre class='line-numbers'><code class='line-numbers'>42</code></pre>", "42"),
        ("<pre><code class='scrollbar-gutter-stable'>1\n2</code></pre>", "1\n2"),
        ("<pre><code><b class='ln'>1</b>\n<b class='ln'>2</b>\n</code></pre>", "\n"),
        ("<pre><code><b class='ln'>1</b>a\n<b class='ln'>2</b>7\n</code></pre>", "a\n7"),
        (f"<table>{DIFF.format(1, '', '-', 'a')}{DIFF.format('', 1, '+', 'b')}</table>", "-a\n+b"),
        (f"<table>{DIFF.format(1, 1, '', '<i>a</i>')}</table>", "a"),
        (f"<table>{DIFF.format(1, 1, '', INDENTED)}</table>", "- a"),
        ("<pre><code>let <span role=button>a</span> = <button>b</button>()</code></pre>", "let a = b()"),
        ("<pre><code>a<button>Explain</button>\nb <button>Copy</button> c</code></pre>", "a\nb  c"),
    ],
)
def test_code_keeps_its_lines_and_words(drawn: str, markdown: str) -> None:
    """Digits are numbers of lines only where they say so, signs and words that can be pressed are code."""
    assert html_to_markdown(drawn) == f"```\n{markdown}\n```"


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        ("<pre class=mermaid><svg><text>Start</text></svg></pre>", "Start"),
        ("<pre><svg role=img aria-label='By month'></svg></pre>", "By month"),
        ("<pre><code><img src=/plot.png alt=Plot></code></pre>", "![Plot](/plot.png)"),
        ("<pre><svg></svg><code>a</code></pre>", "```\na\n```"),
        ("<pre><i>to run:</i><code>a()</code><div>42</div></pre>", "to run:\n\n```\na()\n```\n\n42"),
        (f"<pre>{BAR.format('python')}<code class='hljs x'>a</code></pre>", "```python\na\n```"),
        (f"<pre>{BAR.format('notes')}<code class='hljs x'>a</code></pre>", "notes\n\n```\na\n```"),
    ],
)
def test_what_stands_in_a_block_of_code_besides(drawn: str, markdown: str) -> None:
    """A picture is told, words keep their side, and what a bar says is the page's."""
    assert html_to_markdown(drawn) == markdown


@pytest.mark.parametrize(
    "block",
    [
        "<pre><code class='hljs python'>a</code></pre>",
        "<pre class=python>a</pre>",
        "<pre class='brush: python;'>a</pre>",
        "<pre data-lang=python>a</pre>",
    ],
)
def test_a_language_by_its_bare_name(block: str) -> None:
    """As old highlighters name it."""
    assert html_to_markdown(block) == "```python\na\n```"


def test_text_that_is_called_so() -> None:
    """Where it is the language that is named, and no class, a fence may name it."""
    assert html_to_markdown("<pre lang=text>a</pre>") == "```text\na\n```"


@pytest.mark.parametrize(
    "block", ["<pre class=code>a</pre>", "<pre class='go wide'>a</pre>", "<pre data-lang=en>a</pre>"]
)
def test_a_name_that_is_no_language_s(block: str) -> None:
    """What a style or a tongue is called is no language of code."""
    assert html_to_markdown(block) == "```\na\n```"


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        ("<div class=text-base data-math=true><p>Whole <b>answer</b></p></div>", "Whole **answer**"),
        ("<p>Use <b class=text-sm data-formula='=SUM(A1)'>=SUM(A1)</b></p>", "Use **=SUM(A1)**"),
        ("<p class=math data-math=true>See <i class=katex>x</i></p>", "See *x*"),
        (
            "<p class=math data-math=true>So <i class=katex data-tex=x>x</i><button>Copy</button></p>",
            "So $x$",
        ),
        ("<p class=math data-math=y>x<i class=katex>x</i></p>", "x*x*"),
        ("<p><i class=math data-math=y><i class=katex>x</i><button>Copy</button></i> a</p>", "$y$ a"),
        ("<p>So <img data-mathml='<math><mi>x</mi></math>' src=/a.png alt=x></p>", "So $x$"),
        ("<p data-tex=y>So <math><mi>x</mi></math></p>", "So $x$"),
        ("<p>So <i data-tex=x><math><mi>x</mi></math></i></p>", "So $x$"),
    ],
)
def test_an_attribute_is_no_formula_because_of_its_name(drawn: str, markdown: str) -> None:
    """It is where what holds it is a formula, and then says how that is written."""
    assert html_to_markdown(drawn) == markdown


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        (
            "<ul><li id=t><a href='#s'>Intro</a></li></ul><h2 id=s>Intro <a href='#t'>\u2191</a></h2>",
            "- [Intro](#s)\n\n## Intro",
        ),
        (
            "<p id=k>See <a href='#i'>point one</a></p><ol><li id=i>One <a href='#k'>back</a></li></ol>",
            "See [point one](#i)\n\n1. One [back](#k)",
        ),
        (
            "<p>A<a href='#n' id=k>[1]</a></p><ol><li id=n>One <a href='#k'>^</a></li></ol>",
            "A[^n]\n\n[^n]: One",
        ),
    ],
)
def test_links_both_ways_are_notes_by_their_mark(drawn: str, markdown: str) -> None:
    """A list of contents, and a point that is spoken of, are none."""
    assert html_to_markdown(drawn) == markdown


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        ("<x-a><ul><li>a</li></ul></x-a><x-a>Then</x-a>", "- a\n\nThen"),
        ("<ul><li>t<x-a><ul><li>n</li></ul></x-a><x-a>u</x-a></li></ul>", "- t\n  - n\n\n  u"),
        ("<span><ul><li>a</li></ul></span>", "- a"),
        ("a<div></div>b<p></p>c<span style='display: block'></span>d", "a  \nb  \nc  \nd"),
        ("<p>a</p><div></div>b<div><img src=/i></div>c", "a\n\nb\n\n![](/i)\n\nc"),
    ],
)
def test_lines_that_are_drawn_stay_lines(drawn: str, markdown: str) -> None:
    """After a list in something else, and round blocks that say nothing."""
    assert html_to_markdown(drawn) == markdown


@pytest.mark.parametrize(
    ("drawn", "markdown"),
    [
        ("<b><p>x</p><p>y</p>z</b>", "**x**\n\n**y**\n\n**z**"),
        ("<strong><h3>Head</h3></strong>", "### Head"),
        ("<strong><ul><li>a</li> <li>b<ul><li>c</li></ul></li></ul></strong>", "- **a**\n- **b**\n  - **c**"),
        ("<p><b>c<br><br>d</b> <b>e<br>f</b></p>", "**c**  \n  \n**d** **e  \nf**"),
        ("<em><p>a</p></em><i><div>b</div></i>", "*a*\n\n*b*"),
        ("<b>a<pre>b</pre></b>", "**a**\n\n```\nb\n```"),
        ("<p><strike>a</strike> <tt>b</tt></p>", "~~a~~ `b`"),
        ("<ul><a href=/1><li>a</li></a><a href=/2><li>b</li></a></ul>", "- [a](/1)\n- [b](/2)"),
        ("<a href=/1><h4>H</h4><ul><li>a</li></ul></a>", "#### [H](/1)\n\n- [a](/1)"),
        ("<a href=/1><pre>a\nb</pre></a>", "```\na\nb\n```\n\n[/1](/1)"),
        (
            "<a href=/1>a]b[c</a> <a href=/2>[d]</a> <img src=/3 alt='[x'>",
            r"[a\]b\[c](/1) [[d]](/2) ![\[x](/3)",
        ),
    ],
)
def test_marks_stay_within_their_blocks(drawn: str, markdown: str) -> None:
    """Round blocks they are put into each; a link too, or stands behind what cannot be one."""
    assert html_to_markdown(drawn) == markdown


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ("<td><pre>echo `date`\nls</pre></td>", "| `` echo `date` ``<br>`ls` |"),
        ("<td><code>a<br>b</code></td>", "| `a`<br>`b` |"),
    ],
)
def test_code_in_a_cell(cells: str, row: str) -> None:
    """A line of it is one, with more ticks round it than it has."""
    assert html_to_markdown(f"<table><tr><th>h</th></tr><tr>{cells}</tr></table>") == f"| h |\n| --- |\n{row}"


def test_a_head_with_fewer_cells_than_its_rows() -> None:
    """Markdown draws no cell that has no column in the head."""
    table = "<table><thead><tr><th>a</th></tr></thead><tr><td>b</td><td>0</td></tr></table>"
    assert html_to_markdown(table) == "| a |  |\n| --- | --- |\n| b | 0 |"


@pytest.mark.parametrize(
    ("points", "markdown"),
    [
        ("<ul><li {}>\u2022 a</li><li {}><b>\u2022</b> b</li></ul>", "- a\n- b"),
        ("<ul><li {}>1. a</li><li {}>2. b</li></ul>", "1. a\n2. b"),
        ("<ol><li {}>\u2013 a</li><li {}>\u2013 b</li></ol>", "- a\n- b"),
        ("<ul><li {}>1. a</li><li {}>- b</li></ul>", "- 1. a\n- - b"),
        ("<ul><li {}>-</li><li {}>- b</li></ul>", "- -\n- - b"),
        ("<ul><li>1. a</li></ul>", "- 1. a"),
    ],
)
def test_signs_that_are_words_of_their_points(points: str, markdown: str) -> None:
    """Where the browser draws none before any, and each has one, they are the list's."""
    assert html_to_markdown(points.format(*[UNMARKED] * 2)) == markdown
