"""Formulas: from what a page drew back to the TeX that was written.

Law: what was drawn is only taken away where its TeX stands instead. The TeX comes from where the page keeps
it, else from its MathML, else from the places of its letters; a formula without any stays as it is, or says
what it is called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import takewhile, zip_longest
from typing import Any, Final, TypeAlias

from ._drawn import drawn, is_button, is_for_readers

_KEPT_AS: Final = ("data-math", "data-latex", "data-tex", "data-katex", "data-formula")
_DRAWN: Final = ".katex, mjx-container, math, .MathJax"
_OF_FORMULA: Final = re.compile(r"math|mjx|(?<![a-z])(?:la|ka)?tex(?![a-z])", re.IGNORECASE)
_SWITCHES: Final = frozenset({"true", "false", "yes", "no", "on", "off"})
"""What an attribute says that holds no formula: whether there may be one."""
_HOLDERS: Final = ".katex-display, .katex, mjx-container, math, [data-mathml], " + ", ".join(
    f"[{name}]" for name in _KEPT_AS
)
_TEX_NOTE: Final = "annotation[encoding*=tex i]"
_OF_MATHJAX: Final = re.compile(r"MathJax|mjx-")
_STANDS_ALONE: Final = re.compile(r"(?:^|[-_])(?:display|block)", re.IGNORECASE)
_STYLED: Final = re.compile(r"^\{\\(?:display|text)style\s*(.*)\}$", re.DOTALL)
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u2061\u2062\u2063\u2064\ufeff"), "")
_SIGNS: Final = (
    str.maketrans(
        {"\u2212": "-", "\u00a0": " ", "\ue020": "\\not ", **{sign: f"\\{sign}" for sign in "{}%&#_$"}}
    )
    | _UNSEEN
)
_STYLED_LETTER: Final = re.compile("[\u210e\U0001d400-\U0001d7ff]")
_KIND: Final = re.compile(
    r"MATHEMATICAL (?:BOLD (?=ITALIC|SCRIPT|FRAKTUR))?"
    r"(BOLD|(?<=BOLD )ITALIC|DOUBLE-STRUCK|SCRIPT|FRAKTUR|SANS-SERIF|MONOSPACE) "
)
_STYLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("bold", "BOLD"), "mathbf"),
    **dict.fromkeys(("bold-italic", "ITALIC"), "boldsymbol"),
    **dict.fromkeys(("double-struck", "DOUBLE-STRUCK"), "mathbb"),
    **dict.fromkeys(("script", "bold-script", "-tex-calligraphic", "SCRIPT"), "mathcal"),
    **dict.fromkeys(("fraktur", "bold-fraktur", "FRAKTUR"), "mathfrak"),
    **dict.fromkeys(("sans-serif", "SANS-SERIF"), "mathsf"),
    **dict.fromkeys(("monospace", "MONOSPACE"), "mathtt"),
}
"""How TeX calls what MathML, and Unicode, call a kind of letters."""

_NO_WIDTH: Final = re.compile(r"0*\.?0*\s*(?:[a-z]+|%)?", re.IGNORECASE)
_RAISED: Final = re.compile(r"translate\(\s*[-\d.]+[\s,]+(-?[\d.]+)")
_CODE_POINT: Final = re.compile(r"mjx-c([0-9A-F]{2,6})")
_DRAWN_BY: Final = frozenset({"mjx-c", "mjx-stretchy-h", "mjx-stretchy-v"})
_NAMES: Final = """
sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim max min sup inf det gcd deg arg
"""
_FUNCTIONS: Final = frozenset(_NAMES.split())
_LARGE: Final = frozenset("\u2211\u220f\u2210\u222b\u222c\u222e\u22c3\u22c2\u22c1\u22c0")
_ROOTS: Final = (":is(.root, .katex-root)", ".vlist-t")
_TOKENS: Final = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_ROOT_SIGNS: Final = frozenset("\u221a\u23b7")
_ROOTED: Final = frozenset({"msqrt", "mroot"})
_SCRIPTED: Final = frozenset({"msub", "msup", "msubsup", "munderover"})
_STRIKES: Final = frozenset({"mjx-ustrike", "mjx-dstrike", "line"})
_DRAWN_LAST: Final = frozenset({"mjx-over", "mjx-root"})
_ACCENTS: Final[Mapping[str, str]] = {
    "^": "\\hat",
    "\u02c6": "\\hat",
    "~": "\\tilde",
    "\u02dc": "\\tilde",
    "\u00af": "\\overline",
    "\u02c9": "\\bar",
    "\u00a8": "\\ddot",
    "\u02c7": "\\check",
    "\u02d8": "\\breve",
    "\u02ca": "\\acute",
    "\u02cb": "\\grave",
    "\u02da": "\\mathring",
    "\u203e": "\\overline",
    "\u2013": "\\overline",
    "\u23de": "\\overbrace",
    "\u2192": "\\vec",
    "\u20d7": "\\vec",
    "\u02d9": "\\dot",
}
_BELOW: Final = {"\\_": "\\underline", "\u2013": "\\underline", "\u23df": "\\underbrace"}
_FIRST_PIECES: Final[Mapping[str, str]] = dict(
    zip("\u239b\u239e\u23a1\u23a4\u23a7\u23ab\ue150\ue152", "()[]{}\u23de\u23df", strict=True)
)
"""The signs that are drawn in pieces, by the first of these."""

_STYLES_OF_KATEX: Final = frozenset(
    {"mathbb", "mathcal", "mathfrak", "mathscr", "mathsf", "mathtt", "mathbf", "boldsymbol"}
)
_MARKS_OF_KATEX: Final = {"overline": "overline", "underline": "underline", "fbox": "boxed"}
# By the widths of their drawings: it draws each in some.
_SVGS_OF_KATEX: Final[Mapping[str, str]] = {
    "471": "vec",
    **dict.fromkeys(("1062", "2364"), "widehat"),
    **dict.fromkeys(("600", "1033", "2339", "2340"), "widetilde"),
}
_OWN_ROWS: Final = ":scope > .vlist-t > .vlist > *, :scope > .vlist-t > .vlist-r:first-child > .vlist > *"
_Rows: TypeAlias = list[tuple[Any, str]]
"""What stands above each other, from the bottom to the top, each with its TeX."""


def restore_formulas(soup: Any) -> None:
    """Put TeX between its signs where a page drew a formula."""
    for script in soup.select('script[type^="math/tex"]'):
        while (drawn := script.find_previous_sibling()) is not None and _is_of_mathjax(drawn, script):
            drawn.decompose()
        _put(soup, script, script.get_text(), is_display="mode=display" in script["type"])
    for holder in soup.select(_HOLDERS):
        if holder.decomposed or holder.parent is None or not _is_formula(holder):
            continue
        if tex := _tex_of(soup, holder).strip():
            _put(soup, holder, tex, is_display=_is_display(holder))
        elif (label := holder.get("aria-label")) and not holder.get_text(strip=True):
            holder.replace_with(soup.new_string(label))


def _is_of_mathjax(element: Any, script: Any) -> bool:
    """Tell whether an element is the drawing of a script: MathJax puts it right before."""
    between = takewhile(lambda each: each is not script, element.next_siblings)
    is_next = not any(each.get_text(strip=True) for each in between)
    return is_next and any(map(_OF_MATHJAX.match, element.get("class", [])))


def _put(soup: Any, drawn: Any, tex: str, *, is_display: bool) -> None:
    literal = soup.new_tag("tex", attrs={"display": ""} if is_display else {})
    # Signs on lines of their own are what every dialect draws on a line of its own.
    literal.string = f"$$\n{tex.strip()}\n$$" if is_display else f"${tex}$"
    drawn.replace_with(literal)
    drawn.decompose()


def _is_display(holder: Any) -> bool:
    if "inline" in drawn(holder):
        return False
    if holder.get("display") in {"block", "true"} or holder.name == "div":
        return True
    names = holder.get("class", [])
    inner = holder.select_one(".katex-display, math[display=block]")
    return any(map(_STANDS_ALONE.search, names)) or inner is not None


def _tex_of(soup: Any, holder: Any) -> str:
    if tex := _kept(holder):
        return tex
    if holder.name == "mjx-container" and (whole := holder.select_one("[data-latex]")) is not None:
        return str(whole["data-latex"])
    if (note := holder.select_one(_TEX_NOTE)) is not None:
        return str(note.get_text())
    math = holder if holder.name == "math" else holder.select_one("math") or _hidden_math(soup, holder)
    if math is not None:
        styled = _STYLED.match(math.get("alttext", ""))
        return styled[1] if styled else math.get("alttext") or _mathml(math)
    if holder.name == "mjx-container":
        return _letters_of_mathjax(holder)
    drawn = holder.select_one(".katex-html")
    return _letters_of_katex(drawn) if drawn is not None else ""


def _kept(holder: Any) -> str:
    """Return the TeX that a formula has in an attribute."""
    found = next((holder[name] for name in _KEPT_AS if holder.get(name)), "")
    return "" if found in _SWITCHES else str(found)


def _is_formula(holder: Any) -> bool:
    """Tell whether an element is a formula: called so, or the drawing of one, with no other words in it."""
    names = f"{holder.name} {' '.join(holder.get('class', []))}"
    drawings = {id(each) for each in (holder, *holder.select(_DRAWN)) if each.css.match(_DRAWN)}
    if not drawings:
        return holder.has_attr("data-mathml") or _OF_FORMULA.search(names) is not None
    said = (text for text in holder.find_all(string=True) if text.strip())
    return all(any(map(partial(_is_one_of, drawings), text.parents)) for text in said)


def _is_one_of(drawings: set[int], element: Any) -> bool:
    return id(element) in drawings or is_button(element) or is_for_readers(element)


def _hidden_math(soup: Any, holder: Any) -> Any:
    return type(soup)(holder.get("data-mathml", ""), "html.parser").find("math")


def _mathml(node: Any) -> str:
    """Return TeX that draws what presentation MathML draws."""
    if isinstance(node, str):
        return ""
    if node.name in _TOKENS:
        return _token(node.name, node.get_text(), _STYLES.get(node.get("mathvariant", ""), ""))
    parts = [_mathml(child) for child in node.children if not isinstance(child, str)]
    is_atop = node.name == "mfrac" and _NO_WIDTH.fullmatch(node.get("linethickness", "1"))
    if (write := _WRITERS.get("atop" if is_atop else node.name)) is not None and len(parts) == write[0]:
        return write[1](*parts)
    write_all = _LISTS.get(node.name)
    return write_all(node, parts) if write_all is not None else "".join(parts)


def _token(name: str, text: str, style: str = "") -> str:
    if name in {"mtext", "ms"}:
        return f"\\text{{{text}}}" if text.strip() else " "
    kinds = {_kind(sign) for sign in text.strip()}
    text = _plain(text.strip()).translate(_SIGNS)
    if text and (style := style or (kinds.pop() if len(kinds) == 1 else "")):
        return f"\\{style}{{{text}}}"
    if text in _FUNCTIONS:
        return f"\\{text} "
    is_word = name == "mi" and len(text) > 1 and text[0].isalpha() and text.isascii()
    return f"\\mathrm{{{text}}}" if is_word else text


def _kind(letter: str) -> str:
    """Return how TeX calls a letter's kind; slanted ones are how a formula looks."""
    found = _KIND.match(unicodedata.name(letter, ""))
    return _STYLES[found[1]] if found else ""


