"""From a page's HTML back to the markdown that a remote wrote."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield_web.reading import html_to_markdown
from jackfield_web.reading._markdown import to_markdown

KATEX = (
    '<span class="{kind}"><span class="katex"><span class="katex-mathml"><math><semantics><mrow>x</mrow>'
    '<annotation encoding="application/x-tex">{tex}</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true">x2</span></span></span>'
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>T</h2><p>a <strong>b</strong> <em>c</em> <code>d_e</code></p>", "## T\n\na **b** *c* `d_e`"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<blockquote><p>q</p></blockquote>", "> q"),
        ('<p><a href="http://x/y_z">l</a></p>', "[l](http://x/y_z)"),
        ("<p>snake_case *star* “curly” 😀 中文</p>", "snake_case *star* “curly” 😀 中文"),
        (
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        ('<pre><code class="hljs language-c++">a\n  b\n</code></pre>', "```c++\na\n  b\n```"),
        ("<pre><code>plain</code></pre>", "```\nplain\n```"),
        ('<code class="language-js">a\nb</code>', "```js\na\nb\n```"),
        (KATEX.format(kind="inline", tex="x_1^2*y"), "$x_1^2*y$"),
        ("", ""),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    """What markdown can say survives the way through HTML."""
    assert html_to_markdown(html) == markdown


def test_a_displayed_formula_has_two_signs() -> None:
    """KaTeX shows formulas on lines of their own in a holder of their own, and so stand their signs."""
    html = KATEX.format(kind="katex-display", tex="\\frac{1}{2}")

    assert html_to_markdown(f"<p>{html}</p>") == "$$\n\\frac{1}{2}\n$$"


@pytest.mark.parametrize(
    "header",
    [
        "<div><span>Python</span><button>Copy</button></div>",
        "<div>python<svg><title>icon</title></svg></div>",
    ],
)
def test_the_header_of_a_code_block_is_no_text(header: str) -> None:
    """The name of the language and the buttons above a code block belong to the page."""
    html = (
        f'<div>{header}<div><pre><code class="language-python">print()\n</code></pre></div></div><p>end</p>'
    )

    assert html_to_markdown(html) == "```python\nprint()\n```\n\nend"


def test_the_line_before_a_code_block_stays() -> None:
    """A text that stands before a code block is only its header when it is its language's name."""
    html = '<p>Run this:</p><pre><code class="language-sh">ls\n</code></pre>'

    assert html_to_markdown(html) == "Run this:\n\n```sh\nls\n```"


def test_only_code_has_more_than_one_blank_line() -> None:
    """What nothing is left of, such as a table without cells, leaves no room where it stood."""
    html = "<p>a</p><pre>x\n\n\ny</pre><table> </table><p>b</p>"

    assert html_to_markdown(html) == "a\n\n```\nx\n\n\ny\n```\n\nb"


def test_an_editors_lines_are_lines() -> None:
    """CodeMirror draws every line as an element; the line feeds are put back."""
    html = (
        '<div class="cm-editor"><div class="cm-gutters">12</div><div class="cm-content" data-language="js">'
        '<div class="cm-line">if (a) {</div><div class="cm-line">  b</div></div></div>'
    )

    assert html_to_markdown(html) == "```js\nif (a) {\n  b\n```"


def test_an_editors_lines_stand_where_they_are_put() -> None:
    """Monaco draws its lines in any order, each in its place, with spaces that stay."""
    line = '<div style="top: {}px; height: 19px" class="view-line"><span>{}</span></div>'
    drawn = line.format(19, "\u00a0\u00a0b") + line.format(0, "if\u00a0a:")
    html = f'<div class="monaco-editor"><div class="margin">1 2</div>{drawn}</div>'

    assert html_to_markdown(html) == "```\nif a:\n  b\n```"


def test_icons_and_hidden_parts_are_no_text() -> None:
    """Icon words, buttons and what is only for screen readers do not get into an answer."""
    html = (
        '<p>a<button>Copy</button><span aria-hidden="true" class="material-icons">smart_toy</span>'
        '<span class="sr-only">b</span></p>'
    )

    assert html_to_markdown(html) == "a"


def test_raw_markdown_is_taken_as_it_is() -> None:
    """A page that carries the markdown is taken by its word."""
    assert to_markdown([{"markdown": "a  \n```"}, {"html": "<p>b</p>"}]) == "a  \n```\n\nb"


@pytest.mark.parametrize("words", ["report.txt", "/etc/hosts", "https://example.org/a"])
def test_a_name_of_a_file_is_an_answer(words: str) -> None:
    """One that is nothing but a name or an address is converted as any other, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert html_to_markdown(words) == words


def test_a_code_block_that_grows_is_left_open() -> None:
    """Closing a block whose next line is still to come would have to be taken back."""
    turns = [{"html": "<pre><code>a\n</code></pre>"}]

    assert to_markdown(turns, growing=True) == "```\na"
    assert to_markdown(turns) == "```\na\n```"
    assert to_markdown([{"markdown": "```\na\n```"}], growing=True) == "```\na\n```"


@settings(deadline=None)
@given(st.text("<>/pabc \"'=&;-!", max_size=60))
def test_any_html_is_converted(html: str) -> None:
    """However broken its HTML is, a page cannot break the conversion."""
    assert isinstance(html_to_markdown(html), str)
