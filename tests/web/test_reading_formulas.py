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


def letter(code: str, name: str = "mi", kind: str = "N") -> str:
    return f"<mjx-{name}><mjx-c class='mjx-c{code} TEX-{kind}'></mjx-c></mjx-{name}>"


def raised(height: int, part: str) -> str:
    return f"<g data-mml-node='TeXAtom' transform='translate(9.5,{height}) scale(0.7)'>{part}</g>"


def longer(code: str) -> str:
    return node("mo", f"<use data-c='{code}'></use><svg><use data-c='2D'></use></svg>")


STRETCHED = (
    "<mjx-mo><mjx-stretchy-h class='mjx-c{}'><mjx-ext><mjx-c></mjx-c></mjx-ext></mjx-stretchy-h></mjx-mo>"
)


@pytest.mark.parametrize(
    ("drawn", "tex"),
    [
        (node("munderover", SUM, raised(-1087, X), raised(1150, N)), "\u2211_x^n"),
        (node("munderover", SUM, raised(1150, N), raised(-1087, X)), "\u2211_x^n"),
        (mjx("mfrac", f"<mjx-frac atop='true'>{mjx('num', X)}{mjx('den', Y)}</mjx-frac>"), r"{x \atop y}"),
        (node("mfrac", X, Y), r"{x \atop y}"),
        (node("mfrac", X, node("mfrac", X, Y, "<rect></rect>"), "<rect></rect>"), r"\frac{x}{\frac{x}{y}}"),
        (letter("1D431", kind="B") + letter("1D465", kind="I"), r"\mathbf{x}x"),
        (letter("1D737", kind="BI") + letter("1D524", kind="FR"), "\\boldsymbol{\u03b2}\\mathfrak{g}"),
        (letter("4C", kind="C"), r"\mathcal{L}"),
        (node("mi", "<use data-c='4C' xlink:href='#MJX-1-TEX-C-4C'></use>"), r"\mathcal{L}"),
        (mjx("mover", mjx("over", STRETCHED.format("2013")), mjx("base", X, Y)), r"\overline{xy}"),
        (node("munder", node("munder", X, longer("E152")), raised(-9, N)), r"\underbrace{x}_{n}"),
        (f"<mjx-mo><mjx-stretchy-v class='mjx-c28'></mjx-stretchy-v></mjx-mo>{X}{longer('239E')}", "(x)"),
        (
            mjx("menclose", mjx("box", X), mjx("ustrike")) + node("menclose", Y, "<line></line>"),
            r"\cancel{x}\cancel{y}",
        ),
        (mjx("msup", mjx("texatom"), mjx("script", N)) + X, "{}^nx"),
    ],
)
def test_what_mathjax_drew_by_place_or_kind_says_the_same(drawn: str, tex: str) -> None:
    """How high it stands, whether there is a line, which kind of letter it is, and signs made longer."""
    html = f"<p><mjx-container>{mjx('math', drawn)}</mjx-container></p>"

    assert html_to_markdown(html) == f"${tex}$"


@pytest.mark.parametrize(
    ("math", "tex"),
    [
        ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", r"{n \atop k}"),
        ("<mfrac linethickness='0.5px'><mi>n</mi><mi>k</mi></mfrac>", r"\frac{n}{k}"),
        ("<mi mathvariant='bold'>x</mi><mi mathvariant='double-struck'>R</mi>", r"\mathbf{x}\mathbb{R}"),
        ("<mi>\U0001d431</mi><mi>\U0001d465</mi><mi>\U0001d4ae</mi>", r"\mathbf{x}x\mathcal{S}"),
        ("<munder><mi>x</mi><mo>_</mo></munder>", r"\underline{x}"),
        ("<mover><mover><mi>x</mi><mo>\u23de</mo></mover><mi>n</mi></mover>", r"\overbrace{x}^{n}"),
        ("<menclose notation='updiagonalstrike'><mi>x</mi></menclose>", r"\cancel{x}"),
    ],
)
def test_what_mathml_says_of_letters_and_lines_is_told(math: str, tex: str) -> None:
    """A fraction without a line is none, and letters of another kind, or struck out, are other letters."""
    assert html_to_markdown(f"<p><math>{math}</math></p>") == f"${tex}$"


def svg(width: int, way: str = "none") -> str:
    return f"<svg viewBox='0 0 {width} 300' preserveAspectRatio='{way}'><path d='M0'></path></svg>"


