"""Formulas of which a page shows nothing but their letters come back with what stands above and below."""

from __future__ import annotations

import pytest

from jackfield_web.reading import html_to_markdown


def mjx(name: str, *parts: str) -> str:
    return f"<mjx-{name}>{''.join(parts)}</mjx-{name}>"


def node(name: str, *parts: str) -> str:
    return f"<g data-mml-node='{name}'>{''.join(parts)}</g>"


X, Y, N = (f"<mjx-mi><mjx-c class='mjx-c{code}'></mjx-c></mjx-mi>" for code in ("78", "79", "6E"))
SUM, LIM = "<mjx-mo><mjx-c class='mjx-c2211'></mjx-c></mjx-mo>", "<mjx-mo>lim</mjx-mo>"
ROOT = "<mjx-mo><mjx-c class='mjx-c221A'></mjx-c></mjx-mo>"


@pytest.mark.parametrize(
    ("drawn", "tex"),
    [
        (mjx("msubsup", X, mjx("script", N, mjx("spacer"), Y)), "x_y^n"),
        (node("msubsup", X, N, Y), "x_y^n"),
        (mjx("msqrt", mjx("sqrt", mjx("surd", ROOT), mjx("box", X, Y))), r"\sqrt{xy}"),
        (node("msqrt", node("g", X, Y), ROOT), r"\sqrt{xy}"),
        (mjx("mroot", mjx("root", N), mjx("sqrt", mjx("surd", ROOT), mjx("box", X))), r"\sqrt[n]{x}"),
        (node("mroot", node("g", X), N, ROOT), r"\sqrt[n]{x}"),
        (mjx("mover", mjx("over", "<mjx-mo>^</mjx-mo>"), mjx("base", X)), r"\hat{x}"),
        (node("mover", X, node("mo", "\u20d7")), r"\vec{x}"),
        (node("munder", LIM, X), r"\lim_{x}"),
        (mjx("munderover", SUM, mjx("script", N, mjx("spacer"), X)), "\u2211_x^n"),
        (
            mjx("munderover", mjx("over", N), mjx("box", mjx("munder", mjx("base", SUM), mjx("under", X)))),
            "\u2211_{x}^n",
        ),
        (
            mjx("mtable", mjx("itable", *(mjx("mtr", mjx("mtd", X), mjx("mtd", Y)) for _ in "ab"))),
            r"\begin{matrix}x & y \\ x & y\end{matrix}",
        ),
        (
            node("mtable", *(node("mtr", node("mtd", X), node("mtd")) for _ in "ab")),
            r"\begin{matrix}x & \\ x & \end{matrix}",
        ),
    ],
)
def test_what_mathjax_drew_above_and_below_stands_there(drawn: str, tex: str) -> None:
    """In both of its ways to draw: scripts, limits, roots, accents and tables have their own order."""
    html = f"<p><mjx-container>{mjx('math', drawn)}</mjx-container></p>"

    assert html_to_markdown(html) == f"${tex}$"


def rows(*parts: str) -> str:
    return f"<b class='vlist-t'><b class='vlist'>{''.join(f'<b>{part}</b>' for part in parts)}</b></b>"


@pytest.mark.parametrize("own", ["", "katex-"])
@pytest.mark.parametrize(
    ("drawn", "tex"),
    [
        (
            "<b class='mord sqrt'><b class='{0}root'>" + rows("3") + "</b>" + rows("y", "") + "</b>",
            r"\sqrt[3]{y}",
        ),
        ("<b class='mord {0}accent'>" + rows("x", "^") + "</b>", r"\hat{x}"),
        (
            "<b class='mtable'><b class='col-align-r'>{1}</b><b class='col-align-l'>{1}</b></b>".replace(
                "{1}", rows("a", "b")
            ),
            r"\begin{matrix}a & a \\ b & b\end{matrix}",
        ),
    ],
)
def test_what_katex_drew_above_and_below_stands_there(drawn: str, tex: str, own: str) -> None:
    """The degree of a root is no root, an accent stands on its letter, and a table is read by its rows."""
    html = f"<p><b class='katex'><b class='katex-html'>{drawn.replace('{0}', own)}</b></b></p>"

    assert html_to_markdown(html) == f"${tex}$"
