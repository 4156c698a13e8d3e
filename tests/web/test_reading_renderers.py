"""What renderers and chat pages put around an answer is not told; what they make of it is told as written."""

from __future__ import annotations

from itertools import starmap

import pytest

from jackfield_web.reading import html_to_markdown

BAR = "<div><div><span>{}</span></div><div><button>Copy</button><button>Download</button></div></div>"

CHINESE = "<div>python <div role='button'>复制</div><div role='button'>下载</div></div>"


@pytest.mark.parametrize(
    ("block", "fence"),
    [
        (f"<div>{BAR.format('Bash')}<pre>ls</pre></div>", "bash"),
        (f"<p>So:</p>{BAR.format('C++')}<pre><code>ls</code></pre>", "c++"),
        (f"<div>{BAR.format('Plain text')}<pre>ls</pre></div>", ""),
        ("<pre><div><div>Code</div><div><code>ls\n</code></div></div></pre>", ""),
        ("<div><div>py</div><div>Copy</div><pre class='language-py'>ls</pre></div>", "py"),
        (
            "<div><header><span>Sh</span><div><span>Copy</span></div></header><div><pre>ls</pre></div></div>",
            "sh",
        ),
        ("<div><div>js</div><div><button>Copy</button></div><pre>ls</pre></div>", "js"),
        ("<div><div><code>js</code><button>Copy</button></div><pre>ls</pre></div>", "js"),
        ("<div>&lt;JS&gt;<button>Copy</button><pre>ls</pre></div>", "js"),
        (f"<div>{CHINESE}<pre>ls</pre></div>", "python"),
        ("<pre lang='mermaid'>ls</pre>", "mermaid"),
        ("<pre lang='en'>ls</pre>", ""),
    ],
)
def test_a_language_that_only_the_bar_above_code_names_is_its_language(block: str, fence: str) -> None:
    """Many pages name it for people only, and some of their buttons are boxes that say what they do."""
    assert html_to_markdown(block).removeprefix("So:\n\n") == f"```{fence}\nls\n```"


@pytest.mark.parametrize(
    ("block", "before"),
    [
        (f"<div>{BAR.format('ls.py')}<pre>ls</pre></div>", "ls.py"),
        ("<div><div>Bash</div><pre>ls</pre></div>", "Bash"),
        ("<div>Bash<pre>ls</pre></div>", "Bash"),
        ("<div><div>Run</div><pre>ls</pre></div>", "Run"),
    ],
)
def test_words_above_code_stay_where_no_bar_names_a_language(block: str, before: str) -> None:
    """The name of a file, and a word with nothing beside it to be pressed, may have been written."""
    assert html_to_markdown(block) == f"{before}\n\n```\nls\n```"


@pytest.mark.parametrize(("tag", "code"), [("pre", "```\na 😀\n```"), ("code", "`a 😀`")])
def test_an_emoji_that_a_page_drew_in_code_is_its_sign(tag: str, code: str) -> None:
    """Some pages draw a picture for every emoji, wherever it stands."""
    assert html_to_markdown(f"<{tag}>a <img alt='😀' src='x'></{tag}>") == code


ROW = "<div style='display: flex'>{}<pre><code class='language-py'>a\nb</code></pre></div>"


@pytest.mark.parametrize(
    "block",
    [
        ROW.format("<div><div>1</div><div>2</div></div>"),
        f"<div><div>py</div>{ROW.format('<div>9<br>10</div>')}</div>",
        "<pre><code style='float: left'>1\n2\n</code><code class='language-py'>a\nb</code></pre>",
    ],
)
def test_what_counts_the_lines_of_code_beside_it_is_the_pages(block: str) -> None:
    """A column of numbers, one for each line."""
    assert html_to_markdown(block) == "```py\na\nb\n```"


LINE = "<div style='display: flex'><i data-drawn='beside'>{}</i><b data-drawn='beside'>{}</b></div>"


