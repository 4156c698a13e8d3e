"""Sending a message on a chat page and reading what comes back. Runs in the browser host's asyncio loop."""

from __future__ import annotations

from ._look import Completion, Look
from ._markdown import html_to_markdown, to_markdown
from ._reader import PageReader
from ._reply import Reply
from ._submit import Submission, SubmissionState, stop, submit

__all__ = [
    "Completion",
    "Look",
    "PageReader",
    "Reply",
    "Submission",
    "SubmissionState",
    "html_to_markdown",
    "stop",
    "submit",
    "to_markdown",
]
