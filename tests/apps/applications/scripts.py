"""What the applications say, by the name of a script: in pieces, with a gate where one is None.

The piece KEY stands for the message's key, BEFORE for the number of questions before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BEGINNING = ["# Title ", "KEY", "\n\nHello **wor"]
MIDDLE = (
    "ld** “curly” 'straight' \"double\" 😀 👩‍🚀 中文 かな é, a_b and $x^2$\n\n"
    "```python\nprint('*not bold*')\n\n    indented()\n```\n\n"
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n"
    "$$\n\\int_0^1 x\\,dx = \\frac{1}{2}\n$$\n\n"
    "- *one*\n- ~~two~~ [three](http://127.0.0.1/)\n\n1. first\n2. second\n\n> quoted\n\nBefore: "
)
PIECES = [MIDDLE[at : at + 7] for at in range(0, len(MIDDLE), 7)]
LONG = "\n\n".join(f"Paragraph {number} of “many” 😀 with `code` in it." for number in range(2000))
SCRIPTS: Mapping[str, Sequence[str | None]] = {
    "in steps": [*BEGINNING, None, *PIECES[:5], None, *PIECES[5:], None, "BEFORE"],
    "Say “please”\n```\n東京 🙂": [*BEGINNING, *PIECES, "BEFORE"],
    "at once": [*BEGINNING, MIDDLE, "BEFORE"],
    "at length": [LONG[at : at + 5000] for at in range(0, len(LONG), 5000)],
    "What is a": ["A ", "KEY", " A panel", " of sockets."],
}
