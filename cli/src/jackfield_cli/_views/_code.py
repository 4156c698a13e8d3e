"""Only the code of an answer, as it can be pasted."""

from __future__ import annotations

import attrs
from markdown_it import MarkdownIt

from ._plain import PlainView


@attrs.define(eq=False)
class CodeView(PlainView):
    """Writes one block of code of each answer; an answer without one is written whole, and that is said.

    Attributes:
        last: The last block, not the first.
    """

    stream: bool = attrs.field(default=False, init=False)
    last: bool = attrs.field(default=False, kw_only=True)

    def _finish(self, name: str, text: str) -> None:
        blocks = code_blocks(text)
        if not blocks:
            self.say(f"There is no block of code in the answer of {name}.")
        super()._finish(name, blocks[-1 if self.last else 0] if blocks else text)


def code_blocks(text: str) -> list[str]:
    """Return what stands in the fenced blocks of a markdown *text*, in its order."""
    return [token.content for token in MarkdownIt().parse(text) if token.type == "fence"]