def _plain(text: str) -> str:
    return _STYLED_LETTER.sub(lambda it: unicodedata.normalize("NFKC", it[0]), text)


def _base(tex: str) -> str:
    return tex if len(tex) == 1 or re.fullmatch(r"\\\w+\s*|\\\w+\{[^{}]*\}|\{\}", tex) else f"{{{tex}}}"


def _above(base: str, over: str) -> str:
    if accent := _ACCENTS.get(over):
        return f"{accent}{{{base}}}"
    return f"{base.strip()}^{{{over}}}" if _takes_limits(base) else f"\\overset{{{over}}}{{{base}}}"


def _below(base: str, under: str) -> str:
    if sign := _BELOW.get(under):
        return f"{sign}{{{base}}}"
    return f"{base.strip()}_{{{under}}}" if _takes_limits(base) else f"\\underset{{{under}}}{{{base}}}"


def _enclosed(notation: str, tex: str) -> str:
    mark = "cancel" if "strike" in notation else "boxed" if notation == "box" else ""
    return f"\\{mark}{{{tex}}}" if mark else tex


def _takes_limits(base: str) -> bool:
    is_braced = base.startswith(("\\overbrace", "\\underbrace"))
    return is_braced or base.strip() in _LARGE or base.strip().lstrip("\\") in _FUNCTIONS


