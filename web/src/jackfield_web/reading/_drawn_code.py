"""Code: from what a page drew back to its lines, with its language and without what the page added.

Law: a text beside code is only taken away where it is the page's own label: inside the frame that holds this
block and nothing else, or in a bar with a button right above it, no heading, paragraph or list, and saying
what the block's language says, anyway or from then on; or where it counts the block's lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, Final

from ._drawn import (
    COMMANDS,
    DRAWN,
    FOR_READERS,
    HEADINGS,
    cells_of,
    drawn,
    emoji_of,
    is_block,
    is_button,
    is_for_readers,
)

_LANGUAGE: Final = re.compile(r"(?:^|\s)(?:language|lang|highlight-source)-([\w+#.-]+)")
_EDITORS: Final = (
    (".cm-editor", ".cm-line"),
    (".CodeMirror", ".CodeMirror-line"),
    (".ace_editor", ".ace_line"),
    (".monaco-editor", ".view-line"),
)
_APART: Final = HEADINGS | {"ul", "ol", "li", "blockquote", "table", "pre"}
_PROSE: Final = _APART | {"p", "strong", "b", "em", "code"}
_CONTROLS: Final = f"button, [role=button], svg, style, script, template, {FOR_READERS}"
_NUMBERS: Final = re.compile(
    r"(?:^|\s|[-_])(?:line-?_?n(?:umbers?|os?|ums?)(?:-rows)?|gutters?|blob-num|ln(?![-_](?:code|line))(?:-n|-num(?:bers?)?)?)"
    r"(?:$|\s|[-_])",
    re.IGNORECASE,
)
_TOLD: Final = "data-line-number"
_TOP: Final = re.compile(r"(?:^|[;\s])top:\s*([\d.]+)px")
_SIGN: Final = re.compile("[-+\u2212]?")
_LINE: Final = re.compile(r"(?:^|[-_])(?:line|row)(?:$|[-_])|^block$", re.IGNORECASE)

_COPIES: Final = frozenset(word for word in COMMANDS if word.startswith(("cop", "复制", "已复制")))
_ALIASES: Final[Mapping[str, str]] = {
    "c++": "cpp",
    "c#": "csharp",
    "js": "javascript",
    "py": "python",
    "sh": "bash",
    "shell": "bash",
    "ts": "typescript",
    "yml": "yaml",
    "md": "markdown",
    "code": "plaintext",
    "text": "plaintext",
    "plain text": "plaintext",
}
_NAMES: Final = """
ada apache applescript asm assembly awk bash bat batch bibtex c clojure cmake cobol coffeescript console
cpp crystal csharp css csv cuda cypher d dart diff django docker dockerfile dot elixir elm erlang fish
fortran fsharp gherkin glsl go golang gradle graphql graphviz groovy haskell hcl hlsl html http ini java
javascript jinja jinja2 json json5 jsonc jsonl jsx julia kotlin latex less lisp lua makefile markdown
mathematica matlab mdx mermaid mysql nginx nim nix objectivec ocaml octave pascal perl php plaintext
postgresql powershell prisma prolog promql properties protobuf python pytb r racket regex rst ruby rust
sass scala scheme scss solidity sparql sql stata svelte svg swift systemverilog tcl terraform tex toml
tsx typescript typst vb verilog vhdl vim vue wasm wgsl xml yaml zig zsh
"""
_NO_LANGUAGES: Final = frozenset({"null", "undefined", "none"})
"""What scripts write where none was named."""

_LANGUAGES: Final = frozenset(_NAMES.split())
_HIGHLIGHTERS: Final = frozenset({"hljs", "brush:"})
"""Classes beside which some put a language's bare name."""


def language_of(block: Any) -> str:
    """Return the language that a block of code, what is in it or what only frames it, says it has."""
    return next(filter(None, map(_named, (block, *block.find_all(True), *_holders(block)))), "")


