"""Sending a message on a chat page and reading what comes back. Runs in the browser host's asyncio loop."""

from __future__ import annotations

from ._ask import Told, Written, allow, ask, read
from ._examine import examine_page, fault_of
from ._look import Completion, Look
from ._markdown import html_to_markdown, to_markdown
from ._prepare import Wish, find_thread, go, go_back, listen, prepare
from ._reader import PageReader
from ._reply import Reply
from ._submit import Submission, SubmissionState, stop, submit
from ._traces import traces

__all__ = [
    "Completion",
    "Look",
    "PageReader",
    "Reply",
    "Submission",
    "SubmissionState",
    "Told",
    "Wish",
    "Written",
    "allow",
    "ask",
    "examine_page",
    "fault_of",
    "find_thread",
    "go",
    "go_back",
    "html_to_markdown",
    "listen",
    "prepare",
    "read",
    "stop",
    "submit",
    "to_markdown",
    "traces",
]