def _table(rows: list[str]) -> str:
    return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"


def _script(sign: str, tex: str) -> str:
    return f"{sign}{tex}" if len(tex) == 1 else f"{sign}{{{tex}}}"


_WRITERS: Final[Mapping[str, tuple[int, Callable[..., str]]]] = {
    "msup": (2, lambda base, sup: _base(base) + _script("^", sup)),
    "msub": (2, lambda base, sub: _base(base) + _script("_", sub)),
    "msubsup": (3, lambda base, sub, sup: _base(base) + _script("_", sub) + _script("^", sup)),
    "munder": (2, _below),
    "mover": (2, _above),
    "munderover": (3, lambda base, sub, sup: base.strip() + _script("_", sub) + _script("^", sup)),
    "mfrac": (2, lambda top, bottom: f"\\frac{{{top}}}{{{bottom}}}"),
    "atop": (2, lambda top, bottom: f"{{{top} \\atop {bottom}}}"),
    "mroot": (2, lambda base, degree: f"\\sqrt[{degree}]{{{base}}}"),
}


_LISTS: Final[Mapping[str, Callable[[Any, list[str]], str]]] = {
    "annotation": lambda _, __: "",
    "annotation-xml": lambda _, __: "",
    "mphantom": lambda _, __: "",
    "menclose": lambda node, parts: _enclosed(node.get("notation", ""), "".join(parts)),
    "semantics": lambda _, parts: "".join(parts[:1]),
    "msqrt": lambda _, parts: f"\\sqrt{{{''.join(parts)}}}",
    "mtr": lambda _, parts: " & ".join(parts),
    "mlabeledtr": lambda _, parts: " & ".join(parts[1:]) + "".join(f"\\qquad {part}" for part in parts[:1]),
    "mtable": lambda _, parts: _table(parts),
    "mfenced": lambda node, parts: f"{node.get('open', '(')}{','.join(parts)}{node.get('close', ')')}",
}