def _named(element: Any) -> str:
    if found := _LANGUAGE.search(" ".join(element.get("class", []))):
        told = found[1]
    elif element.has_attr("data-language"):
        told = str(element["data-language"])
    else:
        told = next(_bare_names(element), "")
    return "" if told in _NO_LANGUAGES else told


def _bare_names(element: Any) -> Iterator[str]:
    """Yield languages that an element names without saying that they are some."""
    is_pre, classes = element.name == "pre", element.get("class", [])
    told = (element.get("lang", "") if is_pre else "", element.get("data-lang", ""))
    yield from (name for name in told if _is_name(name, ""))
    if (is_pre and len(classes) == 1) or not _HIGHLIGHTERS.isdisjoint(classes):
        # What is of the class `code` or `text` is not therefore written in it.
        named = (name.rstrip(";") for name in classes)
        yield from (name for name in named if _plain(name) in _LANGUAGES - {"plaintext"})


def restore_code(soup: Any) -> None:
    """Make every block of code a `pre` with its language, that holds the code as text and nothing else."""
    _restore_editors(soup)
    for table in soup.select("table"):
        if table.find_parent(["pre", "table"]) is None and (lines := _lines_of_table(table)) is not None:
            _put(soup, table, lines, language_of(table))
    for code in soup.select(f"code[class*=language-], code[{DRAWN}~=block], td code, th code"):
        if code.find_parent("pre") is None and "\n" in lines_of(code):
            code.wrap(soup.new_tag("pre"))
    for code in soup.select(f"code[{DRAWN}~=kept], code[style]"):
        if code.find_parent(["pre", "p", *HEADINGS]) is None and _is_kept_block(code):
            code.wrap(soup.new_tag("pre"))
    for block in soup.select("pre"):
        if not block.decomposed and block.find_parent("pre") is None and not is_for_readers(block):
            restore = _restore_picture if _is_picture(block) else _restore_block
            restore(soup, block)


def _is_picture(block: Any) -> bool:
    return not _said(block) and block.find(["svg", "img"]) is not None


def _restore_picture(_: Any, block: Any) -> None:
    """Make what is drawn in the place of code no code any more."""
    block.name = "div"
    for code in block.select("code"):
        code.unwrap()


def _is_kept_block(code: Any) -> bool:
    """Tell whether code keeps its lines, and shares none of them with words."""
    beside = (code.previous_sibling, code.next_sibling)
    others = [each for each in beside if each is not None and str(each).strip()]
    is_alone = all(each.name in _APART or (each.name and is_block(each)) for each in others)
    return is_alone and "kept" in drawn(code) and "\n" in lines_of(code)


def _restore_block(soup: Any, block: Any) -> None:
    language = language_of(block) or _named(_frame(block))
    for control in block.select(_CONTROLS):
        control.unwrap() if _is_word(control) else control.decompose()
    for number in _numbers(block):
        number.decompose()
    _drop_columns(block)
    beside = block.select(f"[{DRAWN}~=beside]")
    for lines in {
        id(each.parent.parent): each.parent.parent for each in beside if each.parent is not block
    }.values():
        _drop_first(lines)
    for label in _labels(block, language):
        language = language or _in_fence(_said(label))
        label.extract()
    for command in _commands(block):
        command.extract()
    body, title, later = _body(block)
    if _is_name(title, language):
        language = language or _in_fence(title)
    elif re.search(r"[^\d\s]", title):
        block.insert_before(soup.new_tag("p", string=title))
    if later:
        block.insert_after(soup.new_tag("p", string=later))
    text = lines_of(body)
    if body is block and str(next(iter(block.children), "")).startswith("\n"):
        text = text[1:]  # HTML has it that the first line feed of a `pre` is none
    _put(soup, block, text.removesuffix("\n"), language)


