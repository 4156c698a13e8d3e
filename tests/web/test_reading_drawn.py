"""What pages draw of one and the same markdown: nothing is lost on the way back, or said twice."""

from __future__ import annotations

import pytest

from jackfield_web.reading import html_to_markdown

KATEX = (
    '<span class="katex"><span class="katex-html" aria-hidden="true">'
    '<span class="base"><span class="strut"></span>'
    '<span class="mord mathnormal">E</span><span class="mrel">=</span><span class="mord mathnormal">m</span>'
    '<span class="mord"><span class="mord mathnormal">c</span><span class="msupsub"><span class="vlist-t">'
    '<span class="vlist-r"><span class="vlist"><span><span class="pstrut"></span>'
    '<span class="mtight">2</span></span>'
    "</span></span></span></span></span></span></span></span>"
)
MATH = "<math><mrow><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></mrow></math>"
NOTED = MATH.replace("</math>", '<annotation encoding="application/x-tex">E=mc^2</annotation></math>')
LINES = "def f():\n    return 1"
SPANS = ("<span>def f():</span>", "<span>    return 1</span>")


@pytest.mark.parametrize(
    "drawn",
    [
        KATEX,
        f'<span class="math-inline" data-math="E=mc^2">{KATEX}</span>',
        NOTED,
        (
            f'<span class="katex"><span class="katex-mathml">{NOTED}</span>'
            f'<span class="katex-html">Emc2</span></span>'
        ),
        (
            f'<span class="katex"><span class="katex-mathml">{MATH}</span>'
            f'<span class="katex-html">Emc2</span></span>'
        ),
        (
            '<mjx-container jax="CHTML"><mjx-math aria-hidden="true"><mjx-mi>E</mjx-mi></mjx-math>'
            f"<mjx-assistive-mml>{MATH}</mjx-assistive-mml></mjx-container>"
        ),
        '<mjx-container jax="SVG"><svg data-latex="E=mc^2"></svg></mjx-container>',
        (
            '<span class="MathJax_Preview"></span><span class="MathJax"><nobr>E=mc2</nobr></span>'
            '<script type="math/tex">E=mc^2</script>'
        ),
        f"<span class=\"MathJax\" data-mathml='{MATH}'><nobr>E=mc2</nobr></span>",
    ],
)
def test_a_formula_is_its_tex_once(drawn: str) -> None:
    """Whatever drew it, a formula is told as TeX, and told once."""
    assert html_to_markdown(f"<p>Energy is {drawn} as we know.</p>") == "Energy is $E=mc^2$ as we know."


@pytest.mark.parametrize(
    ("math", "tex"),
    [
        ("<mfrac><mn>1</mn><mi>x</mi></mfrac>", "\\frac{1}{x}"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "\\sqrt{x+1}"),
        (
            "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub>",
            "∑_i^na_i",
        ),
        ("<mi>sin</mi><mo>\u2061</mo><mi>x</mi>", "\\sin x"),
        ("<mover><mi>x</mi><mo>→</mo></mover>", "\\vec{x}"),
        (
            "<mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable><mo>{</mo><mtext>if so</mtext>",
            "\\begin{matrix}a\\end{matrix}\\{\\text{if so}",
        ),
    ],
)
def test_mathml_alone_is_enough(math: str, tex: str) -> None:
    """A formula that is only there as MathML is written in TeX that draws the same."""
    assert html_to_markdown(f"<p>{'<math>' + math + '</math>'}</p>") == f"${tex}$"


def test_a_formula_of_which_nothing_is_known_stays() -> None:
    """What has no TeX anywhere is told as it is drawn; it does not vanish."""
    assert html_to_markdown('<p>a <span class="katex" aria-hidden="true">E=mc</span></p>') == "a E=mc"


def test_a_displayed_formula_stands_on_lines_of_its_own() -> None:
    """Between the words of a paragraph, too."""
    html = f'<p>So <span class="katex-display">{KATEX}</span> holds.</p>'

    assert html_to_markdown(html) == "So \n$$\nE=mc^2\n$$\n holds."


@pytest.mark.parametrize(
    "body",
    [
        LINES,
        "<div>def f():</div><div>    return 1</div>",
        '<span style="display:block">def f():</span><span style="display: block">    return 1</span>',
        '<span data-drawn="block">def f():</span><span data-drawn="block">    return 1</span>',
        '<span class="token-line">def f():</span><span class="token-line">    return 1</span>',
        '<span class="line">def f():</span>\n<span class="line">    return 1</span>',
        '<span class="block">def f():</span>\n<span class="block">    return 1</span>',
        "def f():<br>    return 1",
        (
            '<span class="line"><span class="linenumber">1</span>def f():\n</span>'
            '<span class="line"><span class="linenumber">2</span>    return 1</span>'
        ),
        (
            '<span class="line"><span style="user-select: none">1</span>def f():\n</span>'
            '<span class="line"><span style="user-select: none">2</span>    return 1</span>'
        ),
        (
            '<table><tr><td class="hljs-ln-numbers" data-line-number="1"></td><td>def f():</td></tr>'
            '<tr><td class="hljs-ln-numbers" data-line-number="2"></td><td>    return 1</td></tr></table>'
        ),
    ],
)
def test_lines_of_code_are_lines(body: str) -> None:
    """However a page makes lines, each begins where it began, with its indentation."""
    html = f'<pre><code class="language-python">{body}</code></pre>'

    assert html_to_markdown(html) == f"```python\n{LINES}\n```"