def test_what_counts_lines_of_code_in_each_of_them_is_the_pages() -> None:
    """Numbers beside every line, whatever they are called; what does not count them is code."""
    for numbers in ((1, 2, 3), (9, 10, 11)):
        code = "".join(map(LINE.format, numbers, ("a", "  b", "")))
        assert html_to_markdown(f"<pre>{code}</pre>") == "```\na\n  b\n\n```"
    for words in ((1, 2, 4), (3, "x", 5)):
        code = "".join(map(LINE.format, words, "abc"))
        assert html_to_markdown(f"<pre>{code}</pre>") == "```\n{}a\n{}b\n{}c\n```".format(*words)


@pytest.mark.parametrize(
    "frame",
    [
        "<div><div><span>Copy</span></div>{}</div>",
        "<div><a>Copy code</a>{}</div>",
        "<div>{}<div><div>Run</div> <div>Copy</div></div></div>",
        "<details open><summary><div><i></i></div><div><span>复制代码</span></div></summary>{}</details>",
        "<ul><li><p>c</p><div><span>Copy</span>{}</div></li></ul>",
    ],
)
@pytest.mark.parametrize("language", ["py", ""])
def test_what_is_pressed_in_the_frame_of_code_is_the_pages(frame: str, language: str) -> None:
    """A bar of a block's own that says nothing but what pages say, whether it is made of buttons or not."""
    code = f"<pre><code class='language-{language}'>x</code></pre>"
    told = html_to_markdown(f"<p>a</p>{frame.format(code)}<p>b</p>")

    said = [line for line in told.split() if line != "-"]
    assert said == ["a", *"c" * ("li" in frame), f"```{language}", "x", "```", "b"]


@pytest.mark.parametrize(
    "before",
    [
        "<p><span>Copy</span></p>",
        "<div>Copy</div>",
        "<div><h4><span>Copy</span></h4></div>",
        "<a href='/f'>Copy</a>",
    ],
)
def test_a_command_that_may_have_been_written_before_code_stays(before: str) -> None:
    """A paragraph, a head, a link to somewhere, and what is in no frame with the code."""
    assert "Copy" in html_to_markdown(f"<div>{before}<pre>x</pre><p>b</p></div>")
    assert "Copy" in html_to_markdown(f"<p>a</p>{before}<pre>x</pre><p>b</p>")


@pytest.mark.parametrize("named", ["class='language-{}'", "data-language='{}'"])
@pytest.mark.parametrize("word", ["null", "undefined", "none"])
def test_what_a_script_writes_for_want_of_a_language_is_none(named: str, word: str) -> None:
    """Neither in the fence nor as the name that the bar above has to have."""
    block = f"<div {named.format(word)}><pre><code>x</code></pre></div>"

    assert html_to_markdown(f"<div>{BAR.format('plaintext')}{block}</div><p>b</p>") == "```\nx\n```\n\nb"
    assert html_to_markdown(f"<div>{BAR.format('Rust')}{block}</div><p>b</p>") == "```rust\nx\n```\n\nb"


DRAWING = "<svg><g><text>Start</text><foreignObject><p>Is it?</p></foreignObject></g></svg>"
SOURCE = "<pre><code class='language-mermaid'>graph TD\n  A[Start] --> B{Is it?}</code></pre>"


@pytest.mark.parametrize(
    "frame",
    [
        "<div><div>{drawing}<button>100%</button></div><div style='display: none'>{source}</div></div>",
        "<div>{source}{drawing}</div>",
    ],
)
def test_a_drawing_of_code_beside_it_says_nothing_more(frame: str) -> None:
    """The code of a diagram is what was written; a drawing that says another word than it stays."""
    told = html_to_markdown(f"<p>a</p>{frame.format(drawing=DRAWING, source=SOURCE)}<p>b</p>")
    assert told == "a\n\n```mermaid\ngraph TD\n  A[Start] --> B{Is it?}\n```\n\nb"

    other = DRAWING.replace("Is it?", "Stop")
    assert "Stop" in html_to_markdown(f"<p>a</p>{frame.format(drawing=other, source=SOURCE)}<p>b</p>")
    assert "Is it?" in html_to_markdown(f"<p>a</p>{DRAWING}<p>b</p>")
    assert html_to_markdown(f"<p>a</p>{SOURCE}<p>b</p>{DRAWING}").endswith("b\n\nStart\nIs it?")


