"""What is seen of an answer while it comes: for a person at a terminal, for a pipe, for a machine."""

from __future__ import annotations

from ._code import CodeView, code_blocks
from ._columns import ColumnsView
from ._json import JsonView
from ._live import LiveView
from ._markdown import SafeMarkdown
from ._plain import PlainView
from ._view import Item, View

__all__ = [
    "CodeView",
    "ColumnsView",
    "Item",
    "JsonView",
    "LiveView",
    "PlainView",
    "SafeMarkdown",
    "View",
    "code_blocks",
]
