"""What renderers and chat pages put around an answer is not told; what they make of it is told as written."""

from __future__ import annotations

import pytest

from jackfield_web.reading import html_to_markdown

BAR = "<div><div><span>{}</span></div><div><button>Copy</button><button>Download</button></div></div>"


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
        ("<div><button><img src='x' alt='up'></button><button><img src='y' alt='down'></button></div>", ""),
        ("<p>is <img src='x' alt='Rain' aria-hidden='true'></p>", "is ![Rain](x)"),
        ("<p>a<img src='x' alt='' aria-hidden='true'></p>", "a"),
        ("<p>a<img src='x'><b aria-hidden='true'><img src='x' alt='a'></b></p>", "a![](x)"),
    ],
)
def test_a_picture_that_can_be_seen_larger_is_a_picture(html: str, markdown: str) -> None:
    """One alone in a button is no sign for what the button does; one that is there twice is told once."""
    assert html_to_markdown(html) == markdown