COUNTED = "<span data-line-number='{}'>{}</span>"
CELL = "<td class='hljs-ln-{}' data-line-number='{}'>{}</td>"


@pytest.mark.parametrize("lines", [("5", "6"), ("a", "", "3"), ("1", "2"), ("x", "2", "y")])
def test_a_line_of_code_that_is_told_its_number_is_no_number(lines: tuple[str, ...]) -> None:
    """Some pages write a line's number into the line's own element, or into its cell; it may say a number."""
    code = "\n".join(lines)
    spans = "\n".join(starmap(COUNTED.format, enumerate(lines, 1)))
    within = "".join(COUNTED.format(at, f"{line}\n") for at, line in enumerate(lines, 1))
    cells = (
        CELL.format("numbers", at, "") + CELL.format("code", at, line) for at, line in enumerate(lines, 1)
    )
    rows = "".join(f"<tr>{row}</tr>" for row in cells)

    for body in (spans, within, f"<table>{rows}</table>"):
        assert html_to_markdown(f"<pre><code>{body}</code></pre><p>x</p>") == f"```\n{code}\n```\n\nx"


def test_numbers_that_say_what_they_are_told_are_numbers() -> None:
    """Before each line of code, an element with its number beside it that says nothing else."""
    lines = "\n".join(COUNTED.format(at, at) + word for at, word in enumerate("ab", 9))
    assert html_to_markdown(f"<pre>{lines}</pre>") == "```\na\nb\n```"


@pytest.mark.parametrize("before", ["<div>1</div>", "<div>1<br>3</div>", "<p>1<br>2</p>", "<pre>1\n2</pre>"])
def test_numbers_before_code_that_do_not_count_its_lines_stay(before: str) -> None:
    """The number of a step, a paragraph of numbers, and other code."""
    assert html_to_markdown(ROW.format(before)).startswith(("1", "```\n1"))


@pytest.mark.parametrize("display", ["table-row", "table-row; color: red"])
def test_numbered_lines_may_be_rows(display: str) -> None:
    """A row is one line, whatever its cells are."""
    line = (
        f"<span style='display: {display}'><i style='display: table-cell'></i><b style='display: table-cell'>"
    )
    code = "".join(f"{line}{each}<br></b></span>" for each in "ab")

    assert html_to_markdown(f"<pre><code>{code}</code></pre>") == "```\na\nb\n```"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (
            "<p>So:</p><div><button aria-label='Open'><img src='x' alt='A cat'></button></div>",
            "So:\n\n![A cat](x)",
        ),
        ("<div><button aria-label='Copy'><img src='x' alt='it'></button></div>", ""),
        ("<div><button><img src='x' alt='Copy'></button></div>", ""),
        ("<div><button><img src='x' alt=''></button></div>", ""),
        ("<div><button><img src='x' alt='up' data-drawn='icon'></button></div>", ""),
        ("<button><img src='x' alt='a'></button><button><img src='y' alt='b'></button>", "![a](x)![b](y)"),
        ("<p>See <button><img src='x' alt='a'></button> here</p>", "See ![a](x) here"),
        ("<p>is <img src='x' alt='Rain' aria-hidden='true'></p>", "is ![Rain](x)"),
        ("<p>a<img src='x' alt='' aria-hidden='true'></p>", "a"),
        ("<p>a<img src='x'><b aria-hidden='true'><img src='x' alt='a'></b></p>", "a![](x)"),
    ],
)
def test_a_picture_that_can_be_seen_larger_is_a_picture(html: str, markdown: str) -> None:
    """One in a button that is not small is no sign for what it does; one that is there twice is told once."""
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("html", "rows"),
    [
        ("<tr><td></td><th>A</th></tr><tr><th>r</th><td>1</td></tr>", "|  | A |\n| --- | --- |\n| r | 1 |"),
        ("<tr><th>r</th><td>1</td></tr>", "|  |  |\n| --- | --- |\n| r | 1 |"),
        ("<tr><th>a</th></tr><tr></tr><tr><td>1</td></tr>", "| a |\n| --- |\n| 1 |"),
        ("<tr><th>a</th></tr><tr><td><h3>H</h3>t</td></tr>", "| a |\n| --- |\n| H<br>t |"),
        (
            "<tr><th>a</th></tr><tr><td>x<table><caption>c</caption><tr><td>1</td><td>2</td></tr><tr><td>3",
            "| a |\n| --- |\n| x<br>c<br>1 2<br>3 |",
        ),
    ],
)
def test_what_markdown_cannot_draw_in_a_table_is_near_to_it(html: str, rows: str) -> None:
    """Heads without a word, rows without cells, and heads and tables in cells."""
    assert html_to_markdown(f"<table>{html}</table>") == rows