def tail(*ways: str) -> str:
    return "".join(f"<b class='hide-tail'>{svg(400000, f'{way}YMin slice')}</b>" for way in ways)


NOTE = "<b class='{0}sizing reset-size6 size3'>n</b>"
BRACE = "<b class='stretchy'><b class='brace-left'><svg></svg></b></b>"
BAR = "<b class='frac-line'></b>"


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


@pytest.mark.parametrize("own", ["", "katex-"])
@pytest.mark.parametrize(
    ("names", "parts", "tex"),
    [
        ("mord {0}accent", ["v", f"<b class='{{0}}overlay'>{svg(471)}</b>"], r"\vec{v}"),
        ("mord {0}accent", ["xy", svg(2364)], r"\widehat{xy}"),
        ("mord {0}accent", ["xy", svg(1033)], r"\widetilde{xy}"),
        ("mord {0}accent", ["A", tail("xMax")], r"\overrightarrow{A}"),
        ("mord {0}accentunder", [tail("xMin"), "A"], r"\underleftarrow{A}"),
        ("mrel x-arrow", ["f", tail("xMin", "xMax")], r"\xleftrightarrow{f}"),
        ("mord {0}accent", ["x", "\u02c9"], r"\bar{x}"),
        ("mord {0}overline", ["ab", "<b class='overline-line'></b>"], r"\overline{ab}"),
        ("mord {0}underline", ["<b class='underline-line'></b>", "ab"], r"\underline{ab}"),
        ("mord", ["x", "<svg><line></line></svg>"], r"\cancel{x}"),
        ("mord", ["x", "<b class='{0}stretchy {0}fbox'></b>"], r"\boxed{x}"),
        ("minner mover", ["a", BRACE], r"\overbrace{a}"),
        ("minner mover", ["<b class='mover'>" + rows("a", BRACE) + "</b>", NOTE], r"\overbrace{a}^n"),
        ("minner munder", [NOTE, "<b class='munder'>" + rows(BRACE, "a") + "</b>"], r"\underbrace{a}_n"),
        ("mop op-limits", [NOTE, "\u2211", NOTE], "\u2211_n^n"),
        ("mop op-limits", ["=", NOTE], r"\overset{n}{=}"),
        ("mfrac", ["k", "n"], r"{n \atop k}"),
        ("mfrac", ["k", BAR, "n"], r"\frac{n}{k}"),
    ],
)
def test_what_katex_drew_without_a_letter_is_told(names: str, parts: list[str], tex: str, own: str) -> None:
    """Arrows, lines, braces and boxes are drawings; a fraction without a line is none."""
    drawn = f"<b class='{names}'>{rows(*parts)}</b>".replace("{0}", own)
    html = f"<p><b class='katex'><b class='katex-html'>{drawn}<i class='mbin'>+</i>{drawn}</b></b></p>"

    assert html_to_markdown(html) == f"${tex}+{tex}$"


@pytest.mark.timeout(20)
def test_fractions_in_fractions_are_read_in_time() -> None:
    """Each level is read once: a reading of it for every way to take it would go on for hours here."""
    drawn, tex = "x", "x"
    for _ in range(10):
        drawn, tex = f"<b class='mfrac'>{rows(drawn, BAR, '1')}</b>", rf"\frac{{1}}{{{tex}}}"
    html = f"<p><b class='katex'><b class='katex-html'>{drawn}</b></b></p>"

    assert html_to_markdown(html) == f"${tex}$"


@pytest.mark.parametrize(
    ("drawn", "tex"),
    [
        ("<b class='mord mathbb'>R</b>", r"\mathbb{R}"),
        ("<b class='mord mathbf'>xy</b>", r"\mathbf{xy}"),
        ("<b class='mord mathnormal'>x</b>", "x"),
        ("a<b class='mrel'>\ue020</b>=b", r"a\not =b"),
        ("<b class='mord' style='color: transparent'>x</b>y", "{}y"),
    ],
)
def test_letters_of_katex_have_their_kind(drawn: str, tex: str) -> None:
    """Letters of another kind are other letters; what is struck out, or not seen, says something else."""
    html = f"<p><b class='katex'><b class='katex-html'>{drawn}</b></b></p>"

    assert html_to_markdown(html) == f"${tex}$"