def _letters_of_katex(node: Any) -> str:
    """Return TeX for what KaTeX drew without MathML: it says what is above and below by nested lists."""
    if isinstance(node, str):
        return node.translate(_SIGNS)
    # In later versions some names have its own before them.
    names = [name.removeprefix("katex-") for name in node.get("class", [])]
    if told := _words_of_katex(node, names):
        return told
    rows = [(each, _letters_of_katex(each).strip()) for each in node.select(_OWN_ROWS)]
    told = _around(names, rows) or _limits(names, rows) or _placed_in_katex(node, names, rows)
    return told or _all_of_katex(node.children)


def _placed_in_katex(node: Any, names: list[str], drawn: _Rows) -> str:
    """Return TeX for what stands above, below or in rows; empty for letters side by side."""
    rows = [row for _, row in drawn if row]
    if "msupsub" in names and rows:
        # From the bottom to the top; KaTeX marks a list that reaches below its line.
        signs = "_^" if node.select_one(".vlist-t2") is not None else "^"
        return "".join(map(_script, signs, rows))
    if "mfrac" in names and len(rows) == 2:  # noqa: PLR2004 - a fraction has two
        has_line = node.select_one(".frac-line") is not None
        return f"\\frac{{{rows[1]}}}{{{rows[0]}}}" if has_line else f"{{{rows[1]} \\atop {rows[0]}}}"
    if "accent" in names and len(rows) == 2:  # noqa: PLR2004 - letters and their accent
        return _above(*rows)
    if "sqrt" in names:
        degree, root = (_all_of_katex(node.select(f":scope > {each}")) for each in _ROOTS)
        return f"\\sqrt[{degree}]{{{root}}}" if degree else f"\\sqrt{{{root}}}"
    if columns := node.select(":scope > [class^=col-align]"):
        cells = (map(_letters_of_katex, each.select(_OWN_ROWS)) for each in columns)
        lines = zip_longest(*cells, fillvalue="")
        return _table([" & ".join(line) for line in lines])
    return ""