@pytest.mark.parametrize("role", ["table", "grid", "treegrid"])
def test_a_grid_is_a_table(role: str) -> None:
    """Whatever its cells are made of."""
    cells = "<div role='row'><{0} role='{1}'>{2}</{0}><{0} role='{1}'>{2}2</{0}></div>"
    rows = cells.format("span", "columnheader", "a") + cells.format("div", "gridcell", "b")

    assert html_to_markdown(f"<div role='{role}'><div role='rowgroup'>{rows}</div></div>") == (
        "| a | a2 |\n| --- | --- |\n| b | b2 |"
    )


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<ul><li>a</li><ul><li>b</li></ul><ol><li>c</li></ol><li>d</li></ul>", "- a\n  - b\n  1. c\n- d"),
        ("<ol><ul><li>b</li></ul><li>c</li></ol>", "- b\n\n1. c"),
        ("<b>a</b><strong>b</strong> <b>c <strong>d</strong></b>", "**ab** **c d**"),
        ("<i>a</i><b>b</b><em>c</em>d<em>e</em>", "*a***b***c*d*e*"),
        ("<kbd>a</kbd><kbd>b</kbd>", "`ab`"),
        ("<b data-drawn='block'>a</b><b data-drawn='block'>b</b>", "**a**\n\n**b**"),
        ("<h2></h2>a", "a"),
        ("<img src='x' alt='a' title='so \"called\"'>", '![a](x "so \\"called\\"")'),
        ("<input type='radio' checked> a <input type='radio'> b", "[x] a [ ] b"),
        ("<select multiple><option>a</option><option>b</option></select>, c", "a b, c"),
    ],
)
def test_what_a_page_nests_or_joins_is_written_so_that_it_draws_the_same(html: str, markdown: str) -> None:
    """Lists right in lists, marks side by side, a head without words, quotes in titles, and choices."""
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("math", "tex"),
    [
        ("<math><mi>a</mi><mo>&amp;</mo><mn>5</mn><mi>%</mi><mo>#</mo></math>", r"a\&5\%\#"),
        (
            "<math><mlabeledtr><mtext>(1)</mtext><mi>x</mi></mlabeledtr></math>",
            r"x\qquad \text{(1)}",
        ),
        (
            "<b class='katex'><b class='katex-html'>a<b class='mord text'>\u00a0if so\u200b</b></b></b>",
            r"a\text{ if so}",
        ),
    ],
)
def test_signs_numbers_and_words_of_formulas_are_written_as_tex_has_them(math: str, tex: str) -> None:
    """Signs that say something else in TeX, the number of a formula, and words in one."""
    assert html_to_markdown(f"<p>{math}</p>") == f"${tex}$"


def test_lines_of_a_formula_in_a_line_stay_apart() -> None:
    """Where a line of TeX ends, a word of it does."""
    formula = "<span data-math='\\alpha\nb' class='{}'>x</span>"

    assert html_to_markdown(f"<p>{formula.format('math')}</p>") == r"$\alpha b$"
    assert html_to_markdown(f"<h2>{formula.format('math-display')}</h2>") == r"## $$\alpha b$$"