def _is_word(control: Any) -> bool:
    """Tell whether what can be pressed is a word of a line of code: it has others before and after it."""
    if control.find_parent("code") is None or not is_button(control):
        return False
    said = control.get_text(" ", strip=True).lower()
    beside = (control.previous_sibling, control.next_sibling)
    before, after = ("" if each is None else each.get_text() for each in beside)
    return bool(said not in {"", *COMMANDS} and before.split("\n")[-1] and after.split("\n")[0])


def _put(soup: Any, drawn: Any, text: str, language: str) -> None:
    block = soup.new_tag("pre", attrs={"data-language": language} if language else {})
    block.string = text
    drawn.replace_with(block)
    drawn.decompose()


def _restore_editors(soup: Any) -> None:
    """Editors draw every line as an element, and no line feeds."""
    for holder, line in _EDITORS:
        for editor in soup.select(holder):
            lines = [each.get_text().removesuffix("\n") for each in sorted(editor.select(line), key=_top)]
            _put(soup, editor, "\n".join(lines).replace("\u00a0", " "), language_of(editor))


def _top(line: Any) -> float:
    """Return where a line stands that its editor puts in its place, in pixels; without such, the first."""
    found = _TOP.search(line.get("style", ""))
    return float(found[1]) if found else 0


def _lines_of_table(table: Any) -> str | None:
    """Return the code of a table that is nothing but numbered code; None for any other."""
    lines = []
    for row in table.select("tr"):
        *beside, code = cells_of(row) or [None]
        signs = [each.get_text(strip=True) for each in beside if not _is_gutter(each)]
        is_numbered = 0 < len(beside) - len(signs) <= 3  # noqa: PLR2004 - of old and new lines, and no sign
        if not is_numbered or not _holds_code(code) or not all(map(_SIGN.fullmatch, signs)):
            return None
        lines.append("".join(signs) + _line_of(code))
    return "\n".join(lines) if lines else None


def _line_of(cell: Any) -> str:
    line = lines_of(cell).removesuffix("\n")
    is_kept = cell.find(["pre", "code"]) is not None or any(
        "kept" in drawn(each) for each in (cell, *cell.select("*"))
    )
    return line if is_kept or "\n" not in line else " ".join(line.split())


def _is_gutter(cell: Any) -> bool:
    text = cell.get_text(" ", strip=True)
    is_named = _TOLD in cell.attrs or _NUMBERS.search(" ".join(cell.get("class", [])))
    return bool(re.fullmatch(r"[\d\s]*", text) and (is_named or cell.find("pre") is not None))


def _holds_code(cell: Any) -> bool:
    return cell.find(["pre", "code"]) is not None or any(
        "code" in " ".join(each.get("class", [])) for each in (cell, *cell.find_all(True))
    )


def _numbers(block: Any) -> list[Any]:
    """Return what says the numbers of lines; what has a number beside it, as some lines do, may say it."""
    told = block.select(f"[{_TOLD}]")
    in_told = {id(text) for each in told for text in each.find_all(string=True)}
    are_numbers = all(each.get_text(strip=True) in {"", each[_TOLD]} for each in told) and any(
        each.strip() and id(each) not in in_told for each in block.find_all(string=True)
    )
    return [*_named_numbers(block), *(told if are_numbers else ())]


def _named_numbers(block: Any) -> list[Any]:
    """Return the numbers of lines that are called so, or not copied; a class that lines have names none."""
    found = [each for each in block.find_all(_is_number) if each.name not in {"code", "pre"}]
    ids = set(map(id, found))
    said = [text for text in block.find_all(string=True) if text.strip()]
    is_all = all(any(id(each) in ids for each in text.parents) for text in said)
    numbers = [text.strip() for text in said]
    # Where all lines are empty nothing but their numbers is said, which count them.
    if is_all and not (numbers[:1] in (["0"], ["1"]) and _count_up(numbers, len(numbers))):
        return []
    others = {tuple(each["class"]) for each in block.find_all(class_=True) if id(each) not in ids}
    return [each for each in found if tuple(each.get("class", ["\0"])) not in others]


