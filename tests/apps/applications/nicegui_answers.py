"""What the NiceGUI application answers, one after another."""

from __future__ import annotations

# NiceGUI draws code without its language, so a page cannot tell it.
CODE = "```\nprint('*not bold*')\n\n    indented()\n```"
ANSWERS = [
    f"# One\n\nHello **world** “curly” 😀 中文, `a_b` and *more*\n\n{CODE}",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- one\n- two [three](http://127.0.0.1/)\n\n1. first\n2. second",
    "> quoted\n\nAnd that was *three*.",
]