@pytest.mark.parametrize(
    "table",
    [
        (
            '<table class="highlighttable"><tr><td class="linenos"><div><pre>1\n2</pre></div></td>'
            '<td class="code"><div><pre>a = 1\nb = 2\n</pre></div></td></tr></table>'
        ),
        (
            '<table class="highlight"><tr><td class="blob-num" data-line-number="1"></td>'
            '<td class="blob-code">a = 1</td></tr>'
            '<tr><td class="blob-num" data-line-number="2"></td><td class="blob-code">b = 2</td></tr></table>'
        ),
    ],
)
def test_a_table_of_numbered_code_is_code(table: str) -> None:
    """The numbers of its lines are the page's."""
    assert html_to_markdown(table) == "```\na = 1\nb = 2\n```"


def test_a_table_of_numbers_is_a_table() -> None:
    """What only looks like numbered code, because its first column counts, stays a table."""
    table = "<table><tr><th>n</th><th>sign</th></tr><tr><td>1</td><td><code>a</code></td></tr></table>"

    assert html_to_markdown(table) == "| n | sign |\n| --- | --- |\n| 1 | `a` |"


def test_empty_lines_in_code_stay() -> None:
    """Two empty lines between functions are two, in a list and a quotation as well."""
    code = "<pre><code>a\n\n\n\nb\n</code></pre>"

    assert html_to_markdown(code) == "```\na\n\n\n\nb\n```"
    assert html_to_markdown(f"<ul><li>x{code}</li></ul>") == "- x\n\n  ```\n  a\n\n\n\n  b\n  ```"
    assert html_to_markdown(f"<blockquote>{code}</blockquote>") == "> ```\n> a\n>\n>\n>\n> b\n> ```"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    """Code that holds fences does not end at the first of them."""
    html = '<pre><code class="language-markdown">````\n```py\nx\n```\n````\n</code></pre>'

    assert html_to_markdown(html) == "`````markdown\n````\n```py\nx\n```\n````\n`````"


@pytest.mark.parametrize(
    ("before", "markdown"),
    [
        ("<h3>Python</h3>", "### Python"),
        ("<p>Python</p>", "Python"),
        ("<p><strong>Python</strong></p>", "**Python**"),
        ("<ul><li>Python</li></ul>", "- Python"),
        ("<div><h4>python</h4><button>Copy</button></div>", "#### python"),
        ("<blockquote>python</blockquote>", "> python"),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "<div>{}</div>", "<p>Look:</p><div>{}</div>"])
def test_what_was_written_before_code_stays(before: str, markdown: str, frame: str) -> None:
    """A heading, paragraph or list that says what the code is in was written, wherever it stands."""
    html = frame.format(f'{before}<pre><code class="language-python">1</code></pre>')

    assert html_to_markdown(html).removeprefix("Look:\n\n") == f"{markdown}\n\n```python\n1\n```"


@pytest.mark.parametrize(
    "block",
    [
        '<div><div>py</div><pre class="language-python">1</pre></div>',
        (
            "<div><div><p>Python</p><button>Copy</button></div><pre>"
            '<code class="language-python">1</code></pre></div>'
        ),
        (
            "<pre><div><span>python</span><button>Copy code</button></div><div>"
            '<code class="language-python">1\n</code></div></pre>'
        ),
        '<div data-language="python"><div>python</div><pre><code>1</code></pre></div>',
        '<div class="language-python"><div class="highlight"><pre><code>1</code></pre></div></div>',
    ],
)
def test_a_label_in_the_blocks_own_frame_is_the_pages(block: str) -> None:
    """A frame that holds one block names its language for people; the fence names it already."""
    assert html_to_markdown(f"<p>So:</p>{block}<p>end</p>") == "So:\n\n```python\n1\n```\n\nend"


def test_a_title_in_the_frame_of_code_stays() -> None:
    """The name of a file above code says what the code does not."""
    html = '<pre><div>main.py</div><code class="language-python">1</code></pre>'

    assert html_to_markdown(html) == "main.py\n\n```python\n1\n```"


def test_text_whose_white_space_is_kept_is_as_written() -> None:
    """Line breaks, empty lines and indentation of text that a page shows as it is."""
    text = "First\nsecond  line\n\n\nThird\n    indented\n- a"

    assert html_to_markdown(f'<div style="white-space: pre-wrap">{text}</div>') == text
    assert html_to_markdown(f'<div data-drawn="kept">{text}</div>') == text
    assert html_to_markdown('<div data-drawn="lines">a  b\n\nc</div>') == "a b\n\nc"
    assert html_to_markdown('<div data-drawn="kept"><p>a</p>\n\n\n<p>b</p></div>') == "a\n\nb"