def _is_number(element: Any) -> bool:
    """Tell whether an element is a line's number: called so or not copied, with nothing else in it."""
    if not re.fullmatch(r"[\d\s]*", element.get_text()):
        return False
    names = " ".join(element.get("class", []))
    is_named = _NUMBERS.search(names) or "linenumber" in names
    return bool(is_named or ("uncopied" in drawn(element) and element.get_text(strip=True)))


def _drop_columns(block: Any) -> None:
    """Take away what stands before code and counts its lines."""
    for code in [*block.select("code + code"), block, *_holders(block)]:
        column = next(filter(_said, code.previous_siblings), "")
        if not isinstance(column, str) and _counts(column, code if code.name == "code" else block):
            column.extract()


def _counts(column: Any, code: Any) -> bool:
    numbers = column.get_text(" ").split()
    is_written = column.name in _PROSE - {"code"} or column.find(_PROSE) is not None
    if is_written or len(numbers) == 1 or not numbers[0].isdecimal():
        return False
    return _count_up(numbers, len(lines_of(code).removesuffix("\n").split("\n")))


def _count_up(numbers: list[str], length: int) -> bool:
    return numbers == [str(number) for number in range(int(numbers[0]), int(numbers[0]) + length)]


def _drop_first(lines: Any) -> None:
    """Take away what stands beside each of some lines, before it, and counts them."""
    firsts: list[Any] = [
        next(filter(_said, line.children), "") for line in lines.find_all(True, recursive=False)
    ]
    numbers = [_said(each) for each in firsts if not isinstance(each, str) and "beside" in drawn(each)]
    if len(firsts) == len(numbers) > 1 and numbers[0].isdecimal() and _count_up(numbers, len(firsts)):
        for first in firsts:
            first.extract()


def lines_of(element: Any) -> str:
    """Return the text of code, with a line feed wherever the page begins a line of it."""
    children = list(element.children)
    is_list = _is_list_of_lines(children)
    text, after_line = "", False
    for child in children:
        if isinstance(child, str):
            # Between two elements that are lines, a line feed is not one more line.
            text += str(child).removeprefix("\n") if after_line else str(child)
            after_line = False
        elif child.name in {"br", "img"}:
            text, after_line = text + (emoji_of(child) if child.name == "img" else "\n"), False
        elif is_list or is_block(child):
            text += "\n" if text and not text.endswith("\n") else ""
            text, after_line = text + lines_of(child).removesuffix("\n") + "\n", True
        else:
            text, after_line = text + lines_of(child), False
    return text


def _is_list_of_lines(children: list[Any]) -> bool:
    """Tell whether elements are lines though nothing says that they stand below each other."""
    elements = [child for child in children if not isinstance(child, str)]
    if len(elements) < 2 or any("\n" in child for child in children if isinstance(child, str)):  # noqa: PLR2004
        return False
    if any(each.get_text().endswith("\n") for each in elements[:-1]):
        return False
    return all(each.name == "code" or any(map(_LINE.search, each.get("class", []))) for each in elements)


def _body(block: Any) -> tuple[Any, str, str]:
    """Return what holds the code, and what else stands in the block before it and after it."""
    codes = [code for code in block.find_all("code") if code.find_parent("code") is None and code.get_text()]
    if len(codes) != 1:
        return block, "", ""
    code = codes[0]
    others = [each for each in block.find_all(string=True) if each.strip() and code not in each.parents]
    if any(each.parent is block for each in others):
        return block, "", ""
    later = set(map(id, code.find_all_next(string=True)))
    before, after = (
        " ".join(each.strip() for each in others if (id(each) in later) is is_later)
        for is_later in (False, True)
    )
    return code, before, after