def _around(names: list[str], rows: _Rows) -> str:
    """Return TeX for letters at which KaTeX draws a line, an arrow or the like; empty for none of these."""
    told = [row for _, row in rows if row]
    drawn = next((each for each, row in rows if not row), None)
    if drawn is None or len(told) != 1 or "sqrt" in names:
        return ""
    told_in = (name for each in drawn.find_all(True) for name in each.get("class", []))
    marks = {*names, *(name.removeprefix("katex-") for name in told_in)}
    arrows = "".join(each.get("preserveaspectratio", "") for each in drawn.select(".hide-tail > svg"))
    widths = (each.get("viewbox", "").split(" ")[2:3] for each in drawn.select("svg"))
    command = next((command for mark, command in _MARKS_OF_KATEX.items() if mark in marks), "")
    if "brace-left" in marks:
        command = "overbrace" if "mover" in names else "underbrace"
    elif arrows:
        way = "".join(way for sign, way in (("xMin", "left"), ("xMax", "right")) if sign in arrows)
        side = "x" if "x-arrow" in names else "under" if "accentunder" in names else "over"
        command = f"{side}{way}arrow"
    elif drawn.select_one("svg > line") is not None:
        command = "cancel"
    command = command or next((_SVGS_OF_KATEX[width] for [width] in widths if width in _SVGS_OF_KATEX), "")
    return f"\\{command}{{{told[0]}}}" if command else ""


def _limits(names: list[str], rows: _Rows) -> str:
    """Return TeX for letters with smaller ones above or below; empty for others."""
    rows = [(each, row) for each, row in rows if row]
    large = [at for at, (each, _) in enumerate(rows) if each.select_one(":scope > [class*=sizing]") is None]
    if not {"op-limits", "mover", "munder"} & {*names} or len(large) != 1:
        return ""
    told = [row for _, row in rows]
    base, below, above = told[large[0]], told[: large[0]], told[large[0] + 1 :]
    if _takes_limits(base):
        return (
            base
            + "".join(_script("_", each) for each in below)
            + "".join(_script("^", each) for each in above)
        )
    for each in below:
        base = _below(base, each)
    for each in above:
        base = _above(base, each)
    return base


def _all_of_katex(nodes: Iterable[Any]) -> str:
    return "".join(map(_letters_of_katex, nodes))


def _words_of_katex(node: Any, names: list[str]) -> str:
    """Return TeX for words in a formula, and for a function's name."""
    if "color:transparent" in node.get("style", "").replace(" ", ""):
        return "{}"
    text = node.get_text().replace("\u00a0", " ").translate(_UNSEEN)
    if style := next((name for name in names if name in _STYLES_OF_KATEX), ""):
        return f"\\{style}{{{text.translate(_SIGNS)}}}"
    if "text" in names:
        return f"\\text{{{text}}}"
    return f"\\{text.strip()} " if "mop" in names and text.strip() in _FUNCTIONS else ""