def test_cells_hold_what_they_held() -> None:
    """Signs and line breaks in a cell do not end it."""
    html = (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><code>a | b</code></td>"
        "<td>x<br>y</td></tr><tr><td>p \\| q</td><td><p>1</p><p>2</p></td></tr></tbody></table>"
    )

    assert html_to_markdown(html) == (
        "| a | b |\n| --- | --- |\n| `a \\| b` | x<br>y |\n| p \\| q | 1<br>2 |"
    )


@pytest.mark.parametrize(
    "points",
    [
        (
            '<li><input type="checkbox" checked disabled> done</li><li>'
            '<input type="checkbox" disabled> open</li>'
        ),
        '<li><p><input type="checkbox" checked>done</p></li><li><p><input type="checkbox">open</p></li>',
        (
            '<li><button role="checkbox" aria-checked="true"></button>done</li>'
            '<li><button role="checkbox" aria-checked="false"></button>open</li>'
        ),
    ],
)
def test_tasks_have_their_marks(points: str) -> None:
    """What is done and what is open can be told apart."""
    assert html_to_markdown(f"<ul>{points}</ul>") == "- [x] done\n- [ ] open"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ('<p><span aria-hidden="true">Typed.</span><span class="sr-only">Typed.</span></p>', "Typed."),
        ('<p><span aria-hidden="true">Typed.</span><span>Typed.</span></p>', "Typed."),
        (
            (
                '<p aria-label="Typed."><span aria-hidden="true">Ty</span>'
                '<span aria-hidden="true">ped.</span></p>'
            ),
            "Typed.",
        ),
        ('<p><span aria-hidden="true">Seen.</span></p>', "Seen."),
        ('<p>a<span class="sr-only">You hear</span></p>', "a"),
        ('<p><span class="sr-only">Only heard.</span></p>', "Only heard."),
        ('<p>a<span aria-hidden="true">▍</span></p>', "a"),
        ('<p>a <span aria-hidden="true" role="img">😀</span></p>', "a 😀"),
        ('<p>a<span class="material-icons">send</span></p>', "a"),
        ('<p><span aria-hidden="true" style="visibility: hidden">Typed.</span><span>Ty</span></p>', "Ty"),
        ('<h2>T<a class="anchor" aria-hidden="true" href="#t">#</a></h2>', "## T"),
    ],
)
def test_what_is_taken_away_is_said_beside_it(html: str, markdown: str) -> None:
    """Hidden twins are told once; what has no twin and is drawn is told."""
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>See <button>Doc 1</button> for it</p>", "See Doc 1 for it"),
        ("<p>It rains <button>[2]</button></p>", "It rains [2]"),
        ("<p>a<button>Copy</button></p><div><button>Run</button> </div>", "a"),
        ("<p>H<sub>2</sub>O, x<sup>2</sup></p>", "H<sub>2</sub>O, x<sup>2</sup>"),
        (
            '<p>a<sup><a href="https://b.example/?q=a b">1</a></sup></p>',
            "a<sup>[1](<https://b.example/?q=a b>)</sup>",
        ),
        ('<h2>a <img src="x.png" alt="pic" title="t"></h2>', '## a ![pic](x.png "t")'),
        ('<p>ok <img class="emoji" src="1f600.svg" alt="😀"></p>', "ok 😀"),
        ('<table><tr><th><img src="x.png" alt="p"></th></tr></table>', "| ![p](x.png) |\n| --- |"),
        ('<p>a<span data-drawn="block">b</span>c <div data-drawn="inline">d</div> e</p>', "a\n\nb\n\nc d e"),
    ],
)
def test_marks_pictures_and_sources_stay(html: str, markdown: str) -> None:
    """What is neither a word nor the page's own stays what it was."""
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    "html",
    [
        (
            '<p>So<sup><a href="#user-content-fn-1"'
            ' id="user-content-fnref-1" data-footnote-ref>1</a></sup>.</p>'
            '<section data-footnotes class="footnotes"><h2 class="sr-only" id="footnote-label">'
            "Footnotes</h2><ol>"
            '<li id="user-content-fn-1">'
            '<p>Why <a href="#user-content-fnref-1" data-footnote-backref>↩</a></p></li>'
            "</ol></section>"
        ),
        (
            '<p>So<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup>.</p>'
            '<hr class="footnotes-sep">'
            '<section class="footnotes"><ol class="footnotes-list"><li id="fn1" class="footnote-item"><p>Why '
            '<a href="#fnref1" class="footnote-backref">↩︎</a></p></li></ol></section>'
        ),
        (
            '<p>So<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>.</p>'
            '<div class="footnote"><ol><li id="fn:1"><p>Why&#160;<a href="#fnref:1">↩</a></p></li></ol></div>'
        ),
    ],
)
def test_footnotes_are_notes(html: str) -> None:
    """The mark in the text and the note below belong together again."""
    assert html_to_markdown(html) == "So[^1].\n\n[^1]: Why"