def _holders(block: Any) -> Iterator[Any]:
    """Yield the elements that hold a block and no other text."""
    holder = block
    while (parent := holder.parent) is not None and parent.name != "[document]":
        if any(_said(each) for each in parent.children if each is not holder):
            return
        yield parent
        holder = parent


def _frame(block: Any) -> Any:
    """Return the first element that holds a block and other text; the block itself where none does."""
    parent = [block, *_holders(block)][-1].parent
    return block if parent is None or parent.name == "[document]" else parent


def _labels(block: Any, language: str) -> list[Any]:
    """Return what only names the block's language, in its own frame or a bar right above it."""
    holder = [block, *_holders(block)][-1]
    before, after = (list(filter(_said, each)) for each in (holder.previous_siblings, holder.next_siblings))
    is_own = _frame(block) is not block and all(map(_is_bar, after))
    # Where only this tells the language, it may have been written, unless there is something to be pressed.
    is_sure = language or holder.parent.find(_is_control) is not None
    if is_own and is_sure and all(_is_label(each, language) for each in (*before, *after)):
        return [*before, *after, *holder.parent.find_all(_is_said_command, recursive=False)]
    return [each for each in before[:1] if _is_bar(each) and _is_label(each, language)]


def _commands(block: Any) -> list[Any]:
    """Return what can be pressed in the nearest frame of a block that says nothing else, to copy it too.

    In the block itself it stands beside its code.
    """
    is_one = len(block.find_all("code")) == 1
    beside = [
        each
        for each in (block.find_all(_is_said_command) if is_one else ())
        if each.find_parent("code") is None and each.find("code") is None
    ]
    for holder in takewhile(lambda each: each.name not in _PROSE, _holders(block)):
        found = [each for each in holder.find_all(_is_said_command) if not each.get("href")]
        found = [each for each in found if not _is_in_prose(each, holder)]
        if any(each.get_text(" ", strip=True).lower() in _COPIES for each in found):
            return [*beside, *found]
    return beside


def _is_in_prose(element: Any, holder: Any) -> bool:
    return any(each.name in _PROSE for each in takewhile(lambda each: each is not holder, element.parents))


def _is_bar(node: Any) -> bool:
    """Tell whether a node is a line of its own with something to be pressed in it."""
    return not isinstance(node, str) and is_block(node) and node.find(_is_control) is not None


def _is_label(node: Any, language: str) -> bool:
    is_named = _is_name(_said(node), language)
    if isinstance(node, str) or not is_named:
        return is_named
    # Beside a button a paragraph is the page's; a heading or a list is the answer's wherever it stands.
    prose = _APART if node.find(_is_control) is not None else _PROSE
    return node.name not in prose and node.find(prose) is None


def _said(node: Any) -> str:
    """Return the text of a node that is for the eye, without that of its controls."""
    if isinstance(node, str):
        return node.strip() if type(node).__name__ == "NavigableString" else ""
    if node.name in {"svg", "style", "script", "template"} or _is_control(node) or is_for_readers(node):
        return ""
    return "".join(map(_said, node.children))


def _is_control(element: Any) -> bool:
    """Tell whether an element is there to be pressed: by its name, else by its role and what it says."""
    return bool(element.name == "button" or _is_said_command(element))


def _is_said_command(element: Any) -> bool:
    is_like_one = element.name in {"a", "div", "span"} or element.get("role") == "button"
    return is_like_one and element.get_text(" ", strip=True).lower() in COMMANDS


def _plain(name: str) -> str:
    lower = name.strip(" \n<>").lower()
    return _ALIASES.get(lower, lower)


def _is_name(text: str, language: str) -> bool:
    """Tell whether a text names a language; where that is not known, any."""
    return _plain(text) == _plain(language) if language else _plain(text) in _LANGUAGES


def _in_fence(name: str) -> str:
    """Return how a fence names a language that is known by a name; text is none."""
    return "" if _plain(name) == "plaintext" else name.strip(" \n<>").lower()