def _letters_of_mathjax(node: Any) -> str:
    """Return TeX for what MathJax drew without MathML: its elements have the names of MathML's."""
    if isinstance(node, str):
        return str(node).strip()
    if node.name in {"defs", "title", "desc", "mjx-surd"}:
        return ""
    if letter := _letter_of_mathjax(node):
        return letter
    scripts = (child.children if child.name == "mjx-script" else [child] for child in node.children)
    children, name = [part for parts in scripts for part in parts], _name_in_mathjax(node)
    if name in _TOKENS:
        return _token_of_mathjax(node, name, children)
    # In a drawing each says how high it stands.
    return _parts_of_mathjax(
        name,
        children[:1] + sorted(children[1:], key=_height, reverse=True) if name in _SCRIPTED else children,
    )


def _token_of_mathjax(node: Any, name: str, children: list[Any]) -> str:
    """Return TeX for letters, or a sign that is drawn in pieces: the inner ones only make it longer."""
    pieces = [each for each in children if each.name != "svg"] or children
    text = "".join(map(_letters_of_mathjax, pieces))
    drawn = (f"{each.get('class', '')} {each.get('xlink:href', '')}" for each in node.find_all(True))
    return _token(
        name, _FIRST_PIECES.get(text[:1], text), "mathcal" if any("TEX-C" in each for each in drawn) else ""
    )


def _height(part: Any) -> float:
    found = None if isinstance(part, str) else _RAISED.search(part.get("transform", ""))
    return float(found[1]) if found else 0


def _parts_of_mathjax(name: str, children: list[Any]) -> str:
    """Return TeX for what MathJax drew of one element of MathML's."""
    told = list(map(_letters_of_mathjax, children))
    if name == "mtr":
        return " & ".join(told)
    if name == "menclose" and any(child.name in _STRIKES for child in children):
        return f"\\cancel{{{''.join(told)}}}"
    if name in _SCRIPTED and not told[0]:
        told[0] = "{}"  # letters may stand above and below the place before a letter
    parts = [part for part in told if part and not (name in _ROOTED and part in _ROOT_SIGNS)]
    if name in {"mtable", "itable"} and any(map(_is_row, children)):
        return _table(parts)
    if children and children[0].name in _DRAWN_LAST:
        parts.reverse()
    return _composed(name, parts)


def _composed(name: str, parts: list[str]) -> str:
    """Return TeX for letters and what stands at them; of two of these MathJax has the upper one first."""
    if name == "munderover" and len(parts) == 2:  # noqa: PLR2004 - the lower one stands in the first
        return parts[0] + _script("^", parts[1])
    if name == "msqrt":
        return f"\\sqrt{{{''.join(parts)}}}"
    write = _WRITERS.get(name)
    if write is not None and len(parts) == write[0]:
        return write[1](*parts[:1], *parts[:0:-1])
    return "".join(parts)


def _name_in_mathjax(node: Any) -> str:
    name = str(node.get("data-mml-node") or node.name.removeprefix("mjx-"))
    if node.get("atop") or (
        name == "mfrac" and node.name == "g" and node.find("rect", recursive=False) is None
    ):
        return "atop"
    return "mfrac" if name == "frac" else name


def _is_row(node: Any) -> bool:
    return node.name is not None and _name_in_mathjax(node) == "mtr"


def _letter_of_mathjax(node: Any) -> str:
    """Return the character that an element draws."""
    found = _CODE_POINT.fullmatch(next(iter(node.get("class", [])), "")) if node.name in _DRAWN_BY else None
    code = found[1] if found is not None else node.get("data-c", "")
    if not re.fullmatch("[0-9A-Fa-f]{1,5}", code):
        return ""
    return chr(int(code, 16))
