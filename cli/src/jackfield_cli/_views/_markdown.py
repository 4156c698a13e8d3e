"""Markdown that obeys nobody: no links that can be clicked unseen, no control characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.markdown import CodeBlock, Markdown
from rich.syntax import Syntax

from jackfield_cli._safe import escape

if TYPE_CHECKING:
    from markdown_it.token import Token
    from rich.console import Console, ConsoleOptions, RenderResult


class _Code(CodeBlock):
    """Code from the first column on: what is copied off the screen can be pasted."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render it, with an empty line above and below."""
        code = str(self.text).rstrip()
        yield Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, padding=(1, 0))


class SafeMarkdown(Markdown):
    """An answer's text as markdown.

    Escaping follows parsing, for an entity such as `&#x202e;` becomes a character only then. A link shows
    its address; it is not hidden behind other words.
    """

    elements: ClassVar = {**Markdown.elements, "fence": _Code, "code_block": _Code}

    def __init__(self, text: str) -> None:
        super().__init__(text, code_theme="ansi_dark", hyperlinks=False)
        _escape(self.parsed)


def _escape(tokens: Iterable[Token]) -> None:
    for token in tokens:
        token.content = escape(token.content)
        token.info = escape(token.info)
        token.attrs = {
            name: escape(value) if isinstance(value, str) else value for name, value in token.attrs.items()
        }
        _escape(token.children or ())


def settled(text: str) -> int:
    """Return how much of a growing *text* no longer changes its looks: the end of its last whole block."""
    end = position = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        position += len(line)
        stripped = line.strip()
        if fence:
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        elif stripped.startswith(("```", "~~~")):
            fence = stripped[: len(stripped) - len(stripped.lstrip(stripped[0]))]
        elif not stripped and line.endswith("\n"):
            end = position
    return end
